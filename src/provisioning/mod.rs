//! The parts of provisioning beside the directory itself: the credentials of those who provision, and the log of what
//! they did. Checking is done here, with `now` as an argument; drawing secrets and storing records is the edge's work.

mod credential;
mod credential_id;
mod lifetime;
mod log;
mod presented;

pub use self::credential::CredentialRefusal;
pub use self::credential::RotationError;
pub use self::credential::ScimCredential;
pub use self::credential_id::CredentialId;
pub use self::credential_id::CredentialIdError;
pub use self::lifetime::DEFAULT_LIFETIME;
pub use self::lifetime::LONGEST_LIFETIME;
pub use self::lifetime::LifetimeError;
pub use self::log::LogEntry;
pub use self::log::LogOperation;
pub use self::log::LogOutcome;
pub use self::log::LogQuery;
pub use self::log::LoggedEntry;
pub(crate) use self::log::logged_detail;
pub(crate) use self::log::logged_name;
pub use self::presented::CredentialKind;
pub use self::presented::Presented;

store_port! {
    pub use self::credential::Authenticated;
    pub use self::credential::ScimCredentials;
    pub use self::log::ProvisioningLog;
}
