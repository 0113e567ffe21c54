//! An event, its number, and its JSON.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::EventKind;
use super::Happened;
use super::RawEvent;
use crate::connection::ConnectionId;
use crate::ports::Actor;

/// Something that happened. Its JSON is an object with `connection`, `at`, `kind`, the fields of the kind, `by` where it has an actor,
/// and `detail`, which has some of the fields in one text for readers of earlier versions (see the page `docs/directory.md`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "EventJson", into = "EventJson")]
pub struct Event {
    /// The connection over which it happened.
    pub connection: ConnectionId,
    /// The moment.
    pub at: Timestamp,
    /// The thing that happened, with its fields.
    pub happened: Happened,
    /// The one who works on the site and did it; `None` where it came about by itself, by an identity provider or by a person who
    /// signs on or out, and in rows of versions that did not keep it.
    pub by: Option<Actor>,
}

impl Event {
    /// An event that nobody who works on the site has brought about.
    pub fn new(connection: &ConnectionId, at: Timestamp, happened: Happened) -> Event {
        Event {
            connection: connection.clone(),
            at,
            happened,
            by: None,
        }
    }

    /// The same, done by this actor.
    #[must_use]
    pub fn by(self, actor: Option<&Actor>) -> Event {
        Event {
            by: actor.cloned(),
            ..self
        }
    }

    /// The event as a store keeps it, beside the connection and the moment.
    pub fn to_raw(&self) -> RawEvent {
        let mut raw = self.happened.to_raw();
        if let Some(actor) = &self.by {
            raw.fields.insert(BY.to_owned(), actor.to_string().into());
        }
        raw
    }

    /// The event that a store or JSON has.
    pub fn of_raw(connection: ConnectionId, at: Timestamp, mut raw: RawEvent) -> Event {
        let by = raw.fields.get(BY).and_then(Value::as_str);
        let by = by.and_then(|text| text.parse().ok());
        if by.is_some() {
            raw.fields.remove(BY);
        }
        Event {
            connection,
            at,
            happened: Happened::from(raw),
            by,
        }
    }

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

#[derive(Serialize, Deserialize)]
struct EventJson {
    connection: ConnectionId,
    at: Timestamp,
    #[serde(flatten)]
    raw: RawEvent,
}

impl From<Event> for EventJson {
    fn from(event: Event) -> EventJson {
        let mut raw = event.to_raw();
        raw.detail = event.happened.detail();
        raw.fields.extend(event.happened.fields());
        EventJson {
            connection: event.connection,
            at: event.at,
            raw,
        }
    }
}

impl From<EventJson> for Event {
    fn from(json: EventJson) -> Event {
        Event::of_raw(json.connection, json.at, json.raw)
    }
}

const BY: &str = "by";
