//! Looking a session up where the request is answered, without the way to another thread and back, which costs more than the
//! look-up itself: a few pages that are in memory, read in some microseconds.
//!
//! Each look-up is a read of its own, so it sees what any process has committed before it began.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::OptionalExtension;
use rusqlite::params;

use super::Cause;
use super::micros;
use super::sessions::FIND;
use super::sessions::decode;
use crate::ports::StoreError;
use crate::session::SessionRecord;
use crate::token::TokenHash;

/// Connections that nobody waits for: one that is in use is passed over.
#[derive(Clone)]
pub(super) struct AtHand {
    connections: Arc<[Mutex<Connection>]>,
}

impl AtHand {
    /// Opens as many connections as there are threads that answer requests. The file is there, and its tables are up to date.
    pub(super) fn open(path: &Path) -> Result<AtHand, Cause> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let connections = (0..threads).map(|_| connect(path).map(Mutex::new));
        Ok(AtHand {
            connections: connections.collect::<Result<_, _>>()?,
        })
    }

    /// The live session of a token. `None` where every connection is in use, or the read failed: then it is to be asked for
    /// in the usual way, which can wait.
    pub(super) fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Option<Result<Option<SessionRecord>, StoreError>> {
        let mut connections = self.connections.iter();
        let connection = connections.find_map(|connection| connection.try_lock().ok())?;
        let row = find(&connection, token, now).ok()?;
        drop(connection);
        let found = row.map(|(json, seen)| decode(&json, seen)).transpose();
        Some(found.map(|record| record.filter(|record| !record.is_over(now))))
    }
}

/// The record as JSON, and the latest request that was noted.
type Row = (String, Option<i64>);

fn find(
    connection: &Connection,
    token: &TokenHash,
    now: Timestamp,
) -> rusqlite::Result<Option<Row>> {
    let mut statement = connection.prepare_cached(FIND)?;
    let wanted = params![token.as_octets(), micros(now)];
    let row = statement.query_row(wanted, |row| Ok((row.get(0)?, row.get(1)?)));
    row.optional()
}

/// It never writes, although a database with a write-ahead log wants to be opened as if it did.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "query_only", "ON")?;
    connection.busy_timeout(Duration::ZERO)?;
    Ok(connection)
}
