//! A connection as it is shown, and the addresses to paste into Entra for it. Keys and documents are left out.

use serde::Serialize;
use serde::Serializer;
use serde_json::Value;

use super::setting::Fact;
use super::settings::SETTINGS;
use crate::address;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::TrustSource;
use crate::crypto::Fingerprint;

/// A connection as it is shown: without keys and documents, and with harmless addresses.
#[derive(Serialize)]
pub struct View {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) trust: TrustView,
    #[serde(flatten, serialize_with = "as_map")]
    facts: Vec<(&'static str, Value)>,
    /// The facts in words, each with its label, in the order of [`SETTINGS`]'s places.
    #[serde(skip)]
    pub(crate) lines: Vec<(&'static str, String)>,
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
        let facts = SETTINGS.iter().filter_map(|setting| setting.fact);
        let mut facts: Vec<Fact> = facts.collect();
        facts.sort_by_key(|fact| fact.place);
        let mut view = View {
            id: connection.id().to_string(),
            display_name: connection.display_name().to_owned(),
            trust: TrustView::of(connection.trust()),
            facts: Vec::new(),
            lines: Vec::new(),
        };
        for fact in facts {
            let value = (fact.value)(connection, base_url);
            let lines = (fact.text)(&value, connection).into_iter();
            view.lines.extend(lines.map(|line| (fact.label, line)));
            view.facts.push((fact.key, value));
        }
        view
    }
}

fn as_map<S: Serializer>(
    facts: &[(&'static str, Value)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(facts.iter().map(|(key, value)| (key, value)))
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
