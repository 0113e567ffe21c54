//! A store in one SQLite file. Here are the file, its connections and its transactions; the statements stand
//! beside the trait that they serve.
//!
//! Durability: the write-ahead log runs with `synchronous=FULL`, so a write has been handed to the disk, and
//! the disk told to keep it, before its caller hears of it. It survives `kill -9` of every process, and a
//! power cut as far as the disk keeps what it acknowledges. A transaction that was not acknowledged is there
//! wholly or not at all.
//!
//! Concurrency: one connection writes, on a thread of its own, and changes that wait at the same time share a transaction;
//! several connections read beside it without waiting. Other processes may use the
//! file at the same time; they wait for each other up to [`BUSY_TIMEOUT`], and to open it up to [`OPEN_PATIENCE`].

mod at_hand;
mod changing;
mod checkpoints;
mod connect;
mod connections;
mod credentials;
mod directory;
mod endings;
mod events;
mod file;
mod metadata;
#[cfg(test)]
mod migration_tests;
mod migrations;
mod name_keys;
mod provisioning_log;
mod readers;
mod ready;
mod replay;
mod requests;
mod sessions;
mod sign_on;
mod site_settings;
mod statement;
#[cfg(test)]
mod statement_tests;
mod sweep;
mod trust;
mod worker;
mod writer;
#[cfg(test)]
mod writer_tests;

use std::error::Error;
use std::io;
use std::iter::successors;
use std::path::Path;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use rusqlite::Connection as Db;
use rusqlite::ErrorCode;
use rusqlite::ffi;
use tokio::task::spawn_blocking;

use self::checkpoints::CheckpointTrigger;
use self::checkpoints::Checkpointer;
use self::file::create_private;
use self::readers::Readers;
use self::writer::Cause;
use self::writer::Writer;
use super::UnknownConnection;
use crate::ports::StoreError;

/// A [`Store`](super::Store) in one SQLite file.
#[derive(Clone)]
pub struct SqliteStore {
    writer: Writer,
    /// `None` for a database in memory, which is one connection's alone: the writer reads too.
    readers: Option<Readers>,
    /// Carries the log over into the file; `None` where there is no file.
    checkpointer: Option<Checkpointer>,
}

impl SqliteStore {
    /// Opens the file, creates it if it is missing, and brings its tables up to date. On Unix a new file can be
    /// read by its owner alone (mode 0600), since keys of ours and sessions of people are inside; one that everybody could read
    /// becomes its owner's alone.
    ///
    /// # Errors
    /// A file that cannot be opened or created, is no SQLite database, or was written by a newer version.
    pub async fn open(path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        let path = path.as_ref().to_owned();
        let opened = spawn_blocking(move || SqliteStore::open_patiently(&path)).await;
        opened.map_err(StoreError::new)?.map_err(StoreError::new)
    }

    /// Tries again while another process that opens the file is in the way.
    fn open_patiently(path: &Path) -> Result<SqliteStore, Cause> {
        create_private(path).map_err(|cause| CannotCreate {
            path: path.display().to_string(),
            cause,
        })?;
        let deadline = Instant::now() + OPEN_PATIENCE;
        loop {
            match SqliteStore::open_file(path) {
                Err(cause) if is_busy(&*cause) && Instant::now() < deadline => {
                    thread::sleep(OPEN_AGAIN_AFTER);
                }
                opened => return opened,
            }
        }
    }

    fn open_file(path: &Path) -> Result<SqliteStore, Cause> {
        let db = connect::writing(path)?;
        bring_up_to_date(&db)?;
        let readers = Readers::open(path)?;
        let checkpointer = Checkpointer::start(connect::checkpointing(path)?)?;
        let log = CheckpointTrigger::new(checkpointer.clone());
        Ok(SqliteStore {
            writer: Writer::start(db, Some(path.to_owned()), Some(log))?,
            readers: Some(readers),
            checkpointer: Some(checkpointer),
        })
    }

    /// A database in memory, which ends with the store. It has one connection for everything.
    ///
    /// # Errors
    /// Fails when SQLite cannot start.
    pub async fn in_memory() -> Result<SqliteStore, StoreError> {
        let opened = spawn_blocking(|| {
            let db = connect::in_memory()?;
            bring_up_to_date(&db)?;
            Ok::<_, Cause>(SqliteStore {
                writer: Writer::start(db, None, None)?,
                readers: None,
                checkpointer: None,
            })
        });
        let opened = opened.await.map_err(StoreError::new)?;
        opened.map_err(StoreError::new)
    }

    /// Makes a change: when this returns `Ok`, it is on disk; after an error nothing has changed.
    async fn write<T: Send + 'static>(
        &self,
        change: impl FnMut(&mut Db) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(change).await.map_err(StoreError::new)
    }

    /// Reads some rows that an index leads to, where it is asked.
    async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&Db) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = self.readers.as_ref();
        match readers.and_then(|readers| readers.at_hand.read(|db| query(db))) {
            Some(found) => found.map_err(StoreError::new),
            None => self.scan(query).await,
        }
    }

    /// Reads what may be many rows, on another thread. All statements see one state.
    async fn scan<T: Send + 'static>(
        &self,
        query: impl Fn(&Db) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, StoreError> {
        let found = match &self.readers {
            Some(readers) => readers.scans.read(move |db| query(db)).await,
            None => self.writer.write(move |db| query(db)).await,
        };
        found.map_err(StoreError::new)
    }
}

fn bring_up_to_date(db: &Db) -> Result<(), Cause> {
    migrations::run(db)?;
    name_keys::fill(db)
}

/// Tells a connection that was in the way from other failures. Turning a new file to write-ahead logging needs it alone, and
/// SQLite's own busy timeout does not cover that.
fn is_busy(cause: &(dyn Error + 'static)) -> bool {
    successors(Some(cause), |cause| (*cause).source())
        .filter_map(|cause| cause.downcast_ref::<rusqlite::Error>())
        .any(|error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy))
}

/// A moment as the database keeps it.
fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A foreign key that leads nowhere means that the connection is not there.
fn unknown_connection(id: &str, error: rusqlite::Error) -> Cause {
    match extended_code(&error) {
        Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => UnknownConnection(id.to_owned()).into(),
        _ => error.into(),
    }
}

/// Tells a row whose key is taken from other failures.
fn is_taken(error: &rusqlite::Error) -> bool {
    let unique = [
        ffi::SQLITE_CONSTRAINT_UNIQUE,
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
    ];
    extended_code(error).is_some_and(|code| unique.contains(&code))
}

fn extended_code(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}

/// The database file is not there and cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot create {path:?}")]
pub struct CannotCreate {
    /// The path where it should be.
    pub path: String,
    /// The error of the system.
    #[source]
    pub cause: io::Error,
}

/// A row holds something that this version cannot read. The text itself may be personal, so it is not shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the table {0} holds a row that cannot be read")]
pub struct UnreadableRow(pub &'static str);

/// Most changes hold the database for milliseconds, and the end of very many sessions at once for seconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Another process may be bringing the tables of a large store up to date.
const OPEN_PATIENCE: Duration = Duration::from_secs(60);

const OPEN_AGAIN_AFTER: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn opening_waits_for_another_process_that_migrates_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("entrada.db");
        create_private(&path).unwrap();
        let other = connect::writing(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let migrating = thread::spawn(move || {
            thread::sleep(BUSY_TIMEOUT + Duration::from_millis(500));
            other.execute_batch("COMMIT").unwrap();
        });
        let store = SqliteStore::open(&path).await;
        assert!(store.is_ok(), "{:?}", store.err());
        migrating.join().unwrap();
    }
}
