//! The errors of a token endpoint, as a client reads them (RFC 6749 §5.2).

use serde_json::Value;
use serde_json::json;

/// The code of an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorCode {
    /// The request cannot be understood, or says something twice.
    InvalidRequest,
    /// The client is not known, or did not prove who it is.
    InvalidClient,
    /// The client is known, and may not have a token in this way.
    UnauthorizedClient,
    /// Another grant than the one that there is.
    UnsupportedGrantType,
    /// The server cannot answer now. RFC 6749 has no code for this at the token endpoint, and gives this one to another
    /// endpoint (§4.1.2.1).
    TemporarilyUnavailable,
    /// The server failed; the code of the same place.
    ServerError,
}

impl ErrorCode {
    /// The code.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorCode::InvalidRequest => "invalid_request",
            ErrorCode::InvalidClient => "invalid_client",
            ErrorCode::UnauthorizedClient => "unauthorized_client",
            ErrorCode::UnsupportedGrantType => "unsupported_grant_type",
            ErrorCode::TemporarilyUnavailable => "temporarily_unavailable",
            ErrorCode::ServerError => "server_error",
        }
    }

    /// The status of HTTP that an answer with it has, unless something more exact is known.
    pub fn status(self) -> u16 {
        match self {
            ErrorCode::InvalidRequest
            | ErrorCode::UnauthorizedClient
            | ErrorCode::UnsupportedGrantType => 400,
            ErrorCode::InvalidClient => 401,
            ErrorCode::TemporarilyUnavailable => 503,
            ErrorCode::ServerError => 500,
        }
    }
}

/// The answer with an error. What a description must not have (§5.2: quotes, backslashes, whatever is not printable ASCII) is
/// shown as a question mark.
pub(crate) fn error_answer(code: ErrorCode, description: &str) -> Value {
    let may_stand = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
    let shown = |c: char| if may_stand(&c) { c } else { '?' };
    let description: String = description.chars().map(shown).take(LONGEST).collect();
    json!({ "error": code.as_str(), "error_description": description })
}

/// Characters of a description: Entra shows it to the admin whole, and nobody reads on after ten lines.
const LONGEST: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_what_the_standard_allows_and_nothing_else() {
        let answer = error_answer(ErrorCode::InvalidClient, "a \"b\"\\\u{e9}\r\n~");
        let expected = json!({ "error": "invalid_client", "error_description": "a ?b?????~" });
        assert_eq!(answer, expected);
        let long = error_answer(ErrorCode::InvalidRequest, &"x".repeat(5000));
        assert_eq!(
            long["error_description"].as_str().map(str::len),
            Some(LONGEST)
        );
    }
}
