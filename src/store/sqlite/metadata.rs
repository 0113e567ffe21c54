//! Metadata copies, byte for byte, and what is known of their refreshing.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Row;
use serde::de::DeserializeOwned;

use super::Db;
use super::SqliteStore;
use super::error::Cause;
use super::error::UnreadableRow;
use super::error::unknown_connection;
use super::statement::all;
use super::statement::execute;
use super::statement::first;
use super::statement::micros;
use super::statement::optional;
use crate::metadata::MetadataCache;
use crate::metadata::MetadataCopy;
use crate::metadata::RefreshRecord;
use crate::ports::StoreError;

#[async_trait]
impl MetadataCache for SqliteStore {
    async fn metadata_copy(&self, connection: &str) -> Result<Option<MetadataCopy>, StoreError> {
        let connection = connection.to_owned();
        self.scan(move |db| find(db, &connection)).await
    }

    async fn metadata_versions(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.scan(|db| {
            all(db, VERSIONS, [], |row| {
                Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?)?))
            })
        })
        .await
    }

    async fn refresh_record(&self, connection: &str) -> Result<RefreshRecord, StoreError> {
        let connection = connection.to_owned();
        self.read(move |db| record(db, &connection)).await
    }
}

pub(super) fn find(db: &Db, connection: &str) -> Result<Option<MetadataCopy>, Cause> {
    first(db, FIND, [connection], read)
}

pub(super) fn put(
    db: &Db,
    connection: &str,
    copy: &MetadataCopy,
    version: u64,
) -> Result<(), Cause> {
    let values = (
        connection,
        &copy.url,
        &copy.document,
        micros(copy.fetched),
        &copy.etag,
        &copy.last_modified,
        &copy.digest,
        i64::try_from(version)?,
    );
    execute(db, PUT, values).map_err(|error| unknown_connection(connection, error))?;
    Ok(())
}

pub(super) fn record(db: &Db, connection: &str) -> Result<RefreshRecord, Cause> {
    let record = first(db, RECORD, [connection], |row| {
        Ok(RefreshRecord {
            state: readable(row, "state"),
            history: readable(row, "history"),
        })
    })?;
    Ok(record.unwrap_or_default())
}

/// A part of a record. What cannot be read is no reason to refuse a change, or to refresh no more.
fn readable<T: DeserializeOwned + Default>(row: &Row<'_>, column: &'static str) -> T {
    match optional(row, column) {
        Ok(None) => T::default(),
        Ok(Some(json)) => serde_json::from_str(json).unwrap_or_else(|_| begun_anew(column)),
        Err(_) => begun_anew(column),
    }
}

fn begun_anew<T: Default>(column: &'static str) -> T {
    tracing::warn!(
        event = "refresh-record-unreadable",
        column,
        "a record of refreshing cannot be read: it begins anew"
    );
    T::default()
}

pub(super) fn put_record(db: &Db, connection: &str, record: &RefreshRecord) -> Result<(), Cause> {
    let RefreshRecord { state, history } = record;
    let values = (
        connection,
        serde_json::to_string(state)?,
        serde_json::to_string(history)?,
    );
    execute(db, PUT_RECORD, values).map_err(|error| unknown_connection(connection, error))?;
    Ok(())
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

const PUT: &str = "INSERT INTO metadata_copies
    (connection, url, document, fetched, etag, last_modified, digest, version)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (connection) DO UPDATE SET url = excluded.url, document = excluded.document,
    fetched = excluded.fetched, etag = excluded.etag, last_modified = excluded.last_modified,
    digest = excluded.digest, version = excluded.version";

const RECORD: &str = "SELECT state, history FROM metadata_refreshes WHERE connection = ?1";

const PUT_RECORD: &str =
    "INSERT INTO metadata_refreshes (connection, state, history) VALUES (?1, ?2, ?3)
    ON CONFLICT (connection) DO UPDATE SET state = excluded.state, history = excluded.history";
