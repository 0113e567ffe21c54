//! `entrada token`: the credentials of those who provision. A secret is shown once, by the command that draws it.

mod made;

use std::borrow::Cow;

use clap::Subcommand;
use jiff::SignedDuration;
use serde_json::json;

use super::Globals;
use super::consent::Consent;
use super::duration::duration;
use super::error::CliError;
use super::output::Report;
use super::output::list;
use super::site::Site;
use crate::admin::credentials;
use crate::admin::credentials::CredentialListed;
use crate::admin::credentials::CredentialState;
use crate::admin::log::time;
use crate::connection::ConnectionId;
use crate::provisioning::CredentialId;

/// Create, list, rotate, extend and revoke the tokens of those who provision
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Token {
    Create(made::Create),
    List(List),
    Rotate(made::Rotate),
    Extend(Extend),
    Revoke(Revoke),
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
        let site = Site::open(globals)?;
        match self {
            Token::Create(command) => command.run(&site),
            Token::List(command) => command.run(&site),
            Token::Rotate(command) => command.run(&site),
            Token::Extend(command) => command.run(&site),
            Token::Revoke(command) => command.run(&site),
        }
    }
}

/// List tokens, without their secrets, which nobody has
#[derive(clap::Args)]
#[command(after_help = LIST_HELP)]
pub(super) struct List {
    /// Only those of this connection
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
}

const LIST_HELP: &str = "\
Examples:
  entrada token list --connection acme
  entrada token list --json | jq -r '.tokens[].expires_at'

Exit codes:
  0  printed
  2  wrong usage, or no such connection
  4  the store does not answer";

impl List {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let listed = credentials::list(site.admin(), self.connection.as_ref());
        let tokens = site.run(listed)?;
        let none = "There are no tokens: entrada token create makes one.";
        let text = list(&tokens, none, cells);
        Ok(Report::new(text, &json!({ "tokens": tokens })))
    }
}

fn cells(token: &CredentialListed) -> [Cow<'_, str>; 6] {
    [
        token.id.as_str().into(),
        token.connection.as_str().into(),
        token.kind.name().into(),
        validity(token).into(),
        used(token).into(),
        token.label.as_deref().unwrap_or_default().into(),
    ]
}

/// Says until when a credential holds.
pub(super) fn validity(credential: &CredentialListed) -> String {
    match (credential.state, credential.revoked_at) {
        (CredentialState::Revoked, Some(at)) => format!("revoked at {}", time(at)),
        (CredentialState::Expired, _) => format!("expired at {}", time(credential.expires_at)),
        _ => format!("until {}", time(credential.expires_at)),
    }
}

/// Says when a credential was used last.
pub(super) fn used(credential: &CredentialListed) -> String {
    match credential.last_used_at {
        Some(at) => format!("used {}", time(at)),
        None => "never used".to_owned(),
    }
}

/// Let a token hold for a time from now on, without another secret
#[derive(clap::Args)]
#[command(after_help = EXTEND_HELP)]
pub(super) struct Extend {
    /// The token
    #[arg(value_name = "ID")]
    id: CredentialId,
    /// Its lifetime from now on, ten years (3650d) at most
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires_in: SignedDuration,
}

const EXTEND_HELP: &str = "\
Examples:
  entrada token extend 0123456789abcdef --expires-in 365d

One that has expired begins again; one that was revoked does not.

Exit codes:
  0  extended
  1  the token was revoked
  2  wrong usage, or no such token
  4  the store does not answer";

impl Extend {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let extended = credentials::extend(site.admin(), &self.id, self.expires_in);
        let expires = site.run(extended)?;
        let text = format!("The token {} expires at {}.", self.id, time(expires));
        let json = json!({ "id": self.id, "expires_at": expires });
        Ok(Report::new(text, &json))
    }
}

/// Revoke a token: from the next request on it opens nothing
#[derive(clap::Args)]
#[command(after_help = REVOKE_HELP)]
pub(super) struct Revoke {
    /// The token
    #[arg(value_name = "ID")]
    id: CredentialId,
    #[command(flatten)]
    consent: Consent,
}

const REVOKE_HELP: &str = "\
Examples:
  entrada token revoke 0123456789abcdef --yes

You are asked where it is the last live token of its connection, or was used
within a day: provisioning stops without it.

Exit codes:
  0  revoked, now or before
  1  you said no
  2  wrong usage, no such token, or neither a terminal nor --yes
  4  the store does not answer";

impl Revoke {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let would = site.run(credentials::would_revoke(site.admin(), &self.id))?;
        let command = format!("token revoke {}", self.id);
        if let Some(report) = self.consent.ask(&command, &would)? {
            return Ok(report);
        }
        let revoked = site.run(credentials::revoke(site.admin(), &self.id))?;
        let text = format!("The token {} is revoked.", self.id);
        let json = json!({ "id": self.id, "revoked_at": revoked });
        Ok(Report::new(text, &json))
    }
}
