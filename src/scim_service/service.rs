//! The service of one connection.

use super::PageEnds;
use crate::directory::Directory;
use crate::directory::Rules;
use crate::directory::View;

/// Answers the requests to one connection.
#[derive(Clone, Copy)]
pub struct ScimService<'a> {
    /// The users and groups.
    pub directory: &'a dyn Directory,
    /// The view that the connection's clients have of them.
    pub view: &'a View,
    /// The rules by which they change.
    pub rules: Rules,
    /// The memory of the pages that its clients read by number.
    pub page_ends: &'a PageEnds,
}
