//! A store's side of the outbox: the questions that it answers.

use async_trait::async_trait;
use jiff::Timestamp;

use super::EventKind;
use super::RecordedEvent;
use crate::connection::ConnectionId;
use crate::ports::StoreError;

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

/// Keeps events; each method fails where the store does. What belongs to a change is written by the change, in its transaction.
#[async_trait]
pub trait Events: Send + Sync {
    /// Events, the earliest first.
    async fn events(&self, query: &EventQuery) -> Result<Vec<RecordedEvent>, StoreError>;

    /// The numbers that were given, and those that are forgotten.
    async fn event_numbers(&self) -> Result<EventNumbers, StoreError>;
}

/// Numbers of events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventNumbers {
    /// That of the latest event; 0 if there was none.
    pub latest: u64,
    /// The highest one that was forgotten; 0 if none was. A reader who goes on behind a lower number has missed something.
    pub forgotten: u64,
}
