//! The error of an input of rows.

/// The reason why an input of rows cannot be read, or cannot be read on.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableRows(pub(super) String);
debug_as_sentence!(UnreadableRows);
