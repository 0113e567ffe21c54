//! The reasons that provisioning does not run, and that a request failed.

use super::settings_error::SettingsError;

/// The reason that a cycle or a test did not take place.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProvisionError {
    /// There is no app of this id.
    #[error("there is no such app")]
    UnknownApp,
    /// Nothing has been entered for the app.
    #[error("provisioning is not set up for this app")]
    NotSetUp,
    /// The entered settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The connection fails the test.
    #[error("the connection failed: {0}")]
    Connection(String),
    /// There is no TLS, or no randomness.
    #[error("this machine cannot provision: {0}")]
    Machine(String),
}
debug_as_sentence!(ProvisionError);

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(in crate::practice) enum Failure {
    /// Nobody answered, or not in HTTP.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// The token opens nothing.
    #[error("status {status}: the {credential} was refused")]
    Credentials {
        status: u16,
        credential: &'static str,
    },
    /// The token endpoint said no.
    #[error("no access token: {0}")]
    NoAccessToken(String),
    /// The server said no.
    #[error("status {status}: {detail}")]
    Refused { status: u16, detail: String },
    /// The answer is not what a SCIM server says.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        expected: &'static str,
        found: String,
    },
    /// The machine has no randomness left, or the like.
    #[error("{0}")]
    Machine(String),
}

impl Failure {
    /// True if every other request would fail in the same way.
    pub(super) fn concerns_all(&self) -> bool {
        match self {
            Failure::Unreachable(_)
            | Failure::Credentials { .. }
            | Failure::NoAccessToken(_)
            | Failure::Machine(_) => true,
            Failure::Refused { .. } | Failure::Unexpected { .. } => false,
        }
    }
}
