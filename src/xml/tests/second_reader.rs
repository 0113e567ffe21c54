//! A second opinion on where tokens end: `quick-xml` finds the same elements and texts in whatever we accept as in the
//! canonical form that we make of it.

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::super::canonicalize;
use super::Budget;
use super::Document;

/// Start tags by name, end tags, and the texts between them.
fn trace(text: &str) -> Vec<String> {
    let mut reader = Reader::from_str(text);
    let (mut trace, mut run, mut start) = (Vec::new(), String::new(), 0);
    loop {
        let event = reader.read_event().unwrap();
        let end = reader.buffer_position() as usize;
        let token = &text[start..end];
        start = end;
        match event {
            Event::Text(_) => run.push_str(&token.replace("\r\n", "\n").replace('\r', "\n")),
            Event::CData(_) => {
                let inside = &token["<![CDATA[".len()..token.len() - "]]>".len()];
                run.push_str(&inside.replace("\r\n", "\n").replace('\r', "\n"));
            }
            Event::GeneralRef(_) => run.push(referred(token)),
            Event::Start(_) => push(&mut trace, &mut run, &[name(token)]),
            Event::Empty(_) => push(&mut trace, &mut run, &[name(token), "</>"]),
            Event::End(_) => push(&mut trace, &mut run, &["</>"]),
            Event::Comment(_) | Event::Decl(_) => {}
            Event::PI(_) | Event::DocType(_) => panic!("nothing like it is accepted"),
            Event::Eof => return trace,
        }
        // White space beside the root is nobody's.
        if trace.is_empty() {
            run.clear();
        }
    }
}

fn push(trace: &mut Vec<String>, run: &mut String, tags: &[&str]) {
    if !run.is_empty() {
        trace.push(std::mem::take(run));
    }
    trace.extend(tags.iter().map(|tag| (*tag).to_owned()));
}

fn name(tag: &str) -> &str {
    tag.split([' ', '\t', '\r', '\n', '/', '>'])
        .next()
        .unwrap_or(tag)
}

fn referred(reference: &str) -> char {
    match reference {
        "&amp;" => '&',
        "&lt;" => '<',
        "&gt;" => '>',
        "&#13;" | "&#xD;" => '\r',
        other => panic!("{other} is not among the pieces"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn another_reader_finds_the_same_in_the_source_as_in_its_canonical_form(pieces in prop::collection::vec(prop::sample::select(vec![
        "<a>", "<a>", "</a>", "</a >", "<a/>", "<a\n/>", "<p:a>", "</p:a>", "&amp;", "&lt;", "&#13;", "<!-->-->", "<!---->", "<!--", "-->", "<![CDATA[", "<![CDATA[]]>", "]]>",
        "]]", ">", "/>", "/", " ", "\r\n", "\r", "x", "é", "'", "\"", "<a b='>'>", "<a b='/>' c=\"'\">", "<a b = '<![CDATA['/>", "<a b='<!--'>",
    ]), 0..16)) {
        let soup = pieces.concat();
        for text in [format!("<r xmlns:p='urn:p'>{soup}</r>"), format!("<!--<r>--><r xmlns:p='urn:p'><a>{soup}</a>{soup}</r>\r\n")] {
            if let Ok(document) = Document::parse(&text, &Budget::METADATA) {
                let mut canonical = String::new();
                canonicalize(document.root(), None, &[], &mut canonical).unwrap();
                prop_assert_eq!(trace(&text), trace(&canonical), "{}", text);
            }
        }
    }
}
