//! The reason that a case did not pass, with both sides.

use crate::practice::provision::Failure;

/// The reason that a case did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Departure {
    /// The server did something else.
    Differs {
        /// `None` for what the table says.
        expected: Option<String>,
        found: String,
    },
    /// The server gave no answer.
    Silent(String),
    /// The case cannot be run here.
    NotApplicable(String),
}

impl From<Failure> for Departure {
    fn from(failure: Failure) -> Departure {
        match failure {
            Failure::Unreachable(_) => Departure::Silent(failure.to_string()),
            Failure::Unexpected { expected, found } => differs(expected, found),
            other => found(other.to_string()),
        }
    }
}

pub(super) fn differs(expected: impl Into<String>, found: impl Into<String>) -> Departure {
    Departure::Differs {
        expected: Some(expected.into()),
        found: found.into(),
    }
}

/// A departure from what the table says.
pub(super) fn found(found: impl Into<String>) -> Departure {
    Departure::Differs {
        expected: None,
        found: found.into(),
    }
}

pub(super) fn ensure(
    holds: bool,
    expected: &str,
    found: impl FnOnce() -> String,
) -> Result<(), Departure> {
    match holds {
        true => Ok(()),
        false => Err(differs(expected, found())),
    }
}
