//! `entrada connection refresh`: fetch a connection's metadata now.

use serde::Serialize;

use super::super::Globals;
use super::super::error::CliError;
use super::super::error::Exit;
use super::super::metadata::Difference;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::printable;
use super::super::site::Site;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::metadata::IdpMetadata;
use crate::metadata::RefreshFailure;
use crate::site::Refreshed;

/// Fetch a connection's metadata now, or read its file again, and say what has changed
///
/// The new document counts only if it passes every check; otherwise the one before stays, and the reason is printed.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Refresh {
    /// The connection
    #[arg(value_name = "ID")]
    id: ConnectionId,
}

const HELP: &str = "\
Examples:
  entrada connection refresh acme
  entrada connection refresh acme --json | jq -r .outcome

Exit codes:
  0  refreshed; whether anything has changed is printed
  1  what came was rejected; trust is as it was
  2  wrong usage, no such connection, or one with nothing to refresh
  4  the source cannot be reached, or the store does not answer";

#[derive(Serialize)]
struct Outcome<'a> {
    connection: &'a ConnectionId,
    /// `unchanged`, `replaced`, `rejected` or `unreachable`.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<RefreshFailure>,
}

impl Refresh {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let connection = site.connection(&self.id)?;
        let before = metadata(&site, &connection)?;
        let mut outcome = Outcome {
            connection: &self.id,
            outcome: "unchanged",
            difference: None,
            failure: None,
        };
        let exit = match site.refresh(&connection)? {
            Refreshed::Unchanged => Exit::Done,
            Refreshed::Replaced { .. } => {
                outcome.outcome = "replaced";
                let after = metadata(&site, &connection)?;
                let both = before.zip(after);
                let now = site.now();
                outcome.difference = both.map(|(old, new)| Difference::between(&old, &new, now));
                Exit::Done
            }
            Refreshed::Failed(failure) => {
                let unreachable = UNREACHABLE.contains(&failure.code.as_str());
                outcome.failure = Some(failure);
                outcome.outcome = if unreachable {
                    "unreachable"
                } else {
                    "rejected"
                };
                if unreachable { Exit::Io } else { Exit::Refused }
            }
            Refreshed::NotNow(reason) => {
                return Err(CliError::Io(format!("connection {}: {reason}", self.id)));
            }
            Refreshed::NoOrigin => return Err(nothing_to_refresh(&self.id)),
        };
        Ok(Report::new(outcome.text(style), &outcome).exit(exit))
    }
}

/// Codes of failures where nothing came that could be rejected.
const UNREACHABLE: [&str; 5] = [
    "fetch-unreachable",
    "fetch-too-slow",
    "fetch-status",
    "fetch-busy",
    "file-unreadable",
];

fn nothing_to_refresh(id: &ConnectionId) -> CliError {
    CliError::Usage(format!(
        "the connection {id} has nothing to refresh: its trust is a fingerprint, or a document whose file is not known; entrada connection update {id}"
    ))
}

fn metadata(site: &Site, connection: &Connection) -> Result<Option<IdpMetadata>, CliError> {
    let copy = site.metadata_copy(connection)?;
    let document = copy.as_ref().map(|copy| copy.document.as_slice());
    let metadata = connection.trust().metadata(document, site.now());
    Ok(metadata.ok().flatten())
}

impl Outcome<'_> {
    fn text(&self, style: Style) -> String {
        let id = self.connection;
        match (&self.failure, &self.difference) {
            (Some(RefreshFailure { code, reason, .. }), _) => format!(
                "{} {id}: {} [{code}]\nTrust is as it was.\n",
                style.fail(),
                printable(reason)
            ),
            (None, Some(difference)) if difference.is_change() => {
                let text = difference.text(style);
                format!("{} {id}: the metadata has changed\n{text}", style.pass())
            }
            _ => format!("{} {id}: nothing has changed\n", style.pass()),
        }
    }
}
