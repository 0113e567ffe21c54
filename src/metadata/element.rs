//! Elements of metadata: their children by name, and their attributes that are addresses.

use crate::saml::namespace::METADATA;
use crate::xml::Element;
use crate::xml::collapsed;

/// An attribute of the type `xs:anyURI`: white space at its ends is no part of it.
pub(super) fn uri<'d>(element: Element<'d>, name: &str) -> Option<&'d str> {
    element.attribute(name).map(collapsed)
}

pub(super) fn children<'d>(
    roles: &[Element<'d>],
    local: &'static str,
) -> impl Iterator<Item = Element<'d>> {
    roles.iter().flat_map(move |role| named(*role, local))
}

pub(super) fn named<'d>(
    parent: Element<'d>,
    local: &'static str,
) -> impl Iterator<Item = Element<'d>> {
    parent
        .children()
        .filter(move |child| child.is(METADATA, local))
}
