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
use super::statement::micros;
use super::statement::optional;
use super::statement::text;
use super::statement::value;
use crate::event::Event;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::event::Events;
use crate::event::Happened;
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

    async fn latest_event(&self) -> Result<u64, StoreError> {
        self.read(|db| number(db, LATEST)).await
    }

    async fn forgotten_events(&self) -> Result<u64, StoreError> {
        self.read(|db| number(db, FORGOTTEN)).await
    }
}

fn number(db: &Db, statement: &str) -> Result<u64, Cause> {
    Ok(u64::try_from(value::<i64>(db, statement, [])?)?)
}

/// Appends events, but for those that repeat one; they are there if the transaction is.
pub(super) fn append(db: &Db, events: &[Event]) -> Result<(), Cause> {
    for event in events {
        let raw = event.happened.to_raw();
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
        event: Event {
            connection: connection.parse().map_err(|_| unreadable)?,
            at: at.map_err(|_| unreadable)?,
            happened: Happened::from(raw),
        },
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
const LATEST: &str = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)";

const FORGOTTEN: &str = "SELECT forgotten_events FROM counters";

/// Events come in the order of time, nearly: a clock that was set back leaves some for later.
pub(super) const FORGET: &str = "DELETE FROM events WHERE id IN
    (SELECT id FROM events WHERE at < ?1 ORDER BY id LIMIT ?2)";
