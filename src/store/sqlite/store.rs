//! The store itself: its connections, how it is opened, and how it is asked.

use std::path::Path;
use std::path::absolute;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use tokio::task::spawn_blocking;

use super::Db;
use super::checkpoints::CheckpointTrigger;
use super::checkpoints::Checkpointer;
use super::connect;
use super::connect::BUSY_TIMEOUT;
use super::error::CannotCreate;
use super::error::is_busy;
use super::fault;
use super::file::create_private;
use super::file::tighten;
use super::migrations;
use super::name_keys;
use super::readers::Readers;
use super::writer::Writer;
use crate::ports::StoreError;
use crate::store::records::Cause;

/// A [`Store`](crate::store::Store) in one SQLite file.
#[derive(Clone)]
pub struct SqliteStore {
    pub(super) writer: Writer,
    /// `None` for a database in memory, which is one connection's alone: the writer reads too.
    pub(super) readers: Option<Readers>,
    /// Carries the log over into the file; `None` where there is no file.
    pub(super) checkpointer: Option<Checkpointer>,
    /// The path of its file, from the root; `None` in memory.
    pub(super) path: Option<Arc<Path>>,
}

impl SqliteStore {
    /// Opens the file, creates it if it is missing, and brings its tables up to date. On Unix only its owner can read a
    /// new file (mode 0600), as keys and sessions are inside; one that everybody could read becomes its owner's alone.
    ///
    /// Fails for a file that cannot be opened or created, is no SQLite database or another program's, or was written by a newer
    /// version: the error then is a [`StoreFault`](crate::store::StoreFault), which names the remedy.
    pub async fn open(path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        let path = path.as_ref().to_owned();
        let opened = spawn_blocking(move || {
            SqliteStore::open_patiently(&path).map_err(|cause| fault::of(&path, cause))
        });
        let opened = opened.await.map_err(StoreError::new)?;
        opened.map_err(StoreError::new)
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
        // The database of another program stays as it is, its mode and its journal included.
        migrations::check(&connect::reading(path, BUSY_TIMEOUT)?)?;
        tighten(path);
        let db = connect::writing(path)?;
        bring_up_to_date(&db)?;
        let readers = Readers::open(path)?;
        let checkpointer = Checkpointer::start(connect::checkpointing(path)?)?;
        let log = CheckpointTrigger::new(checkpointer.clone(), &db);
        Ok(SqliteStore {
            writer: Writer::start(db, Some(path.to_owned()), Some(log))?,
            readers: Some(readers),
            checkpointer: Some(checkpointer),
            path: Some(absolute(path)?.into()),
        })
    }

    /// A database in memory, which ends with the store. It has one connection for everything. Fails where SQLite cannot start.
    pub async fn in_memory() -> Result<SqliteStore, StoreError> {
        let opened = spawn_blocking(|| {
            let db = connect::in_memory()?;
            bring_up_to_date(&db)?;
            Ok::<_, Cause>(SqliteStore {
                writer: Writer::start(db, None, None)?,
                readers: None,
                checkpointer: None,
                path: None,
            })
        });
        let opened = opened.await.map_err(StoreError::new)?;
        opened.map_err(StoreError::new)
    }

    /// Makes a change: when this returns `Ok`, it is on disk; after an error nothing has changed.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnMut(&mut Db) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, StoreError> {
        let written = self.writer.write(change).await;
        written.map_err(|cause| self.failed(cause))
    }

    /// Reads some rows that an index leads to, where it is asked.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&Db) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = self.readers.as_ref();
        match readers.and_then(|readers| readers.inline.read(|db| query(db))) {
            Some(found) => found.map_err(|cause| self.failed(cause)),
            None => self.scan(query).await,
        }
    }

    /// Reads what may be many rows, on another thread. All statements see one state.
    pub(super) async fn scan<T: Send + 'static>(
        &self,
        query: impl Fn(&Db) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, StoreError> {
        let found = match &self.readers {
            Some(readers) => readers.scans.read(move |db| query(db)).await,
            None => self.writer.write(move |db| query(db)).await,
        };
        found.map_err(|cause| self.failed(cause))
    }

    /// The error for a cause, with the fault of the file behind it.
    pub(super) fn failed(&self, cause: Cause) -> StoreError {
        StoreError::new(match &self.path {
            Some(path) => fault::of(path, cause),
            None => cause,
        })
    }
}

pub(super) fn bring_up_to_date(db: &Db) -> Result<(), Cause> {
    migrations::run(db)?;
    name_keys::fill(db)
}

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
