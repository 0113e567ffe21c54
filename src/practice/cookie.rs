//! The identity provider's own session cookie.

use axum::http::HeaderMap;
use jiff::Timestamp;
use openssl::error::ErrorStack;

use super::directory::Person;
use super::state::State;
use crate::token::Token;
use crate::token::TokenHash;
use crate::web::cookie::header::SameSite;
use crate::web::cookie::header::SetCookie;
use crate::web::cookie::header::SetCookies;
use crate::web::cookie::header::doubled;
use crate::web::cookie::header::find;
use crate::web::cookie::header::warn_doubled;

/// The session that the browser shows.
pub(super) fn read(state: &State, headers: &HeaderMap) -> Option<Token> {
    Token::parse(find(headers, &state.cookie_name()).value()?)
}

/// Signs a person in at this browser, in place of whoever was signed in before; returns the session and
/// the cookie to set.
pub(super) fn sign_in(
    state: &State,
    headers: &HeaderMap,
    person: &Person,
    now: Timestamp,
) -> Result<(TokenHash, SetCookies), ErrorStack> {
    let token = Token::random()?;
    if let Some(former) = read(state, headers) {
        state.close_session(&former);
    }
    state.open_session(&token, person, now);
    let cookies = SetCookies::default().add(&cookie(state, token.reveal()));
    Ok((token.hash(), cookies))
}

pub(super) fn removal(state: &State) -> SetCookies {
    SetCookies::default().add(&cookie(state, String::new()).removal())
}

/// Takes away what came more than once, for a request to this path; `None` where nothing did.
pub(super) fn without_doubled(
    state: &State,
    headers: &HeaderMap,
    path: &str,
) -> Option<SetCookies> {
    let name = state.cookie_name();
    let names = doubled(headers, |other| other == name);
    if names.is_empty() {
        return None;
    }
    warn_doubled(&names);
    let cookie = cookie(state, String::new());
    Some(SetCookies::default().remove_everywhere(&cookie, path, &[]))
}

/// `Lax`: a sign-on arrives by a navigation from the app. A request by HTTP-POST from another site comes
/// without the cookie and finds the account picker, which is enough for practice. Not `Secure` on plain HTTP,
/// where it would not be kept by every browser.
fn cookie(state: &State, value: String) -> SetCookie {
    let secure = state.base_url().starts_with("https:");
    SetCookie::new(state.cookie_name(), value, SameSite::Lax, secure)
}
