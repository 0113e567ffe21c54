//! Resources: what clients wrote, held against the schemas, without what the server knows about it.

mod draft;
mod size;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

pub use self::draft::Draft;
pub(super) use self::size::check_size;
use super::ScimError;
use super::date_time;
use super::etag::Version;
use super::member::GroupRef;
use super::member::Member;
use super::path::holder;
use super::schema::Attribute;
use super::schema::ResourceKind;
use super::schema::ResourceType;

/// The attributes of a user or a group that clients write, spelled as the schemas spell them. `id`, `meta`, `schemas`,
/// `members` and `groups` are not among them: a [`Record`] has them. `Debug` shows none: they are about people.
#[derive(Clone, PartialEq)]
pub struct Resource {
    kind: ResourceKind,
    attributes: Map<String, Value>,
}

impl Resource {
    /// A resource as a store kept it. A store gives back what it was given; nothing is checked again.
    pub fn restored(kind: ResourceKind, attributes: Map<String, Value>) -> Resource {
        Resource { kind, attributes }
    }

    /// The kind of resource.
    pub fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// The attributes, for a store to keep.
    pub fn attributes(&self) -> &Map<String, Value> {
        &self.attributes
    }

    /// The name by which a user signs on; a user always has one.
    pub fn user_name(&self) -> Option<&str> {
        self.text("userName")
    }

    /// The client's name for the resource.
    pub fn external_id(&self) -> Option<&str> {
        self.text("externalId")
    }

    /// The name to show; a group always has one.
    pub fn display_name(&self) -> Option<&str> {
        self.text("displayName")
    }

    /// True if a user may sign on. One without `active` may not.
    pub fn is_active(&self) -> bool {
        self.attributes.get("active") == Some(&Value::Bool(true))
    }

    /// The e-mail addresses, the primary one first.
    pub fn emails(&self) -> Vec<&str> {
        let emails = self.attributes.get("emails").and_then(Value::as_array);
        let mut emails: Vec<&Value> = emails.into_iter().flatten().collect();
        emails.sort_by_key(|email| !super::value::is_primary(email));
        emails
            .into_iter()
            .filter_map(|email| email.get("value")?.as_str())
            .collect()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str()
    }

    /// Holds a whole resource against its schemas: whatever is required is there.
    pub(super) fn checked(
        kind: ResourceKind,
        attributes: Map<String, Value>,
        of: &ResourceType,
    ) -> Result<Resource, ScimError> {
        for (urn, prefix, schema) in of.by_schema() {
            if let Some(attributes) = holder(&attributes, urn) {
                check_required(&prefix, &schema, attributes)?;
            }
        }
        check_size(&attributes)?;
        Ok(Resource { kind, attributes })
    }
}

fn check_required(
    prefix: &str,
    schema: &[&Arc<Attribute>],
    attributes: &Map<String, Value>,
) -> Result<(), ScimError> {
    let mut required = schema
        .iter()
        .filter(|of| of.required && of.is_written_by_clients());
    match required.find(|of| !attributes.contains_key(&of.name)) {
        Some(of) => Err(ScimError::value(
            format!("{prefix}{}", of.name),
            "a value, since the attribute is required",
        )),
        None => Ok(()),
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resource({}, redacted)", self.kind)
    }
}

/// A resource with what the server knows about it.
#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    /// The server's name for it, never given to another.
    pub id: String,
    /// The attributes that clients wrote.
    pub resource: Resource,
    /// The moment when it was created.
    pub created: Timestamp,
    /// The moment when it changed last.
    pub last_modified: Timestamp,
    /// Its version.
    pub version: Version,
}

/// Data that belongs to a resource and is stored beside it. Leave it out where nothing asks for it: see
/// `Projection::wants` and [`Filter::mentions`](super::Filter::mentions).
#[derive(Clone, Copy, PartialEq, Default)]
pub enum Relations<'a> {
    /// Nothing, or nothing that was asked for.
    #[default]
    None,
    /// The members of a group.
    Members(&'a [Member]),
    /// The groups of a user.
    Groups(&'a [GroupRef]),
}

impl Record {
    /// The whole resource as clients read it, to be filtered, sorted and projected. A user without `active` is not active,
    /// and is shown so. `base` is the address of the server up
    /// to `/v2`, without a slash at its end.
    pub fn document(
        &self,
        of: &ResourceType,
        relations: Relations<'_>,
        base: &str,
    ) -> Map<String, Value> {
        let mut document = self.resource.attributes.clone();
        if self.resource.kind == ResourceKind::User {
            let active = document.entry("active");
            active.or_insert(Value::Bool(false));
        }
        document.insert("schemas".to_owned(), self.schemas(of));
        document.insert("id".to_owned(), json!(self.id));
        document.insert("meta".to_owned(), self.meta(base));
        let (name, values): (_, Vec<Value>) = match relations {
            Relations::None => return document,
            Relations::Members(members) => (
                "members",
                members.iter().map(|of| of.to_json(base)).collect(),
            ),
            Relations::Groups(groups) => {
                ("groups", groups.iter().map(|of| of.to_json(base)).collect())
            }
        };
        if !values.is_empty() {
            document.insert(name.to_owned(), Value::Array(values));
        }
        document
    }

    /// The address of the resource.
    pub fn location(&self, base: &str) -> String {
        format!("{base}{}/{}", self.resource.kind.endpoint(), self.id)
    }

    /// The schemas that the resource uses, whatever the client listed.
    fn schemas(&self, of: &ResourceType) -> Value {
        let used = |id: &&str| self.resource.attributes.contains_key(*id);
        let extensions = of.extensions().iter().map(|schema| schema.id());
        let schemas = [of.core().id()].into_iter().chain(extensions.filter(used));
        schemas.map(|id| json!(id)).collect()
    }

    fn meta(&self, base: &str) -> Value {
        json!({
            "resourceType": self.resource.kind.name(),
            "created": date_time::format(self.created),
            "lastModified": date_time::format(self.last_modified),
            "location": self.location(base),
            "version": self.version.to_string(),
        })
    }
}
