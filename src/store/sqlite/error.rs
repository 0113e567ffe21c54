//! The errors of SQLite, and those of the store that they become.

use std::error::Error;
use std::io;
use std::iter::successors;

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::store::UnknownConnection;
use crate::store::records::Cause;

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
