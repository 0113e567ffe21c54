//! `entrada store migrate`.

use serde_json::json;

use super::super::error::CliError;
use super::super::output::Report;
use super::work::HELP;
use super::work::run;
use crate::admin::store;
use crate::store::Schema;

/// Bring the tables of the store up to date, as each start does unless --no-migrate is given
///
/// Behind a pooler of transactions, name the database itself: --database postgres://…
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Migrate {
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    pub(super) fn run(self, url: &str) -> Result<Report, CliError> {
        let Some(before) = run(store::schema(url))? else {
            return Err(CliError::Usage(
                "a store in memory is made anew each time: expected a file or a database"
                    .to_owned(),
            ));
        };
        let Schema { has, needs } = before;
        let is_due = has < needs;
        if is_due && !self.dry_run {
            run(store::migrate(url))?;
        }
        let text = match (is_due, self.dry_run) {
            (false, _) => format!("The tables are up to date ({has}): nothing to do."),
            (true, true) => format!("The tables would be brought from {has} to {needs}."),
            (true, false) => format!("The tables were brought from {has} to {needs}."),
        };
        let migrated = is_due && !self.dry_run;
        Ok(Report::new(
            text,
            &json!({ "migrated": migrated, "has": has, "needs": needs }),
        ))
    }
}
