//! `entrada store copy`.

use serde_json::json;

use super::super::Globals;
use super::super::error::CliError;
use super::super::output::Report;
use super::super::output::counted;
use super::super::progress::Progress;
use super::work::HELP;
use super::work::run;
use crate::admin::store;

/// Copy the store in a file into an empty database of PostgreSQL
///
/// Everything is copied: connections, keys, people, sessions, tokens, events with their numbers. Stop the server first: a
/// store that is changed meanwhile is not copied. It is done whole or not at all; where it breaks off, run it again. At the
/// end each table is read back, and the digests of both sides are compared.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Copy {
    /// The store to copy: sqlite:FILE
    #[arg(value_name = "FROM")]
    from: String,
    /// The database: postgres://USER@HOST/DATABASE. Its password comes from PGPASSWORD, or a file
    /// (?password_file=FILE)
    #[arg(value_name = "TO")]
    to: String,
}

impl Copy {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let progress = Progress::of_rows(globals.json);
        let heard = move |done, total, table: &str| progress.reached_of(done, total, table);
        let copied = run(store::copy(&self.from, &self.to, heard))?;
        let rows: u64 = copied.iter().map(|table| table.rows).sum();
        let mut text = String::from("The same on both sides:\n");
        for table in &copied {
            let (name, rows, digest) = (table.table, table.rows, &table.sha256);
            text.push_str(&format!("  {name:<20} {rows:>10}  {digest}\n"));
        }
        let rows = counted(rows, "row");
        text.push_str(&format!(
            "Copied {rows}. Start the nodes with the new database, and keep the file for as long as you may want to go back."
        ));
        Ok(Report::new(
            text,
            &json!({ "copied": true, "tables": copied }),
        ))
    }
}
