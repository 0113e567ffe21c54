use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Position;

fn document(text: &str) -> Document<'_> {
    Document::parse(text, &Budget::MESSAGE).unwrap()
}

#[test]
fn text_is_one_across_comments_cdata_and_references() {
    for (text, expected) in [
        ("<a/>", Some("")),
        ("<a></a>", Some("")),
        ("<a><!-- --></a>", Some("")),
        (
            "<a>user@example.com<!-- -->.evil.com</a>",
            Some("user@example.com.evil.com"),
        ),
        ("<a>x<![CDATA[<y>&amp;]]>z</a>", Some("x<y>&amp;z")),
        ("<a>1 &lt; 2 &#x26; 3</a>", Some("1 < 2 & 3")),
        ("<a>\r\nx\ry\n&#13;</a>", Some("\nx\ny\n\r")),
        ("<a><![CDATA[\r\n]]>\r<!--\r-->\n</a>", Some("\n\n\n")),
        ("<a>\r&#10;</a>", Some("\n\n")),
        ("<a> <b/></a>", None),
        ("<a><b/></a>", None),
        ("<a>x<b>y</b>z</a>", None),
        ("<a><b/>x</a>", None),
    ] {
        assert_eq!(document(text).root().text(), expected, "{text:?}");
    }
}

#[test]
fn attribute_white_space_is_normalised_unless_by_reference() {
    for (raw, expected) in [
        ("a\tb\nc", "a b c"),
        ("a\r\nb\rc\r\r\n", "a b c  "),
        ("&#9;&#xA;&#13; ", "\t\n\r "),
        ("&lt;&apos;&#x1F600;", "<'😀"),
        ("\r&#10;", " \n"),
    ] {
        let text = format!("<a b=\"{raw}\"/>");
        assert_eq!(
            document(&text).root().attribute("b"),
            Some(expected),
            "{raw:?}"
        );
    }
}

#[test]
fn elements_are_walked_in_document_order() {
    let document = document("<a> <b><c/>x<d/></b><e>y</e> </a>");
    let root = document.root();
    let names = |elements: Vec<crate::xml::Element<'_>>| {
        elements.iter().map(|e| e.local()).collect::<String>()
    };
    assert_eq!(names(root.children().collect()), "be");
    assert_eq!(names(root.descendants().collect()), "abcde");
    let b = root.children().next().unwrap();
    assert_eq!(names(b.descendants().collect()), "bcd");
    assert_eq!(b.parent(), Some(root));
    assert_eq!(root.parent(), None);
    assert!(root.has_only_whitespace_text());
    assert!(!b.has_only_whitespace_text());
    assert_eq!(
        b.children().last().unwrap().position(),
        Position {
            line: 1,
            column: 13
        }
    );
}

#[test]
fn elements_are_equal_only_within_one_document() {
    let (one, other) = (document("<a><b/><b/></a>"), document("<a><b/><b/></a>"));
    let [first, second] = [0, 1].map(|n| one.root().children().nth(n).unwrap());
    assert_eq!(first, one.root().children().next().unwrap());
    assert_ne!(first, second);
    assert_ne!(one.root(), other.root());
}

#[test]
fn attributes_are_found_by_exact_namespace() {
    let document = document("<a xmlns='urn:d' xmlns:p='urn:p' p:ID='1' id='2' xml:lang='de'/>");
    let root = document.root();
    assert_eq!(root.attribute("ID"), None);
    assert_eq!(root.attribute("id"), Some("2"));
    assert_eq!(root.attribute("lang"), None);
    assert_eq!(root.attribute("xmlns"), None);
    assert_eq!(root.attribute_ns("urn:p", "ID"), Some("1"));
    assert_eq!(root.attribute_ns("urn:d", "id"), None);
    assert_eq!(
        root.attribute_ns(crate::xml::XML_NAMESPACE, "lang"),
        Some("de")
    );
    assert_eq!(
        root.attributes()
            .map(|a| a.qualified_name())
            .collect::<Vec<_>>(),
        ["p:ID", "id", "xml:lang"]
    );
}

#[test]
fn namespaces_are_masked_and_come_back() {
    let document = document(
        "<a xmlns='urn:1' xmlns:p='urn:p'><b xmlns='' xmlns:p='urn:q'><p:c/></b><p:d/><e/></a>",
    );
    let [a, b, c, d, e] = std::array::from_fn(|n| document.root().descendants().nth(n).unwrap());
    assert_eq!(
        [a, b, c, d, e].map(|x| x.namespace()),
        ["urn:1", "", "urn:q", "urn:p", "urn:1"]
    );
    assert!(c.is("urn:q", "c") && !c.is("urn:p", "c") && c.prefix() == "p");
}

#[test]
fn an_owned_document_outlives_its_source() {
    let text = String::from("<a b='&amp;'>y</a>");
    let owned = Document::parse(text, &Budget::MESSAGE).unwrap();
    assert_eq!(owned.root().attribute("b"), Some("&"));
    assert_eq!(owned.root().text(), Some("y"));
}

#[test]
fn debug_output_shows_no_content() {
    let document = document("<a b='secret'>secret</a>");
    let shown = format!(
        "{document:?} {:?} {:?}",
        document.root(),
        document.root().attributes().next()
    );
    assert!(!shown.contains("secret"), "{shown}");
}
