//! Work that is done in the place of work that was spared, so that the time of a refusal does not tell where it happened.
//! Rubbish is refused at its first byte, a document with a wrong end at its last. Whoever can tell the two apart, and can send
//! variants of a ciphertext, learns its plaintext (Jager and Somorovsky, "How to break XML encryption", 2011).

use std::hint::black_box;

use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::XmlError;
use crate::xml::XmlErrorKind;
use crate::xml::context_start_tag;

/// Reads a document of about as many bytes as are asked for, with markup about as dense as that of an assertion.
pub(super) fn read(bytes: usize) {
    let units = bytes / UNIT.len();
    let mut text = String::with_capacity(START.len() + bytes + END.len());
    text.push_str(START);
    for _ in 0..units {
        text.push_str(UNIT);
    }
    text.push_str(END);
    let _ = black_box(Document::parse(black_box(&text), &Budget::MESSAGE));
}

/// The length of the content that was read before an error. Characters are looked at before anything else.
pub(super) fn bytes_read(error: &XmlError, context: Element<'_>) -> usize {
    match error.kind() {
        XmlErrorKind::Character => 0,
        _ => error
            .offset()
            .saturating_sub(context_start_tag(context).len()),
    }
}

const START: &str = "<decoy>";
const END: &str = "</decoy>";
/// One attribute, of the size that attributes of Entra's have.
const UNIT: &str = concat!(
    r#"<Attribute Name="http://schemas.microsoft.com/identity/claims/displayname">"#,
    "<AttributeValue>A name of some length, or an identifier</AttributeValue></Attribute>"
);
