//! `entrada user`: the people in the directory.

mod deactivate;
mod delete;
mod explain;
mod export;
mod format;
mod import;
mod list;
mod show;
mod tied;
mod unlink;

use clap::Subcommand;

use super::Globals;
use super::error::CliError;
use super::output::Report;

/// List, show, explain, deactivate and delete users, or move them in and out in files
#[derive(clap::Args)]
#[command(after_help = HELP, arg_required_else_help = true)]
pub(super) struct User {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(list::List),
    Show(show::Show),
    Explain(explain::Explain),
    Unlink(unlink::Unlink),
    Deactivate(deactivate::Deactivate),
    Delete(delete::Delete),
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
        match self.command {
            Command::List(command) => command.run(globals),
            Command::Show(command) => command.run(globals),
            Command::Explain(command) => command.run(globals),
            Command::Unlink(command) => command.run(globals),
            Command::Deactivate(command) => command.run(globals),
            Command::Delete(command) => command.run(globals),
            Command::Export(command) => command.run(globals),
            Command::Import(command) => command.run(globals),
        }
    }
}
