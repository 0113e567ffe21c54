//! `entrada metadata`: an identity provider's metadata, and our own.

mod show;
mod sp;
mod warnings;

use clap::Subcommand;

pub(super) use self::warnings::Warning;
pub(super) use self::warnings::warnings;
use super::Globals;
use super::error::CliError;
use super::output::Report;
use super::output::Style;

/// Read an identity provider's metadata, or print our own
#[derive(clap::Args)]
#[command(after_help = HELP, arg_required_else_help = true)]
pub(super) struct Metadata {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Show(show::Show),
    Sp(sp::Sp),
}

const HELP: &str = "\
Examples:
  entrada metadata show federationmetadata.xml
  entrada metadata sp acme --base-url https://app.example.com > sp.xml

Exit codes:
  0  printed
  2  wrong usage, or metadata that cannot be read
  3  configuration
  4  unreachable, or I/O";

impl Metadata {
    pub(super) fn run(self, globals: &Globals, style: Style) -> Result<Report, CliError> {
        match self.command {
            Command::Show(command) => command.run(style),
            Command::Sp(command) => command.run(globals),
        }
    }
}
