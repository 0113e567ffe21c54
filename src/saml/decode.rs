//! From bytes to one message of a known structure: the stage before any signature is looked at.

use super::envelope::Envelope;
use super::namespace::ASSERTION;
use super::namespace::NO_PASSIVE;
use super::namespace::PROTOCOL;
use super::refusal::Refusal;
use super::refusals::structure;
use super::status;
use crate::dsig;
use crate::xml;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::XmlError;

pub(super) fn base64_xml(field: &str) -> Result<String, Refusal> {
    if field.len() > field_limit(MAX_BYTES) {
        return Err(too_large(field.len()));
    }
    let refusal = || {
        Refusal::new(
            "encoding",
            "response-not-base64",
            "base64",
            "something else",
        )
    };
    xml(xml::base64_binary(field).ok_or_else(refusal)?)
}

/// Characters of a form field at most, for a message of so many bytes: base64 in lines of 64 characters, each with two for
/// its end.
pub(super) const fn field_limit(bytes: usize) -> usize {
    let base64 = bytes.div_ceil(3) * 4;
    base64 + base64 / 64 * 2
}

pub(super) fn xml(bytes: Vec<u8>) -> Result<String, Refusal> {
    if bytes.len() > MAX_BYTES {
        return Err(too_large(bytes.len()));
    }
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with(BYTE_ORDER_MARK) {
                text.drain(..BYTE_ORDER_MARK.len_utf8());
            }
            Ok(text)
        }
        Err(error) => Err(match xml::decode_utf8(error.as_bytes()) {
            Err(error) => xml_error(&error),
            Ok(_) => Refusal::new("xml", "xml-encoding", "UTF-8", "another encoding"),
        }),
    }
}

pub(super) fn parse(text: &str) -> Result<Document<'_>, Refusal> {
    Document::parse(text, &Budget::MESSAGE).map_err(|error| xml_error(&error))
}

/// A Response with one assertion, and which of the two are signed.
pub(super) struct Message<'d> {
    pub(super) response: Element<'d>,
    /// The `Assertion`, or the `EncryptedAssertion`.
    pub(super) assertion: Element<'d>,
    pub(super) encrypted: bool,
    pub(super) response_signed: bool,
    pub(super) assertion_signed: bool,
}

impl<'d> Message<'d> {
    /// Finds the one assertion and the signatures. An assertion anywhere but as a child of the root, a second
    /// one, or a signature anywhere but as a child of one of the two, is a wrapping attack or might as well be.
    pub(super) fn of(document: &'d Document<'_>) -> Result<Message<'d>, Refusal> {
        let response = document.root();
        if !response.is(PROTOCOL, "Response") {
            return Err(structure(
                "not-a-response",
                &format!("the root element {}", response.local()),
            ));
        }
        let mut assertion = None;
        let mut signatures = [None; 2];
        let mut signature_count = 0;
        for element in response.descendants() {
            match element.local() {
                "Assertion" | "EncryptedAssertion"
                    if element.namespace() == ASSERTION && assertion.replace(element).is_some() =>
                {
                    return Err(structure("assertion-repeated", "more than one"));
                }
                "Signature" if element.namespace() == dsig::NAMESPACE => {
                    if signature_count == signatures.len() {
                        return Err(misplaced("more signatures than elements to sign"));
                    }
                    signatures[signature_count] = element.parent();
                    signature_count += 1;
                }
                _ => {}
            }
        }
        let Some(assertion) = assertion else {
            return Err(missing_assertion(response));
        };
        if assertion.parent() != Some(response) {
            return Err(structure(
                "response-malformed",
                "an assertion that is not a child of the Response",
            ));
        }
        let signed = |element| {
            signatures
                .iter()
                .flatten()
                .filter(|parent| **parent == element)
                .count()
        };
        let (on_response, on_assertion) = (signed(response), signed(assertion));
        if on_response > 1 || on_assertion > 1 {
            return Err(misplaced("two signatures on one element"));
        }
        if on_response + on_assertion != signature_count {
            return Err(misplaced("a signature within another element"));
        }
        // The envelope's sequence is checked as it stands. An assertion is read from what was signed, where its
        // signature is gone, so the place of that is checked here.
        let second = assertion.children().nth(1);
        if on_assertion == 1 && !second.is_some_and(|child| child.is(dsig::NAMESPACE, "Signature"))
        {
            return Err(misplaced("a signature that is not next to the Issuer"));
        }
        Ok(Message {
            response,
            assertion,
            encrypted: assertion.local() == "EncryptedAssertion",
            response_signed: on_response == 1,
            assertion_signed: on_assertion == 1,
        })
    }
}

/// A response without an assertion reports an error; its status says which.
fn missing_assertion(response: Element<'_>) -> Refusal {
    let envelope = match Envelope::read(response, false) {
        Ok(envelope) => envelope,
        Err(error) => return structure("response-malformed", error.0),
    };
    match status::status_finding(&envelope) {
        None => structure("assertion-missing", "none"),
        Some(finding) => {
            let passive = envelope.status.codes.iter().any(|code| code == NO_PASSIVE);
            let request = envelope.in_response_to.filter(|_| passive);
            Refusal::of("status", finding).with_no_passive(request)
        }
    }
}

fn misplaced(found: &str) -> Refusal {
    let expected = "signatures as children of the Response or its assertion alone";
    Refusal::new("signature", "signature-misplaced", expected, found)
}

fn too_large(found: usize) -> Refusal {
    let expected = format!("at most {MAX_BYTES} bytes");
    let found = format!("{found} bytes");
    Refusal::new("size", "response-too-large", expected, found)
}

fn xml_error(error: &XmlError) -> Refusal {
    let expected = "well-formed XML within the budgets";
    Refusal::new("xml", error.code(), expected, error.to_string())
}

/// Bytes of a response at most, decoded. Entra's have 5 to 15 kB; 150 groups add 20 kB, thousands of groups from other
/// identity providers some hundred. A larger one is hostile.
pub(super) const MAX_BYTES: usize = Budget::MESSAGE.bytes;

/// The character that some writers put before the first one of UTF-8; it is no part of the text.
const BYTE_ORDER_MARK: char = '\u{FEFF}';
