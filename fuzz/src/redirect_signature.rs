//! Signed queries: whatever holds, however it is written, says exactly what the identity provider signed.

use std::sync::LazyLock;

use entrada::saml::redirect;
use entrada::saml::redirect::MessageKind;

use super::response;

/// Takes the bytes for a query.
pub fn redirect_signature(data: &[u8]) {
    accepts(data);
}

/// Tells if the signature of the query holds.
pub fn accepts(data: &[u8]) -> bool {
    let Ok(query) = std::str::from_utf8(data) else {
        return false;
    };
    match redirect::verify_query(query, &response::SITE.trust) {
        Ok((kind, signed, relay_state)) => {
            signed
                .document()
                .expect("the identity provider signed a document");
            // Whoever decodes the query without its signature reads the same.
            let read = redirect::decode(query).expect("what is verified decodes");
            assert_eq!((read.kind, &read.relay_state), (kind, &relay_state));
            let said = (kind, read.xml.as_str(), relay_state.as_deref());
            assert!(ORIGINALS.contains(&said), "{said:?}");
            true
        }
        Err(error) => {
            assert!(!error.code().is_empty());
            let _ = error.to_string();
            false
        }
    }
}

/// The RelayState beside every other original.
pub const RELAY_STATE: &str = "a b+c%&=\u{fc}";

/// The messages that the identity provider signed: the request with a RelayState and without one, and the response
/// likewise.
static ORIGINALS: LazyLock<[(MessageKind, &str, Option<&str>); 4]> = LazyLock::new(|| {
    [
        (MessageKind::Request, LOGOUT_REQUEST, None),
        (MessageKind::Request, LOGOUT_REQUEST, Some(RELAY_STATE)),
        (MessageKind::Response, LOGOUT_RESPONSE, None),
        (MessageKind::Response, LOGOUT_RESPONSE, Some(RELAY_STATE)),
    ]
});

/// The request to log out.
pub const LOGOUT_REQUEST: &str = include_str!("logout-request.xml");
/// The answer to a request of ours.
pub const LOGOUT_RESPONSE: &str = include_str!("logout-response.xml");
