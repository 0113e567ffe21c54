//! HTTP-Redirect (SAML 2.0 Bindings §3.4): a message, deflated, in base64, in a query.

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

/// Octets of an inflated message at most: requests have about one kilobyte, and DEFLATE can blow up a
/// thousandfold.
pub const MAX_INFLATED: usize = 256 * 1024;

/// Octets of a query at most: what common servers take as a request line, doubled.
pub const MAX_QUERY: usize = 64 * 1024;

/// The address to send a browser to with a `SAMLRequest` and its RelayState.
pub fn request_url(destination: &str, message: &str, relay_state: Option<&str>) -> String {
    let mut url = String::with_capacity(destination.len() + message.len());
    url.push_str(destination);
    url.push(if destination.contains('?') { '&' } else { '?' });
    url.push_str("SAMLRequest=");
    url.extend(utf8_percent_encode(
        &STANDARD.encode(deflate(message)),
        ESCAPED,
    ));
    if let Some(relay_state) = relay_state {
        url.push_str("&RelayState=");
        url.extend(utf8_percent_encode(relay_state, ESCAPED));
    }
    url
}

/// A message that arrived over HTTP-Redirect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RedirectMessage {
    /// Whether it is a request or a response.
    pub kind: MessageKind,
    /// The inflated XML.
    pub xml: String,
    /// The RelayState beside it.
    pub relay_state: Option<String>,
    /// Whether a signature came with it. Nobody has verified it.
    pub signed: bool,
}

/// Which parameter a message came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageKind {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

/// Decodes the query of a redirect.
///
/// # Errors
/// A query that holds no message, or several, or a parameter twice, or one that does not decode within its
/// limits.
pub fn decode(query: &str) -> Result<RedirectMessage, RedirectError> {
    if query.len() > MAX_QUERY {
        return Err(RedirectError::TooLong {
            limit: MAX_QUERY,
            found: query.len(),
        });
    }
    let request = parameter(query, "SAMLRequest")?;
    let response = parameter(query, "SAMLResponse")?;
    let (kind, value) = match (request, response) {
        (Some(value), None) => (MessageKind::Request, value),
        (None, Some(value)) => (MessageKind::Response, value),
        (None, None) => return Err(RedirectError::NoMessage),
        (Some(_), Some(_)) => return Err(RedirectError::Repeated("SAMLRequest and SAMLResponse")),
    };
    if parameter(query, "SAMLEncoding")?.is_some_and(|encoding| encoding != DEFLATE) {
        return Err(RedirectError::Encoding);
    }
    let compressed = STANDARD
        .decode(value.trim())
        .map_err(|_| RedirectError::NotBase64)?;
    Ok(RedirectMessage {
        kind,
        xml: inflate(&compressed)?,
        relay_state: parameter(query, "RelayState")?,
        signed: parameter(query, "Signature")?.is_some(),
    })
}

/// The decoded value of a parameter that may come once.
fn parameter(query: &str, name: &'static str) -> Result<Option<String>, RedirectError> {
    let mut values = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, _)| percent_decode_str(key).eq(name.bytes()));
    let Some((_, value)) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(RedirectError::Repeated(name));
    }
    let spaced = value.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(|text| Some(text.into_owned()))
        .map_err(|_| RedirectError::NotText)
}

/// Raw DEFLATE (RFC 1951), as the binding demands.
pub(crate) fn deflate(message: &str) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(message.as_bytes())
        .expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}

/// Inflates at most [`MAX_INFLATED`] octets.
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

/// What is escaped in a query: all but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Why a query holds no message that we read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RedirectError {
    /// The query is too long.
    #[error("expected a query of at most {limit} octets, found {found}")]
    TooLong {
        /// The limit.
        limit: usize,
        /// The length found.
        found: usize,
    },
    /// There is no message in it.
    #[error("expected a parameter SAMLRequest or SAMLResponse, found neither")]
    NoMessage,
    /// A parameter comes twice: two readers could choose differently.
    #[error("expected one message, found {0} more than once")]
    Repeated(&'static str),
    /// An encoding other than DEFLATE.
    #[error("expected the encoding DEFLATE, found another")]
    Encoding,
    /// The message is not base64.
    #[error("expected base64, found something else")]
    NotBase64,
    /// The message does not inflate.
    #[error("expected a message compressed with DEFLATE, found something else")]
    NotDeflate,
    /// The message inflates beyond its limit.
    #[error("expected a message of at most {limit} octets once inflated, found a longer one")]
    Inflated {
        /// The limit.
        limit: usize,
    },
    /// A parameter is not UTF-8.
    #[error("expected text in UTF-8, found something else")]
    NotText,
}

impl RedirectError {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            RedirectError::TooLong { .. } => "redirect-too-long",
            RedirectError::NoMessage => "redirect-no-message",
            RedirectError::Repeated(_) => "redirect-repeated-parameter",
            RedirectError::Encoding => "redirect-encoding",
            RedirectError::NotBase64 => "redirect-not-base64",
            RedirectError::NotDeflate => "redirect-not-deflate",
            RedirectError::Inflated { .. } => "redirect-inflated-too-large",
            RedirectError::NotText => "redirect-not-text",
        }
    }
}

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
