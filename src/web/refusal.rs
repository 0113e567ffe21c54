//! The page that refuses what a person wanted, with its line in the log.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use maud::html;

use super::page::for_administrators;
use super::page::reference;
use super::page::with_way_back;
use super::request_id;
use crate::connection::BaseUrl;
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
    pub(super) fn failed(self) -> &'static str {
        match self {
            RefusedAction::SignOn => "The sign-in did not succeed",
            RefusedAction::SignOut => "The sign-out did not succeed",
            RefusedAction::Sessions => "Your sessions cannot be shown or ended",
            RefusedAction::Metadata => "The metadata cannot be shown",
        }
    }

    /// Refuses it: the page has the code, the meaning of Entra's own error, its remedy, and a number that finds the line in the
    /// log. The reason goes to the log. Claims go nowhere.
    pub(super) fn refuse(
        self,
        base_url: &BaseUrl,
        error: &SignOnError,
        connection: Option<&str>,
    ) -> Response {
        let request = request_id::current();
        log(self, error, connection, &request);
        let entra = error.entra_error();
        let body = html! {
            p { (advice(error)) }
            @if let Some(entra) = entra {
                p { "Your organisation's sign-in says: " (entra.meaning) }
            }
            (reference(error.code(), entra.map(|entra| entra.code), &request))
            (for_administrators(html! { (error.remedy()) }))
        };
        let page = with_way_back(base_url, self.failed(), body);
        (status(error), page).into_response()
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
fn advice(error: &SignOnError) -> &'static str {
    match error {
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
            let advice = advice(&SignOnError::Denied(denial));
            assert_eq!(advice.contains("in an hour"), waits, "{denial:?}");
        }
    }
}
