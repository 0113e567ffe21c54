//! Where a connection's trust comes from.

use serde::Deserialize;
use serde::Serialize;

use crate::crypto::Fingerprint;
use crate::dsig::TrustedKeys;
use crate::metadata::IdpMetadata;
use crate::metadata::TrustError;
use crate::saml::Binding;
use crate::saml::Endpoint;
use crate::saml::Trust;

/// Where the identity provider's entity ID, endpoints and keys come from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TrustSource {
    /// A metadata document at an address; the last good copy lives in the store.
    MetadataUrl {
        /// An `https` address, or `http` on loopback.
        url: String,
        /// The entity to choose; needed when the document holds several.
        entity_id: Option<String>,
    },
    /// A metadata document that an admin handed over.
    MetadataXml {
        /// The document.
        xml: String,
        /// The file it was read from, for people to recognise.
        file: Option<String>,
        /// The entity to choose; needed when the document holds several.
        entity_id: Option<String>,
    },
    /// Pinned certificates: the response must carry one of them in its `KeyInfo`.
    Fingerprint {
        /// SHA-256 fingerprints, at least one.
        fingerprints: Vec<Fingerprint>,
        /// The identity provider's entity ID.
        entity_id: String,
        /// Where sign-on requests go, over HTTP-Redirect.
        sso_url: String,
        /// Where logout requests go, over HTTP-Redirect.
        slo_url: Option<String>,
    },
}

impl TrustSource {
    /// Whom this source says to trust. `document` is the copy of the metadata that its address gave;
    /// the other sources hold all that is needed.
    ///
    /// # Errors
    /// A document that is missing, does not parse or does not name the entity, or one that nobody can be
    /// trusted by.
    pub fn trust(&self, document: Option<&[u8]>) -> Result<Trust, TrustError> {
        match self {
            TrustSource::MetadataUrl { entity_id, .. } => {
                let document = document.ok_or(TrustError::NoDocument)?;
                Trust::of_metadata(&IdpMetadata::read(document, entity_id.as_deref())?)
            }
            TrustSource::MetadataXml { xml, entity_id, .. } => {
                Trust::of_metadata(&IdpMetadata::read(xml.as_bytes(), entity_id.as_deref())?)
            }
            TrustSource::Fingerprint {
                fingerprints,
                entity_id,
                sso_url,
                slo_url,
            } => {
                let redirect = |url: &String| Endpoint::new(Binding::HttpRedirect, url);
                let slo = slo_url.iter().map(redirect).collect();
                let keys = TrustedKeys::pinned(fingerprints).map_err(TrustError::NoKey)?;
                Trust::new(
                    entity_id.clone(),
                    keys,
                    Vec::new(),
                    vec![redirect(sso_url)],
                    slo,
                )
                .ok_or(TrustError::NoEndpoint)
            }
        }
    }
}
