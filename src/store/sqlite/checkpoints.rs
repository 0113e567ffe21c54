//! Carrying what is committed from the write-ahead log into the database file, beside the writer. SQLite would have the
//! connection do that whose commit makes the log long enough: then one sign-on in some hundred waits for the disk three times.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Db;
use super::error::Cause;
use super::worker::Worker;

/// A handle on the thread that carries the log over; the thread ends with the last one. Nothing is lost where it fails:
/// the log is durable, and the writer carries it over itself once it has [`LONGEST_LOG`].
#[derive(Clone)]
pub(super) struct Checkpointer {
    worker: Arc<Worker<CheckpointOrder>>,
}

enum CheckpointOrder {
    /// Carry over what nobody reads any more. It waits for nobody, and nobody for it.
    Passive,
    /// Carry all of it over, and empty the log.
    Truncate(oneshot::Sender<rusqlite::Result<()>>),
}

impl Checkpointer {
    pub(super) fn start(db: Db) -> io::Result<Checkpointer> {
        let worker = Worker::start("entrada-log", ORDERS, move |waiting| {
            run_checkpoints(&db, waiting)
        })?;
        Ok(Checkpointer { worker })
    }

    /// Carries all of the log over and empties it, for a store that is done. Whoever else has the file open may be in the
    /// way: then the log stays, and nothing is lost.
    pub(super) async fn empty_log(&self) -> Result<(), Cause> {
        let (caller, answer) = oneshot::channel();
        let Some(orders) = self.worker.queue() else {
            return Ok(());
        };
        let emptied = async {
            orders.send(CheckpointOrder::Truncate(caller)).await?;
            Ok::<(), Cause>(answer.await??)
        };
        timeout(EMPTYING, emptied).await.unwrap_or(Ok(()))
    }
}

fn run_checkpoints(db: &Db, mut orders: mpsc::Receiver<CheckpointOrder>) {
    while let Some(order) = orders.blocking_recv() {
        match order {
            CheckpointOrder::Passive if checkpoint(db, "PASSIVE").is_err() => {
                thread::sleep(AGAIN_AFTER)
            }
            CheckpointOrder::Passive => {}
            // The caller may have waited long enough.
            CheckpointOrder::Truncate(caller) => drop(caller.send(checkpoint(db, "TRUNCATE"))),
        }
    }
}

fn checkpoint(db: &Db, mode: &str) -> rusqlite::Result<()> {
    db.pragma(None, "wal_checkpoint", mode, |_| Ok(()))
}

/// Counts the changes that are on disk, and has the log carried over as often as their number grows by [`CHANGES`].
pub(super) struct CheckpointTrigger {
    checkpointer: Checkpointer,
    changes: usize,
}

impl CheckpointTrigger {
    pub(super) fn new(checkpointer: Checkpointer) -> CheckpointTrigger {
        CheckpointTrigger {
            checkpointer,
            changes: 0,
        }
    }

    pub(super) fn add(&mut self, changes: usize) {
        self.changes += changes;
        let orders = self.checkpointer.worker.queue();
        if self.changes >= CHANGES
            && orders.is_some_and(|to| to.try_send(CheckpointOrder::Passive).is_ok())
        {
            self.changes = 0;
        }
    }
}

/// Orders that wait at most: one of each kind.
const ORDERS: usize = 2;

/// So many sign-ons come to a thousand pages of the log, which is where SQLite by itself would carry them over.
const CHANGES: usize = 400;

/// A disk that is full or gone is not asked without a pause.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Less than what a server that stops is given.
const EMPTYING: Duration = Duration::from_secs(1);

/// In pages. The log is begun anew only in a moment in which all of it has been carried over. Under a load without a pause
/// the writer makes that moment itself, with little left to carry over, when the log has 16 MB.
pub(super) const LONGEST_LOG: i64 = 4096;

/// In bytes: to so much a longer log is cut when it is begun anew.
pub(super) const SHORT_LOG: i64 = 16_777_216;
