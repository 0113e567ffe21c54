//! `entrada group list`.

use crate::admin::people::GroupListed;
use crate::cli::Globals;
use crate::cli::directory::Which;
use crate::cli::directory::report;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::Site;
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

impl List {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        report::<GroupRecord, GroupListed, _>(&site, &self.which, "groups", |_| true, line)
    }
}

fn line(group: &GroupListed) -> [&str; 3] {
    [
        &group.id,
        group.connection.as_str(),
        group.display_name.as_deref().unwrap_or_default(),
    ]
}
