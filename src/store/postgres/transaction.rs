//! Transactions: locked first, run again where another one was in the way, and committed whole.

use std::time::Duration;

use openssl::sha::sha256;
use tokio::time::sleep;

use super::PostgresStore;
use super::conn::Conn;
use super::error::Failure;
use super::error::HasFailed;
use crate::ports::StoreError;
use crate::ports::TxFuture;
use crate::ports::TxOutcome;
use crate::store::records::Cause;
use crate::store::records::Value;

/// The rows that a transaction keeps from all others until it ends.
///
/// These are locks of the transaction, which hold behind a pooler too, and not of rows: a connection is locked before it is there, a lock
/// writes nothing, and whoever waits for one alone is not passed by those who share it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Keeps {
    /// Those that it finds, and no others.
    Nothing,
    /// The directory and the configuration of a connection.
    Connection(String),
    /// The same, together with others of this kind.
    Shared(String),
    /// The settings of the site.
    Settings,
    /// The tables themselves.
    Migrations,
}

impl Keeps {
    fn statement(&self) -> Option<(&'static str, Value)> {
        Some(match self {
            Keeps::Nothing => return None,
            Keeps::Connection(id) => (LOCK, lock_number(&format!("connection {id}"))),
            Keeps::Shared(id) => (SHARE, lock_number(&format!("connection {id}"))),
            Keeps::Settings => (LOCK, lock_number("settings")),
            Keeps::Migrations => (LOCK, lock_number("migrations")),
        })
    }
}

/// The number of a lock among those of all programs that use the database.
pub(super) fn lock_number(name: &str) -> Value {
    let digest = sha256(format!("entrada {name}").as_bytes());
    let (first, _) = digest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    Value::Integer(i64::from_be_bytes(*first))
}

impl PostgresStore {
    /// Runs work in a transaction. What it changed is on disk when this returns [`TxOutcome::Commit`]; after an error nothing has changed,
    /// unless the connection was lost while the server committed. A caller who goes away does not stop it.
    pub(super) async fn transact<W>(&self, keeps: Keeps, work: W) -> Result<TxOutcome, StoreError>
    where
        W: for<'t> Fn(&'t mut Conn) -> TxFuture<'t, Result<TxOutcome, Cause>>,
        W: Send + Sync + 'static,
    {
        self.run_on(keeps, work, |outcome| *outcome).await
    }

    /// Makes a change in a transaction, as [`PostgresStore::transact`] does; it is kept unless it fails.
    pub(super) async fn change<T, W>(&self, keeps: Keeps, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'t> Fn(&'t mut Conn) -> TxFuture<'t, Result<T, Cause>> + Send + Sync + 'static,
    {
        self.run_on(keeps, work, |_| TxOutcome::Commit).await
    }

    async fn run_on<T, W>(
        &self,
        keeps: Keeps,
        work: W,
        outcome: fn(&T) -> TxOutcome,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'t> Fn(&'t mut Conn) -> TxFuture<'t, Result<T, Cause>> + Send + Sync + 'static,
    {
        let store = self.clone();
        let running = async move { store.run_until_done(BEGIN, &keeps, &work, outcome).await };
        tokio::spawn(running).await.map_err(StoreError::new)?
    }

    /// Reads rows that are all of one state.
    pub(super) async fn look_at<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        W: for<'t> Fn(&'t mut Conn) -> TxFuture<'t, Result<T, Cause>> + Send + Sync,
    {
        let outcome = |_: &T| TxOutcome::Commit;
        self.run_until_done(BEGIN_LOOK, &Keeps::Nothing, &work, outcome)
            .await
    }

    async fn run_until_done<T, W>(
        &self,
        begin: &str,
        keeps: &Keeps,
        work: &W,
        outcome: fn(&T) -> TxOutcome,
    ) -> Result<T, StoreError>
    where
        W: for<'t> Fn(&'t mut Conn) -> TxFuture<'t, Result<T, Cause>> + Sync,
    {
        let mut tries = 0;
        loop {
            tries += 1;
            let attempt = self.attempt(begin, keeps, work, outcome).await;
            match attempt {
                Attempt::Again(_) if tries < TRIES => sleep(pause(tries)).await,
                Attempt::Done(done) | Attempt::Again(done) => {
                    return done.map_err(|cause| self.failed(cause));
                }
            }
        }
    }

    async fn attempt<T, W>(
        &self,
        begin: &str,
        keeps: &Keeps,
        work: &W,
        outcome: fn(&T) -> TxOutcome,
    ) -> Attempt<T>
    where
        W: for<'t> Fn(&'t mut Conn) -> TxFuture<'t, Result<T, Cause>> + Sync,
    {
        let mut conn = match self.connection().await {
            Ok(conn) => conn,
            Err(cause) => return Attempt::Done(Err(cause)),
        };
        let worked = match conn.begin(begin, keeps.statement()).await {
            Ok(()) => work(&mut conn).await,
            Err(cause) => Err(cause),
        };
        let commits = worked
            .as_ref()
            .is_ok_and(|done| outcome(done) == TxOutcome::Commit);
        if let Some(failure) = conn.failure() {
            // What is not undone here is undone with the connection.
            let _ = conn.end(ROLLBACK).await;
            let worked = match commits {
                true => Err(HasFailed.into()),
                false => worked,
            };
            return self.failed_attempt(failure, worked);
        }
        if !commits {
            let _ = conn.end(ROLLBACK).await;
            return Attempt::Done(worked);
        }
        match (conn.end(COMMIT).await, conn.failure()) {
            (Ok(()), _) => Attempt::Done(worked),
            // It was undone, as others were in the way.
            (Err(cause), Some(Failure::InTheWay)) => Attempt::Again(Err(cause)),
            // Whether it is kept is not known.
            (Err(cause), _) => Attempt::Done(Err(cause)),
        }
    }

    fn failed_attempt<T>(&self, failure: Failure, worked: Result<T, Cause>) -> Attempt<T> {
        match failure {
            Failure::InTheWay => Attempt::Again(worked),
            Failure::Connection => {
                self.distrust_connections();
                Attempt::Again(worked)
            }
            Failure::Other => Attempt::Done(worked),
        }
    }
}

/// The end of one run of work.
enum Attempt<T> {
    Done(Result<T, Cause>),
    /// Nothing has changed, and another run may have another end; this one is told if there is none.
    Again(Result<T, Cause>),
}

/// The time before the next try: it grows, and is another for each.
fn pause(tries: u32) -> Duration {
    let mut random = [0];
    let _ = openssl::rand::rand_bytes(&mut random);
    Duration::from_millis(u64::from(1u32 << tries) + u64::from(random[0]) / 16)
}

/// Who waits for a lock gives up in time, and a process that stands still keeps nobody else for long.
const BEGIN: &str =
    "BEGIN; SET LOCAL lock_timeout = 10000; SET LOCAL idle_in_transaction_session_timeout = 30000";

const BEGIN_LOOK: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

const COMMIT: &str = "COMMIT";

const ROLLBACK: &str = "ROLLBACK";

const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";

const SHARE: &str = "SELECT pg_advisory_xact_lock_shared($1)";

/// Runs of the same work at most.
const TRIES: u32 = 8;
