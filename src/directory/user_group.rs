//! A group as one that holds a user.

use super::GroupId;
use crate::scim::GroupRef;

/// A group that holds a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserGroup {
    /// The server's name for it.
    pub id: GroupId,
    /// Its `externalId`: what the identity provider calls it.
    pub external_id: Option<String>,
    /// Its name for people.
    pub display_name: Option<String>,
    /// True if the user is one of its members, and not only of groups among them.
    pub direct: bool,
}

impl From<UserGroup> for GroupRef {
    fn from(group: UserGroup) -> GroupRef {
        GroupRef {
            id: group.id.into(),
            display: group.display_name,
            direct: group.direct,
        }
    }
}
