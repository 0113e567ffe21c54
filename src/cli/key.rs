//! `entrada key`: our own keys for a connection, and their rollover.

use clap::Subcommand;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::Globals;
use super::certificate::CertificateFacts;
use super::error::CliError;
use super::output::Report;
use super::site::Site;
use crate::admin::connections;
use crate::admin::connections::Edit;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::KeyState;
use crate::connection::SpKey;
use crate::connection::SpKeyError;
use crate::connection::SpKeyId;
use crate::connection::SpKeys;
use crate::crypto::Certificate;
use crate::crypto::SigningKey;

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

/// A key as it is printed: never its private half.
#[derive(Serialize)]
struct Listed {
    id: SpKeyId,
    state: KeyState,
    certificate: String,
    #[serde(flatten)]
    facts: CertificateFacts,
}

impl New {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let key = generate(site.connection(&self.connection)?.id().as_str())?;
        change(site, &self.connection, |keys| {
            if keys.is_empty() {
                keys.with_active(key.clone())
            } else {
                keys.with_next(key.clone())
            }
        })
    }
}

impl List {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        report(&site.connection(&self.connection)?, site.now())
    }
}

impl Activate {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        change(site, &self.connection, |keys| keys.activated(&self.id))
    }
}

impl Retire {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        change(site, &self.connection, |keys| keys.retired(&self.id))
    }
}

/// Stores the connection with its new keys, and says how they stand now.
fn change(
    site: &Site,
    id: &ConnectionId,
    edit: impl Fn(SpKeys) -> Result<SpKeys, SpKeyError> + Send + Sync,
) -> Result<Report, CliError> {
    let edit = Edit::of_other_settings(|present| {
        let keys = edit(present.sp_keys().clone())?;
        Ok(present.clone().with_sp_keys(keys)?)
    });
    let changed = site.run(connections::change(site.admin(), id, &edit))?;
    report(&changed.connection, site.now())
}

/// RSA with 2048 bits, which every identity provider can use, and a certificate for three years, as Entra's have.
pub(super) fn generate(connection: &str) -> Result<SpKey, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Configuration(error.to_string());
    let key = SigningKey::generate_rsa_2048().map_err(|error| failed(&error))?;
    let now = Timestamp::now();
    let end = now.checked_add(LIFETIME).map_err(|error| failed(&error))?;
    let serial = u64::try_from(now.as_microsecond()).unwrap_or(1);
    let name = format!("entrada {connection}");
    let certificate =
        Certificate::self_signed(&key, &name, serial, now, end).map_err(|error| failed(&error))?;
    Ok(SpKey::new(key.to_pem(), certificate.to_pem()))
}

fn report(connection: &Connection, now: Timestamp) -> Result<Report, CliError> {
    let listed = |(id, state, key): (&SpKeyId, KeyState, &SpKey)| {
        let certificate = key
            .certificate()
            .map_err(|error| CliError::Configuration(error.to_string()))?;
        let facts = CertificateFacts::of(&certificate, now);
        Ok(Listed {
            id: id.clone(),
            state,
            certificate: certificate.to_pem(),
            facts,
        })
    };
    let keys: Vec<Listed> = connection
        .sp_keys()
        .iter()
        .map(listed)
        .collect::<Result<_, CliError>>()?;
    let mut text = String::new();
    for key in &keys {
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
        text = format!("{} has no key of ours.", connection.id());
    }
    Ok(Report::new(
        text,
        &json!({ "connection": connection.id(), "keys": keys }),
    ))
}

/// Three years.
const LIFETIME: SignedDuration = SignedDuration::from_hours(3 * 365 * 24);
