//! Copies of a store in one file, made while it is in use, and checked before they have their name.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::Db;
use super::connect;
use super::connect::BUSY_TIMEOUT;
use super::error::CannotCreate;
use super::error::Damage;
use super::facts;
use super::fault;
use super::file::create_private;
use super::file::sync_folder;
use super::file::with_suffix;
use super::migrations;
use super::statement::value;
use crate::store::StoreFacts;
use crate::store::records::Cause;

/// The facts of the store in a file. Nothing is changed, and nothing is brought up to date.
pub(in crate::store) fn inspect(path: &Path) -> Result<StoreFacts, Cause> {
    let inspected = || {
        let db = connect::reading(path, BUSY_TIMEOUT)?;
        migrations::check(&db)?;
        facts::read(&db, Some(path))
    };
    inspected().map_err(|cause| fault::of(path, cause))
}

/// Copies the store in a file, of this version or an earlier one, to a path where nothing is.
pub(in crate::store) fn backup(path: &Path, to: &Path) -> Result<StoreFacts, Cause> {
    let opened = || {
        let db = connect::open(path, BUSY_TIMEOUT)?;
        migrations::check(&db)?;
        Ok(db)
    };
    copy(
        &opened().map_err(|cause: Cause| fault::of(path, cause))?,
        to,
    )
}

/// Copies a database: as it is at one moment, without what was freed in it. Whoever is killed here leaves no file of that name.
pub(super) fn copy(db: &Db, to: &Path) -> Result<StoreFacts, Cause> {
    let part = with_suffix(to, ".part");
    let copied = copy_by_way_of(db, &part, to);
    if copied.is_err() {
        remove(&part)?;
    }
    copied.map_err(|cause| {
        let source = db.path().filter(|_| fault::is_of_source(&*cause));
        fault::of(source.map_or(to, Path::new), cause)
    })
}

fn copy_by_way_of(db: &Db, part: &Path, to: &Path) -> Result<StoreFacts, Cause> {
    remove(part)?;
    create_private(part).map_err(|cause| CannotCreate {
        path: to.display().to_string(),
        cause,
    })?;
    let name = part.to_str().ok_or(NotUnicode)?;
    db.execute("VACUUM INTO ?1", [name])?;
    let copy = connect::reading(part, Duration::ZERO)?;
    check(&copy)?;
    let facts = facts::read(&copy, Some(to))?;
    drop(copy);
    fs::File::open(part)?.sync_all()?;
    name_anew(part, to)?;
    sync_folder(to)?;
    Ok(facts)
}

/// Gives a file a name that no file has yet. Where the file system has no hard links, one of that name that came meanwhile is replaced.
fn name_anew(part: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(part, to) {
        Ok(()) => fs::remove_file(part),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => fs::rename(part, to),
    }
}

/// Checks each page of a database and each reference in it.
pub(super) fn check(db: &Db) -> Result<(), Cause> {
    let found: String = value(db, "PRAGMA integrity_check(1)", [])?;
    if found != "ok" {
        return Err(Damage(found).into());
    }
    match value(
        db,
        "SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_check)",
        [],
    )? {
        false => Ok(()),
        true => Err(Damage("a row names another one that is not there".to_owned()).into()),
    }
}

/// Removes a file that one who was killed may have left.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        match fs::remove_file(with_suffix(path, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// SQLite takes names in Unicode alone for files that it writes into.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the name of the file is not Unicode")]
struct NotUnicode;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::FaultKind;
    use crate::store::StoreFault;

    #[test]
    fn a_file_that_came_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let [part, to] = ["backup.db.part", "backup.db"].map(|name| folder.path().join(name));
        fs::write(&part, "new").unwrap();
        fs::write(&to, "precious").unwrap();
        let error = name_anew(&part, &to).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&to).unwrap(), b"precious");
        fs::remove_file(&to).unwrap();
        name_anew(&part, &to).unwrap();
        assert_eq!(
            (fs::read(&to).unwrap(), part.exists()),
            (b"new".to_vec(), false)
        );
    }

    #[test]
    fn a_source_that_is_busy_is_not_blamed_on_the_copy() {
        let folder = tempfile::tempdir().unwrap();
        let [path, to] = ["entrada.db", "backup.db"].map(|name| folder.path().join(name));
        create_private(&path).unwrap();
        let db = connect::open(&path, Duration::ZERO).unwrap();
        migrations::run(&db).unwrap();
        let other = connect::open(&path, Duration::ZERO).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        let cause = copy(&db, &to).unwrap_err();
        let fault = cause.downcast_ref::<StoreFault>().unwrap();
        assert_eq!((fault.kind(), fault.path()), (&FaultKind::Busy, &*path));
    }
}
