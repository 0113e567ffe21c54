//! A token request (RFC 6749 §4.4.2), read strictly: one grant, and one proof of the client.

use super::TokenRequestError;
use super::authorization;
use super::parameters::Parameter;
use super::parameters::Parameters;
use super::token_request_error::JWT_BEARER;
use super::token_request_error::LONGEST;
use crate::text::redacted;

/// A token request as it arrived, before anybody has judged it.
pub struct ReceivedRequest<'a> {
    /// The values of `Authorization`.
    pub authorization: Vec<&'a [u8]>,
    /// The values of `Content-Type`.
    pub content_type: Vec<&'a [u8]>,
    /// The query of its address.
    pub query: &'a str,
    /// The body, of [`TokenRequest::LONGEST`] bytes at most.
    pub body: &'a [u8],
}

/// A token request for the client credentials grant. Nothing of what it claims has been checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenRequest {
    /// The client, by its own word.
    pub client: ClientAuthentication,
}

/// The proof by which a client says who it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClientAuthentication {
    /// A secret, in the header or in the body.
    Secret {
        /// The client.
        client_id: String,
        /// Its secret.
        secret: PresentedText,
    },
    /// An assertion (RFC 7523 §2.2), which names the client itself.
    Assertion {
        /// The client, if the request names it too.
        client_id: Option<String>,
        /// The JWT.
        assertion: PresentedText,
    },
}

/// A secret or an assertion as it came. `Debug` never prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct PresentedText(String);

impl PresentedText {
    /// The text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

redacted!(PresentedText);

impl TokenRequest {
    /// Bytes of a body at most.
    pub const LONGEST: usize = LONGEST;

    /// Reads a request. What is wrong with it is found in the same order whoever the client is.
    pub fn read(received: &ReceivedRequest<'_>) -> Result<TokenRequest, TokenRequestError> {
        if let Some(parameter) = Parameter::in_query(received.query) {
            return Err(TokenRequestError::InQuery(parameter.name()));
        }
        if !is_form(&received.content_type) {
            return Err(TokenRequestError::ContentType);
        }
        if received.body.len() > TokenRequest::LONGEST {
            return Err(TokenRequestError::TooLong);
        }
        let mut parameters = Parameters::read(received.body)?;
        let client = client(&received.authorization, &mut parameters)?;
        match parameters.get(Parameter::GrantType) {
            Some(GRANT_TYPE) => Ok(TokenRequest { client }),
            Some(_) => Err(TokenRequestError::GrantType),
            None => Err(TokenRequestError::NoGrantType),
        }
    }
}

/// True for one media type, of a form in UTF-8.
fn is_form(content_type: &[&[u8]]) -> bool {
    let [value] = content_type else {
        return false;
    };
    let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let is_type = |part: &[u8]| part.eq_ignore_ascii_case(b"application/x-www-form-urlencoded");
    let is_known = |part: &[u8]| {
        let charset = [&b"charset=utf-8"[..], b"charset=\"utf-8\"", b""];
        charset.iter().any(|known| part.eq_ignore_ascii_case(known))
    };
    parts.next().is_some_and(is_type) && parts.all(is_known)
}

/// The one proof of a client. A client id in the body beside a header of the same is no second proof: many clients send it.
fn client(
    authorization: &[&[u8]],
    parameters: &mut Parameters,
) -> Result<ClientAuthentication, TokenRequestError> {
    let client_id = parameters.take(Parameter::ClientId);
    let secret = parameters.take(Parameter::ClientSecret);
    let assertion = assertion(parameters)?;
    match (authorization, secret, assertion) {
        ([_, _, ..], ..) => Err(TokenRequestError::SeveralHeaders),
        ([header], None, None) => {
            let (named, secret) = authorization::basic(header)?;
            if client_id.is_some_and(|client_id| client_id != named) {
                return Err(TokenRequestError::OtherClientId);
            }
            let secret = PresentedText(secret);
            Ok(ClientAuthentication::Secret {
                client_id: named,
                secret,
            })
        }
        ([], Some(secret), None) => {
            let client_id = client_id.ok_or(TokenRequestError::NoClientId)?;
            let secret = PresentedText(secret);
            Ok(ClientAuthentication::Secret { client_id, secret })
        }
        ([], None, Some(assertion)) => Ok(ClientAuthentication::Assertion {
            client_id,
            assertion: PresentedText(assertion),
        }),
        ([], None, None) => Err(TokenRequestError::NoProof),
        _ => Err(TokenRequestError::SeveralProofs),
    }
}

fn assertion(parameters: &mut Parameters) -> Result<Option<String>, TokenRequestError> {
    let kind = parameters.take(Parameter::ClientAssertionType);
    match (parameters.take(Parameter::ClientAssertion), kind.as_deref()) {
        (None, None) => Ok(None),
        (Some(assertion), Some(JWT_BEARER)) => Ok(Some(assertion)),
        (Some(_), Some(_)) => Err(TokenRequestError::AssertionType),
        _ => Err(TokenRequestError::HalfAnAssertion),
    }
}

/// The one grant.
pub(super) const GRANT_TYPE: &str = "client_credentials";

#[cfg(test)]
#[path = "token_request_tests.rs"]
mod tests;
