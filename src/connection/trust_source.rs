//! The source of a connection's trust.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::query;
use crate::address::AddressPolicy;
use crate::crypto::DigestAlgorithm;
use crate::crypto::Fingerprint;
use crate::dsig::TrustedKeys;
use crate::metadata::Guard;
use crate::metadata::IdpMetadata;
use crate::metadata::MetadataCopy;
use crate::metadata::MetadataSigner;
use crate::metadata::TrustError;
use crate::metadata::Validity;
use crate::saml::Binding;
use crate::saml::Endpoint;
use crate::saml::Trust;
use crate::text::hex;

/// The source of the identity provider's entity ID, endpoints and keys.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TrustSource {
    /// A metadata document at an address; the last good copy lives in the store.
    MetadataUrl {
        /// An `https` address, or `http` on loopback.
        url: String,
        /// The entity to choose; needed when the document holds several.
        entity_id: Option<String>,
        /// The demands on the document beyond that.
        #[serde(default)]
        policy: MetadataPolicy,
    },
    /// A server that hands out metadata by entity (Metadata Query Protocol); the last good copy lives in the store.
    MetadataQuery {
        /// An `https` address, or `http` on loopback, below which the entities are.
        base_url: String,
        /// The entity to ask for.
        entity_id: String,
        /// The demands on the document beyond that.
        #[serde(default)]
        policy: MetadataPolicy,
    },
    /// A metadata document that an admin handed over.
    MetadataXml {
        /// The document.
        xml: String,
        /// The file it was read from. A server reads it again when it changes, if its path is absolute.
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
        /// The address for sign-on requests, over HTTP-Redirect.
        sso_url: String,
        /// The address for logout requests, over HTTP-Redirect.
        slo_url: Option<String>,
    },
}

/// The demands on a fetched document, beyond those on every one.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct MetadataPolicy {
    /// The party that must have signed it; by default none, since the address is protected.
    pub signer: Option<MetadataSigner>,
    /// The addresses that it may come from; by default any.
    pub addresses: AddressPolicy,
    /// The time after its `validUntil` for which it is still used; by default none.
    pub grace: Duration,
}

/// The place where a document is got anew.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    Url(String),
    File(String),
}

impl TrustSource {
    /// The place where a server gets the document anew; `None` where there is none, or where only an admin changes it.
    pub(crate) fn origin(&self) -> Option<Origin> {
        match self {
            TrustSource::MetadataUrl { url, .. } => Some(Origin::Url(url.clone())),
            TrustSource::MetadataQuery {
                base_url,
                entity_id,
                ..
            } => Some(Origin::Url(query::address(base_url, entity_id))),
            TrustSource::MetadataXml {
                file: Some(file), ..
            } if file.starts_with('/') => Some(Origin::File(file.clone())),
            _ => None,
        }
    }

    /// The fingerprints that are trusted at this moment: pinned ones, and those of the copy that a store holds.
    pub fn fingerprints(
        &self,
        copy: Option<&MetadataCopy>,
        at: Timestamp,
    ) -> BTreeSet<Fingerprint> {
        let name = self.copy_name();
        let copy = copy.filter(|copy| name.as_ref() == Some(&copy.url));
        let trust = self.trust(copy.map(|copy| copy.document.as_slice()), at);
        let certificates = trust.iter().flat_map(|trust| trust.certificates());
        let certificates = certificates.map(|one| one.fingerprint());
        certificates.chain(self.pins().iter().copied()).collect()
    }

    /// The name of a copy of the document: its origin and its conditions. A copy with another name is no copy of this source:
    /// it was taken from elsewhere, is not known to be signed by the pinned signer, is of another entity, or is older than the
    /// document that an admin has handed over since.
    pub fn copy_name(&self) -> Option<String> {
        let mut name = match self.origin()? {
            Origin::Url(url) => url,
            Origin::File(path) => format!("file:{path}"),
        };
        if let Some(signer) = self.policy().and_then(|policy| policy.signer.as_ref()) {
            name.push_str("#signed-by=");
            for fingerprint in signer.fingerprints() {
                let _ = write!(name, "{},", hex(fingerprint.as_bytes()));
            }
        }
        if let TrustSource::MetadataXml { xml, .. } = self {
            let digest = DigestAlgorithm::Sha256.digest(xml.as_bytes());
            let _ = write!(name, "#since={}", hex(digest.as_ref()));
        }
        // Of an aggregate only the entity is kept. A query's address has it already.
        if let TrustSource::MetadataUrl { entity_id, .. }
        | TrustSource::MetadataXml { entity_id, .. } = self
            && let Some(entity_id) = entity_id
        {
            let _ = write!(name, "#entity={entity_id}");
        }
        Some(name)
    }

    /// The demands on a fetched document; `None` where none is fetched.
    pub fn policy(&self) -> Option<&MetadataPolicy> {
        match self {
            TrustSource::MetadataUrl { policy, .. } | TrustSource::MetadataQuery { policy, .. } => {
                Some(policy)
            }
            _ => None,
        }
    }

    /// The pinned fingerprints; none where trust is by metadata.
    pub fn pins(&self) -> &[Fingerprint] {
        match self {
            TrustSource::Fingerprint { fingerprints, .. } => fingerprints,
            _ => &[],
        }
    }

    /// The identity provider that the connection names.
    pub fn entity_id(&self) -> Option<&str> {
        match self {
            TrustSource::MetadataUrl { entity_id, .. }
            | TrustSource::MetadataXml { entity_id, .. } => entity_id.as_deref(),
            TrustSource::MetadataQuery { entity_id, .. }
            | TrustSource::Fingerprint { entity_id, .. } => Some(entity_id),
        }
    }

    /// The conditions for a new document. `previous` is the entity of the one that is trusted now.
    pub fn guard<'a>(&'a self, previous: Option<&'a str>, now: Timestamp) -> Guard<'a> {
        Guard {
            entity_id: self.entity_id(),
            previous,
            signer: self.policy().and_then(|policy| policy.signer.as_ref()),
            now,
        }
    }

    /// The end of a document of this source.
    pub fn validity(&self, metadata: &IdpMetadata) -> Validity {
        Validity {
            valid_until: metadata.valid_until(),
            grace: self.policy().map_or(Duration::ZERO, |policy| policy.grace),
        }
    }

    /// The metadata of this source at a moment, without roles that have ended: a grace is for the whole of a document, and
    /// keeps no role alive beside another. `None` where trust is by fingerprint. `document` is the copy, which passed the guard
    /// when it was taken. Fails where it is missing, does not parse or does not name the entity.
    pub fn metadata(
        &self,
        document: Option<&[u8]>,
        at: Timestamp,
    ) -> Result<Option<IdpMetadata>, TrustError> {
        let document = match (self, document) {
            (TrustSource::Fingerprint { .. }, _) => return Ok(None),
            (_, Some(document)) => document,
            (TrustSource::MetadataXml { xml, .. }, None) => xml.as_bytes(),
            (_, None) => return Err(TrustError::NoDocument),
        };
        Ok(Some(IdpMetadata::read_at(document, self.entity_id(), at)?))
    }

    /// The trust that this source gives at a moment. Fails as [`TrustSource::trust`] does, and on a document that is over.
    pub fn standing_trust(
        &self,
        document: Option<&[u8]>,
        at: Timestamp,
    ) -> Result<Trust, TrustError> {
        if let Some(metadata) = self.metadata(document, at)? {
            self.validity(&metadata).check(at)?;
            return Trust::of_metadata(&metadata);
        }
        self.trust(document, at)
    }

    /// The trust that this source gives at a moment, over or not: see [`TrustSource::validity`]. `document` is the copy of the
    /// metadata that its address or file gave; a file without one, and a fingerprint, hold all that is needed.
    ///
    /// # Errors
    /// A document that is missing, does not parse or does not name the entity, or one that nobody can be trusted by.
    pub fn trust(&self, document: Option<&[u8]>, at: Timestamp) -> Result<Trust, TrustError> {
        if let Some(metadata) = self.metadata(document, at)? {
            return Trust::of_metadata(&metadata);
        }
        match self {
            TrustSource::Fingerprint {
                fingerprints,
                entity_id,
                sso_url,
                slo_url,
            } => {
                let redirect = |url: &String| Endpoint::new(Binding::HttpRedirect, url);
                let slo = slo_url.iter().map(redirect).collect();
                let keys = TrustedKeys::pinned(fingerprints)
                    .map_err(|error| TrustError::Keys(error.to_string()))?;
                Trust::new(
                    entity_id.clone(),
                    keys,
                    Vec::new(),
                    vec![redirect(sso_url)],
                    slo,
                )
                .ok_or(TrustError::NoEndpoint)
            }
            // The others have metadata, or an error in its place.
            _ => Err(TrustError::NoDocument),
        }
    }
}
