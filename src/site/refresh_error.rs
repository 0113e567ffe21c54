//! Errors of a refresh, with their codes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::fetch::FetchError;
use crate::metadata::Rejected;

/// The reason why there is no new document.
#[derive(Clone, thiserror::Error)]
pub enum RefreshError {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The file could not be read.
    #[error("the metadata file cannot be read: {0}")]
    File(Arc<io::Error>),
    /// The file is too large.
    #[error("the metadata file is larger than {limit} bytes")]
    FileTooLarge {
        /// The limit.
        limit: usize,
    },
    /// It did not pass the guard.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// The process is ending.
    #[error("the refresh was interrupted")]
    Interrupted,
}
debug_as_sentence!(RefreshError);

impl RefreshError {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            RefreshError::Fetch(error) => error.code(),
            RefreshError::File(_) => "file-unreadable",
            RefreshError::FileTooLarge { .. } => "file-too-large",
            RefreshError::Rejected(rejected) => rejected.code(),
            RefreshError::Interrupted => "interrupted",
        }
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            RefreshError::Fetch(error) => error.retry_after(),
            _ => None,
        }
    }
}
