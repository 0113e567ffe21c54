//! A connection as it is shown, and the addresses to paste into Entra for it. Keys and documents are left out.

use serde::Serialize;
use serde::Serializer;
use serde_json::Value;
use serde_json::json;

use super::setting::Fact;
use super::setting::plain;
use super::settings::SETTINGS;
use crate::address;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::TrustSource;

/// A connection as it is shown: without keys and documents, and with harmless addresses.
#[derive(Serialize)]
pub struct View {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) trust: Value,
    #[serde(flatten, serialize_with = "as_map")]
    facts: Vec<(&'static str, Value)>,
    /// The facts in words, each with its label, in their order.
    #[serde(skip)]
    pub(crate) lines: Vec<(&'static str, String)>,
}

impl View {
    /// The connection on a site of this address.
    pub fn of(connection: &Connection, base_url: &BaseUrl) -> View {
        let facts = SETTINGS.iter().filter_map(|setting| setting.fact);
        let mut facts: Vec<Fact> = facts.collect();
        facts.sort_by_key(|fact| fact.place);
        let trust = trust(connection.trust());
        let mut lines = Vec::new();
        for (key, label) in TRUST {
            let texts = match trust.get(key) {
                Some(Value::Null) if key == "file" => vec!["a document".to_owned()],
                value => plain(value.unwrap_or(&Value::Null), connection),
            };
            lines.extend(texts.into_iter().map(|text| (label, text)));
        }
        let mut view = View {
            id: connection.id().to_string(),
            display_name: connection.display_name().to_owned(),
            trust,
            facts: Vec::new(),
            lines,
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

fn trust(source: &TrustSource) -> Value {
    let shown = |url: &str| address::shown(url).into_owned();
    match source {
        TrustSource::MetadataUrl { url, entity_id, .. } => json!({
            "kind": "metadata-url", "url": shown(url), "idp_entity_id": entity_id,
        }),
        TrustSource::MetadataQuery {
            base_url,
            entity_id,
            ..
        } => json!({
            "kind": "metadata-query", "base_url": shown(base_url), "idp_entity_id": entity_id,
        }),
        TrustSource::MetadataXml {
            file, entity_id, ..
        } => json!({ "kind": "metadata-file", "file": file, "idp_entity_id": entity_id }),
        TrustSource::Fingerprint {
            fingerprints,
            entity_id,
            sso_url,
            slo_url,
        } => json!({
            "kind": "fingerprint", "fingerprints": fingerprints, "idp_entity_id": entity_id,
            "sso_url": shown(sso_url), "slo_url": slo_url.as_deref().map(shown),
        }),
    }
}

/// The labels of what a source of trust is made of.
const TRUST: [(&str, &str); 7] = [
    ("url", "Metadata URL"),
    ("base_url", "Metadata query"),
    ("file", "Metadata file"),
    ("fingerprints", "Fingerprint"),
    ("idp_entity_id", "IdP entity ID"),
    ("sso_url", "Sign-on"),
    ("slo_url", "Logout"),
];

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
