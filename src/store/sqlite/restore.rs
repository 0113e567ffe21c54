//! Putting a backup into the place of a store: made ready beside it, then copied into its file in one transaction of SQLite. Whoever
//! is killed here leaves the store of before or the whole one of the backup.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::backup::StepResult;
use rusqlite::ffi;

use super::Db;
use super::backup::check;
use super::backup::copy;
use super::backup::remove;
use super::connect;
use super::connect::BUSY_TIMEOUT;
use super::error::CannotCreate;
use super::facts;
use super::fault;
use super::file::create_private;
use super::file::with_suffix;
use super::migrations;
use super::migrations::CannotMigrate;
use super::replay;
use super::store::bring_up_to_date;
use crate::store::StoreFacts;
use crate::store::records::Cause;

/// Puts a backup into the place of the store at `path`, and keeps a copy of that store at `before`. Fails with
/// [`FaultKind::Busy`](crate::store::FaultKind::Busy) where somebody has the store open.
pub(in crate::store) fn restore(
    path: &Path,
    from: &Path,
    before: &Path,
) -> Result<StoreFacts, Cause> {
    let ready = with_suffix(path, ".restoring");
    let restored = restore_by_way_of(&ready, path, from, before);
    // What is left here goes with the next restore.
    let _ = remove(&ready);
    restored
}

fn restore_by_way_of(
    ready: &Path,
    path: &Path,
    from: &Path,
    before: &Path,
) -> Result<StoreFacts, Cause> {
    let source = || {
        let source = connect::open(from, BUSY_TIMEOUT)?;
        migrations::check(&source)?;
        check(&source)?;
        Ok(source)
    };
    let source = source().map_err(|cause: Cause| fault::of(from, cause))?;
    let is_there = fs::metadata(path).is_ok_and(|file| file.len() > 0);
    // From here on nobody else restores, so that what is made ready is ours.
    let mut present = alone(path, is_there).map_err(|cause| fault::of(path, cause))?;
    remove(ready)?;
    copy(&source, ready)?;
    let mut replaced = || {
        renew(ready, &present)?;
        if is_there {
            copy(&present, before)?;
        }
        let ready = connect::reading(ready, Duration::ZERO)?;
        match Backup::new(&ready, &mut present)?.step(-1)? {
            StepResult::Done => facts::read(&ready, Some(path)),
            _ => Err(NotWhole.into()),
        }
    };
    replaced().map_err(|cause| fault::of(path, cause))
}

/// A connection that has the file alone: to leave the write-ahead log is refused while anybody else has it open.
fn alone(path: &Path, is_there: bool) -> Result<Db, Cause> {
    let log = with_suffix(path, "-wal");
    if !is_there && fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        let log = log.display().to_string();
        return Err(StrayLog { log }.into());
    }
    create_private(path).map_err(|cause| CannotCreate {
        path: path.display().to_string(),
        cause,
    })?;
    let db = connect::open(path, Duration::ZERO)?;
    match migrations::check(&db) {
        Err(cause) if matches!(cause.downcast_ref(), Some(CannotMigrate::OtherProgram)) => {
            return Err(cause);
        }
        _ => {}
    }
    let mode: String =
        db.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0))?;
    if mode != "delete" {
        let busy = ffi::Error::new(ffi::SQLITE_BUSY);
        return Err(rusqlite::Error::SqliteFailure(busy, None).into());
    }
    db.pragma_update(None, "locking_mode", "exclusive")?;
    db.execute_batch("BEGIN EXCLUSIVE; COMMIT")?;
    Ok(db)
}

/// Brings the copy up to date, and makes it another store than the one that was backed up: readers of events and servers see that
/// it is, and sessions that have ended since do not come back. Responses that the present store has admitted stay used.
fn renew(ready: &Path, present: &Db) -> Result<(), Cause> {
    let db = connect::writing(ready)?;
    bring_up_to_date(&db)?;
    let revision = facts::number(present, "counters", "max(revision)")?;
    let used = match facts::has_table(present, "replay_keys")? {
        true => replay::all_keys(present)?,
        false => Vec::new(),
    };
    db.execute_batch("BEGIN")?;
    replay::put_keys(&db, used)?;
    db.execute_batch(&format!(
        "UPDATE site_settings SET value = lower(hex(randomblob(16))) WHERE name = 'store-id';
         UPDATE counters SET revision = max(revision, {revision}) + 1;
         DELETE FROM sessions;
         DELETE FROM scim_access_tokens;
         DELETE FROM pending_requests;
         COMMIT;"
    ))?;
    db.pragma_update(None, "journal_mode", "delete")?;
    Ok(())
}

/// A log without the store that it belongs to. SQLite would delete it, and with it what was written last.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "{log} belongs to a store that is not here any more: move it to where that store is, or delete it if nobody needs that store"
)]
struct StrayLog {
    log: String,
}

/// SQLite did not copy all pages, and gave no reason.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the copy did not become whole: nothing was changed")]
struct NotWhole;
