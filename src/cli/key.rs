//! `entrada key`: our own keys for a connection, and their rollover.

use clap::Subcommand;
use serde_json::json;

use super::Globals;
use super::error::CliError;
use super::output::Report;
use super::site::Site;
use crate::admin::keys;
use crate::admin::keys::OwnKey;
use crate::connection::ConnectionId;
use crate::connection::KeyState;
use crate::connection::SpKeyId;

/// Our own keys for a connection: they sign our messages, and decrypt assertions
#[derive(clap::Args)]
#[command(after_help = HELP, arg_required_else_help = true)]
pub(super) struct Key {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    New(New),
    List(List),
    Activate(Activate),
    Retire(Retire),
}

const HELP: &str = "\
A rollover without a failed sign-on:
  1. entrada key new acme            the next key is announced in our metadata, and decrypts already
  2. upload our metadata to Entra, or give it the certificate that `key new` prints
  3. entrada key activate acme ID    the new key signs from now on; the old one still decrypts
  4. entrada key retire acme ID      once Entra encrypts for the new one, forget the old one

Examples:
  entrada key new acme
  entrada key list acme --json | jq -r '.keys[-1].certificate' > acme.cer
  entrada key activate acme 1f2e3d4c5b6a7988

Exit codes:
  0  done
  2  wrong usage, or no such connection or key
  3  the keys cannot be changed in this way
  4  the store does not answer";

impl Key {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        match self.command {
            Command::New(command) => command.run(&site),
            Command::List(command) => command.run(&site),
            Command::Activate(command) => command.run(&site),
            Command::Retire(command) => command.run(&site),
        }
    }
}

/// Make a key. The first one of a connection is active at once; a later one is announced until it is activated
#[derive(clap::Args)]
#[command(after_help = HELP)]
struct New {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
}

/// List the keys with their states and certificates
#[derive(clap::Args)]
#[command(after_help = HELP)]
struct List {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
}

/// Sign with this key from now on
#[derive(clap::Args)]
#[command(after_help = HELP)]
struct Activate {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
    /// The key
    #[arg(value_name = "ID")]
    id: SpKeyId,
}

/// Forget this key for good: what is encrypted for it stays so, and it cannot come back
#[derive(clap::Args)]
#[command(after_help = HELP)]
struct Retire {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
    /// The key
    #[arg(value_name = "ID")]
    id: SpKeyId,
}

impl New {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let keys = site.run(keys::make(site.admin(), &self.connection))?;
        Ok(report(&self.connection, &keys))
    }
}

impl List {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let keys = site.run(keys::list(site.admin(), &self.connection))?;
        Ok(report(&self.connection, &keys))
    }
}

impl Activate {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let keys = site.run(keys::activate(site.admin(), &self.connection, &self.id))?;
        Ok(report(&self.connection, &keys))
    }
}

impl Retire {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let keys = site.run(keys::retire(site.admin(), &self.connection, &self.id))?;
        Ok(report(&self.connection, &keys))
    }
}

fn report(connection: &ConnectionId, keys: &[OwnKey]) -> Report {
    let mut text = String::new();
    for key in keys {
        let state = match key.state {
            KeyState::Next => "next: announced, decrypts",
            KeyState::Active => "active: announced, signs, decrypts",
            KeyState::Old => "old: decrypts",
        };
        text += &format!(
            "{}  {state}\n{}{}\n",
            key.id,
            key.facts.text(),
            key.certificate
        );
    }
    if keys.is_empty() {
        text = format!("{connection} has no key of ours.");
    }
    Report::new(text, &json!({ "connection": connection, "keys": keys }))
}
