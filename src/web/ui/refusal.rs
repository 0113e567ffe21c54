//! Pages that refuse something, and those about a response that came a second time.

use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use maud::Markup;
use maud::html;

use super::layout::correlation;
use super::layout::layout;
use super::layout::start;
use crate::connection::BaseUrl;
use crate::saml::ReturnPath;
use crate::saml::logout::LogoutError;
use crate::session::Denial;
use crate::site::SignOnError;
use crate::site::reasons::NOT_PERMITTED;
use crate::site::reasons::remedy;

/// The thing that a person wanted, for the title of a refusal: that it did not come about is all that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::web) enum RefusedAction {
    /// Signing in.
    SignOn,
    /// Signing out.
    SignOut,
    /// Looking at their sessions, or ending some.
    Sessions,
    /// Reading our metadata.
    Metadata,
}

impl RefusedAction {
    fn failed(self) -> &'static str {
        match self {
            RefusedAction::SignOn => "The sign-in did not succeed",
            RefusedAction::SignOut => "The sign-out did not succeed",
            RefusedAction::Sessions => "Your sessions cannot be shown or ended",
            RefusedAction::Metadata => "The metadata cannot be shown",
        }
    }
}

/// Shows a refusal: the code, the meaning of Entra's own error, its remedy, and a number that finds its log line. The
/// reason goes to the log. Claims go nowhere.
pub(in crate::web) fn refused(
    base_url: &BaseUrl,
    doing: RefusedAction,
    error: &SignOnError,
    connection: Option<&str>,
) -> Response {
    let page = refused_page(base_url, doing, error, connection);
    (status(error), page).into_response()
}

/// Goes on to look whether the person is signed on, by itself or by a click. The response that brought them here opens
/// nothing, which the status says to machines.
pub(in crate::web) fn look_again(code: &str, next: &str) -> Response {
    let body = layout(
        "One moment",
        html! {
            p { "This page was loaded a second time. You are on your way to where the first time led." }
            p { a href=(next) { "Continue" } }
            details {
                summary { "For administrators" }
                p { "The response opens no session: " code { (code) } ". If the person is signed in already, nothing is wrong." }
            }
        },
    );
    let refresh = HeaderValue::try_from(format!("0; url={next}")).ok();
    let refresh = refresh.map(|value| [(header::REFRESH, value)]);
    match refresh {
        Some(refresh) => (StatusCode::FORBIDDEN, refresh, body).into_response(),
        None => (StatusCode::FORBIDDEN, body).into_response(),
    }
}

/// Says that a response came a second time where a session is live that is not the one of that response.
pub(in crate::web) fn somebody_else(base_url: &BaseUrl, path: &ReturnPath) -> Response {
    let body = layout(
        "Somebody is signed in here",
        html! {
            p { "This page was loaded a second time. In this browser somebody is signed in already, and perhaps as another person than this page is about. It changed nothing." }
            p { a href=(base_url.local(path).as_str()) { "Go on as whoever is signed in" } }
            p { a href={ (base_url) "/saml/logout" } { "Sign out" } }
        },
    );
    (StatusCode::FORBIDDEN, body).into_response()
}

/// Says that a response came a second time, to somebody who is not signed on.
pub(in crate::web) fn came_twice(code: &str, correlation: &str, login: &str) -> Markup {
    layout(
        RefusedAction::SignOn.failed(),
        html! {
            p { "The sign-in took too long, or this page was loaded a second time. You are not signed in." }
            dl {
                dt { "Code" } dd { code { (code) } }
                dt { "Number" } dd { code { (correlation) } }
            }
            p { a href=(login) { "Sign in" } }
        },
    )
}

fn refused_page(
    base_url: &BaseUrl,
    doing: RefusedAction,
    error: &SignOnError,
    connection: Option<&str>,
) -> Markup {
    let correlation = correlation();
    log(doing, error, connection, &correlation);
    let entra = error.entra_error();
    layout(
        doing.failed(),
        html! {
            p { (advice(error)) }
            @if let Some(entra) = entra {
                p { "Your organisation's sign-in says: " (entra.meaning) }
            }
            dl {
                dt { "Code" } dd { code { (error.code()) } }
                @if let Some(entra) = entra { dt { "Entra" } dd { code { "AADSTS" (entra.code) } } }
                dt { "Number" } dd { code { (correlation) } }
            }
            details {
                summary { "For administrators" }
                p { (error.remedy()) }
            }
            p { a href=(start(base_url)) { "Back to the start" } }
        },
    )
}

/// The status that says to machines what a refusal is.
pub(in crate::web) fn status(error: &SignOnError) -> StatusCode {
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

fn log(doing: RefusedAction, error: &SignOnError, connection: Option<&str>, correlation: &str) {
    let connection = connection.unwrap_or("-");
    let message = match doing {
        RefusedAction::SignOn => "sign-on refused",
        RefusedAction::SignOut => "sign-out refused",
        RefusedAction::Sessions | RefusedAction::Metadata => "request refused",
    };
    match error {
        SignOnError::Response(refusal) => tracing::warn!(
            connection,
            correlation,
            code = refusal.code(),
            check = refusal.check(),
            expected = refusal.expected(),
            found = refusal.found(),
            remedy = refusal.remedy(),
            mend = refusal.remedy(),
            "{message}"
        ),
        // Whoever floods the site would flood the log.
        SignOnError::TooMany => tracing::debug!(connection, correlation, "too many sign-ons"),
        other => {
            tracing::warn!(connection, correlation, code = other.code(), reason = %other, remedy = other.remedy(), mend = other.remedy(), "{message}")
        }
    }
}

/// Tells a person who is signed in that a page is not for them, and not what it asks for.
pub(in crate::web) fn not_permitted(base_url: &BaseUrl, correlation: &str) -> Response {
    let body = layout(
        "This page is not for you",
        html! {
            p { "You are signed in, but this page asks for more than your account has. If you need it, ask your administrator." }
            dl {
                dt { "Code" } dd { code { (NOT_PERMITTED) } }
                dt { "Number" } dd { code { (correlation) } }
            }
            details {
                summary { "For administrators" }
                p { (remedy(NOT_PERMITTED)) }
            }
            p { a href=(start(base_url)) { "Back to the start" } }
        },
    );
    (StatusCode::FORBIDDEN, body).into_response()
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
