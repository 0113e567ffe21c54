//! The tree: nodes of a document in one array, in document order, and the handle through which they are read.
//!
//! Each node knows where its subtree ends, so a child's next sibling is one step away and nothing recurses. Names and
//! plain values are offsets into the text; a document may therefore own its text or borrow it.

use std::borrow::Cow;
use std::fmt;

use super::XML_NAMESPACE;
use super::budget::Budget;
use super::error::Position;

/// A well-formed XML document within its budget.
pub struct Document<'a> {
    pub(super) text: Cow<'a, str>,
    /// Texts and attribute values that differ from how they are written, one after the other.
    pub(super) decoded: String,
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<AttributeNode>,
    pub(super) declarations: Vec<Declaration>,
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

    /// The budget it was read with.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The same document with a text of its own; the text is copied if it was borrowed.
    #[must_use]
    pub fn into_owned(self) -> Document<'static> {
        Document {
            text: Cow::Owned(self.text.into_owned()),
            decoded: self.decoded,
            nodes: self.nodes,
            attributes: self.attributes,
            declarations: self.declarations,
            budget: self.budget,
        }
    }

    pub(super) fn value(&self, value: Value) -> &str {
        value.of(&self.text, &self.decoded)
    }

    pub(super) fn uri(&self, binding: Binding) -> &str {
        match binding {
            Binding::None => "",
            Binding::Xml => XML_NAMESPACE,
            Binding::Declared(index) => self.value(self.declarations[index as usize].uri),
        }
    }

    /// What a prefix stands for in a scope; the empty prefix is the default namespace.
    pub(super) fn lookup(&self, prefix: &str, scope: Scope) -> Option<&str> {
        let binding = find(&self.declarations, &self.text, prefix, scope)?;
        Some(self.uri(binding)).filter(|uri| !uri.is_empty())
    }
}

impl fmt::Debug for Document<'_> {
    /// Says how much there is, never what: documents hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("bytes", &self.text.len())
            .field("nodes", &self.nodes.len())
            .finish_non_exhaustive()
    }
}

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

    /// The prefix as it is written, `""` for none.
    #[must_use]
    pub fn prefix(self) -> &'d str {
        self.data().name.prefix(&self.document.text)
    }

    /// The local name.
    #[must_use]
    pub fn local(self) -> &'d str {
        self.data().name.local(&self.document.text)
    }

    /// The name as it is written, prefix included.
    #[must_use]
    pub fn qualified_name(self) -> &'d str {
        self.data().name.qualified(&self.document.text)
    }

    /// The namespace name, `""` for none.
    #[must_use]
    pub fn namespace(self) -> &'d str {
        self.document.uri(self.data().namespace)
    }

    /// Whether this is the element `local` of `namespace`, letter for letter.
    #[must_use]
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.local() == local && self.namespace() == namespace
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
            .find(|attribute| attribute.local() == local && attribute.namespace() == namespace)
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

    /// Whether no text but white space stands directly below: element-only content.
    #[must_use]
    pub fn has_only_whitespace_text(self) -> bool {
        self.child_nodes().all(|node| match &node.node().content {
            Content::Text(text) => super::chars::is_blank(self.document.value(*text)),
            Content::Element(_) => true,
        })
    }

    /// The namespace name that a prefix stands for here; `""` asks for the default namespace.
    ///
    /// `None` if the prefix is not declared, or the default namespace is none.
    #[must_use]
    pub fn namespace_for_prefix(self, prefix: &str) -> Option<&'d str> {
        self.document.lookup(prefix, self.data().scope)
    }

    /// Where the element starts in the text. Counts lines from the top, so it is for messages, not for loops.
    #[must_use]
    pub fn position(self) -> Position {
        Position::of(&self.document.text, self.offset())
    }

    /// The offset of the opening bracket.
    pub(crate) fn offset(self) -> usize {
        self.data().name.start() - 1
    }

    pub(super) fn node(self) -> &'d Node {
        &self.document.nodes[self.index as usize]
    }

    /// What an element's node holds.
    pub(super) fn data(self) -> &'d ElementNode {
        match &self.node().content {
            Content::Element(element) => element,
            Content::Text(_) => unreachable!("handles to texts never leave this module"),
        }
    }

    fn is_element(self) -> bool {
        matches!(self.node().content, Content::Element(_))
    }

    /// Elements and texts directly below. Handles to texts must not leave this module.
    fn child_nodes(self) -> impl Iterator<Item = Self> + Clone {
        let end = self.node().end;
        let first = self.index + 1;
        std::iter::successors((first < end).then_some(first), move |&index| {
            let next = self.document.nodes[index as usize].end;
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
    /// The prefix as it is written, `""` for none.
    #[must_use]
    pub fn prefix(self) -> &'d str {
        self.data().name.prefix(&self.document.text)
    }

    /// The local name.
    #[must_use]
    pub fn local(self) -> &'d str {
        self.data().name.local(&self.document.text)
    }

    /// The name as it is written, prefix included.
    #[must_use]
    pub fn qualified_name(self) -> &'d str {
        self.data().name.qualified(&self.document.text)
    }

    /// The namespace name, `""` for none: the default namespace is not for attributes.
    #[must_use]
    pub fn namespace(self) -> &'d str {
        self.document.uri(self.data().namespace)
    }

    /// The normalised value.
    #[must_use]
    pub fn value(self) -> &'d str {
        self.document.value(self.data().value)
    }

    fn data(self) -> &'d AttributeNode {
        &self.document.attributes[self.index as usize]
    }
}

impl fmt::Debug for Attribute<'_> {
    /// Shows the name, never the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attribute({})", self.qualified_name())
    }
}

/// A node: an element or a text.
pub(super) struct Node {
    /// The index of the first node after the subtree.
    pub(super) end: u32,
    /// The index of the element above.
    pub(super) parent: u32,
    pub(super) content: Content,
}

pub(super) enum Content {
    Element(ElementNode),
    Text(Value),
}

pub(super) struct ElementNode {
    pub(super) name: Name,
    pub(super) namespace: Binding,
    /// Its part of the document's attributes.
    pub(super) attributes: Span,
    pub(super) scope: Scope,
}

pub(super) struct AttributeNode {
    pub(super) name: Name,
    pub(super) namespace: Binding,
    pub(super) value: Value,
}

/// `xmlns:prefix="uri"`, and what was in scope outside.
pub(super) struct Declaration {
    /// Empty for the default namespace.
    pub(super) prefix: Span,
    /// Empty only for the default namespace, where it means none.
    pub(super) uri: Value,
    pub(super) outer: Scope,
    /// How many declarations are in scope with this one.
    pub(super) count: u32,
}

/// The innermost declaration in scope; the others hang off it.
pub(super) type Scope = Option<std::num::NonZeroU32>;

/// The declaration at the head of a scope, whose number is its index plus one.
pub(super) fn head(declarations: &[Declaration], scope: Scope) -> Option<(u32, &Declaration)> {
    let index = scope?.get() - 1;
    Some((index, &declarations[index as usize]))
}

/// What a prefix is bound to in a scope; `None` if it is not declared. Bounded by the budget of namespaces in scope.
pub(super) fn find(
    declarations: &[Declaration],
    text: &str,
    prefix: &str,
    mut scope: Scope,
) -> Option<Binding> {
    while let Some((index, declaration)) = head(declarations, scope) {
        if declaration.prefix.of(text) == prefix {
            return Some(Binding::Declared(index));
        }
        scope = declaration.outer;
    }
    match prefix {
        "" => Some(Binding::None),
        "xml" => Some(Binding::Xml),
        _ => None,
    }
}

/// The namespace of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
    /// In no namespace.
    None,
    /// The namespace of the prefix `xml`, which needs no declaration.
    Xml,
    /// By the declaration of this index.
    Declared(u32),
}

/// A value: as it is written, or among the decoded ones.
#[derive(Clone, Copy)]
pub(super) enum Value {
    Input(Span),
    Decoded(Span),
}

impl Value {
    #[inline]
    pub(super) fn of<'t>(self, text: &'t str, decoded: &'t str) -> &'t str {
        match self {
            Self::Input(span) => span.of(text),
            Self::Decoded(span) => span.of(decoded),
        }
    }
}

/// A range of offsets. Documents are shorter than 4 GiB: the reader sees to that.
#[derive(Clone, Copy)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    #[inline]
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    #[inline]
    pub(super) fn start(self) -> usize {
        self.start as usize
    }

    #[inline]
    pub(super) fn end(self) -> usize {
        self.end as usize
    }

    #[inline]
    pub(super) fn range(self) -> std::ops::Range<usize> {
        self.start()..self.end()
    }

    #[inline]
    pub(super) fn of(self, text: &str) -> &str {
        &text[self.range()]
    }
}

/// A qualified name in the text.
#[derive(Clone, Copy)]
pub(super) struct Name {
    start: u32,
    /// Where the local name starts: after the colon, if there is one.
    local: u32,
    end: u32,
}

impl Name {
    /// The name of `length` octets at `start`, of which `local` belong to the prefix and its colon.
    pub(super) fn new(start: usize, local: usize, length: usize) -> Self {
        Self {
            start: start as u32,
            local: (start + local) as u32,
            end: (start + length) as u32,
        }
    }

    pub(super) fn start(self) -> usize {
        self.start as usize
    }

    #[inline]
    pub(super) fn prefix(self, text: &str) -> &str {
        self.prefix_span().of(text)
    }

    #[inline]
    pub(super) fn prefix_span(self) -> Span {
        Span {
            start: self.start,
            end: self.local.saturating_sub(1).max(self.start),
        }
    }

    #[inline]
    pub(super) fn local(self, text: &str) -> &str {
        self.local_span().of(text)
    }

    #[inline]
    pub(super) fn local_span(self) -> Span {
        Span {
            start: self.local,
            end: self.end,
        }
    }

    #[inline]
    pub(super) fn qualified(self, text: &str) -> &str {
        Span {
            start: self.start,
            end: self.end,
        }
        .of(text)
    }
}

/// The parent of the root.
pub(super) const NO_PARENT: u32 = u32::MAX;
