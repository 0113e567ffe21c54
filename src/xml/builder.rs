//! The tree under construction: elements with their names resolved, within the budget. Enforces what needs more than one token:
//! that tags match, prefixes are declared, attributes and identifiers are unique. Budgets are counted down as the tree grows,
//! so a hostile document stops where it runs out.

use super::XML_NAMESPACE;
use super::XMLNS_NAMESPACE;
use super::arena::Arena;
use super::arena::AttributeNode;
use super::arena::Binding;
use super::arena::Content;
use super::arena::Declaration;
use super::arena::ElementNode;
use super::arena::NO_PARENT;
use super::arena::Name;
use super::arena::Node;
use super::arena::Scope;
use super::arena::Span;
use super::arena::Value;
use super::arena::head;
use super::budget::Budget;
use super::chars::is_space;
use super::chars::same;
use super::chars::same_bytes;
use super::error::Fault;
use super::error::XmlErrorKind;
use super::in_scope::InScope;
use super::in_scope::key;
use super::in_scope::wide_key;
use super::tag::RawAttribute;
use super::tag::Tag;
use super::text::Gatherer;

pub(super) struct Builder<'a> {
    text: &'a str,
    budget: &'a Budget,
    gatherer: Gatherer<'a>,
    nodes: Vec<Node>,
    attributes: Vec<AttributeNode>,
    declarations: Vec<Declaration>,
    in_scope: InScope,
    /// The keys of the local names of the attributes at hand. Kept for its allocation.
    keys: Vec<u32>,
    /// Open elements, by index.
    open: Vec<u32>,
    /// Attributes that are identifiers, by index.
    ids: Vec<u32>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: &'a str, budget: &'a Budget, carriage_return: bool) -> Self {
        Self {
            text,
            budget,
            gatherer: Gatherer::new(text, carriage_return),
            // Messages have one node in 40 bytes and one attribute in 80; others grow.
            nodes: Vec::with_capacity((text.len() / 40).min(budget.nodes) + 8),
            attributes: Vec::with_capacity((text.len() / 80).min(budget.attributes) + 8),
            declarations: Vec::with_capacity(16),
            in_scope: InScope::new(),
            keys: Vec::new(),
            open: Vec::with_capacity(16),
            ids: Vec::new(),
        }
    }

    /// Adds the element whose start tag or empty-element tag starts at `at`, and returns where the tag ends. What comes
    /// after a start tag is its content.
    pub(super) fn start_tag(&mut self, at: usize) -> Result<usize, Fault> {
        self.expect_room(at)?;
        self.end_text(at)?;
        let mut tag = Tag::new(self.text, at + "<".len(), self.text.len());
        let name = tag.name()?;
        let first = self.attributes.len();
        let scope = self.tag_attributes(&mut tag, first)?;
        let (empty, end) = tag.close()?;
        let namespace = self.resolve(name)?;
        self.resolve_attributes(first)?;
        let element = ElementNode {
            name,
            namespace,
            attributes: Span::new(first, self.attributes.len()),
            scope,
        };
        let index = self.push(Content::Element(element), at)?;
        if !empty {
            self.open.push(index);
        }
        Ok(end)
    }

    /// Fails where no element may start: after the root, or too deep.
    fn expect_room(&self, at: usize) -> Result<(), Fault> {
        let limit = self.budget.depth;
        if self.open.is_empty() && !self.nodes.is_empty() {
            return Err(Fault::at(at, XmlErrorKind::OutsideRoot));
        }
        if self.open.len() >= limit {
            return Err(Fault::at(at, XmlErrorKind::TooDeep { limit }));
        }
        Ok(())
    }

    /// Ends the innermost open element, whose end tag starts at `at`, and returns where the tag ends.
    pub(super) fn end_tag(&mut self, at: usize) -> Result<usize, Fault> {
        let start = at + "</".len();
        let mismatch = Fault::at(start, XmlErrorKind::NotWellFormed);
        let Some(index) = self.open.last().copied() else {
            return Err(mismatch);
        };
        let Content::Element(element) = &self.nodes[index as usize].content else {
            return Err(mismatch);
        };
        let name = element.name.qualified(self.text).as_bytes();
        let Some((written, rest)) = self.text.as_bytes()[start..].split_at_checked(name.len())
        else {
            return Err(mismatch);
        };
        if !same_bytes(written, name) {
            return Err(mismatch);
        }
        let space = rest.iter().take_while(|&&byte| is_space(byte)).count();
        if rest.get(space) != Some(&b'>') {
            return Err(mismatch);
        }
        self.end_text(at)?;
        self.open.pop();
        self.nodes[index as usize].end = self.nodes.len() as u32;
        Ok(start + name.len() + space + ">".len())
    }

    /// Adds `text[start..end]`, character data without references, to the content of the open element.
    pub(super) fn characters(&mut self, start: usize, end: usize) {
        self.gatherer.characters(start, end);
    }

    /// Adds what the reference at `text[start..end]` stands for to the content of the open element.
    pub(super) fn reference(&mut self, start: usize, end: usize) -> Result<(), Fault> {
        self.gatherer.reference(start, end)
    }

    /// True if no element is open: before the root, or after it.
    pub(super) fn is_outside(&self) -> bool {
        self.open.is_empty()
    }

    /// The finished tree. Fails if there is no root, if it is still open, or if identifiers repeat.
    pub(super) fn finish(self) -> Result<Arena, Fault> {
        if !self.open.is_empty() || self.nodes.is_empty() {
            return Err(Fault::at(self.text.len(), XmlErrorKind::NotWellFormed));
        }
        self.check_ids()?;
        Ok(Arena {
            decoded: self.gatherer.into_decoded(),
            nodes: self.nodes,
            attributes: self.attributes,
            declarations: self.declarations,
        })
    }

    /// Adds a tag's attributes, from `first` on and with their namespaces open, and its namespace declarations;
    /// returns the scope that these make.
    fn tag_attributes(&mut self, tag: &mut Tag<'_>, first: usize) -> Result<Scope, Fault> {
        let mut scope = self.scope();
        let outer = self.declared(scope);
        self.in_scope.truncate(outer);
        while let Some(raw) = tag.attribute()? {
            let value = match raw.needs_decoding {
                true => self.gatherer.attribute(raw.value)?,
                false => Value::Input(raw.value),
            };
            scope = match declared_prefix(raw.name, self.text) {
                Some(prefix) => self.declare(raw, prefix, value, scope, outer)?,
                None => {
                    self.attribute(raw.name, value, first)?;
                    scope
                }
            };
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
        outer: usize,
    ) -> Result<Scope, Fault> {
        let fault = |kind| Fault::at(raw.name.start(), kind);
        let prefix = prefix_span.of(self.text);
        let (limit, in_scope) = (self.budget.namespaces, self.budget.namespaces_in_scope);
        check_namespace(prefix, self.gatherer.str(uri), self.budget).map_err(fault)?;
        let declared = &self.declarations;
        let twice = self
            .in_scope
            .declared_after(outer, declared, self.text, prefix);
        if twice.is_some() {
            return Err(fault(XmlErrorKind::DuplicateAttribute));
        }
        if self.declarations.len() >= limit {
            return Err(fault(XmlErrorKind::TooManyNamespaces { limit }));
        }
        let count = self.declared(scope) + 1;
        if count > in_scope {
            return Err(fault(XmlErrorKind::TooManyNamespacesInScope {
                limit: in_scope,
            }));
        }
        self.in_scope.push(prefix, self.declarations.len() as u32);
        self.declarations.push(Declaration {
            prefix: prefix_span,
            uri,
            outer: scope,
            count: count as u32,
        });
        Ok(std::num::NonZeroU32::new(self.declarations.len() as u32))
    }

    fn declared(&self, scope: Scope) -> usize {
        head(&self.declarations, scope).map_or(0, |innermost| innermost.count as usize)
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
    fn resolve_attributes(&mut self, first: usize) -> Result<(), Fault> {
        self.keys.clear();
        for index in first..self.attributes.len() {
            let name = self.attributes[index].name;
            if !name.prefix(self.text).is_empty() {
                self.attributes[index].namespace = self.resolve(name)?;
            }
            let key = key(name.local(self.text));
            // Each is compared with those before it: no more than the budget allows on one element.
            if self.keys.contains(&key) && self.occurs_before(index, first) {
                return Err(Fault::at(name.start(), XmlErrorKind::DuplicateAttribute));
            }
            self.keys.push(key);
        }
        Ok(())
    }

    fn occurs_before(&self, index: usize, first: usize) -> bool {
        let this = &self.attributes[index];
        self.attributes[first..index]
            .iter()
            .any(|other| self.same_name(this, other))
    }

    fn same_name(&self, a: &AttributeNode, b: &AttributeNode) -> bool {
        a.name.local(self.text) == b.name.local(self.text)
            && (a.namespace == b.namespace || same(self.uri(a.namespace), self.uri(b.namespace)))
    }

    fn uri(&self, binding: Binding) -> &str {
        match binding {
            Binding::None => "",
            Binding::Xml => XML_NAMESPACE,
            Binding::Declared(index) => self.gatherer.str(self.declarations[index as usize].uri),
        }
    }

    fn resolve(&self, name: Name) -> Result<Binding, Fault> {
        self.in_scope
            .find(&self.declarations, self.text, name.prefix(self.text))
            .ok_or(Fault::at(name.start(), XmlErrorKind::UndeclaredPrefix))
    }

    fn scope(&self) -> Scope {
        match &self.nodes[*self.open.last()? as usize].content {
            Content::Element(element) => element.scope,
            Content::Text(_) => None,
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

    /// Refuses a document in which two identifiers are the same, wherever and however spelled: a Reference could mean
    /// either of them.
    ///
    /// Sorted by a number first, since most texts have one of their own; where a document sees to it that they have not, by text.
    fn check_ids(&self) -> Result<(), Fault> {
        let value = |index: u32| self.gatherer.str(self.attributes[index as usize].value);
        let mut ids: Vec<_> = self
            .ids
            .iter()
            .map(|&id| (wide_key(value(id)), id))
            .collect();
        ids.sort_unstable_by(|&(key, id), &(other_key, other)| {
            let by_key = key.cmp(&other_key);
            by_key.then_with(|| value(id).cmp(value(other)).then(id.cmp(&other)))
        });
        let same = |pair: &&[(u64, u32)]| {
            let [(key, id), (other_key, other)] = [pair[0], pair[1]];
            key == other_key && value(id) == value(other)
        };
        match ids.windows(2).find(same) {
            Some(pair) => {
                let second = self.attributes[pair[1].1 as usize].name.start();
                Err(Fault::at(second, XmlErrorKind::DuplicateId))
            }
            None => Ok(()),
        }
    }
}

/// The prefix that an attribute of this name declares, empty for the default namespace; `None` if it declares none.
///
/// Empty texts are told by their length, here and below: see [`same`].
fn declared_prefix(name: Name, text: &str) -> Option<Span> {
    match name.has_prefix() {
        true => (name.prefix(text) == "xmlns").then(|| name.local_span()),
        false => (name.local(text) == "xmlns").then(|| name.prefix_span()),
    }
}

/// True if an attribute is an identifier to anyone: `ID` (SAML), `Id` (XML Signature), `id` (others), `xml:id`.
fn is_identifier(prefix: &str, local: &str) -> bool {
    if prefix.is_empty() {
        return local.eq_ignore_ascii_case("id");
    }
    prefix == "xml" && local == "id"
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

/// True if the URI starts with a scheme ([RFC 3986, §3.1](https://www.rfc-editor.org/rfc/rfc3986#section-3.1)).
fn has_scheme(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}
