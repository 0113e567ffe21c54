//! Connections as JSON documents, and the revision that grows with them.

use async_trait::async_trait;

use super::PostgresStore;
use super::conn::Conn;
use super::kept;
use super::query::Query;
use super::query::values;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::Connections;
use crate::connection::KeptConnection;
use crate::ports::StoreError;
use crate::store::records::Cause;
use crate::store::records::read_connection;

#[async_trait]
impl Connections for PostgresStore {
    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        self.own(self.reading().all(LIST, &[], read_connection).await)
    }

    async fn kept_connections(&self) -> Result<Vec<KeptConnection>, StoreError> {
        self.own(kept::all_copies(&mut self.reading()).await)
    }

    async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        self.own(find(&mut self.reading(), id).await)
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        let revision = self.own(self.reading().number(REVISION, &[]).await)?;
        u64::try_from(revision).map_err(StoreError::new)
    }
}

pub(super) async fn find(
    conn: &mut impl Query,
    id: &ConnectionId,
) -> Result<Option<Connection>, Cause> {
    conn.first(FIND, &values![id.as_str()], read_connection)
        .await
}

pub(super) async fn put(conn: &mut Conn, connection: &Connection) -> Result<(), Cause> {
    let values = values![connection.id().as_str(), serde_json::to_string(connection)?];
    conn.execute(PUT, &values).await?;
    Ok(())
}

/// Removes a connection, and the keys of its events; says whether it was there.
pub(super) async fn delete(conn: &mut Conn, id: &ConnectionId) -> Result<bool, Cause> {
    conn.execute(FORGET_KEYS, &values![id.as_str()]).await?;
    Ok(conn.execute(DELETE, &values![id.as_str()]).await? > 0)
}

pub(super) async fn bump_revision(conn: &mut Conn) -> Result<u64, Cause> {
    Ok(u64::try_from(conn.number(BUMP, &[]).await?)?)
}

const LIST: &str = "SELECT document FROM connections ORDER BY id";

const FIND: &str = "SELECT document FROM connections WHERE id = $1";

const PUT: &str = "INSERT INTO connections (id, document) VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET document = excluded.document";

/// The rows of other tables that belong to it go by `ON DELETE CASCADE`.
const DELETE: &str = "DELETE FROM connections WHERE id = $1";

const FORGET_KEYS: &str =
    "UPDATE events SET repeat_key = NULL WHERE connection = $1 AND repeat_key IS NOT NULL";

const REVISION: &str = "SELECT revision AS number FROM counters";

const BUMP: &str = "UPDATE counters SET revision = revision + 1 RETURNING revision AS number";
