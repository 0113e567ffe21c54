//! An event, its number, and its JSON.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::EventKind;
use super::Happened;
use super::RawEvent;
use crate::connection::ConnectionId;

/// Something that happened. Its JSON is an object with `connection`, `at`, `kind`, the fields of the kind, and `detail`, which
/// has some of them in one text for readers of earlier versions (see the page `docs/directory.md`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "EventJson", into = "EventJson")]
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

/// The object that stands for an event.
#[derive(Serialize, Deserialize)]
struct EventJson {
    connection: ConnectionId,
    at: Timestamp,
    #[serde(flatten)]
    raw: RawEvent,
}

impl From<Event> for EventJson {
    fn from(event: Event) -> EventJson {
        let raw = RawEvent {
            detail: event.happened.detail(),
            fields: event.happened.fields(),
            ..event.happened.to_raw()
        };
        EventJson {
            connection: event.connection,
            at: event.at,
            raw,
        }
    }
}

impl From<EventJson> for Event {
    fn from(json: EventJson) -> Event {
        Event {
            connection: json.connection,
            at: json.at,
            happened: Happened::from(json.raw),
        }
    }
}
