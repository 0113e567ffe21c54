//! Metadata copies, octet for octet, and what is known of their refreshing.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Row;
use serde::de::DeserializeOwned;

use super::Cause;
use super::Db;
use super::SqliteStore;
use super::UnreadableRow;
use super::connections::bump_revision;
use super::events;
use super::micros;
use super::statement::all;
use super::statement::column;
use super::statement::execute;
use super::statement::first;
use super::unknown_connection;
use crate::event::keys_refreshed;
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
        let connection = connection.to_owned();
        self.scan(move |db| find(db, &connection)).await
    }

    async fn keep_metadata(&self, connection: &str, copy: &MetadataCopy) -> Result<(), StoreError> {
        let (connection, copy) = (connection.to_owned(), copy.clone());
        self.write(move |db| keep(db, &connection, &copy)).await
    }

    async fn metadata_versions(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.scan(|db| {
            all(db, VERSIONS, [], |row| {
                Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?)?))
            })
        })
        .await
    }

    async fn refresh_state(&self, connection: &str) -> Result<Option<RefreshState>, StoreError> {
        let connection = connection.to_owned();
        self.read(move |db| state(db, &connection)).await
    }

    async fn key_history(&self, connection: &str) -> Result<KeyHistory, StoreError> {
        let connection = connection.to_owned();
        self.read(move |db| history(db, &connection)).await
    }

    async fn note_pinned(&self, connection: &str, note: &PinnedNote) -> Result<bool, StoreError> {
        let (connection, note) = (connection.to_owned(), note.clone());
        self.write(move |db| {
            let mut history = history(db, &connection)?;
            let PinnedNote {
                pinned,
                met,
                source,
                now,
            } = &note;
            if !history.observe_pinned(pinned, met, source, *now) {
                return Ok(false);
            }
            let state = serde_json::to_string(&RefreshState::default())?;
            let values = (&connection, state, serde_json::to_string(&history)?);
            execute(db, NOTE_HISTORY, values)
                .map_err(|error| unknown_connection(&connection, error))?;
            Ok(true)
        })
        .await
    }

    async fn claim_refresh(
        &self,
        connection: &str,
        claim: &Claim,
    ) -> Result<Result<RefreshState, NotClaimed>, StoreError> {
        let (connection, claim) = (connection.to_owned(), claim.clone());
        self.write(move |db| {
            let claimed = RefreshState::claimed(state(db, &connection)?, &claim);
            if let Ok(state) = &claimed {
                put_state(db, &connection, state)?;
            }
            Ok(claimed)
        })
        .await
    }

    async fn finish_refresh(
        &self,
        connection: &str,
        holder: u64,
        finished: &FinishedRefresh,
    ) -> Result<bool, StoreError> {
        let (connection, finished) = (connection.to_owned(), finished.clone());
        self.write(move |db| {
            let present = state(db, &connection)?;
            if !present.is_some_and(|state| state.is_held_by(holder)) {
                return Ok(false);
            }
            put_state(db, &connection, &finished.state)?;
            if let (Some(history), Some(copy)) = (&finished.history, &finished.copy) {
                let before = self::history(db, &connection)?;
                let id = connection.parse();
                let id = id.map_err(|_| UnreadableRow("metadata_refreshes"))?;
                let told = keys_refreshed(&id, &before, history, copy.fetched);
                events::append(db, &told)?;
            }
            if let Some(history) = &finished.history {
                let values = (&connection, serde_json::to_string(history)?);
                execute(db, PUT_HISTORY, values)?;
            }
            if let Some(copy) = &finished.copy {
                keep(db, &connection, copy)?;
            }
            Ok(true)
        })
        .await
    }
}

/// The copy of a connection's metadata.
pub(super) fn find(db: &Db, connection: &str) -> Result<Option<MetadataCopy>, Cause> {
    first(db, FIND, [connection], read)
}

/// Keeps a copy, and says so by the revision, which becomes the copy's version.
pub(super) fn keep(db: &Db, connection: &str, copy: &MetadataCopy) -> Result<(), Cause> {
    bump_revision(db)?;
    let values = (
        connection,
        &copy.url,
        &copy.document,
        micros(copy.fetched),
        &copy.etag,
        &copy.last_modified,
        &copy.digest,
    );
    execute(db, KEEP, values).map_err(|error| unknown_connection(connection, error))?;
    Ok(())
}

fn history(db: &Db, connection: &str) -> Result<KeyHistory, Cause> {
    let json: Option<Option<String>> = first(db, HISTORY, [connection], column)?;
    let history = json.flatten().as_deref().map(parse).transpose()?;
    Ok(history.unwrap_or_default())
}

fn state(db: &Db, connection: &str) -> Result<Option<RefreshState>, Cause> {
    let json: Option<String> = first(db, STATE, [connection], column)?;
    json.as_deref().map(parse).transpose()
}

fn put_state(db: &Db, connection: &str, state: &RefreshState) -> Result<(), Cause> {
    execute(db, PUT_STATE, (connection, serde_json::to_string(state)?))
        .map_err(|error| unknown_connection(connection, error))?;
    Ok(())
}

fn parse<T: DeserializeOwned>(json: &str) -> Result<T, Cause> {
    serde_json::from_str(json).map_err(|_| UnreadableRow("metadata_refreshes").into())
}

fn read(row: &Row<'_>) -> Result<MetadataCopy, Cause> {
    let fetched = Timestamp::from_microsecond(row.get("fetched")?);
    Ok(MetadataCopy {
        url: row.get("url")?,
        document: row.get("document")?,
        fetched: fetched.map_err(|_| UnreadableRow("metadata_copies"))?,
        etag: row.get("etag")?,
        last_modified: row.get("last_modified")?,
        digest: row.get("digest")?,
    })
}

const FIND: &str = "SELECT url, document, fetched, etag, last_modified, digest FROM metadata_copies
    WHERE connection = ?1";

const VERSIONS: &str = "SELECT connection, version FROM metadata_copies";

const KEEP: &str = "INSERT INTO metadata_copies
    (connection, url, document, fetched, etag, last_modified, digest, version)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, (SELECT revision FROM counters))
    ON CONFLICT (connection) DO UPDATE SET url = excluded.url, document = excluded.document,
    fetched = excluded.fetched, etag = excluded.etag, last_modified = excluded.last_modified,
    digest = excluded.digest, version = excluded.version";

const STATE: &str = "SELECT state FROM metadata_refreshes WHERE connection = ?1";

const PUT_STATE: &str = "INSERT INTO metadata_refreshes (connection, state) VALUES (?1, ?2)
    ON CONFLICT (connection) DO UPDATE SET state = excluded.state";

const HISTORY: &str = "SELECT history FROM metadata_refreshes WHERE connection = ?1";

const PUT_HISTORY: &str = "UPDATE metadata_refreshes SET history = ?2 WHERE connection = ?1";

const NOTE_HISTORY: &str =
    "INSERT INTO metadata_refreshes (connection, state, history) VALUES (?1, ?2, ?3)
    ON CONFLICT (connection) DO UPDATE SET history = excluded.history";
