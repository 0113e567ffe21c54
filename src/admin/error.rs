//! Reasons why a deed was not done, and who can change that.

use crate::connection::ConnectionId;
use crate::ports::StoreError;

/// The reason why a deed was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The store failed.
    #[error("{0}")]
    Store(#[source] StoreError),
    /// There is no connection of this id.
    #[error("there is no connection {id}: {}", the_store_has(known))]
    NoConnection {
        /// The id that was asked for.
        id: ConnectionId,
        /// The ids that the store has.
        known: Vec<ConnectionId>,
    },
}

/// The kind of an error: it says who can do something about it. A face has one exit code or status for each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Class {
    /// The question cannot be answered as it was put.
    Wrong,
    /// The thing that was named is not there.
    Absent,
    /// The rules of the site forbid it, or somebody else was faster.
    Refused,
    /// The settings do not hold together.
    Invalid,
    /// Something could not be reached, read or written; a later attempt may succeed.
    Unreachable,
}

impl AdminError {
    /// The kind of the error.
    pub fn class(&self) -> Class {
        match self {
            AdminError::Store(_) => Class::Unreachable,
            AdminError::NoConnection { .. } => Class::Absent,
        }
    }
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> AdminError {
        AdminError::Store(error)
    }
}

fn the_store_has(known: &[ConnectionId]) -> String {
    let known: Vec<&str> = known.iter().map(ConnectionId::as_str).collect();
    match known.as_slice() {
        [] => "the store has none".to_owned(),
        ids => format!("the store has {}", ids.join(", ")),
    }
}
