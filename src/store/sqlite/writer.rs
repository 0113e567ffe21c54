//! The one writer of a store: a thread with the connection that writes. Changes that wait at the same time share a
//! transaction, and so a single wait for the disk. One that fails takes nothing of the others along: where it had written
//! something, the transaction is undone, and all are made again, each in a savepoint of its own. Nobody hears of a change before
//! the transaction that holds it is on disk.

use std::error::Error;
use std::io;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::ErrorCode;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

use super::Db;
use super::checkpoints::Tally;
use super::connect;
use super::statement::execute;
use super::worker::Worker;

/// Why a change or a query failed, before it becomes a [`StoreError`](crate::ports::StoreError).
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// A handle on the writer; the writer ends with its last handle.
#[derive(Clone)]
pub(super) struct Writer {
    worker: Arc<Worker<Box<dyn Job>>>,
}

impl Writer {
    /// Starts the writer on a connection. One that failed is opened anew from the path; without one, the database is in memory.
    pub(super) fn start(db: Db, path: Option<PathBuf>, log: Option<Tally>) -> io::Result<Writer> {
        let serving = Serving { db, path, log };
        let worker = Worker::start("entrada-writer", BATCH, move |waiting| serving.run(waiting))?;
        Ok(Writer { worker })
    }

    /// Makes a change: when this returns `Ok`, it is on disk; after an error nothing has changed, unless the
    /// error is that the disk would not say. A caller who goes away does not stop the change. A change that asks for another one
    /// is refused that: it would wait for itself, or the other be made although it was undone. It may be made a second time, when
    /// nothing is left of the first.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        mut change: impl FnMut(&mut Db) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, Cause> {
        self.change(move |db, _| change(db)).await
    }

    /// The same for a change that wants to know whether it is asked for the last time.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        change: impl FnMut(&mut Db, Run) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, Cause> {
        if self.worker.is_here() {
            return Err(WithinChange.into());
        }
        let (caller, answer) = oneshot::channel();
        let job = Queued {
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

/// The writer at work.
struct Serving {
    db: Db,
    path: Option<PathBuf>,
    log: Option<Tally>,
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

/// Makes changes in one transaction.
fn commit(db: &mut Db, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    execute(db, BEGIN, [])?;
    let kept = match jobs {
        // The transaction itself is what is undone of a single change.
        [job] => job.run(db, Run::Last),
        jobs => {
            if !made_together(db, jobs)? {
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
fn begin_again(db: &Db) -> rusqlite::Result<()> {
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
fn made_together(db: &mut Db, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<bool> {
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
    /// Makes the change, perhaps once more; says whether it is to be kept.
    fn run(&mut self, db: &mut Db, run: Run) -> bool;

    /// Tells the caller what came of it, now that the transaction, which it had `alone` or not, has ended. The caller may be
    /// gone; the change stays made.
    fn answer(self: Box<Self>, outcome: &Result<(), BatchFailed>, alone: bool);
}

/// A change, and the caller who waits for its result.
struct Queued<F, T> {
    change: F,
    result: Option<Result<T, Cause>>,
    caller: oneshot::Sender<Result<T, Cause>>,
}

impl<F, T> Job for Queued<F, T>
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
#[error("the transaction failed")]
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

/// Waits for the lock at most, each as long as [`BUSY_TIMEOUT`](super::BUSY_TIMEOUT), where changes are made again.
const PATIENCE: u32 = 3;

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::super::Db;
    use super::super::connect;
    use super::super::ready::ready;
    use super::super::statement::all;
    use super::super::statement::column;
    use super::super::statement::execute;
    use super::PATIENCE;
    use super::begin_again;
    use crate::ports::StoreError;
    use crate::store::SqliteStore;

    async fn insert(
        store: &SqliteStore,
        octet: u8,
        fails: fn(u8) -> bool,
    ) -> Result<(), StoreError> {
        let change = store.write(move |db| {
            let statement = "INSERT INTO replay_keys (key, expires) VALUES (?1, 0)";
            execute(db, statement, [[octet; 32]])?;
            match fails(octet) {
                true => Err("refused after it had written".into()),
                false => Ok(()),
            }
        });
        change.await
    }

    async fn kept(store: &SqliteStore) -> Vec<Vec<u8>> {
        let kept = "SELECT key FROM replay_keys ORDER BY key";
        store
            .read(move |db| all(db, kept, [], column))
            .await
            .unwrap()
    }

    fn never(_: u8) -> bool {
        false
    }

    fn always(_: u8) -> bool {
        true
    }

    #[tokio::test]
    async fn a_change_that_panics_has_failed_and_the_writer_goes_on() {
        fn panics(octet: u8) -> bool {
            panic!("a fault of ours: {octet}")
        }
        let store = SqliteStore::in_memory().await.unwrap();
        let (first, faulty) = tokio::join!(insert(&store, 1, never), insert(&store, 2, panics));
        assert!(first.is_ok() && faulty.is_err());
        assert!(insert(&store, 3, never).await.is_ok());
        assert_eq!(kept(&store).await, [[1; 32], [3; 32]]);
    }

    #[tokio::test]
    async fn a_change_that_fails_takes_nothing_of_its_neighbours_along() {
        let store = SqliteStore::in_memory().await.unwrap();
        let insert = |octet| insert(&store, octet, |octet| octet.is_multiple_of(2));
        let (a, b, c, d) = tokio::join!(insert(1), insert(2), insert(1), insert(3));
        assert!(a.is_ok() && b.is_err() && c.is_err() && d.is_ok());
        assert!(insert(4).await.is_err(), "alone, it fails as well");
        assert_eq!(kept(&store).await, [[1; 32], [3; 32]]);
    }

    /// Two changes of one transaction: one that is kept, and one that is refused, before it has written something or after. The
    /// numbers of their runs, and what is there at the end.
    async fn beside_one_that_is_refused(writes: bool) -> ([usize; 2], Vec<Vec<u8>>) {
        let store = SqliteStore::in_memory().await.unwrap();
        let (started, begun) = oneshot::channel();
        let mut started = Some(started);
        let (go, wait) = std::sync::mpsc::channel();
        let busy = store.write(move |_| {
            started.take().unwrap().send(()).unwrap();
            Ok(wait.recv()?)
        });
        let runs: [Arc<AtomicUsize>; 2] = Default::default();
        let [kept, refused] = runs.clone();
        let statement = "INSERT INTO replay_keys (key, expires) VALUES (?1, 0)";
        let kept = store.write(move |db| {
            kept.fetch_add(1, Ordering::Relaxed);
            Ok(execute(db, statement, [[1; 32]])?)
        });
        let refused = store.write(move |db| {
            refused.fetch_add(1, Ordering::Relaxed);
            if writes {
                execute(db, statement, [[2; 32]])?;
            }
            Err::<(), _>("refused".into())
        });
        let together = async {
            begun.await.unwrap();
            tokio::join!(kept, refused, async { go.send(()).unwrap() })
        };
        let (_, (kept, refused, ())) = tokio::join!(busy, together);
        assert!(kept.is_ok() && refused.is_err());
        let runs = runs.map(|runs| runs.load(Ordering::Relaxed));
        (runs, self::kept(&store).await)
    }

    thread_local! {
        /// A connection that has the lock, and how often it is waited for until it goes.
        static OTHER: RefCell<Option<(Db, u32)>> = const { RefCell::new(None) };
    }

    /// Waits in vain.
    fn waited(_: i32) -> bool {
        OTHER.with_borrow_mut(|other| match other {
            Some((_, waits)) if *waits > 1 => *waits -= 1,
            other => *other = None,
        });
        false
    }

    #[test]
    fn changes_that_are_made_again_wait_for_another_process_more_than_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("entrada.db");
        std::fs::File::create(&path).unwrap();
        for (waits, begins) in [(1, true), (PATIENCE - 1, true), (PATIENCE, false)] {
            let (ours, other) = (connect::writing(&path).unwrap(), connect::writing(&path));
            let other = other.unwrap();
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            OTHER.set(Some((other, waits)));
            ours.busy_handler(Some(waited)).unwrap();
            assert_eq!(begin_again(&ours).is_ok(), begins, "{waits}");
        }
    }

    #[tokio::test]
    async fn changes_are_made_again_only_where_one_has_to_be_undone() {
        let (runs, there) = beside_one_that_is_refused(false).await;
        assert_eq!((runs, there), ([1, 1], vec![vec![1; 32]]));
        let (runs, there) = beside_one_that_is_refused(true).await;
        assert_eq!((runs, there), ([2, 2], vec![vec![1; 32]]));
    }

    /// SQLite ends the transaction itself when the disk is full.
    #[tokio::test]
    async fn a_transaction_that_fails_fails_all_of_its_changes_and_the_next_one_holds() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("entrada.db"));
        let store = store.await.unwrap();
        let (started, begun) = oneshot::channel();
        let mut started = Some(started);
        let (go, wait) = std::sync::mpsc::channel();
        let busy = store.write(move |_| {
            started.take().unwrap().send(()).unwrap();
            Ok(wait.recv()?)
        });
        let ends = store.write(|db| Ok(db.execute_batch("ROLLBACK")?));
        let together = async {
            begun.await.unwrap();
            let (made, refused) = (insert(&store, 1, never), insert(&store, 3, always));
            tokio::join!(made, refused, ends, async { go.send(()).unwrap() })
        };
        let (alone, (first, refused, ended, ())) = tokio::join!(busy, together);
        assert!(alone.is_ok());
        for answer in [first, refused, ended] {
            let error = answer.unwrap_err();
            assert!(error.to_string().contains("transaction failed"), "{error}");
        }
        let alone = store.write(|db| {
            db.execute_batch("ROLLBACK")?;
            Err::<(), _>("an error of its own".into())
        });
        let error = alone.await.unwrap_err().to_string();
        assert!(error.contains("an error of its own"), "{error}");
        assert!(insert(&store, 2, never).await.is_ok());
        assert_eq!(kept(&store).await, [[2; 32]]);
    }

    #[tokio::test]
    async fn a_connection_that_has_only_waited_in_vain_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("entrada.db");
        let store = SqliteStore::open(&path).await.unwrap();
        let marked = store.write(|db| {
            db.busy_timeout(Duration::ZERO)?;
            Ok(db.execute_batch("CREATE TEMP TABLE mark (x)")?)
        });
        marked.await.unwrap();
        let is_marked = || store.write(|db| Ok(db.execute_batch("SELECT x FROM mark")?));
        let other = connect::writing(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert!(insert(&store, 1, never).await.is_err());
        other.execute_batch("COMMIT").unwrap();
        assert!(is_marked().await.is_ok());
        let broken = store.write(|db| Ok(db.execute_batch("ROLLBACK")?));
        assert!(broken.await.is_err());
        assert!(is_marked().await.is_err(), "one in doubt is not");
        assert!(insert(&store, 2, never).await.is_ok());
        assert_eq!(kept(&store).await, [[2; 32]]);
    }

    #[tokio::test]
    async fn a_change_that_asks_for_another_one_is_refused_that() {
        let store = SqliteStore::in_memory().await.unwrap();
        let same = store.clone();
        let asks = store.write(move |_| {
            let another = ready(insert(&same, 1, never))?;
            Ok(another.unwrap_err().to_string())
        });
        let error = asks.await.unwrap();
        assert!(error.contains("within another one"), "{error}");
        assert!(insert(&store, 2, never).await.is_ok());
        assert_eq!(kept(&store).await, [[2; 32]]);
    }
}
