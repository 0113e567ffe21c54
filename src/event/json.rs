//! The JSON of an event.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::Event;
use super::Happened;
use super::RawEvent;
use crate::connection::ConnectionId;

/// The object that stands for an event.
#[derive(Serialize, Deserialize)]
pub(super) struct EventJson {
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
