//! The assignment of people and groups to an app.

use std::collections::BTreeSet;

/// The people who are assigned to an app: they are provisioned to it, and may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// Everybody in the directory.
    Everybody,
    /// The people with these object ids, and the members of the groups among them.
    Only(BTreeSet<String>),
}
