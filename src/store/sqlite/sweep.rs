//! Removing what is old, a batch per transaction, so that a sign-on never waits for a whole sweep.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params_from_iter;
use tokio::task::spawn_blocking;

use super::Db;
use super::SqliteStore;
use super::access_tokens;
use super::connect;
use super::events;
use super::facts;
use super::kept;
use super::provisioning_log;
use super::sign_on;
use super::statement::execute;
use super::statement::value;
use crate::ports::StoreError;
use crate::store::SharedTask;
use crate::store::Stale;
use crate::store::Store;
use crate::store::StoreFacts;
use crate::store::records::Cause;
use crate::store::records::lease_values;
use crate::store::records::micros;

#[async_trait]
impl Store for SqliteStore {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn forget(&self, stale: Stale, before: Timestamp) -> Result<u64, StoreError> {
        let statement = match stale {
            Stale::ReplayKeys => REPLAY_KEYS,
            Stale::PendingRequests => REQUESTS,
            Stale::SignOns => sign_on::FORGET,
            Stale::Events => events::FORGET,
            Stale::LogEntries => provisioning_log::FORGET,
            Stale::KeptConnections => kept::FORGET_ROWS,
            Stale::AccessTokens => access_tokens::FORGET,
        };
        let mut gone = 0;
        loop {
            let batch = self.write(move |db| batch(db, statement, before));
            let some = batch.await?;
            gone += some;
            if some < u64::from(BATCH) {
                break;
            }
        }
        if stale == Stale::KeptConnections {
            let heads = self.write(move |db| kept::forget_heads(db, before));
            gone += heads.await?;
        }
        Ok(gone)
    }

    async fn take_lease(
        &self,
        task: SharedTask,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let values = lease_values(task, now, until);
        let taken = self.write(move |db| Ok(execute(db, LEASE, params_from_iter(&values))?));
        Ok(taken.await? > 0)
    }

    /// A row comes and goes in one transaction: SQLite writes nothing for one that is undone, or where a row stays the same.
    async fn check_writable(&self) -> Result<(), StoreError> {
        let probe = |db: &mut Db| {
            execute(db, "INSERT INTO site_settings VALUES ('probe', '')", [])?;
            execute(db, "DELETE FROM site_settings WHERE name = 'probe'", [])?;
            Ok(())
        };
        self.write(probe).await
    }

    async fn facts(&self) -> Result<StoreFacts, StoreError> {
        let path = self.path.clone();
        self.scan(move |db| facts::read(db, path.as_deref())).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        match &self.checkpointer {
            Some(carrier) => carrier
                .empty_log()
                .await
                .map_err(|cause| self.failed(cause)),
            None => Ok(()),
        }
    }

    /// SQLite leaves what was removed in free pages, and in the free parts of others.
    async fn erase_removed(&self) -> Result<(), StoreError> {
        let Some(path) = self.path.clone() else {
            return Ok(());
        };
        let rewritten = spawn_blocking(move || connect::writing(&path)?.execute_batch("VACUUM"));
        let rewritten = rewritten.await.map_err(StoreError::new)?;
        rewritten.map_err(|cause| self.failed(cause.into()))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let alive = "SELECT revision FROM counters";
        self.read(move |db| Ok(value::<i64>(db, alive, []).map(drop)?))
            .await
    }
}

fn batch(db: &Db, statement: &'static str, now: Timestamp) -> Result<u64, Cause> {
    Ok(execute(db, statement, (micros(now), BATCH))? as u64)
}

const LEASE: &str = "INSERT INTO site_settings (name, value) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
    WHERE CAST(value AS INTEGER) <= ?3 OR CAST(value AS INTEGER) > ?4";

/// So many rows go in a few milliseconds: the wait that a sweep adds to a sign-on.
const BATCH: u32 = 500;

/// A replay key still counts at its last moment; the others do not.
const REPLAY_KEYS: &str = "DELETE FROM replay_keys WHERE key IN
    (SELECT key FROM replay_keys WHERE expires < ?1 ORDER BY expires LIMIT ?2)";

const REQUESTS: &str = "DELETE FROM pending_requests WHERE id IN
    (SELECT id FROM pending_requests WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";
