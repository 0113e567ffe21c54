//! Exclusive canonicalization of any element, with a PrefixList and with a subtree left out.

use entrada::xml::Budget;
use entrada::xml::Document;
use entrada::xml::canonicalize;
use entrada::xml::decode_utf8;

/// Reads two bytes that choose an element and a subtree below it, a PrefixList up to the end of the line, and a
/// document.
pub fn c14n(data: &[u8]) {
    let [apex, omit, rest @ ..] = data else {
        return;
    };
    let Ok(text) = decode_utf8(rest) else {
        return;
    };
    let Some((list, xml)) = text.split_once('\n') else {
        return;
    };
    let Ok(document) = Document::parse(xml, &Budget::MESSAGE) else {
        return;
    };
    let prefixes: Vec<&str> = list.split_ascii_whitespace().collect();
    let elements: Vec<_> = document.root().descendants().collect();
    let apex = elements[usize::from(*apex) % elements.len()];
    let omit = apex.descendants().skip(1).nth(usize::from(*omit));

    let mut canonical = String::new();
    if canonicalize(apex, omit, &prefixes, &mut canonical).is_err() {
        return;
    }
    let again = Document::parse(&canonical, &Budget::MESSAGE.for_canonical_form())
        .expect("a canonical form is a document within its budget");
    let left_out = omit.map_or(0, |omit| omit.descendants().count());
    assert_eq!(
        apex.descendants().count() - left_out,
        again.root().descendants().count(),
        "nothing is left out but what was asked for"
    );
    let mut twice = String::new();
    canonicalize(again.root(), None, &prefixes, &mut twice).expect("it was canonical already");
    assert_eq!(canonical, twice, "the canonical form is a fixed point");
}
