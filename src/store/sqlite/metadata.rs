//! Metadata copies, byte for byte, and what is known of their refreshing.

use async_trait::async_trait;
use rusqlite::params_from_iter;

use super::Db;
use super::SqliteStore;
use super::error::unknown_connection;
use super::statement::all;
use super::statement::execute;
use super::statement::first;
use crate::metadata::MetadataCache;
use crate::metadata::MetadataCopy;
use crate::metadata::RefreshRecord;
use crate::ports::StoreError;
use crate::store::records::Cause;
use crate::store::records::metadata_values;
use crate::store::records::read_metadata_copy;
use crate::store::records::read_refresh_record;
use crate::store::records::refresh_values;

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
    first(db, FIND, [connection], |row| read_metadata_copy(row))
}

pub(super) fn put(
    db: &Db,
    connection: &str,
    copy: &MetadataCopy,
    version: u64,
) -> Result<(), Cause> {
    let values = metadata_values(connection, copy, version)?;
    execute(db, PUT, params_from_iter(&values))
        .map_err(|error| unknown_connection(connection, error))?;
    Ok(())
}

pub(super) fn record(db: &Db, connection: &str) -> Result<RefreshRecord, Cause> {
    let record = first(db, RECORD, [connection], |row| Ok(read_refresh_record(row)))?;
    Ok(record.unwrap_or_default())
}

pub(super) fn put_record(db: &Db, connection: &str, record: &RefreshRecord) -> Result<(), Cause> {
    let values = refresh_values(connection, record)?;
    execute(db, PUT_RECORD, params_from_iter(&values))
        .map_err(|error| unknown_connection(connection, error))?;
    Ok(())
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
