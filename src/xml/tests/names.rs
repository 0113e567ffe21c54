use super::reader::assert_verdicts;
use super::verdict;

#[test]
fn duplicate_attributes_are_refused_by_expanded_name() {
    assert_verdicts(&[
        ("<a b='' b=''/>", "xml-duplicate-attribute"),
        (
            "<a xmlns:p='urn:p' p:b='' p:b=''/>",
            "xml-duplicate-attribute",
        ),
        (
            "<a p:b='' q:b='' xmlns:p='urn:p' xmlns:q='urn:p'/>",
            "xml-duplicate-attribute",
        ),
        (
            "<r xmlns:p='urn:p'><a p:b='' q:b='' xmlns:q='urn:&#112;'/></r>",
            "xml-duplicate-attribute",
        ),
        (
            "<a xmlns:p='urn:p' xmlns:p='urn:q'/>",
            "xml-duplicate-attribute",
        ),
        (
            "<a xmlns='urn:p' xmlns='urn:p'/>",
            "xml-duplicate-attribute",
        ),
        ("<a xmlns='urn:p' xmlns:p='urn:p' b='' p:b=''/>", "ok"),
        (
            "<a xmlns:p='urn:p' xmlns:q='urn:q' p:b='' q:b='' b='' B=''/>",
            "ok",
        ),
        ("<a xml:lang='' xml:lang=''/>", "xml-duplicate-attribute"),
    ]);
}

#[test]
fn identifiers_are_unique_in_every_spelling() {
    assert_verdicts(&[
        ("<a ID='x'><b ID='x'/></a>", "xml-duplicate-id"),
        ("<a ID='x'><b Id='x'/></a>", "xml-duplicate-id"),
        ("<a id='x'><b/><b iD='x'/></a>", "xml-duplicate-id"),
        ("<a ID='x' id='x'/>", "xml-duplicate-id"),
        ("<a ID='x'><b xml:id='x'/></a>", "xml-duplicate-id"),
        ("<a ID='x'><b ID='&#120;'/></a>", "xml-duplicate-id"),
        ("<a ID='x'><b ID='y'/><b ID='X'/></a>", "ok"),
        (
            "<a ID='x' xmlns:p='urn:p'><b p:ID='x' AssertionID='x'/></a>",
            "ok",
        ),
    ]);
}

#[test]
fn prefixes_must_be_declared() {
    assert_verdicts(&[
        ("<p:a/>", "xml-undeclared-prefix"),
        ("<a p:b=''/>", "xml-undeclared-prefix"),
        ("<a><b xmlns:p='urn:p'/><p:c/></a>", "xml-undeclared-prefix"),
        ("<xmlns:a/>", "xml-undeclared-prefix"),
        ("<p:a p:b='' xmlns:p='urn:p'/>", "ok"),
        ("<xml:a xml:b=''/>", "ok"),
    ]);
}

#[test]
fn namespace_declarations_bind_a_prefix_to_an_absolute_name() {
    assert_verdicts(&[
        ("<a xmlns:p=''/>", "xml-namespace-declaration"),
        ("<a xmlns:xmlns='urn:x'/>", "xml-namespace-declaration"),
        (
            "<a xmlns:xmlns='http://www.w3.org/2000/xmlns/'/>",
            "xml-namespace-declaration",
        ),
        ("<a xmlns:xml='urn:x'/>", "xml-namespace-declaration"),
        (
            "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
            "xml-namespace-declaration",
        ),
        (
            "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
            "xml-namespace-declaration",
        ),
        (
            "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
            "xml-namespace-declaration",
        ),
        (
            "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
            "ok",
        ),
        ("<a xmlns=''/>", "ok"),
        ("<a xmlns='relative'/>", "xml-relative-namespace"),
        ("<a xmlns:p='../up'/>", "xml-relative-namespace"),
        ("<a xmlns:p='/x:y'/>", "xml-relative-namespace"),
        ("<a xmlns:p='1a:b'/>", "xml-relative-namespace"),
        ("<a xmlns:p=':b'/>", "xml-relative-namespace"),
        ("<a xmlns:p=' urn:b'/>", "xml-relative-namespace"),
        ("<a xmlns:=''/>", "xml-name"),
        ("<a xmlns:p:q='urn:x'/>", "xml-name"),
    ]);
}

#[test]
fn names_are_qualified_names() {
    for (name, expected) in [
        ("a", "ok"),
        ("_a-b.c9", "ok"),
        ("é", "ok"),
        ("a\u{B7}", "ok"),
        ("\u{10000}", "ok"),
        ("p:a", "ok"),
        ("p:é", "ok"),
        ("p:a:b", "xml-name"),
        ("p::a", "xml-name"),
        (":a", "xml-name"),
        ("p:", "xml-name"),
        ("p:1", "xml-name"),
        ("p:\u{B7}", "xml-name"),
        ("1a", "xml-name"),
        ("-a", "xml-name"),
        (".a", "xml-name"),
        ("\u{B7}", "xml-name"),
        ("\u{D7}", "xml-name"),
        ("a\u{F7}", "xml-name"),
        ("a\u{37E}", "xml-name"),
        ("\u{2028}", "xml-name"),
        ("a\u{F0000}", "xml-name"),
        ("a\u{A0}b", "xml-name"),
        ("a$", "xml-not-well-formed"),
        ("a@b", "xml-not-well-formed"),
    ] {
        assert_eq!(
            verdict(&format!("<r xmlns:p='urn:p'><{name}/></r>")),
            expected,
            "element {name:?}"
        );
        assert_eq!(
            verdict(&format!("<r xmlns:p='urn:p' {name}=''/>")),
            expected,
            "attribute {name:?}"
        );
    }
    assert_eq!(verdict("< a/>"), "xml-name");
    assert_eq!(verdict("<>x</>"), "xml-name");
}
