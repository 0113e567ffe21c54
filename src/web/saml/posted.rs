//! The form that carries a SAML message (Bindings §3.5.4), read in one pass: nearly all of it is base64, in which escapes are
//! rare, so that what lies between them is copied as a whole.

use std::borrow::Cow;

use axum::extract::RawForm;
use axum::extract::rejection::RawFormRejection;
use memchr::memchr;
use memchr::memchr2;

use crate::site::SignOnError;

/// The fields of the form; others are passed over.
#[derive(Default)]
pub(super) struct Posted {
    pub(super) request: Option<String>,
    pub(super) response: Option<String>,
    /// A text that goes back to the sender of the request.
    pub(super) relay_state: Option<String>,
}

impl Posted {
    /// Reads what was posted; [`SignOnError::Form`] is what is no form, or has a field twice.
    pub(super) fn of(form: Result<RawForm, RawFormRejection>) -> Result<Posted, SignOnError> {
        let RawForm(body) = form.map_err(|_| SignOnError::Form)?;
        Posted::read(&body).ok_or(SignOnError::Form)
    }

    /// Reads a body of the type `application/x-www-form-urlencoded`. `None` where a field comes twice: two readers might take
    /// different ones.
    fn read(body: &[u8]) -> Option<Posted> {
        let mut posted = Posted::default();
        for pair in body.split(|byte| *byte == b'&') {
            let equals = memchr(b'=', pair).unwrap_or(pair.len());
            let (name, value) = pair.split_at(equals);
            let field = match decoded(name).as_ref() {
                "SAMLRequest" => &mut posted.request,
                "SAMLResponse" => &mut posted.response,
                "RelayState" => &mut posted.relay_state,
                _ => continue,
            };
            let value = decoded(value.get(1..).unwrap_or_default()).into_owned();
            if field.replace(value).is_some() {
                return None;
            }
        }
        Some(posted)
    }
}

/// The text of a name or a value (URL Standard §5.1): `+` is a space, what is no valid escape stays as it is, and bytes that
/// are no UTF-8 become U+FFFD.
fn decoded(text: &[u8]) -> Cow<'_, str> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = memchr2(b'%', b'+', rest) {
        let (plain, escape) = rest.split_at(at);
        let (byte, used) = match escaped(escape) {
            Some(byte) => (byte, 3),
            None if escape[0] == b'+' => (b' ', 1),
            None => (b'%', 1),
        };
        bytes.reserve(rest.len());
        bytes.extend_from_slice(plain);
        bytes.push(byte);
        rest = &escape[used..];
    }
    if bytes.is_empty() {
        return String::from_utf8_lossy(text);
    }
    bytes.extend_from_slice(rest);
    let text = String::from_utf8(bytes);
    Cow::Owned(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// The byte of an escape at the beginning of a text.
fn escaped(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = *text else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::form_urlencoded;

    use super::*;

    /// An independent reader says the same.
    fn agrees(body: &[u8]) {
        let fields = |name: &str| -> Vec<String> {
            let pairs = form_urlencoded::parse(body);
            let named = pairs.filter(|(key, _)| key == name);
            named.map(|(_, value)| value.into_owned()).collect()
        };
        let expected = ["SAMLRequest", "SAMLResponse", "RelayState"].map(fields);
        let Some(read) = Posted::read(body) else {
            assert!(expected.iter().any(|values| values.len() > 1), "{body:?}");
            return;
        };
        let read = [read.request, read.response, read.relay_state];
        let read = read.map(|field| field.into_iter().collect::<Vec<_>>());
        assert_eq!(read, expected, "{body:?}");
    }

    #[test]
    fn what_a_browser_posts_is_read_as_others_read_it() {
        for body in [
            "",
            "&&=&",
            "SAMLResponse=PHNhbWxw%2BOlJl%2Fc3BvbnNl%3D%3D&RelayState=%C3%A9+x",
            "SAML%52esponse=a&RelayState",
            "RelayState==&x=1",
            "SAMLResponse=%&RelayState=%4&SAMLRequest=%zz%+1%f",
            "SAMLResponse=%ff%FE",
            "SAMLResponse=a&SAML%52esponse=b",
        ] {
            agrees(body.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn any_body_is_read_as_others_read_it(parts in prop::collection::vec(
            prop_oneof![
                Just("SAMLResponse=".to_owned()), Just("RelayState=".to_owned()), Just("&".to_owned()),
                Just("%".to_owned()), Just("+".to_owned()), "[a-f0-9%+=&é]{0,8}",
            ], 0..12)) {
            agrees(parts.concat().as_bytes());
        }
    }
}
