//! `entrada token list`.

use serde_json::json;

use crate::admin::credentials;
use crate::admin::credentials::CredentialListed;
use crate::admin::credentials::CredentialState;
use crate::admin::log::time;
use crate::cli::Globals;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::output::table;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::provisioning::CredentialKind;

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

impl List {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let listed = credentials::list(site.admin(), self.connection.as_ref());
        let tokens = site.run(listed)?;
        let text = match tokens.as_slice() {
            [] => "There are no tokens: entrada token create makes one.".to_owned(),
            tokens => lines(tokens),
        };
        Ok(Report::new(text, &json!({ "tokens": tokens })))
    }
}

fn lines(tokens: &[CredentialListed]) -> String {
    let words = tokens.iter().map(|one| (validity(one), use_of_it(one)));
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

fn validity(credential: &CredentialListed) -> String {
    match (credential.state, credential.revoked_at) {
        (CredentialState::Revoked, Some(at)) => format!("revoked at {}", time(at)),
        (CredentialState::Expired, _) => {
            format!("expired at {}", time(credential.expires_at))
        }
        _ => format!("until {}", time(credential.expires_at)),
    }
}

fn use_of_it(credential: &CredentialListed) -> String {
    match credential.last_used_at {
        Some(at) => format!("used {}", time(at)),
        None => "never used".to_owned(),
    }
}
