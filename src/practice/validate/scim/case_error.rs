//! The reason that a case did not pass, with both sides.

use crate::practice::provision::Failure;

/// The reason that a case did not pass: a failure, or a case that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CaseError {
    /// The server did something else.
    Mismatch {
        /// `None` for what the table says.
        expected: Option<String>,
        found: String,
    },
    /// The server gave no answer.
    NoAnswer(String),
    /// The server gave no access token, and was asked for nothing else.
    NoAccessToken(String),
    /// The case cannot be run here.
    NotApplicable(String),
}

impl CaseError {
    /// The same with other texts.
    pub(super) fn map(self, change: impl Fn(String) -> String) -> CaseError {
        match self {
            CaseError::Mismatch { expected, found } => CaseError::Mismatch {
                expected: expected.map(&change),
                found: change(found),
            },
            CaseError::NoAnswer(reason) => CaseError::NoAnswer(change(reason)),
            CaseError::NoAccessToken(reason) => CaseError::NoAccessToken(change(reason)),
            CaseError::NotApplicable(reason) => CaseError::NotApplicable(change(reason)),
        }
    }

    /// The side of the server.
    pub(super) fn into_found(self) -> String {
        let (CaseError::Mismatch { found, .. }
        | CaseError::NoAnswer(found)
        | CaseError::NoAccessToken(found)
        | CaseError::NotApplicable(found)) = self;
        found
    }
}

impl From<Failure> for CaseError {
    fn from(failure: Failure) -> CaseError {
        match failure {
            Failure::Unreachable(_) => CaseError::NoAnswer(failure.to_string()),
            Failure::NoAccessToken(_) => CaseError::NoAccessToken(failure.to_string()),
            Failure::Unexpected { expected, found } => mismatch(expected, found),
            other => found(other.to_string()),
        }
    }
}

pub(super) fn mismatch(expected: impl Into<String>, found: impl Into<String>) -> CaseError {
    CaseError::Mismatch {
        expected: Some(expected.into()),
        found: found.into(),
    }
}

/// A mismatch with the expectation of the table.
pub(super) fn found(found: impl Into<String>) -> CaseError {
    CaseError::Mismatch {
        expected: None,
        found: found.into(),
    }
}

pub(super) fn ensure(
    holds: bool,
    expected: &str,
    found: impl FnOnce() -> String,
) -> Result<(), CaseError> {
    match holds {
        true => Ok(()),
        false => Err(mismatch(expected, found())),
    }
}
