//! To which groups a user belongs, with what other systems call them.

use super::GroupId;

/// What the directory says of somebody's groups, in one state of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Belonging {
    /// The groups of the user, direct ones and those that hold them through other groups, by name.
    pub groups: Vec<HeldGroup>,
    /// Of the object ids that were asked about, in lower case: those that some group of the connection has or ever had, whoever
    /// its members are.
    pub provisioned: Vec<String>,
}

/// A group that holds a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldGroup {
    /// The server's name for it.
    pub id: GroupId,
    /// Its `externalId`: what the identity provider calls it.
    pub external_id: Option<String>,
    /// Its name for people.
    pub display_name: Option<String>,
    /// Whether the user is one of its members, and not only of groups among them.
    pub direct: bool,
}

/// Which group has a name, in one connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Named {
    /// This one alone.
    One(GroupId),
    /// Several: the name says nothing.
    Several,
}
