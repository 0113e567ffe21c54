//! The store itself: its pool of connections, and how it is opened.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use deadpool_postgres::Pool;
use deadpool_postgres::PoolError;
use jiff::SignedDuration;
use jiff::Timestamp;
use tokio_postgres::Row as PostgresRow;

use super::conn::Conn;
use super::conn::Statements;
use super::error::Failure;
use super::error::Unreachable;
use super::fault;
use super::query::Query;
use crate::ports::StoreError;
use crate::ports::TxFuture;
use crate::store::records::Cause;
use crate::store::records::Row as _;
use crate::store::records::Value;

/// A [`Store`](crate::store::Store) in a PostgreSQL database, which any number of processes may share.
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
}

struct Shared {
    pool: Pool,
    statements: Statements,
    /// Microseconds by which the clock of the database is ahead of the one of this process.
    ahead: AtomicI64,
    backoff: Mutex<Backoff>,
}

impl PostgresStore {
    pub(super) fn new(pool: Pool, statements: Statements) -> PostgresStore {
        PostgresStore {
            shared: Arc::new(Shared {
                pool,
                statements,
                ahead: AtomicI64::new(0),
                backoff: Mutex::default(),
            }),
        }
    }

    /// A connection for one caller.
    pub(super) async fn connection(&self) -> Result<Conn, Cause> {
        let Shared {
            pool, statements, ..
        } = &*self.shared;
        if pool.status().available == 0 && self.backoff(|backoff| backoff.is_over()) {
            return Err(Unreachable.into());
        }
        match pool.get().await {
            Ok(client) => {
                self.backoff(Backoff::end);
                Ok(Conn::new(client, *statements))
            }
            Err(error) => {
                if let PoolError::Backend(_) | PoolError::Timeout(_) = error {
                    self.backoff(Backoff::grow);
                }
                Err(error.into())
            }
        }
    }

    /// Statements that read, each on a connection of its own.
    pub(super) fn reading(&self) -> OneByOne<'_> {
        OneByOne {
            store: self,
            tries: READS,
        }
    }

    /// Statements that change something, each a transaction of its own.
    pub(super) fn writing(&self) -> OneByOne<'_> {
        OneByOne {
            store: self,
            tries: 1,
        }
    }

    pub(super) fn own<T>(&self, done: Result<T, Cause>) -> Result<T, StoreError> {
        done.map_err(|cause| self.failed(cause))
    }

    fn backoff<T>(&self, with: impl FnOnce(&mut Backoff) -> T) -> T {
        let backoff = self.shared.backoff.lock();
        with(&mut backoff.unwrap_or_else(PoisonError::into_inner))
    }

    /// Closes the connections that nobody uses: one has turned out to be dead, or to lead to a standby.
    pub(super) fn distrust_connections(&self) {
        self.shared.pool.retain(|_, _| false);
    }

    pub(super) fn failed(&self, cause: Cause) -> StoreError {
        fault::store_error(cause)
    }

    /// Asks the database for its time, by which all nodes go.
    pub(super) async fn read_clock(&self) -> Result<(), StoreError> {
        let asked = (Timestamp::now(), Instant::now());
        let mut conn = self
            .connection()
            .await
            .map_err(|cause| self.failed(cause))?;
        let found = conn.first(CLOCK, &[], |row| row.moment("now")).await;
        let found = found.map_err(|cause| self.failed(cause))?;
        let (Some(database), waited) = (found, asked.1.elapsed()) else {
            return Ok(());
        };
        let middle = asked.0 + waited / 2;
        let ahead = database.as_microsecond() - middle.as_microsecond();
        self.shared.ahead.store(ahead, Ordering::Relaxed);
        Ok(())
    }

    /// The time by which the clock of the database is ahead of the one of this process.
    pub(super) fn ahead(&self) -> SignedDuration {
        SignedDuration::from_micros(self.shared.ahead.load(Ordering::Relaxed))
    }
}

/// Statements that go one by one. One that only reads is asked again where its connection turns out to be dead: nothing was changed.
pub(super) struct OneByOne<'s> {
    store: &'s PostgresStore,
    tries: u32,
}

impl OneByOne<'_> {
    /// Whether to try once more after this; a connection that has failed is given up.
    fn again(&self, tried: u32, conn: &Conn) -> bool {
        let failure = conn.failure();
        if failure == Some(Failure::Connection) {
            self.store.distrust_connections();
        }
        tried < self.tries && matches!(failure, Some(Failure::Connection | Failure::InTheWay))
    }
}

impl Query for OneByOne<'_> {
    fn rows<'q>(
        &'q mut self,
        text: &'q str,
        values: &'q [Value],
    ) -> TxFuture<'q, Result<Vec<PostgresRow>, Cause>> {
        Box::pin(async move {
            let mut tried = 0;
            loop {
                tried += 1;
                let mut conn = self.store.connection().await?;
                let found = conn.rows(text, values).await;
                if found.is_ok() || !self.again(tried, &conn) {
                    return found;
                }
            }
        })
    }

    fn execute<'q>(
        &'q mut self,
        text: &'q str,
        values: &'q [Value],
    ) -> TxFuture<'q, Result<u64, Cause>> {
        Box::pin(async move {
            let mut conn = self.store.connection().await?;
            let changed = conn.execute(text, values).await;
            self.again(self.tries, &conn);
            changed
        })
    }
}

/// The time that is waited before a database that cannot be reached is tried again.
#[derive(Default)]
struct Backoff {
    failures: u32,
    until: Option<Instant>,
}

impl Backoff {
    /// True while the database is not to be asked.
    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() < until)
    }

    fn grow(&mut self) {
        let wait = FIRST_WAIT * 2u32.pow(self.failures.min(6));
        self.failures += 1;
        self.until = Some(Instant::now() + wait.min(LONGEST_WAIT));
    }

    fn end(&mut self) {
        *self = Backoff::default();
    }
}

const CLOCK: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now";

/// Times that a statement is tried that only reads.
const READS: u32 = 3;

const FIRST_WAIT: Duration = Duration::from_millis(50);

const LONGEST_WAIT: Duration = Duration::from_secs(2);
