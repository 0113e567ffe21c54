//! Opening connections to the database file.

use std::path::Path;
use std::time::Duration;

use rusqlite::OpenFlags;
use rusqlite::config::DbConfig;

use super::Db;
use super::checkpoints;

/// A connection that writes. What undoes a change among others goes to a temporary file once it is longer than 64 KiB: kept in
/// memory, that of a mass end takes hundreds of MB.
pub(super) fn writing(path: &Path) -> rusqlite::Result<Db> {
    let db = checkpointing(path)?;
    db.pragma_update(None, "cache_size", WRITER_CACHE)?;
    db.pragma_update(None, "wal_autocheckpoint", checkpoints::LONGEST_LOG)?;
    Ok(db)
}

pub(super) fn checkpointing(path: &Path) -> rusqlite::Result<Db> {
    let db = open(path, BUSY_TIMEOUT)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // A log that one large change made long is short again with the next.
    db.pragma_update(None, "journal_size_limit", checkpoints::SHORT_LOG)?;
    Ok(db)
}

/// A connection that only reads, and waits so long for one that is in the way. A database with a write-ahead log wants to be
/// opened as if it wrote.
pub(super) fn reading(path: &Path, patience: Duration) -> rusqlite::Result<Db> {
    let db = open(path, patience)?;
    db.pragma_update(None, "query_only", true)?;
    Ok(db)
}

pub(super) fn in_memory() -> rusqlite::Result<Db> {
    let db = Db::open_in_memory()?;
    keep_statements(&db)?;
    db.pragma_update(None, "foreign_keys", true)?;
    Ok(db)
}

/// The file is there: nothing else creates it, so that it has the mode that it should.
pub(super) fn open(path: &Path, patience: Duration) -> rusqlite::Result<Db> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Db::open_with_flags(path, flags)?;
    db.busy_timeout(patience)?;
    keep_statements(&db)?;
    Ok(db)
}

/// Prepared statements are kept, and kept as they are: without the second line SQLite prepares one anew for each value that is bound
/// to it, where the value could decide about an index with a condition.
fn keep_statements(db: &Db) -> rusqlite::Result<()> {
    db.set_prepared_statement_cache_capacity(KEPT);
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Most changes hold the database for milliseconds, and the end of very many sessions at once for seconds.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements of a connection, more than there are in this store.
const KEPT: usize = 256;

/// In KiB: what a batch changes stays in memory until it is written once.
const WRITER_CACHE: i64 = -16384;
