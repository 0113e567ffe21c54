//! `entrada user unlink`.

use serde_json::json;

use crate::admin::people;
use crate::admin::people::Unlinked;
use crate::cli::Globals;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::Site;
use crate::connection::ConnectionId;

/// Forget which person of the identity provider a user is tied to
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Unlink {
    /// The connection that the user belongs to
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
    /// The user, by userName or id
    #[arg(value_name = "USER")]
    user: String,
}

const HELP: &str = "\
Examples:
  entrada user unlink acme ada@example.com
  entrada user explain acme ada@example.com

The next person who signs on under the name that the connection's rule
compares is this user, and is tied to it. Do it for a person with a new account
at the identity provider; if the name was given to somebody else, delete the
user instead (entrada user delete). Under object-id there is nothing to forget:
change externalId. Sessions stay: entrada session revoke --user ends them. An
event, user-unlinked, tells of it.

Exit codes:
  0  forgotten, now or before
  2  wrong usage, no such user, or several of this name
  4  the store does not answer";

impl Unlink {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let unlinked = people::unlink(site.admin(), Some(&self.connection), &self.user);
        let Unlinked { user, was_tied } = site.run(unlinked)?;
        let record = user.record();
        let name = record.resource.user_name().unwrap_or(&record.id);
        let text = match was_tied {
            true => format!("{name} of {} is tied to nobody any more.", user.connection),
            false => format!("{name} of {} was tied to nobody.", user.connection),
        };
        let json = json!({
            "id": record.id,
            "connection": user.connection,
            "user_name": record.resource.user_name(),
            "unlinked": was_tied,
        });
        Ok(Report::new(text, &json))
    }
}
