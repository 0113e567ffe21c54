//! Removing what has expired, a batch per transaction, so that a sign-on never waits for a whole sweep.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Cause;
use super::Db;
use super::SqliteStore;
use super::micros;
use super::statement::execute;
use super::statement::value;
use crate::ports::StoreError;
use crate::store::Store;
use crate::store::Swept;

#[async_trait]
impl Store for SqliteStore {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sweep(&self, now: Timestamp) -> Result<Swept, StoreError> {
        Ok(Swept {
            replay_keys: self.sweep_table(REPLAY_KEYS, now).await?,
            requests: self.sweep_table(REQUESTS, now).await?,
        })
    }

    async fn close(&self) -> Result<(), StoreError> {
        match &self.carrier {
            Some(carrier) => carrier.empty_log().await.map_err(StoreError::new),
            None => Ok(()),
        }
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let alive = "SELECT revision FROM counters";
        self.read(move |db| Ok(value::<i64>(db, alive, []).map(drop)?))
            .await
    }
}

impl SqliteStore {
    pub(super) async fn sweep_table(
        &self,
        statement: &'static str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            let gone = self.write(move |db| batch(db, statement, now)).await?;
            swept += gone;
            if gone < u64::from(BATCH) {
                return Ok(swept);
            }
        }
    }
}

/// Removes one batch; says how many rows went.
fn batch(db: &Db, statement: &'static str, now: Timestamp) -> Result<u64, Cause> {
    Ok(execute(db, statement, (micros(now), BATCH))? as u64)
}

/// So many rows go in a few milliseconds: the wait that a sweep adds to a sign-on.
const BATCH: u32 = 500;

/// A replay key still counts at its last moment; the others do not.
const REPLAY_KEYS: &str = "DELETE FROM replay_keys WHERE key IN
    (SELECT key FROM replay_keys WHERE expires < ?1 ORDER BY expires LIMIT ?2)";

const REQUESTS: &str = "DELETE FROM pending_requests WHERE id IN
    (SELECT id FROM pending_requests WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";
