//! A connection as `list` and `show` print it, and what an admin pastes into Entra for it. Keys and documents
//! are left out.

use std::borrow::Cow;
use std::num::NonZeroU32;

use serde::Serialize;

use super::super::output::rows;
use crate::address;
use crate::connection::AddressPolicy;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::GroupChange;
use crate::connection::IdpInitiated;
use crate::connection::LinkRule;
use crate::connection::Listing;
use crate::connection::RequestSigning;
use crate::connection::SignOnPolicy;
use crate::connection::TrustSource;
use crate::crypto::Fingerprint;
use crate::metadata::MetadataSigner;
use crate::saml::Binding;

/// A connection as it is printed.
#[derive(Serialize)]
pub(super) struct View {
    id: String,
    display_name: String,
    trust: TrustView,
    metadata_signer: Vec<Fingerprint>,
    refuse_private_addresses: bool,
    validity_grace: u64,
    sp_entity_id: String,
    acs_url: String,
    relay_state: String,
    allow_idp_initiated: bool,
    jit: bool,
    sign_on: SignOnPolicy,
    link_rule: LinkRule,
    group_change: GroupChange,
    seats: Option<u32>,
    session_idle: Option<u64>,
    session_lifetime: u64,
    tenant: Option<String>,
    sp_key: bool,
    sign_requests: bool,
    request_binding: Option<Binding>,
    relay_state_targets: Vec<String>,
    hosts: Vec<String>,
    email_domains: Vec<String>,
    listed: bool,
    name_id_format: Option<String>,
    authn_contexts: Vec<String>,
    scim_rate: NonZeroU32,
    scim_burst: NonZeroU32,
    scim_extensions: Vec<String>,
}

/// A trust source as it is printed.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum TrustView {
    MetadataUrl {
        url: String,
        idp_entity_id: Option<String>,
    },
    MetadataQuery {
        base_url: String,
        idp_entity_id: String,
    },
    MetadataFile {
        file: Option<String>,
        idp_entity_id: Option<String>,
    },
    Fingerprint {
        fingerprints: Vec<Fingerprint>,
        idp_entity_id: String,
        sso_url: String,
        slo_url: Option<String>,
    },
}

impl View {
    pub(super) fn of(connection: &Connection, base_url: &BaseUrl) -> View {
        let options = connection.request_options();
        let contexts = options.authn_context.iter();
        let extensions = connection.scim_extensions().iter();
        let policy = connection.trust().policy().cloned().unwrap_or_default();
        let signer = policy.signer.as_ref();
        View {
            id: connection.id().to_string(),
            display_name: connection.display_name().to_owned(),
            trust: TrustView::of(connection.trust()),
            metadata_signer: signer.map_or_else(Vec::new, MetadataSigner::fingerprints),
            refuse_private_addresses: policy.addresses == AddressPolicy::PublicOnly,
            validity_grace: policy.grace.as_secs(),
            sp_entity_id: connection.sp_entity_id(base_url),
            acs_url: connection.acs_url(base_url),
            relay_state: connection.default_relay_state().to_owned(),
            allow_idp_initiated: connection.idp_initiated() == IdpInitiated::Allow,
            jit: connection.sign_on().creates_users(),
            sign_on: connection.sign_on(),
            link_rule: connection.link_rule(),
            group_change: connection.group_change(),
            seats: connection.seats(),
            session_idle: connection.session_idle().map(|idle| idle.as_secs()),
            session_lifetime: connection.session_lifetime().as_secs(),
            tenant: connection.tenant().map(str::to_owned),
            sp_key: !connection.sp_keys().is_empty(),
            sign_requests: connection.request_signing() == RequestSigning::Signed,
            request_binding: connection.request_binding(),
            relay_state_targets: connection.relay_state_targets().to_vec(),
            hosts: connection.hosts().to_vec(),
            email_domains: connection.email_domains().to_vec(),
            listed: connection.listing() == Listing::Listed,
            name_id_format: options.name_id_format.clone(),
            authn_contexts: contexts.map(|class| class.0.clone()).collect(),
            scim_rate: connection.scim_rate().per_second,
            scim_burst: connection.scim_rate().burst,
            scim_extensions: extensions.map(|one| one.id.clone()).collect(),
        }
    }

    /// Its settings, one a line.
    pub(super) fn facts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let yes_no = |yes: bool| Cow::from(if yes { "yes" } else { "no" });
        let mut facts = vec![
            ("Connection", Cow::from(&self.id)),
            ("Display name", Cow::from(&self.display_name)),
        ];
        facts.extend(self.source_facts());
        facts.extend([
            ("Our Entity ID", Cow::from(&self.sp_entity_id)),
            ("Our ACS", Cow::from(&self.acs_url)),
            ("Default RelayState", Cow::from(&self.relay_state)),
            ("IdP-initiated", yes_no(self.allow_idp_initiated)),
            ("Sign-on", self.sign_on.name().into()),
            ("Finds users by", self.link_rule.name().into()),
            ("When groups change", self.group_change.name().into()),
            (
                "Session lifetime",
                format!("{} s", self.session_lifetime).into(),
            ),
        ]);
        let seats = self.seats.map(|seats| ("Seats", seats.to_string().into()));
        facts.extend(seats);
        let idle = self.session_idle;
        facts.extend(idle.map(|idle| ("Session, unused", format!("{idle} s").into())));
        facts.extend(
            self.tenant
                .as_deref()
                .map(|tenant| ("Tenant", tenant.into())),
        );
        facts.push(("Own key", yes_no(self.sp_key)));
        facts.push(("Signs requests", yes_no(self.sign_requests)));
        let binding = self
            .request_binding
            .map(|one| ("Requests over", one.name().into()));
        facts.extend(binding);
        facts.push(("On sign-in page", yes_no(self.listed)));
        let (rate, burst) = (self.scim_rate, self.scim_burst);
        let rate = format!("{rate} requests a second, {burst} at once");
        facts.push(("SCIM", rate.into()));
        let lists = [
            ("RelayState target", self.relay_state_targets.as_slice()),
            ("Host", &self.hosts),
            ("E-mail domain", &self.email_domains),
            ("Asks for NameID", self.name_id_format.as_slice()),
            ("Asks for context", &self.authn_contexts),
            ("SCIM extension", &self.scim_extensions),
        ];
        for (label, values) in lists {
            facts.extend(values.iter().map(|value| (label, Cow::from(value))));
        }
        facts
    }

    /// Whom it trusts.
    fn source_facts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut facts = self.trust.facts();
        let signers = self.metadata_signer.iter();
        facts.extend(signers.map(|signer| ("Metadata signer", signer.to_string().into())));
        if self.refuse_private_addresses {
            facts.push(("Fetched from", "the public internet alone".into()));
        }
        if self.validity_grace > 0 {
            let grace = format!("{} s after validUntil", self.validity_grace);
            facts.push(("Grace", grace.into()));
        }
        facts
    }

    /// Its settings, one text for each.
    pub(super) fn lines(&self) -> Vec<String> {
        let facts = self.facts().into_iter();
        facts
            .map(|(label, value)| format!("{label:21}  {value}"))
            .collect()
    }

    /// One line for a list.
    pub(super) fn line(&self) -> [&str; 3] {
        let source = match &self.trust {
            TrustView::MetadataUrl { url, .. } => url.as_str(),
            TrustView::MetadataQuery { base_url, .. } => base_url.as_str(),
            TrustView::MetadataFile { file, .. } => file.as_deref().unwrap_or("metadata"),
            TrustView::Fingerprint { idp_entity_id, .. } => idp_entity_id,
        };
        [&self.id, &self.display_name, source]
    }
}

impl TrustView {
    fn of(source: &TrustSource) -> TrustView {
        let shown = |url: String| address::shown(&url).into_owned();
        match source.clone() {
            TrustSource::MetadataUrl { url, entity_id, .. } => TrustView::MetadataUrl {
                url: shown(url),
                idp_entity_id: entity_id,
            },
            TrustSource::MetadataQuery {
                base_url,
                entity_id,
                ..
            } => TrustView::MetadataQuery {
                base_url: shown(base_url),
                idp_entity_id: entity_id,
            },
            TrustSource::MetadataXml {
                file, entity_id, ..
            } => TrustView::MetadataFile {
                file,
                idp_entity_id: entity_id,
            },
            TrustSource::Fingerprint {
                fingerprints,
                entity_id,
                sso_url,
                slo_url,
            } => TrustView::Fingerprint {
                fingerprints,
                idp_entity_id: entity_id,
                sso_url: shown(sso_url),
                slo_url: slo_url.map(shown),
            },
        }
    }

    fn facts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let chosen = |id: &Option<String>| id.clone().map(|id| ("IdP entity ID", Cow::from(id)));
        match self {
            TrustView::MetadataUrl { url, idp_entity_id } => [("Metadata URL", url.into())]
                .into_iter()
                .chain(chosen(idp_entity_id))
                .collect(),
            TrustView::MetadataQuery {
                base_url,
                idp_entity_id,
            } => vec![
                ("Metadata query", base_url.into()),
                ("IdP entity ID", idp_entity_id.into()),
            ],
            TrustView::MetadataFile {
                file,
                idp_entity_id,
            } => {
                let file = file.as_deref().unwrap_or("a document");
                [("Metadata file", file.into())]
                    .into_iter()
                    .chain(chosen(idp_entity_id))
                    .collect()
            }
            TrustView::Fingerprint {
                fingerprints,
                idp_entity_id,
                sso_url,
                slo_url,
            } => {
                let pins = fingerprints.iter();
                pins.map(|pin| ("Fingerprint", pin.to_string().into()))
                    .chain([
                        ("IdP entity ID", idp_entity_id.into()),
                        ("Sign-on", sso_url.into()),
                    ])
                    .chain(slo_url.as_deref().map(|url| ("Logout", url.into())))
                    .collect()
            }
        }
    }
}

/// What to paste into Entra.
#[derive(Serialize)]
pub(super) struct ForEntra {
    identifier: String,
    reply_url: String,
    sign_on_url: String,
    logout_url: String,
    tenant_url: String,
}

impl ForEntra {
    pub(super) fn of(connection: &Connection, base_url: &BaseUrl) -> ForEntra {
        let id = connection.id();
        ForEntra {
            identifier: connection.sp_entity_id(base_url),
            reply_url: connection.acs_url(base_url),
            sign_on_url: base_url.saml(id, "login"),
            logout_url: base_url.saml(id, "slo"),
            tenant_url: base_url.scim(id),
        }
    }

    pub(super) fn text(&self) -> String {
        let sign_on = rows(
            2,
            [
                ("Identifier (Entity ID)", Cow::from(&self.identifier)),
                ("Reply URL (ACS URL)", Cow::from(&self.reply_url)),
                ("Sign on URL", Cow::from(&self.sign_on_url)),
                ("Logout URL", Cow::from(&self.logout_url)),
            ],
        );
        let provisioning = rows(
            2,
            [("Tenant URL (provisioning)", Cow::from(&self.tenant_url))],
        );
        format!(
            "Paste into Entra (Single sign-on > SAML > Basic SAML Configuration):\n{sign_on}\n\
             Paste into Entra (Provisioning > Admin Credentials), with a token of the connection as Secret Token:\n{provisioning}"
        )
    }
}
