//! The forms in which people capture a SAML message: XML, base64, the body of the form that posted it, the
//! address of a redirect, or a HAR recording of the browser. The form is found by looking at the content.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::saml::redirect;
use crate::saml::redirect::RedirectError;

/// One message as it was captured.
pub(super) struct Captured {
    /// The message, still as it travelled.
    pub(super) payload: Payload,
    /// The RelayState beside it.
    pub(super) relay_state: Option<String>,
}

/// A message as it travelled.
pub(super) enum Payload {
    /// The XML itself.
    Xml(Vec<u8>),
    /// Base64, as HTTP-POST carries it (Bindings §3.5.4).
    Post(String),
    /// A query with the message deflated, as HTTP-Redirect carries it (Bindings §3.4.4).
    Redirect(String),
}

/// Why no message was found.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum CaptureError {
    #[error(
        "expected XML, base64, a redirect address, a form body or a HAR file; found neither text in UTF-8 nor in UTF-16"
    )]
    NotText,
    #[error("expected a HAR file with log.entries, found JSON of another shape")]
    NotHar,
    #[error("no request in the HAR file carries a SAMLRequest or SAMLResponse")]
    EmptyHar,
    #[error("the address carries neither a SAMLRequest nor a SAMLResponse")]
    NoMessage,
    #[error("the message comes more than once: {0} is repeated")]
    Repeated(&'static str),
    #[error("the message is not base64")]
    NotBase64,
    #[error("the redirect does not decode: {0}")]
    Redirect(#[from] RedirectError),
}

impl Captured {
    /// Finds the messages of a capture: one, or all those of a HAR file.
    pub(super) fn read(octets: &[u8]) -> Result<Vec<Captured>, CaptureError> {
        let text = match text(octets) {
            Some(text) => text,
            // A message in another encoding is for the XML reader to refuse.
            None if octets.trim_ascii_start().starts_with(b"<") => {
                return Ok(vec![Captured::xml(octets.to_vec())]);
            }
            None => return Err(CaptureError::NotText),
        };
        let trimmed = text.trim_start_matches('\u{feff}').trim();
        match trimmed.as_bytes() {
            [b'{', ..] => har(trimmed),
            // No other form has a bracket; what stands before the markup is for the XML reader to refuse.
            _ if trimmed.contains('<') => Ok(vec![Captured::xml(text.as_bytes().to_vec())]),
            _ if trimmed.starts_with("https://") || trimmed.starts_with("http://") => {
                of_url(trimmed)?.map_or(Err(CaptureError::NoMessage), |one| Ok(vec![one]))
            }
            _ => of_parameters(trimmed)?
                .map_or_else(|| Ok(vec![Captured::bare(trimmed)]), |one| Ok(vec![one])),
        }
    }

    /// The XML of the message. Nothing is verified, nor even parsed.
    pub(super) fn xml_octets(&self) -> Result<Vec<u8>, CaptureError> {
        match &self.payload {
            Payload::Xml(xml) => Ok(xml.clone()),
            Payload::Post(base64) => decode_base64(base64).ok_or(CaptureError::NotBase64),
            Payload::Redirect(query) => Ok(redirect::decode(query)?.xml.into_bytes()),
        }
    }

    /// How it travelled, in the standard's words; nobody knows for bare XML.
    pub(super) fn binding(&self) -> Option<&'static str> {
        match self.payload {
            Payload::Xml(_) => None,
            Payload::Post(_) => Some("HTTP-POST"),
            Payload::Redirect(_) => Some("HTTP-Redirect"),
        }
    }

    fn xml(octets: Vec<u8>) -> Captured {
        Captured {
            payload: Payload::Xml(octets),
            relay_state: None,
        }
    }

    /// Base64 without a parameter around it: of XML or of deflated XML, percent-encoded or not.
    fn bare(text: &str) -> Captured {
        let value = percent_decoded(text);
        let redirect = format!("SAMLResponse={}", escape_plus(text));
        let payload = if !holds_xml(&value) && redirect::decode(&redirect).is_ok() {
            Payload::Redirect(redirect)
        } else {
            Payload::Post(value.into_owned())
        };
        Captured {
            payload,
            relay_state: None,
        }
    }
}

/// The text of a file: UTF-8, or UTF-16 with its mark, as Windows' tools redirect output to a file.
fn text(octets: &[u8]) -> Option<Cow<'_, str>> {
    let units = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = octets[2..]
            .chunks_exact(2)
            .map(|pair| from([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units).ok().map(Cow::Owned)
    };
    match octets {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => std::str::from_utf8(octets).ok().map(Cow::Borrowed),
    }
}

/// The message in the query of an address, if it has one.
fn of_url(url: &str) -> Result<Option<Captured>, CaptureError> {
    let url = url.split_once('#').map_or(url, |(before, _)| before);
    match url.split_once('?') {
        Some((_, query)) => of_parameters(query),
        None => Ok(None),
    }
}

/// The message among the parameters of a query or a form body. Which of the two it is shows in the message: a
/// form holds base64 of XML, a redirect base64 of deflated XML.
fn of_parameters(text: &str) -> Result<Option<Captured>, CaptureError> {
    let request = parameter(text, "SAMLRequest")?;
    let response = parameter(text, "SAMLResponse")?;
    let value = match (request, response) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(CaptureError::Repeated("SAMLRequest or SAMLResponse")),
        (Some(value), None) | (None, Some(value)) => percent_decoded(value),
    };
    let relay_state = parameter(text, "RelayState")?
        .map(|value| percent_decoded(&value.replace('+', " ")).into_owned());
    let payload = if !holds_xml(&value) && redirect::decode(&escape_plus(text)).is_ok() {
        Payload::Redirect(escape_plus(text))
    } else {
        Payload::Post(value.into_owned())
    };
    Ok(Some(Captured {
        payload,
        relay_state,
    }))
}

/// The value of a parameter that may come once, as it is written.
fn parameter<'a>(text: &'a str, name: &'static str) -> Result<Option<&'a str>, CaptureError> {
    let mut values = text
        .split('&')
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(CaptureError::Repeated(name)),
    }
}

/// Base64 has no spaces, so a plus is a plus even where a form would write `%2B`: developer tools show and copy
/// values either way.
fn escape_plus(text: &str) -> String {
    text.replace('+', "%2B")
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

fn holds_xml(base64: &str) -> bool {
    decode_base64(base64).is_some_and(|octets| {
        let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&octets);
        octets.trim_ascii_start().starts_with(b"<")
    })
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(compact).ok()
}

/// The messages in a recording of the browser ([HAR 1.2](http://www.softwareishard.com/blog/har-12-spec/)).
fn har(text: &str) -> Result<Vec<Captured>, CaptureError> {
    let har: Value = serde_json::from_str(text).map_err(|_| CaptureError::NotHar)?;
    let entries = har.pointer("/log/entries").and_then(Value::as_array);
    let mut messages = Vec::new();
    for entry in entries.ok_or(CaptureError::NotHar)? {
        let text_at = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
        if let Some(url) = text_at("/request/url") {
            messages.extend(of_url(url)?);
        }
        match text_at("/request/postData/text").filter(|body| !body.is_empty()) {
            Some(body) => messages.extend(of_parameters(body)?),
            None => messages.extend(of_parameters(&form_of(entry))?),
        }
    }
    match messages.is_empty() {
        true => Err(CaptureError::EmptyHar),
        false => Ok(messages),
    }
}

/// The form body of a request whose HAR entry has parameters and no text.
fn form_of(entry: &Value) -> String {
    let parameters = entry
        .pointer("/request/postData/params")
        .and_then(Value::as_array);
    let pairs = parameters.into_iter().flatten().filter_map(|parameter| {
        let name = parameter.get("name")?.as_str()?;
        let value = parameter.get("value")?.as_str()?;
        Some(format!("{name}={value}"))
    });
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::redirect::request_url;

    /// Base64 of it has a plus, which forms and tools treat in different ways.
    const XML: &str = "<a>~~~ooo>>></a>";

    fn only(capture: &str) -> (String, Option<&'static str>, Option<String>) {
        let mut messages = Captured::read(capture.as_bytes()).unwrap();
        assert_eq!(messages.len(), 1, "{capture}");
        let message = messages.remove(0);
        let xml = String::from_utf8(message.xml_octets().unwrap()).unwrap();
        (xml, message.binding(), message.relay_state)
    }

    #[test]
    fn every_form_of_capture_is_found() {
        let base64 = STANDARD.encode(XML);
        let escaped = base64.replace('+', "%2B").replace('=', "%3D");
        let redirect = request_url("https://idp.example/sso", XML, Some("a b"));
        let (post, redirected) = (Some("HTTP-POST"), Some("HTTP-Redirect"));
        let state = || Some("a b".to_owned());
        for (capture, binding, relay_state) in [
            (XML.to_owned(), None, None),
            (format!("\u{feff}\n{XML}"), None, None),
            (base64.clone(), post, None),
            (escaped.clone(), post, None),
            (
                format!("SAMLResponse={escaped}&RelayState=a+b"),
                post,
                state(),
            ),
            (
                format!("SAMLResponse={base64}&RelayState=a%20b\n"),
                post,
                state(),
            ),
            (redirect.clone(), redirected, state()),
            (format!("{redirect}#top"), redirected, state()),
            (
                redirect.split_once('?').unwrap().1.to_owned(),
                redirected,
                state(),
            ),
        ] {
            let (xml, found_binding, found_state) = only(&capture);
            assert_eq!(xml.trim_start_matches('\u{feff}').trim(), XML, "{capture}");
            assert_eq!(
                (found_binding, found_state),
                (binding, relay_state),
                "{capture}"
            );
        }
    }

    #[test]
    fn utf_16_is_read() {
        let text = STANDARD.encode(XML);
        let mut octets = vec![0xff, 0xfe];
        octets.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let messages = Captured::read(&octets).unwrap();
        assert_eq!(messages[0].xml_octets().unwrap(), XML.as_bytes());
    }

    #[test]
    fn all_messages_of_a_har_file_are_found() {
        let escaped = STANDARD.encode(XML).replace('+', "%2B").replace('=', "%3D");
        let har = serde_json::json!({"log": {"entries": [
            {"request": {"url": "https://app.example/"}},
            {"request": {"url": request_url("https://idp.example/", XML, None)}},
            {"request": {"url": "https://app.example/acs", "postData": {"text": format!("SAMLResponse={escaped}")}}},
            {"request": {"url": "https://app.example/acs", "postData": {"params": [
                {"name": "SAMLResponse", "value": escaped}, {"name": "RelayState", "value": "x"}]}}},
        ]}});
        let messages = Captured::read(har.to_string().as_bytes()).unwrap();
        let bindings: Vec<_> = messages.iter().filter_map(Captured::binding).collect();
        assert_eq!(bindings, ["HTTP-Redirect", "HTTP-POST", "HTTP-POST"]);
        assert_eq!(messages[2].relay_state.as_deref(), Some("x"));
    }

    #[test]
    fn what_holds_no_message_says_why() {
        for (capture, error) in [
            (&b"\xff\x00"[..], CaptureError::NotText),
            (b"{}", CaptureError::NotHar),
            (br#"{"log":{"entries":[]}}"#, CaptureError::EmptyHar),
            (b"https://app.example/?a=b", CaptureError::NoMessage),
            (
                b"SAMLResponse=a&SAMLResponse=a",
                CaptureError::Repeated("SAMLResponse"),
            ),
        ] {
            assert_eq!(Captured::read(capture).err(), Some(error));
        }
    }
}
