//! `entrada token`: the credentials of those who provision. A secret is shown once, by the command that draws it.

mod create;
mod expiry;
mod extend;
mod list;
mod revoke;
mod rotate;
mod secret;

use clap::Subcommand;

pub(super) use self::expiry::Expiry;
pub(super) use self::expiry::expiring;
use super::Globals;
use super::error::CliError;
use super::output::Report;
use super::site::Site;
use crate::provisioning::CredentialId;
use crate::provisioning::RotationError;
use crate::provisioning::ScimCredential;

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

/// The credential of this id, which must be there.
fn known(site: &Site, id: &CredentialId) -> Result<ScimCredential, CliError> {
    let found = site.ask(|store| store.credential(id))?;
    found.ok_or_else(|| {
        CliError::Usage(format!(
            "there is no token {id}: entrada token list shows those that there are"
        ))
    })
}

/// A time that cannot be had is wrong usage; a token that opens nothing any more is refused.
fn refused(id: &CredentialId, error: &RotationError) -> CliError {
    match error {
        RotationError::Lifetime(error) => CliError::Usage(error.to_string()),
        error => CliError::Refused(format!("token {id}: {error}")),
    }
}

/// Somebody revoked it between two statements.
fn revoked_meanwhile(id: &CredentialId) -> CliError {
    CliError::Refused(format!("token {id}: it was revoked"))
}
