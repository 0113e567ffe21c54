//! The outbox. Whoever changes something appends to it in the same transaction.

use async_trait::async_trait;
use rusqlite::params_from_iter;

use super::Db;
use super::SqliteStore;
use super::statement::execute;
use super::statement::first;
use crate::event::Event;
use crate::event::EventNumbers;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::event::Events;
use crate::event::RecordedEvent;
use crate::ports::StoreError;
use crate::store::records::Cause;
use crate::store::records::Dialect;
use crate::store::records::UnreadableRow;
use crate::store::records::event_values;
use crate::store::records::list_events;
use crate::store::records::read_event;

#[async_trait]
impl Events for SqliteStore {
    async fn events(&self, query: &EventQuery) -> Result<Vec<RecordedEvent>, StoreError> {
        let listing = list_events(Dialect::Sqlite, query).map_err(StoreError::new)?;
        let mut events = self
            .scan(move |db| listing.all(db, |row| read_event(row)))
            .await?;
        if query.part == EventPart::Latest {
            events.reverse();
        }
        Ok(events)
    }

    async fn event_numbers(&self) -> Result<EventNumbers, StoreError> {
        let numbers = |row: &rusqlite::Row<'_>| {
            Ok(EventNumbers {
                latest: u64::try_from(row.get::<_, i64>(0)?)?,
                forgotten: u64::try_from(row.get::<_, i64>(1)?)?,
            })
        };
        let found = self.read(move |db| first(db, NUMBERS, [], numbers)).await?;
        found.ok_or_else(|| StoreError::new(UnreadableRow("counters")))
    }
}

/// Appends events, but for those that repeat one; they are there if the transaction is.
pub(super) fn append(db: &Db, events: &[Event]) -> Result<(), Cause> {
    for event in events {
        let values = event_values(event)?;
        let append = match event.happened.repeat_key() {
            None => APPEND,
            Some(_) => APPEND_ONCE,
        };
        execute(db, append, params_from_iter(&values))?;
    }
    Ok(())
}

const APPEND: &str = "INSERT INTO events
    (connection, at, kind, user, group_id, session, detail, fields, repeat_key)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// No `ON CONFLICT DO NOTHING`, which draws a number all the same.
const APPEND_ONCE: &str = "INSERT INTO events
    (connection, at, kind, user, group_id, session, detail, fields, repeat_key)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE NOT EXISTS
    (SELECT 1 FROM events WHERE connection = ?1 AND repeat_key = ?9)";

/// AUTOINCREMENT remembers it, also when the events themselves are forgotten.
const NUMBERS: &str = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0),
    forgotten_events FROM counters";

/// Events come in the order of time, nearly: a clock that was set back leaves some for later.
pub(super) const FORGET: &str = "DELETE FROM events WHERE id IN
    (SELECT id FROM events WHERE at < ?1 ORDER BY id LIMIT ?2)";
