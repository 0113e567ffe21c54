//! The answer of a token endpoint: an access token (RFC 6749 §5.1), or the reason that there is none (§5.2), in plain words.

use jiff::SignedDuration;
use serde_json::Value;

use super::error::Failure;
use super::sign_in::SignIn;

/// An access token. `Debug` is left out: it is a secret.
pub(in crate::practice) struct AccessToken {
    pub(in crate::practice) token: String,
    /// The time for which it holds; `None` where the server does not say so.
    pub(in crate::practice) lifetime: Option<SignedDuration>,
}

pub(super) fn read(sign_in: &SignIn, status: u16, body: &[u8]) -> Result<AccessToken, Failure> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match status {
        200 => token(&body),
        _ => Err(Failure::NoAccessToken(refusal(sign_in, status, &body))),
    }
}

fn token(body: &Value) -> Result<AccessToken, Failure> {
    let unexpected = |expected, found: String| Failure::Unexpected { expected, found };
    let token = match &body["access_token"] {
        Value::String(token) if is_usable(token) => token.clone(),
        // It may be the token, so it is not shown.
        _ => {
            let expected = "an access_token of visible ASCII characters from the Token Endpoint";
            return Err(unexpected(expected, "none".to_owned()));
        }
    };
    match &body["token_type"] {
        Value::String(kind) if kind.eq_ignore_ascii_case("Bearer") => {}
        other => {
            let found = other.to_string().chars().take(MAX_DETAIL).collect();
            return Err(unexpected("the token_type Bearer", found));
        }
    }
    let lifetime = match &body["expires_in"] {
        Value::Null => None,
        seconds => match seconds.as_u64() {
            Some(seconds) => Some(SignedDuration::from_secs(
                seconds.min(MAX_LIFETIME).cast_signed(),
            )),
            None => {
                let found = seconds.to_string().chars().take(MAX_DETAIL).collect();
                return Err(unexpected("expires_in as a number of seconds", found));
            }
        },
    };
    Ok(AccessToken { token, lifetime })
}

fn is_usable(token: &str) -> bool {
    let visible = token.bytes().all(|c| c.is_ascii_graphic());
    !token.is_empty() && token.len() <= MAX_TOKEN && visible
}

fn refusal(sign_in: &SignIn, status: u16, body: &Value) -> String {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let (code, description) = (text("error"), text("error_description"));
    let mut said = format!("status {status} from the Token Endpoint");
    if !code.is_empty() {
        said.push_str(&format!(", {code}"));
    }
    if let Some(meaning) = meaning(sign_in, status, code) {
        said.push_str(&format!(": {meaning}"));
    }
    if !description.is_empty() {
        said.push_str(&format!(". It says: {description}"));
    }
    said.chars().take(MAX_DETAIL).collect()
}

/// An error of RFC 6749 §5.2 in plain words, with what to look at.
fn meaning(sign_in: &SignIn, status: u16, code: &str) -> Option<&'static str> {
    let is_federation = matches!(sign_in, SignIn::Federation { .. });
    Some(match (code, status) {
        ("invalid_client", _) if is_federation => {
            "the app does not accept this identity provider's assertion; compare what it was told of issuer, subject and audience"
        }
        ("invalid_client", _) => {
            "the Client Identifier or the Client Secret is wrong, revoked or expired"
        }
        ("invalid_grant", _) => "what proves the client is invalid, revoked or expired",
        ("unauthorized_client", _) => "the client may not sign in in this way",
        ("unsupported_grant_type", _) => "the app does not know client credentials",
        ("invalid_scope", _) => "the app does not know the scope scim",
        ("invalid_request", _) => "the app does not understand the request",
        (_, 404) => "there is no such address",
        (_, 429) => "it is busy",
        _ => return None,
    })
}

/// Bytes of an access token: a JWT with many claims is a few kilobytes, and it goes with each request.
const MAX_TOKEN: usize = 8 * 1024;
/// Characters of a refusal in the log.
const MAX_DETAIL: usize = 1400;
/// A year, far beyond any access token.
const MAX_LIFETIME: u64 = 366 * 24 * 60 * 60;
