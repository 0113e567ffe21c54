//! A connection as it is shown, and the addresses to paste into Entra for it. Keys and documents are left out.

use std::num::NonZeroU32;

use serde::Serialize;

use crate::address;
use crate::connection::AddressPolicy;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::GroupChange;
use crate::connection::IdpInitiated;
use crate::connection::LinkRule;
use crate::connection::Listing as OnSignInPage;
use crate::connection::RequestSigning;
use crate::connection::SignOnPolicy;
use crate::connection::TrustSource;
use crate::crypto::Fingerprint;
use crate::metadata::MetadataSigner;
use crate::saml::Binding;

/// A connection as it is shown: without keys and documents, and with harmless addresses.
#[derive(Serialize)]
pub struct View {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) trust: TrustView,
    pub(crate) metadata_signer: Vec<Fingerprint>,
    pub(crate) refuse_private_addresses: bool,
    pub(crate) validity_grace: u64,
    pub(crate) sp_entity_id: String,
    pub(crate) acs_url: String,
    pub(crate) relay_state: String,
    pub(crate) allow_idp_initiated: bool,
    pub(crate) jit: bool,
    pub(crate) sign_on: SignOnPolicy,
    pub(crate) link_rule: LinkRule,
    pub(crate) group_change: GroupChange,
    pub(crate) seats: Option<u32>,
    pub(crate) session_idle: Option<u64>,
    pub(crate) session_lifetime: u64,
    pub(crate) tenant: Option<String>,
    pub(crate) sp_key: bool,
    pub(crate) sign_requests: bool,
    pub(crate) request_binding: Option<Binding>,
    pub(crate) relay_state_targets: Vec<String>,
    pub(crate) hosts: Vec<String>,
    pub(crate) email_domains: Vec<String>,
    pub(crate) listed: bool,
    pub(crate) name_id_format: Option<String>,
    pub(crate) authn_contexts: Vec<String>,
    pub(crate) scim_rate: NonZeroU32,
    pub(crate) scim_burst: NonZeroU32,
    pub(crate) scim_extensions: Vec<String>,
}

/// A source of trust as it is shown.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum TrustView {
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
    /// The connection on a site of this address.
    pub fn of(connection: &Connection, base_url: &BaseUrl) -> View {
        let options = &connection.our_side().request_options;
        let contexts = options.authn_context.iter();
        let extensions = connection.scim().extensions.iter();
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
            allow_idp_initiated: connection.sign_on().idp_initiated == IdpInitiated::Allow,
            jit: connection.sign_on().policy.creates_users(),
            sign_on: connection.sign_on().policy,
            link_rule: connection.sign_on().link_rule,
            group_change: connection.scim().group_change,
            seats: connection.scim().seats,
            session_idle: connection.session().idle.map(|idle| idle.as_secs()),
            session_lifetime: connection.session().lifetime.as_secs(),
            tenant: connection.sign_on().tenant.clone(),
            sp_key: !connection.sp_keys().is_empty(),
            sign_requests: connection.our_side().request_signing == RequestSigning::Signed,
            request_binding: connection.our_side().request_binding,
            relay_state_targets: connection.sign_on().relay_state_targets.clone(),
            hosts: connection.front_door().hosts.clone(),
            email_domains: connection.front_door().email_domains.clone(),
            listed: connection.front_door().listing == OnSignInPage::Listed,
            name_id_format: options.name_id_format.clone(),
            authn_contexts: contexts.map(|class| class.0.clone()).collect(),
            scim_rate: connection.scim().rate.per_second,
            scim_burst: connection.scim().rate.burst,
            scim_extensions: extensions.map(|one| one.id.clone()).collect(),
        }
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
}

/// The addresses to paste into Entra.
#[derive(Serialize)]
pub struct ForEntra {
    pub(crate) identifier: String,
    pub(crate) reply_url: String,
    pub(crate) sign_on_url: String,
    pub(crate) logout_url: String,
    pub(crate) tenant_url: String,
}

impl ForEntra {
    /// The addresses of a connection on a site of this address.
    pub fn of(connection: &Connection, base_url: &BaseUrl) -> ForEntra {
        let id = connection.id();
        ForEntra {
            identifier: connection.sp_entity_id(base_url),
            reply_url: connection.acs_url(base_url),
            sign_on_url: base_url.saml(id, "login"),
            logout_url: base_url.saml(id, "slo"),
            tenant_url: base_url.scim(id),
        }
    }
}
