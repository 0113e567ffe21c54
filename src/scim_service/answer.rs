//! The response to a request.

use serde_json::Value;

use crate::provisioning::LogEntry;
use crate::scim::ScimError;
use crate::scim::Version;

/// The answer to a client.
#[derive(Clone, PartialEq, Default)]
pub struct ScimAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Option<Value>,
    /// The header `Location`.
    pub location: Option<String>,
    /// The header `ETag`.
    pub version: Option<Version>,
    /// The header `Allow`.
    pub allow: Option<&'static str>,
}

/// An answer, and what there is to note about it.
pub struct ServiceResponse {
    /// The answer for the client.
    pub answer: ScimAnswer,
    /// Entries for the provisioning log that belong to no change: those of changes are in it already.
    pub log: Vec<LogEntry>,
    /// The failures in the store, for the operator alone.
    pub causes: Vec<String>,
}

impl ScimAnswer {
    pub(super) fn empty(status: u16) -> ScimAnswer {
        ScimAnswer {
            status,
            ..ScimAnswer::default()
        }
    }

    pub(super) fn json(status: u16, body: Value) -> ScimAnswer {
        ScimAnswer {
            body: Some(body),
            ..ScimAnswer::empty(status)
        }
    }
}

impl From<&ScimError> for ScimAnswer {
    fn from(error: &ScimError) -> ScimAnswer {
        ScimAnswer::json(error.status(), error.to_json())
    }
}
