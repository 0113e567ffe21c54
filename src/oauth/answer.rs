//! The answer to a token request that is granted (RFC 6749 §5.1).

use jiff::SignedDuration;
use serde_json::Value;
use serde_json::json;

/// The answer with an access token. The scope is always said: a client may have asked for another.
pub(crate) fn token_answer(access_token: &str, expires_in: SignedDuration) -> Value {
    json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": expires_in.as_secs(),
        "scope": SCOPE,
    })
}

/// The one scope that there is: the SCIM server of the connection.
pub(super) const SCOPE: &str = "scim";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_second_is_not_promised() {
        let answer = token_answer("t", SignedDuration::from_millis(59_999));
        let expected = json!({ "access_token": "t", "token_type": "Bearer", "expires_in": 59, "scope": "scim" });
        assert_eq!(answer, expected);
    }
}
