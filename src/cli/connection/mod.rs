//! `entrada connection`: the connections in the store.

mod add;
mod apply;
mod flags;
mod list;
mod refresh;
mod remove;
mod restore;
mod standing;
mod update;
mod view;

use clap::Subcommand;

use super::Globals;
use super::error::CliError;
use super::output::Report;
use super::output::Style;

/// Add, list, show, refresh, update, remove and restore connections, or apply a file of them
#[derive(clap::Args)]
#[command(after_help = HELP, arg_required_else_help = true)]
pub(super) struct Connection {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Add(add::Add),
    List(list::List),
    Show(list::Show),
    Remove(remove::Remove),
    Restore(restore::Restore),
    Refresh(refresh::Refresh),
    Update(update::Update),
    Apply(apply::Apply),
}

const HELP: &str = "\
Examples:
  entrada connection add acme --metadata-file acme.xml \\
      --base-url https://app.example.com
  entrada connection list
  entrada connection refresh acme
  entrada connection apply connections.toml

Exit codes:
  0  done
  1  a refresh was rejected, or you said no
  2  wrong usage, unreadable input, or no such connection
  3  settings that do not hold together, or nobody to trust
  4  unreachable, or I/O";

impl Connection {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        match self.command {
            Command::Add(command) => command.run(globals),
            Command::List(command) => command.run(globals),
            Command::Show(command) => command.run(globals, style),
            Command::Remove(command) => command.run(globals),
            Command::Restore(command) => command.run(globals),
            Command::Refresh(command) => command.run(globals, style),
            Command::Update(command) => command.run(globals, style),
            Command::Apply(command) => command.run(globals),
        }
    }
}
