//! The one writer of a store. Changes that wait at the same time share a transaction, and so a single wait for
//! the disk; each runs in a savepoint, so that one that fails takes nothing of the others along. Nobody hears
//! of a change before the transaction that holds it is on disk.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::Connection;
use sqlx::SqliteConnection;
use sqlx::SqlitePool;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

/// What a change does to the database; it owns what it needs.
pub(super) type Change<T> =
    Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> Running<'c, Result<T, Cause>> + Send>;

type Running<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// Why a change or a query failed, before it becomes a [`StoreError`](crate::ports::StoreError).
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// A handle on the writer; the writer ends with its last handle.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
    /// Starts the writer on a pool of one connection.
    pub(super) fn start(pool: SqlitePool) -> Writer {
        let (queue, waiting) = mpsc::channel(BATCH);
        tokio::spawn(serve(pool, waiting));
        Writer { queue }
    }

    /// Makes a change: when this returns `Ok`, it is on disk; after an error nothing has changed, unless the
    /// error is that the disk would not say. A caller who goes away does not stop the change.
    pub(super) async fn write<T: Send + 'static>(&self, change: Change<T>) -> Result<T, Cause> {
        let (answer, answered) = oneshot::channel();
        let job = Queued {
            change: Some(change),
            result: None,
            answer,
        };
        self.queue
            .send(Box::new(job))
            .await
            .map_err(|_| WriterEnded)?;
        answered.await.map_err(|_| WriterEnded)?
    }
}

/// Takes all that waits, up to a bound, into each transaction.
async fn serve(pool: SqlitePool, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        let outcome = commit(&pool, &mut batch).await;
        for job in batch.drain(..) {
            job.answer(&outcome);
        }
    }
}

/// Runs a batch in one transaction. After any failure of the transaction itself, the connection's state is in
/// doubt (SQLite rolls back on its own when the disk is full), so the pool gets a new one.
async fn commit(pool: &SqlitePool, batch: &mut [Box<dyn Job>]) -> Result<(), BatchFailed> {
    let mut connection = pool.acquire().await?;
    let outcome = run(&mut connection, batch).await;
    if outcome.is_err() {
        connection.close_on_drop();
    }
    Ok(outcome?)
}

async fn run(connection: &mut SqliteConnection, batch: &mut [Box<dyn Job>]) -> sqlx::Result<()> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for job in batch {
        let mut savepoint = transaction.begin().await?;
        if job.run(&mut savepoint).await {
            savepoint.commit().await?;
        } else {
            savepoint.rollback().await?;
        }
    }
    transaction.commit().await
}

/// A change of any type.
#[async_trait]
trait Job: Send {
    /// Makes the change; says whether it is to be kept.
    async fn run(&mut self, db: &mut SqliteConnection) -> bool;

    /// Tells the caller what came of it, now that the transaction has ended.
    fn answer(self: Box<Self>, outcome: &Result<(), BatchFailed>);
}

struct Queued<T> {
    change: Option<Change<T>>,
    result: Option<Result<T, Cause>>,
    answer: oneshot::Sender<Result<T, Cause>>,
}

#[async_trait]
impl<T: Send> Job for Queued<T> {
    async fn run(&mut self, db: &mut SqliteConnection) -> bool {
        if let Some(change) = self.change.take() {
            self.result = Some(change(db).await);
        }
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, outcome: &Result<(), BatchFailed>) {
        let answer = match (outcome, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(WriterEnded.into()),
            (Err(failed), _) => Err(failed.clone().into()),
        };
        // The caller may be gone; the change stays made.
        let _ = self.answer.send(answer);
    }
}

/// The transaction that held this change, and perhaps others, did not reach the disk.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the transaction failed")]
struct BatchFailed(#[source] Arc<sqlx::Error>);

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
        let kept: Vec<Vec<u8>> = sqlx::query_scalar("SELECT key FROM replay_keys ORDER BY key")
            .fetch_all(&store.readers)
            .await
            .unwrap();
        assert_eq!(kept, [[1; 32], [3; 32]]);
    }
}
