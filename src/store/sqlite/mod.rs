//! A store in one SQLite file. Here are the file, its connections and its transactions; the statements stand
//! beside the trait that they serve.
//!
//! Durability: the write-ahead log runs with `synchronous=FULL`, so a write has been handed to the disk, and
//! the disk told to keep it, before its caller hears of it. It survives `kill -9` of every process, and a
//! power cut as far as the disk keeps what it acknowledges. A transaction that was not acknowledged is there
//! wholly or not at all.
//!
//! Concurrency: one connection writes, and changes that wait at the same time share a transaction; several
//! connections read beside it without waiting. Other processes may use the
//! file at the same time; they wait for each other up to [`BUSY_TIMEOUT`].

mod at_hand;
mod checkpoints;
mod connections;
mod credentials;
mod directory;
mod events;
mod file;
mod metadata;
#[cfg(test)]
mod migration_tests;
mod name_keys;
mod provisioning_log;
mod replay;
mod requests;
mod rows;
mod sessions;
mod sign_on;
mod site_settings;
mod sweep;
mod writer;

use std::error::Error;
use std::io;
use std::iter::successors;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use sqlx::ConnectOptions;
use sqlx::SqlitePool;
use sqlx::migrate::MigrateError;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteJournalMode;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::sqlite::SqliteSynchronous;
use tokio::sync::watch;
use tokio::time::sleep;

use self::at_hand::AtHand;
use self::file::create_private;
use self::writer::Asked;
use self::writer::Cause;
use self::writer::Change;
use self::writer::Together;
use self::writer::Work;
use self::writer::Writer;
use super::UnknownConnection;
use crate::ports::StoreError;

/// A [`Store`](super::Store) in one SQLite file.
#[derive(Clone)]
pub struct SqliteStore {
    writer: Writer,
    readers: SqlitePool,
    /// Looks sessions up; `None` for a database in memory, which is one connection's alone.
    at_hand: Option<AtHand>,
    /// Reads lists of the directory, so that long ones never keep a sign-on waiting.
    directory_readers: SqlitePool,
    /// Carries the log over into the file; `None` where there is no file.
    carrier: Option<SqlitePool>,
}

impl SqliteStore {
    /// Opens the file, creates it if it is missing, and brings its tables up to date. On Unix a new file can be
    /// read by its owner alone (mode 0600), since keys of ours and sessions of people are inside; one that everybody could read
    /// becomes its owner's alone.
    ///
    /// # Errors
    /// A file that cannot be opened or created, is no SQLite database, or was written by a newer version.
    pub async fn open(path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        let path = path.as_ref();
        create_private(path).map_err(|cause| {
            StoreError::new(CannotCreate {
                path: path.display().to_string(),
                cause,
            })
        })?;
        let deadline = Instant::now() + BUSY_TIMEOUT;
        loop {
            match SqliteStore::open_file(path).await {
                Err(cause) if is_busy(&*cause) && Instant::now() < deadline => {
                    sleep(OPEN_AGAIN_AFTER).await;
                }
                opened => return opened.map_err(StoreError::new),
            }
        }
    }

    async fn open_file(path: &Path) -> Result<SqliteStore, Cause> {
        let options = options().filename(path);
        // What undoes a statement of many rows would else go to a temporary file, as much as goes to the log.
        let writing = options
            .clone()
            .pragma("temp_store", "memory")
            .pragma("cache_size", WRITER_CACHE)
            .pragma("wal_autocheckpoint", checkpoints::LONGEST_LOG);
        let writer = pool(1, writing).await?;
        migrate(&writer).await?;
        name_keys::fill(&writer).await?;
        let carrier = pool(1, options.clone()).await?;
        let reading = options.pragma("query_only", "ON");
        let readers = pool(READERS, reading.clone()).await?;
        let directory_readers = pool(DIRECTORY_READERS, reading).await?;
        Ok(SqliteStore {
            at_hand: Some(AtHand::open(path)?),
            writer: Writer::start(writer, checkpoints::start(carrier.clone())),
            carrier: Some(carrier),
            readers,
            directory_readers,
        })
    }

    /// A database in memory, which ends with the store. It has one connection for everything.
    ///
    /// # Errors
    /// Fails when SQLite cannot start.
    pub async fn in_memory() -> Result<SqliteStore, StoreError> {
        let options = options().filename(":memory:");
        let writer = pool(1, options).await.map_err(StoreError::new)?;
        migrate(&writer).await.map_err(StoreError::new)?;
        let filled = name_keys::fill(&writer).await;
        filled.map_err(StoreError::new)?;
        Ok(SqliteStore {
            readers: writer.clone(),
            at_hand: None,
            carrier: None,
            directory_readers: writer.clone(),
            writer: Writer::start(writer, watch::Sender::new(0)),
        })
    }

    /// Makes a change: when this returns `Ok`, it is on disk; after an error nothing has changed.
    async fn write<T: Send + 'static>(&self, change: Change<T>) -> Result<T, StoreError> {
        self.writer.write(change).await.map_err(StoreError::new)
    }

    /// The same for a change of a kind that many callers make at the same time.
    async fn make<T: Together>(&self, change: T) -> Result<T::Answer, StoreError>
    where
        Work: From<Asked<T>>,
    {
        self.writer.make(change).await.map_err(StoreError::new)
    }
}

fn options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // A log that one large change made long is short again with the next.
        .pragma("journal_size_limit", checkpoints::SHORT_LOG)
        .disable_statement_logging()
}

/// Connections are kept open: opening one costs more than any statement here.
async fn pool(size: u32, options: SqliteConnectOptions) -> sqlx::Result<SqlitePool> {
    SqlitePoolOptions::new()
        .max_connections(size)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(BUSY_TIMEOUT)
        .connect_with(options)
        .await
}

/// Two processes that start on a new file at once both try: the slower one fails, looks again, and finds it done. It may
/// be the slower one at each migration anew.
async fn migrate(writer: &SqlitePool) -> Result<(), MigrateError> {
    for _ in MIGRATIONS.iter() {
        if MIGRATIONS.run(writer).await.is_ok() {
            return Ok(());
        }
    }
    MIGRATIONS.run(writer).await
}

/// Whether another connection was in the way. Turning a new file to write-ahead logging needs it alone, and
/// SQLite's own busy timeout does not cover that.
fn is_busy(cause: &(dyn Error + 'static)) -> bool {
    successors(Some(cause), |cause| (*cause).source())
        .filter_map(|cause| cause.downcast_ref::<sqlx::Error>())
        .filter_map(|error| error.as_database_error()?.code())
        .any(|code| SQLITE_BUSY.contains(&code.as_ref()))
}

/// A moment as the database keeps it.
fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A foreign key that leads nowhere means that the connection is not there.
fn unknown_connection(id: &str, error: sqlx::Error) -> Cause {
    match error.as_database_error() {
        Some(cause) if cause.is_foreign_key_violation() => UnknownConnection(id.to_owned()).into(),
        _ => error.into(),
    }
}

/// The database file is not there and cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot create {path:?}")]
pub struct CannotCreate {
    /// Where it should be.
    pub path: String,
    /// What the system said.
    #[source]
    pub cause: io::Error,
}

/// A row holds something that this version cannot read. The text itself may be personal, so it is not shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the table {0} holds a row that cannot be read")]
pub struct UnreadableRow(pub &'static str);

static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations/sqlite");

/// Two for each core of a small machine. A reader holds its connection for some 50 µs.
const READERS: u32 = 4;

/// One for each core of a small machine: a list that has to be evaluated keeps one busy for tens of milliseconds.
const DIRECTORY_READERS: u32 = 2;

/// In KiB: what a batch changes stays in memory until it is written once.
const WRITER_CACHE: &str = "-16384";

/// Writers hold the database for milliseconds; a process that waits this long waits for one that hangs.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const OPEN_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// `SQLITE_BUSY`, `SQLITE_BUSY_RECOVERY` and `SQLITE_BUSY_SNAPSHOT`.
const SQLITE_BUSY: [&str; 3] = ["5", "261", "517"];
