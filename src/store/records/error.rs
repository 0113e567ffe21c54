//! The errors of rows, and those of the store that they become.

use std::error::Error;

use crate::directory::DirectoryError;
use crate::ports::StoreError;

/// The reason that a change or a query failed, before it becomes a [`StoreError`](crate::ports::StoreError).
pub(in crate::store) type Cause = Box<dyn Error + Send + Sync>;

pub(in crate::store) fn failed(cause: impl Into<Cause>) -> DirectoryError {
    DirectoryError::Store(StoreError::new(cause))
}

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
