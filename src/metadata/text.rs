//! From the bytes of a document to its text, or to the name of what was handed over in its place.

use std::borrow::Cow;

use super::MetadataError;
use crate::crypto;
use crate::form;
use crate::text;
use crate::text::NotText;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::without_utf_16;

/// The text of a document in UTF-8, or in UTF-16 with its mark, without the mark. Of a document in UTF-16 the XML
/// declaration is left blank, since it names an encoding that the text no longer has.
pub(crate) fn text(document: &[u8]) -> Result<Cow<'_, str>, MetadataError> {
    let text = match text::decode(document) {
        Ok(text) => text,
        Err(error) => {
            let form = match error {
                NotText::Other { .. } => form_of(document),
                _ => None,
            };
            return Err(match form {
                Some(form) => MetadataError::OtherForm {
                    form,
                    code: "xml-encoding",
                },
                None => MetadataError::NotText(error.to_string()),
            });
        }
    };
    match form::of_text(&text).or_else(|| of_text(&text)) {
        // A page that is XML is refused for its root, with the place.
        Some(_) if Document::parse(&*text, &Budget::METADATA).is_ok() => Ok(text),
        Some(form) => Err(MetadataError::OtherForm {
            form,
            code: match text.trim_ascii_start().starts_with('<') {
                true => "metadata-other-root",
                false => "xml-outside-root",
            },
        }),
        None => Ok(without_utf_16(text)),
    }
}

fn form_of(document: &[u8]) -> Option<&'static str> {
    crypto::secret(document).or_else(|| match document {
        [0x30, 0x80..=0x84, ..] => Some(CERTIFICATE),
        _ => form::of(document),
    })
}

/// Forms that are something else elsewhere.
fn of_text(text: &str) -> Option<&'static str> {
    let start = text.trim_start();
    if start.starts_with('<') {
        return form::before_markup(text);
    }
    let begins = |(beginning, _): &&(&str, &str)| start.starts_with(beginning);
    let known = || FORMS.iter().find(begins).map(|(_, form)| *form);
    crypto::secret(text.as_bytes())
        .or_else(known)
        .or_else(|| form::before_markup(text))
}

const CERTIFICATE: &str = "a certificate: `entrada connection add --certificate FILE` and `entrada fingerprint FILE` take one";
const RESPONSE: &str = "a SAML message in base64, which `entrada verify` or `entrada decode` reads";
const FORMS: [(&str, &str); 9] = [
    ("PHNhbWxw", RESPONSE),
    ("PHNhbWwy", RESPONSE),
    ("PFJlc3Bv", RESPONSE),
    ("-----BEGIN ", CERTIFICATE),
    ("MII", CERTIFICATE),
    (
        "{",
        "JSON, perhaps the configuration of OpenID Connect: SAML has metadata in XML",
    ),
    ("PD94", "XML in base64: decode it with `base64 -d`"),
    ("PEVudGl0", "XML in base64: decode it with `base64 -d`"),
    ("PG1kOkVudGl0", "XML in base64: decode it with `base64 -d`"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_metadata_is_named() {
        for (document, word) in [
            (&b"\x89PNG\r\n\x1a\n\0\0"[..], "picture"),
            (b"PK\x03\x04\x14\0\0\0", "ZIP archive"),
            (b"<!doctype html><html></html>", "web page"),
            (b"\x30\x82\x03\x49\x30\xff", "certificate"),
            (b"-----BEGIN CERTIFICATE-----\n", "certificate"),
            (b"{\"issuer\":\"x\"}", "OpenID"),
            (b"PD94bWw=", "base64"),
            (b"PHNhbWxwOlJlc3BvbnNl", "a SAML message in base64"),
            (b"-----BEGIN EC PARAMETERS-----\nBg==\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\nMHcC\n", "a private key"),
            (b"Bag Attributes\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nMHcC\n", "behind a passphrase"),
            (b"&lt;EntityDescriptor&gt;", "&lt;"),
            ("\u{200b}<a/>".as_bytes(), "nobody sees"),
            ("\u{a0}<a/>".as_bytes(), "nobody sees"),
            (b"```xml\n<a/>\n```", "fences"),
            (b"> <a/>", "a mail quotes"),
            (
                b"\n\nThis XML file does not appear to have any style information",
                "browser",
            ),
            (b"<\0a\0/\0>\0", "UTF-16 without its mark"),
            (b"\xff\xfe<\0a", "half a character"),
            (b"<a>\n\xe4", "line 2"),
        ] {
            let error = text(document).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_declaration_of_utf_16_is_left_blank() {
        let document = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<a/>";
        let units = document.encode_utf16().flat_map(u16::to_be_bytes);
        let bytes: Vec<u8> = [0xfe, 0xff].into_iter().chain(units).collect();
        let text = text(&bytes).unwrap();
        assert_eq!(text.len(), document.len());
        assert_eq!(text.trim(), "<a/>");
        let plain = "<?xml version=\"1.0\" encoding=\"utf-8\"?><a/>";
        assert_eq!(super::text(plain.as_bytes()).unwrap(), plain);
    }
}
