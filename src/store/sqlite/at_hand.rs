//! Looking up what is found at once where the request is answered, without the way to another thread and back, which costs more
//! than the look-up itself: a few pages that are in memory, read in some microseconds.
//!
//! Each look-up is a read of its own, so it sees what any process has committed before it began.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::Cause;
use super::Db;
use super::connect;
use super::is_busy;
use super::micros;
use super::readers::free;
use super::sessions::FIND;
use super::sessions::decode;
use super::sessions::seen_at;
use super::statement::first;
use crate::session::SessionRecord;
use crate::token::TokenHash;

/// Connections that nobody waits for: one that is in use is passed over.
#[derive(Clone)]
pub(super) struct AtHand {
    places: Arc<[Mutex<Place>]>,
}

struct Place {
    db: Db,
    records: Records,
}

impl Place {
    fn open(path: &Path) -> rusqlite::Result<Mutex<Place>> {
        Ok(Mutex::new(Place {
            db: connect::reading(path, Duration::ZERO)?,
            records: Records::default(),
        }))
    }
}

impl AtHand {
    /// Opens as many connections as there are threads that answer requests. The file is there, and its tables are up to date.
    pub(super) fn open(path: &Path) -> rusqlite::Result<AtHand> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let places: rusqlite::Result<_> = (0..threads).map(|_| Place::open(path)).collect();
        Ok(AtHand { places: places? })
    }

    /// Runs a query. `None` where every connection is in use, or another process is in the way: then it is asked in the way
    /// that can wait.
    pub(super) fn read<T>(
        &self,
        query: impl FnOnce(&mut Db) -> Result<T, Cause>,
    ) -> Option<Result<T, Cause>> {
        let mut place = free(&self.places)?;
        unless_busy(query(&mut place.db))
    }

    /// The live session of a token; `None` as for [`AtHand::read`].
    pub(super) fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Option<Result<Option<SessionRecord>, Cause>> {
        let mut place = free(&self.places)?;
        let Place { db, records } = &mut *place;
        let values = (token.as_octets(), micros(now));
        let found = first(db, FIND, values, |row| {
            records.read(token, row.get_ref(0)?.as_str()?, row.get(1)?)
        });
        let found = unless_busy(found)?;
        Some(found.map(|record| record.filter(|record| !record.is_over(now))))
    }
}

fn unless_busy<T>(found: Result<T, Cause>) -> Option<Result<T, Cause>> {
    match found {
        Err(cause) if is_busy(&*cause) => None,
        found => Some(found),
    }
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
    ) -> Result<SessionRecord, Cause> {
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
