//! `entrada token`: the credentials of those who provision. A secret is shown once, by the command that draws it.

mod create;
mod expiry;
mod extend;
mod list;
mod revoke;
mod rotate;
mod secret;

use clap::Subcommand;

pub(super) use self::expiry::message as expiry_message;
use super::Globals;
use super::error::CliError;
use super::output::Report;

/// Create, list, rotate, extend and revoke the tokens of those who provision
#[derive(clap::Args)]
#[command(after_help = HELP, arg_required_else_help = true)]
pub(super) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Create(create::Create),
    List(list::List),
    Rotate(rotate::Rotate),
    Extend(extend::Extend),
    Revoke(revoke::Revoke),
}

const HELP: &str = "\
Examples:
  entrada token create acme --base-url https://app.example.com
  entrada token list
  entrada token rotate 0123456789abcdef

Exit codes:
  0  done
  1  the token was revoked, has expired, or was rotated before
  2  wrong usage, no such connection, or no such token
  4  the store does not answer";

impl Token {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        match self.command {
            Command::Create(command) => command.run(globals),
            Command::List(command) => command.run(globals),
            Command::Rotate(command) => command.run(globals),
            Command::Extend(command) => command.run(globals),
            Command::Revoke(command) => command.run(globals),
        }
    }
}
