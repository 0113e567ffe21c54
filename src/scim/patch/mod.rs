//! PATCH (RFC 7644 §3.5.2). A user is patched as a whole, in memory; a group without its members, which can be many: its
//! patch says which of them come and go, and the store touches no others. Either leaves the resource as it was when an
//! operation fails.

#[cfg(test)]
mod address_tests;
mod apply;
#[cfg(test)]
mod effort_tests;
mod group;
#[cfg(test)]
mod group_tests;
#[cfg(test)]
mod model_tests;
mod once;
mod operation;
mod reading;
#[cfg(test)]
mod refusal_tests;
mod request;
#[cfg(test)]
mod tests;

use serde_json::Map;
use serde_json::Value;

pub(super) use self::apply::apply;
pub use self::group::MembershipChange;
pub(super) use self::group::push;
pub(super) use self::operation::Operation;
pub(super) use self::operation::Target;
pub(super) use self::reading::Reading;
pub(crate) use self::request::PATCH_OP;
pub use self::request::PatchRequest;
pub(super) use self::request::check_schema;
use super::ScimError;
use super::limits;
use super::path::holder;
use super::resource::Resource;
use super::resource::check_size;
use super::schema::ResourceType;
use super::user_name;

/// A patched resource.
#[derive(Clone, PartialEq)]
pub struct Patched {
    /// The resource as it is now, but for the members of a group.
    pub resource: Resource,
    /// The attributes that have another value than before, as the schemas spell them. Empty if nothing has changed: then
    /// there is no new version. `members` is not among them: whether they have changed is known when the changes are done.
    pub changed: Vec<String>,
    /// The changes to the members of a group, in this order.
    pub membership: Vec<MembershipChange>,
}

impl PatchRequest {
    /// Patches a resource. The members of a group need not be loaded.
    ///
    /// # Errors
    /// `noTarget`, `mutability` or `invalidValue`, for an operation that cannot be done on this resource.
    pub fn apply(&self, resource: &Resource, of: &ResourceType) -> Result<Patched, ScimError> {
        let membership = self.membership()?;
        let mut attributes = resource.attributes().clone();
        for operation in self.operations.iter().filter(|of| !of.is_of_members()) {
            let applied = apply(&mut attributes, operation);
            let applied = applied.and_then(|()| check_size(&attributes));
            let applied = applied.and_then(|()| match operation.is_of("userName") {
                true => user_name::check(resource.kind(), resource.attributes(), &attributes),
                false => Ok(()),
            });
            applied.map_err(|error| self.of_operation(operation, error))?;
        }
        let patched = Resource::checked(resource.kind(), attributes, of);
        let patched = patched.map_err(|error| self.of_whole(error))?;
        Ok(Patched {
            changed: changed(resource.attributes(), patched.attributes(), of),
            resource: patched,
            membership,
        })
    }

    fn membership(&self) -> Result<Vec<MembershipChange>, ScimError> {
        let mut membership = Vec::new();
        let mut filters = 0;
        for operation in self.operations.iter().filter(|of| of.is_of_members()) {
            let change = operation.membership();
            filters += usize::from(matches!(change, MembershipChange::RemoveWhere(_)));
            let checked =
                limits::check_count(filters, limits::MEMBER_FILTERS, "filters on members");
            checked.map_err(|error| self.of_operation(operation, error))?;
            push(&mut membership, change);
        }
        Ok(membership)
    }
}

/// The names of what differs, in the order of the schemas.
pub(super) fn changed(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    of: &ResourceType,
) -> Vec<String> {
    let mut names = Vec::new();
    for (urn, prefix, attributes) in of.by_schema() {
        let (before, after) = (holder(before, urn), holder(after, urn));
        for attribute in attributes {
            let name = attribute.name.as_str();
            let before = before.and_then(|before| before.get(name));
            let after = after.and_then(|after| after.get(name));
            differing(&mut names, &prefix, attribute, before, after);
        }
    }
    names
}

/// One complex value is taken apart; of several values the attribute's name has to do.
fn differing(
    names: &mut Vec<String>,
    prefix: &str,
    attribute: &super::schema::Attribute,
    before: Option<&Value>,
    after: Option<&Value>,
) {
    if before == after {
        return;
    }
    let name = format!("{prefix}{}", attribute.name);
    if attribute.multi_valued || attribute.sub_attributes.is_empty() {
        return names.push(name);
    }
    for part in &attribute.sub_attributes {
        let of = |value: Option<&Value>| value.and_then(|value| value.get(&part.name)).cloned();
        if of(before) != of(after) {
            names.push(format!("{name}.{}", part.name));
        }
    }
}
