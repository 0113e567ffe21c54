//! The parts of provisioning beside the directory itself: the credentials of those who provision, and the log of what
//! they did. Checking is done here, with `now` as an argument; drawing secrets and storing records is the edge's work.

mod credential;
mod lifetime;
mod log;
mod presented;

pub use self::credential::Authenticated;
pub use self::credential::CredentialId;
pub use self::credential::CredentialIdError;
pub use self::credential::CredentialKind;
pub use self::credential::CredentialRefusal;
pub use self::credential::RotationError;
pub use self::credential::ScimCredential;
pub use self::credential::ScimCredentials;
pub use self::lifetime::DEFAULT_LIFETIME;
pub use self::lifetime::DEFAULT_OVERLAP;
pub use self::lifetime::LONGEST_LIFETIME;
pub use self::lifetime::LifetimeError;
pub use self::log::LogEntry;
pub use self::log::LogOperation;
pub use self::log::LogOutcome;
pub use self::log::LogQuery;
pub use self::log::LoggedEntry;
pub use self::log::ProvisioningLog;
pub use self::presented::Presented;
