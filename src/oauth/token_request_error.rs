//! The fault of a token request.

use super::ErrorCode;

/// The fault of a token request. No text of the request stands in it.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRequestError {
    /// A parameter stands in the address.
    #[error(
        "expected {0} in the body, found it in the query of the address: a secret that was sent so is in logs, revoke it"
    )]
    InQuery(&'static str),
    /// The body is of another type, of several, or of none.
    #[error("expected the content type application/x-www-form-urlencoded")]
    ContentType,
    /// The body is too long.
    #[error("expected a body of at most {} bytes", LONGEST)]
    TooLong,
    /// The body did not come to its end.
    #[error("expected a body that comes to its end")]
    Broken,
    /// Something in the body is badly escaped, or no UTF-8.
    #[error("expected a form in percent-encoded UTF-8")]
    NoForm,
    /// There are too many parameters.
    #[error("expected fewer parameters")]
    TooManyParameters,
    /// A parameter is there twice; its name, if it is known.
    #[error("expected each parameter once, found {} more than once", .0.unwrap_or("one"))]
    Repeated(Option<&'static str>),
    /// There is no grant type.
    #[error("expected the parameter grant_type")]
    NoGrantType,
    /// It is another grant.
    #[error("expected the grant type client_credentials")]
    GrantType,
    /// There are several headers `Authorization`.
    #[error("expected one Authorization header, found several")]
    SeveralHeaders,
    /// There are several proofs.
    #[error(
        "expected one way of client authentication, found several of: Authorization header, client_secret, client_assertion"
    )]
    SeveralProofs,
    /// There is a client id of another.
    #[error("expected the same client_id in the Authorization header and in the body, found two")]
    OtherClientId,
    /// There is a secret without its client.
    #[error("expected the parameter client_id beside client_secret")]
    NoClientId,
    /// There is an assertion without its type, or a type without an assertion.
    #[error("expected client_assertion and client_assertion_type together, found one of them")]
    HalfAnAssertion,
    /// There is no proof.
    #[error(
        "expected client authentication: an Authorization header, client_secret or client_assertion"
    )]
    NoProof,
    /// The header has another scheme.
    #[error("expected the scheme Basic in the Authorization header")]
    OtherScheme,
    /// The header does not read.
    #[error(
        "expected a client id and a secret in the Authorization header, each percent-encoded, with a colon between them, in base64"
    )]
    BadBasic,
    /// The assertion is of another type.
    #[error("expected the client_assertion_type {JWT_BEARER}")]
    AssertionType,
}
debug_as_sentence!(TokenRequestError);

impl TokenRequestError {
    /// The code for the client.
    pub fn code(self) -> ErrorCode {
        match self {
            TokenRequestError::NoProof
            | TokenRequestError::OtherScheme
            | TokenRequestError::BadBasic
            | TokenRequestError::AssertionType => ErrorCode::InvalidClient,
            TokenRequestError::GrantType => ErrorCode::UnsupportedGrantType,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

/// Bytes of a body: an assertion of Entra's has two thousand.
pub(super) const LONGEST: usize = 16 * 1024;
/// The type of an assertion that is a JWT (RFC 7523 §2.2).
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
