//! `entrada connection restore`.

use serde_json::json;

use super::super::Globals;
use super::super::consent::Consent;
use super::super::consent::numbers;
use super::super::error::CliError;
use super::super::output::Report;
use super::super::output::counted;
use super::super::site::BaseUrlOption;
use super::super::site::Site;
use super::view::ForEntra;
use crate::admin::connections;
use crate::admin::effects::Effects;
use crate::admin::log::time;
use crate::connection::ConnectionId;
use crate::connection::KeptConnection;

/// Restore a connection that was removed within 30 days, with its directory, its tokens and keys of ours
///
/// Nobody is signed on over it: people sign on once more. Tokens work again at its Tenant URL. The copy that is put back is kept no
/// longer; others of the connection are.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Restore {
    /// The connection that was removed
    #[arg(value_name = "ID")]
    id: ConnectionId,
    /// Restore it under this id: its addresses change with it
    #[arg(long = "as", value_name = "NEW")]
    as_id: Option<ConnectionId>,
    /// The number of an earlier copy, as --dry-run and entrada store info list them [default: the latest]
    #[arg(long, value_name = "N")]
    copy: Option<u64>,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const HELP: &str = "\
Examples:
  entrada connection restore acme
  entrada connection restore acme --as acme-2026
  entrada connection restore acme --copy 3

Exit codes:
  0  restored; with --dry-run, it can be
  2  wrong usage, an id that is taken, or no copy of the connection
  3  an id that is kept for entrada validate saml
  4  the store does not answer";

impl Restore {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let (admin, id) = (site.admin(), &self.id);
        let as_id = self.as_id.as_ref().unwrap_or(id);
        site.run(connections::restorable(admin, id, self.copy, as_id))?;
        let command = format!("connection restore {id}");
        if let Some(report) = self.consent.ask(&command, &Effects::default())? {
            return Ok(report.notes(copies(&site, id)?));
        }
        let effects = site.run(connections::restore(admin, id, self.copy, as_id))?;
        let base_url = self.base_url.of(&site)?;
        let connection = site.connection(as_id)?;
        let entra = ForEntra::of(&connection, base_url.get());
        let numbers = numbers(&effects);
        let text = match as_id == id {
            true => {
                format!("Restored the connection {id}: {numbers}. Nobody is signed on over it.")
            }
            false => format!(
                "Restored the connection {id} as {as_id}: {numbers}. Nobody is signed on over it. Its addresses are others now:\n\n{}",
                entra.text()
            ),
        };
        let json = json!({ "restored": as_id, "from": id, "effects": effects, "entra": entra });
        let warnings = site.run(connections::warnings(admin, &connection, site.now()))?;
        let notes = warnings.iter().map(ToString::to_string);
        Ok(Report::new(text, &json).notes(notes.chain(base_url.note())))
    }
}

/// The copies of a connection, each in a line.
fn copies(site: &Site, id: &ConnectionId) -> Result<Vec<String>, CliError> {
    let mut kept = site.run(connections::kept(site.admin()))?;
    kept.retain(|kept| kept.connection == *id);
    let line = |kept: &KeptConnection| {
        let (number, removed) = (kept.number, time(kept.removed));
        let users = counted(kept.users, "user");
        format!("copy {number}: removed {removed}, {users}")
    };
    Ok(kept.iter().map(line).collect())
}
