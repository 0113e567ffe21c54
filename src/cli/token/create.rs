//! `entrada token create`.

use jiff::SignedDuration;

use super::secret::Shown;
use crate::admin::credentials;
use crate::admin::credentials::CredentialMade;
use crate::admin::credentials::NewCredential;
use crate::admin::log::time;
use crate::cli::Globals;
use crate::cli::duration::duration;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::site::BaseUrlOption;
use crate::cli::site::Site;
use crate::connection::ConnectionId;
use crate::connection::SignOnPolicy;
use crate::provisioning::CredentialKind;

/// Create a token for the provisioning of a connection; it is shown once
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Create {
    /// The connection that it opens, and no other
    #[arg(value_name = "CONNECTION")]
    connection: ConnectionId,
    /// How long it holds, ten years (3650d) at most
    #[arg(long, value_name = "TIME", default_value = "365d", value_parser = duration)]
    expires_in: SignedDuration,
    /// A user name and a password instead of a bearer token
    #[arg(long)]
    basic: bool,
    /// What it is for, in your words
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    #[command(flatten)]
    base_url: BaseUrlOption,
}

const HELP: &str = "\
Examples:
  entrada token create acme --base-url https://app.example.com
  entrada token create acme --expires-in 90d --label \"Entra, production\"
  entrada token create acme --basic --json | jq -r .password

The store keeps a hash of it: whoever loses it needs another.

Exit codes:
  0  created
  2  wrong usage, or no such connection
  4  the store does not answer";

impl Create {
    pub(super) fn run(self, globals: &Globals) -> Result<Report, CliError> {
        let site = Site::open(globals)?;
        let new = NewCredential {
            kind: match self.basic {
                true => CredentialKind::Basic,
                false => CredentialKind::Bearer,
            },
            lifetime: self.expires_in,
            label: self.label,
        };
        let made = site.run(credentials::create(site.admin(), &self.connection, new))?;
        let base_url = self.base_url.keep(&site)?;
        let credential = &made.credential;
        let shown = Shown {
            credential,
            secret: &made.secret,
            base_url: base_url.get(),
        };
        let text = format!(
            "Created the token {} of {}; it expires at {}.\n{}",
            credential.id,
            credential.connection,
            time(credential.expires),
            shown.text()
        );
        let mut notes: Vec<String> = base_url.note().into_iter().chain(door(&made)).collect();
        notes.extend(made.warning.as_ref().map(ToString::to_string));
        Ok(Report::new(text, &shown.json()).notes(notes))
    }
}

/// The change that the first token brings to those who use the app already.
fn door(made: &CredentialMade) -> Option<String> {
    if !made.is_first {
        return None;
    }
    let id = made.connection.id();
    let note = match made.connection.sign_on().policy {
        SignOnPolicy::ProvisionedOnly => format!(
            "note: this is the first token of {id}: from now on only people who are provisioned come in, and all others are signed out; to let people in until the first cycle is through, run `entrada connection update {id} --sign-on just-in-time-until-provisioned` (docs/directory.md)"
        ),
        _ => format!(
            "note: this is the first token of {id}: whoever is signed in without a user of the directory is signed out, and signs in once more"
        ),
    };
    Some(note)
}
