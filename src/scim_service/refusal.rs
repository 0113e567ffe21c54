//! Reasons to refuse a request, with the facts that the log needs.

use crate::directory::DirectoryError;
use crate::ports::StoreError;
use crate::scim::ScimError;

/// A refusal on its way out.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// The error that the client gets.
    pub(super) error: ScimError,
    /// The name of the resource that it is about, where that became known on the way.
    pub(super) subject: Option<String>,
    /// The failure in the store.
    pub(super) cause: Option<String>,
}

/// A function from refusals of the directory to those of a request.
pub(super) type Refused<'a> = &'a (dyn Fn(DirectoryError) -> Refusal + Sync);

impl Refusal {
    /// The same in other words.
    pub(super) fn said(self, how: impl FnOnce(ScimError) -> ScimError) -> Refusal {
        Refusal {
            error: how(self.error),
            ..self
        }
    }

    /// The same about somebody.
    pub(super) fn about(self, subject: Option<&str>) -> Refusal {
        Refusal {
            subject: self.subject.or(subject.map(str::to_owned)),
            ..self
        }
    }
}

impl From<ScimError> for Refusal {
    fn from(error: ScimError) -> Refusal {
        Refusal {
            error,
            subject: None,
            cause: None,
        }
    }
}

impl From<DirectoryError> for Refusal {
    fn from(error: DirectoryError) -> Refusal {
        let cause = match &error {
            DirectoryError::Store(cause) => Some(cause.to_string()),
            _ => None,
        };
        Refusal {
            cause,
            ..error.to_scim().into()
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        DirectoryError::Store(error).into()
    }
}
