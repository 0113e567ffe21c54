//! `entrada group show`.

use serde_json::json;

use crate::admin::people;
use crate::cli::Globals;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::output::json_lines;
use crate::cli::output::rows;
use crate::cli::site::BaseUrlOption;
use crate::cli::site::Site;
use crate::connection::ConnectionId;

/// Show a group as SCIM clients see it, with its members
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Show {
    /// The group, by displayName or id
    #[arg(value_name = "GROUP")]
    group: String,
    /// The connection that it belongs to
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    /// At most so many members
    #[arg(long, value_name = "NUMBER", default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(0..=MEMBERS_MOST))]
    members: u32,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

/// As many as SCIM clients are shown in one answer; 100,000 of them are 15 MB.
const MEMBERS_MOST: i64 = 100_000;

const HELP: &str = "\
Examples:
  entrada group show Sales
  entrada group show Sales --members 100000 --json | jq '.group.members'

Exit codes:
  0  printed
  2  wrong usage, no such group, or several of this name
  4  the store does not answer";

impl Show {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let base_url = self.base_url.of(&site)?;
        let most = self.members as usize;
        let connection = self.connection.as_ref();
        let shown = people::group(site.admin(), connection, &self.group, most, base_url.get());
        let shown = site.run(shown)?;
        let facts = [("Connection", shown.connection.as_str().into())];
        let text = rows(0, facts) + &json_lines(&shown.group);
        let note = shown
            .more_members
            .then(|| format!("note: there are more members than {most}: --members NUMBER"));
        let notes = note.into_iter().chain(base_url.warning());
        Ok(Report::new(text, &json!(shown)).notes(notes))
    }
}
