//! Why the edge turns somebody away: the pipeline's reasons, and those of the edge itself.

use axum::http::StatusCode;

use crate::metadata::TrustError;
use crate::ports::StoreError;
use crate::saml::Binding;
use crate::saml::EntraError;
use crate::saml::Refusal;
use crate::saml::ReturnPath;
use crate::saml::logout::LogoutError;
use crate::session::AdmitError;
use crate::session::Denial;
use crate::site::reasons;

/// Why a sign-on does not go on. The person sees the code; the log has the rest.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignOnError {
    #[error("there is no connection of that name")]
    UnknownConnection,
    #[error("the connection trusts nobody: {0}")]
    NoTrust(TrustError),
    #[error("expected a sign-on endpoint over {}, found none", .0.name())]
    NoEndpoint(Binding),
    #[error("the form has not one SAMLResponse and at most one RelayState")]
    Form,
    #[error("expected a RelayState of at most {limit} octets, found {found}")]
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
    #[error("no random numbers are to be had")]
    Random,
    #[error("a message of ours could not be written")]
    Write,
}

impl From<AdmitError> for SignOnError {
    fn from(error: AdmitError) -> SignOnError {
        match error {
            AdmitError::Refused(refusal) => SignOnError::Response(refusal),
            AdmitError::Store(error) => SignOnError::Store(error),
        }
    }
}

impl SignOnError {
    /// The stable code that the person sees.
    pub(super) fn code(&self) -> &'static str {
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

    pub(super) fn status(&self) -> StatusCode {
        match self {
            SignOnError::UnknownConnection => StatusCode::NOT_FOUND,
            SignOnError::Form
            | SignOnError::ReturnPath
            | SignOnError::Parameters
            | SignOnError::RelayStateTooLong { .. } => StatusCode::BAD_REQUEST,
            SignOnError::NoTrust(_)
            | SignOnError::NoEndpoint(_)
            | SignOnError::Store(_)
            | SignOnError::Random => StatusCode::SERVICE_UNAVAILABLE,
            SignOnError::Response(refusal) if refusal.code() == "store-unavailable" => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            SignOnError::Logout(LogoutError::Store) => StatusCode::SERVICE_UNAVAILABLE,
            SignOnError::Write => StatusCode::INTERNAL_SERVER_ERROR,
            SignOnError::TooMany => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// Entra's own error, where it sent one that is known.
    pub(super) fn entra_error(&self) -> Option<&'static EntraError> {
        match self {
            SignOnError::Response(refusal) => refusal.entra_error(),
            _ => None,
        }
    }

    /// What an admin can change, and where.
    pub(super) fn mend(&self) -> &'static str {
        match self {
            SignOnError::Response(refusal) => refusal.mend(),
            SignOnError::Logout(error) => error.mend(),
            other => reasons::mend(other.code()),
        }
    }

    /// What the person can do.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            SignOnError::ExpiredRequest | SignOnError::UnknownRequest(_) => {
                "The sign-in took too long, or this page was loaded a second time. Please sign in again."
            }
            SignOnError::OtherBrowser | SignOnError::OtherRelayState => {
                "The sign-in began in another browser, or cookies are off. Please sign in again, in this browser."
            }
            SignOnError::Denied(Denial::Inactive) => {
                "Your account here has been deactivated. Please ask your administrator if you should still have access."
            }
            SignOnError::Denied(Denial::SeatsTaken { .. }) => {
                "All seats that your organisation has here are taken. Please ask your administrator for one."
            }
            SignOnError::Denied(Denial::Unprovisioned(_)) => {
                "Your organisation knows you, but has not set you up for this app yet. If you were added a short while ago, try again in an hour; else please give your administrator the code and the number below."
            }
            SignOnError::Denied(_) => {
                "Your organisation knows you, but this app cannot tell which of its users you are. Signing in again does not help: please give your administrator the code and the number below."
            }
            SignOnError::TooMany => {
                "Too many sign-ins begin from your network. Please try again in a minute."
            }
            SignOnError::NoTrust(_) | SignOnError::Store(_) | SignOnError::Random => {
                "Sign-in is not available right now. Please try again in a few minutes."
            }
            _ => {
                "Please sign in again. If that does not help, give your administrator the code and the number below."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_may_be_provisioned_yet_is_told_to_wait() {
        for (denial, waits) in [
            (Denial::Unprovisioned("externalId"), true),
            (Denial::ClaimMissing("objectidentifier"), false),
            (Denial::Ambiguous("externalId"), false),
            (Denial::LinkedToAnother, false),
            (Denial::Inactive, false),
            (Denial::SeatsTaken { limit: 1 }, false),
            (Denial::UserNameTaken, false),
            (Denial::ClaimsUnfit("name"), false),
        ] {
            let advice = SignOnError::Denied(denial).advice();
            assert_eq!(advice.contains("in an hour"), waits, "{denial:?}");
        }
    }
}
