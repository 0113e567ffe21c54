//! The numbers of users and groups.

/// The numbers of resources of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Users, active or not.
    pub users: u64,
    /// Users who may sign on.
    pub active_users: u64,
    /// Groups.
    pub groups: u64,
}
