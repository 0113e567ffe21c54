//! The one writer of a store. Changes that wait at the same time share a transaction, and so a single wait for
//! the disk. The frequent kinds are made by a few statements for all of them together ([`group`]); any other is a
//! closure, in a savepoint of its own. One that fails takes nothing of the others along. Nobody hears of a change
//! before the transaction that holds it is on disk.

mod group;

use std::error::Error;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use sqlx::Connection;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use sqlx::SqlitePool;
use sqlx::Transaction;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::sync::watch;

use self::group::Group;
pub(super) use self::group::Together;
use super::requests::Remember;
use super::requests::Take;
use super::sessions::OpenOnce;

/// What a change does to the database; it owns what it needs.
pub(super) type Change<T> =
    Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> Running<'c, Result<T, Cause>> + Send>;

type Running<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// Why a change or a query failed, before it becomes a [`StoreError`](crate::ports::StoreError).
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// Where the answer to a change goes.
type Caller<T> = oneshot::Sender<Result<T, Cause>>;

/// A handle on the writer; the writer ends with its last handle.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Work>,
}

/// A change that waits.
#[expect(
    clippy::large_enum_variant,
    reason = "sign-ons are the most of them: a box for each would cost more than the room"
)]
pub(super) enum Work {
    OpenOnce(Asked<OpenOnce>),
    Remember(Asked<Remember>),
    Take(Asked<Take>),
    Other(Box<dyn Job>),
}

/// A change of a kind that is made together with others, and who waits for it.
pub(super) struct Asked<T: Together> {
    change: T,
    caller: Caller<T::Answer>,
}

impl From<Asked<OpenOnce>> for Work {
    fn from(asked: Asked<OpenOnce>) -> Work {
        Work::OpenOnce(asked)
    }
}

impl From<Asked<Remember>> for Work {
    fn from(asked: Asked<Remember>) -> Work {
        Work::Remember(asked)
    }
}

impl From<Asked<Take>> for Work {
    fn from(asked: Asked<Take>) -> Work {
        Work::Take(asked)
    }
}

impl Writer {
    /// Starts the writer on a pool of one connection. It counts the changes that are on disk in `made`.
    pub(super) fn start(pool: SqlitePool, made: watch::Sender<u64>) -> Writer {
        let (queue, waiting) = mpsc::channel(BATCH);
        tokio::spawn(serve(pool, waiting, made));
        Writer { queue }
    }

    /// Makes a change: when this returns `Ok`, it is on disk; after an error nothing has changed, unless the
    /// error is that the disk would not say. A caller who goes away does not stop the change.
    pub(super) async fn write<T: Send + 'static>(&self, change: Change<T>) -> Result<T, Cause> {
        self.queue(|caller| {
            Work::Other(Box::new(Queued {
                change: Some(change),
                result: None,
                caller,
            }))
        })
        .await
    }

    /// The same for a change of a frequent kind.
    pub(super) async fn make<T: Together>(&self, change: T) -> Result<T::Answer, Cause>
    where
        Work: From<Asked<T>>,
    {
        self.queue(|caller| Asked { change, caller }.into()).await
    }

    async fn queue<T>(&self, work: impl FnOnce(Caller<T>) -> Work) -> Result<T, Cause> {
        let (caller, answer) = oneshot::channel();
        let queued = self.queue.send(work(caller)).await;
        queued.map_err(|_| WriterEnded)?;
        answer.await.map_err(|_| WriterEnded)?
    }
}

/// Takes all that waits, up to a bound, into each transaction.
async fn serve(pool: SqlitePool, mut waiting: mpsc::Receiver<Work>, made: watch::Sender<u64>) {
    let mut work = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut work, BATCH).await > 0 {
        let changes = work.len() as u64;
        let mut batch = Batch::of(work.drain(..));
        let outcome = commit(&pool, &mut batch).await;
        batch.answer(&outcome);
        made.send_modify(|made| *made += changes);
    }
}

/// Runs a batch in one transaction. After any failure of the transaction itself, the connection's state is in
/// doubt (SQLite rolls back on its own when the disk is full), so the pool gets a new one.
async fn commit(pool: &SqlitePool, batch: &mut Batch) -> Result<(), BatchFailed> {
    let mut connection = pool.acquire().await?;
    let outcome = run(&mut connection, batch).await;
    if outcome.is_err() {
        connection.close_on_drop();
    }
    Ok(outcome?)
}

/// Nothing is rolled back in the usual case, so nothing needs a savepoint. Where changes together have failed, the
/// transaction begins again, and each is on its own.
async fn run(connection: &mut SqliteConnection, batch: &mut Batch) -> sqlx::Result<()> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    if batch.together(&mut transaction).await.is_err() {
        transaction.rollback().await?;
        transaction = connection.begin_with(BEGIN).await?;
        batch.one_by_one(&mut transaction).await?;
    }
    let kept = match batch.alone() {
        Some(job) => job.run(&mut transaction).await,
        None => {
            batch.others(&mut transaction).await?;
            true
        }
    };
    match kept {
        true => transaction.commit().await,
        false => transaction.rollback().await,
    }
}

/// What one transaction holds. All of it was asked for at the same time, so that its order is ours to choose.
#[derive(Default)]
struct Batch {
    openings: Group<OpenOnce>,
    remembered: Group<Remember>,
    taken: Group<Take>,
    others: Vec<Box<dyn Job>>,
}

impl Batch {
    fn of(work: impl Iterator<Item = Work>) -> Batch {
        let mut batch = Batch::default();
        for work in work {
            match work {
                Work::OpenOnce(asked) => batch.openings.push(asked),
                Work::Remember(asked) => batch.remembered.push(asked),
                Work::Take(asked) => batch.taken.push(asked),
                Work::Other(job) => batch.others.push(job),
            }
        }
        batch
    }

    async fn together(&mut self, db: &mut SqliteConnection) -> Result<(), Cause> {
        self.remembered.together(db).await?;
        self.taken.together(db).await?;
        self.openings.together(db).await
    }

    async fn one_by_one(&mut self, transaction: &mut Transaction<'_, Sqlite>) -> sqlx::Result<()> {
        self.remembered.one_by_one(transaction).await?;
        self.taken.one_by_one(transaction).await?;
        self.openings.one_by_one(transaction).await
    }

    /// The only change of the batch, if it is a closure: the transaction itself is its savepoint.
    fn alone(&mut self) -> Option<&mut Box<dyn Job>> {
        let grouped =
            !self.openings.is_empty() || !self.remembered.is_empty() || !self.taken.is_empty();
        match self.others.as_mut_slice() {
            [job] if !grouped => Some(job),
            _ => None,
        }
    }

    async fn others(&mut self, transaction: &mut Transaction<'_, Sqlite>) -> sqlx::Result<()> {
        for job in &mut self.others {
            let mut savepoint = transaction.begin().await?;
            if job.run(&mut savepoint).await {
                savepoint.commit().await?;
            } else {
                savepoint.rollback().await?;
            }
        }
        Ok(())
    }

    fn answer(self, outcome: &Result<(), BatchFailed>) {
        self.openings.answer(outcome);
        self.remembered.answer(outcome);
        self.taken.answer(outcome);
        for job in self.others {
            job.answer(outcome);
        }
    }
}

/// Takes the lock at once, so that what was read stays true until the end.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// A change of any type.
#[async_trait]
pub(super) trait Job: Send {
    /// Makes the change; says whether it is to be kept.
    async fn run(&mut self, db: &mut SqliteConnection) -> bool;

    /// Tells the caller what came of it, now that the transaction has ended.
    fn answer(self: Box<Self>, outcome: &Result<(), BatchFailed>);
}

struct Queued<T> {
    change: Option<Change<T>>,
    result: Option<Result<T, Cause>>,
    caller: Caller<T>,
}

#[async_trait]
impl<T: Send> Job for Queued<T> {
    async fn run(&mut self, db: &mut SqliteConnection) -> bool {
        if let Some(change) = self.change.take() {
            self.result = Some(caught(change(db)).await);
        }
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, outcome: &Result<(), BatchFailed>) {
        let result = self.result.unwrap_or_else(|| Err(WriterEnded.into()));
        tell(self.caller, result, outcome);
    }
}

/// A change that panics has failed; the writer goes on for everybody else.
async fn caught<T>(mut running: Running<'_, Result<T, Cause>>) -> Result<T, Cause> {
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(ChangePanicked.into())))
    })
    .await
}

/// Tells what came of a change: what it found if the transaction is on disk, else that it is not. The caller may be
/// gone; the change stays made.
fn tell<T>(caller: Caller<T>, result: Result<T, Cause>, outcome: &Result<(), BatchFailed>) {
    let _ = caller.send(match outcome {
        Ok(()) => result,
        Err(failed) => Err(failed.clone().into()),
    });
}

/// A fault of ours within one change.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the change ended in a panic")]
struct ChangePanicked;

/// The transaction that held this change, and perhaps others, did not reach the disk.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the transaction failed")]
pub(super) struct BatchFailed(#[source] Arc<sqlx::Error>);

impl From<sqlx::Error> for BatchFailed {
    fn from(error: sqlx::Error) -> BatchFailed {
        BatchFailed(Arc::new(error))
    }
}

/// The runtime that the store was opened on is gone, and the writer with it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the store's writer has ended: the runtime it was opened on has shut down")]
struct WriterEnded;

/// Changes in one transaction at most, and changes that wait at most: so many take some 10 ms, which bounds
/// both how long the last of them waits and how much memory a flood takes.
const BATCH: usize = 256;

#[cfg(test)]
mod tests {
    use crate::store::SqliteStore;

    #[tokio::test]
    async fn a_change_that_panics_has_failed_and_the_writer_goes_on() {
        let store = SqliteStore::in_memory().await.unwrap();
        let insert = |key: u8| {
            store.write(Box::new(move |db| {
                Box::pin(async move {
                    let statement = "INSERT INTO replay_keys (key, expires) VALUES ($1, 0)";
                    sqlx::query(statement)
                        .bind(vec![key; 32])
                        .execute(db)
                        .await?;
                    assert_ne!(key, 2, "a fault of ours");
                    Ok(())
                })
            }))
        };
        let (first, faulty) = tokio::join!(insert(1), insert(2));
        assert!(first.is_ok() && faulty.is_err());
        assert!(insert(3).await.is_ok());
        let kept: Vec<Vec<u8>> = sqlx::query_scalar("SELECT key FROM replay_keys ORDER BY key")
            .fetch_all(&store.readers)
            .await
            .unwrap();
        assert_eq!(kept, [[1; 32], [3; 32]]);
    }

    #[tokio::test]
    async fn a_change_that_fails_takes_nothing_of_its_neighbours_along() {
        let store = SqliteStore::in_memory().await.unwrap();
        let insert = |octet: u8| {
            store.write(Box::new(move |db| {
                Box::pin(async move {
                    let statement = "INSERT INTO replay_keys (key, expires) VALUES ($1, 0)";
                    let key = vec![octet; 32];
                    sqlx::query(statement).bind(key).execute(db).await?;
                    if octet.is_multiple_of(2) {
                        return Err("refused after it had written".into());
                    }
                    Ok(())
                })
            }))
        };
        let (a, b, c, d) = tokio::join!(insert(1), insert(2), insert(1), insert(3));
        assert!(a.is_ok() && b.is_err() && c.is_err() && d.is_ok());
        assert!(insert(4).await.is_err(), "alone, it fails as well");
        let kept: Vec<Vec<u8>> = sqlx::query_scalar("SELECT key FROM replay_keys ORDER BY key")
            .fetch_all(&store.readers)
            .await
            .unwrap();
        assert_eq!(kept, [[1; 32], [3; 32]]);
    }
}
