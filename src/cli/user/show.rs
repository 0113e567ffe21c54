//! `entrada user show`.

use serde_json::json;

use super::tied::tied as told;
use crate::admin::people;
use crate::cli::Globals;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::output::json_lines;
use crate::cli::output::rows;
use crate::cli::session::lines;
use crate::cli::site::BaseUrlOption;
use crate::cli::site::Site;
use crate::connection::ConnectionId;

/// Show a user as SCIM clients see it, with its groups, whom it is tied to, and its live sessions
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
        let base_url = self.base_url.of(&site)?;
        let connection = self.connection.as_ref();
        let shown = people::user(site.admin(), connection, &self.user, base_url.get());
        let shown = site.run(shown)?;
        let facts = [
            ("Connection", shown.connection.as_str().into()),
            ("Origin", shown.origin.into()),
            ("Tied to", told(shown.link_rule, shown.subject.as_ref())),
            ("Sessions", shown.sessions.len().to_string().into()),
        ];
        let text = rows(0, facts) + &lines(&shown.sessions) + &json_lines(&shown.user);
        Ok(Report::new(text, &json!(shown)).notes(base_url.warning()))
    }
}
