//! Connections as JSON documents, and the revision that grows with them.

use async_trait::async_trait;

use super::Db;
use super::SqliteStore;
use super::kept;
use super::statement::all;
use super::statement::execute;
use super::statement::first;
use super::statement::value;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::Connections;
use crate::connection::KeptConnection;
use crate::ports::StoreError;
use crate::store::records::Cause;
use crate::store::records::read_connection;

#[async_trait]
impl Connections for SqliteStore {
    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        self.scan(|db| all(db, LIST, [], |row| read_connection(row)))
            .await
    }

    async fn kept_connections(&self) -> Result<Vec<KeptConnection>, StoreError> {
        self.scan(kept::all_copies).await
    }

    async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let id = id.clone();
        self.read(move |db| find(db, &id)).await
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        self.read(|db| Ok(u64::try_from(value::<i64>(db, REVISION, [])?)?))
            .await
    }
}

pub(super) fn find(db: &Db, id: &ConnectionId) -> Result<Option<Connection>, Cause> {
    first(db, FIND, [id.as_str()], |row| read_connection(row))
}

pub(super) fn put(db: &Db, connection: &Connection) -> Result<(), Cause> {
    let json = serde_json::to_string(connection)?;
    execute(db, PUT, (connection.id().as_str(), json))?;
    Ok(())
}

/// Removes a connection, and the keys of its events; says whether it was there.
pub(super) fn delete(db: &Db, id: &ConnectionId) -> Result<bool, Cause> {
    execute(db, FORGET_KEYS, [id.as_str()])?;
    Ok(execute(db, DELETE, [id.as_str()])? > 0)
}

pub(super) fn bump_revision(db: &Db) -> Result<u64, Cause> {
    Ok(u64::try_from(value::<i64>(db, BUMP, [])?)?)
}

const LIST: &str = "SELECT document FROM connections ORDER BY id";

const FIND: &str = "SELECT document FROM connections WHERE id = ?1";

const PUT: &str = "INSERT INTO connections (id, document) VALUES (?1, ?2)
    ON CONFLICT (id) DO UPDATE SET document = excluded.document";

/// The rows of other tables that belong to it go by `ON DELETE CASCADE`.
const DELETE: &str = "DELETE FROM connections WHERE id = ?1";

const FORGET_KEYS: &str =
    "UPDATE events SET repeat_key = NULL WHERE connection = ?1 AND repeat_key IS NOT NULL";

const REVISION: &str = "SELECT revision FROM counters";

const BUMP: &str = "UPDATE counters SET revision = revision + 1 RETURNING revision";
