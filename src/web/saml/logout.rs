//! `/saml/logout`: ends the local session. A form of another site or of a neighbour ends nothing, and neither does a link.
//! Only a cookie that came along is taken away again: taking it away blindly would let a form whose browser does not say
//! from where it comes sign people out after all.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Deserialize;

use super::outgoing;
use super::outgoing::redirect;
use crate::saml::ReturnPath;
use crate::session::sign_out;
use crate::site::SignOnError;
use crate::web::Entrada;
use crate::web::cookie::header::SetCookies;
use crate::web::cookie::requests::UnderWay;
use crate::web::origin::is_from_here;
use crate::web::pages::Page;
use crate::web::pages::Phrase;
use crate::web::refusal::RefusedAction;
use crate::web::request_session::live_session;

#[derive(Default, Deserialize)]
pub(super) struct LogoutForm {
    #[serde(rename = "return")]
    return_path: Option<String>,
    /// `yes` to sign out at the identity provider as well, and with it in its other apps.
    everywhere: Option<String>,
}

pub(super) async fn ask(State(entrada): State<Entrada>) -> Response {
    let action = format!("{}/saml/logout", entrada.base_url());
    Page::SignOut { action }.answer(StatusCode::OK)
}

/// `POST /saml/logout`: ends the session, in the store and then in the browser, and goes on to the identity provider if
/// the person wants that. Whatever the identity provider does with it, the session here is over.
pub(super) async fn end(
    State(entrada): State<Entrada>,
    headers: HeaderMap,
    form: Result<Form<LogoutForm>, FormRejection>,
) -> Response {
    if !is_from_here(&headers, entrada.base_url().as_str()) {
        return RefusedAction::SignOut.refuse(&SignOnError::Elsewhere, None);
    }
    let params = form.map(|Form(params)| params).unwrap_or_default();
    match try_end(&entrada, &headers, &params).await {
        Ok(response) => response,
        Err(error) => RefusedAction::SignOut.refuse(&error, None),
    }
}

async fn try_end(
    entrada: &Entrada,
    headers: &HeaderMap,
    params: &LogoutForm,
) -> Result<Response, SignOnError> {
    let mut cookies = SetCookies::default();
    let mut session = None;
    let token = entrada.cookies().session(headers);
    if let Some(token) = &token {
        session = live_session(entrada, headers).await?;
        let ended = sign_out(entrada.store(), &token.hash(), entrada.now()).await?;
        tracing::info!(event = "signed-out", ended = u64::from(ended), "signed out");
        cookies = cookies.add(&entrada.cookies().clear_session());
    }
    if let (Some(session), Some("yes")) = (&session, params.everywhere.as_deref()) {
        let loaded = entrada
            .registry()
            .named(session.connection().as_str())
            .await?;
        if let Some(begun) = entrada.inner.site.logouts.begin(&loaded, session)? {
            let answer = outgoing::leave_after_a_form(&begun.outgoing);
            let id = begun.id.as_str();
            let requests = &entrada.cookies().requests;
            let cookies = requests
                .begin(headers, UnderWay::Logout, &begun.id, id, begun.at)
                .add(&entrada.cookies().clear_session());
            return Ok((cookies, answer).into_response());
        }
    }
    let wanted = params.return_path.as_deref().and_then(ReturnPath::parse);
    Ok(match wanted {
        Some(path) => (cookies, redirect(entrada.base_url(), &path)).into_response(),
        None => (cookies, signed_out(token.is_some())).into_response(),
    })
}

/// Says that the local session is over, or that there was none.
fn signed_out(had_session: bool) -> Response {
    let (title, said) = match had_session {
        true => (Phrase::YouAreSignedOut, Phrase::SignedOutHere),
        false => (Phrase::NothingToSignOutOf, Phrase::NoSession),
    };
    Page::SignedOut { title, said }.answer(StatusCode::OK)
}
