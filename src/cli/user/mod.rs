//! `entrada user`: the people in the directory.

mod agreed;
mod explain;
mod export;
mod format;
mod import;
mod list;
mod one;
mod rows_file;

use clap::Subcommand;

pub(super) use self::format::Format;
use super::Globals;
use super::error::CliError;
use super::output::Report;
use super::site::Site;

/// List, show, explain, deactivate and delete users, or move them in and out in files
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum User {
    List(list::List),
    Show(one::Show),
    Explain(explain::Explain),
    Unlink(one::Unlink),
    Deactivate(one::Deactivate),
    Delete(one::Delete),
    Export(export::Export),
    Import(import::Import),
}

const HELP: &str = "\
Examples:
  entrada user list --connection acme
  entrada user show ada@example.com
  entrada user explain acme ada@example.com
  entrada user deactivate ada@example.com
  entrada user delete ada@example.com --connection acme
  entrada user export acme users.csv

Exit codes:
  0  done
  1  some rows of an import were refused, or a person would be
  2  wrong usage, unreadable input, or no such user or connection
  4  the store does not answer";

impl User {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        match self {
            User::List(command) => command.run(&Site::open(globals)?),
            User::Show(command) => command.run(&Site::open(globals)?),
            User::Explain(command) => command.run(&Site::open(globals)?),
            User::Unlink(command) => command.run(&Site::open(globals)?),
            User::Deactivate(command) => command.run(&Site::open(globals)?),
            User::Delete(command) => command.run(&Site::open(globals)?),
            User::Export(command) => command.run(globals),
            User::Import(command) => command.run(globals),
        }
    }
}
