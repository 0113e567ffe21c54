//! The outbox, for those who act on what happens. It is written in the transaction of each change, so that an event is
//! there if the change is, and only then. [`Event`] is one entry, [`Events`] what a store answers.
//!
//! Readers get each event at least once: one that remembers the number of the last event it has dealt with goes on behind
//! it. Events name people by the ids of the directory, not by their attributes. An event is data, a [`Happened`]; sentences
//! are made where they are shown.

mod earlier;
mod happened;
mod json;
mod kind;
mod raw;
mod trust;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

pub use self::happened::GroupMember;
pub use self::happened::Happened;
pub use self::kind::EndReason;
pub use self::kind::EventKind;
pub use self::raw::RawEvent;
pub use self::trust::connection_changed;
pub use self::trust::keys_refreshed;
use crate::connection::ConnectionId;
use crate::ports::StoreError;

/// Something that happened. Its JSON is an object with `connection`, `at`, `kind`, the fields of the kind, and `detail`, which
/// has some of them in one text for readers of earlier versions (see the page `docs/directory.md`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "json::EventJson", into = "json::EventJson")]
pub struct Event {
    /// The connection over which it happened.
    pub connection: ConnectionId,
    /// The moment.
    pub at: Timestamp,
    /// The thing that happened, with its fields.
    pub happened: Happened,
}

impl Event {
    /// The kind; see [`Happened::kind`].
    pub fn kind(&self) -> EventKind {
        self.happened.kind()
    }

    /// The id of the user that it is about.
    pub fn user(&self) -> Option<&str> {
        self.happened.user()
    }

    /// The id of the group that it is about.
    pub fn group(&self) -> Option<&str> {
        self.happened.group()
    }

    /// The handle of the session that it is about.
    pub fn session(&self) -> Option<&str> {
        self.happened.session()
    }

    /// Some of its fields in one text; see [`Happened::detail`].
    pub fn detail(&self) -> Option<String> {
        self.happened.detail()
    }
}

/// An event with its number. A later one has a higher number; numbers may be missing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RecordedEvent {
    /// The number.
    pub id: u64,
    /// The event.
    #[serde(flatten)]
    pub event: Event,
}

/// A question for events: the earliest first, behind a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventQuery {
    /// Only those with a higher number; 0 for all that are kept.
    pub after: u64,
    /// Only those of this connection.
    pub connection: Option<ConnectionId>,
    /// Only those about this user.
    pub user: Option<String>,
    /// Only those about this group, or a member of it.
    pub group: Option<String>,
    /// Only those of this kind.
    pub kind: Option<EventKind>,
    /// Only those that happened at this moment or later.
    pub since: Option<Timestamp>,
    /// The part that is wanted, if there are more than `limit`; the answer has the earliest first either way.
    pub part: EventPart,
    /// At most so many.
    pub limit: u64,
}

/// One end of what a query describes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EventPart {
    /// The earliest: for whoever reads on from there.
    #[default]
    Earliest,
    /// The latest: for whoever wants to know what happened last.
    Latest,
}

impl EventQuery {
    /// Events in an answer, if nothing else is asked for.
    pub const LIMIT: u64 = 500;
}

impl Default for EventQuery {
    fn default() -> EventQuery {
        EventQuery {
            after: 0,
            connection: None,
            user: None,
            group: None,
            kind: None,
            since: None,
            part: EventPart::Earliest,
            limit: EventQuery::LIMIT,
        }
    }
}

/// Keeps events. What belongs to a change is written by the change, in its transaction.
#[async_trait]
pub trait Events: Send + Sync {
    /// Events, the earliest first.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn events(&self, query: &EventQuery) -> Result<Vec<RecordedEvent>, StoreError>;

    /// The number of the latest event; 0 if there was none.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn latest_event(&self) -> Result<u64, StoreError>;

    /// The highest number of an event that was forgotten; 0 if none was. A reader who goes on behind a lower number has
    /// missed something.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn forgotten_events(&self) -> Result<u64, StoreError>;
}
