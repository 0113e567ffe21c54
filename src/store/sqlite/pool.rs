//! Connections that read on threads that may wait.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::TryLockError;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::Db;
use super::connect;
use super::connect::BUSY_TIMEOUT;
use super::statement::execute;
use crate::store::records::Cause;

#[derive(Clone)]
pub(super) struct Pool {
    places: Arc<[Mutex<Db>]>,
    free: Arc<Semaphore>,
}

impl Pool {
    pub(super) fn open(path: &Path, size: usize) -> rusqlite::Result<Pool> {
        let place = |_| connect::reading(path, BUSY_TIMEOUT).map(Mutex::new);
        let places: rusqlite::Result<_> = (0..size).map(place).collect();
        Ok(Pool {
            places: places?,
            free: Arc::new(Semaphore::new(size)),
        })
    }

    /// Reads as soon as a connection is free. All statements of the query see one state.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, Cause> {
        let permit = timeout(BUSY_TIMEOUT, Arc::clone(&self.free).acquire_owned());
        let permit = permit.await.map_err(|_| NoReaderFree)??;
        let places = Arc::clone(&self.places);
        let read = spawn_blocking(move || {
            // It goes last, so that whoever gets it next finds the connection.
            let _permit = permit;
            let mut db = free(&places).ok_or(NoReaderFree)?;
            query(Snapshot::begin(&mut db)?.0)
        });
        read.await?
    }
}

/// A transaction that reads: its statements see one state. It ends when it is dropped.
pub(super) struct Snapshot<'c>(pub(super) &'c mut Db);

impl Snapshot<'_> {
    pub(super) fn begin(db: &mut Db) -> rusqlite::Result<Snapshot<'_>> {
        execute(db, "BEGIN", [])?;
        Ok(Snapshot(db))
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        // It has changed nothing. Where SQLite has ended it by itself, this fails, and does no harm.
        let _ = execute(self.0, "ROLLBACK", []);
    }
}

/// A place that nobody uses. A panic of an earlier user is no fault of the connection.
pub(super) fn free<T>(places: &[Mutex<T>]) -> Option<MutexGuard<'_, T>> {
    let mut places = places.iter().map(Mutex::try_lock);
    places.find_map(|place| match place {
        Ok(place) => Some(place),
        Err(TryLockError::Poisoned(place)) => Some(place.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    })
}

/// Reads take so long that none ended in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no connection to the database became free in time")]
struct NoReaderFree;
