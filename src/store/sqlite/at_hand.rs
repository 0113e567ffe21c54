//! Looking a session up where the request is answered, without the way to another thread and back, which costs more than the
//! look-up itself: a few pages that are in memory, read in some microseconds.
//!
//! Each look-up is a read of its own, so it sees what any process has committed before it began.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::params;

use super::Cause;
use super::micros;
use super::sessions::FIND;
use super::sessions::decode;
use super::sessions::seen_at;
use crate::ports::StoreError;
use crate::session::SessionRecord;
use crate::token::TokenHash;

/// Connections that nobody waits for: one that is in use is passed over.
#[derive(Clone)]
pub(super) struct AtHand {
    places: Arc<[Mutex<Place>]>,
}

struct Place {
    connection: Connection,
    records: Records,
}

impl Place {
    fn open(path: &Path) -> rusqlite::Result<Mutex<Place>> {
        Ok(Mutex::new(Place {
            connection: connect(path)?,
            records: Records::default(),
        }))
    }
}

impl AtHand {
    /// Opens as many connections as there are threads that answer requests. The file is there, and its tables are up to date.
    pub(super) fn open(path: &Path) -> Result<AtHand, Cause> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let places: rusqlite::Result<_> = (0..threads).map(|_| Place::open(path)).collect();
        Ok(AtHand { places: places? })
    }

    /// The live session of a token. `None` where every connection is in use, or the read failed: then it is to be asked for
    /// in the usual way, which can wait.
    pub(super) fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Option<Result<Option<SessionRecord>, StoreError>> {
        let mut places = self.places.iter();
        let mut place = places.find_map(|place| place.try_lock().ok())?;
        let Place {
            connection,
            records,
        } = &mut *place;
        let found = find(connection, records, token, now).ok()?;
        Some(found.map(|record| record.filter(|record| !record.is_over(now))))
    }
}

fn find(
    connection: &Connection,
    records: &mut Records,
    token: &TokenHash,
    now: Timestamp,
) -> rusqlite::Result<Result<Option<SessionRecord>, StoreError>> {
    let mut statement = connection.prepare_cached(FIND)?;
    let mut rows = statement.query(params![token.as_octets(), micros(now)])?;
    let Some(row) = rows.next()? else {
        return Ok(Ok(None));
    };
    let json = row.get_ref(0)?.as_str()?;
    let seen = row.get(1)?;
    Ok(records.read(token, json, seen).map(Some))
}

/// Records that were parsed lately. The text that the store has now decides: one that is the same, octet for octet, need not be
/// parsed again.
#[derive(Default)]
struct Records(HashMap<[u8; 32], (Box<str>, SessionRecord)>);

impl Records {
    fn read(
        &mut self,
        token: &TokenHash,
        json: &str,
        seen: Option<i64>,
    ) -> Result<SessionRecord, StoreError> {
        if let Some((known, record)) = self.0.get(token.as_octets())
            && **known == *json
        {
            return seen_at(record.clone(), seen);
        }
        let record = decode(json, None)?;
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        let kept = (json.into(), record.clone());
        self.0.insert(*token.as_octets(), kept);
        seen_at(record, seen)
    }
}

/// Records at most, of some 3 KB each: the people who are at work at a time.
const KEPT: usize = 2048;

/// It never writes, although a database with a write-ahead log wants to be opened as if it did.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "query_only", "ON")?;
    connection.busy_timeout(Duration::ZERO)?;
    Ok(connection)
}
