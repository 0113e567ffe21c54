//! The tree of the XML reader beside that of another reader: what we accept, quick-xml accepts too, with the same elements,
//! namespaces, attributes and texts, in the same order.

use entrada::xml::Budget;
use entrada::xml::Document;
use entrada::xml::Element;
use entrada::xml::canonicalize;
use entrada::xml::collapsed;
use entrada::xml::decode_utf8;
use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attribute;
use quick_xml::name::NamespaceResolver;
use quick_xml::name::QName;
use quick_xml::name::ResolveResult;

/// Reads the text as a message and as metadata.
pub fn xml_tree(data: &[u8]) {
    let Ok(text) = decode_utf8(data) else {
        return;
    };
    for budget in [Budget::MESSAGE, Budget::METADATA] {
        let Ok(document) = Document::parse(text, &budget) else {
            continue;
        };
        let theirs = read(text);
        // Our tree hands out the texts of elements without child elements; the canonical form has all.
        assert_eq!(ours(document.root()), of_leaves(&theirs));
        let mut canonical = String::new();
        if canonicalize(document.root(), None, &[], &mut canonical).is_ok() {
            assert_eq!(read(&canonical), theirs);
        }
    }
}

/// A piece of a document, in the order in which it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Start {
        namespace: String,
        name: String,
        /// Namespace, local name and value of each, sorted.
        attributes: Vec<[String; 3]>,
    },
    /// Text between two tags: comments and the edges of CDATA sections split none.
    Text(String),
    End,
}

/// Our tree.
fn ours(root: Element<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut open: Vec<Element<'_>> = Vec::new();
    for element in root.descendants() {
        while open
            .last()
            .is_some_and(|last| element.parent() != Some(*last))
        {
            open.pop();
            pieces.push(Piece::End);
        }
        pieces.push(Piece::Start {
            namespace: element.namespace().to_owned(),
            name: element.qualified_name().to_owned(),
            attributes: sorted(element.attributes().map(|attribute| {
                [attribute.namespace(), attribute.local(), attribute.value()].map(str::to_owned)
            })),
        });
        let text = element.text().filter(|text| !text.is_empty());
        pieces.extend(text.map(|text| Piece::Text(text.to_owned())));
        open.push(element);
    }
    pieces.extend(open.iter().map(|_| Piece::End));
    pieces
}

/// The pieces without the texts that have a child element beside them.
fn of_leaves(pieces: &[Piece]) -> Vec<Piece> {
    let before = std::iter::once(None).chain(pieces.iter().map(Some));
    let after = pieces.iter().skip(1).map(Some).chain([None]);
    let beside = before.zip(pieces).zip(after);
    let kept = beside.filter(|((before, piece), after)| {
        let is_leaf =
            matches!(before, Some(Piece::Start { .. })) && matches!(after, Some(Piece::End));
        is_leaf || !matches!(piece, Piece::Text(_))
    });
    kept.map(|((_, piece), _)| piece.clone()).collect()
}

/// Their tree.
fn read(text: &str) -> Vec<Piece> {
    let mut reader = NsReader::from_str(text);
    reader.resolver_mut().set_max_namespace_bindings(usize::MAX);
    let mut tree = Tree::default();
    loop {
        match reader.read_event().expect("what we accept, they accept") {
            Event::Start(tag) => tree.start(&tag, reader.resolver()),
            Event::Empty(tag) => {
                tree.start(&tag, reader.resolver());
                tree.end();
            }
            Event::End(_) => tree.end(),
            Event::Text(text) => tree.text(&text.xml10_content()),
            Event::CData(text) => tree.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let named = || match &*reference {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    other => panic!("the entity {other:?} is accepted"),
                };
                let resolved = reference.resolve_char_ref().expect("a character");
                tree.text(resolved.unwrap_or_else(named).encode_utf8(&mut [0; 4]));
            }
            Event::Comment(_) | Event::Decl(_) => {}
            Event::PI(_) | Event::DocType(_) => panic!("it is accepted"),
            Event::Eof => return tree.pieces,
        }
    }
}

#[derive(Default)]
struct Tree {
    pieces: Vec<Piece>,
    depth: usize,
}

impl Tree {
    fn start(&mut self, tag: &BytesStart<'_>, resolver: &NamespaceResolver) {
        let attributes = tag.attributes().map(|one| one.expect("an attribute"));
        let attributes = attributes.filter(|one| one.key.as_namespace_binding().is_none());
        self.depth += 1;
        self.pieces.push(Piece::Start {
            namespace: namespace(&resolver.resolve_element(tag.name()).0),
            name: tag.name().as_ref().to_owned(),
            attributes: sorted(attributes.map(|attribute| {
                let (of, local) = resolver.resolve_attribute(attribute.key);
                [namespace(&of), local.as_ref().to_owned(), value(&attribute)]
            })),
        });
    }

    fn end(&mut self) {
        self.depth -= 1;
        self.pieces.push(Piece::End);
    }

    fn text(&mut self, more: &str) {
        if self.depth == 0 {
            assert!(collapsed(more).is_empty(), "text stands beside the root");
        } else if let Some(Piece::Text(text)) = self.pieces.last_mut() {
            text.push_str(more);
        } else if !more.is_empty() {
            self.pieces.push(Piece::Text(more.to_owned()));
        }
    }
}

fn value(attribute: &Attribute<'_>) -> String {
    let value = attribute.normalized_value(XmlVersion::Explicit1_0);
    value.expect("a value").into_owned()
}

/// A namespace is the value of an attribute; they hand it out as it is written.
fn namespace(resolved: &ResolveResult<'_>) -> String {
    match resolved {
        ResolveResult::Bound(bound) => value(&Attribute {
            key: QName("xmlns"),
            value: bound.0.into(),
        }),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(prefix) => panic!("the prefix {prefix:?} is accepted"),
    }
}

fn sorted(attributes: impl Iterator<Item = [String; 3]>) -> Vec<[String; 3]> {
    let mut sorted: Vec<_> = attributes.collect();
    sorted.sort_unstable();
    sorted
}
