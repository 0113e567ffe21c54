//! The few schema rules that all SAML messages share: order and number of children, versions, identifiers,
//! times and issuers. Whatever breaks one of them is refused before anything in it is believed.

use jiff::Timestamp;

use super::namespace::ENTITY_FORMAT;
use super::time;
use crate::xml::Element;
use crate::xml::collapsed;

/// The message is not what the schema says it must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) &'static str);

/// One kind of child in a sequence.
pub(super) struct Child {
    namespace: &'static str,
    local: &'static str,
    least: usize,
    most: usize,
}

impl Child {
    pub(super) const fn optional(namespace: &'static str, local: &'static str) -> Child {
        Child {
            namespace,
            local,
            least: 0,
            most: 1,
        }
    }

    pub(super) const fn one(namespace: &'static str, local: &'static str) -> Child {
        Child {
            least: 1,
            ..Child::optional(namespace, local)
        }
    }

    pub(super) const fn many(namespace: &'static str, local: &'static str) -> Child {
        Child {
            most: usize::MAX,
            ..Child::optional(namespace, local)
        }
    }
}

/// Checks that the children of `parent` are this sequence and nothing else, with no text between them.
pub(super) fn sequence(parent: Element<'_>, expected: &[Child]) -> Result<(), Malformed> {
    sequence_then(parent, expected, "", &[])
}

/// The same for a sequence that ends in elements of one namespace, of these local names, in any order.
pub(super) fn sequence_then(
    parent: Element<'_>,
    expected: &[Child],
    namespace: &str,
    locals: &[&str],
) -> Result<(), Malformed> {
    if !parent.has_only_whitespace_text() {
        return Err(Malformed("text stands where only elements may"));
    }
    let mut children = parent.children().peekable();
    for kind in expected {
        let mut count = 0;
        while children
            .next_if(|child| child.is(kind.namespace, kind.local))
            .is_some()
        {
            count += 1;
        }
        if count < kind.least || count > kind.most {
            return Err(Malformed("an element is missing, repeated or out of order"));
        }
    }
    match children.find(|child| !locals.iter().any(|local| child.is(namespace, local))) {
        None => Ok(()),
        Some(_) => Err(Malformed("an element is unknown, repeated or out of order")),
    }
}

/// The first child of this name.
pub(super) fn child<'d>(parent: Element<'d>, namespace: &str, local: &str) -> Option<Element<'d>> {
    parent.children().find(|child| child.is(namespace, local))
}

pub(super) fn children<'d>(
    parent: Element<'d>,
    namespace: &'d str,
    local: &'d str,
) -> impl Iterator<Item = Element<'d>> {
    parent
        .children()
        .filter(move |child| child.is(namespace, local))
}

/// Core §2.3.3, §3.2.2: `Version` is 2.0.
pub(super) fn version(element: Element<'_>) -> Result<(), Malformed> {
    if element.attribute("Version") == Some("2.0") {
        Ok(())
    } else {
        Err(Malformed("Version is not 2.0"))
    }
}

pub(super) fn id(element: Element<'_>) -> Result<&str, Malformed> {
    element
        .attribute("ID")
        .filter(|id| !id.is_empty())
        .ok_or(Malformed("ID is missing or empty"))
}

pub(super) fn required<'d>(element: Element<'d>, attribute: &str) -> Result<&'d str, Malformed> {
    element
        .attribute(attribute)
        .ok_or(Malformed("a required attribute is missing"))
}

pub(super) fn required_time(element: Element<'_>, attribute: &str) -> Result<Timestamp, Malformed> {
    optional_time(element, attribute)?.ok_or(Malformed("a required time is missing"))
}

pub(super) fn optional_time(
    element: Element<'_>,
    attribute: &str,
) -> Result<Option<Timestamp>, Malformed> {
    let read = |text| time::parse(text).ok_or(Malformed("a time is not an xs:dateTime in UTC"));
    element.attribute(attribute).map(read).transpose()
}

/// Says whether an element is null (XML Schema Part 1, §2.6.2): of all elements, an attribute's value alone may be.
pub(super) fn is_null(element: Element<'_>) -> bool {
    let nil = element.attribute_ns(INSTANCE, "nil");
    nil.is_some_and(|nil| matches!(collapsed(nil), "true" | "1"))
}

/// The whole text of an element that has no child elements, exactly as it stands.
pub(super) fn text(element: Element<'_>) -> Result<String, Malformed> {
    if is_null(element) {
        return Err(Malformed("an element is null that may not be"));
    }
    element
        .text()
        .map(str::to_owned)
        .ok_or(Malformed("an element stands where only text may"))
}

/// An issuer is an entity ID (Core §2.2.5, Profiles §4.1.4.2): text in entity format, or in none.
pub(super) fn issuer(element: Element<'_>) -> Result<String, Malformed> {
    let format = element.attribute("Format");
    if format.is_some_and(|format| format != ENTITY_FORMAT) {
        return Err(Malformed("an Issuer is not in entity format"));
    }
    address(element)
}

/// The text of an element whose type is an address (`xs:anyURI`, entity IDs included): without the white space around it,
/// and to the letter otherwise.
pub(super) fn address(element: Element<'_>) -> Result<String, Malformed> {
    text(element).map(|text| collapsed(&text).to_owned())
}

pub(super) fn address_in(element: Element<'_>, attribute: &str) -> Option<String> {
    let text = element.attribute(attribute)?;
    Some(collapsed(text).to_owned())
}

/// `xsi`: what an instance says of its own schema.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
