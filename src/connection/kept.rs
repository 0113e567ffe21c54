//! Connections that were removed, and can be restored for a while.

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Serialize;

use super::ConnectionId;

/// A copy of a connection that was removed, with everything that belonged to it but its sessions and sign-ons under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct KeptConnection {
    /// The number of the copy; a later one has a greater number.
    #[serde(rename = "copy")]
    pub number: u64,
    /// The id that the connection had.
    pub connection: ConnectionId,
    /// The moment when it was removed.
    pub removed: Timestamp,
    /// The moment from which it cannot be restored any more: 30 days later.
    pub until: Timestamp,
    /// The users in the copy.
    pub users: u64,
    /// The groups in the copy.
    pub groups: u64,
    /// The credentials in the copy that were live.
    pub tokens: u64,
}

impl KeptConnection {
    /// True if it has this number, or none is asked for.
    pub(crate) fn is_numbered(&self, number: Option<u64>) -> bool {
        number.is_none_or(|number| number == self.number)
    }
}

/// A month, as long as Entra keeps a deleted user.
pub(crate) const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
