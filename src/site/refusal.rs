//! The reasons for which a sign-on or a logout does not go on: those of the pipeline, of the site and of its edge.

use super::reasons;
use crate::metadata::TrustError;
use crate::ports::StoreError;
use crate::saml::Binding;
use crate::saml::EntraError;
use crate::saml::Refusal;
use crate::saml::ReturnPath;
use crate::saml::logout::LogoutError;
use crate::session::AdmitError;
use crate::session::Denial;

/// The reason why a sign-on does not go on. The person sees the code; the log has the rest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignOnError {
    #[error("there is no connection of that name")]
    UnknownConnection,
    #[error("the connection trusts nobody: {0}")]
    NoTrust(TrustError),
    #[error("expected a sign-on endpoint over {}, found none", .0.name())]
    NoEndpoint(Binding),
    #[error("the form has not one SAMLResponse and at most one RelayState")]
    Form,
    #[error("expected a RelayState of at most {limit} bytes, found {found}")]
    RelayStateTooLong { limit: usize, found: usize },
    #[error("the response answers no request that is under way")]
    UnknownRequest(Option<ReturnPath>),
    #[error("the request that the response answers has expired")]
    ExpiredRequest,
    #[error("the response came back in another browser than the request left from")]
    OtherBrowser,
    #[error("the RelayState is not the one that was sent")]
    OtherRelayState,
    #[error("the response answers no request, and the connection does not allow that")]
    Unsolicited,
    #[error("the form was posted by a page of another site")]
    Elsewhere,
    #[error("the return path is no local path")]
    ReturnPath,
    #[error("the parameters of the address cannot be read")]
    Parameters,
    #[error("the client begins more sign-ons than it may")]
    TooMany,
    #[error("{0}")]
    Response(#[from] Refusal),
    #[error("{0}")]
    Logout(#[from] LogoutError),
    #[error("{0}")]
    Denied(#[from] Denial),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("random numbers are unavailable")]
    Random,
    #[error("a message of ours could not be written")]
    Write,
}

impl From<AdmitError> for SignOnError {
    fn from(error: AdmitError) -> SignOnError {
        match error {
            AdmitError::Refused(refusal) => SignOnError::Response(refusal),
            AdmitError::Denied(denial) => SignOnError::Denied(denial),
            AdmitError::Store(error) => SignOnError::Store(error),
        }
    }
}

impl SignOnError {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            SignOnError::UnknownConnection => "connection-unknown",
            SignOnError::NoTrust(_) => "trust-unavailable",
            SignOnError::NoEndpoint(_) => "binding-unavailable",
            SignOnError::Form => "form-malformed",
            SignOnError::RelayStateTooLong { .. } => "relay-state-too-long",
            SignOnError::UnknownRequest(_) => "request-unknown",
            SignOnError::ExpiredRequest => "request-expired",
            SignOnError::OtherBrowser => "browser-mismatch",
            SignOnError::OtherRelayState => "relay-state-mismatch",
            SignOnError::Unsolicited => "unsolicited",
            SignOnError::Elsewhere => "form-from-elsewhere",
            SignOnError::TooMany => "too-many-sign-ons",
            SignOnError::ReturnPath => "return-path",
            SignOnError::Parameters => "parameters-malformed",
            SignOnError::Response(refusal) => refusal.code(),
            SignOnError::Logout(error) => error.code(),
            SignOnError::Denied(denial) => denial.code(),
            SignOnError::Store(_) => "store-unavailable",
            SignOnError::Random | SignOnError::Write => "internal",
        }
    }

    pub(crate) fn entra_error(&self) -> Option<&'static EntraError> {
        match self {
            SignOnError::Response(refusal) => refusal.entra_error(),
            _ => None,
        }
    }

    /// The remedy: the thing that an admin can change, and the place for it.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            SignOnError::Response(refusal) => refusal.remedy(),
            SignOnError::Logout(error) => error.remedy(),
            other => reasons::remedy(other.code()),
        }
    }
}
