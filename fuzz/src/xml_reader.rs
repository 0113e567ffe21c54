//! The XML reader: whatever it accepts can be walked, and its canonical form is a document that says the same.

use entrada::xml::Budget;
use entrada::xml::Document;
use entrada::xml::Element;
use entrada::xml::canonicalize;
use entrada::xml::decode_utf8;

/// Reads the bytes as a message and as metadata.
pub fn xml_reader(data: &[u8]) {
    let Ok(text) = decode_utf8(data) else {
        return;
    };
    for budget in [Budget::MESSAGE, Budget::METADATA] {
        let Ok(document) = Document::parse(text, &budget) else {
            continue;
        };
        walk(document.root());
        let mut canonical = String::new();
        if canonicalize(document.root(), None, &[], &mut canonical).is_err() {
            continue;
        }
        let again = Document::parse(&canonical, &budget.for_canonical_form())
            .expect("a canonical form is within its budget");
        assert_eq!(sayings(document.root()), sayings(again.root()));
        let mut twice = String::new();
        canonicalize(again.root(), None, &[], &mut twice).expect("it was canonical already");
        assert_eq!(canonical, twice, "the canonical form is a fixed point");
    }
}

/// Calls what a reader of messages may call.
fn walk(root: Element<'_>) {
    assert_eq!(root.parent(), None);
    for element in root.descendants() {
        assert!(element.qualified_name().ends_with(element.local()));
        assert!(element.is(element.namespace(), element.local()));
        for child in element.children() {
            assert_eq!(child.parent(), Some(element));
        }
        for attribute in element.attributes() {
            let found = element.attribute_ns(attribute.namespace(), attribute.local());
            assert_eq!(found, Some(attribute.value()));
        }
        assert!(element.text().is_none() || element.children().next().is_none());
        let _ = element.has_only_whitespace_text();
    }
    // Finding a position counts the lines, so not for each element.
    let last = root.descendants().last().expect("there is a root");
    assert!(last.position() >= root.position());
    let _ = format!("{last:?}");
}

/// The content of each element: its name, its text and its attributes, in the order in which they are canonical.
fn sayings(root: Element<'_>) -> Vec<Vec<String>> {
    let saying = |element: Element<'_>| {
        let mut attributes: Vec<_> = element
            .attributes()
            .map(|attribute| (attribute.namespace(), attribute.local(), attribute.value()))
            .collect();
        attributes.sort_unstable();
        let head = [element.namespace(), element.qualified_name()];
        head.into_iter()
            .chain(element.text())
            .chain(attributes.into_iter().flat_map(|(a, b, c)| [a, b, c]))
            .map(str::to_owned)
            .collect()
    };
    root.descendants().map(saying).collect()
}
