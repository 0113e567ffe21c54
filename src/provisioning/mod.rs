//! The parts of provisioning beside the directory itself: the credentials of those who provision, and the log of what
//! they did. Checking is done here, with `now` as an argument; drawing secrets and storing records is the edge's work.

mod access_token;
mod assertion;
mod client;
mod credential;
mod credential_id;
mod federation;
mod lifetime;
mod log;
mod new_federation;
mod port;
mod presented;
mod proof;

pub use self::access_token::AccessToken;
pub use self::client::ClientId;
pub use self::client::OAuthClient;
pub use self::client::TokenLifetime;
pub use self::client::TokenLifetimeError;
pub use self::credential::CredentialRefusal;
pub use self::credential::RotationError;
pub use self::credential::ScimCredential;
pub use self::credential_id::CredentialId;
pub use self::credential_id::CredentialIdError;
pub use self::federation::Federation;
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
pub use self::presented::Presented;
pub use self::presented::PresentedKind;
pub use self::proof::CredentialKind;
pub use self::proof::Proof;
pub use self::proof::SecretKind;

store_port! {
    pub use self::credential::Authenticated;
    pub use self::log::ProvisioningLog;
    pub use self::port::ScimCredentials;
}

hidden! {
    pub use self::assertion::ASSERTION_CHECKS;
    pub use self::assertion::AssertionCheck;
    pub use self::assertion::AssertionError;
    pub use self::assertion::AssertionFailure;
    pub use self::assertion::AssertionRefusal;
    pub use self::new_federation::FederationError;
    pub use self::new_federation::NewFederation;
}
