//! `entrada connection refresh`: fetch a connection's metadata now.

use super::super::Globals;
use super::super::error::CliError;
use super::super::error::Exit;
use super::super::output::Report;
use super::super::output::Style;
use super::super::output::printable;
use super::super::site::Site;
use crate::admin::connections;
use crate::admin::connections::RefreshOutcome;
use crate::admin::connections::RefreshWord;
use crate::connection::ConnectionId;
use crate::metadata::RefreshFailure;

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

impl Refresh {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let refreshed = site.run(connections::refresh(site.admin(), &self.id))?;
        let exit = match refreshed.outcome {
            RefreshWord::Unchanged | RefreshWord::Replaced => Exit::Done,
            RefreshWord::Rejected => Exit::Refused,
            RefreshWord::Unreachable => Exit::Io,
        };
        Ok(Report::new(self.text(&refreshed, style), &refreshed).exit(exit))
    }

    fn text(&self, refreshed: &RefreshOutcome, style: Style) -> String {
        let id = &self.id;
        match (&refreshed.failure, &refreshed.difference) {
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
