//! A question to the log and the events.

use jiff::Timestamp;

use crate::connection::ConnectionId;
use crate::event::EventKind;
use crate::provisioning::LogOutcome;

/// A question to the log and the events.
#[derive(Clone, PartialEq, Debug)]
pub struct LogQuestion {
    /// Only entries and events of this connection.
    pub connection: Option<ConnectionId>,
    /// Only those about this userName, displayName or value that was looked for.
    pub subject: Option<String>,
    /// Only those from this moment on.
    pub since: Option<Timestamp>,
    /// Only those with this outcome.
    pub outcome: Option<LogOutcome>,
    /// Only events of this kind, and no entries.
    pub kind: Option<EventKind>,
    /// The number of entries at most, and of events: the latest.
    pub limit: u64,
}
