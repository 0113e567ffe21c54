//! `entrada group show`.

use serde_json::json;

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
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::PAGE;
use crate::scim::Member;

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
        let (group, connection) = one::<GroupRecord>(&site, self.connection.as_ref(), &self.group)?;
        let most = self.members as usize;
        let mut members = members(&site, connection.id(), &group.id(), most)?;
        let more = members.len() > most;
        members.truncate(most);
        let base_url = self.base_url.of(&site)?;
        let document = view(&connection, base_url.get()).group(&group, Some(&members));
        let facts = [("Connection", connection.id().as_str().into())];
        let text = rows(0, facts) + &json_lines(&document);
        let json = json!({
            "connection": connection.id(),
            "group": document,
            "more_members": more,
        });
        let note =
            more.then(|| format!("note: there are more members than {most}: --members NUMBER"));
        let notes = note.into_iter().chain(base_url.warning());
        Ok(Report::new(text, &json).notes(notes))
    }
}

/// Members of a group: one more than asked for, if there are so many.
fn members(
    site: &Site,
    connection: &ConnectionId,
    group: &GroupId,
    most: usize,
) -> Result<Vec<Member>, CliError> {
    let mut members = Vec::new();
    let mut after = None;
    loop {
        let count = (most + 1 - members.len()).min(PAGE) as u64;
        let page = site.wait(|store| store.members(connection, group, after, count));
        let page = page.map_err(failed)?;
        members.extend(page.members);
        after = page.next;
        if after.is_none() || members.len() > most {
            return Ok(members);
        }
    }
}
