//! The problems that the settings of a connection can have, each with what was expected.

use std::fmt;
use std::time::Duration;

use super::SpKeyError;
use crate::scim::schema::ExtensionError;

/// The settings of a connection do not hold together.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionError {
    problems: Vec<ConnectionProblem>,
}

impl ConnectionError {
    pub(crate) fn new(problems: Vec<ConnectionProblem>) -> ConnectionError {
        ConnectionError { problems }
    }

    /// All that is wrong, at least one.
    pub fn problems(&self) -> &[ConnectionProblem] {
        &self.problems
    }
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConnectionError {}
debug_as_sentence!(ConnectionError);

/// One thing that is wrong with a connection's settings.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionProblem {
    /// The id is no slug.
    #[error(
        "{0:?} is no connection id: expected 1 to 63 lower-case letters, digits and inner hyphens"
    )]
    Id(String),
    /// The id is kept for the connections that a validation makes.
    #[error(
        "{0:?} begins with entrada-validation-, which is kept for entrada validate saml: choose another id"
    )]
    ReservedId(String),
    /// No trust source.
    #[error(
        "no trust source: expected a metadata URL, a metadata file, a metadata query server, or a SHA-256 fingerprint"
    )]
    NoTrust,
    /// More than one trust source.
    #[error(
        "several trust sources: expected exactly one of metadata URL, metadata file, metadata query and fingerprint"
    )]
    SeveralTrusts,
    /// A pinned signer that pins nobody.
    #[error("the metadata signer cannot be used: {0}")]
    Signer(String),
    /// The grace after `validUntil` is out of range.
    #[error("a grace of {0:?} after validUntil is out of range: expected at most 30 days")]
    Grace(Duration),
    /// Fingerprint trust without a fingerprint.
    #[error("no fingerprint: expected at least one SHA-256 certificate fingerprint")]
    NoFingerprint,
    /// An entity ID is empty or over 1024 characters.
    #[error("{0} entity ID is empty or longer than 1024 characters")]
    EntityId(&'static str),
    /// An address is not `https`.
    #[error("the {what} {found:?} is not an https address (plain http is for loopback only)")]
    Url {
        /// The name of the address.
        what: &'static str,
        /// The text.
        found: String,
    },
    /// A name or an address has something in it that nobody sees.
    #[error(
        "the {what} has white space at an end, or something in it that nobody sees, as copying leaves it: found {found}"
    )]
    Invisible {
        /// The thing that has it.
        what: &'static str,
        /// The text, quoted, with what nobody sees spelled out.
        found: String,
    },
    /// An address carries a user name or a password, which would be stored and shown with it.
    #[error(
        "the {0} carries a user name or a password: expected an address without them (metadata behind a password can be downloaded and given as a file)"
    )]
    Credentials(&'static str),
    /// A RelayState target is no local path.
    #[error("a RelayState target is not a local path such as /home")]
    RelayState,
    /// A host name is none.
    #[error(
        "{0:?} is no host name: expected one such as app.example.com, without https:// and port"
    )]
    Host(String),
    /// A domain of e-mail addresses is none.
    #[error("{0:?} is no domain of e-mail addresses: expected one such as example.com")]
    EmailDomain(String),
    /// Something that a request asks for is no URI.
    #[error("the {what} {found:?} is no URI: expected one such as urn:oasis:names:tc:SAML:2.0:...")]
    Uri {
        /// The thing that the URI should name.
        what: &'static str,
        /// The text.
        found: String,
    },
    /// The session lifetime is out of range.
    #[error("a session lifetime of {0:?} is out of range: expected one minute to 30 days")]
    SessionLifetime(Duration),
    /// The time that a session may go without a request is out of range.
    #[error("an idle lifetime of {0:?} is out of range: expected one minute to 30 days")]
    SessionIdle(Duration),
    /// Nobody could be active.
    #[error("expected at least one seat, found none")]
    NoSeats,
    /// Requests are to be signed, and there is no key.
    #[error("requests are to be signed, but there is no active key of our own")]
    NoSpKey,
    /// The extension schemas do not hold.
    #[error("SCIM extension: {0}")]
    ScimExtension(#[from] ExtensionError),
    /// A value of Entra's pages stands in a field that it does not fit.
    #[error("{message}")]
    Misplaced {
        /// The code of the finding that `check` makes of it.
        code: &'static str,
        /// The value, and the one that belongs there.
        message: String,
    },
    /// Our own key pair is invalid.
    #[error(transparent)]
    SpKey(#[from] SpKeyError),
}
debug_as_sentence!(ConnectionProblem);
