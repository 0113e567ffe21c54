//! Schemas (RFC 7643): what attributes there are, and what clients read about them. [`Schemas`] holds the standard's
//! User, Group and EnterpriseUser and whatever extensions a configuration declares.

mod attribute;
mod discovery;
mod extension;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::iter;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

pub(crate) use self::attribute::Attribute;
pub use self::attribute::AttributeType;
pub use self::attribute::Mutability;
pub use self::attribute::Returned;
pub(crate) use self::attribute::Uniqueness;
pub(crate) use self::discovery::ServiceLimits;
pub use self::extension::AttributeDeclaration;
pub use self::extension::ExtensionDeclaration;
pub use self::extension::ExtensionError;
pub(super) use self::extension::is_name;

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

pub(crate) const ENTERPRISE_USER: &str =
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The two resource types that clients write.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum ResourceKind {
    /// A person, at `/Users`.
    User,
    /// A group, at `/Groups`.
    Group,
}

impl ResourceKind {
    /// Both.
    pub const ALL: [ResourceKind; 2] = [ResourceKind::User, ResourceKind::Group];

    /// `User` or `Group`, as `meta.resourceType` has it.
    pub fn name(self) -> &'static str {
        match self {
            ResourceKind::User => "User",
            ResourceKind::Group => "Group",
        }
    }

    /// `/Users` or `/Groups`.
    pub fn endpoint(self) -> &'static str {
        match self {
            ResourceKind::User => "/Users",
            ResourceKind::Group => "/Groups",
        }
    }

    /// The kind of this name, in any case.
    pub fn named(name: &str) -> Option<ResourceKind> {
        let mut all = ResourceKind::ALL.into_iter();
        all.find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Schema {
    id: Arc<str>,
    name: String,
    description: String,
    attributes: Vec<Arc<Attribute>>,
}

impl Schema {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The attributes, in the order of the declaration.
    pub(crate) fn attributes(&self) -> &[Arc<Attribute>] {
        &self.attributes
    }

    /// The attribute of this name, in any case (RFC 7643 §2.1).
    pub(crate) fn attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        attribute::find(&self.attributes, name)
    }

    pub(in crate::scim) fn urn(&self) -> &Arc<str> {
        &self.id
    }
}

/// The schemas of a kind of resource: its own, its extensions, and the attributes that all resources have
/// (RFC 7643 §6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResourceType {
    kind: ResourceKind,
    common: Vec<Arc<Attribute>>,
    core: Schema,
    extensions: Vec<Schema>,
}

impl ResourceType {
    /// The kind of resource: a user or a group.
    pub fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// The schema whose attributes stand at the top of the resource.
    pub(crate) fn core(&self) -> &Schema {
        &self.core
    }

    /// The schemas whose attributes stand under their URN.
    pub(crate) fn extensions(&self) -> &[Schema] {
        &self.extensions
    }

    /// The attributes at the top of the resource: those of the schema, then `schemas`, `id`, `externalId` and `meta`.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &Arc<Attribute>> {
        self.core.attributes.iter().chain(&self.common)
    }

    /// The attribute of this name at the top of the resource, in any case.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        let common = || attribute::find(&self.common, name);
        self.core.attribute(name).or_else(common)
    }

    /// The attributes of each schema, with its URN and what precedes their names; neither for those at the top of the resource.
    pub(in crate::scim) fn by_schema(
        &self,
    ) -> impl Iterator<Item = (Option<&str>, String, Vec<&Arc<Attribute>>)> {
        let top = (None, String::new(), self.attributes().collect());
        let extensions = self.extensions.iter().map(|schema| {
            let attributes = schema.attributes.iter().collect();
            (Some(schema.id()), format!("{}:", schema.id()), attributes)
        });
        iter::once(top).chain(extensions)
    }

    /// The extension of this URN, in any case.
    pub(crate) fn extension(&self, urn: &str) -> Option<&Schema> {
        let mut extensions = self.extensions.iter();
        extensions.find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }
}

/// All that a server knows of schemas. It is built once, when the configuration is read.
///
/// ```
/// use entrada::scim::{ResourceKind, Schemas};
///
/// let schemas = Schemas::standard();
/// let user = schemas.resource_type(ResourceKind::User);
/// assert_eq!(user.kind(), ResourceKind::User);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schemas {
    user: ResourceType,
    group: ResourceType,
}

impl Schemas {
    /// User with EnterpriseUser, and Group.
    pub fn standard() -> Schemas {
        Schemas {
            user: ResourceType {
                kind: ResourceKind::User,
                common: table::common(),
                core: schema(USER, "User", "User Account", table::user()),
                extensions: vec![schema(
                    ENTERPRISE_USER,
                    "EnterpriseUser",
                    "Enterprise User",
                    table::enterprise_user(),
                )],
            },
            group: ResourceType {
                kind: ResourceKind::Group,
                common: table::common(),
                core: schema(GROUP, "Group", "Group", table::group()),
                extensions: Vec::new(),
            },
        }
    }

    /// The type of a kind of resource.
    pub fn resource_type(&self, kind: ResourceKind) -> &ResourceType {
        match kind {
            ResourceKind::User => &self.user,
            ResourceKind::Group => &self.group,
        }
    }
}

fn schema(id: &str, name: &str, description: &str, attributes: Vec<Arc<Attribute>>) -> Schema {
    Schema {
        id: Arc::from(id),
        name: name.to_owned(),
        description: description.to_owned(),
        attributes,
    }
}
