//! `/saml/{connection}/slo`: single logout over HTTP-Redirect and HTTP-POST (SAML 2.0 Profiles §4.4).

use axum::extract::Path;
use axum::extract::RawForm;
use axum::extract::RawQuery;
use axum::extract::State;
use axum::extract::rejection::RawFormRejection;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;

use super::login::OfConnection;
use super::outgoing;
use super::posted::Posted;
use crate::saml::Trust;
use crate::saml::logout::LogoutStatus;
use crate::saml::logout::VerifiedLogout;
use crate::saml::redirect::MessageKind;
use crate::site::LoadedConnection;
use crate::site::SignOnError;
use crate::site::relay_state;
use crate::web::Entrada;
use crate::web::cookie::header::SetCookies;
use crate::web::cookie::requests::UnderWay;
use crate::web::pages::Page;
use crate::web::pages::Phrase;
use crate::web::refusal::RefusedAction;
use crate::web::request_session::live_session;

pub(super) async fn redirected(
    State(entrada): State<Entrada>,
    Path(OfConnection { connection }): Path<OfConnection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let handled = async {
        let loaded = entrada.registry().named(&connection).await?;
        let query = query.unwrap_or_default();
        let verify = |trust: &Trust| VerifiedLogout::from_query(&query, trust);
        let (loaded, (message, relay_state)) =
            entrada.inner.site.logouts.verified(loaded, verify).await?;
        let relay_state = relay_state::bounded(relay_state.as_deref())?;
        logout(&entrada, &loaded, message, relay_state, &headers).await
    };
    answer(handled.await, &connection)
}

pub(super) async fn posted(
    State(entrada): State<Entrada>,
    Path(OfConnection { connection }): Path<OfConnection>,
    headers: HeaderMap,
    form: Result<RawForm, RawFormRejection>,
) -> Response {
    let handled = async {
        let posted = Posted::of(form)?;
        let (kind, field) = match (posted.request, posted.response) {
            (Some(field), None) => (MessageKind::Request, field),
            (None, Some(field)) => (MessageKind::Response, field),
            _ => return Err(SignOnError::Form),
        };
        let relay_state = relay_state::bounded(posted.relay_state.as_deref())?;
        let loaded = entrada.registry().named(&connection).await?;
        let verify = |trust: &Trust| VerifiedLogout::from_form(kind, &field, trust);
        let (loaded, message) = entrada.inner.site.logouts.verified(loaded, verify).await?;
        logout(&entrada, &loaded, message, relay_state, &headers).await
    };
    answer(handled.await, &connection)
}

fn answer(handled: Result<Response, SignOnError>, connection: &str) -> Response {
    handled.unwrap_or_else(|error| RefusedAction::SignOut.refuse(&error, Some(connection)))
}

/// Obeys a request, or hears an answer to one of ours.
async fn logout(
    entrada: &Entrada,
    loaded: &LoadedConnection,
    message: VerifiedLogout,
    relay_state: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, SignOnError> {
    let site = &entrada.inner.site;
    match message {
        VerifiedLogout::Request(request) => {
            let requested = site
                .logouts
                .end_requested_sessions(loaded, request, relay_state)
                .await?;
            let (cookies, is_live) = without_ended_session(entrada, headers).await;
            let answer = match &requested.answer {
                Some(answer) => outgoing::leave(answer),
                None => signed_out_everywhere(requested.status, is_live),
            };
            Ok((cookies, answer).into_response())
        }
        VerifiedLogout::Response(response) => {
            let requests = &entrada.cookies().requests;
            let is_ours = |request: &str| requests.is_signing_out(headers, request);
            let (request, status) = site.logouts.answered(loaded, response, is_ours)?;
            let cookies = requests.finish(headers, UnderWay::Logout, &request);
            let is_live = live_session(entrada, headers).await?.is_some();
            let page = signed_out_everywhere(status, is_live);
            Ok((cookies, page).into_response())
        }
    }
}

/// Takes the session cookie away if its session is over, or says that it is not. The request may be about somebody else,
/// who made this browser carry it: then the person at it stays signed in.
async fn without_ended_session(entrada: &Entrada, headers: &HeaderMap) -> (SetCookies, bool) {
    let cookies = SetCookies::default();
    if entrada.cookies().session(headers).is_none() {
        return (cookies, false);
    }
    match live_session(entrada, headers).await {
        Ok(None) => (cookies.add(&entrada.cookies().clear_session()), false),
        _ => (cookies, true),
    }
}

/// Says how a sign-out everywhere went; `is_live` is a session of this browser that it did not end.
fn signed_out_everywhere(status: LogoutStatus, is_live: bool) -> Response {
    let (title, said) = match (is_live, status) {
        (true, _) => (Phrase::SignOutDone, Phrase::AnotherSessionGoesOn),
        (false, LogoutStatus::Success) => (Phrase::YouAreSignedOut, Phrase::SignedOutEverywhere),
        (false, _) => (Phrase::YouAreSignedOut, Phrase::SignedOutPartly),
    };
    Page::SignedOut { title, said }.answer(StatusCode::OK)
}
