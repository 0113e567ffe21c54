//! Carrying what is committed from the write-ahead log into the database file, beside the writer. SQLite would have the
//! connection do that whose commit makes the log long enough: then one sign-on in some hundred waits for the disk three times.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Db;
use super::file::with_suffix;
use super::worker::Worker;
use crate::store::records::Cause;

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
    Truncate(oneshot::Sender<Result<(), Cause>>),
}

impl Checkpointer {
    pub(super) fn start(db: Db) -> io::Result<Checkpointer> {
        let worker = Worker::start("entrada-log", ORDERS, move |waiting| {
            run_checkpoints(&db, waiting)
        })?;
        Ok(Checkpointer { worker })
    }

    /// Carries all of the log over and empties it, for a store that is done. Whoever else reads or changes the file may be in the
    /// way: then the log stays, and nothing is lost; the error says so.
    pub(super) async fn empty_log(&self) -> Result<(), Cause> {
        let (caller, answer) = oneshot::channel();
        let Some(orders) = self.worker.queue() else {
            return Ok(());
        };
        let emptied = async {
            orders.send(CheckpointOrder::Truncate(caller)).await?;
            answer.await?
        };
        let emptied = timeout(EMPTYING, emptied).await;
        emptied.unwrap_or_else(|_| Err(LogStayed.into()))
    }
}

fn run_checkpoints(db: &Db, mut orders: mpsc::Receiver<CheckpointOrder>) {
    let mut is_closed = false;
    // Who is in the way stays there.
    let _ = db.busy_timeout(Duration::ZERO);
    let log = log_of(db);
    while let Some(order) = orders.blocking_recv() {
        match order {
            CheckpointOrder::Passive if checkpoint(db, "PASSIVE").is_err() => {
                thread::sleep(AGAIN_AFTER)
            }
            // All of it is in the file now, unless somebody reads what was before. Then it is tried again after the next changes.
            CheckpointOrder::Passive if is_long(&log) => {
                let _ = checkpoint(db, "TRUNCATE");
            }
            CheckpointOrder::Passive => {}
            CheckpointOrder::Truncate(caller) => {
                is_closed = true;
                // The caller may have waited long enough.
                let _ = caller.send(empty(db));
            }
        }
    }
    // Tasks that ended later may have written once more. Nobody waits for this.
    let _ = is_closed.then(|| checkpoint(db, "TRUNCATE"));
}

/// Tries for as long as the caller waits: our own readers are in the way for moments.
fn empty(db: &Db) -> Result<(), Cause> {
    let deadline = Instant::now() + EMPTYING;
    while !checkpoint(db, "TRUNCATE")? {
        if Instant::now() >= deadline {
            return Err(LogStayed.into());
        }
        thread::sleep(EMPTY_AGAIN_AFTER);
    }
    Ok(())
}

fn log_of(db: &Db) -> PathBuf {
    with_suffix(Path::new(db.path().unwrap_or_default()), "-wal")
}

/// True if a large change has left a log that nobody would expect beside the file.
fn is_long(log: &Path) -> bool {
    fs::metadata(log).is_ok_and(|log| log.len() > 2 * SHORT_LOG.unsigned_abs())
}

/// Carries the log over; false where somebody was in the way of all that the mode does.
fn checkpoint(db: &Db, mode: &str) -> rusqlite::Result<bool> {
    let mut is_busy = false;
    db.pragma(None, "wal_checkpoint", mode, |row| {
        is_busy = row.get(0)?;
        Ok(())
    })?;
    Ok(!is_busy)
}

/// The log was not emptied.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the log beside it could not be emptied, as another process has it open")]
struct LogStayed;

/// Counts the changes that are on disk, and has the log carried over as often as their number grows by [`CHANGES`], and once a change
/// has made it long.
pub(super) struct CheckpointTrigger {
    checkpointer: Checkpointer,
    changes: usize,
    log: PathBuf,
    was_long: bool,
}

impl CheckpointTrigger {
    pub(super) fn new(checkpointer: Checkpointer, db: &Db) -> CheckpointTrigger {
        CheckpointTrigger {
            checkpointer,
            changes: 0,
            log: log_of(db),
            was_long: false,
        }
    }

    pub(super) fn add(&mut self, changes: usize) {
        self.changes += changes;
        let is_long = is_long(&self.log);
        let is_due = self.changes >= CHANGES || is_long && !self.was_long;
        self.was_long = is_long;
        let orders = self.checkpointer.worker.queue();
        if is_due && orders.is_some_and(|to| to.try_send(CheckpointOrder::Passive).is_ok()) {
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

const EMPTY_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// In pages. The log is begun anew only in a moment in which all of it has been carried over. Under a load without a pause
/// the writer makes that moment itself, with little left to carry over, when the log has 16 MB.
pub(super) const LONGEST_LOG: i64 = 4096;

/// In bytes: to so much a longer log is cut when it is begun anew.
pub(super) const SHORT_LOG: i64 = 16_777_216;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use crate::store::SqliteStore;
    use crate::store::Store;
    use crate::store::sqlite::Db;
    use crate::store::sqlite::statement::execute;

    #[tokio::test]
    async fn a_log_that_stayed_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("entrada.db");
        let store = SqliteStore::open(&path).await.unwrap();
        let other = Db::open(&path).unwrap();
        other
            .execute_batch("BEGIN; SELECT * FROM counters")
            .unwrap();
        store.check_writable().await.unwrap();
        let error = store.close().await.unwrap_err().to_string();
        assert!(error.contains("another process"), "{error}");
        other.execute_batch("COMMIT").unwrap();
        store.close().await.unwrap();
        let log = fs::metadata(folder.path().join("entrada.db-wal")).unwrap();
        assert_eq!(log.len(), 0);
    }

    #[tokio::test]
    async fn a_long_log_is_cut_though_nothing_else_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("entrada.db"))
            .await
            .unwrap();
        let long = "INSERT INTO site_settings VALUES ('long', hex(zeroblob(20000000)))";
        let written = store.write(move |db| Ok(execute(db, long, [])?));
        assert_eq!(written.await.unwrap(), 1);
        let log = || fs::metadata(folder.path().join("entrada.db-wal")).unwrap();
        for _ in 0..6000 {
            if log().len() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the log has {} bytes", log().len());
    }
}
