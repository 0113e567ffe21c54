//! The reasons that a change or a list is refused.

use crate::ports::StoreError;
use crate::scim::ScimError;

/// The reason that the directory refuses.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// Another user of the connection has this userName, or one with the same [key](crate::scim::user_name_key).
    #[error("another user has this userName")]
    UserNameTaken,
    /// Another group of the connection is the same by this attribute.
    #[error("another group has this {0}")]
    GroupTaken(&'static str),
    /// As many users are active as the connection has seats.
    #[error("all {limit} seats are taken")]
    SeatsTaken {
        /// Their number.
        limit: u32,
    },
    /// The connection has no such user or group.
    #[error("there is no such resource")]
    NotFound,
    /// The connection has no user and no group of these ids.
    #[error("{} of the members are unknown", .0.len())]
    UnknownMembers(Vec<String>),
    /// More would have to be looked at than a store is willing to.
    #[error("expected at most {limit} {what}")]
    TooMany {
        /// The things that are too many.
        what: &'static str,
        /// The largest number of them that is allowed.
        limit: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
debug_as_sentence!(DirectoryError);

impl DirectoryError {
    /// The answer for the client. It leaves out what made a store fail: log that first.
    pub fn to_scim(&self) -> ScimError {
        match self {
            DirectoryError::UserNameTaken => ScimError::Uniqueness {
                attribute: "userName",
            },
            DirectoryError::GroupTaken(attribute) => ScimError::Uniqueness { attribute },
            DirectoryError::SeatsTaken { .. } => ScimError::value(
                "active",
                "false, since all seats of this connection are taken",
            ),
            DirectoryError::NotFound => ScimError::NotFound("such resource".into()),
            DirectoryError::UnknownMembers(ids) => ScimError::value("members", unknown(ids)),
            DirectoryError::TooMany { what, limit } => ScimError::TooMany {
                what,
                limit: *limit,
            },
            DirectoryError::Store(_) => ScimError::Unavailable,
        }
    }
}

impl From<DirectoryError> for StoreError {
    fn from(error: DirectoryError) -> StoreError {
        match error {
            DirectoryError::Store(error) => error,
            error => StoreError::new(error),
        }
    }
}

/// The members that nobody knows, the first of them by their ids.
fn unknown(ids: &[String]) -> String {
    let shown: Vec<&str> = ids.iter().take(SHOWN).map(String::as_str).collect();
    let more = match ids.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = shown.join(", ");
    format!("ids of users and groups of this connection, found no {shown}{more}")
}

const SHOWN: usize = 3;
