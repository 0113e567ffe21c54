//! Connections as JSON documents, and the revision that grows with them.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Cause;
use super::Db;
use super::SqliteStore;
use super::UnreadableRow;
use super::events;
use super::metadata;
use super::statement::all;
use super::statement::column;
use super::statement::execute;
use super::statement::first;
use super::statement::value;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::Connections;
use crate::event::connection_changed;
use crate::metadata::MetadataCopy;
use crate::ports::StoreError;

#[async_trait]
impl Connections for SqliteStore {
    async fn connections(&self) -> Result<Vec<Connection>, StoreError> {
        self.scan(|db| all(db, LIST, [], |row| read(&column::<String>(row)?)))
            .await
    }

    async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let id = id.clone();
        self.read(move |db| find(db, &id)?.as_deref().map(read).transpose())
            .await
    }

    async fn put_connection(
        &self,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let json = serde_json::to_string(connection).map_err(StoreError::new)?;
        let connection = connection.clone();
        self.write(move |db| {
            // A document that this version cannot read has keys that it does not know.
            let before = find(db, connection.id())?.and_then(|json| read(&json).ok());
            put(db, before.as_ref(), &connection, &json, None, now)
        })
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
        self.write(move |db| {
            let stored = find(db, connection.id())?;
            // Compared as values: another version may have written the same in other words.
            if stored.as_deref().map(read).transpose()? != present {
                return Ok(false);
            }
            if present.as_ref() != Some(&connection) || copy.is_some() {
                put(db, present.as_ref(), &connection, &json, copy.as_ref(), now)?;
            }
            Ok(true)
        })
        .await
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        self.read(|db| Ok(u64::try_from(value::<i64>(db, REVISION, [])?)?))
            .await
    }
}

/// The document of a connection.
fn find(db: &Db, id: &ConnectionId) -> Result<Option<String>, Cause> {
    first(db, FIND, [id.as_str()], column)
}

/// Puts a connection, and the copy of its metadata that was fetched for it, in the place of the one before, with the events of
/// the change.
fn put(
    db: &Db,
    before: Option<&Connection>,
    connection: &Connection,
    json: &str,
    copy: Option<&MetadataCopy>,
    now: Timestamp,
) -> Result<(), Cause> {
    let id = connection.id();
    let kept = metadata::find(db, id.as_str())?;
    execute(db, PUT, (id.as_str(), json))?;
    if let Some(copy) = copy {
        metadata::keep(db, id.as_str(), copy)?;
    }
    let told = connection_changed(before, kept.as_ref(), connection, copy, now);
    events::append(db, &told)?;
    bump_revision(db)
}

/// Removes a connection; says whether it was there.
pub(super) fn remove(db: &Db, id: &ConnectionId) -> Result<bool, Cause> {
    if execute(db, REMOVE, [id.as_str()])? == 0 {
        return Ok(false);
    }
    bump_revision(db)?;
    Ok(true)
}

/// Belongs into every transaction that changes a connection or a metadata copy.
pub(super) fn bump_revision(db: &Db) -> Result<(), Cause> {
    execute(db, BUMP, [])?;
    Ok(())
}

fn read(json: &str) -> Result<Connection, Cause> {
    serde_json::from_str(json).map_err(|_| UnreadableRow("connections").into())
}

const LIST: &str = "SELECT document FROM connections ORDER BY id";

const FIND: &str = "SELECT document FROM connections WHERE id = ?1";

const PUT: &str = "INSERT INTO connections (id, document) VALUES (?1, ?2)
    ON CONFLICT (id) DO UPDATE SET document = excluded.document";

/// The rows of other tables that belong to it go by `ON DELETE CASCADE`.
const REMOVE: &str = "DELETE FROM connections WHERE id = ?1";

const REVISION: &str = "SELECT revision FROM counters";

const BUMP: &str = "UPDATE counters SET revision = revision + 1";
