use proptest::prelude::*;

use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::Writer;
use crate::xml::canonicalize;

#[derive(Clone, Debug)]
struct Tree {
    prefix: &'static str,
    local: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Element(Tree),
}

/// Any text that XML allows, with what needs escaping over-represented.
fn text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        '&', '<', '>', '"', '\'', '\r', '\n', '\t', ' ', ']', '-', 'é', '\u{85}', '\u{FFFD}',
    ]);
    let any = any::<char>().prop_filter("not allowed in XML", |&c| crate::xml::chars::is_char(c));
    prop::collection::vec(prop_oneof![special, any], 0..12)
        .prop_map(|chars| chars.into_iter().collect())
}

fn tree() -> impl Strategy<Value = Tree> {
    let names = || {
        (
            prop::sample::select(vec!["", "p", "q"]),
            prop::sample::select(vec!["a", "b", "é"]),
        )
    };
    let attributes = || {
        prop::collection::btree_map(
            prop::sample::select(vec!["x", "y", "p:x", "q:x", "xml:lang"]),
            text(),
            0..4,
        )
        .prop_map(|map| map.into_iter().collect::<Vec<_>>())
    };
    let leaf =
        (names(), attributes(), text()).prop_map(|((prefix, local), attributes, text)| Tree {
            prefix,
            local,
            attributes,
            content: vec![Piece::Text(text)],
        });
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let piece = prop_oneof![text().prop_map(Piece::Text), inner.prop_map(Piece::Element)];
        (names(), attributes(), prop::collection::vec(piece, 0..4)).prop_map(
            |((prefix, local), attributes, content)| Tree {
                prefix,
                local,
                attributes,
                content,
            },
        )
    })
}

impl Tree {
    fn qualified(&self) -> String {
        if self.prefix.is_empty() {
            self.local.to_owned()
        } else {
            format!("{}:{}", self.prefix, self.local)
        }
    }

    fn write(&self, writer: &mut Writer, root: bool) {
        writer.start(&self.qualified());
        if root {
            writer
                .namespace("p", "urn:p")
                .namespace("q", "urn:q")
                .namespace("", "urn:d");
        }
        for (name, value) in &self.attributes {
            writer.attribute(name, value);
        }
        for piece in &self.content {
            match piece {
                Piece::Text(text) => {
                    writer.text(text);
                }
                Piece::Element(tree) => tree.write(writer, false),
            }
        }
        writer.end();
    }

    fn assert_equals(&self, element: Element<'_>) {
        assert_eq!(element.qualified_name(), self.qualified());
        let mut attributes: Vec<_> = element
            .attributes()
            .map(|a| (a.qualified_name().to_owned(), a.value().to_owned()))
            .collect();
        let mut expected: Vec<_> = self
            .attributes
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        // Canonicalization sorts them.
        attributes.sort();
        expected.sort();
        assert_eq!(attributes, expected);
        let children: Vec<_> = self
            .content
            .iter()
            .filter_map(|piece| {
                if let Piece::Element(tree) = piece {
                    Some(tree)
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(element.children().count(), children.len());
        for (tree, child) in children.iter().zip(element.children()) {
            tree.assert_equals(child);
        }
        let text: String = self
            .content
            .iter()
            .filter_map(|piece| {
                if let Piece::Text(text) = piece {
                    Some(text.as_str())
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(element.text(), children.is_empty().then_some(text.as_str()));
    }
}

fn bytes(text: &str) -> String {
    let document = Document::parse(text, &Budget::MESSAGE).unwrap();
    let mut out = String::new();
    canonicalize(document.root(), None, &[], &mut out).unwrap();
    out
}

proptest! {
    #[test]
    fn what_is_written_is_what_is_read(tree in tree()) {
        let mut writer = Writer::new();
        tree.write(&mut writer, true);
        let text = writer.finish().unwrap();
        let document = Document::parse(&text, &Budget::MESSAGE).unwrap();
        tree.assert_equals(document.root());
    }

    #[test]
    fn the_canonical_form_is_a_fixed_point(tree in tree()) {
        let mut writer = Writer::new();
        tree.write(&mut writer, true);
        let once = bytes(&writer.finish().unwrap());
        tree.assert_equals(Document::parse(&once, &Budget::MESSAGE).unwrap().root());
        prop_assert_eq!(bytes(&once), once);
    }

    /// A document that is accepted at all has a canonical form that is accepted and is its own canonical form.
    #[test]
    fn hostile_soup_never_panics(pieces in prop::collection::vec(prop::sample::select(vec![
        "<a>", "</a>", "<a/>", "<p:a xmlns:p='urn:p'>", "</p:a>", "<a", ">", "/>", "<", "</", "&", ";", "&amp;", "&#13;", "&#x0;", "<!--", "-->", "--", "<![CDATA[",
        "]]>", "]]", "<?xml version='1.0'?>", "<?x", "?>", "<!DOCTYPE a", "[", "]", " ", "\r", "\n", "\t", "x", "é", "\u{FEFF}", "\u{FFFE}", "\0", "'", "\"", "=",
        " b='", " b=\"1\"", " id='1'", " xmlns='urn:d'", " xmlns=''", " xmlns:p='urn:q'", " p:b='2'", ":", "xmlns",
    ]), 0..24)) {
        let soup: String = pieces.concat();
        for text in [soup.clone(), format!("<a>{soup}</a>"), format!("<a {soup}/>")] {
            if let Ok(document) = Document::parse(&text, &Budget::METADATA) {
                let mut once = String::new();
                canonicalize(document.root(), None, &["p", "#default"], &mut once).unwrap();
                prop_assert!(!once.is_empty());
                let budget = Budget::METADATA.for_canonical_form();
                let again = Document::parse(&once, &budget).unwrap();
                let mut twice = String::new();
                canonicalize(again.root(), None, &["p", "#default"], &mut twice).unwrap();
                prop_assert_eq!(&twice, &once);
            }
        }
    }
}
