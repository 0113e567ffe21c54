//! Connections as JSON documents, and the revision that grows with them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::events;
use super::metadata;
use super::sessions;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::Connections;
use crate::connection::KeyState;
use crate::event::EndReason;
use crate::event::Event;
use crate::event::EventKind;
use crate::event::trust_changes;
use crate::metadata::MetadataCopy;
use crate::ports::StoreError;

#[async_trait]
impl Connections for SqliteStore {
    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        let found: Vec<String> = sqlx::query_scalar(LIST)
            .fetch_all(&self.readers)
            .await
            .map_err(StoreError::new)?;
        found.iter().map(|json| read(json)).collect()
    }

    async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let json: Option<String> = sqlx::query_scalar(FIND)
            .bind(id.as_str().to_owned())
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::new)?;
        json.as_deref().map(read).transpose()
    }

    async fn put_connection(&self, connection: &Connection) -> Result<(), StoreError> {
        let json = serde_json::to_string(connection).map_err(StoreError::new)?;
        let connection = connection.clone();
        self.write(Box::new(|db| {
            Box::pin(async move {
                let stored: Option<String> = sqlx::query_scalar(FIND)
                    .bind(connection.id().to_string())
                    .fetch_optional(&mut *db)
                    .await?;
                // What this version cannot read has keys that it does not know.
                let before = stored.and_then(|json| read(&json).ok());
                put(
                    db,
                    before.as_ref(),
                    &connection,
                    json,
                    None,
                    Timestamp::now(),
                )
                .await
            })
        }))
        .await
    }

    async fn replace_connection(
        &self,
        present: Option<&Connection>,
        connection: &Connection,
        copy: Option<&MetadataCopy>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let json = serde_json::to_string(connection).map_err(StoreError::new)?;
        let (connection, present) = (connection.clone(), present.cloned());
        let copy = copy.cloned();
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let stored: Option<String> = sqlx::query_scalar(FIND)
                    .bind(connection.id().to_string())
                    .fetch_optional(&mut *db)
                    .await?;
                // Compared as values: another version may have written the same in other words.
                if stored.as_deref().map(read).transpose()? != present {
                    return Ok(false);
                }
                if present.as_ref() != Some(&connection) || copy.is_some() {
                    put(db, present.as_ref(), &connection, json, copy, now).await?;
                }
                Ok(true)
            })
        }))
        .await
    }

    async fn remove_connection(
        &self,
        id: &ConnectionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = id.to_string();
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let ended = sessions::end(db, EndReason::ConnectionRemoved, now, |query| {
                    query.push("s.connection = ").push_bind(id.clone());
                });
                ended.await?;
                let removed = sqlx::query(REMOVE).bind(id).execute(&mut *db).await?;
                if removed.rows_affected() == 0 {
                    return Ok(false);
                }
                bump_revision(db).await?;
                Ok(true)
            })
        }))
        .await
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        let revision: i64 = sqlx::query_scalar(REVISION)
            .fetch_one(&self.readers)
            .await
            .map_err(StoreError::new)?;
        u64::try_from(revision).map_err(StoreError::new)
    }
}

/// Puts a connection, and the copy of its metadata that was fetched for it, in the place of the one before, and tells of our
/// keys and of the certificates that are trusted.
async fn put(
    db: &mut SqliteConnection,
    before: Option<&Connection>,
    connection: &Connection,
    json: String,
    copy: Option<MetadataCopy>,
    now: Timestamp,
) -> Result<(), Cause> {
    let id = connection.id();
    let kept = metadata::find(db, id.as_str()).await?;
    let trusted = |of: &Connection, copy: Option<&MetadataCopy>| of.trust().fingerprints(copy, now);
    let was = before.map(|before| trusted(before, kept.as_ref()));
    let is = trusted(connection, copy.as_ref().or(kept.as_ref()));
    let put = sqlx::query(PUT)
        .bind(connection.id().to_string())
        .bind(json);
    put.execute(&mut *db).await?;
    if let Some(copy) = copy {
        metadata::keep(db, id.as_str(), copy).await?;
    }
    events::append(db, &key_events(before, connection)).await?;
    let told = trust_changes(id, &was.unwrap_or_default(), &is, now);
    events::append(db, &told).await?;
    bump_revision(db).await
}

/// What has become of our own keys. Settings have no moment of their own: it is the machine's.
fn key_events(before: Option<&Connection>, after: &Connection) -> Vec<Event> {
    let states = |connection: &Connection| -> BTreeMap<String, KeyState> {
        let keys = connection.sp_keys().iter();
        keys.map(|(id, state, _)| (id.to_string(), state)).collect()
    };
    let (was, is) = (before.map(states).unwrap_or_default(), states(after));
    let changed = is.iter().filter(|(id, state)| was.get(*id) != Some(*state));
    let changed = changed.map(|(id, state)| format!("{id} {}", state.name()));
    let gone = was.keys().filter(|id| !is.contains_key(*id));
    let gone = gone.map(|id| format!("{id} retired"));
    let told = |detail| Event {
        detail: Some(detail),
        ..Event::new(after.id().clone(), EventKind::KeyChanged, Timestamp::now())
    };
    changed.chain(gone).map(told).collect()
}

/// Belongs into every transaction that changes a connection or a metadata copy.
pub(super) async fn bump_revision(db: &mut SqliteConnection) -> Result<(), Cause> {
    sqlx::query(BUMP).execute(db).await?;
    Ok(())
}

fn read(json: &str) -> Result<Connection, StoreError> {
    serde_json::from_str(json).map_err(|_| StoreError::new(UnreadableRow("connections")))
}

const LIST: &str = "SELECT document FROM connections ORDER BY id";

const FIND: &str = "SELECT document FROM connections WHERE id = $1";

const PUT: &str = "INSERT INTO connections (id, document) VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET document = excluded.document";

/// The rows of other tables that belong to it go by `ON DELETE CASCADE`.
const REMOVE: &str = "DELETE FROM connections WHERE id = $1";

const REVISION: &str = "SELECT revision FROM counters";

const BUMP: &str = "UPDATE counters SET revision = revision + 1";
