//! A resource that a client sent, on its way into the directory.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use super::Resource;
use super::check_size;
use crate::scim::ScimError;
use crate::scim::limits;
use crate::scim::member::MemberRef;
use crate::scim::patch::MembershipChange;
use crate::scim::patch::Patched;
use crate::scim::patch::Reading;
use crate::scim::patch::apply;
use crate::scim::patch::changed;
use crate::scim::patch::push;
use crate::scim::schema::Attribute;
use crate::scim::schema::Mutability;
use crate::scim::schema::ResourceKind;
use crate::scim::schema::ResourceType;
use crate::scim::user_name;

/// A resource that a client sent, to create or replace one.
#[derive(Clone, PartialEq)]
pub struct Draft {
    /// The attributes.
    pub resource: Resource,
    /// The members, of a group.
    pub members: Vec<MemberRef>,
    /// Names that the client sent and no schema has.
    pub overlooked: Vec<String>,
}

impl Draft {
    /// Reads the body of a POST or PUT. Nulls, `meta`, `id`, attributes that no schema has and schemas that nobody
    /// declared are overlooked (RFC 7644 §3.3); so are passwords.
    ///
    /// # Errors
    /// `invalidSyntax` for what is no object within the limits, `invalidValue` for a value of another type and for a
    /// required attribute that is missing.
    pub fn read(body: Value, of: &ResourceType) -> Result<Draft, ScimError> {
        limits::check(&body)?;
        let Value::Object(body) = body else {
            return Err(ScimError::syntax("an object"));
        };
        let mut attributes = Map::new();
        let mut membership = Vec::new();
        let mut reading = Reading::new(of);
        reading.assignments(body)?;
        for operation in reading.operations {
            match operation.is_of_members() {
                true => push(&mut membership, operation.membership()),
                false => {
                    apply(&mut attributes, &operation)?;
                    check_size(&attributes)?;
                }
            }
        }
        Ok(Draft {
            resource: Resource::checked(of.kind(), attributes, of)?,
            members: named(membership),
            overlooked: reading.overlooked.into_names(),
        })
    }

    /// Checks that the resource may be created: its name must be one that a new user may have. The rest holds for every draft.
    ///
    /// Fails with `invalidValue` otherwise.
    pub fn check_new(&self) -> Result<(), ScimError> {
        let Resource { kind, attributes } = &self.resource;
        user_name::check(*kind, &Map::new(), attributes)
    }

    /// The resource to create. A user whose `active` is not mentioned may sign on.
    pub fn created(mut self) -> Draft {
        if self.resource.kind == ResourceKind::User {
            let active = self.resource.attributes.entry("active");
            active.or_insert(Value::Bool(true));
        }
        self
    }

    /// The resource that takes the place of another (RFC 7644 §3.5.1). What is not mentioned is gone, but for two things:
    /// immutable attributes stay, and so does `active`, since a client that does not know the attribute must not let a
    /// leaver in again. The members are the draft's.
    /// An immutable attribute with another value is refused (`mutability`).
    pub(crate) fn replacing(self, old: &Resource, of: &ResourceType) -> Result<Patched, ScimError> {
        let mut attributes = self.resource.attributes;
        if let Some(active) = old.attributes.get("active") {
            attributes.entry("active").or_insert(active.clone());
        }
        keep_immutable("", of.attributes(), &old.attributes, &mut attributes)?;
        for schema in of.extensions() {
            let prefix = format!("{}:", schema.id());
            let Some(Value::Object(before)) = old.attributes.get(schema.id()) else {
                continue;
            };
            let mut after = match attributes.remove(schema.id()) {
                Some(Value::Object(after)) => after,
                _ => Map::new(),
            };
            keep_immutable(&prefix, schema.attributes().iter(), before, &mut after)?;
            if !after.is_empty() {
                attributes.insert(schema.id().to_owned(), Value::Object(after));
            }
        }
        user_name::check(old.kind, &old.attributes, &attributes)?;
        let resource = Resource::checked(old.kind, attributes, of)?;
        Ok(Patched {
            changed: changed(&old.attributes, &resource.attributes, of),
            resource,
            membership: match (old.kind, self.members.is_empty()) {
                (ResourceKind::User, _) => Vec::new(),
                (ResourceKind::Group, true) => vec![MembershipChange::Clear],
                (ResourceKind::Group, false) => vec![MembershipChange::Replace(self.members)],
            },
        })
    }
}

fn keep_immutable<'a>(
    prefix: &str,
    attributes: impl Iterator<Item = &'a Arc<Attribute>>,
    before: &Map<String, Value>,
    after: &mut Map<String, Value>,
) -> Result<(), ScimError> {
    for attribute in attributes.filter(|of| of.mutability == Mutability::Immutable) {
        let Some(old) = before.get(&attribute.name) else {
            continue;
        };
        if after.entry(&attribute.name).or_insert(old.clone()) != old {
            return Err(ScimError::Mutability {
                attribute: format!("{prefix}{}", attribute.name),
                mutability: "immutable",
            });
        }
    }
    Ok(())
}

fn named(membership: Vec<MembershipChange>) -> Vec<MemberRef> {
    membership
        .into_iter()
        .flat_map(|change| match change {
            MembershipChange::Add(members) | MembershipChange::Replace(members) => members,
            _ => Vec::new(),
        })
        .collect()
}
