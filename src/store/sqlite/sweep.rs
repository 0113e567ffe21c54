//! Removing what has expired, a batch per transaction, so that a sign-on never waits for a whole sweep.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::QueryBuilder;
use sqlx::Sqlite;
use sqlx::SqliteConnection;

use super::Cause;
use super::SqliteStore;
use super::checkpoints;
use super::micros;
use crate::event::EndReason;
use crate::ports::StoreError;
use crate::store::Store;
use crate::store::Swept;

#[async_trait]
impl Store for SqliteStore {
    async fn sweep(&self, now: Timestamp) -> Result<Swept, StoreError> {
        Ok(Swept {
            replay_keys: self.sweep_table(REPLAY_KEYS, now).await?,
            requests: self.sweep_table(REQUESTS, now).await?,
            sessions: self.sweep_sessions(&EXPIRED, now).await?
                + self.sweep_sessions(&IDLE, now).await?,
        })
    }

    async fn close(&self) -> Result<(), StoreError> {
        match &self.carrier {
            Some(carrier) => checkpoints::empty_log(carrier)
                .await
                .map_err(StoreError::new),
            None => Ok(()),
        }
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let alive = sqlx::query("SELECT revision FROM counters");
        alive
            .fetch_one(&self.readers)
            .await
            .map(drop)
            .map_err(StoreError::new)
    }
}

impl SqliteStore {
    /// Sessions end with an event, so they go the way of all sessions.
    async fn sweep_sessions(&self, over: &'static Over, now: Timestamp) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            let expired = move |query: &mut QueryBuilder<Sqlite>| {
                query.push(over.which).push_bind(micros(now));
                query.push(over.order);
                query
                    .push_bind(i64::try_from(BATCH).unwrap_or(i64::MAX))
                    .push(")");
            };
            let gone = self.end_where(EndReason::Expired, now, expired).await?;
            swept += gone;
            if gone < BATCH {
                return Ok(swept);
            }
        }
    }

    pub(super) async fn sweep_table(
        &self,
        statement: &'static str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            let gone = self
                .write(Box::new(move |db| Box::pin(batch(db, statement, now))))
                .await?;
            swept += gone;
            if gone < BATCH {
                return Ok(swept);
            }
        }
    }
}

/// Removes one batch; says how many rows went.
async fn batch(
    db: &mut SqliteConnection,
    statement: &'static str,
    now: Timestamp,
) -> Result<u64, Cause> {
    let done = sqlx::query(statement)
        .bind(micros(now))
        .bind(i64::try_from(BATCH)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// So many rows go in a few milliseconds: the wait that a sweep adds to a sign-on.
const BATCH: u64 = 500;

/// A replay key still counts at its last moment; the others do not.
const REPLAY_KEYS: &str = "DELETE FROM replay_keys WHERE key IN
    (SELECT key FROM replay_keys WHERE expires < $1 ORDER BY expires LIMIT $2)";

const REQUESTS: &str = "DELETE FROM pending_requests WHERE id IN
    (SELECT id FROM pending_requests WHERE expires <= $1 ORDER BY expires LIMIT $2)";

/// Sessions that are over, as rows of `s`, between the parameters.
struct Over {
    which: &'static str,
    order: &'static str,
}

const EXPIRED: Over = Over {
    which: "s.token IN (SELECT token FROM sessions WHERE expires <= ",
    order: " ORDER BY expires LIMIT ",
};

/// In the words of the index `sessions_by_idle_end`.
const IDLE: Over = Over {
    which: "s.token IN (SELECT token FROM sessions WHERE idle IS NOT NULL AND coalesce(seen, opened) + idle <= ",
    order: " ORDER BY coalesce(seen, opened) + idle LIMIT ",
};
