//! The outbox. Whoever changes something appends to it in the same transaction.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Row;

use super::Db;
use super::SqliteStore;
use super::error::Cause;
use super::error::UnreadableRow;
use super::statement::Sql;
use super::statement::execute;
use super::statement::first;
use super::statement::micros;
use super::statement::optional;
use super::statement::text;
use crate::event::Event;
use crate::event::EventNumbers;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::event::Events;
use crate::event::RawEvent;
use crate::event::RecordedEvent;
use crate::ports::StoreError;

#[async_trait]
impl Events for SqliteStore {
    async fn events(&self, query: &EventQuery) -> Result<Vec<RecordedEvent>, StoreError> {
        let listing = listing(query).map_err(StoreError::new)?;
        let mut events = self.scan(move |db| listing.all(db, read)).await?;
        if query.part == EventPart::Latest {
            events.reverse();
        }
        Ok(events)
    }

    async fn event_numbers(&self) -> Result<EventNumbers, StoreError> {
        let numbers = |row: &Row<'_>| {
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
        let raw = event.to_raw();
        let fields = (!raw.fields.is_empty()).then(|| serde_json::to_string(&raw.fields));
        let values = (
            event.connection.as_str(),
            micros(event.at),
            raw.kind,
            raw.user,
            raw.group,
            raw.session,
            raw.detail,
            fields.transpose()?,
            event.happened.repeat_key(),
        );
        let append = match values.8 {
            None => APPEND,
            Some(_) => APPEND_ONCE,
        };
        execute(db, append, values)?;
    }
    Ok(())
}

pub(super) fn listing(query: &EventQuery) -> Result<Sql, Cause> {
    let mut rows = Sql::new("SELECT * FROM events WHERE id > ");
    rows.bind(i64::try_from(query.after)?);
    if let Some(connection) = &query.connection {
        rows.push(" AND connection = ");
        rows.bind(connection.as_str().to_owned());
    }
    if let Some(user) = &query.user {
        rows.push(" AND user = ").bind(user.clone());
    }
    if let Some(group) = &query.group {
        rows.push(" AND group_id = ").bind(group.clone());
    }
    if let Some(kind) = query.kind {
        rows.push(" AND kind = ").bind(kind.name().to_owned());
    }
    if let Some(since) = query.since {
        rows.push(" AND at >= ").bind(micros(since));
    }
    rows.push(match query.part {
        EventPart::Earliest => " ORDER BY id LIMIT ",
        EventPart::Latest => " ORDER BY id DESC LIMIT ",
    });
    rows.bind(i64::try_from(query.limit).unwrap_or(i64::MAX));
    Ok(rows)
}

fn read(row: &Row<'_>) -> Result<RecordedEvent, Cause> {
    let unreadable = UnreadableRow("events");
    let at = Timestamp::from_microsecond(row.get("at")?);
    let connection = text(row, "connection")?;
    let fields = optional(row, "fields")?.map(serde_json::from_str);
    // An event that lacks its fields becomes an unknown one; one row does not hide the others.
    let fields = fields.and_then(Result::ok).unwrap_or_default();
    let raw = RawEvent {
        kind: row.get("kind")?,
        user: row.get("user")?,
        group: row.get("group_id")?,
        session: row.get("session")?,
        detail: row.get("detail")?,
        fields,
    };
    Ok(RecordedEvent {
        id: u64::try_from(row.get::<_, i64>("id")?)?,
        event: Event::of_raw(
            connection.parse().map_err(|_| unreadable)?,
            at.map_err(|_| unreadable)?,
            raw,
        ),
    })
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
