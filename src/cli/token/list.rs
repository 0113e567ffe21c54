//! `entrada token list`.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::secret::day_and_time;
use crate::cli::Globals;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::output::table;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::provisioning::CredentialId;
use crate::provisioning::CredentialKind;
use crate::provisioning::ScimCredential;

/// List tokens, without their secrets, which nobody has
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct List {
    /// Only those of this connection
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
}

const HELP: &str = "\
Examples:
  entrada token list --connection acme
  entrada token list --json | jq -r '.tokens[].expires_at'

Exit codes:
  0  printed
  2  wrong usage, or no such connection
  4  the store does not answer";

/// A credential as it is printed.
#[derive(Serialize)]
struct Listed {
    id: CredentialId,
    connection: ConnectionId,
    kind: CredentialKind,
    state: State,
    label: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    /// The token that it was rotated to.
    successor: Option<CredentialId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Live,
    Expired,
    Revoked,
}

impl Listed {
    fn of(credential: ScimCredential, now: Timestamp) -> Listed {
        let state = match credential.revoked {
            Some(_) => State::Revoked,
            None if credential.expires <= now => State::Expired,
            None => State::Live,
        };
        Listed {
            id: credential.id,
            connection: credential.connection,
            kind: credential.kind,
            state,
            label: credential.label,
            created_at: credential.created,
            expires_at: credential.expires,
            revoked_at: credential.revoked,
            last_used_at: credential.last_used,
            successor: credential.successor,
        }
    }

    fn validity(&self) -> String {
        match (self.state, self.revoked_at) {
            (State::Revoked, Some(at)) => format!("revoked at {}", day_and_time(at)),
            (State::Expired, _) => format!("expired at {}", day_and_time(self.expires_at)),
            _ => format!("until {}", day_and_time(self.expires_at)),
        }
    }

    fn use_of_it(&self) -> String {
        match self.last_used_at {
            Some(at) => format!("used {}", day_and_time(at)),
            None => "never used".to_owned(),
        }
    }
}

impl List {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let now = site.now();
        if let Some(id) = &self.connection {
            site.connection(id)?;
        }
        let found = site.ask(|store| store.credentials(self.connection.as_ref()))?;
        let tokens: Vec<Listed> = found.into_iter().map(|one| Listed::of(one, now)).collect();
        let text = match tokens.as_slice() {
            [] => "There are no tokens: entrada token create makes one.".to_owned(),
            tokens => lines(tokens),
        };
        Ok(Report::new(text, &json!({ "tokens": tokens })))
    }
}

fn lines(tokens: &[Listed]) -> String {
    let words = tokens.iter().map(|one| (one.validity(), one.use_of_it()));
    let words: Vec<_> = words.collect();
    let cells = tokens.iter().zip(&words).map(|(one, (validity, used))| {
        let kind = match one.kind {
            CredentialKind::Bearer => "bearer",
            CredentialKind::Basic => "basic",
        };
        let label = one.label.as_deref().unwrap_or_default();
        [
            one.id.as_str(),
            one.connection.as_str(),
            kind,
            validity,
            used,
            label,
        ]
    });
    table(&cells.collect::<Vec<_>>())
}
