//! Faults of the disk and of the file behind a store, in the words of those who can fix them: the file, the reason and the remedy.

use std::error::Error;
use std::fmt;
use std::iter::successors;
use std::path::Path;
use std::path::PathBuf;

/// The fault of the disk or the file behind a [`StoreError`](crate::ports::StoreError). Its text is for logs and for those who run the site: it names a path.
pub struct StoreFault {
    kind: FaultKind,
    path: PathBuf,
    cause: Box<dyn Error + Send + Sync>,
}

/// The kind of a [`StoreFault`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
#[doc(hidden)]
pub enum FaultKind {
    /// The disk is full, or a quota is used up.
    DiskFull,
    /// The file or its file system is for reading alone.
    ReadOnly,
    /// The user of this process may not write the file or its folder.
    NotAllowed {
        /// The file or folder.
        place: PathBuf,
        /// The number of the user whom it belongs to.
        owner: u32,
        /// The number of the user of this process.
        user: u32,
    },
    /// The file is not there.
    Missing,
    /// The folder of the file is not there.
    NoFolder,
    /// The path is that of a folder.
    IsFolder,
    /// The file is no SQLite database.
    NotADatabase,
    /// The database is another program's.
    OtherProgram,
    /// A newer version has written the store.
    Newer {
        /// The number of its last migration.
        has: i64,
        /// The number of the last migration of this version.
        knows: i64,
    },
    /// The file is damaged.
    Damaged,
    /// Another process holds the file.
    Busy,
    /// The disk fails in another way.
    Disk,
}

impl StoreFault {
    pub(super) fn new(
        kind: FaultKind,
        path: &Path,
        cause: Box<dyn Error + Send + Sync>,
    ) -> StoreFault {
        let path = path.to_owned();
        StoreFault { kind, path, cause }
    }

    /// The fault behind an error; `None` where it is not the fault of a disk or a file.
    pub fn of<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e StoreFault> {
        successors(Some(error), |cause| (*cause).source()).find_map(|cause| cause.downcast_ref())
    }

    /// The kind of the fault.
    #[doc(hidden)]
    pub fn kind(&self) -> &FaultKind {
        &self.kind
    }

    /// The file, by a path from the root.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A stable kebab-case code, such as `store-disk-full`.
    pub fn code(&self) -> &'static str {
        match self.kind {
            FaultKind::DiskFull => "store-disk-full",
            FaultKind::ReadOnly => "store-read-only",
            FaultKind::NotAllowed { .. } => "store-not-allowed",
            FaultKind::Missing => "store-missing",
            FaultKind::NoFolder => "store-without-folder",
            FaultKind::IsFolder => "store-is-folder",
            FaultKind::NotADatabase => "store-not-a-database",
            FaultKind::OtherProgram => "store-of-another-program",
            FaultKind::Newer { .. } => "store-newer",
            FaultKind::Damaged => "store-damaged",
            FaultKind::Busy => "store-busy",
            FaultKind::Disk => "store-disk-failed",
        }
    }
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(f, "{path}: ")?;
        match &self.kind {
            FaultKind::DiskFull => f.write_str("the disk is full, or a quota is used up: make room"),
            FaultKind::ReadOnly => f.write_str(
                "the file or its file system is read-only: make it writable, or name a store elsewhere",
            ),
            FaultKind::NotAllowed { place, owner, user } if owner == user => {
                let place = place.display();
                write!(f, "{place} is read-only for its owner: chmod u+w {place}")
            }
            FaultKind::NotAllowed { place, owner, user } => write!(
                f,
                "user {user}, as whom this runs, may not write {}, which belongs to user {owner}: run it as user {owner}, or give the store and its folder to user {user} (chown)",
                place.display()
            ),
            FaultKind::Missing => f.write_str("it is not there: name another file"),
            FaultKind::NoFolder => {
                f.write_str("its folder is not there: make the folder, or name another store")
            }
            FaultKind::IsFolder => write!(f, "it is a folder: name a file, such as {path}/entrada.db"),
            FaultKind::NotADatabase => f.write_str(
                "it is not a database: name another file, or move it away and restore a backup (docs/backup.md)",
            ),
            FaultKind::OtherProgram => f.write_str(
                "it is the database of another program, and was left alone: name another file",
            ),
            FaultKind::Newer { has, knows } => write!(
                f,
                "it was written by a newer version of Entrada (schema {has}, this one knows {knows}): use that version, or restore a backup from before the upgrade (docs/backup.md)"
            ),
            FaultKind::Damaged => write!(
                f,
                "it is damaged ({}): stop all that uses it, set it aside, and restore a backup (docs/backup.md)",
                self.cause
            ),
            FaultKind::Busy => write!(
                f,
                "another process holds it for long: try again when that is done (fuser {path} names it)"
            ),
            FaultKind::Disk => write!(
                f,
                "the disk failed ({}): look into the log of the system, then run entrada check",
                self.cause
            ),
        }
    }
}

impl Error for StoreFault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}
debug_as_sentence!(StoreFault);
