//! `entrada client`: the OAuth clients of those who provision. A secret is shown once, by the command that draws it.

mod federate;
mod made;

use std::borrow::Cow;

use clap::Subcommand;
use serde_json::json;

use super::Globals;
use super::consent::Consent;
use super::error::CliError;
use super::output::Report;
use super::output::counted;
use super::output::list;
use super::site::Site;
use super::token::used;
use super::token::validity;
use crate::admin::clients;
use crate::admin::clients::ClientListed;
use crate::admin::clients::RevokedPart;
use crate::connection::ConnectionId;
use crate::provisioning::CredentialId;

/// Create, list, rotate and revoke the OAuth clients of those who provision
#[derive(Subcommand)]
#[command(after_help = HELP)]
pub(super) enum Client {
    Create(made::Create),
    Federate(federate::Federate),
    List(List),
    Rotate(made::Rotate),
    Revoke(Revoke),
}

const HELP: &str = "\
Examples:
  entrada client create acme --base-url https://app.example.com
  entrada client list
  entrada client rotate 0123456789abcdef --overlap 7d

Exit codes:
  0  done
  1  the secret was revoked, has expired, or was rotated before
  2  wrong usage, no such connection, or no such client
  4  the store does not answer";

impl Client {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        match self {
            Client::Create(command) => command.run(&site),
            Client::Federate(command) => command.run(&site),
            Client::List(command) => command.run(&site),
            Client::Rotate(command) => command.run(&site),
            Client::Revoke(command) => command.run(&site),
        }
    }
}

/// List clients by their credentials, without the secrets, which nobody has
#[derive(clap::Args)]
#[command(after_help = LIST_HELP)]
pub(super) struct List {
    /// Only those of this connection
    #[arg(value_name = "CONNECTION")]
    connection: Option<ConnectionId>,
}

const LIST_HELP: &str = "\
Examples:
  entrada client list acme
  entrada client list --json | jq -r '.clients[].expires_at'

A line for each credential: its id, its client, and when it ends.

Exit codes:
  0  printed
  2  wrong usage, or no such connection
  4  the store does not answer";

impl List {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let listed = clients::list(site.admin(), self.connection.as_ref());
        let clients = site.run(listed)?;
        let none = "There are no clients: entrada client create makes one.";
        let text = list(&clients, none, cells);
        Ok(Report::new(text, &json!({ "clients": clients })))
    }
}

fn cells(client: &ClientListed) -> [Cow<'_, str>; 7] {
    let credential = &client.credential;
    [
        credential.id.as_str().into(),
        format!("of {}", client.client_id).into(),
        credential.connection.as_str().into(),
        credential.kind.name().into(),
        validity(credential).into(),
        used(credential).into(),
        credential.label.as_deref().unwrap_or_default().into(),
    ]
}

/// Revoke a secret, or a client: it and its access tokens open nothing more
#[derive(clap::Args)]
#[command(after_help = REVOKE_HELP)]
pub(super) struct Revoke {
    /// The secret; the id of a client means all of its secrets
    #[arg(value_name = "ID")]
    id: CredentialId,
    /// Of a client, only the first secret, which has the same id
    #[arg(long)]
    secret_only: bool,
    #[command(flatten)]
    consent: Consent,
}

const REVOKE_HELP: &str = "\
Examples:
  entrada client revoke 0123456789abcdef --yes
  entrada client revoke 0123456789abcdef --secret-only --yes

You are asked where it takes away the last live credential of the connection,
or one that was used within a day: provisioning stops without it.

Exit codes:
  0  revoked, now or before
  1  you said no
  2  wrong usage, no such client, or neither a terminal nor --yes
  4  the store does not answer";

impl Revoke {
    fn run(self, site: &Site) -> Result<Report, CliError> {
        let (id, part) = (&self.id, self.part());
        let would = site.run(clients::would_revoke(site.admin(), id, part))?;
        let ends = counted(would.tokens, "credential");
        let takes = format!("client revoke {id} takes away {ends} that provisioning needs");
        let asks = !would.is_nothing();
        let asked = self.consent.ask_beside(&takes, &would, asks, json!({}))?;
        if let Some(report) = asked {
            return Ok(report);
        }
        let revoked = site.run(clients::revoke(site.admin(), id, part))?;
        let ids: Vec<&str> = revoked
            .credentials
            .iter()
            .map(|(id, _)| id.as_str())
            .collect();
        let of = &revoked.client;
        let left = match revoked.left.len() {
            0 => "no credential of it is left".to_owned(),
            some => format!("{} of it left", counted(some as u64, "live credential")),
        };
        let text = format!("Revoked of the client {of}: {}; {left}.", ids.join(", "));
        let revoked_at = revoked.credentials.iter().map(|(_, at)| at).max();
        let json = json!({ "id": id, "client_id": of, "revoked": ids, "revoked_at": revoked_at, "left": revoked.left });
        Ok(Report::new(text, &json))
    }

    fn part(&self) -> RevokedPart {
        match self.secret_only {
            true => RevokedPart::Credential,
            false => RevokedPart::Named,
        }
    }
}
