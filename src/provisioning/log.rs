//! The provisioning log: who did what to whom and with what success. It holds names of attributes, never their values, but for
//! the one name by which the resource is known, and the path of an operation that was refused.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::CredentialId;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

/// An operation that was done, or tried.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LogEntry {
    /// The connection.
    pub connection: ConnectionId,
    /// The moment.
    pub at: Timestamp,
    /// The credential of the caller; `None` for what was done on the spot, and for a caller without valid credentials.
    pub credential: Option<CredentialId>,
    /// The kind of operation.
    pub operation: LogOperation,
    /// The kind of resource; `None` where the request does not say.
    pub resource_kind: Option<ResourceKind>,
    /// The id of the resource.
    pub resource: Option<String>,
    /// The name by which it is known or was looked for: a `userName`, a `displayName`, or what a filter named.
    pub subject: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// The keyword of the error, such as `uniqueness`.
    pub scim_type: Option<String>,
    /// The reason for the refusal, as the client was told.
    #[serde(default)]
    pub detail: Option<String>,
    /// The attributes that have another value than before.
    pub changed: Vec<String>,
    /// Names that the client sent and no schema has: the request was done without it.
    #[serde(default)]
    pub overlooked: Vec<String>,
    /// The request, for the client's own log.
    pub request_id: Option<String>,
    /// The time that it took.
    pub duration: Duration,
}

/// A name as the log keeps it: no name of a person is longer, and a body may hold 65,536 bytes.
pub(crate) fn logged_name(name: &str) -> String {
    name.chars().take(NAME).collect()
}

const NAME: usize = 256;

pub(crate) fn logged_detail(error: &ScimError) -> String {
    error.to_string().chars().take(DETAIL).collect()
}

/// Characters of a detail: an operation with its path and what is wrong with it.
const DETAIL: usize = 600;

/// The kind of a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogOperation {
    /// `POST`.
    Create,
    /// `GET` of one resource.
    Read,
    /// A list, or `POST /.search`.
    Search,
    /// `PUT`.
    Replace,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
    /// Anything else, such as a request without valid credentials.
    Other,
}

impl LogOperation {
    /// All operations with their names.
    pub const ALL: [(&'static str, LogOperation); 7] = [
        ("create", LogOperation::Create),
        ("read", LogOperation::Read),
        ("search", LogOperation::Search),
        ("replace", LogOperation::Replace),
        ("patch", LogOperation::Patch),
        ("delete", LogOperation::Delete),
        ("other", LogOperation::Other),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        let mut all = LogOperation::ALL.into_iter();
        let found = all.find(|(_, operation)| *operation == self);
        found.map_or("other", |(name, _)| name)
    }

    /// The operation of this name.
    pub fn named(name: &str) -> Option<LogOperation> {
        let mut all = LogOperation::ALL.into_iter();
        all.find(|(known, _)| *known == name).map(|(_, of)| of)
    }
}

/// An entry with its number. A later one has a higher number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LoggedEntry {
    /// The number.
    pub id: u64,
    /// The entry.
    #[serde(flatten)]
    pub entry: LogEntry,
}

/// A reader's query for entries. The default asks for the latest [`LogQuery::LIMIT`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogQuery {
    /// Only those of this connection.
    pub connection: Option<ConnectionId>,
    /// Only those about this subject, in whatever case.
    pub subject: Option<String>,
    /// Only those with this outcome.
    pub outcome: Option<LogOutcome>,
    /// Only those of requests that named what no schema has.
    pub overlooked: bool,
    /// Only those of this moment or later.
    pub since: Option<Timestamp>,
    /// Only those with a higher number, the earliest first, for a reader that follows. The latest first if `None`.
    pub after: Option<u64>,
    /// At most so many.
    pub limit: u64,
}

impl LogQuery {
    /// Entries in an answer, if nothing else is asked for.
    pub const LIMIT: u64 = 100;
}

impl Default for LogQuery {
    fn default() -> LogQuery {
        LogQuery {
            connection: None,
            subject: None,
            outcome: None,
            overlooked: false,
            since: None,
            after: None,
            limit: LogQuery::LIMIT,
        }
    }
}

/// The outcome of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogOutcome {
    /// With a status below 400.
    Done,
    /// With an error.
    Refused,
}

/// Keeps the log; each method fails where the store does. What belongs to a change is appended in its transaction, by
/// [`DirectoryTransaction::append_log`](crate::directory::DirectoryTransaction::append_log), the rest by
/// [`append_log`](crate::configuration::append_log).
#[async_trait]
pub trait ProvisioningLog: Send + Sync {
    /// Entries.
    async fn log(&self, query: &LogQuery) -> Result<Vec<LoggedEntry>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_details_of_others_are_cut() {
        let long = "é".repeat(1000);
        assert_eq!(logged_name(&long).chars().count(), NAME);
        let detail = logged_detail(&ScimError::value(&long, "a text"));
        assert_eq!(detail.chars().count(), DETAIL);
    }
}
