//! An entry of the log as it is printed.

use jiff::Timestamp;
use serde::Serialize;

use super::words::words;
use crate::connection::ConnectionId;
use crate::provisioning::LoggedEntry;
use crate::scim::ResourceKind;

/// An entry.
#[derive(Serialize)]
pub(in crate::cli) struct Line {
    id: u64,
    pub(super) at: Timestamp,
    connection: ConnectionId,
    credential: Option<String>,
    operation: &'static str,
    resource_type: Option<&'static str>,
    resource: Option<String>,
    subject: Option<String>,
    outcome: &'static str,
    status: u16,
    scim_type: Option<String>,
    detail: Option<String>,
    changed: Vec<String>,
    overlooked: Vec<String>,
    request_id: Option<String>,
    duration_us: u64,
    text: String,
}

impl Line {
    pub(in crate::cli) fn of(logged: &LoggedEntry) -> Line {
        let entry = logged.entry.clone();
        let duration = entry.duration.as_micros();
        Line {
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

    /// What a line of text has behind the time.
    pub(super) fn cells(&self) -> [&str; 5] {
        [
            self.connection.as_str(),
            self.credential.as_deref().unwrap_or("-"),
            self.resource_type.unwrap_or("-"),
            self.subject.as_deref().unwrap_or("-"),
            &self.text,
        ]
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

/// To the second, in which log and portal are compared.
pub(in crate::cli) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
