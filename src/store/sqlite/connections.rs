//! Connections as JSON documents, and the revision that grows with them.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::sessions;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::Connections;
use crate::event::EndReason;
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
        let id = connection.id().to_string();
        self.write(Box::new(|db| Box::pin(put(db, id, json)))).await
    }

    async fn replace_connection(
        &self,
        present: Option<&Connection>,
        connection: &Connection,
    ) -> Result<bool, StoreError> {
        let json = serde_json::to_string(connection).map_err(StoreError::new)?;
        let (id, present) = (connection.id().to_string(), present.cloned());
        self.write(Box::new(|db| {
            Box::pin(async move {
                let stored: Option<String> = sqlx::query_scalar(FIND)
                    .bind(id.clone())
                    .fetch_optional(&mut *db)
                    .await?;
                // Compared as values: another version may have written the same in other words.
                if stored.as_deref().map(read).transpose()? != present {
                    return Ok(false);
                }
                put(db, id, json).await?;
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

async fn put(db: &mut SqliteConnection, id: String, json: String) -> Result<(), Cause> {
    let put = sqlx::query(PUT).bind(id).bind(json);
    put.execute(&mut *db).await?;
    bump_revision(db).await
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
