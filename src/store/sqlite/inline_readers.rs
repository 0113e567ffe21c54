//! Looking up what is found at once where the request is answered, without the way to another thread and back, which
//! costs more than the look-up itself. Each look-up is a read of its own, so it sees what any process has committed
//! before it began.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::Db;
use super::connect;
use super::error::is_busy;
use super::pool::free;
use super::session_rows::FIND;
use super::statement::first;
use crate::session::SessionRecord;
use crate::store::records::Cause;
use crate::store::records::decode_session;
use crate::store::records::micros;
use crate::store::records::seen_at;
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
        // Until this statement ends, the one within sees the same state.
        let found = first(db, DATA_VERSION, [], |row| {
            records.reach(row.get(0)?);
            match records.unchanged(token) {
                Some(record) => Ok(Some(record.clone())),
                None => records.find(db, token, now),
            }
        });
        let found = unless_busy(found)?.map(Option::flatten);
        Some(found.map(|record| record.filter(|record| !record.is_over(now))))
    }
}

fn unless_busy<T>(found: Result<T, Cause>) -> Option<Result<T, Cause>> {
    match found {
        Err(cause) if is_busy(&*cause) => None,
        found => Some(found),
    }
}

/// Records that were read lately. Until anybody commits anything they are as the store has them. After that the row is read again,
/// and its text decides: one that is the same, byte for byte, is not parsed again.
#[derive(Default)]
struct Records {
    known: HashMap<[u8; 32], CachedRecord>,
    /// The bytes of their texts.
    bytes: usize,
    /// The database's `data_version`, as this connection saw it last.
    version: i64,
    /// Changes of the version so far.
    changes: u64,
}

struct CachedRecord {
    json: Box<str>,
    record: SessionRecord,
    /// The value of [`Records::changes`] when the store last had this record as a live one.
    checked: u64,
}

impl Records {
    /// Notes the version of the state that is being read.
    fn reach(&mut self, version: i64) {
        if self.version != version {
            self.version = version;
            self.changes += 1;
        }
    }

    /// The record of a token whose session was live in this very state, but for the time.
    fn unchanged(&self, token: &TokenHash) -> Option<&SessionRecord> {
        let known = self.known.get(token.as_bytes())?;
        (known.checked == self.changes).then_some(&known.record)
    }

    fn find(
        &mut self,
        db: &Db,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, Cause> {
        let values = (token.as_bytes(), micros(now));
        first(db, FIND, values, |row| {
            self.read(token, row.get_ref(0)?.as_str()?, row.get(1)?)
        })
    }

    fn read(
        &mut self,
        token: &TokenHash,
        json: &str,
        seen: Option<i64>,
    ) -> Result<SessionRecord, Cause> {
        if let Some(known) = self.known.get_mut(token.as_bytes())
            && *known.json == *json
        {
            let record = seen_at(known.record.clone(), seen)?;
            known.record.seen = record.seen;
            known.checked = self.changes;
            return Ok(record);
        }
        let record = decode_session(json, seen)?;
        self.keep(token, json, &record);
        Ok(record)
    }

    /// Keeps a record for the next request of its person. Where there is no room, all others go.
    fn keep(&mut self, token: &TokenHash, json: &str, record: &SessionRecord) {
        if json.len() > LONGEST {
            return;
        }
        if self.bytes + json.len() > ROOM {
            self.known = HashMap::new();
            self.bytes = 0;
        }
        let known = CachedRecord {
            json: json.into(),
            record: record.clone(),
            checked: self.changes,
        };
        let before = self.known.insert(*token.as_bytes(), known);
        let freed = before.map_or(0, |before| before.json.len());
        self.bytes = self.bytes + json.len() - freed;
    }
}

/// Another value after each commit of any other connection, in whatever process. This connection never commits: it only reads.
const DATA_VERSION: &str = "PRAGMA data_version";

/// Bytes of text at most for each connection, which take some three times as much with what was read from them: the people who are
/// at work at a time, 2,000 or so with usual records.
const ROOM: usize = 2 << 20;

/// Bytes of the longest text that is kept. Somebody with very many attributes does not push everybody else out.
const LONGEST: usize = ROOM / 64;

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;
    use crate::configuration::danger::put_connection;
    use crate::connection::Connection;
    use crate::directory::Origin;
    use crate::directory::Scope;
    use crate::directory::UserId;
    use crate::directory::UserRecord;
    use crate::directory::transact;
    use crate::saml::Attributes;
    use crate::scim::Draft;
    use crate::scim::ResourceKind;
    use crate::scim::Schemas;
    use crate::session::Sessions;
    use crate::session::open_session;
    use crate::store::sqlite::SqliteStore;
    use crate::store::sqlite::session_deletion::put_claims;
    use crate::store::sqlite::statement::execute;
    use crate::store::sqlite::statement::watch;

    fn record(byte: u8, length: usize) -> (TokenHash, String) {
        let token = TokenHash::from_bytes([byte; 32]);
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
        for byte in 0..=255 {
            let (token, json) = record(byte, LONGEST / 2);
            let read: SessionRecord = records.read(&token, &json, None).unwrap();
            assert_eq!(read.token, token);
            let held: usize = records.known.values().map(|known| known.json.len()).sum();
            assert_eq!(held, records.bytes);
            assert!(records.bytes <= ROOM && records.known.contains_key(token.as_bytes()));
        }
        let before = records.bytes;
        let (token, json) = record(0, 2 * LONGEST);
        assert!(records.read(&token, &json, None).is_ok());
        assert_eq!(records.bytes, before, "one that is too long is not kept");
        let (token, json) = record(255, LONGEST / 4);
        let changed = records.read(&token, &json, None).unwrap();
        assert_eq!(
            changed.issuer.len(),
            LONGEST / 4,
            "the text that is there now decides"
        );
        assert!(records.bytes < before);
    }

    async fn session_of_ada(store: &SqliteStore, now: Timestamp) -> SessionRecord {
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        put_connection(store, &acme.build().unwrap(), now)
            .await
            .unwrap();
        let schemas = Schemas::standard();
        let of = schemas.resource_type(ResourceKind::User);
        let draft = Draft::read(json!({"userName": "ada", "externalId": "ada"}), of);
        let (id, acme) = (UserId::from_random([1; 16]), "acme".parse().unwrap());
        let scope = Scope::by_default("acme".parse().unwrap(), now);
        let ada = draft.unwrap().created().resource;
        let ada = UserRecord::new(&id, acme, Origin::Provisioned, ada, now);
        let inserted = transact(store, &scope, move |directory| {
            Box::pin(async move { directory.insert_user(&ada).await })
        });
        inserted.await.unwrap();
        let record = SessionRecord {
            user: Some(id),
            idle: Some(Duration::from_secs(3600)),
            attributes: serde_json::from_value(json!([{"name": "roles", "values": ["a"]}]))
                .unwrap(),
            opened: now,
            seen: now,
            expires: now + SignedDuration::from_hours(8),
            ..decode_session(&record(7, 1).1, None).unwrap()
        };
        open_session(store, &record).await.unwrap();
        record
    }

    #[tokio::test]
    async fn what_another_process_commits_counts_at_the_next_look_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("entrada.db");
        let store = SqliteStore::open(&path).await.unwrap();
        let other = SqliteStore::open(&path).await.unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let minute = SignedDuration::from_mins(1);
        let opened = session_of_ada(&store, now).await;
        let token = opened.token;
        let look_up = async |at| {
            watch::begin();
            let first = store.session(&token, at).await.unwrap();
            let statements = watch::begin().len();
            let again = store.session(&token, at).await.unwrap();
            assert_eq!(first, again);
            if first.is_some() {
                assert_eq!(watch::begin(), [DATA_VERSION], "the second is remembered");
            }
            (first, statements)
        };
        assert_eq!(look_up(now).await, (Some(opened.clone()), 2));
        assert_eq!(look_up(now).await, (Some(opened.clone()), 1));

        let change = async |sql: &'static str| {
            let changed = other.write(move |db| Ok(execute(db, sql, [])?));
            assert_eq!(changed.await.unwrap(), 1);
            look_up(now).await
        };
        // A user who is switched off gets another epoch.
        let back = "UPDATE users SET active = 1, epoch = epoch - 1";
        for away in [
            "UPDATE users SET active = 0",
            "UPDATE users SET epoch = epoch + 1",
        ] {
            assert_eq!(change(away).await, (None, 2), "{away}");
            assert_eq!(change(back).await, (Some(opened.clone()), 2), "{away}");
        }

        other.touch_session(&token, now + minute).await.unwrap();
        let seen = look_up(now + minute).await.0.unwrap().seen;
        assert_eq!(seen, now + minute);
        let put = other.write(move |db| put_claims(db, &token, &Attributes::default()));
        put.await.unwrap();
        let claims = look_up(now + minute).await.0.unwrap();
        assert!(claims.attributes.is_empty() && claims.seen == seen);
        assert_eq!(change("DELETE FROM sessions").await, (None, 2));
    }

    #[tokio::test]
    async fn a_record_that_is_remembered_is_over_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("entrada.db"));
        let store = store.await.unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let opened = session_of_ada(&store, now).await;
        let is_live = async |after| {
            let found = store.session(&opened.token, now + SignedDuration::from_mins(after));
            found.await.unwrap().is_some()
        };
        assert!(is_live(0).await && is_live(59).await);
        assert!(!is_live(60).await, "idle for too long");
        for minutes in (50..480).step_by(50) {
            let at = now + SignedDuration::from_mins(minutes);
            store.touch_session(&opened.token, at).await.unwrap();
        }
        assert!(is_live(479).await);
        assert!(!is_live(480).await, "its lifetime is over");
    }
}
