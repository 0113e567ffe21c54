use super::verdict;
use super::verdict_within;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Outside;
use crate::xml::Position;
use crate::xml::XmlErrorKind;
use crate::xml::decode_utf8;

pub(super) fn assert_verdicts(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(verdict(text), *expected, "{text:?}");
    }
}

#[test]
fn doctypes_are_refused_in_every_shape() {
    assert_verdicts(&[
        ("<!DOCTYPE a><a/>", "xml-dtd"),
        ("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "xml-dtd"),
        ("<!doctype a><a/>", "xml-dtd"),
        ("<!DOCTYPE", "xml-dtd"),
        ("<!DOCTYPE>", "xml-dtd"),
        ("<!DOCTYPE a [ <a/>", "xml-dtd"),
        (
            "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'file:///x'><a/>",
            "xml-dtd",
        ),
        ("<a><!DOCTYPE a></a>", "xml-dtd"),
        ("<a/><!DOCTYPE a>", "xml-dtd"),
        ("<a><!ENTITY e 'x'></a>", "xml-not-well-formed"),
    ]);
}

#[test]
fn processing_instructions_are_refused_everywhere() {
    assert_verdicts(&[
        ("<?x?><a/>", "xml-processing-instruction"),
        ("<a><?x y?></a>", "xml-processing-instruction"),
        ("<a/><?x?>", "xml-processing-instruction"),
        (
            "<?xml-stylesheet href='x'?><a/>",
            "xml-processing-instruction",
        ),
        ("<?XML version='1.0'?><a/>", "xml-processing-instruction"),
        (" <?xml version='1.0'?><a/>", "xml-processing-instruction"),
        (
            "<?xml version='1.0'?><?xml version='1.0'?><a/>",
            "xml-processing-instruction",
        ),
        ("<a><?xml version='1.0'?></a>", "xml-processing-instruction"),
        ("<a>x<?y", "xml-processing-instruction"),
        ("<a><??></a>", "xml-processing-instruction"),
    ]);
}

#[test]
fn the_xml_declaration_says_version_one_and_utf_8() {
    assert_verdicts(&[
        ("<?xml version='1.0'?><a/>", "ok"),
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>", "ok"),
        (
            "<?xml version = '1.0' encoding='utf-8' standalone='no' ?><a/>",
            "ok",
        ),
        ("<?xml version='1.0' standalone='yes'?><a/>", "ok"),
        ("<?xml version='1.1'?><a/>", "xml-version"),
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
            "xml-encoding",
        ),
        (
            "<?xml version='1.0' encoding='UTF-16'?><a/>",
            "xml-encoding",
        ),
        ("<?xml version='1.0' encoding='UTF-7'?><a/>", "xml-encoding"),
        ("<?xml encoding='UTF-8'?><a/>", "xml-not-well-formed"),
        ("<?xml?><a/>", "xml-not-well-formed"),
        (
            "<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>",
            "xml-not-well-formed",
        ),
        (
            "<?xml version='1.0' version='1.0'?><a/>",
            "xml-not-well-formed",
        ),
        (
            "<?xml version='1.0' standalone='maybe'?><a/>",
            "xml-not-well-formed",
        ),
        (
            "<?xml version='1.0'encoding='UTF-8'?><a/>",
            "xml-not-well-formed",
        ),
        ("<?xml version='1.0'", "xml-processing-instruction"),
        ("<?xml version='1.0'?>", "xml-not-well-formed"),
    ]);
}

#[test]
fn only_predefined_entities_and_legal_character_references_are_resolved() {
    for (reference, expected) in [
        ("&amp;", "ok"),
        ("&lt;&gt;&quot;&apos;", "ok"),
        ("&#65;&#x41;&#x10FFFF;&#0065;", "ok"),
        ("&#9;&#10;&#13;", "ok"),
        ("&nbsp;", "xml-entity"),
        ("&AMP;", "xml-entity"),
        ("&;", "xml-entity"),
        ("& ;", "xml-entity"),
        ("&", "xml-entity"),
        ("&&amp;", "xml-entity"),
        ("&amp", "xml-entity"),
        ("&#;", "xml-entity"),
        ("&#x;", "xml-entity"),
        ("&#X41;", "xml-entity"),
        ("&#+65;", "xml-entity"),
        ("&#-1;", "xml-entity"),
        ("&# 65;", "xml-entity"),
        ("&#6٥;", "xml-entity"),
        ("&#0;", "xml-character"),
        ("&#x0;", "xml-character"),
        ("&#1;", "xml-character"),
        ("&#xD800;", "xml-character"),
        ("&#xFFFE;", "xml-character"),
        ("&#xFFFF;", "xml-character"),
        ("&#x110000;", "xml-character"),
        ("&#99999999999999999999;", "xml-character"),
    ] {
        assert_eq!(
            verdict(&format!("<a>{reference}</a>")),
            expected,
            "{reference} in text"
        );
        assert_eq!(
            verdict(&format!("<a b='{reference}'/>")),
            expected,
            "{reference} in an attribute"
        );
    }
    assert_eq!(verdict("<a/>&#32;"), "xml-outside-root");
    assert_eq!(verdict("&#32;<a/>"), "xml-outside-root");
}

#[test]
fn characters_outside_xml_are_refused_everywhere() {
    for c in [
        '\0', '\u{1}', '\u{8}', '\u{B}', '\u{C}', '\u{1F}', '\u{FFFE}', '\u{FFFF}',
    ] {
        for text in [
            format!("<a>{c}</a>"),
            format!("<a b='{c}'/>"),
            format!("<a{c}/>"),
            format!("<a><!--{c}--></a>"),
            format!("<a><![CDATA[{c}]]></a>"),
            format!("{c}<a/>"),
            // At the edge of a block of the survey.
            format!("<a>{}{c}</a>", "x".repeat(60)),
            format!("<a>{}{c}{}</a>", "x".repeat(59), "x".repeat(100)),
        ] {
            assert_eq!(verdict(&text), "xml-character", "{text:?}");
        }
    }
    for c in [
        '\t',
        '\n',
        '\r',
        ' ',
        '\u{7F}',
        '\u{85}',
        '\u{D7FF}',
        '\u{E000}',
        '\u{FFFD}',
        '\u{FEFF}',
        '\u{FDD0}',
        '\u{10FFFF}',
    ] {
        assert_eq!(verdict(&format!("<a b='{c}'>{c}</a>")), "ok", "{c:?}");
    }
}

#[test]
fn nothing_stands_beside_the_root_of_a_message() {
    assert_verdicts(&[
        (" \t\r\n<a/>\n", "ok"),
        ("x<a/>", "xml-outside-root"),
        ("<a/>x", "xml-outside-root"),
        ("<a/><b/>", "xml-outside-root"),
        ("<a></a><a></a>", "xml-outside-root"),
        ("<!-- --><a/>", "xml-outside-root"),
        ("<a/><!-- -->", "xml-outside-root"),
        ("<![CDATA[]]><a/>", "xml-outside-root"),
        ("<a/><![CDATA[ ]]>", "xml-outside-root"),
        ("\u{FEFF}<a/>", "xml-outside-root"),
        ("\u{A0}<a/>", "xml-outside-root"),
        ("<a/></a>", "xml-not-well-formed"),
        ("</a>", "xml-not-well-formed"),
        ("", "xml-not-well-formed"),
        (" ", "xml-not-well-formed"),
        ("x", "xml-outside-root"),
    ]);
}

#[test]
fn comments_may_stand_beside_the_root_of_metadata() {
    assert_eq!(
        verdict_within("<!-- terms --><a/><!-- end -->", &Budget::METADATA),
        "ok"
    );
    assert_eq!(
        verdict_within("<!-- a -- b --><a/>", &Budget::METADATA),
        "xml-not-well-formed"
    );
    assert_eq!(
        verdict_within("x<a/>", &Budget::METADATA),
        "xml-outside-root"
    );
    assert_eq!(Budget::METADATA.outside, Outside::Comments);
}

#[test]
fn ill_formed_markup_is_refused() {
    for text in [
        "<a>",
        "<a><b></a></b>",
        "<a></b>",
        "<a></A>",
        "<p:a xmlns:p='urn:p'></a>",
        "<a></ a>",
        "<a></a b=''>",
        "<a",
        "<a/",
        "<a b",
        "<a b=",
        "<a b='",
        "<a b='x/>",
        "<a b=x/>",
        "<a b/>",
        "<a b='' c/>",
        "<a b=''c=''/>",
        "<a b==''/>",
        "<a b=''/ >",
        "<a / >",
        "<a b='<'/>",
        "<a b=\"x'/>",
        "<a>]]></a>",
        "<a>x]]>y</a>",
        "<a><![CDATA[x</a>",
        "<a><![cdata[x]]></a>",
        "<a><![CDATA [x]]></a>",
        "<a><!-- --",
        "<a><!-- -- --></a>",
        "<a><!-- x---></a>",
        "<a><!-></a>",
        "<a><!></a>",
        "<a><!x></a>",
        "<",
        "<a><",
        "<a></",
        "<a></a",
        "<a/",
        "<!",
        "<!-",
        "<a>\n<b></a>",
    ] {
        let code = verdict(text);
        assert!(
            matches!(code, "xml-not-well-formed" | "xml-name"),
            "{text:?}: {code}"
        );
    }
    for text in [
        "<a ></a\n>",
        "<a b = '\"' c\n=\n\"'\"\t/>",
        "<a>]] ></a>",
        "<a>]]&gt;</a>",
        "<a><![CDATA[]]]]><![CDATA[>]]></a>",
        "<a b='>'/>",
        "<a b='/>'></a>",
        "<a><!----></a>",
        "<a><!--->--></a>",
        "<a><!-- - - --></a>",
    ] {
        assert_eq!(verdict(text), "ok", "{text:?}");
    }
}

#[test]
fn every_budget_runs_out_with_its_own_code() {
    let budget = Budget {
        bytes: 200,
        depth: 3,
        nodes: 6,
        attributes: 4,
        attributes_per_element: 3,
        namespaces: 4,
        namespaces_in_scope: 3,
        namespace_bytes: 10,
        ..Budget::MESSAGE
    };
    for (text, expected) in [
        ("<a><b><c/></b></a>", "ok"),
        ("<a><b><c><d/></c></b></a>", "xml-too-deep"),
        ("<a><b/><b/><b/><b/><b/></a>", "ok"),
        ("<a><b/><b/><b/><b/><b/><b/></a>", "xml-too-many-nodes"),
        ("<a><b/> <b/> <b/> </a>", "xml-too-many-nodes"),
        ("<a b='' c='' d=''/>", "ok"),
        ("<a b='' c='' d='' e=''/>", "xml-too-many-attributes"),
        (
            "<a b='' c='' d=''><a b='' c=''/></a>",
            "xml-too-many-attributes",
        ),
        (
            "<a xmlns:p='urn:p' xmlns:q='urn:p' xmlns:r='urn:p'><b xmlns:p='urn:p'/></a>",
            "xml-too-many-namespaces",
        ),
        (
            "<a><b xmlns:p='urn:p' xmlns:q='urn:p'/><b xmlns:p='urn:p' xmlns:q='urn:p'/></a>",
            "ok",
        ),
        (
            "<a><b xmlns:p='urn:p' xmlns:q='urn:p'/><b xmlns:p='urn:p' xmlns:q='urn:p'/><b xmlns='urn:p'/></a>",
            "xml-too-many-namespaces",
        ),
        ("<a xmlns='urn:345678'/>", "ok"),
        ("<a xmlns='urn:3456789'/>", "xml-namespace-too-long"),
    ] {
        assert_eq!(verdict_within(text, &budget), expected, "{text}");
    }
    let large = format!("<a>{}</a>", "x".repeat(194));
    let error = Document::parse(&large, &budget).unwrap_err();
    assert_eq!(
        error.kind(),
        XmlErrorKind::TooLarge {
            limit: 200,
            found: 201
        }
    );
    assert_eq!(error.code(), "xml-too-large");
}

#[test]
fn a_megabyte_of_groups_with_declarations_on_each_value_is_within_budget() {
    let value = "<v xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='xs:string'>3f2504e0-4f89-11d3-9a0c-0305e82c3301</v>\n";
    assert_eq!(
        verdict(&format!("<a>{}</a>", value.repeat(1_000_000 / value.len()))),
        "ok"
    );
    let short = "<AttributeValue>3f2504e0-4f89-11d3-9a0c-0305e82c3301</AttributeValue>\n";
    assert_eq!(
        verdict(&format!("<a>{}</a>", short.repeat(2_000_000 / short.len()))),
        "ok"
    );
}

#[test]
fn errors_say_where() {
    for (text, line, column) in [
        ("<a>\n <b>ä&x;</b></a>", 2, 6),
        ("<a/>x", 1, 5),
        ("<a\r\n  b='' b=''/>", 2, 8),
        ("<a>\n\n", 3, 1),
        ("<a>\u{FFFE}</a>", 1, 4),
    ] {
        let error = Document::parse(text, &Budget::MESSAGE).unwrap_err();
        assert_eq!(error.position(), Position { line, column }, "{text:?}");
    }
    let error = Document::parse("<a>&secret;</a>", &Budget::MESSAGE).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a reference is neither one of the five predefined entities nor a character reference (line 1, column 4)"
    );
}

#[test]
fn only_utf_8_is_decoded() {
    assert_eq!(decode_utf8(b"\xEF\xBB\xBF<a/>"), Ok("<a/>"));
    assert_eq!(decode_utf8("ä".as_bytes()), Ok("ä"));
    for bytes in [
        b"\xFE\xFF\0<\0a\0/\0>".as_slice(),
        b"\xFF\xFE<\0a\0/\0>\0",
        b"<a>\n\xC0\x80</a>",
        b"\xED\xA0\x80",
        b"\xC3",
    ] {
        assert_eq!(
            decode_utf8(bytes).unwrap_err().code(),
            "xml-encoding",
            "{bytes:?}"
        );
    }
    assert_eq!(
        decode_utf8(b"<a>\nab\xFF").unwrap_err().position(),
        Position { line: 2, column: 3 }
    );
    // UTF-16 without a mark is valid UTF-8 full of NULs.
    assert_eq!(
        verdict(decode_utf8(b"<\0a\0/\0>\0").unwrap()),
        "xml-character"
    );
    assert_eq!(
        verdict(decode_utf8(b"\xEF\xBB\xBF\xEF\xBB\xBF<a/>").unwrap()),
        "xml-outside-root"
    );
}
