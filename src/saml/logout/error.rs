//! The reasons for which a logout message is refused.

use jiff::Timestamp;

use crate::dsig::SignatureError;
use crate::saml::CHECKS;
use crate::saml::redirect::SignedQueryError;
use crate::saml::schema::Malformed;
use crate::xml::XmlError;

/// The reason for which a logout message is refused.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogoutError {
    /// The query does not decode, or something on its way encoded it anew.
    #[error(transparent)]
    Query(SignedQueryError),
    /// The form field is not base64, or too large.
    #[error("expected base64 of at most {limit} bytes, found something else")]
    Form {
        /// The limit, decoded.
        limit: usize,
    },
    /// The message is not well-formed.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The message is no logout message of SAML 2.0.
    #[error("expected a LogoutRequest or LogoutResponse as the SAML 2.0 schema has it: {0}")]
    Malformed(&'static str),
    /// The message is a request in the parameter of a response, or the reverse.
    #[error("expected the message in the parameter {expected}, found it in {found}")]
    Parameter {
        /// The parameter that messages of its kind come in.
        expected: &'static str,
        /// The one that it came in.
        found: &'static str,
    },
    /// The message is not signed, or its signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The message comes from somebody else.
    #[error("expected the issuer {expected:?}, found {found:?}")]
    Issuer {
        /// The connection's identity provider.
        expected: String,
        /// The sender, cut to a bounded length.
        found: String,
    },
    /// The message was meant for another address.
    #[error("expected the destination {expected:?}, found {found:?}")]
    Destination {
        /// Our logout address.
        expected: String,
        /// The address found, cut to a bounded length.
        found: String,
    },
    /// The message is too old, or from the future.
    #[error("expected a message that holds at {now}, found {found}")]
    Time {
        /// The moment of the check.
        now: Timestamp,
        /// The time that does not fit.
        found: Timestamp,
    },
    /// The request was used before.
    #[error("expected a request that was never used, found one that was")]
    Replayed,
    /// The store did not answer, so nothing can be admitted.
    #[error("the store does not answer")]
    Store,
    /// The response answers another request than ours.
    #[error("the response does not answer our request")]
    InResponseTo,
}
debug_as_sentence!(LogoutError);

impl LogoutError {
    /// The remedy: what to change, and where. The same reason has another remedy here than at a sign-on.
    pub fn remedy(&self) -> &'static str {
        if *self == LogoutError::Query(SignedQueryError::EncodedAnew) {
            return super::reasons::ENCODED_ANEW;
        }
        let code = self.code();
        let here = super::REASONS.iter().find(|reason| reason.code == code);
        let checks = || CHECKS.iter().flat_map(|check| check.reasons);
        here.or_else(|| checks().find(|reason| reason.code == code))
            .map_or("", |reason| reason.remedy)
    }

    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            LogoutError::Query(error) => error.code(),
            LogoutError::Form { .. } => "logout-form",
            LogoutError::Xml(error) => error.code(),
            LogoutError::Malformed(_) => "logout-malformed",
            LogoutError::Parameter { .. } => "logout-parameter-mismatch",
            LogoutError::Signature(error) => error.code(),
            LogoutError::Issuer { .. } => "logout-issuer-mismatch",
            LogoutError::Destination { .. } => "logout-destination-mismatch",
            LogoutError::Time { .. } => "logout-expired",
            LogoutError::Replayed => "logout-replayed",
            LogoutError::Store => "store-unavailable",
            LogoutError::InResponseTo => "logout-in-response-to-mismatch",
        }
    }
}

impl From<Malformed> for LogoutError {
    fn from(error: Malformed) -> LogoutError {
        LogoutError::Malformed(error.0)
    }
}

impl From<SignedQueryError> for LogoutError {
    fn from(error: SignedQueryError) -> LogoutError {
        match error {
            SignedQueryError::Signature(error) => LogoutError::Signature(error),
            error => LogoutError::Query(error),
        }
    }
}
