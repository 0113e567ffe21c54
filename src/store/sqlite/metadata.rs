//! Metadata copies, octet for octet, and what is known of their refreshing.

use std::collections::BTreeSet;
use std::num::TryFromIntError;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::connections::bump_revision;
use super::events;
use super::micros;
use super::unknown_connection;
use crate::connection::ConnectionId;
use crate::event::trust_changes;
use crate::metadata::Claim;
use crate::metadata::FinishedRefresh;
use crate::metadata::KeyHistory;
use crate::metadata::MetadataCache;
use crate::metadata::MetadataCopy;
use crate::metadata::NotClaimed;
use crate::metadata::PinnedNote;
use crate::metadata::RefreshState;
use crate::ports::StoreError;

#[async_trait]
impl MetadataCache for SqliteStore {
    async fn metadata_copy(&self, connection: &str) -> Result<Option<MetadataCopy>, StoreError> {
        let row = sqlx::query(FIND)
            .bind(connection.to_owned())
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::new)?;
        row.map(read).transpose().map_err(StoreError::new)
    }

    async fn keep_metadata(&self, connection: &str, copy: &MetadataCopy) -> Result<(), StoreError> {
        let (connection, copy) = (connection.to_owned(), copy.clone());
        self.write(Box::new(move |db| {
            Box::pin(async move { keep(db, &connection, copy).await })
        }))
        .await
    }

    async fn metadata_versions(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(VERSIONS)
            .fetch_all(&self.readers)
            .await
            .map_err(StoreError::new)?;
        rows.into_iter()
            .map(|(connection, version)| Ok((connection, u64::try_from(version)?)))
            .collect::<Result<_, TryFromIntError>>()
            .map_err(StoreError::new)
    }

    async fn refresh_state(&self, connection: &str) -> Result<Option<RefreshState>, StoreError> {
        let json: Option<String> = sqlx::query_scalar(STATE)
            .bind(connection.to_owned())
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::new)?;
        let state = json.as_deref().map(parse).transpose();
        state.map_err(StoreError::new)
    }

    async fn key_history(&self, connection: &str) -> Result<KeyHistory, StoreError> {
        let json: Option<Option<String>> = sqlx::query_scalar(HISTORY)
            .bind(connection.to_owned())
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::new)?;
        let history = json.flatten().as_deref().map(parse).transpose();
        Ok(history.map_err(StoreError::new)?.unwrap_or_default())
    }

    async fn note_pinned(&self, connection: &str, note: &PinnedNote) -> Result<bool, StoreError> {
        let (connection, note) = (connection.to_owned(), note.clone());
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let json: Option<Option<String>> = sqlx::query_scalar(HISTORY)
                    .bind(connection.as_str())
                    .fetch_optional(&mut *db)
                    .await?;
                let history = json.flatten().as_deref().map(parse).transpose()?;
                let mut history: KeyHistory = history.unwrap_or_default();
                let PinnedNote {
                    pinned,
                    met,
                    source,
                    now,
                } = &note;
                if !history.observe_pinned(pinned, met, source, *now) {
                    return Ok(false);
                }
                sqlx::query(NOTE_HISTORY)
                    .bind(connection.as_str())
                    .bind(serde_json::to_string(&RefreshState::default())?)
                    .bind(serde_json::to_string(&history)?)
                    .execute(db)
                    .await
                    .map_err(|error| unknown_connection(&connection, error))?;
                Ok(true)
            })
        }))
        .await
    }

    async fn claim_refresh(
        &self,
        connection: &str,
        claim: &Claim,
    ) -> Result<Result<RefreshState, NotClaimed>, StoreError> {
        let (connection, claim) = (connection.to_owned(), claim.clone());
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let state = state(db, &connection).await?;
                let claimed = RefreshState::claimed(state, &claim);
                if let Ok(state) = &claimed {
                    put_state(db, &connection, state).await?;
                }
                Ok(claimed)
            })
        }))
        .await
    }

    async fn finish_refresh(
        &self,
        connection: &str,
        holder: u64,
        finished: &FinishedRefresh,
    ) -> Result<bool, StoreError> {
        let (connection, finished) = (connection.to_owned(), finished.clone());
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let present = state(db, &connection).await?;
                if !present.is_some_and(|state| state.is_held_by(holder)) {
                    return Ok(false);
                }
                put_state(db, &connection, &finished.state).await?;
                if let (Some(history), Some(copy)) = (&finished.history, &finished.copy) {
                    tell_of_keys(db, &connection, history, copy.fetched).await?;
                }
                if let Some(history) = &finished.history {
                    sqlx::query(PUT_HISTORY)
                        .bind(connection.as_str())
                        .bind(serde_json::to_string(history)?)
                        .execute(&mut *db)
                        .await?;
                }
                if let Some(copy) = finished.copy {
                    keep(db, &connection, copy).await?;
                }
                Ok(true)
            })
        }))
        .await
    }
}

/// Says in the outbox which certificates come and go with a new copy.
async fn tell_of_keys(
    db: &mut SqliteConnection,
    connection: &str,
    history: &KeyHistory,
    at: Timestamp,
) -> Result<(), Cause> {
    let json: Option<Option<String>> = sqlx::query_scalar(HISTORY)
        .bind(connection)
        .fetch_optional(&mut *db)
        .await?;
    let before = json
        .flatten()
        .as_deref()
        .map(parse::<KeyHistory>)
        .transpose()?;
    let before = before.unwrap_or_default();
    let active = |history: &KeyHistory| -> BTreeSet<String> {
        let keys = history.active();
        keys.map(|key| key.fingerprint.to_string()).collect()
    };
    let (before, now) = (active(&before), active(history));
    let connection: ConnectionId = connection
        .parse()
        .map_err(|_| UnreadableRow("metadata_refreshes"))?;
    events::append(db, &trust_changes(&connection, &before, &now, at)).await
}

/// The copy of a connection's metadata.
pub(super) async fn find(
    db: &mut SqliteConnection,
    connection: &str,
) -> Result<Option<MetadataCopy>, Cause> {
    let row = sqlx::query(FIND)
        .bind(connection.to_owned())
        .fetch_optional(db)
        .await?;
    row.map(read).transpose()
}

/// Keeps a copy, and says so by the revision, which becomes the copy's version.
pub(super) async fn keep(
    db: &mut SqliteConnection,
    connection: &str,
    copy: MetadataCopy,
) -> Result<(), Cause> {
    bump_revision(db).await?;
    sqlx::query(KEEP)
        .bind(connection)
        .bind(copy.url)
        .bind(copy.document)
        .bind(micros(copy.fetched))
        .bind(copy.etag)
        .bind(copy.last_modified)
        .bind(copy.digest)
        .execute(db)
        .await
        .map_err(|error| unknown_connection(connection, error))?;
    Ok(())
}

async fn state(db: &mut SqliteConnection, connection: &str) -> Result<Option<RefreshState>, Cause> {
    let json: Option<String> = sqlx::query_scalar(STATE)
        .bind(connection)
        .fetch_optional(db)
        .await?;
    json.as_deref().map(parse).transpose()
}

async fn put_state(
    db: &mut SqliteConnection,
    connection: &str,
    state: &RefreshState,
) -> Result<(), Cause> {
    sqlx::query(PUT_STATE)
        .bind(connection)
        .bind(serde_json::to_string(state)?)
        .execute(db)
        .await
        .map_err(|error| unknown_connection(connection, error))?;
    Ok(())
}

fn parse<T: DeserializeOwned>(json: &str) -> Result<T, Cause> {
    serde_json::from_str(json).map_err(|_| UnreadableRow("metadata_refreshes").into())
}

fn read(row: SqliteRow) -> Result<MetadataCopy, Cause> {
    let fetched = Timestamp::from_microsecond(row.try_get("fetched")?);
    Ok(MetadataCopy {
        url: row.try_get("url")?,
        document: row.try_get("document")?,
        fetched: fetched.map_err(|_| UnreadableRow("metadata_copies"))?,
        etag: row.try_get("etag")?,
        last_modified: row.try_get("last_modified")?,
        digest: row.try_get("digest")?,
    })
}

const FIND: &str = "SELECT url, document, fetched, etag, last_modified, digest FROM metadata_copies
    WHERE connection = $1";

const VERSIONS: &str = "SELECT connection, version FROM metadata_copies";

const KEEP: &str = "INSERT INTO metadata_copies
    (connection, url, document, fetched, etag, last_modified, digest, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT revision FROM counters))
    ON CONFLICT (connection) DO UPDATE SET url = excluded.url, document = excluded.document,
    fetched = excluded.fetched, etag = excluded.etag, last_modified = excluded.last_modified,
    digest = excluded.digest, version = excluded.version";

const STATE: &str = "SELECT state FROM metadata_refreshes WHERE connection = $1";

const PUT_STATE: &str = "INSERT INTO metadata_refreshes (connection, state) VALUES ($1, $2)
    ON CONFLICT (connection) DO UPDATE SET state = excluded.state";

const HISTORY: &str = "SELECT history FROM metadata_refreshes WHERE connection = $1";

const PUT_HISTORY: &str = "UPDATE metadata_refreshes SET history = $2 WHERE connection = $1";

const NOTE_HISTORY: &str =
    "INSERT INTO metadata_refreshes (connection, state, history) VALUES ($1, $2, $3)
    ON CONFLICT (connection) DO UPDATE SET history = excluded.history";
