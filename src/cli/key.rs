//! `entrada key`: our own keys for a connection, and their rollover.

use clap::Subcommand;
use serde_json::json;

use super::Globals;
use super::consent::Consent;
use super::error::CliError;
use super::output::Report;
use super::site::Site;
use crate::admin::effects;
use crate::admin::keys;
use crate::admin::keys::OwnKey;
use crate::connection::ConnectionId;
use crate::connection::KeyState;
use crate::connection::SpKeyId;

/// Our own keys for a connection: they sign our messages, and decrypt assertions
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Key {
    /// Make a key. The first one of a connection is active at once; a later one is announced until it is activated
    #[command(after_help = HELP)]
    New(OfConnection),
    /// List the keys with their states and certificates
    #[command(after_help = HELP)]
    List(OfConnection),
    /// Sign with this key from now on
    #[command(after_help = HELP)]
    Activate(OneKey),
    /// Forget this key for good: what is encrypted for it stays so, and it cannot come back
    #[command(after_help = HELP)]
    Retire(Retire),
}

#[derive(clap::Args)]
pub(super) struct OfConnection {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
}

#[derive(clap::Args)]
pub(super) struct OneKey {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
    /// The key
    #[arg(value_name = "ID")]
    id: SpKeyId,
}

#[derive(clap::Args)]
pub(super) struct Retire {
    #[command(flatten)]
    key: OneKey,
    #[command(flatten)]
    consent: Consent,
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
  1  you said no to retiring a key
  2  wrong usage, no such connection or key, or neither a terminal nor --yes
     where a key is to be retired
  3  the keys cannot be changed in this way
  4  the store does not answer";

impl Key {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let admin = site.admin();
        let (Key::New(OfConnection { connection })
        | Key::List(OfConnection { connection })
        | Key::Activate(OneKey { connection, .. })
        | Key::Retire(Retire {
            key: OneKey { connection, .. },
            ..
        })) = &self;
        let keys = match &self {
            Key::New(_) => site.run(keys::make(admin, connection)),
            Key::List(_) => site.run(keys::list(admin, connection)),
            Key::Activate(one) => site.run(keys::activate(admin, connection, &one.id)),
            Key::Retire(Retire { key, consent }) => {
                let would = site.run(effects::of_key(admin, connection, &key.id))?;
                let command = format!("key retire {connection} {}", key.id);
                if let Some(report) = consent.ask(&command, &would)? {
                    return Ok(report);
                }
                site.run(keys::retire(admin, connection, &key.id))
            }
        };
        Ok(report(connection, &keys?))
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
