//! `entrada user show`.

use serde_json::json;

use super::origin;
use crate::cli::Globals;
use crate::cli::directory::failed;
use crate::cli::directory::one;
use crate::cli::directory::view;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::output::json_lines;
use crate::cli::output::rows;
use crate::cli::site::BaseUrlOption;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::directory::UserRecord;

/// Show a user as SCIM clients see it, with its groups
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Show {
    /// The user, by userName or id
    #[arg(value_name = "USER")]
    user: String,
    /// The connection that it belongs to
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const HELP: &str = "\
Examples:
  entrada user show ada@example.com
  entrada user show ada@example.com --connection acme --json | jq .user.groups

Exit codes:
  0  printed
  2  wrong usage, no such user, or several of this name
  4  the store does not answer";

impl Show {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let (user, connection) = one::<UserRecord>(&site, self.connection.as_ref(), &self.user)?;
        let ids = [user.id()];
        let groups = site.wait(|store| store.groups_of(connection.id(), &ids));
        let groups = groups.map_err(failed)?.pop().unwrap_or_default();
        let document = view(&connection, self.base_url.get()).user(&user, Some(&groups));
        let facts = [
            ("Connection", connection.id().as_str().into()),
            ("Origin", origin(user.origin).into()),
        ];
        let text = rows(0, facts) + &json_lines(&document);
        let json = json!({
            "connection": connection.id(),
            "origin": origin(user.origin),
            "user": document,
        });
        Ok(Report::new(text, &json))
    }
}
