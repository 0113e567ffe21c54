//! A document, and the handles through which its elements and attributes are read. How it is stored is the business of
//! `arena`.

use std::borrow::Cow;
use std::fmt;

use super::XML_NAMESPACE;
use super::arena::Arena;
use super::arena::AttributeNode;
use super::arena::Binding;
use super::arena::Content;
use super::arena::ElementNode;
use super::arena::NO_PARENT;
use super::arena::Node;
use super::arena::Value;
use super::budget::Budget;
use super::chars::same;
use super::error::Position;

/// A well-formed XML document within its budget.
pub struct Document<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) arena: Arena,
    pub(super) budget: Budget,
}

impl<'a> Document<'a> {
    /// The root element.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        Element {
            document: self,
            index: 0,
        }
    }

    /// The text that was read, as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.text
    }

    #[inline]
    pub(super) fn value(&self, value: Value) -> &str {
        value.of(&self.text, &self.arena.decoded)
    }

    #[inline]
    pub(super) fn uri(&self, binding: Binding) -> &str {
        match binding {
            // An empty text at a real address: sorting compares it without `same`.
            Binding::None => &self.text[..0],
            Binding::Xml => XML_NAMESPACE,
            Binding::Declared(index) => self.value(self.arena.declarations[index as usize].uri),
        }
    }
}

impl fmt::Debug for Document<'_> {
    /// Says how much there is, never the text: documents hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("bytes", &self.text.len())
            .field("nodes", &self.arena.nodes.len())
            .finish_non_exhaustive()
    }
}

/// The names of an element or an attribute.
macro_rules! names {
    ($handle:ident) => {
        impl<'d> $handle<'d> {
            /// The prefix as it is written, `""` for none.
            #[inline]
            #[must_use]
            pub fn prefix(self) -> &'d str {
                self.data().name.prefix(&self.document.text)
            }

            /// The local name.
            #[inline]
            #[must_use]
            pub fn local(self) -> &'d str {
                self.data().name.local(&self.document.text)
            }

            /// The name as it is written, prefix included.
            #[inline]
            #[must_use]
            pub fn qualified_name(self) -> &'d str {
                self.data().name.qualified(&self.document.text)
            }

            /// The namespace name, `""` for none: the default namespace is not for attributes.
            #[inline]
            #[must_use]
            pub fn namespace(self) -> &'d str {
                self.document.uri(self.data().namespace)
            }
        }
    };
}

names!(Element);
names!(Attribute);

/// An element of a document. Two are equal if they are the same node of the same document.
#[derive(Clone, Copy)]
pub struct Element<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) index: u32,
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.document, other.document) && self.index == other.index
    }
}

impl Eq for Element<'_> {}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}> at {}", self.qualified_name(), self.position())
    }
}

impl<'d> Element<'d> {
    /// The document it belongs to.
    #[must_use]
    pub fn document(self) -> &'d Document<'d> {
        self.document
    }

    /// True if this is the element `local` of `namespace`, letter for letter.
    #[inline]
    #[must_use]
    pub fn is(self, namespace: &str, local: &str) -> bool {
        same(self.local(), local) && same(self.namespace(), namespace)
    }

    /// The value of an attribute that is in no namespace. A prefixed attribute of the same local name is another one.
    #[must_use]
    pub fn attribute(self, local: &str) -> Option<&'d str> {
        self.attribute_ns("", local)
    }

    /// The value of an attribute by namespace name (`""` for none) and local name.
    #[must_use]
    pub fn attribute_ns(self, namespace: &str, local: &str) -> Option<&'d str> {
        self.attributes()
            .find(|attribute| {
                same(attribute.local(), local) && same(attribute.namespace(), namespace)
            })
            .map(Attribute::value)
    }

    /// All attributes as they are written, in order; namespace declarations are none.
    pub fn attributes(self) -> impl Iterator<Item = Attribute<'d>> + Clone {
        let document = self.document;
        self.data().attributes.range().map(move |index| Attribute {
            document,
            index: index as u32,
        })
    }

    /// The elements directly below, in document order.
    pub fn children(self) -> impl Iterator<Item = Self> + Clone {
        self.child_nodes().filter(|node| node.is_element())
    }

    /// The element that this one stands in, `None` for the root.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let parent = self.node().parent;
        (parent != NO_PARENT).then_some(Self {
            index: parent,
            ..self
        })
    }

    /// This element and every one below it, in document order.
    pub fn descendants(self) -> impl Iterator<Item = Self> + Clone {
        (self.index..self.node().end)
            .map(move |index| Self { index, ..self })
            .filter(|node| node.is_element())
    }

    /// The whole text of an element without child elements, `""` if it is empty; `None` if it has child elements.
    ///
    /// Comments and CDATA sections never split a text: what stands on both sides of one is one text.
    #[must_use]
    pub fn text(self) -> Option<&'d str> {
        let mut nodes = self.child_nodes();
        match nodes.next().map(|node| &node.node().content) {
            None => Some(""),
            // Texts side by side were joined, so whatever follows a text is an element.
            Some(Content::Text(text)) if nodes.next().is_none() => Some(self.document.value(*text)),
            Some(_) => None,
        }
    }

    /// True if no text but white space stands directly below: element-only content.
    #[must_use]
    pub fn has_only_whitespace_text(self) -> bool {
        self.child_nodes().all(|node| match &node.node().content {
            Content::Text(text) => super::chars::is_blank(self.document.value(*text)),
            Content::Element(_) => true,
        })
    }

    /// The place where the element starts in the text. Counts lines from the top, so it is for messages, not for loops.
    #[must_use]
    pub fn position(self) -> Position {
        Position::of(&self.document.text, self.offset())
    }

    /// The offset of the opening bracket.
    pub(crate) fn offset(self) -> usize {
        self.data().name.start() - 1
    }

    #[inline]
    pub(super) fn node(self) -> &'d Node {
        &self.document.arena.nodes[self.index as usize]
    }

    #[inline]
    pub(super) fn data(self) -> &'d ElementNode {
        match &self.node().content {
            Content::Element(element) => element,
            Content::Text(_) => unreachable!("handles to texts never leave this module"),
        }
    }

    #[inline]
    fn is_element(self) -> bool {
        matches!(self.node().content, Content::Element(_))
    }

    /// Elements and texts directly below. Handles to texts must not leave this module.
    fn child_nodes(self) -> impl Iterator<Item = Self> + Clone {
        let end = self.node().end;
        let first = self.index + 1;
        std::iter::successors((first < end).then_some(first), move |&index| {
            let next = self.document.arena.nodes[index as usize].end;
            (next < end).then_some(next)
        })
        .map(move |index| Self { index, ..self })
    }
}

/// An attribute of an element.
#[derive(Clone, Copy)]
pub struct Attribute<'d> {
    pub(super) document: &'d Document<'d>,
    pub(super) index: u32,
}

impl<'d> Attribute<'d> {
    /// The normalised value.
    #[inline]
    #[must_use]
    pub fn value(self) -> &'d str {
        self.document.value(self.data().value)
    }

    #[inline]
    fn data(self) -> &'d AttributeNode {
        &self.document.arena.attributes[self.index as usize]
    }
}

impl fmt::Debug for Attribute<'_> {
    /// Shows the name, never the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attribute({})", self.qualified_name())
    }
}
