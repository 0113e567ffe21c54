//! Whom a connection trusts: one identity provider, its keys and its endpoints, parsed once.

use super::Binding;
use super::Endpoint;
use super::IdpMetadata;
use super::MetadataError;
use crate::connection::TrustSource;
use crate::crypto::Certificate;
use crate::dsig::NoUsableKey;
use crate::dsig::TrustedKeys;

/// One identity provider as a connection trusts it.
#[derive(Clone, Debug)]
pub struct Trust {
    entity_id: String,
    keys: TrustedKeys,
    certificates: Vec<Certificate>,
    sso: Vec<Endpoint>,
    slo: Vec<Endpoint>,
}

impl Trust {
    /// Trusts an identity provider as its metadata has it: its entity ID, its signing keys, and those of its
    /// endpoints that a browser may be sent to.
    ///
    /// # Errors
    /// Metadata without a usable signing key, or without a sign-on endpoint.
    pub fn of_metadata(metadata: &IdpMetadata) -> Result<Trust, TrustError> {
        let certificates = metadata.signing_certificates().to_vec();
        let keys = TrustedKeys::keys(metadata.signing_keys().to_vec())?;
        let protected = |endpoints: &[Endpoint]| {
            endpoints
                .iter()
                .filter(|endpoint| endpoint.is_protected())
                .cloned()
                .collect::<Vec<_>>()
        };
        let sso = protected(metadata.sso());
        if sso.is_empty() {
            return Err(TrustError::NoEndpoint);
        }
        Ok(Trust {
            entity_id: metadata.entity_id().to_owned(),
            keys,
            certificates,
            sso,
            slo: protected(metadata.slo()),
        })
    }

    /// Trusts what a connection's source says. `document` is the copy of the metadata that its address gave;
    /// the other sources hold all that is needed.
    ///
    /// # Errors
    /// A document that is missing, does not parse or does not name the entity, or one that nobody can be
    /// trusted by.
    pub fn of_source(source: &TrustSource, document: Option<&[u8]>) -> Result<Trust, TrustError> {
        match source {
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
                let redirect = |url: &String| Endpoint {
                    binding: Binding::HttpRedirect,
                    location: url.clone(),
                };
                Ok(Trust {
                    entity_id: entity_id.clone(),
                    keys: TrustedKeys::pinned(fingerprints)?,
                    certificates: Vec::new(),
                    sso: vec![redirect(sso_url)],
                    slo: slo_url.iter().map(redirect).collect(),
                })
            }
        }
    }

    /// The identity provider's entity ID.
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Whose signatures hold.
    pub fn keys(&self) -> &TrustedKeys {
        &self.keys
    }

    /// The certificates of the keys; none where trust is by fingerprint or the metadata has bare keys.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Where sign-on requests go: over HTTP-Redirect if the identity provider offers it, else over HTTP-POST.
    /// A [`Trust`] always has one.
    pub fn sso(&self) -> &Endpoint {
        let redirect = self
            .sso
            .iter()
            .find(|endpoint| endpoint.binding == Binding::HttpRedirect);
        redirect.unwrap_or(&self.sso[0])
    }

    /// Where sign-on requests go over this binding.
    pub fn sso_over(&self, binding: Binding) -> Option<&Endpoint> {
        self.sso.iter().find(|endpoint| endpoint.binding == binding)
    }

    /// Where logout requests go.
    pub fn slo(&self) -> &[Endpoint] {
        &self.slo
    }
}

/// Why nobody can be trusted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TrustError {
    /// There is no copy of the metadata.
    #[error("there is no copy of the metadata: it could not be fetched yet")]
    NoDocument,
    /// No key can be used.
    #[error("the identity provider has no usable signing key: {0}")]
    NoKey(#[from] NoUsableKey),
    /// Nobody can be sent to sign in.
    #[error("the identity provider has no https sign-on endpoint over HTTP-Redirect or HTTP-POST")]
    NoEndpoint,
    /// The document is no metadata of the entity.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
}
