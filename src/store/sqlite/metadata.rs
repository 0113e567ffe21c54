//! Metadata copies, octet for octet.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::connections::bump_revision;
use super::micros;
use super::unknown_connection;
use crate::metadata::MetadataCache;
use crate::metadata::MetadataCopy;
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
            Box::pin(async move {
                sqlx::query(KEEP)
                    .bind(connection.as_str())
                    .bind(copy.url)
                    .bind(copy.document)
                    .bind(micros(copy.fetched))
                    .bind(copy.etag)
                    .bind(copy.last_modified)
                    .execute(&mut *db)
                    .await
                    .map_err(|error| unknown_connection(&connection, error))?;
                bump_revision(db).await
            })
        }))
        .await
    }
}

fn read(row: SqliteRow) -> Result<MetadataCopy, Cause> {
    let fetched = Timestamp::from_microsecond(row.try_get("fetched")?);
    Ok(MetadataCopy {
        url: row.try_get("url")?,
        document: row.try_get("document")?,
        fetched: fetched.map_err(|_| UnreadableRow("metadata_copies"))?,
        etag: row.try_get("etag")?,
        last_modified: row.try_get("last_modified")?,
    })
}

const FIND: &str = "SELECT url, document, fetched, etag, last_modified FROM metadata_copies
    WHERE connection = $1";

const KEEP: &str = "INSERT INTO metadata_copies
    (connection, url, document, fetched, etag, last_modified)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (connection) DO UPDATE SET url = excluded.url, document = excluded.document,
    fetched = excluded.fetched, etag = excluded.etag, last_modified = excluded.last_modified";
