//! `entrada group`: the groups in the directory.

mod list;
mod show;

use clap::Subcommand;

use super::Globals;
use super::error::CliError;
use super::output::Report;

/// List and show groups
#[derive(clap::Args)]
#[command(after_help = HELP, arg_required_else_help = true)]
pub(super) struct Group {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(list::List),
    Show(show::Show),
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
        match self.command {
            Command::List(command) => command.run(globals),
            Command::Show(command) => command.run(globals),
        }
    }
}
