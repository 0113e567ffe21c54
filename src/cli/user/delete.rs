//! `entrada user delete`.

use serde_json::json;

use crate::admin::people;
use crate::cli::Globals;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::Site;
use crate::connection::ConnectionId;

/// Delete a user: its name is free for another person, and its sessions end
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Delete {
    /// The user, by userName or id
    #[arg(value_name = "USER")]
    user: String,
    /// The connection that it belongs to
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
}

const HELP: &str = "\
Examples:
  entrada user delete ada@example.com
  entrada user delete ada@example.com --connection acme --json

The change is that of a SCIM DELETE: memberships, the tie to a person and
all sessions go with the user, in one step, and the provisioning log says
that it was done here. Entra hears nothing of it: while the person is
assigned there, it makes the user anew. Where --sign-on is just-in-time, so
does the next sign-on: to keep somebody out, deactivate the user.

Exit codes:
  0  deleted
  2  wrong usage, no such user, or several of this name
  4  the store does not answer";

impl Delete {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let connection = self.connection.as_ref();
        let user = site.run(people::delete(site.admin(), connection, &self.user))?;
        let record = user.record();
        let name = record.resource.user_name().unwrap_or(&record.id);
        let text = format!("Deleted {name} of {}.", user.connection);
        let json = json!({
            "id": record.id,
            "connection": user.connection,
            "user_name": record.resource.user_name(),
            "deleted": true,
        });
        Ok(Report::new(text, &json))
    }
}
