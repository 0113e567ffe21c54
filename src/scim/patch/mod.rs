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
mod request;
#[cfg(test)]
mod tests;

use serde_json::Map;
use serde_json::Value;

pub(super) use self::apply::apply;
pub use self::group::MembershipChange;
pub use self::group::PatchedGroup;
pub(super) use self::group::push;
pub(super) use self::operation::Operation;
pub(super) use self::operation::Target;
pub(super) use self::reading::Reading;
pub(crate) use self::request::PATCH_OP;
pub use self::request::PatchRequest;
pub(super) use self::request::check_schema;
pub(super) use self::request::named;
pub(super) use self::request::take;
use super::ScimError;
use super::resource::Resource;
use super::resource::check_size;
use super::schema::ResourceType;
use super::user_name;

/// A patched user.
#[derive(Clone, PartialEq)]
pub struct Patched {
    /// The resource as it is now.
    pub resource: Resource,
    /// The attributes that have another value than before, as the schemas spell them. Empty if nothing has changed: then
    /// there is no new version.
    pub changed: Vec<String>,
}

impl PatchRequest {
    /// Patches a resource that has no members: a user.
    ///
    /// # Errors
    /// `noTarget`, `mutability` or `invalidValue`, for an operation that cannot be done on this resource; a failure of the
    /// server, where members are to be changed: groups have [`PatchRequest::apply_to_group`].
    pub fn apply(&self, resource: &Resource, of: &ResourceType) -> Result<Patched, ScimError> {
        if self.operations.iter().any(Operation::is_of_members) {
            return Err(ScimError::Internal);
        }
        self.patched(resource, |_| true, of)
    }

    /// A resource after the operations that are chosen.
    fn patched(
        &self,
        resource: &Resource,
        chosen: impl Fn(&Operation) -> bool,
        of: &ResourceType,
    ) -> Result<Patched, ScimError> {
        let mut attributes = resource.attributes().clone();
        for operation in self.operations.iter().filter(|of| chosen(of)) {
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
        })
    }
}

/// The names of what differs, in the order of the schemas.
pub(super) fn changed(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    of: &ResourceType,
) -> Vec<String> {
    let mut names = Vec::new();
    for attribute in of.attributes() {
        differing(
            &mut names,
            "",
            attribute,
            before.get(&attribute.name),
            after.get(&attribute.name),
        );
    }
    for schema in of.extensions() {
        let within = |document: &Map<String, Value>, name: &str| {
            document
                .get(schema.id())
                .and_then(|of| of.get(name))
                .cloned()
        };
        let prefix = format!("{}:", schema.id());
        for attribute in schema.attributes() {
            let (before, after) = (
                within(before, &attribute.name),
                within(after, &attribute.name),
            );
            differing(
                &mut names,
                &prefix,
                attribute,
                before.as_ref(),
                after.as_ref(),
            );
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
