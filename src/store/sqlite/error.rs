//! The errors of the database, and those of the store that they become.

use std::error::Error;
use std::io;
use std::iter::successors;

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::directory::DirectoryError;
use crate::ports::StoreError;
use crate::store::UnknownConnection;

/// The reason that a change or a query failed, before it becomes a [`StoreError`](crate::ports::StoreError).
pub(super) type Cause = Box<dyn Error + Send + Sync>;

pub(super) fn failed(cause: impl Into<Cause>) -> DirectoryError {
    DirectoryError::Store(StoreError::new(cause))
}

/// Tells a connection that was in the way from other failures. Turning a new file to write-ahead logging needs it alone, and
/// SQLite's own busy timeout does not cover that.
pub(super) fn is_busy(cause: &(dyn Error + 'static)) -> bool {
    successors(Some(cause), |cause| (*cause).source())
        .filter_map(|cause| cause.downcast_ref::<rusqlite::Error>())
        .any(|error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy))
}

/// A foreign key that leads nowhere means that the connection is not there.
pub(super) fn unknown_connection(id: &str, error: rusqlite::Error) -> Cause {
    match extended_code(&error) {
        Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => UnknownConnection(id.to_owned()).into(),
        _ => error.into(),
    }
}

pub(super) fn is_taken(error: &rusqlite::Error) -> bool {
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
#[derive(thiserror::Error)]
#[error("cannot create {path:?}")]
pub struct CannotCreate {
    /// The path where it should be.
    pub path: String,
    /// The error of the system.
    #[source]
    pub cause: io::Error,
}
debug_as_sentence!(CannotCreate);

/// A check of a database found something.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Damage(pub(super) String);

/// A row holds something that this version cannot read. The text itself may be personal, so it is not shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the table {0} holds a row that cannot be read")]
pub(crate) struct UnreadableRow(pub &'static str);

impl UnreadableRow {
    /// True if this is the reason for which the store failed.
    pub(crate) fn is_cause_of(error: &StoreError) -> bool {
        error
            .source()
            .is_some_and(|cause| cause.is::<UnreadableRow>())
    }
}

/// A connection that this version cannot read, and that holds private keys of ours: whoever replaced it would lose them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "a connection cannot be read by this version, and holds private keys of ours: use the version that wrote it, or remove it first"
)]
pub(crate) struct UnreadableKeys;

impl UnreadableKeys {
    /// True if this is the reason for which the store failed.
    pub(crate) fn is_cause_of(error: &StoreError) -> bool {
        error
            .source()
            .is_some_and(|cause| cause.is::<UnreadableKeys>())
    }
}

/// True if the store failed since a row cannot be read by this version.
pub(crate) fn is_unreadable(error: &StoreError) -> bool {
    UnreadableRow::is_cause_of(error) || UnreadableKeys::is_cause_of(error)
}
