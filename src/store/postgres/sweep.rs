//! The store as a whole: its time, its health, and removing what is old, a batch per transaction, so that a sign-on never waits for a whole
//! sweep. Several nodes may sweep at once: each passes over the rows that another one has in its hands.

use async_trait::async_trait;
use jiff::SignedDuration;
use jiff::Timestamp;

use super::PostgresStore;
use super::credentials;
use super::facts;
use super::kept;
use super::provisioning_log;
use super::query::Query as _;
use super::query::values;
use super::sign_on;
use super::transaction::Keeps;
use crate::ports::StoreError;
use crate::ports::TxOutcome;
use crate::store::SharedTask;
use crate::store::Stale;
use crate::store::Store;
use crate::store::StoreFacts;
use crate::store::records::lease_values;
use crate::store::records::micros;

#[async_trait]
impl Store for PostgresStore {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(self.ahead()).unwrap_or(now)
    }

    async fn forget(&self, stale: Stale, before: Timestamp) -> Result<u64, StoreError> {
        let statement = match stale {
            Stale::ReplayKeys => REPLAY_KEYS,
            Stale::PendingRequests => REQUESTS,
            Stale::SignOns => sign_on::FORGET,
            Stale::Events => return self.forget_all_events(before).await,
            Stale::LogEntries => provisioning_log::FORGET,
            Stale::KeptConnections => kept::FORGET_ROWS,
            Stale::AccessTokens => credentials::FORGET_TOKENS,
        };
        let values = values![micros(before), BATCH];
        let mut gone = 0;
        loop {
            let some = self.own(self.writing().execute(statement, &values).await)?;
            gone += some;
            if some < BATCH.unsigned_abs() {
                break;
            }
        }
        if stale == Stale::KeptConnections {
            let heads = self
                .writing()
                .execute(kept::FORGET_HEADS, &values[..1])
                .await;
            gone += self.own(heads)?;
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
        let taken = self.writing().execute(LEASE, &values).await;
        Ok(self.own(taken)? > 0)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read_clock().await
    }

    fn clock_difference(&self) -> SignedDuration {
        self.ahead()
    }

    /// A row is written and the writing undone: a server that takes no changes refuses it.
    async fn check_writable(&self) -> Result<(), StoreError> {
        let probe = self.transact(Keeps::Nothing, |conn| {
            Box::pin(async move {
                conn.execute(PROBE, &[]).await?;
                conn.execute(UNPROBE, &[]).await?;
                Ok(TxOutcome::Commit)
            })
        });
        probe.await.map(drop)
    }

    async fn facts(&self) -> Result<StoreFacts, StoreError> {
        self.number_events().await?;
        self.inspected().await
    }
}

impl PostgresStore {
    /// The facts of the database, whose events stay without the numbers that they lack.
    pub(in crate::store) async fn inspected(&self) -> Result<StoreFacts, StoreError> {
        let now = self.now();
        self.look_at(move |conn| Box::pin(facts::read(conn, now)))
            .await
    }

    async fn forget_all_events(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        loop {
            let some = self.forget_events(before, BATCH).await?;
            gone += some;
            if some < BATCH.unsigned_abs() {
                return Ok(gone);
            }
        }
    }
}

/// So many rows go in a few milliseconds: the wait that a sweep adds to a sign-on.
const BATCH: i64 = 500;

/// A replay key still counts at its last moment; the others do not.
const REPLAY_KEYS: &str = "DELETE FROM replay_keys WHERE key IN
    (SELECT key FROM replay_keys WHERE expires < $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)";

const REQUESTS: &str = "DELETE FROM pending_requests WHERE id IN
    (SELECT id FROM pending_requests WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)";

const LEASE: &str = "INSERT INTO site_settings AS kept (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
    WHERE kept.value::bigint <= $3 OR kept.value::bigint > $4";

/// Each process of the database has a row of its own, so that nobody waits.
const PROBE: &str =
    "INSERT INTO site_settings (name, value) VALUES ('probe-' || pg_backend_pid(), '')";

const UNPROBE: &str = "DELETE FROM site_settings WHERE name = 'probe-' || pg_backend_pid()";
