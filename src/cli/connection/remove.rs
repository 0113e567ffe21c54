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
use crate::connection::ConnectionId;

/// Remove a connection with everything that belongs to it: its users and groups, tokens, sessions, keys of ours and its log
///
/// The numbers are shown first. If any of them is above zero you are asked on a terminal; a script says --yes.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Remove {
    /// The connection
    #[arg(value_name = "ID")]
    id: ConnectionId,
    #[command(flatten)]
    consent: Consent,
}

const HELP: &str = "\
Examples:
  entrada connection remove acme --dry-run
  entrada connection remove acme --yes

Exit codes:
  0  removed; everybody who signed on over it is signed out
  1  you said no
  2  wrong usage, no such connection, or neither a terminal nor --yes
  4  the store does not answer";

impl Remove {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let would = site.run(effects::of_connection(site.admin(), &self.id))?;
        let command = format!("connection remove {}", self.id);
        if let Some(report) = self.consent.ask(&command, &would)? {
            return Ok(report);
        }
        let effects = site.run(connections::remove(site.admin(), &self.id))?;
        let text = format!("Removed the connection {}: {}.", self.id, numbers(&effects));
        let json = json!({ "removed": self.id, "effects": effects });
        Ok(Report::new(text, &json))
    }
}
