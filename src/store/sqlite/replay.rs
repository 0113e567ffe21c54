//! Replay keys: 32 octets, and the moment until which they count.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::QueryBuilder;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::SqliteConnection;

use super::Cause;
use super::SqliteStore;
use super::micros;
use super::rows::runs;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::saml::ReplayCache;
use crate::saml::ReplayKey;

#[async_trait]
impl ReplayCache for SqliteStore {
    async fn admit(
        &self,
        key: ReplayKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let one = [Admit { key, until, now }];
                let admitted = admit(db, &one).await?;
                Ok(admitted.first().copied().unwrap_or(Admission::Replayed))
            })
        }))
        .await
    }
}

/// A key that asks to be admitted.
#[derive(Clone, Copy)]
pub(super) struct Admit {
    pub(super) key: ReplayKey,
    pub(super) until: Timestamp,
    pub(super) now: Timestamp,
}

/// Whether each of the keys is new; they are kept from now on. One that comes twice is a replay the second time.
///
/// What is read here stays true until the transaction ends, since nobody else writes meanwhile.
pub(super) async fn admit(
    db: &mut SqliteConnection,
    keys: &[Admit],
) -> Result<Vec<Admission>, Cause> {
    let mut kept = kept(db, keys).await?;
    let admissions = keys
        .iter()
        .map(|one| {
            let until = kept.entry(*one.key.as_octets()).or_insert(i64::MIN);
            let live = micros(one.now) <= *until;
            *until = micros(one.until).max(*until);
            match live {
                true => Admission::Replayed,
                false => Admission::First,
            }
        })
        .collect();
    let kept: Vec<([u8; 32], i64)> = kept.into_iter().collect();
    for run in runs(&kept) {
        keep(run).build().execute(&mut *db).await?;
    }
    Ok(admissions)
}

/// Those of the keys that the store holds, live or not.
async fn kept(db: &mut SqliteConnection, keys: &[Admit]) -> Result<HashMap<[u8; 32], i64>, Cause> {
    let mut kept = HashMap::with_capacity(keys.len());
    for run in runs(keys) {
        for row in find(run).build().fetch_all(&mut *db).await? {
            let key: Vec<u8> = row.try_get(0)?;
            let key = key
                .try_into()
                .map_err(|_| super::UnreadableRow("replay_keys"))?;
            kept.insert(key, row.try_get(1)?);
        }
    }
    Ok(kept)
}

fn find(keys: &[Admit]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("SELECT key, expires FROM replay_keys WHERE key IN (");
    let mut list = query.separated(", ");
    for one in keys {
        list.push_bind(one.key.as_octets().to_vec());
    }
    query.push(")");
    query
}

fn keep(keys: &[([u8; 32], i64)]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("INSERT INTO replay_keys (key, expires) ");
    query.push_values(keys, |mut row, (key, until)| {
        row.push_bind(key.to_vec()).push_bind(*until);
    });
    query.push(" ON CONFLICT (key) DO UPDATE SET expires = excluded.expires");
    query
}
