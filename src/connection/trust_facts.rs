//! A source of trust as it may be shown and logged: of addresses nothing secret, of documents and certificates the SHA-256.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::MetadataPolicy;
use super::TrustSource;
use crate::address;
use crate::address::AddressPolicy;
use crate::crypto::Fingerprint;
use crate::metadata::MetadataSigner;

impl TrustSource {
    /// All that may be shown of it, by the keys of `connection show`. Each field is named here, so that a new one stays out until
    /// somebody decides about it.
    pub(crate) fn facts(&self) -> Map<String, Value> {
        let shown = |url: &str| json!(address::shown(url));
        let facts = match self {
            TrustSource::MetadataUrl {
                url,
                entity_id,
                policy,
            } => {
                let mut facts = vec![
                    ("kind", json!("metadata-url")),
                    ("url", shown(url)),
                    ("idp_entity_id", json!(entity_id)),
                ];
                facts.extend(demands(policy));
                facts
            }
            TrustSource::MetadataQuery {
                base_url,
                entity_id,
                policy,
            } => {
                let mut facts = vec![
                    ("kind", json!("metadata-query")),
                    ("base_url", shown(base_url)),
                    ("idp_entity_id", json!(entity_id)),
                ];
                facts.extend(demands(policy));
                facts
            }
            TrustSource::MetadataXml {
                xml,
                file,
                entity_id,
            } => vec![
                ("kind", json!("metadata-file")),
                ("file", json!(file)),
                ("sha256", json!(Fingerprint::of_der(xml.as_bytes()))),
                ("idp_entity_id", json!(entity_id)),
            ],
            TrustSource::Fingerprint {
                fingerprints,
                entity_id,
                sso_url,
                slo_url,
            } => vec![
                ("kind", json!("fingerprint")),
                ("fingerprints", json!(fingerprints)),
                ("idp_entity_id", json!(entity_id)),
                ("sso_url", shown(sso_url)),
                ("slo_url", json!(slo_url.as_deref().map(address::shown))),
            ],
        };
        let facts = facts.into_iter();
        facts.map(|(key, fact)| (key.to_owned(), fact)).collect()
    }
}

fn demands(policy: &MetadataPolicy) -> [(&'static str, Value); 3] {
    let MetadataPolicy {
        signer,
        addresses,
        grace,
    } = policy;
    let signer = signer.as_ref().map(MetadataSigner::fingerprints);
    let is_public_only = *addresses == AddressPolicy::PublicOnly;
    [
        ("metadata_signer", json!(signer.unwrap_or_default())),
        ("refuse_private_addresses", json!(is_public_only)),
        ("validity_grace", json!(grace.as_secs())),
    ]
}
