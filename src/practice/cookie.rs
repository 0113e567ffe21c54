//! The identity provider's own session cookie.

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use axum_extra::extract::cookie::SameSite;
use jiff::Timestamp;
use openssl::error::ErrorStack;

use super::directory::Person;
use super::state::State;
use crate::token::Token;
use crate::token::TokenHash;

/// The session that the browser shows.
pub(super) fn read(state: &State, headers: &HeaderMap) -> Option<Token> {
    let jar = CookieJar::from_headers(headers);
    Token::parse(jar.get(&state.cookie_name())?.value())
}

/// Signs a person in at this browser, in place of whoever was signed in before; returns the session and
/// the cookie to set.
pub(super) fn sign_in(
    state: &State,
    headers: &HeaderMap,
    person: &Person,
    now: Timestamp,
) -> Result<(TokenHash, CookieJar), ErrorStack> {
    let token = Token::random()?;
    if let Some(former) = read(state, headers) {
        state.close_session(&former);
    }
    state.open_session(&token, person, now);
    let jar = CookieJar::new().add(cookie(state, token.reveal()));
    Ok((token.hash(), jar))
}

/// Takes the cookie away.
pub(super) fn removal(state: &State) -> CookieJar {
    let mut cookie = cookie(state, String::new());
    cookie.make_removal();
    CookieJar::new().add(cookie)
}

/// `Lax`: a sign-on arrives by a navigation from the app. A request by HTTP-POST from another site comes
/// without the cookie and finds the account picker, which is enough for practice. Not `Secure` on plain HTTP,
/// where it would not be kept by every browser.
fn cookie(state: &State, value: String) -> Cookie<'static> {
    Cookie::build((state.cookie_name(), value))
        .path("/")
        .http_only(true)
        .secure(state.base_url().starts_with("https:"))
        .same_site(SameSite::Lax)
        .build()
}
