//! Replay keys: 32 bytes, and the moment until which they count.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Db;
use super::SqliteStore;
use super::statement::all;
use super::statement::column;
use super::statement::execute;
use super::statement::first;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::saml::ReplayCache;
use crate::saml::ReplayKey;
use crate::store::records::Cause;
use crate::store::records::micros;

#[async_trait]
impl ReplayCache for SqliteStore {
    async fn admit(
        &self,
        key: ReplayKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        self.write(move |db| admit(db, &key, until, now)).await
    }
}

/// Admits a key that is new; it is kept from now on. Nobody else writes before the transaction ends.
pub(super) fn admit(
    db: &Db,
    key: &ReplayKey,
    until: Timestamp,
    now: Timestamp,
) -> Result<Admission, Cause> {
    let kept: Option<i64> = first(db, KEPT, [key.as_bytes()], column)?;
    execute(db, KEEP, (key.as_bytes(), micros(until)))?;
    match kept.is_some_and(|kept| micros(now) <= kept) {
        true => Ok(Admission::Replayed),
        false => Ok(Admission::First),
    }
}

/// The keys of a store, each with its end.
pub(super) fn all_keys(db: &Db) -> Result<Vec<(Vec<u8>, i64)>, Cause> {
    all(db, ALL, [], |row| Ok(row.try_into()?))
}

/// Keeps keys of another store.
pub(super) fn put_keys(db: &Db, keys: Vec<(Vec<u8>, i64)>) -> Result<(), Cause> {
    for key in keys {
        execute(db, KEEP, key)?;
    }
    Ok(())
}

const ALL: &str = "SELECT key, expires FROM replay_keys";

/// Live or not.
const KEPT: &str = "SELECT expires FROM replay_keys WHERE key = ?1";

const KEEP: &str = "INSERT INTO replay_keys (key, expires) VALUES (?1, ?2)
    ON CONFLICT (key) DO UPDATE SET expires = max(expires, excluded.expires)";
