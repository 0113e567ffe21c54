//! An entry of the log as it is shown.

use jiff::Timestamp;
use serde::Serialize;

use super::words::words;
use crate::connection::ConnectionId;
use crate::provisioning::LoggedEntry;
use crate::scim::ResourceKind;

/// An entry of the provisioning log, with its meaning in words.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct LogLine {
    /// The number of the entry.
    pub id: u64,
    /// The moment.
    pub at: Timestamp,
    /// The connection over which the client came.
    pub connection: ConnectionId,
    /// The credential of the client; `cli` for a change by those who run the site, `None` for a caller without a valid one.
    pub credential: Option<String>,
    /// The name of the operation.
    pub operation: &'static str,
    /// The type of the resource.
    pub resource_type: Option<&'static str>,
    /// The id of the resource.
    pub resource: Option<String>,
    /// The name of the resource, or the value that was looked for.
    pub subject: Option<String>,
    /// `done` or `refused`.
    pub outcome: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The keyword of a refusal (RFC 7644 §3.12).
    pub scim_type: Option<String>,
    /// The detail of a refusal, as the client was told.
    pub detail: Option<String>,
    /// The attributes that have another value than before.
    pub changed: Vec<String>,
    /// Names that the client sent and no schema has.
    pub overlooked: Vec<String>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// The time that it took, in microseconds.
    pub duration_us: u64,
    /// The meaning, in words.
    pub text: String,
}

impl LogLine {
    /// The line of an entry.
    pub fn of(logged: &LoggedEntry) -> LogLine {
        let entry = logged.entry.clone();
        let duration = entry.duration.as_micros();
        LogLine {
            id: logged.id,
            credential: by_whom(logged),
            text: words(&entry),
            at: entry.at,
            connection: entry.connection,
            operation: entry.operation.name(),
            resource_type: entry.resource_kind.map(ResourceKind::name),
            resource: entry.resource,
            subject: entry.subject,
            outcome: if entry.status < 400 {
                "done"
            } else {
                "refused"
            },
            status: entry.status,
            scim_type: entry.scim_type,
            detail: entry.detail,
            changed: entry.changed,
            overlooked: entry.overlooked,
            request_id: entry.request_id,
            duration_us: u64::try_from(duration).unwrap_or(u64::MAX),
        }
    }
}

/// The credential; `cli` for what was done on the spot; nobody where a caller had none that is valid, or was sent away
/// before anybody looked.
pub(super) fn by_whom(logged: &LoggedEntry) -> Option<String> {
    match (&logged.entry.credential, logged.entry.status) {
        (Some(id), _) => Some(id.to_string()),
        (None, 401 | 429) => None,
        (None, _) => Some("cli".to_owned()),
    }
}

/// A moment to the second, in which log and portal are compared.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
