//! `entrada group`: the groups in the directory.

use std::borrow::Cow;

use clap::Subcommand;
use serde_json::json;

use super::Globals;
use super::directory::Which;
use super::directory::report;
use super::error::CliError;
use super::output::Report;
use super::output::json_lines;
use super::output::rows;
use super::site::BaseUrlOption;
use super::site::Site;
use crate::admin::people;
use crate::admin::people::GroupListed;
use crate::connection::ConnectionId;
use crate::directory::GroupRecord;

/// List and show groups
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Group {
    List(List),
    Show(Show),
}

const HELP: &str = "\
Examples:
  entrada group list --connection acme
  entrada group show Sales

Exit codes:
  0  done
  2  wrong usage, or no such group or connection
  4  the store does not answer";

impl Group {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        match self {
            Group::List(command) => command.run(&site),
            Group::Show(command) => command.run(&site),
        }
    }
}

/// List groups, without their members
#[derive(clap::Args)]
#[command(after_help = LIST_HELP)]
pub(super) struct List {
    #[command(flatten)]
    which: Which,
}

const LIST_HELP: &str = "\
Examples:
  entrada group list --connection acme
  entrada group list --filter 'displayName sw \"Sales\"' --json

A list ends in next_cursor if there is more.

Exit codes:
  0  printed
  2  wrong usage, or no such connection
  4  the store does not answer";

impl List {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        report::<GroupRecord, GroupListed, _>(site, &self.which, "groups", |_| true, cells)
    }
}

fn cells(group: &GroupListed) -> [Cow<'_, str>; 3] {
    let name = group.display_name.as_deref().unwrap_or_default();
    [group.id.as_str(), group.connection.as_str(), name].map(Cow::from)
}

/// Show a group as SCIM clients see it, with its members
#[derive(clap::Args)]
#[command(after_help = SHOW_HELP)]
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

const SHOW_HELP: &str = "\
Examples:
  entrada group show Sales
  entrada group show Sales --members 100000 --json | jq '.group.members'

Exit codes:
  0  printed
  2  wrong usage, no such group, or several of this name
  4  the store does not answer";

impl Show {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let base_url = self.base_url.of(site)?;
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
