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
    /// The server gave no access token, and was asked for nothing else.
    NotSignedIn(String),
    /// The case cannot be run here.
    NotApplicable(String),
}

impl Departure {
    /// The same with other texts.
    pub(super) fn map(self, change: impl Fn(String) -> String) -> Departure {
        match self {
            Departure::Differs { expected, found } => Departure::Differs {
                expected: expected.map(&change),
                found: change(found),
            },
            Departure::Silent(reason) => Departure::Silent(change(reason)),
            Departure::NotSignedIn(reason) => Departure::NotSignedIn(change(reason)),
            Departure::NotApplicable(reason) => Departure::NotApplicable(change(reason)),
        }
    }

    /// The side of the server.
    pub(super) fn into_found(self) -> String {
        let (Departure::Differs { found, .. }
        | Departure::Silent(found)
        | Departure::NotSignedIn(found)
        | Departure::NotApplicable(found)) = self;
        found
    }
}

impl From<Failure> for Departure {
    fn from(failure: Failure) -> Departure {
        match failure {
            Failure::Unreachable(_) => Departure::Silent(failure.to_string()),
            Failure::NoAccessToken(_) => Departure::NotSignedIn(failure.to_string()),
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
