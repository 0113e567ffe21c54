//! Token requests: what strangers send to a token endpoint.

use entrada::oauth::ClientAuthentication;
use entrada::oauth::ReceivedRequest;
use entrada::oauth::TokenRequest;
use entrada::oauth::TokenRequestError;

/// Reads the first line as the query, the second as the header `Authorization` where it is not empty, and the rest as the body.
pub fn token_request(data: &[u8]) {
    match read(data) {
        Some(Ok(request)) => read_again(&request),
        Some(Err(error)) => {
            let is_allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
            assert!(error.to_string().chars().all(is_allowed), "{error}");
        }
        None => {}
    }
}

/// True for bytes that are a token request.
pub fn accepts(data: &[u8]) -> bool {
    read(data).is_some_and(|read| read.is_ok())
}

fn read(data: &[u8]) -> Option<Result<TokenRequest, TokenRequestError>> {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let query = std::str::from_utf8(lines.next()?).ok()?;
    let header = lines.next()?;
    let body = lines.next()?;
    let authorization = if header.is_empty() {
        vec![]
    } else {
        vec![header]
    };
    Some(received(authorization, query, body))
}

fn received(
    authorization: Vec<&[u8]>,
    query: &str,
    body: &[u8],
) -> Result<TokenRequest, TokenRequestError> {
    TokenRequest::read(&ReceivedRequest {
        authorization,
        content_type: vec![b"application/x-www-form-urlencoded"],
        query,
        body,
    })
}

/// What was read says the same once it is written in the one way of which there is no doubt.
fn read_again(request: &TokenRequest) {
    let mut pairs = vec![("grant_type", "client_credentials")];
    match &request.client {
        ClientAuthentication::Secret { client_id, secret } => {
            // Only a header can have an empty half.
            if client_id.is_empty() || secret.reveal().is_empty() {
                return;
            }
            pairs.push(("client_id", client_id));
            pairs.push(("client_secret", secret.reveal()));
        }
        ClientAuthentication::Assertion {
            client_id,
            assertion,
        } => {
            pairs.extend(client_id.as_deref().map(|id| ("client_id", id)));
            pairs.push(("client_assertion", assertion.reveal()));
            pairs.push((
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ));
        }
    }
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .collect();
    let body = pairs.join("&");
    if body.len() <= TokenRequest::LONGEST {
        assert_eq!(received(vec![], "", body.as_bytes()).as_ref(), Ok(request));
    }
}

fn escaped(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
