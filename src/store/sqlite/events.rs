//! The outbox. Whoever changes something appends to it in the same transaction.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Row;

use super::Cause;
use super::Db;
use super::SqliteStore;
use super::UnreadableRow;
use super::micros;
use super::statement::Sql;
use super::statement::execute;
use super::statement::text;
use super::statement::value;
use crate::event::Event;
use crate::event::EventKind;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::event::Events;
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

    async fn append_events(&self, events: &[Event]) -> Result<(), StoreError> {
        let events = events.to_vec();
        self.write(move |db| append(db, &events)).await
    }

    async fn forget_events(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.sweep_table(FORGET, before).await
    }
}

fn number(db: &Db, statement: &str) -> Result<u64, Cause> {
    Ok(u64::try_from(value::<i64>(db, statement, [])?)?)
}

/// Appends events; they are there if the transaction is.
pub(super) fn append(db: &Db, events: &[Event]) -> Result<(), Cause> {
    for event in events {
        let values = (
            event.connection.as_str(),
            micros(event.at),
            event.kind.name(),
            &event.user,
            &event.group,
            &event.session,
            &event.detail,
        );
        execute(db, APPEND, values)?;
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
    let kind = EventKind::named(text(row, "kind")?);
    Ok(RecordedEvent {
        id: u64::try_from(row.get::<_, i64>("id")?)?,
        event: Event {
            connection: connection.parse().map_err(|_| unreadable)?,
            at: at.map_err(|_| unreadable)?,
            kind: kind.ok_or(unreadable)?,
            user: row.get("user")?,
            group: row.get("group_id")?,
            session: row.get("session")?,
            detail: row.get("detail")?,
        },
    })
}

const APPEND: &str = "INSERT INTO events (connection, at, kind, user, group_id, session, detail)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// AUTOINCREMENT remembers it, also when the events themselves are forgotten.
const LATEST: &str = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)";

const FORGOTTEN: &str = "SELECT forgotten_events FROM counters";

/// Events come in the order of time, nearly: a clock that was set back leaves some for later.
const FORGET: &str = "DELETE FROM events WHERE id IN
    (SELECT id FROM events WHERE at < ?1 ORDER BY id LIMIT ?2)";
