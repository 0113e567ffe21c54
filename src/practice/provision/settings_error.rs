//! The reasons that provisioning settings cannot be used.

use std::time::Duration;

/// The reason that settings cannot be used.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The token would cross the network in the clear, or there is no such address.
    #[error(
        "expected an https address, or http on loopback, without a user name and password, as the Tenant URL; found {0:?}"
    )]
    TenantUrl(String),
    /// There is no token, or a header cannot carry it.
    #[error("expected a Secret Token of visible ASCII characters")]
    SecretToken,
    /// The secret would cross the network in the clear, or there is no such address.
    #[error(
        "expected an https address, or http on loopback, without a user name and password, as the Token Endpoint; found {0:?}"
    )]
    TokenUrl(String),
    /// There is no client, or nobody can type it.
    #[error("expected a Client Identifier without control characters")]
    ClientId,
    /// There is no secret, or nobody can type it.
    #[error("expected a Client Secret without control characters")]
    ClientSecret,
    /// Nothing is called so.
    #[error("expected an audience of visible ASCII characters")]
    Audience,
    /// Cycles would follow each other without a break.
    #[error("expected at least {SHORTEST:?} between two cycles, found {0:?}")]
    Interval(Duration),
}
debug_as_sentence!(SettingsError);

/// The shortest time between two cycles: a demo may be impatient, but must not spin.
pub(super) const SHORTEST: Duration = Duration::from_secs(1);
