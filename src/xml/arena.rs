//! The parts of a document: nodes in one array, in document order, and names and values as offsets into its text. Each node
//! knows where its subtree ends, so a child's next sibling is one step away and nothing recurses. Offsets instead of borrowed
//! slices let a document own its text.

/// The parts of a document beside its text.
pub(super) struct Arena {
    /// Texts and attribute values that differ from how they are written, one after the other.
    pub(super) decoded: String,
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<AttributeNode>,
    pub(super) declarations: Vec<Declaration>,
}

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
    /// The number of declarations in scope, this one included.
    pub(super) count: u32,
}

/// The innermost declaration in scope; the others hang off it.
pub(super) type Scope = Option<std::num::NonZeroU32>;

/// The declaration at the head of a scope, whose number is its index plus one.
pub(super) fn head(declarations: &[Declaration], scope: Scope) -> Option<&Declaration> {
    Some(&declarations[scope?.get() as usize - 1])
}

/// The declarations in a scope, innermost first. Bounded by the budget of namespaces in scope.
pub(super) fn in_scope(
    declarations: &[Declaration],
    scope: Scope,
) -> impl Iterator<Item = &Declaration> {
    let next = move |scope| head(declarations, scope);
    std::iter::successors(next(scope), move |inner| next(inner.outer))
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
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

#[derive(Clone, Copy)]
pub(super) struct Name {
    start: u32,
    /// The start of the local name: after the colon, if there is one.
    local: u32,
    end: u32,
}

impl Name {
    /// The name of `length` bytes at `start`; the first `local` of them are the prefix and its colon.
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
    pub(super) fn has_prefix(self) -> bool {
        self.local > self.start
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

pub(super) const NO_PARENT: u32 = u32::MAX;
