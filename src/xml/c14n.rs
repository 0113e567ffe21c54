//! [Exclusive XML Canonicalization 1.0](https://www.w3.org/TR/xml-exc-c14n/) without comments, of a subtree. One pass over the
//! nodes in document order with a stack of open elements; no recursion. The length of the output is bounded by the document's
//! budget, because a short name can repeat a long namespace declaration.

use super::arena::Content;
use super::arena::in_scope;
use super::chars::same;
use super::error::Fault;
use super::error::XmlError;
use super::error::XmlErrorKind;
use super::escape::escape_attribute;
use super::escape::escape_text;
use super::tree::Attribute;
use super::tree::Element;

/// Appends the canonical form of `element` to `out`, leaving out the subtree `omit`: the Signature that is enveloped.
///
/// `inclusive_prefixes` is the PrefixList of `InclusiveNamespaces`, with `#default` for the default namespace. The
/// output is never empty. Fails if `omit` is not below `element`, if the list is longer than the namespaces that the
/// budget allows in scope, or if the form outgrows the budget; `out` must then be thrown away.
pub fn canonicalize(
    element: Element<'_>,
    omit: Option<Element<'_>>,
    inclusive_prefixes: &[&str],
    out: &mut String,
) -> Result<(), XmlError> {
    canonicalize_within("", element, omit, inclusive_prefixes, out)
}

/// As [`canonicalize`], for a place in another document where the default namespace is `outer_default`.
pub(super) fn canonicalize_within<'d>(
    outer_default: &'d str,
    element: Element<'d>,
    omit: Option<Element<'_>>,
    inclusive_prefixes: &[&str],
    out: &mut String,
) -> Result<(), XmlError> {
    let fault = |kind| Fault::at(element.offset(), kind).locate(&element.document.text);
    let limit = element.document.budget.namespaces_in_scope;
    if inclusive_prefixes.len() > limit {
        return Err(fault(XmlErrorKind::TooManyInclusivePrefixes { limit }));
    }
    if omit.is_some_and(|omit| !is_below(omit, element)) {
        return Err(fault(XmlErrorKind::Omission));
    }
    let limit = out
        .len()
        .saturating_add(element.document.budget.canonical_bytes);
    out.reserve(
        element
            .document
            .text
            .len()
            .min(element.document.budget.canonical_bytes),
    );
    Canonicalizer {
        inclusive_prefixes,
        out,
        limit,
        rendered: vec![Namespace {
            prefix: "",
            uri: outer_default,
        }],
        needed: Vec::new(),
        attributes: Vec::new(),
        open: Vec::new(),
    }
    .subtree(element, omit.map(|omit| omit.index))
    .map_err(fault)
}

fn is_below(inner: Element<'_>, outer: Element<'_>) -> bool {
    std::ptr::addr_eq(inner.document, outer.document)
        && outer.index < inner.index
        && inner.index < outer.node().end
}

struct Canonicalizer<'d, 'c> {
    inclusive_prefixes: &'c [&'c str],
    out: &'c mut String,
    /// The length that the output must not exceed.
    limit: usize,
    /// Declarations written on open elements, innermost last.
    rendered: Vec<Namespace<'d>>,
    /// Declarations to write on the element at hand. Kept for its allocation.
    needed: Vec<Namespace<'d>>,
    /// Attributes of the element at hand. Kept for its allocation.
    attributes: Vec<Attribute<'d>>,
    open: Vec<Open<'d>>,
}

/// A namespace node: a binding in force.
#[derive(Clone, Copy)]
struct Namespace<'d> {
    prefix: &'d str,
    uri: &'d str,
}

/// An element whose end tag is still to be written.
struct Open<'d> {
    name: &'d str,
    /// The index of the first node after it.
    end: u32,
    /// The number of declarations that had been rendered before it.
    rendered: usize,
}

impl<'d> Canonicalizer<'d, '_> {
    fn subtree(mut self, apex: Element<'d>, omit: Option<u32>) -> Result<(), XmlErrorKind> {
        let document = apex.document;
        let end = apex.node().end;
        let mut index = apex.index;
        while index < end {
            self.close_until(index);
            let node = &document.arena.nodes[index as usize];
            if Some(index) == omit {
                index = node.end;
                continue;
            }
            match &node.content {
                Content::Element(_) => self.start(Element { document, index }, index == apex.index),
                Content::Text(text) => escape_text(document.value(*text), self.out),
            }
            if self.out.len() > self.limit {
                return Err(XmlErrorKind::CanonicalTooLarge {
                    limit: document.budget.canonical_bytes,
                });
            }
            index += 1;
        }
        self.close_until(end);
        Ok(())
    }

    /// Writes the end tags of the elements that end before the node `index`.
    fn close_until(&mut self, index: u32) {
        while let Some(open) = self.open.pop_if(|open| open.end <= index) {
            self.out.push_str("</");
            self.out.push_str(open.name);
            self.out.push('>');
            self.rendered.truncate(open.rendered);
        }
    }

    fn start(&mut self, element: Element<'d>, apex: bool) {
        let name = element.qualified_name();
        self.open.push(Open {
            name,
            end: element.node().end,
            rendered: self.rendered.len(),
        });
        self.out.push('<');
        self.out.push_str(name);
        self.collect(element, apex);
        self.write_namespaces();
        self.write_attributes();
        self.out.push('>');
    }

    /// Gathers the attributes and the namespaces to write: those that the names use visibly, and those of the prefix
    /// list that are in scope, unless an element around already shows the same.
    fn collect(&mut self, element: Element<'d>, apex: bool) {
        self.need(element.prefix(), element.namespace());
        self.attributes.clear();
        self.attributes.extend(element.attributes());
        for index in 0..self.attributes.len() {
            let attribute = self.attributes[index];
            if !attribute.prefix().is_empty() {
                self.need(attribute.prefix(), attribute.namespace());
            }
        }
        // Below the apex the list can only matter where something is declared.
        if apex
            || element
                .parent()
                .is_none_or(|parent| parent.data().scope != element.data().scope)
        {
            self.need_inclusive(element);
        }
    }

    fn need_inclusive(&mut self, element: Element<'d>) {
        for &token in self.inclusive_prefixes {
            let prefix = if token == "#default" { "" } else { token };
            if let Some(namespace) = namespace_of(element, prefix) {
                self.need(namespace.prefix, namespace.uri);
            }
        }
    }

    fn need(&mut self, prefix: &'d str, uri: &'d str) {
        let shown = self
            .rendered
            .iter()
            .rev()
            .find(|shown| same(shown.prefix, prefix));
        // The prefix `xml` is never declared.
        if prefix == "xml"
            || shown.is_some_and(|shown| same(shown.uri, uri))
            || self.needed.iter().any(|needed| same(needed.prefix, prefix))
        {
            return;
        }
        self.needed.push(Namespace { prefix, uri });
    }

    fn write_namespaces(&mut self) {
        self.needed
            .sort_unstable_by_key(|namespace| namespace.prefix);
        for Namespace { prefix, uri } in &self.needed {
            self.out.push_str(" xmlns");
            if !prefix.is_empty() {
                self.out.push(':');
                self.out.push_str(prefix);
            }
            self.out.push_str("=\"");
            escape_attribute(uri, self.out);
            self.out.push('"');
        }
        self.rendered.append(&mut self.needed);
    }

    fn write_attributes(&mut self) {
        self.attributes
            .sort_unstable_by_key(|attribute| (attribute.namespace(), attribute.local()));
        for attribute in &self.attributes {
            self.out.push(' ');
            self.out.push_str(attribute.qualified_name());
            self.out.push_str("=\"");
            escape_attribute(attribute.value(), self.out);
            self.out.push('"');
        }
    }
}

/// The namespace that a prefix of the list has here, with the prefix as the document spells it; an undeclared default
/// namespace is one, an undeclared prefix is none.
fn namespace_of<'d>(element: Element<'d>, prefix: &str) -> Option<Namespace<'d>> {
    let document = element.document;
    let mut declarations = in_scope(&document.arena.declarations, element.data().scope);
    let declared = declarations.find(|one| same(one.prefix.of(&document.text), prefix));
    match declared {
        Some(declared) => Some(Namespace {
            prefix: declared.prefix.of(&document.text),
            uri: document.value(declared.uri),
        }),
        None => prefix.is_empty().then_some(Namespace {
            prefix: "",
            uri: "",
        }),
    }
}
