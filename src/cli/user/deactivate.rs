//! `entrada user deactivate`.

use serde_json::json;

use crate::admin::people;
use crate::admin::people::UserChange;
use crate::cli::Globals;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::directory::UserRecord;

/// Deactivate a user: it may not sign on any more
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Deactivate {
    /// The user, by userName or id
    #[arg(value_name = "USER")]
    user: String,
    /// The connection that it belongs to
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
}

const HELP: &str = "\
Examples:
  entrada user deactivate ada@example.com
  entrada user deactivate ada@example.com --connection acme --json

The change is that of a SCIM PATCH with active=false: the user gets its next
version, and the provisioning log says that it was done here. Entra hears
nothing of it; unassign the user there too, or Entra may activate it again.

Exit codes:
  0  deactivated, now or before
  2  wrong usage, no such user, or several of this name
  4  the store does not answer";

impl Deactivate {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let connection = self.connection.as_ref();
        let change = people::deactivate(site.admin(), connection, &self.user);
        let UserChange { user, changed, .. } = site.run(change)?;
        Ok(report(&user, !changed.is_empty()))
    }
}

fn report(user: &UserRecord, changed: bool) -> Report {
    let record = user.record();
    let name = record.resource.user_name().unwrap_or(&record.id);
    let text = match changed {
        true => format!("Deactivated {name} of {}.", user.connection),
        false => format!("{name} of {} was not active before.", user.connection),
    };
    let json = json!({
        "id": record.id,
        "connection": user.connection,
        "user_name": record.resource.user_name(),
        "active": false,
        "changed": changed,
        "version": record.version.0,
    });
    Report::new(text, &json)
}
