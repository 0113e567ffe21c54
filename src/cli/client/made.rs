//! `entrada client create` and `rotate`: a new secret is shown once, with what to enter in Entra, and nothing keeps it.

use jiff::SignedDuration;
use serde_json::Value;
use serde_json::json;

use crate::admin::clients;
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
use crate::provisioning::ScimCredential;
use crate::provisioning::SecretKind;
use crate::provisioning::TokenLifetime;
use crate::token::Token;

/// Create an OAuth client for the provisioning of a connection; its secret is shown once
#[derive(clap::Args)]
#[command(after_help = CREATE_HELP)]
pub(in crate::cli) struct Create {
    /// The lifetime of its secret: Microsoft wants one to three years
    #[arg(long, value_name = "TIME", default_value = "730d", value_parser = duration)]
    expires_in: SignedDuration,
    /// The lifetime of its access tokens, from 1h to 6h
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = token_lifetime)]
    token_lifetime: TokenLifetime,
    #[command(flatten)]
    options: CreateOptions,
}

const CREATE_HELP: &str = "\
Examples:
  entrada client create acme --base-url https://app.example.com
  entrada client create acme --expires-in 365d --token-lifetime 6h
  entrada client create acme --json | jq -r .client_secret

The store keeps a hash of the secret: whoever loses it needs another. The first
credential of a connection ends the sessions of those who signed on before:
where there are any you are asked, and a script says --yes.

Exit codes:
  0  created
  1  you said no
  2  wrong usage, no such connection, or neither a terminal nor --yes
  4  the store does not answer";

impl Create {
    pub(super) fn run(self, site: &Site) -> Result<Report, CliError> {
        let warning = warning(self.expires_in);
        let new = NewCredential {
            kind: SecretKind::Client(self.token_lifetime),
            lifetime: self.expires_in,
            label: self.options.label.clone(),
        };
        let options = &self.options;
        let created = options.create(site, "client create", "credential", new, shown)?;
        Ok(created.notes(warning))
    }
}

pub(super) fn token_lifetime(text: &str) -> Result<TokenLifetime, String> {
    let lifetime = duration(text).map_err(str::to_owned)?;
    TokenLifetime::new(lifetime).map_err(|error| error.to_string())
}

/// The warning of a lifetime that Microsoft does not take for an app of its gallery.
fn warning(lifetime: SignedDuration) -> Option<String> {
    let [shortest, longest] = clients::EXPECTED_LIFETIME;
    let days = lifetime.as_hours() / 24;
    let odd = !(shortest..=longest).contains(&lifetime);
    odd.then(|| {
        format!("warning: the secret holds for {days} days; of an app in its gallery Microsoft expects one to three years")
    })
}

/// Create another secret of a client, and let the old one end after an overlap
#[derive(clap::Args)]
#[command(after_help = ROTATE_HELP)]
pub(in crate::cli) struct Rotate {
    /// The secret to replace, or the client: then its latest secret
    #[arg(value_name = "ID")]
    id: CredentialId,
    #[command(flatten)]
    options: RotateOptions,
}

const ROTATE_HELP: &str = "\
Examples:
  entrada client rotate 0123456789abcdef
  entrada client rotate 0123456789abcdef --overlap 7d --json

The client keeps its id, and the new secret holds as long as the old one did.
Access tokens end with the secret that they were issued for. With --overlap 0s
a secret that somebody needs ends at once: you are asked, and a script says
--yes.

Exit codes:
  0  rotated
  1  the secret was revoked or has expired, or you said no
  2  wrong usage, no such client, or neither a terminal nor --yes
  4  the store does not answer";

impl Rotate {
    pub(super) fn run(self, site: &Site) -> Result<Report, CliError> {
        let (admin, overlap) = (site.admin(), self.options.overlap);
        let effects = clients::would_rotate(admin, &self.id, overlap);
        let rotation = clients::rotate(admin, &self.id, overlap);
        let command = format!("client rotate {}", self.id);
        let options = &self.options;
        options.rotate(site, &command, effects, rotation, shown)
    }
}

/// A client with a new secret, as text and as JSON; `more` stands behind the first sentence.
fn shown(new: &ScimCredential, secret: &Token, more: &str, base_url: &BaseUrl) -> (String, Value) {
    let (id, connection) = (&new.id, &new.connection);
    let client = new
        .client()
        .map(|client| client.id.to_string())
        .unwrap_or_default();
    let lifetime = new
        .client()
        .map(|client| client.token_lifetime.get().as_secs());
    let (scim_url, token_url) = (base_url.scim(connection), base_url.oauth_token(connection));
    let secret = new.secret_text(secret);
    let json = json!({
        "id": id,
        "client_id": client,
        "client_secret": secret,
        "token_url": token_url,
        "scim_url": scim_url,
        "expires_at": new.expires,
        "connection": connection,
        "token_lifetime_seconds": lifetime,
    });
    let text = format!(
        "Created the secret {id} of the client {client} of {connection}; it expires at {}.{more}\n\
        Enter in Entra (Provisioning > Admin Credentials); the secret is shown this once:\n{}",
        time(new.expires),
        rows(
            2,
            [
                ("Tenant URL", scim_url.into()),
                ("Token Endpoint", token_url.into()),
                ("Client Identifier", client.as_str().into()),
                ("Client Secret", secret.into()),
            ]
        )
    );
    (text, json)
}
