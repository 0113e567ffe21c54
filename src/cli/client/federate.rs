//! `entrada client federate`: a client without a secret, for which tokens of Entra stand.

use serde_json::Value;
use serde_json::json;

use super::made::token_lifetime;
use crate::admin::federations;
use crate::admin::federations::NewClient;
use crate::admin::log::time;
use crate::cli::credential::CreateOptions;
use crate::cli::credential::report;
use crate::cli::error::CliError;
use crate::cli::output::Report;
use crate::cli::output::rows;
use crate::cli::site::Site;
use crate::connection::AddressPolicy;
use crate::connection::BaseUrl;
use crate::provisioning::NewFederation;
use crate::provisioning::Proof;
use crate::provisioning::ScimCredential;
use crate::provisioning::TokenLifetime;

/// Create a client without a secret: tokens of Entra stand for it
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Federate {
    /// The tenant, by its id
    #[arg(long, value_name = "ID")]
    tenant: String,
    /// The app of the workload identity, by its application id
    #[arg(long, value_name = "ID")]
    app: String,
    /// The principal whose tokens are believed, by its object id
    #[arg(long, value_name = "ID")]
    subject: String,
    /// The issuer [default: that of the tenant, with /v2.0 at its end]
    #[arg(long, value_name = "URI")]
    issuer: Option<String>,
    /// An audience; may be given again [default: APP and api://APP]
    #[arg(long = "audience", value_name = "AUD")]
    audiences: Vec<String>,
    /// The issuer's keys [default: those of the tenant, at Microsoft's host]
    #[arg(long, value_name = "URL")]
    jwks_url: Option<String>,
    /// Fetch these keys from addresses inside a network or this machine too
    #[arg(long, requires = "jwks_url")]
    allow_private_addresses: bool,
    /// The lifetime of its access tokens, from 1h to 6h
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = token_lifetime)]
    token_lifetime: TokenLifetime,
    #[command(flatten)]
    options: CreateOptions,
}

const HELP: &str = "\
Examples:
  entrada client federate acme --tenant TENANT --app APP --subject SUBJECT
  entrada client federate acme --tenant TENANT --app APP --subject SUBJECT \
    --audience api://APP --token-lifetime 6h --json

Entra shows the values under Provisioning > Connectivity > Workload Identity
Federation: the subject is its Subject (sub), and the app is the GUID in its
Audience (aud). The subject has no default, and is never learned: every
principal of the tenant that can get a token for the app has the same issuer,
tenant and audience.

Exit codes:
  0  created
  1  you said no
  2  wrong usage, no such connection, or neither a terminal nor --yes
  4  the store does not answer";

impl Federate {
    pub(super) fn run(self, site: &Site) -> Result<Report, CliError> {
        let options = self.options;
        let id = &options.connection;
        let new = NewClient {
            trust: NewFederation {
                tenant: self.tenant,
                app: self.app,
                subject: self.subject,
                issuer: self.issuer,
                audiences: self.audiences,
                keys_url: self.jwks_url,
                keys_addresses: self.allow_private_addresses.then_some(AddressPolicy::Any),
            },
            token_lifetime: self.token_lifetime,
            label: options.label.clone(),
        };
        if let Some(report) = options.ask(site, "client federate")? {
            return Ok(report);
        }
        let entered = site.run(federations::create(site.admin(), id, new))?;
        let base_url = options.base_url.keep(site)?;
        let shown = shown(&entered.credential, base_url.get());
        Ok(report(&entered, "credential", shown, &base_url))
    }
}

/// A federation, as text and as JSON.
fn shown(new: &ScimCredential, base_url: &BaseUrl) -> (String, Value) {
    let (id, connection) = (&new.id, &new.connection);
    let (scim_url, token_url) = (base_url.scim(connection), base_url.oauth_token(connection));
    let mut json = json!({
        "id": id,
        "token_url": token_url,
        "scim_url": scim_url,
        "expires_at": new.expires,
        "connection": connection,
    });
    let mut believed = Vec::new();
    if let Proof::Federation { client, trust } = &new.proof {
        json["client_id"] = json!(client.id);
        json["token_lifetime_seconds"] = json!(client.token_lifetime.get().as_secs());
        json["federation"] = json!(trust);
        believed = vec![
            ("Issuer (iss)", trust.issuer.as_str().into()),
            ("Tenant (tid)", trust.tenant.as_str().into()),
            ("App (appid)", trust.app.as_str().into()),
            ("Subject (sub)", trust.subject.as_str().into()),
            ("Audience (aud)", trust.audiences.join(" or ").into()),
            ("JWKS URL", trust.keys_url.as_str().into()),
        ];
    }
    let text = format!(
        "Created the client {id} of {connection}, which has no secret; it expires at {}.\n\
        Enter in Entra (Provisioning > Connectivity > Workload Identity Federation):\n{}\n\
        Tokens of Entra stand for it that say:\n{}",
        time(new.expires),
        rows(
            2,
            [
                ("Client ID", id.as_str().into()),
                ("Token URL", token_url.into()),
                ("SCIM URL", scim_url.into()),
            ]
        ),
        rows(2, believed)
    );
    (text, json)
}
