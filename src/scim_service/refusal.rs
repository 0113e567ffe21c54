//! Reasons to refuse a request, with the facts that the log needs.

use crate::directory::DirectoryError;
use crate::ports::StoreError;
use crate::scim::PatchRequest;
use crate::scim::ScimError;

#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) error: ScimError,
    /// The name of the resource that it is about, where that became known on the way.
    pub(super) subject: Option<String>,
    pub(super) cause: Option<String>,
}

impl Refusal {
    /// A refusal of the directory. One of a PATCH says which operation is its cause.
    pub(super) fn of(error: DirectoryError, patch: Option<&PatchRequest>) -> Refusal {
        let Some(patch) = patch else {
            return error.into();
        };
        let said = error.to_scim();
        let said = match &error {
            DirectoryError::UserNameTaken => patch.of_attribute("userName", said),
            DirectoryError::SeatsTaken { .. } => patch.of_attribute("active", said),
            // A name is taken too when the `externalId` that told two groups apart goes.
            DirectoryError::GroupTaken(attribute) => {
                patch.of_attribute("externalId", patch.of_attribute(attribute, said))
            }
            DirectoryError::UnknownMembers(ids) if !ids.is_empty() => {
                patch.of_member(&ids[0], said)
            }
            _ => said,
        };
        Refusal {
            error: said,
            ..error.into()
        }
    }

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
