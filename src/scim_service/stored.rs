//! A resource as the directory has it, and its name there.

use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::ID_BYTES;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::scim::Record;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

/// A resource of either kind, as the directory has it.
#[derive(Clone, Debug)]
pub(super) enum Stored {
    User(UserRecord),
    Group(GroupRecord),
}

impl Stored {
    pub(super) fn record(&self) -> &Record {
        match self {
            Stored::User(user) => user.record(),
            Stored::Group(group) => group.record(),
        }
    }

    pub(super) fn kind(&self) -> ResourceKind {
        self.record().resource.kind()
    }
}

/// The server's name for a resource of either kind.
#[derive(Clone, Debug)]
pub(super) enum ResourceId {
    User(UserId),
    Group(GroupId),
}

impl ResourceId {
    /// The id in a request. No resource has any other text.
    pub(super) fn parse(kind: ResourceKind, id: &str) -> Result<ResourceId, ScimError> {
        let parsed = match kind {
            ResourceKind::User => id.parse().map(ResourceId::User),
            ResourceKind::Group => id.parse().map(ResourceId::Group),
        };
        parsed.map_err(|_| ScimError::no_resource(kind, id))
    }

    pub(super) fn from_random(kind: ResourceKind, bytes: [u8; ID_BYTES]) -> ResourceId {
        match kind {
            ResourceKind::User => ResourceId::User(UserId::from_random(bytes)),
            ResourceKind::Group => ResourceId::Group(GroupId::from_random(bytes)),
        }
    }

    pub(super) fn kind(&self) -> ResourceKind {
        match self {
            ResourceId::User(_) => ResourceKind::User,
            ResourceId::Group(_) => ResourceKind::Group,
        }
    }

    pub(super) fn not_found(&self) -> ScimError {
        let id = match self {
            ResourceId::User(id) => id.as_str(),
            ResourceId::Group(id) => id.as_str(),
        };
        ScimError::no_resource(self.kind(), id)
    }
}
