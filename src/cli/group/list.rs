//! `entrada group list`.

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::Globals;
use crate::cli::directory::Which;
use crate::cli::directory::report;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::directory::GroupRecord;

/// List groups, without their members
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct List {
    #[command(flatten)]
    which: Which,
}

const HELP: &str = "\
Examples:
  entrada group list --connection acme
  entrada group list --filter 'displayName sw \"Sales\"' --json

A list ends in next_cursor if there is more.

Exit codes:
  0  printed
  2  wrong usage, or no such connection
  4  the store does not answer";

/// A group as a list shows it.
#[derive(Serialize)]
struct Listed {
    id: String,
    connection: ConnectionId,
    display_name: Option<String>,
    external_id: Option<String>,
    created: Timestamp,
    last_modified: Timestamp,
    version: u64,
}

impl From<GroupRecord> for Listed {
    fn from(group: GroupRecord) -> Listed {
        let record = group.record();
        let resource = &record.resource;
        Listed {
            id: record.id.clone(),
            display_name: resource.display_name().map(str::to_owned),
            external_id: resource.external_id().map(str::to_owned),
            created: record.created,
            last_modified: record.last_modified,
            version: record.version.0,
            connection: group.connection,
        }
    }
}

impl List {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        report::<GroupRecord, Listed, _>(&site, &self.which, "groups", |_| true, line)
    }
}

fn line(group: &Listed) -> [&str; 3] {
    [
        &group.id,
        group.connection.as_str(),
        group.display_name.as_deref().unwrap_or_default(),
    ]
}
