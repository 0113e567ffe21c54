//! The faults behind SQLite's codes and the system's errors. Some codes mean several things: then a look at the file and its folder
//! decides. The file itself is not opened: closing it would drop the locks that this process holds.

use std::error::Error;
use std::fs;
use std::io;
use std::iter::successors;
use std::path::Path;
use std::path::absolute;
use std::sync::Arc;

use rusqlite::ErrorCode;
use rusqlite::ffi;

use super::error::CannotCreate;
use super::error::Damage;
use super::migrations;
use super::migrations::CannotMigrate;
use crate::store::FaultKind;
use crate::store::StoreFault;
use crate::store::records::Cause;

/// The fault of the file at `path` that a cause tells of; another cause stays as it is.
pub(super) fn of(path: &Path, cause: impl Into<Cause>) -> Cause {
    let cause = cause.into();
    let path = absolute(path).unwrap_or_else(|_| path.to_owned());
    let kind = causes(&*cause).find_map(|cause| kind(&path, cause));
    match kind {
        Some(kind) if !cause.is::<StoreFault>() => StoreFault::new(kind, &path, cause).into(),
        _ => cause,
    }
}

/// True if a copy failed by a fault of what is copied: the copy itself is new, and nobody else has it open.
pub(super) fn is_of_source(cause: &(dyn Error + 'static)) -> bool {
    let mut kinds = causes(cause).filter_map(|cause| kind(Path::new(""), cause));
    kinds.any(|kind| matches!(kind, FaultKind::Damaged | FaultKind::Busy))
}

fn causes<'e>(cause: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    successors(Some(cause), |cause| (*cause).source())
}

fn kind(path: &Path, cause: &(dyn Error + 'static)) -> Option<FaultKind> {
    let shared = cause.downcast_ref::<Arc<rusqlite::Error>>();
    if let Some(error) = cause.downcast_ref().or(shared.map(|error| &**error)) {
        return of_sqlite(path, error);
    }
    if let Some(CannotCreate { cause, .. }) = cause.downcast_ref() {
        return Some(of_missing(path, cause));
    }
    if cause.is::<Damage>() {
        return Some(FaultKind::Damaged);
    }
    match cause.downcast_ref()? {
        CannotMigrate::Unknown(has) => Some(FaultKind::Newer {
            has: *has,
            knows: migrations::newest(),
        }),
        CannotMigrate::OtherProgram => Some(FaultKind::OtherProgram),
        _ => None,
    }
}

fn of_sqlite(path: &Path, error: &rusqlite::Error) -> Option<FaultKind> {
    let error = error.sqlite_error()?;
    // The index of the log needs room too.
    if error.extended_code == ffi::SQLITE_IOERR_SHMSIZE {
        return Some(FaultKind::DiskFull);
    }
    match error.code {
        ErrorCode::DiskFull => Some(FaultKind::DiskFull),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
            Some(of_place(path).unwrap_or(FaultKind::ReadOnly))
        }
        ErrorCode::CannotOpen if is_missing(path) => Some(FaultKind::Missing),
        ErrorCode::CannotOpen => Some(of_place(path).unwrap_or(FaultKind::Disk)),
        ErrorCode::NotADatabase => Some(FaultKind::NotADatabase),
        ErrorCode::DatabaseCorrupt => Some(FaultKind::Damaged),
        ErrorCode::DatabaseBusy => Some(FaultKind::Busy),
        ErrorCode::SystemIoFailure => Some(FaultKind::Disk),
        _ => None,
    }
}

fn is_missing(path: &Path) -> bool {
    let is_missing = fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    is_missing && path.parent().is_some_and(Path::is_dir)
}

fn of_missing(path: &Path, error: &io::Error) -> FaultKind {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FaultKind::DiskFull,
        io::ErrorKind::ReadOnlyFilesystem => FaultKind::ReadOnly,
        _ => of_place(path).unwrap_or(FaultKind::Disk),
    }
}

/// The fault that can be seen at the path: a folder that is missing or in the place of the file, or somebody else's.
fn of_place(path: &Path) -> Option<FaultKind> {
    let folder = path.parent()?;
    match (fs::metadata(path), fs::metadata(folder)) {
        (Ok(file), _) if file.is_dir() => Some(FaultKind::IsFolder),
        (_, Ok(found)) if !found.is_dir() => Some(FaultKind::NoFolder),
        (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => Some(FaultKind::NoFolder),
        (_, Ok(_)) => forbidden(path).or_else(|| forbidden(folder)),
        // It stands in a folder that is closed: the last one that can be seen.
        (_, Err(_)) => path
            .ancestors()
            .find(|place| fs::metadata(place).is_ok())
            .and_then(forbidden),
    }
}

#[cfg(unix)]
fn forbidden(place: &Path) -> Option<FaultKind> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::metadata(place).ok()?;
    let user = fs::metadata("/proc/self").ok()?.uid();
    let owner = found.uid();
    let writes = if owner == user { OWNER } else { OTHERS };
    let is_allowed = user == ROOT || found.mode() & writes != 0;
    (!is_allowed).then(|| FaultKind::NotAllowed {
        place: place.to_owned(),
        owner,
        user,
    })
}

#[cfg(not(unix))]
fn forbidden(_: &Path) -> Option<FaultKind> {
    None
}

#[cfg(unix)]
const ROOT: u32 = 0;

/// The bit of a mode that lets the owner write.
#[cfg(unix)]
const OWNER: u32 = 0o200;

/// The bits of a mode that let the group or everybody write. This process may be of the group.
#[cfg(unix)]
const OTHERS: u32 = 0o022;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_a_disk_or_file_has_a_kind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("entrada.db");
        for (code, expected) in [
            (ffi::SQLITE_FULL, Some(FaultKind::DiskFull)),
            (ffi::SQLITE_IOERR_SHMSIZE, Some(FaultKind::DiskFull)),
            (ffi::SQLITE_READONLY, Some(FaultKind::ReadOnly)),
            (ffi::SQLITE_READONLY_DBMOVED, Some(FaultKind::ReadOnly)),
            (ffi::SQLITE_CANTOPEN, Some(FaultKind::Missing)),
            (ffi::SQLITE_NOTADB, Some(FaultKind::NotADatabase)),
            (ffi::SQLITE_CORRUPT_INDEX, Some(FaultKind::Damaged)),
            (ffi::SQLITE_BUSY_SNAPSHOT, Some(FaultKind::Busy)),
            (ffi::SQLITE_IOERR_FSYNC, Some(FaultKind::Disk)),
            (ffi::SQLITE_CONSTRAINT_UNIQUE, None),
            (ffi::SQLITE_ERROR, None),
        ] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(of_sqlite(&path, &error), expected, "{code}");
        }
    }

    #[test]
    fn a_look_at_the_path_tells_folders_from_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for (path, expected) in [
            (folder.path().to_owned(), Some(FaultKind::IsFolder)),
            (
                folder.path().join("none/entrada.db"),
                Some(FaultKind::NoFolder),
            ),
            (file.join("entrada.db"), Some(FaultKind::NoFolder)),
            (file, None),
        ] {
            assert_eq!(of_place(&path), expected, "{}", path.display());
        }
    }
}
