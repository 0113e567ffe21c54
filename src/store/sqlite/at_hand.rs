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
pub(super) struct InlineReaders {
    places: Arc<[Mutex<PooledReader>]>,
}

struct PooledReader {
    db: Db,
    records: Records,
}

impl PooledReader {
    fn open(path: &Path) -> rusqlite::Result<Mutex<PooledReader>> {
        Ok(Mutex::new(PooledReader {
            db: connect::reading(path, Duration::ZERO)?,
            records: Records::default(),
        }))
    }
}

impl InlineReaders {
    /// Opens as many connections as there are threads that answer requests. The file is there, and its tables are up to date.
    pub(super) fn open(path: &Path) -> rusqlite::Result<InlineReaders> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let places: rusqlite::Result<_> = (0..threads).map(|_| PooledReader::open(path)).collect();
        Ok(InlineReaders { places: places? })
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

    /// The live session of a token; `None` as for [`InlineReaders::read`].
    pub(super) fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Option<Result<Option<SessionRecord>, Cause>> {
        let mut place = free(&self.places)?;
        let PooledReader { db, records } = &mut *place;
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

/// Records that were parsed lately. The text that the store has now decides: one that is the same, byte for byte, need not be
/// parsed again.
#[derive(Default)]
struct Records {
    known: HashMap<[u8; 32], (Box<str>, SessionRecord)>,
    /// The bytes of their texts.
    octets: usize,
}

impl Records {
    fn read(
        &mut self,
        token: &TokenHash,
        json: &str,
        seen: Option<i64>,
    ) -> Result<SessionRecord, Cause> {
        if let Some((known, record)) = self.known.get(token.as_octets())
            && **known == *json
        {
            return seen_at(record.clone(), seen);
        }
        let record = decode(json, None)?;
        self.keep(token, json, &record);
        seen_at(record, seen)
    }

    /// Keeps a record for the next request of its person. Where there is no room, all others go.
    fn keep(&mut self, token: &TokenHash, json: &str, record: &SessionRecord) {
        if json.len() > LONGEST {
            return;
        }
        if self.octets + json.len() > ROOM {
            *self = Records::default();
        }
        let kept = (json.into(), record.clone());
        let before = self.known.insert(*token.as_octets(), kept);
        let freed = before.map_or(0, |(before, _)| before.len());
        self.octets = self.octets + json.len() - freed;
    }
}

/// Bytes of text at most for each connection, which take some three times as much with what was read from them: the people who are
/// at work at a time, 2,000 or so with usual records.
const ROOM: usize = 2 << 20;

/// Bytes of the longest text that is kept. Somebody with very many attributes does not push everybody else out.
const LONGEST: usize = ROOM / 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn record(octet: u8, length: usize) -> (TokenHash, String) {
        let token = TokenHash::from_octets([octet; 32]);
        let json = serde_json::json!({
            "id": "0123456789abcdef", "token": token, "connection": "acme", "issuer": "x".repeat(length),
            "name_id": {"value": "ada"}, "session_index": null, "attributes": [],
            "authn_instant": "2026-11-22T12:00:00Z", "opened": "2026-11-22T12:00:00Z",
            "expires": "2026-11-22T20:00:00Z",
        });
        (token, json.to_string())
    }

    #[test]
    fn records_take_bounded_room_however_long_they_are() {
        let mut records = Records::default();
        for octet in 0..=255 {
            let (token, json) = record(octet, LONGEST / 2);
            let read: SessionRecord = records.read(&token, &json, None).unwrap();
            assert_eq!(read.token, token);
            let held: usize = records.known.values().map(|(json, _)| json.len()).sum();
            assert_eq!(held, records.octets);
            assert!(records.octets <= ROOM && records.known.contains_key(token.as_octets()));
        }
        let before = records.octets;
        let (token, json) = record(0, 2 * LONGEST);
        assert!(records.read(&token, &json, None).is_ok());
        assert_eq!(records.octets, before, "one that is too long is not kept");
        let (token, json) = record(255, LONGEST / 4);
        let changed = records.read(&token, &json, None).unwrap();
        assert_eq!(
            changed.issuer.len(),
            LONGEST / 4,
            "the text that is there now decides"
        );
        assert!(records.octets < before);
    }
}
