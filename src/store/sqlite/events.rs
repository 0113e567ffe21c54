//! The outbox. Whoever changes something appends to it in the same transaction.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::QueryBuilder;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::micros;
use super::rows::runs;
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
        let mut listing = listing(query).map_err(StoreError::new)?;
        let rows = listing.build().fetch_all(&self.readers).await;
        let rows = rows.map_err(StoreError::new)?;
        let events = rows.iter().map(read);
        let events: Result<Vec<RecordedEvent>, Cause> = events.collect();
        let mut events = events.map_err(StoreError::new)?;
        if query.part == EventPart::Latest {
            events.reverse();
        }
        Ok(events)
    }

    async fn latest_event(&self) -> Result<u64, StoreError> {
        let latest: i64 = sqlx::query_scalar(LATEST)
            .fetch_one(&self.readers)
            .await
            .map_err(StoreError::new)?;
        u64::try_from(latest).map_err(StoreError::new)
    }

    async fn forgotten_events(&self) -> Result<u64, StoreError> {
        let forgotten: i64 = sqlx::query_scalar(FORGOTTEN)
            .fetch_one(&self.readers)
            .await
            .map_err(StoreError::new)?;
        u64::try_from(forgotten).map_err(StoreError::new)
    }

    async fn append_events(&self, events: &[Event]) -> Result<(), StoreError> {
        let events = events.to_vec();
        self.write(Box::new(move |db| {
            Box::pin(async move { append(db, &events).await })
        }))
        .await
    }

    async fn forget_events(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.sweep_table(FORGET, before).await
    }
}

/// Appends events; they are there if the transaction is.
pub(super) async fn append(db: &mut SqliteConnection, events: &[Event]) -> Result<(), Cause> {
    for run in runs(events) {
        let mut query = QueryBuilder::<Sqlite>::new(APPEND);
        query.push_values(run, |mut row, event| {
            row.push_bind(event.connection.as_str().to_owned())
                .push_bind(micros(event.at))
                .push_bind(event.kind.name())
                .push_bind(event.user.clone())
                .push_bind(event.group.clone())
                .push_bind(event.session.clone())
                .push_bind(event.detail.clone());
        });
        query.build().execute(&mut *db).await?;
    }
    Ok(())
}

pub(super) fn listing(query: &EventQuery) -> Result<QueryBuilder<Sqlite>, Cause> {
    let mut rows = QueryBuilder::new("SELECT * FROM events WHERE id > ");
    rows.push_bind(i64::try_from(query.after)?);
    if let Some(connection) = &query.connection {
        rows.push(" AND connection = ");
        rows.push_bind(connection.as_str().to_owned());
    }
    if let Some(user) = &query.user {
        rows.push(" AND user = ").push_bind(user.clone());
    }
    if let Some(group) = &query.group {
        rows.push(" AND group_id = ").push_bind(group.clone());
    }
    if let Some(kind) = query.kind {
        rows.push(" AND kind = ").push_bind(kind.name());
    }
    if let Some(since) = query.since {
        rows.push(" AND at >= ").push_bind(micros(since));
    }
    rows.push(match query.part {
        EventPart::Earliest => " ORDER BY id LIMIT ",
        EventPart::Latest => " ORDER BY id DESC LIMIT ",
    });
    rows.push_bind(i64::try_from(query.limit).unwrap_or(i64::MAX));
    Ok(rows)
}

fn read(row: &SqliteRow) -> Result<RecordedEvent, Cause> {
    let unreadable = UnreadableRow("events");
    let at = Timestamp::from_microsecond(row.try_get("at")?);
    let kind: &str = row.try_get("kind")?;
    let connection: &str = row.try_get("connection")?;
    Ok(RecordedEvent {
        id: u64::try_from(row.try_get::<i64, _>("id")?)?,
        event: Event {
            connection: connection.parse().map_err(|_| unreadable)?,
            at: at.map_err(|_| unreadable)?,
            kind: EventKind::named(kind).ok_or(unreadable)?,
            user: row.try_get("user")?,
            group: row.try_get("group_id")?,
            session: row.try_get("session")?,
            detail: row.try_get("detail")?,
        },
    })
}

const APPEND: &str = "INSERT INTO events (connection, at, kind, user, group_id, session, detail) ";

/// AUTOINCREMENT remembers it, also when the events themselves are forgotten.
const LATEST: &str = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)";

const FORGOTTEN: &str = "SELECT forgotten_events FROM counters";

/// Events come in the order of time, nearly: a clock that was set back leaves some for later.
const FORGET: &str = "DELETE FROM events WHERE id IN
    (SELECT id FROM events WHERE at < $1 ORDER BY id LIMIT $2)";
