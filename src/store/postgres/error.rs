//! The errors of PostgreSQL, and what follows from them.

use std::error::Error;
use std::iter::successors;

use tokio_postgres::error::SqlState;

use crate::store::UnknownConnection;
use crate::store::records::Cause;

/// The kind of a failed statement, for whoever decides what to do about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Failure {
    /// Another transaction was in the way: nothing has happened, and it can be tried again.
    InTheWay,
    /// The connection is gone, or leads to a server that takes no changes: another one may do.
    Connection,
    /// Anything else.
    Other,
}

pub(super) fn failure_of(error: &tokio_postgres::Error) -> Failure {
    match error.code() {
        None if error.is_closed() || is_of_the_network(error) => Failure::Connection,
        None => Failure::Other,
        Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED) => {
            Failure::InTheWay
        }
        Some(code) if ends_connection(code) => Failure::Connection,
        Some(_) => Failure::Other,
    }
}

fn is_of_the_network(error: &tokio_postgres::Error) -> bool {
    causes(error).any(|cause| cause.is::<std::io::Error>())
}

/// Class 08, the end of a server, and a standby, which takes no changes.
fn ends_connection(code: &SqlState) -> bool {
    let code = code.code();
    code.starts_with("08") || code.starts_with("57P") || code == "25006"
}

/// True for a row whose key another one has.
pub(super) fn is_taken(cause: &(dyn Error + 'static)) -> bool {
    code_of(cause) == Some(&SqlState::UNIQUE_VIOLATION)
}

/// A foreign key that leads nowhere means that the connection is not there.
pub(super) fn unknown_connection(id: &str, cause: Cause) -> Cause {
    match code_of(&*cause) == Some(&SqlState::FOREIGN_KEY_VIOLATION) {
        true => UnknownConnection(id.to_owned()).into(),
        false => cause,
    }
}

/// The code of an error of the server behind a cause.
pub(super) fn code_of<'e>(cause: &'e (dyn Error + 'static)) -> Option<&'e SqlState> {
    causes(cause)
        .filter_map(|cause| cause.downcast_ref::<tokio_postgres::Error>())
        .find_map(tokio_postgres::Error::code)
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    successors(Some(error), |cause| (*cause).source())
}

/// The database was not reached lately, and is not asked again before a moment.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the database cannot be reached; it is tried again in a moment")]
pub(super) struct Unreachable;

/// A fault of ours: work wants to be kept though one of its statements has failed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a statement of the transaction has failed")]
pub(super) struct HasFailed;

/// A newer version has changed the tables in a way that this one does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "a newer version has written the store: its schema is {has}, and this version knows {knows}"
)]
pub(super) struct NewerStore {
    pub(super) has: i64,
    pub(super) knows: i64,
}

/// The server lacks what this version needs.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the server is PostgreSQL {has}")]
pub(super) struct OldServer {
    pub(super) has: String,
}

impl OldServer {
    /// The oldest version that will do.
    pub(super) const OLDEST: i64 = 13;
}
