//! The one writer of a store: a thread with the connection that writes. Changes that wait at the same time share a
//! transaction, and so a single wait for the disk. One that fails takes nothing of the others along: where it had written
//! something, the transaction is undone, and all are made again, each in a savepoint of its own. Nobody hears of a change before
//! the transaction that holds it is on disk.

use std::io;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::ErrorCode;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

use super::Db;
use super::checkpoints::CheckpointTrigger;
use super::connect;
use super::statement::execute;
use super::worker::Worker;
use crate::store::records::Cause;

/// A handle on the writer; the writer ends with its last handle.
#[derive(Clone)]
pub(super) struct Writer {
    worker: Arc<Worker<Box<dyn Job>>>,
}

impl Writer {
    /// Starts the writer on a connection. One that failed is opened anew from the path; without one, the database is in memory.
    pub(super) fn start(
        db: Db,
        path: Option<PathBuf>,
        log: Option<CheckpointTrigger>,
    ) -> io::Result<Writer> {
        let serving = Serving { db, path, log };
        let worker = Worker::start("entrada-writer", BATCH, move |waiting| serving.run(waiting))?;
        Ok(Writer { worker })
    }

    /// Makes a change: when this returns `Ok`, it is on disk; after an error nothing has changed, unless the error is
    /// that the disk would not say. A caller who goes away does not stop the change. It may be made a second time, when
    /// nothing is left of the first. One that asks for another change is refused that: it would
    /// wait for itself, or the other be made although it was undone.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        mut change: impl FnMut(&mut Db) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, Cause> {
        self.change(move |db, _| change(db)).await
    }

    pub(super) async fn change<T: Send + 'static>(
        &self,
        change: impl FnMut(&mut Db, Run) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, Cause> {
        if self.worker.is_here() {
            return Err(WithinChange.into());
        }
        let (caller, answer) = oneshot::channel();
        let job = Batched {
            change,
            result: None,
            caller,
        };
        let queue = self.worker.queue().ok_or(WriterEnded)?;
        let queued = queue.send(Box::new(job)).await;
        queued.map_err(|_| WriterEnded)?;
        answer.await.map_err(|_| WriterEnded)?
    }
}

/// A run of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Run {
    /// There may be another one.
    First,
    /// There is none behind it.
    Last,
}

struct Serving {
    db: Db,
    path: Option<PathBuf>,
    log: Option<CheckpointTrigger>,
}

impl Serving {
    /// Takes all that waits, up to a bound, into each transaction.
    fn run(mut self, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
        let mut jobs = Vec::with_capacity(BATCH);
        while waiting.blocking_recv_many(&mut jobs, BATCH) > 0 {
            let outcome = commit(&mut self.db, &mut jobs).map_err(BatchFailed::from);
            if let Some(log) = &mut self.log {
                log.add(jobs.len());
            }
            let alone = jobs.len() == 1;
            for job in jobs.drain(..) {
                job.answer(&outcome, alone);
            }
            // Nobody waits for it.
            if let Err(failed) = outcome {
                self.recover(&failed);
            }
        }
    }

    /// After any failure of the transaction itself, the connection's state is in doubt (SQLite rolls back on its own when the
    /// disk is full), so there is a new one. The database in memory ends with its connection.
    fn recover(&mut self, failed: &BatchFailed) {
        let has_ended = self.db.is_autocommit();
        if has_ended && failed.is_busy() {
            // The transaction did not begin.
            return;
        }
        if !has_ended {
            // A failure shows with the next transaction.
            let _ = self.db.execute_batch(ROLLBACK);
        }
        if let Some(Ok(db)) = self.path.as_deref().map(connect::writing) {
            self.db = db;
        }
    }
}

fn commit(db: &mut Db, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    execute(db, BEGIN, [])?;
    let kept = match jobs {
        // The transaction itself is what is undone of a single change.
        [job] => job.run(db, Run::Last),
        jobs => {
            if !run_batched(db, jobs)? {
                execute(db, ROLLBACK, [])?;
                begin_again(db)?;
                for job in jobs {
                    within_savepoint(db, &mut **job)?;
                }
            }
            true
        }
    };
    let end = if kept { COMMIT } else { ROLLBACK };
    execute(db, end, []).map(drop)
}

/// Begins the transaction anew. Another process may have come between: these changes have waited for the lock before, and wait for it
/// once more rather than fail.
pub(super) fn begin_again(db: &Db) -> rusqlite::Result<()> {
    let mut patience = PATIENCE;
    loop {
        match execute(db, BEGIN, []) {
            Err(error) if patience > 1 && is_busy(&error) => patience -= 1,
            begun => return begun.map(drop),
        }
    }
}

/// Makes changes without savepoints, which cost a copy of each page that a change touches. Says whether that was right: false where
/// one is not to be kept, and had written something.
fn run_batched(db: &mut Db, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<bool> {
    for job in jobs {
        let before = db.total_changes();
        let kept = job.run(db, Run::First);
        if db.is_autocommit() {
            // SQLite has ended the transaction itself; what follows would stand outside of any. This says so.
            execute(db, COMMIT, [])?;
        }
        if !kept && db.total_changes() != before {
            return Ok(false);
        }
    }
    Ok(true)
}

fn within_savepoint(db: &mut Db, job: &mut dyn Job) -> rusqlite::Result<()> {
    execute(db, "SAVEPOINT change", [])?;
    if !job.run(db, Run::Last) {
        execute(db, "ROLLBACK TO change", [])?;
    }
    execute(db, "RELEASE change", []).map(drop)
}

/// Takes the lock at once, so that what was read stays true until the end.
const BEGIN: &str = "BEGIN IMMEDIATE";

const COMMIT: &str = "COMMIT";

const ROLLBACK: &str = "ROLLBACK";

/// A change of any type that waits.
trait Job: Send {
    /// Makes the change, perhaps once more; says whether to keep it.
    fn run(&mut self, db: &mut Db, run: Run) -> bool;

    /// Tells the caller what came of it, now that the transaction, which it had `alone` or not, has ended. The caller may be
    /// gone; the change stays made.
    fn answer(self: Box<Self>, outcome: &Result<(), BatchFailed>, alone: bool);
}

/// A change, and the caller who waits for its result.
struct Batched<F, T> {
    change: F,
    result: Option<Result<T, Cause>>,
    caller: oneshot::Sender<Result<T, Cause>>,
}

impl<F, T> Job for Batched<F, T>
where
    F: FnMut(&mut Db, Run) -> Result<T, Cause> + Send,
    T: Send,
{
    fn run(&mut self, db: &mut Db, run: Run) -> bool {
        // A change that panics has failed; the writer goes on for everybody else.
        let made = catch_unwind(AssertUnwindSafe(|| (self.change)(db, run)));
        let result = made.unwrap_or_else(|_| Err(ChangePanicked.into()));
        let kept = result.is_ok();
        self.result = Some(result);
        kept
    }

    fn answer(self: Box<Self>, outcome: &Result<(), BatchFailed>, alone: bool) {
        let _ = self.caller.send(match (self.result, outcome) {
            // With neighbours, an error may come of changes of theirs that are not there.
            (Some(Err(own)), Err(_)) if alone => Err(own),
            (_, Err(failed)) => Err(failed.clone().into()),
            (Some(made), Ok(())) => made,
            (None, Ok(())) => Err(WriterEnded.into()),
        });
    }
}

/// A fault of ours within one change.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the change ended in a panic")]
struct ChangePanicked;

/// The transaction that held this change, and perhaps others, did not reach the disk.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the transaction failed: {0}")]
struct BatchFailed(#[source] Arc<rusqlite::Error>);

impl From<rusqlite::Error> for BatchFailed {
    fn from(error: rusqlite::Error) -> BatchFailed {
        BatchFailed(Arc::new(error))
    }
}

impl BatchFailed {
    fn is_busy(&self) -> bool {
        is_busy(&self.0)
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// A fault of ours: a change that is being made asks the store for another one.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a change was asked for within another one")]
struct WithinChange;

/// The writer's thread is gone.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the store's writer has ended")]
struct WriterEnded;

/// Changes in one transaction at most, and changes that wait at most: so many take some 10 ms, which bounds
/// both how long the last of them waits and how much memory a flood takes.
const BATCH: usize = 256;

/// Waits for the lock at most, each as long as [`BUSY_TIMEOUT`](super::connect::BUSY_TIMEOUT), where changes are made again.
pub(super) const PATIENCE: u32 = 3;
