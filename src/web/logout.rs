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
use super::page;
use super::refusal::SignOnError;
use crate::saml::ReturnPath;

/// Where to go after signing out.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(rename = "return")]
    return_path: Option<String>,
}

/// `GET /saml/logout`: asks.
pub(super) async fn ask(State(entrada): State<Entrada>) -> Response {
    page::sign_out(entrada.base_url()).into_response()
}

/// `POST /saml/logout`: ends the session, in the store and then in the browser.
pub(super) async fn end(
    State(entrada): State<Entrada>,
    headers: HeaderMap,
    form: Result<Form<Wish>, FormRejection>,
) -> Response {
    let mut jar = CookieJar::new();
    if let Some(token) = entrada.cookies().session(&headers) {
        match entrada.store().end_session(&token.hash()).await {
            Ok(ended) => tracing::info!(ended, "signed out"),
            Err(error) => return page::refused(&SignOnError::Store(error), None),
        }
        jar = jar.add(entrada.cookies().clear_session());
    }
    let wanted = form.ok().and_then(|Form(wish)| wish.return_path);
    match wanted.as_deref().and_then(ReturnPath::parse) {
        Some(path) => (jar, Redirect::to(path.as_str())).into_response(),
        None => (jar, page::signed_out()).into_response(),
    }
}
