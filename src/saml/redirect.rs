//! HTTP-Redirect (SAML 2.0 Bindings §3.4): a message, deflated, in base64, in a query.

mod error;

use std::borrow::Cow;
use std::io::Read;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::percent_decode_str;
use percent_encoding::utf8_percent_encode;

pub use self::error::RedirectError;
pub use self::error::SignedQueryError;
use super::trust::Trust;
use crate::dsig;
use crate::dsig::SignError;
use crate::dsig::SignatureError;
use crate::dsig::Signed;
use crate::dsig::Signer;
use crate::xml;

/// Bytes of an inflated message at most: requests have about one kilobyte, and DEFLATE can blow up a
/// thousandfold.
pub const MAX_INFLATED: usize = 256 * 1024;

/// Bytes of a query at most: what common servers take as a request line, doubled.
pub const MAX_QUERY: usize = 64 * 1024;

/// A message that leaves over HTTP-Redirect.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The address of the receiver.
    pub destination: &'a str,
    /// The kind: a request or a response.
    pub kind: MessageKind,
    /// The XML of the message.
    pub message: &'a str,
    /// The RelayState beside it.
    pub relay_state: Option<&'a str>,
}

impl Outgoing<'_> {
    /// The address to send the browser to, unsigned.
    pub fn url(&self) -> String {
        self.with_query(&self.query())
    }

    /// The address to send the browser to, signed over the bytes of its query (Bindings §3.4.4.1).
    ///
    /// # Errors
    /// A key that fails.
    pub fn signed_url(&self, signer: &Signer) -> Result<String, SignError> {
        let mut query = self.query();
        query.push_str("&SigAlg=");
        query.extend(utf8_percent_encode(signer.algorithm().uri(), ESCAPED));
        let signature = STANDARD.encode(signer.sign_bytes(query.as_bytes())?);
        query.push_str("&Signature=");
        query.extend(utf8_percent_encode(&signature, ESCAPED));
        Ok(self.with_query(&query))
    }

    fn query(&self) -> String {
        let mut query = String::with_capacity(self.message.len());
        query.push_str(self.kind.parameter());
        query.push('=');
        query.extend(utf8_percent_encode(
            &STANDARD.encode(deflate(self.message)),
            ESCAPED,
        ));
        if let Some(relay_state) = self.relay_state {
            query.push_str("&RelayState=");
            query.extend(utf8_percent_encode(relay_state, ESCAPED));
        }
        query
    }

    fn with_query(&self, query: &str) -> String {
        let joint = if self.destination.contains('?') {
            '&'
        } else {
            '?'
        };
        format!("{}{joint}{query}", self.destination)
    }
}

/// The address to send a browser to with a `SAMLRequest` and its RelayState, unsigned.
pub fn request_url(destination: &str, message: &str, relay_state: Option<&str>) -> String {
    Outgoing {
        destination,
        kind: MessageKind::Request,
        message,
        relay_state,
    }
    .url()
}

/// Verifies a signed query and decodes its message (Bindings §3.4.4.1).
///
/// The bytes are taken as they were received, with whatever escapes the sender chose (Entra writes them in lower
/// case), in the order that the binding fixes, whatever their order in the query. Nothing is inflated before the
/// signature holds.
///
/// # Errors
/// A query that does not decode, or a signature that is missing or does not hold.
pub fn verify_query(
    query: &str,
    trust: &Trust,
) -> Result<(MessageKind, Signed, Option<String>), SignedQueryError> {
    let (kind, _) = message_parameter(query)?;
    let algorithm = parameter(query, "SigAlg")?.ok_or(SignatureError::Missing)?;
    let signature = parameter(query, "Signature")?.ok_or(SignatureError::Missing)?;
    let signature = base64(&signature)?;
    let bytes = signed_part(query, kind, |name| {
        Ok(raw_parameter(query, name)?.map(Cow::Borrowed))
    })?;
    let vouched = match dsig::verify_bytes(bytes.as_bytes(), &algorithm, &signature, trust.keys()) {
        Err(SignatureError::Invalid { .. })
            if was_encoded_anew(query, kind, &algorithm, &signature, trust)? =>
        {
            return Err(SignedQueryError::EncodedAnew);
        }
        judged => judged?,
    };
    let message = decode(query)?;
    Ok((
        kind,
        Signed::message(vouched, message.xml),
        message.relay_state,
    ))
}

/// True if a signature that does not hold over a query as it came holds over the same parameters in the spelling of Entra, or
/// in that of others: then a gateway on the way took the query apart and put it together again. That is no reason to take
/// the message, and tells an admin where to look.
fn was_encoded_anew(
    query: &str,
    kind: MessageKind,
    algorithm: &str,
    signature: &[u8],
    trust: &Trust,
) -> Result<bool, RedirectError> {
    let spelled = |value: String| utf8_percent_encode(&value, ESCAPED).collect();
    let upper = signed_part(query, kind, |name| {
        Ok(parameter(query, name)?.map(spelled).map(Cow::Owned))
    })?;
    let holds = |bytes: &str| {
        dsig::verify_bytes(bytes.as_bytes(), algorithm, signature, trust.keys()).is_ok()
    };
    Ok(holds(&lower_case_escapes(&upper)) || holds(&upper))
}

/// The parameters that a signature is over, in the order of the binding, with their values as `value` has them.
fn signed_part<'q>(
    query: &str,
    kind: MessageKind,
    value: impl Fn(&'static str) -> Result<Option<Cow<'q, str>>, RedirectError>,
) -> Result<String, RedirectError> {
    let mut bytes = String::with_capacity(query.len());
    for name in [kind.parameter(), "RelayState", "SigAlg"] {
        if let Some(value) = value(name)? {
            let joint = if bytes.is_empty() { "" } else { "&" };
            bytes.extend([joint, name, "=", &value]);
        }
    }
    Ok(bytes)
}

/// A query with its escapes in small letters, as Entra writes them.
fn lower_case_escapes(query: &str) -> String {
    let mut lower = String::with_capacity(query.len());
    let mut digits = 0_u8;
    for c in query.chars() {
        let is_digit = digits > 0;
        lower.push(if is_digit { c.to_ascii_lowercase() } else { c });
        digits = if c == '%' {
            2
        } else {
            digits.saturating_sub(1)
        };
    }
    lower
}

/// A message that arrived over HTTP-Redirect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RedirectMessage {
    /// The kind: a request or a response.
    pub kind: MessageKind,
    /// The inflated XML.
    pub xml: String,
    /// The RelayState beside it.
    pub relay_state: Option<String>,
    /// True if a signature came with it. Nobody has verified it.
    pub signed: bool,
}

/// The parameter that a message came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageKind {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

impl MessageKind {
    /// The name of the parameter.
    pub fn parameter(self) -> &'static str {
        match self {
            MessageKind::Request => "SAMLRequest",
            MessageKind::Response => "SAMLResponse",
        }
    }
}

/// Decodes the query of a redirect.
///
/// # Errors
/// A query that holds no message, or several, or a parameter twice, or one that does not decode within its
/// limits.
pub fn decode(query: &str) -> Result<RedirectMessage, RedirectError> {
    let (kind, value) = message_parameter(query)?;
    if parameter(query, "SAMLEncoding")?.is_some_and(|encoding| encoding != DEFLATE) {
        return Err(RedirectError::Encoding);
    }
    let compressed = base64(&value)?;
    Ok(RedirectMessage {
        kind,
        xml: inflate(&compressed)?,
        relay_state: parameter(query, "RelayState")?,
        signed: parameter(query, "Signature")?.is_some(),
    })
}

/// The one message of a query that is not too long.
fn message_parameter(query: &str) -> Result<(MessageKind, String), RedirectError> {
    if query.len() > MAX_QUERY {
        return Err(RedirectError::TooLong {
            limit: MAX_QUERY,
            found: query.len(),
        });
    }
    match (
        parameter(query, "SAMLRequest")?,
        parameter(query, "SAMLResponse")?,
    ) {
        (Some(value), None) => Ok((MessageKind::Request, value)),
        (None, Some(value)) => Ok((MessageKind::Response, value)),
        (None, None) => Err(RedirectError::NoMessage),
        (Some(_), Some(_)) => Err(RedirectError::Repeated("SAMLRequest and SAMLResponse")),
    }
}

/// The decoded value of a parameter that may come once.
fn parameter(query: &str, name: &'static str) -> Result<Option<String>, RedirectError> {
    let Some(value) = raw_parameter(query, name)? else {
        return Ok(None);
    };
    let spaced = value.replace('+', " ");
    let text = percent_decode_str(&spaced).decode_utf8();
    text.map(|text| Some(text.into_owned()))
        .map_err(|_| RedirectError::NotText)
}

/// The value of a parameter that may come once, byte for byte. A name that hides behind escapes counts as well,
/// so that no second reader finds another value than this one.
fn raw_parameter<'q>(query: &'q str, name: &'static str) -> Result<Option<&'q str>, RedirectError> {
    let named = |(key, _): &(&str, &str)| percent_decode_str(key).eq(name.bytes());
    let pairs = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut values = pairs.filter(named).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(RedirectError::Repeated(name)),
        (first, None) => Ok(first),
    }
}

fn base64(text: &str) -> Result<Vec<u8>, RedirectError> {
    xml::base64_binary(text).ok_or(RedirectError::NotBase64)
}

/// Raw DEFLATE (RFC 1951), as the binding demands.
pub(crate) fn deflate(message: &str) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(message.as_bytes())
        .expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}

/// Inflates at most [`MAX_INFLATED`] bytes.
fn inflate(compressed: &[u8]) -> Result<String, RedirectError> {
    let mut inflated = Vec::new();
    let limit = MAX_INFLATED as u64 + 1;
    DeflateDecoder::new(compressed)
        .take(limit)
        .read_to_end(&mut inflated)
        .map_err(|_| RedirectError::NotDeflate)?;
    if inflated.len() > MAX_INFLATED {
        return Err(RedirectError::Inflated {
            limit: MAX_INFLATED,
        });
    }
    String::from_utf8(inflated).map_err(|_| RedirectError::NotText)
}

/// The only encoding that the binding defines.
const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

/// The characters that are escaped in a query: all but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    fn query_of(url: &str) -> &str {
        url.split_once('?').unwrap().1
    }

    #[test]
    fn what_is_sent_is_read_back() {
        let url = request_url(
            "https://idp.example/saml2",
            "<a>ü&amp;</a>",
            Some("t+o/k=e n"),
        );
        let read = decode(query_of(&url)).unwrap();
        assert_eq!(read.kind, MessageKind::Request);
        assert_eq!(read.xml, "<a>ü&amp;</a>");
        assert_eq!(read.relay_state.as_deref(), Some("t+o/k=e n"));
    }

    #[test]
    fn a_destination_with_a_query_keeps_it() {
        assert!(
            request_url("https://idp.example/saml2?a=b", "<a/>", None)
                .starts_with("https://idp.example/saml2?a=b&SAMLRequest=")
        );
    }

    #[test]
    fn a_bomb_is_cut_off() {
        let bomb = format!("<a>{}</a>", " ".repeat(5 * 1024 * 1024));
        let url = request_url("https://idp.example/", &bomb, None);
        assert_eq!(
            decode(query_of(&url)).unwrap_err().code(),
            "redirect-inflated-too-large"
        );
    }

    #[test]
    fn each_flaw_has_its_code() {
        let good = query_of(&request_url("https://idp.example/", "<a/>", None)).to_owned();
        for (query, code) in [
            (String::new(), "redirect-no-message"),
            (format!("{good}&{good}"), "redirect-repeated-parameter"),
            (
                format!("{good}&SAMLResponse=x"),
                "redirect-repeated-parameter",
            ),
            (
                format!("{good}&%53AMLRequest=x"),
                "redirect-repeated-parameter",
            ),
            (
                format!("{good}&RelayState=a&RelayState=b"),
                "redirect-repeated-parameter",
            ),
            (format!("{good}&SAMLEncoding=other"), "redirect-encoding"),
            ("SAMLRequest=%%%".to_owned(), "redirect-not-base64"),
            ("SAMLRequest=AAAA".to_owned(), "redirect-not-deflate"),
            (format!("{good}&RelayState=%FF"), "redirect-not-text"),
            ("x".repeat(MAX_QUERY + 1), "redirect-too-long"),
        ] {
            assert_eq!(
                decode(&query)
                    .map(|message| message.xml)
                    .unwrap_err()
                    .code(),
                code,
                "{query:.80}"
            );
        }
    }
}
