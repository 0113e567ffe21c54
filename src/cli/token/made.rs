//! `entrada token create` and `rotate`: a new secret is shown once, with what to paste into Entra, and nothing keeps it.

use jiff::SignedDuration;
use serde_json::Value;
use serde_json::json;

use crate::admin::credentials;
use crate::admin::credentials::NewCredential;
use crate::admin::log::time;
use crate::cli::credential::CreateOptions;
use crate::cli::credential::RotateOptions;
use crate::cli::duration::duration;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::output::rows;
use crate::cli::site::Site;
use crate::connection::BaseUrl;
use crate::provisioning::CredentialId;
use crate::provisioning::CredentialKind;
use crate::provisioning::ScimCredential;
use crate::provisioning::SecretKind;
use crate::token::Token;

/// Create a token for the provisioning of a connection; it is shown once
#[derive(clap::Args)]
#[command(after_help = CREATE_HELP)]
pub(in crate::cli) struct Create {
    /// Its lifetime, ten years (3650d) at most
    #[arg(long, value_name = "TIME", default_value = "365d", value_parser = duration)]
    expires_in: SignedDuration,
    /// A user name and a password instead of a bearer token
    #[arg(long)]
    basic: bool,
    #[command(flatten)]
    options: CreateOptions,
}

const CREATE_HELP: &str = "\
Examples:
  entrada token create acme --base-url https://app.example.com
  entrada token create acme --expires-in 90d --label \"Entra, production\"
  entrada token create acme --basic --json | jq -r .password

The store keeps a hash of it: whoever loses it needs another. The first token
of a connection ends the sessions of those who signed on before: where there
are any you are asked, and a script says --yes.

Exit codes:
  0  created
  1  you said no
  2  wrong usage, no such connection, or neither a terminal nor --yes
  4  the store does not answer";

impl Create {
    pub(super) fn run(self, site: &Site) -> Result<Report, CliError> {
        let new = NewCredential {
            kind: match self.basic {
                true => SecretKind::Basic,
                false => SecretKind::Bearer,
            },
            lifetime: self.expires_in,
            label: self.options.label.clone(),
        };
        let options = &self.options;
        options.create(site, "token create", "token", new, shown)
    }
}

/// Create the successor of a token, and let the old one end after an overlap
#[derive(clap::Args)]
#[command(after_help = ROTATE_HELP)]
pub(in crate::cli) struct Rotate {
    /// The token to replace
    #[arg(value_name = "ID")]
    id: CredentialId,
    #[command(flatten)]
    options: RotateOptions,
}

const ROTATE_HELP: &str = "\
Examples:
  entrada token rotate 0123456789abcdef
  entrada token rotate 0123456789abcdef --overlap 1h --json | jq -r .token

The successor is of the same kind and connection, and holds as long as the
old one did. With --overlap 0s a token that somebody needs ends at once: you
are asked, and a script says --yes.

Exit codes:
  0  rotated
  1  the token was revoked, has expired, or was rotated before; or you said no
  2  wrong usage, no such token, or neither a terminal nor --yes
  4  the store does not answer";

impl Rotate {
    pub(super) fn run(self, site: &Site) -> Result<Report, CliError> {
        let (admin, overlap) = (site.admin(), self.options.overlap);
        let effects = credentials::would_rotate(admin, &self.id, overlap);
        let rotation = credentials::rotate(admin, &self.id, overlap);
        let command = format!("token rotate {}", self.id);
        let options = &self.options;
        options.rotate(site, &command, effects, rotation, shown)
    }
}

/// A credential with its secret, as text and as JSON; `more` stands behind the first sentence.
fn shown(new: &ScimCredential, secret: &Token, more: &str, base_url: &BaseUrl) -> (String, Value) {
    let (id, connection) = (&new.id, &new.connection);
    let tenant_url = base_url.scim(connection);
    let mut json = json!({
        "id": id,
        "expires_at": new.expires,
        "connection": connection,
        "tenant_url": tenant_url,
    });
    let mut lines = vec![("Tenant URL", tenant_url.into())];
    let noun = match new.kind() {
        CredentialKind::Basic => {
            json["username"] = json!(id);
            json["password"] = json!(secret.reveal());
            lines.push(("User name", id.as_str().into()));
            lines.push(("Password", secret.reveal().into()));
            "password"
        }
        _ => {
            let token = new.secret_text(secret);
            json["token"] = json!(token);
            lines.push(("Secret Token", token.into()));
            "token"
        }
    };
    let text = format!(
        "Created the token {id} of {connection}; it expires at {}.{more}\n\
        Paste into Entra (Provisioning > Admin Credentials); the {noun} is shown this once:\n{}",
        time(new.expires),
        rows(2, lines)
    );
    (text, json)
}
