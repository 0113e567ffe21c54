//! Metadata copies, byte for byte, and what is known of their refreshing.

use async_trait::async_trait;

use super::PostgresStore;
use super::conn::Conn;
use super::error::unknown_connection;
use super::query::Query;
use super::query::values;
use crate::metadata::MetadataCache;
use crate::metadata::MetadataCopy;
use crate::metadata::RefreshRecord;
use crate::ports::StoreError;
use crate::store::records::Cause;
use crate::store::records::Row as _;
use crate::store::records::metadata_values;
use crate::store::records::read_metadata_copy;
use crate::store::records::read_refresh_record;
use crate::store::records::refresh_values;

#[async_trait]
impl MetadataCache for PostgresStore {
    async fn metadata_copy(&self, connection: &str) -> Result<Option<MetadataCopy>, StoreError> {
        self.own(find(&mut self.reading(), connection).await)
    }

    async fn metadata_versions(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let version = |row: &_| {
            let row: &tokio_postgres::Row = row;
            Ok((row.text("connection")?.into_owned(), row.number("version")?))
        };
        self.own(self.reading().all(VERSIONS, &[], version).await)
    }

    async fn refresh_record(&self, connection: &str) -> Result<RefreshRecord, StoreError> {
        self.own(record(&mut self.reading(), connection).await)
    }
}

pub(super) async fn find(
    conn: &mut impl Query,
    connection: &str,
) -> Result<Option<MetadataCopy>, Cause> {
    conn.first(FIND, &values![connection], read_metadata_copy)
        .await
}

pub(super) async fn put(
    conn: &mut Conn,
    connection: &str,
    copy: &MetadataCopy,
    version: u64,
) -> Result<(), Cause> {
    let values = metadata_values(connection, copy, version)?;
    let put = conn.execute(PUT, &values).await;
    put.map(drop)
        .map_err(|cause| unknown_connection(connection, cause))
}

pub(super) async fn record(
    conn: &mut impl Query,
    connection: &str,
) -> Result<RefreshRecord, Cause> {
    let values = values![connection];
    let record = conn.first(RECORD, &values, |row| Ok(read_refresh_record(row)));
    Ok(record.await?.unwrap_or_default())
}

pub(super) async fn put_record(
    conn: &mut Conn,
    connection: &str,
    record: &RefreshRecord,
) -> Result<(), Cause> {
    let values = refresh_values(connection, record)?;
    let put = conn.execute(PUT_RECORD, &values).await;
    put.map(drop)
        .map_err(|cause| unknown_connection(connection, cause))
}

const FIND: &str = "SELECT url, document, fetched, etag, last_modified, digest FROM metadata_copies
    WHERE connection = $1";

const VERSIONS: &str = "SELECT connection, version FROM metadata_copies";

const PUT: &str = "INSERT INTO metadata_copies
    (connection, url, document, fetched, etag, last_modified, digest, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (connection) DO UPDATE SET url = excluded.url, document = excluded.document,
    fetched = excluded.fetched, etag = excluded.etag, last_modified = excluded.last_modified,
    digest = excluded.digest, version = excluded.version";

const RECORD: &str = "SELECT state, history FROM metadata_refreshes WHERE connection = $1";

const PUT_RECORD: &str =
    "INSERT INTO metadata_refreshes (connection, state, history) VALUES ($1, $2, $3)
    ON CONFLICT (connection) DO UPDATE SET state = excluded.state, history = excluded.history";
