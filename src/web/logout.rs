//! `/saml/logout`: ends the local session. The cookie is `SameSite=Lax`, so a form of another site cannot post
//! it, and a link alone ends nothing. Only a cookie that came along is taken away again: taking it away blindly
//! would let such a form sign people out after all.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::Entrada;
use super::login;
use super::page;
use super::refusal::SignOnError;
use crate::saml::ReturnPath;
use crate::session::Session;

/// How to sign out.
#[derive(Default, Deserialize)]
pub(super) struct Wish {
    /// Where to go afterwards.
    #[serde(rename = "return")]
    return_path: Option<String>,
    /// `yes` to sign out at the identity provider as well, and with it in its other apps.
    everywhere: Option<String>,
}

/// `GET /saml/logout`: asks.
pub(super) async fn ask(State(entrada): State<Entrada>) -> Response {
    page::sign_out(entrada.base_url()).into_response()
}

/// `POST /saml/logout`: ends the session, in the store and then in the browser, and goes on to the identity provider if
/// the person wants that. Whatever the identity provider does with it, the session here is over.
pub(super) async fn end(
    State(entrada): State<Entrada>,
    headers: HeaderMap,
    form: Result<Form<Wish>, FormRejection>,
) -> Response {
    let wish = form.map(|Form(wish)| wish).unwrap_or_default();
    match try_end(&entrada, &headers, &wish).await {
        Ok(response) => response,
        Err(error) => page::refused(&error, None),
    }
}

async fn try_end(
    entrada: &Entrada,
    headers: &HeaderMap,
    wish: &Wish,
) -> Result<Response, SignOnError> {
    let mut jar = CookieJar::new();
    let mut session = None;
    if let Some(token) = entrada.cookies().session(headers) {
        let now = entrada.now();
        let record = entrada.store().session(&token.hash(), now).await?;
        session = record.and_then(|record| Session::resume(record, now));
        let ended = entrada
            .store()
            .end_session(&token.hash(), entrada.now())
            .await?;
        tracing::info!(ended, "signed out");
        jar = jar.add(entrada.cookies().clear_session());
    }
    if let (Some(session), Some("yes")) = (&session, wish.everywhere.as_deref()) {
        let loaded = login::find(entrada, session.connection().as_str()).await?;
        if let Some(response) = entrada.begin_logout(&loaded, session)? {
            return Ok(response);
        }
    }
    let wanted = wish.return_path.as_deref().and_then(ReturnPath::parse);
    Ok(match wanted {
        Some(path) => (jar, Redirect::to(path.as_str())).into_response(),
        None => (jar, page::signed_out()).into_response(),
    })
}
