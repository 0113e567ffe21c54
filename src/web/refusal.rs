//! The page that refuses what a person wanted, with its line in the log.

use axum::http::StatusCode;
use axum::response::Response;

use super::headers::try_again;
use super::pages::Page;
use super::pages::Phrase;
use super::pages::Reference;
use crate::saml::logout::LogoutError;
use crate::session::Denial;
use crate::site::SignOnError;

/// The thing that a person wanted, for the title of a refusal: that it did not come about is all that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RefusedAction {
    SignOn,
    SignOut,
    /// Looking at their sessions, or ending some.
    Sessions,
    Metadata,
}

impl RefusedAction {
    fn failed(self) -> Phrase<'static> {
        match self {
            RefusedAction::SignOn => Phrase::SignInFailed,
            RefusedAction::SignOut => Phrase::SignOutFailed,
            RefusedAction::Sessions => Phrase::SessionsFailed,
            RefusedAction::Metadata => Phrase::MetadataFailed,
        }
    }

    /// Refuses it: the page has advice for the person, the code, Entra's own number, and a number that finds the line in the
    /// log. The reason and its remedy go to the log. Claims go nowhere.
    pub(super) fn refuse(self, error: &SignOnError, connection: Option<&str>) -> Response {
        let entra = error.entra_error().map(|entra| entra.code);
        let reference = Reference {
            entra,
            ..Reference::of(error.code())
        };
        log(self, error, connection, &reference.number);
        let page = match (error, advice(error, entra)) {
            (SignOnError::Denied(Denial::Unprovisioned(_)), _) => {
                Page::NotProvisioned { reference }
            }
            (SignOnError::Denied(_), advice) => Page::Denied { advice, reference },
            (_, advice) => Page::Refused {
                title: self.failed(),
                advice,
                sign_in: None,
                reference,
            },
        };
        try_again(page.answer(status(error)))
    }
}

/// The status that says to machines what a refusal is.
pub(super) fn status(error: &SignOnError) -> StatusCode {
    match error {
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

/// The advice to the person: a remedy that they can try.
fn advice(error: &SignOnError, entra: Option<u32>) -> Phrase<'static> {
    match (error, entra) {
        (_, Some(50020 | 50034)) => Phrase::AccountElsewhere,
        (_, Some(50057)) => Phrase::AccountDisabled,
        (_, Some(50105)) => Phrase::NotAssigned,
        (_, Some(53003)) => Phrase::AccessBlocked,
        (SignOnError::ExpiredRequest | SignOnError::UnknownRequest(_), _) => Phrase::TookTooLong,
        (SignOnError::OtherBrowser | SignOnError::OtherRelayState, _) => Phrase::OtherBrowser,
        (SignOnError::Denied(Denial::Inactive), _) => Phrase::Deactivated,
        (SignOnError::Denied(Denial::SeatsTaken { .. }), _) => Phrase::SeatsTaken,
        (SignOnError::Denied(Denial::Unprovisioned(_)), _) => Phrase::NotProvisioned,
        (SignOnError::Denied(_), _) => Phrase::Unidentified,
        (SignOnError::TooMany, _) => Phrase::TooManySignIns,
        (SignOnError::NoTrust(_) | SignOnError::Store(_) | SignOnError::Random, _) => {
            Phrase::NotAvailable
        }
        _ => Phrase::SignInAgain,
    }
}

fn log(doing: RefusedAction, error: &SignOnError, connection: Option<&str>, request: &str) {
    let connection = connection.unwrap_or("-");
    let (action, message) = match doing {
        RefusedAction::SignOn => ("sign-on", "sign-on refused"),
        RefusedAction::SignOut => ("sign-out", "sign-out refused"),
        RefusedAction::Sessions => ("sessions", "request refused"),
        RefusedAction::Metadata => ("metadata", "request refused"),
    };
    match error {
        SignOnError::Response(refusal) => tracing::warn!(
            event = "refused",
            action,
            connection,
            request,
            code = refusal.code(),
            check = refusal.check(),
            expected = refusal.expected(),
            found = refusal.found(),
            remedy = refusal.remedy(),
            mend = refusal.remedy(),
            "{message}"
        ),
        // Whoever floods the site would flood the log.
        SignOnError::TooMany => tracing::debug!(connection, request, "too many sign-ons"),
        other => tracing::warn!(
            event = "refused",
            action,
            connection,
            request,
            code = other.code(),
            reason = %other,
            remedy = other.remedy(),
            mend = other.remedy(),
            "{message}"
        ),
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
            let advice = advice(&SignOnError::Denied(denial), None);
            assert_eq!(advice == Phrase::NotProvisioned, waits, "{denial:?}");
        }
    }
}
