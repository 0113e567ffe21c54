//! `entrada connection remove`.

use serde_json::json;

use super::super::Globals;
use super::super::consent::Consent;
use super::super::consent::numbers;
use super::super::error::CliError;
use super::super::output::Report;
use super::super::site::Site;
use crate::admin::connections;
use crate::admin::effects;
use crate::admin::log::time;
use crate::connection::ConnectionId;

/// Remove a connection with everything that belongs to it: its users and groups, tokens, sessions, keys of ours and its log
///
/// The numbers are shown first. If any of them is above zero you are asked on a terminal; a script says --yes. A copy is kept for 30
/// days, with keys and hashes of tokens, and without sessions: entrada connection restore puts it back.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Remove {
    /// The connection
    #[arg(value_name = "ID")]
    id: ConnectionId,
    /// Keep no copy, and erase those that are kept: it cannot be restored
    #[arg(long)]
    purge: bool,
    #[command(flatten)]
    consent: Consent,
}

const HELP: &str = "\
Examples:
  entrada connection remove acme --dry-run
  entrada connection remove acme --yes
  entrada connection remove acme --purge --yes

--purge writes the file of the store anew, without what it erases: that takes
the longer the larger it is, and needs room for it twice. A server that runs
answers sign-ons meanwhile with 503, once they have waited for 5 seconds; so it
does while a large directory is removed. Events stay, which name people by
their ids, until they are forgotten, and so does what backups hold. Where
only a copy is left of a connection, --purge erases that, and where only
events are left it writes the file anew still: so what failed half-way is
done again.

Exit codes:
  0  removed; everybody who signed on over it is signed out
  1  you said no
  2  wrong usage, no such connection, or neither a terminal nor --yes
  4  the store does not answer";

impl Remove {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let (admin, id) = (site.admin(), &self.id);
        let (would, purge) = match self.purge {
            true => (site.run(connections::would_purge(admin, id))?, " --purge"),
            false => (site.run(effects::of_connection(admin, id))?, ""),
        };
        let command = format!("connection remove {id}{purge}");
        if let Some(report) = self.consent.ask(&command, &would)? {
            return Ok(report);
        }
        let removed = match self.purge {
            true => site.run(connections::purge(admin, id))?,
            false => site.run(connections::remove(admin, id))?,
        };
        let numbers = numbers(&removed.effects);
        let text = match removed.kept_until {
            Some(until) => format!(
                "Removed the connection {id}: {numbers}. A copy is kept until {}: entrada connection restore {id}",
                time(until)
            ),
            None if removed.effects.is_nothing() => format!(
                "Nothing was kept of a connection {id}, or it held nothing. The file of the store was written anew."
            ),
            None => format!("Removed the connection {id} for good: {numbers}."),
        };
        let mut json = json!(removed);
        json["removed"] = json!(id);
        Ok(Report::new(text, &json))
    }
}
