//! The form of an app's provisioning settings, with Entra's names for the fields.

use std::time::Duration;

use maud::Markup;
use maud::html;
use serde::Deserialize;

use super::dialect::Dialect;
use super::settings::ExternalId;
use super::settings::Matching;
use super::settings::Provisioning;
use super::sign_in::SignIn;
use crate::connection::ConnectionId;
use crate::practice::federated_identity::FederatedIdentity;

pub(super) fn show(
    path: &str,
    settings: Option<&Provisioning>,
    identity: &FederatedIdentity,
) -> Markup {
    let nothing = Provisioning::new("", "");
    let now = settings.unwrap_or(&nothing);
    let plain = now.clone().with_dialect(Dialect::Usual);
    let every = now.every.map(|every| every.as_secs().to_string());
    html! {
        section.card {
            h2 { "Settings" }
            form.fields.sign-in method="post" action=(path) {
                label { span { "Tenant URL" } input name="tenant_url" value=(plain.tenant_url) inputmode="url" required; }
                (credentials(&now.sign_in, settings.is_some(), identity))
                (choice("Dialect", "dialect", &[
                    ("usual", "Entra’s own", now.dialect() == Dialect::Usual),
                    ("compliant", "With aadOptscim062020", now.dialect() == Dialect::Compliant),
                ]))
                (choice("externalId of a user", "external_id", &[
                    ("mail-nickname", "mailNickname (Entra’s default)", now.external_id == ExternalId::MailNickname),
                    ("object-id", "objectId (recommended)", now.external_id == ExternalId::ObjectId),
                ]))
                (choice("Find users by", "match_users", &[
                    ("name", "userName", now.match_users == Matching::Name),
                    ("external-id", "externalId", now.match_users == Matching::ExternalId),
                ]))
                (choice("Find groups by", "match_groups", &[
                    ("name", "displayName", now.match_groups == Matching::Name),
                    ("external-id", "externalId", now.match_groups == Matching::ExternalId),
                ]))
                label {
                    span { "Seconds between two cycles (empty: off; Entra: " (Provisioning::ENTRA_INTERVAL.as_secs()) ")" }
                    input name="every" value=(every.unwrap_or_default()) inputmode="numeric";
                }
                button { "Save" }
            }
            (to_enter(now, identity))
        }
    }
}

/// The admin credentials. The style sheet hides the fields of the ways that are not chosen.
fn credentials(sign_in: &SignIn, is_set_up: bool, identity: &FederatedIdentity) -> Markup {
    let unchanged =
        |is_kept: bool| (is_set_up && is_kept).then_some("unchanged, unless you enter another");
    let is_token = matches!(sign_in, SignIn::Token(_));
    let is_client = matches!(sign_in, SignIn::ClientCredentials { .. });
    let (token_url, client_id, audience) = match sign_in {
        SignIn::Token(_) => ("", "", ""),
        SignIn::ClientCredentials {
            token_url,
            client_id,
            ..
        } => (token_url.as_str(), client_id.as_str(), ""),
        SignIn::Federation {
            token_url,
            client_id,
            audience,
        } => (
            token_url.as_str(),
            client_id.as_deref().unwrap_or_default(),
            audience.as_deref().unwrap_or_default(),
        ),
    };
    html! {
        (choice("Authentication method", "sign_in", &[
            (TOKEN, "Bearer token", is_token),
            (CLIENT, "OAuth 2.0 client credentials", is_client),
            (FEDERATION, "Workload identity federation", !is_token && !is_client),
        ]))
        label.of-token { span { "Secret Token" } input type="password" name="secret_token" autocomplete="off" placeholder=[unchanged(is_token)]; }
        label.of-client.of-federation { span { "Token Endpoint" } input name="token_url" value=(token_url) inputmode="url"; }
        label.of-client.of-federation { span { "Client Identifier" } input name="client_id" value=(client_id) autocomplete="off"; }
        label.of-client { span { "Client Secret" } input type="password" name="client_secret" autocomplete="off" placeholder=[unchanged(is_client)]; }
        label.of-federation { span { "Audience" } input name="audience" value=(audience) placeholder=(identity.audience); }
    }
}

/// The values that the app's admin enters there before this identity provider can sign in by federation.
fn to_enter(settings: &Provisioning, identity: &FederatedIdentity) -> Markup {
    let chosen = match &settings.sign_in {
        SignIn::Federation { audience, .. } => audience.as_deref(),
        _ => None,
    };
    let audience = chosen.unwrap_or(&identity.audience);
    let rows = [
        ("Issuer", identity.issuer.as_str()),
        ("JWKS URL", &identity.keys_url),
        ("Subject", &identity.subject),
        ("Audience", audience),
        ("Tenant ID", &identity.tenant),
        ("Application ID", &identity.app_id),
    ];
    html! {
        details.of-federation open[matches!(settings.sign_in, SignIn::Federation { .. })] {
            summary { "Workload identity federation: what to enter at the app" }
            dl {
                @for (name, value) in &rows { dt { (name) } dd { code { (value) } } }
            }
            p { "With Entrada:" }
            pre tabindex="0" role="region" aria-label="Command" { code { (identity.command(connection(&settings.tenant_url), audience)) } }
        }
    }
}

/// The connection in a Tenant URL of Entrada's, `…/scim/acme/v2`, or the place for one.
fn connection(tenant_url: &str) -> &str {
    let address = tenant_url.split(['?', '#']).next().unwrap_or_default();
    let rest = address.trim_end_matches('/').strip_suffix("/v2");
    let found = rest.and_then(|rest| rest.rsplit_once("/scim/"));
    found
        .map(|(_, connection)| connection)
        .filter(|id| id.parse::<ConnectionId>().is_ok())
        .unwrap_or("CONNECTION")
}

fn choice(legend: &str, name: &str, options: &[(&str, &str, bool)]) -> Markup {
    html! {
        fieldset {
            legend { (legend) }
            @for (value, label, is_chosen) in options {
                label { input type="radio" name=(name) value=(value) checked[*is_chosen]; " " (label) }
            }
        }
    }
}

/// The form as it was sent.
#[derive(Deserialize)]
pub(super) struct Entered {
    tenant_url: String,
    sign_in: String,
    secret_token: String,
    token_url: String,
    client_id: String,
    client_secret: String,
    audience: String,
    dialect: String,
    external_id: String,
    match_users: String,
    match_groups: String,
    every: String,
}

impl Entered {
    pub(super) fn settings(self, before: Option<Provisioning>) -> Option<Provisioning> {
        let entered = Provisioning::new(self.tenant_url.trim(), self.sign_in());
        let dialect = match self.dialect.as_str() {
            "compliant" => Dialect::Compliant,
            // Whoever has typed the flag means it.
            _ => entered.dialect(),
        };
        let matching = |by: &str| match by {
            "external-id" => Matching::ExternalId,
            _ => Matching::Name,
        };
        let every = match self.every.trim() {
            "" => None,
            seconds => Some(Duration::from_secs(seconds.parse().ok()?)),
        };
        let entered = Provisioning {
            external_id: match self.external_id.as_str() {
                "object-id" => ExternalId::ObjectId,
                _ => ExternalId::MailNickname,
            },
            match_users: matching(&self.match_users),
            match_groups: matching(&self.match_groups),
            every,
            ..entered.with_dialect(dialect)
        };
        Some(with_former_secret(entered, before))
    }

    fn sign_in(&self) -> SignIn {
        let text = |field: &str| field.trim().to_owned();
        let filled = |field: &str| Some(text(field)).filter(|text| !text.is_empty());
        match self.sign_in.as_str() {
            CLIENT => SignIn::ClientCredentials {
                token_url: text(&self.token_url),
                client_id: text(&self.client_id),
                client_secret: text(&self.client_secret),
            },
            FEDERATION => SignIn::Federation {
                token_url: text(&self.token_url),
                client_id: filled(&self.client_id),
                audience: filled(&self.audience),
            },
            _ => SignIn::Token(text(&self.secret_token)),
        }
    }
}

/// An empty field leaves a secret as it was, for the addresses that it was entered for and for no others.
fn with_former_secret(mut entered: Provisioning, before: Option<Provisioning>) -> Provisioning {
    let same_addresses = |before: &Provisioning| {
        before.endpoint() == entered.endpoint()
            && before.sign_in.token_endpoint() == entered.sign_in.token_endpoint()
    };
    let Some(before) = before.filter(same_addresses) else {
        return entered;
    };
    match (&mut entered.sign_in, before.sign_in) {
        (SignIn::Token(token), SignIn::Token(former)) if token.is_empty() => *token = former,
        (
            SignIn::ClientCredentials { client_secret, .. },
            SignIn::ClientCredentials {
                client_secret: former,
                ..
            },
        ) if client_secret.is_empty() => *client_secret = former,
        _ => {}
    }
    entered
}

const TOKEN: &str = "token";
const CLIENT: &str = "client-credentials";
const FEDERATION: &str = "federation";
