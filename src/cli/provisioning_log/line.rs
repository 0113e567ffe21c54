//! An entry of the log as it is printed.

use jiff::Timestamp;
use serde::Serialize;

use super::words::words;
use crate::cli::output;
use crate::connection::ConnectionId;
use crate::provisioning::LoggedEntry;
use crate::scim::ResourceKind;

/// An entry.
#[derive(Serialize)]
pub(super) struct Line {
    id: u64,
    at: Timestamp,
    connection: ConnectionId,
    credential: Option<String>,
    operation: &'static str,
    resource_type: Option<&'static str>,
    resource: Option<String>,
    subject: Option<String>,
    outcome: &'static str,
    status: u16,
    scim_type: Option<String>,
    changed: Vec<String>,
    request_id: Option<String>,
    duration_us: u64,
    text: String,
}

impl Line {
    pub(super) fn of(logged: &LoggedEntry) -> Line {
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
            changed: entry.changed,
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

/// Entries, one a line.
pub(super) fn table(lines: &[Line]) -> String {
    let times: Vec<String> = lines.iter().map(|line| time(line.at)).collect();
    let cells = lines.iter().zip(&times).map(|(line, time)| {
        [
            time.as_str(),
            line.connection.as_str(),
            line.credential.as_deref().unwrap_or("-"),
            line.resource_type.unwrap_or("-"),
            line.subject.as_deref().unwrap_or("-"),
            &line.text,
        ]
    });
    output::table(&cells.collect::<Vec<_>>())
}

/// To the second, in which log and portal are compared.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
