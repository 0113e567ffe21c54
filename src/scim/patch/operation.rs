//! One operation, resolved against the schemas: what to do, to which attribute, with a value that fits.

use std::sync::Arc;

use serde_json::Value;

use crate::scim::filter::Node;
use crate::scim::member::MemberRef;
use crate::scim::path::AttributePath;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::scim) enum Action {
    Add,
    Replace,
    Remove,
}

#[derive(Clone, PartialEq)]
pub(in crate::scim) struct Operation {
    /// Its place in the request, for errors.
    pub(in crate::scim) index: usize,
    pub(in crate::scim) target: Target,
    pub(in crate::scim) change: PatchAction,
}

#[derive(Clone, PartialEq)]
pub(in crate::scim) enum Target {
    /// An attribute or sub-attribute, of the values that meet the filter where there is one.
    Attribute(AttributePath, Option<Node>),
    /// All that an extension holds.
    Extension(Arc<str>),
}

#[derive(Clone, PartialEq)]
pub(in crate::scim) enum PatchAction {
    /// The value is added to what there is; one value takes the place of another.
    Add(Value),
    /// The value takes the place of what there is.
    Replace(Value),
    /// Everything at the target goes, because of a removal.
    Remove,
    /// Everything at the target goes, because null was written to it.
    Clear,
    /// These values go, of a multi-valued attribute.
    RemoveNamed(Vec<Value>),
    AddMembers(Vec<MemberRef>),
    ReplaceMembers(Vec<MemberRef>),
    RemoveMembers(Vec<MemberRef>),
}

impl Operation {
    /// True for an operation on this attribute of the resource's own schema, or on a part of it.
    pub(in crate::scim) fn is_of(&self, name: &str) -> bool {
        matches!(&self.target, Target::Attribute(path, _) if path.is_of(name))
    }

    pub(in crate::scim) fn is_of_members(&self) -> bool {
        self.is_of("members")
    }
}

impl Target {
    /// True for an extension that has the attribute of this full name, and for its other attributes.
    pub(super) fn is_beside(&self, name: &str) -> bool {
        let extension = match self {
            Target::Attribute(path, _) => path.extension(),
            Target::Extension(urn) => Some(urn.as_ref()),
        };
        // One URN may continue another.
        let urn = name.rsplit_once(':').map(|(urn, _)| urn);
        urn.is_some() && urn == extension
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_of_a_longer_urn_is_not_beside_a_shorter_one() {
        for (urn, name, expected) in [
            ("urn:acme:user", "urn:acme:user:number", true),
            ("urn:acme:user", "urn:acme:user:manager.value", true),
            ("urn:acme:user", "urn:acme:user:badge:number", false),
            ("urn:acme:user:badge", "urn:acme:user:badge:number", true),
            ("urn:acme:user", "title", false),
        ] {
            let target = Target::Extension(Arc::from(urn));
            assert_eq!(target.is_beside(name), expected, "{urn} {name}");
        }
    }
}
