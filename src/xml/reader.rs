//! Builds the tree from the tokens of `quick-xml`, and refuses whatever XML 1.0, Namespaces in XML 1.0 or the budget
//! does not allow.
//!
//! Of each token only its kind and its end are taken from `quick-xml`; what it says is read again from the raw text,
//! by our own grammar. The tokenizer's own checks are off or redundant. The budgets are counted down as the tree
//! grows, so a hostile document stops where it runs out.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::XML_NAMESPACE;
use super::XMLNS_NAMESPACE;
use super::budget::Budget;
use super::budget::Outside;
use super::chars;
use super::chars::is_blank;
use super::error::Fault;
use super::error::XmlError;
use super::error::XmlErrorKind;
use super::tag::RawAttribute;
use super::tag::Tag;
use super::text::Gatherer;
use super::tree;
use super::tree::AttributeNode;
use super::tree::Binding;
use super::tree::Content;
use super::tree::Declaration;
use super::tree::Document;
use super::tree::ElementNode;
use super::tree::NO_PARENT;
use super::tree::Name;
use super::tree::Node;
use super::tree::Scope;
use super::tree::Span;
use super::tree::Value;

impl<'a> Document<'a> {
    /// Reads a document.
    ///
    /// Fails on whatever is not well-formed or not allowed here, and when the budget runs out; [`XmlErrorKind`] lists
    /// the rules. A byte order mark is not part of a text: [`decode_utf8`] strips it.
    pub fn parse(text: &'a str, budget: &Budget) -> Result<Self, XmlError> {
        let arena = read(text, budget).map_err(|fault| fault.locate(text))?;
        Ok(arena.into_document(Cow::Borrowed(text), *budget))
    }
}

impl Document<'static> {
    /// Reads a document that keeps its text; otherwise as [`Document::parse`].
    pub fn parse_owned(text: String, budget: &Budget) -> Result<Self, XmlError> {
        match read(&text, budget) {
            Ok(arena) => Ok(arena.into_document(Cow::Owned(text), *budget)),
            Err(fault) => Err(fault.locate(&text)),
        }
    }
}

/// The text of a document given in octets, without its byte order mark.
///
/// Fails with `xml-encoding` on anything but UTF-8; UTF-16 and UTF-32 are among that.
pub fn decode_utf8(bytes: &[u8]) -> Result<&str, XmlError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = error.valid_up_to();
        let before = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
        Fault::at(valid, XmlErrorKind::Encoding).locate(before)
    })
}

/// The parts of a document, before they are joined with the text.
struct Arena {
    decoded: String,
    nodes: Vec<Node>,
    attributes: Vec<AttributeNode>,
    declarations: Vec<Declaration>,
}

impl Arena {
    fn into_document(self, text: Cow<'_, str>, budget: Budget) -> Document<'_> {
        let Self {
            decoded,
            nodes,
            attributes,
            declarations,
        } = self;
        Document {
            text,
            decoded,
            nodes,
            attributes,
            declarations,
            budget,
        }
    }
}

fn read(text: &str, budget: &Budget) -> Result<Arena, Fault> {
    let limit = budget.bytes.min(u32::MAX as usize);
    if text.len() > limit {
        return Err(Fault::at(
            0,
            XmlErrorKind::TooLarge {
                limit,
                found: text.len(),
            },
        ));
    }
    let survey =
        chars::survey(text).map_err(|offset| Fault::at(offset, XmlErrorKind::Character))?;
    // `quick-xml` would skip a byte order mark, and its offsets would no longer be ours.
    if text.starts_with('\u{FEFF}') {
        return Err(Fault::at(0, XmlErrorKind::OutsideRoot));
    }
    Builder::new(text, budget, survey).build()
}

/// The tree under construction.
struct Builder<'a> {
    text: &'a str,
    budget: &'a Budget,
    closing_bracket: bool,
    gatherer: Gatherer<'a>,
    nodes: Vec<Node>,
    attributes: Vec<AttributeNode>,
    declarations: Vec<Declaration>,
    /// Open elements, by index.
    open: Vec<u32>,
    /// Attributes that are identifiers, by index.
    ids: Vec<u32>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, budget: &'a Budget, survey: chars::Survey) -> Self {
        Self {
            text,
            budget,
            closing_bracket: survey.closing_bracket,
            gatherer: Gatherer::new(text, survey.carriage_return),
            // One node in 40 octets and one attribute in 80 is what messages have; others grow.
            nodes: Vec::with_capacity((text.len() / 40).min(budget.nodes) + 8),
            attributes: Vec::with_capacity((text.len() / 80).min(budget.attributes) + 8),
            declarations: Vec::with_capacity(16),
            open: Vec::with_capacity(16),
            ids: Vec::new(),
        }
    }

    fn build(mut self) -> Result<Arena, Fault> {
        let mut reader = Reader::from_str(self.text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        let mut start = 0;
        loop {
            let event = reader.read_event().map_err(|_| self.unreadable(start))?;
            let end = reader.buffer_position() as usize;
            if self.text.get(start..end).is_none() {
                return Err(self.unreadable(start));
            }
            match event {
                Event::Start(_) => self.start_tag(start, end)?,
                Event::Empty(_) => self.empty_tag(start, end)?,
                Event::End(_) => self.end_tag(start, end)?,
                Event::Text(_) => self.characters(start, end)?,
                Event::GeneralRef(_) => self.reference(start, end)?,
                Event::CData(_) => self.cdata(start, end)?,
                Event::Comment(_) => self.comment(start, end)?,
                Event::Decl(_) => self.declaration(start, end)?,
                Event::PI(_) => return Err(Fault::at(start, XmlErrorKind::ProcessingInstruction)),
                Event::DocType(_) => return Err(Fault::at(start, XmlErrorKind::Dtd)),
                Event::Eof => break,
            }
            start = end;
        }
        self.finish(start)
    }

    /// The fault for what the tokenizer could not take apart, by what it started with.
    fn unreadable(&self, start: usize) -> Fault {
        let rest = self.text.get(start..).unwrap_or_default();
        let kind = match rest.as_bytes() {
            [b'<', b'!', b'D' | b'd', ..] => XmlErrorKind::Dtd,
            [b'<', b'?', ..] => XmlErrorKind::ProcessingInstruction,
            [b'&', ..] => XmlErrorKind::Entity,
            _ => XmlErrorKind::NotWellFormed,
        };
        Fault::at(start, kind)
    }

    /// What is between the opening and the closing marks of the token; a token without them is a fault.
    fn inside(
        &self,
        start: usize,
        end: usize,
        opening: &str,
        closing: &str,
    ) -> Result<(usize, usize), Fault> {
        let token = &self.text[start..end];
        if token.len() >= opening.len() + closing.len()
            && token.starts_with(opening)
            && token.ends_with(closing)
        {
            Ok((start + opening.len(), end - closing.len()))
        } else {
            Err(Fault::at(start, XmlErrorKind::NotWellFormed))
        }
    }

    fn start_tag(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let (inside, inside_end) = self.inside(start, end, "<", ">")?;
        let index = self.element(inside, inside_end)?;
        self.open.push(index);
        Ok(())
    }

    fn empty_tag(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let (inside, inside_end) = self.inside(start, end, "<", "/>")?;
        self.element(inside, inside_end)?;
        Ok(())
    }

    fn end_tag(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let (inside, inside_end) = self.inside(start, end, "</", ">")?;
        let mismatch = Fault::at(start, XmlErrorKind::NotWellFormed);
        let Some(index) = self.open.last().copied() else {
            return Err(mismatch);
        };
        let Content::Element(element) = &self.nodes[index as usize].content else {
            return Err(mismatch);
        };
        let space = self.text[inside..inside_end].strip_prefix(element.name.qualified(self.text));
        if !space.is_some_and(is_blank) {
            return Err(mismatch);
        }
        self.end_text(start)?;
        self.open.pop();
        self.nodes[index as usize].end = self.nodes.len() as u32;
        Ok(())
    }

    /// Adds the element whose tag is inside `text[start..end]`, and returns its index.
    fn element(&mut self, start: usize, end: usize) -> Result<u32, Fault> {
        let at = start - 1;
        if self.open.is_empty() && !self.nodes.is_empty() {
            return Err(Fault::at(at, XmlErrorKind::OutsideRoot));
        }
        if self.open.len() >= self.budget.depth {
            return Err(Fault::at(
                at,
                XmlErrorKind::TooDeep {
                    limit: self.budget.depth,
                },
            ));
        }
        self.end_text(at)?;
        let mut tag = Tag::new(self.text, start, end);
        let name = tag.name()?;
        let first = self.attributes.len();
        let scope = self.tag_attributes(&mut tag, first)?;
        let namespace = self.resolve(name, scope)?;
        self.resolve_attributes(first, scope)?;
        let attributes = Span::new(first, self.attributes.len());
        self.push(
            Content::Element(ElementNode {
                name,
                namespace,
                attributes,
                scope,
            }),
            at,
        )
    }

    /// Adds a tag's attributes, from `first` on and with their namespaces open, and its namespace declarations;
    /// returns the scope that these make.
    fn tag_attributes(&mut self, tag: &mut Tag<'_>, first: usize) -> Result<Scope, Fault> {
        let outer = self.scope();
        let mut scope = outer;
        while let Some(raw) = tag.attribute()? {
            let value = match raw.needs_decoding {
                true => self.gatherer.attribute(raw.value)?,
                false => Value::Input(raw.value),
            };
            match (raw.name.prefix(self.text), raw.name.local(self.text)) {
                ("xmlns", _) => {
                    scope = self.declare(raw, raw.name.local_span(), value, scope, outer)?
                }
                ("", "xmlns") => {
                    scope = self.declare(raw, raw.name.prefix_span(), value, scope, outer)?
                }
                _ => self.attribute(raw.name, value, first)?,
            }
        }
        Ok(scope)
    }

    /// Adds a namespace declaration and returns the scope with it ([Namespaces in XML 1.0, §3](https://www.w3.org/TR/xml-names/#ns-decl)).
    fn declare(
        &mut self,
        raw: RawAttribute,
        prefix_span: Span,
        uri: Value,
        scope: Scope,
        outer: Scope,
    ) -> Result<Scope, Fault> {
        let fault = |kind| Fault::at(raw.name.start(), kind);
        let prefix = prefix_span.of(self.text);
        let (limit, in_scope) = (self.budget.namespaces, self.budget.namespaces_in_scope);
        check_namespace(prefix, self.gatherer.str(uri), self.budget).map_err(fault)?;
        if self.declared_between(prefix, scope, outer) {
            return Err(fault(XmlErrorKind::DuplicateAttribute));
        }
        if self.declarations.len() >= limit {
            return Err(fault(XmlErrorKind::TooManyNamespaces { limit }));
        }
        let count = tree::head(&self.declarations, scope).map_or(0, |(_, outer)| outer.count) + 1;
        if count as usize > in_scope {
            return Err(fault(XmlErrorKind::TooManyNamespacesInScope {
                limit: in_scope,
            }));
        }
        self.declarations.push(Declaration {
            prefix: prefix_span,
            uri,
            outer: scope,
            count,
        });
        Ok(std::num::NonZeroU32::new(self.declarations.len() as u32))
    }

    /// Whether one of the declarations that `scope` has more than `outer` is for the prefix.
    fn declared_between(&self, prefix: &str, mut scope: Scope, outer: Scope) -> bool {
        while scope != outer
            && let Some((_, declaration)) = tree::head(&self.declarations, scope)
        {
            if declaration.prefix.of(self.text) == prefix {
                return true;
            }
            scope = declaration.outer;
        }
        false
    }

    fn attribute(&mut self, name: Name, value: Value, first: usize) -> Result<(), Fault> {
        let fault = |kind| Err(Fault::at(name.start(), kind));
        let (limit, per_element) = (self.budget.attributes, self.budget.attributes_per_element);
        if self.attributes.len() >= limit {
            return fault(XmlErrorKind::TooManyAttributes { limit });
        }
        if self.attributes.len() - first >= per_element {
            return fault(XmlErrorKind::TooManyAttributesOnElement { limit: per_element });
        }
        if is_identifier(name.prefix(self.text), name.local(self.text)) {
            self.ids.push(self.attributes.len() as u32);
        }
        self.attributes.push(AttributeNode {
            name,
            namespace: Binding::None,
            value,
        });
        Ok(())
    }

    /// Resolves the prefixes of the attributes from `first` on and refuses two of one expanded name.
    fn resolve_attributes(&mut self, first: usize, scope: Scope) -> Result<(), Fault> {
        for index in first..self.attributes.len() {
            let name = self.attributes[index].name;
            if !name.prefix(self.text).is_empty() {
                self.attributes[index].namespace = self.resolve(name, scope)?;
            }
            let this = &self.attributes[index];
            // Each is compared with those before it: no more than the budget allows on one element.
            if self.attributes[first..index]
                .iter()
                .any(|other| self.same_name(this, other))
            {
                return Err(Fault::at(name.start(), XmlErrorKind::DuplicateAttribute));
            }
        }
        Ok(())
    }

    fn same_name(&self, a: &AttributeNode, b: &AttributeNode) -> bool {
        a.name.local(self.text) == b.name.local(self.text)
            && (a.namespace == b.namespace || self.uri(a.namespace) == self.uri(b.namespace))
    }

    fn uri(&self, binding: Binding) -> &str {
        match binding {
            Binding::None => "",
            Binding::Xml => XML_NAMESPACE,
            Binding::Declared(index) => self.gatherer.str(self.declarations[index as usize].uri),
        }
    }

    fn resolve(&self, name: Name, scope: Scope) -> Result<Binding, Fault> {
        tree::find(&self.declarations, self.text, name.prefix(self.text), scope)
            .ok_or(Fault::at(name.start(), XmlErrorKind::UndeclaredPrefix))
    }

    /// The scope of the innermost open element.
    fn scope(&self) -> Scope {
        match &self.nodes[*self.open.last()? as usize].content {
            Content::Element(element) => element.scope,
            Content::Text(_) => None,
        }
    }

    fn characters(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let piece = &self.text[start..end];
        if self.open.is_empty() {
            return if is_blank(piece) {
                Ok(())
            } else {
                Err(Fault::at(start, XmlErrorKind::OutsideRoot))
            };
        }
        if self.closing_bracket
            && let Some(at) = piece.find("]]>")
        {
            return Err(Fault::at(start + at, XmlErrorKind::NotWellFormed));
        }
        self.gatherer.characters(start, end);
        Ok(())
    }

    fn reference(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        self.inside(start, end, "&", ";")?;
        self.expect_open(start)?;
        self.gatherer.reference(start, end)
    }

    fn cdata(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let (inside, inside_end) = self.inside(start, end, "<![CDATA[", "]]>")?;
        self.expect_open(start)?;
        self.gatherer.characters(inside, inside_end);
        Ok(())
    }

    fn comment(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        let (inside, inside_end) = self.inside(start, end, "<!--", "-->")?;
        let comment = &self.text[inside..inside_end];
        if comment.contains("--") || comment.ends_with('-') {
            return Err(Fault::at(start, XmlErrorKind::NotWellFormed));
        }
        match self.budget.outside {
            Outside::Comments => Ok(()),
            Outside::WhitespaceOnly => self.expect_open(start),
        }
    }

    /// The [XML declaration](https://www.w3.org/TR/xml/#NT-XMLDecl): version, then perhaps encoding, then perhaps standalone.
    fn declaration(&self, start: usize, end: usize) -> Result<(), Fault> {
        if start != 0 {
            return Err(Fault::at(start, XmlErrorKind::ProcessingInstruction));
        }
        let (inside, inside_end) = self.inside(start, end, "<?xml", "?>")?;
        let mut tag = Tag::new(self.text, inside, inside_end);
        let mut stage = 0;
        while let Some(RawAttribute { name, value, .. }) = tag.attribute()? {
            let fault = |kind| Err(Fault::at(name.start(), kind));
            stage = match (stage, name.qualified(self.text), value.of(self.text)) {
                (0, "version", "1.0") => 1,
                (0, "version", _) => return fault(XmlErrorKind::Version),
                (1, "encoding", encoding) if encoding.eq_ignore_ascii_case("utf-8") => 2,
                (1, "encoding", _) => return fault(XmlErrorKind::Encoding),
                (1 | 2, "standalone", "yes" | "no") => 3,
                _ => return fault(XmlErrorKind::NotWellFormed),
            };
        }
        if stage == 0 {
            Err(Fault::at(start, XmlErrorKind::NotWellFormed))
        } else {
            Ok(())
        }
    }

    fn expect_open(&self, at: usize) -> Result<(), Fault> {
        if self.open.is_empty() {
            Err(Fault::at(at, XmlErrorKind::OutsideRoot))
        } else {
            Ok(())
        }
    }

    /// Adds the text gathered so far, if any, before what starts at `at`.
    fn end_text(&mut self, at: usize) -> Result<(), Fault> {
        if let Some(text) = self.gatherer.take_run() {
            self.push(Content::Text(text), at)?;
        }
        Ok(())
    }

    /// Adds a node without anything below it and returns its index.
    fn push(&mut self, content: Content, at: usize) -> Result<u32, Fault> {
        let limit = self.budget.nodes;
        if self.nodes.len() >= limit {
            return Err(Fault::at(at, XmlErrorKind::TooManyNodes { limit }));
        }
        let index = self.nodes.len() as u32;
        let parent = self.open.last().copied().unwrap_or(NO_PARENT);
        self.nodes.push(Node {
            end: index + 1,
            parent,
            content,
        });
        Ok(index)
    }

    fn finish(mut self, end: usize) -> Result<Arena, Fault> {
        if end != self.text.len() || !self.open.is_empty() || self.nodes.is_empty() {
            return Err(Fault::at(end, XmlErrorKind::NotWellFormed));
        }
        self.check_ids()?;
        Ok(Arena {
            decoded: self.gatherer.into_decoded(),
            nodes: self.nodes,
            attributes: self.attributes,
            declarations: self.declarations,
        })
    }

    /// Refuses a document in which two identifiers are the same, wherever and however spelled: a Reference could mean
    /// either of them.
    fn check_ids(&mut self) -> Result<(), Fault> {
        let mut ids = std::mem::take(&mut self.ids);
        let value = |index: u32| self.gatherer.str(self.attributes[index as usize].value);
        ids.sort_unstable_by(|&a, &b| value(a).cmp(value(b)).then(a.cmp(&b)));
        match ids.windows(2).find(|pair| value(pair[0]) == value(pair[1])) {
            Some(pair) => {
                let second = self.attributes[pair[1] as usize].name.start();
                Err(Fault::at(second, XmlErrorKind::DuplicateId))
            }
            None => Ok(()),
        }
    }
}

/// Whether an attribute is an identifier to anyone: `ID` (SAML), `Id` (XML Signature), `id` (others), `xml:id`.
fn is_identifier(prefix: &str, local: &str) -> bool {
    match prefix {
        "" => local.eq_ignore_ascii_case("id"),
        "xml" => local == "id",
        _ => false,
    }
}

fn check_namespace(prefix: &str, uri: &str, budget: &Budget) -> Result<(), XmlErrorKind> {
    let limit = budget.namespace_bytes;
    match (prefix, uri) {
        ("xml", XML_NAMESPACE) | ("", "") => Ok(()),
        ("xml" | "xmlns", _) | (_, "" | XML_NAMESPACE | XMLNS_NAMESPACE) => {
            Err(XmlErrorKind::NamespaceDeclaration)
        }
        _ if uri.len() > limit => Err(XmlErrorKind::NamespaceTooLong { limit }),
        _ if !has_scheme(uri) => Err(XmlErrorKind::RelativeNamespace),
        _ => Ok(()),
    }
}

/// Whether the URI starts with a scheme ([RFC 3986, §3.1](https://www.rfc-editor.org/rfc/rfc3986#section-3.1)).
fn has_scheme(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}
