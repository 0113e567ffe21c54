//! HTTP-Redirect: queries that strangers send.

use entrada::saml::redirect;
use entrada::saml::redirect::MAX_INFLATED;
use entrada::saml::redirect::MAX_QUERY;
use entrada::saml::redirect::RedirectError;

/// Decodes the bytes as a query, and sends them on as a message.
pub fn redirect(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(message) = redirect::decode(text) {
        assert!(text.len() <= MAX_QUERY);
        assert!(message.xml.len() <= MAX_INFLATED);
        round_trip(&message.xml, message.relay_state.as_deref());
    }
    round_trip(text, Some(text));
}

/// Checks that a written message is read back, unless it is longer than a query may be.
fn round_trip(xml: &str, relay_state: Option<&str>) {
    let url = redirect::request_url("https://idp.example.com/?a=b", xml, relay_state);
    let (_, query) = url.split_once('?').expect("the address has a query");
    match redirect::decode(query) {
        Ok(read) => {
            assert_eq!(read.xml, xml);
            assert_eq!(read.relay_state.as_deref(), relay_state);
        }
        Err(RedirectError::TooLong { found, .. }) => assert!(found > MAX_QUERY),
        Err(RedirectError::Inflated { .. }) => assert!(xml.len() > MAX_INFLATED),
        Err(other) => panic!("what was written is not read back: {other}"),
    }
}
