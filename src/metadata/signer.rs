//! The signer that must have signed a metadata document, if an admin pins one: the operator of a federation.

use serde::Deserialize;
use serde::Serialize;

use crate::crypto::Certificate;
use crate::crypto::CertificateError;
use crate::crypto::Fingerprint;
use crate::crypto::certificates_from_bytes;
use crate::dsig::NoUsableKey;
use crate::dsig::TrustedKeys;

/// The pinned signer of a metadata document. The signature of the whole document must be by one of its keys, and
/// nothing but what it signed is read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MetadataSigner {
    /// SHA-256 fingerprints of certificates; the signature must bring one of them in its `KeyInfo`.
    Fingerprints(Vec<Fingerprint>),
    /// The certificates themselves, in PEM; `KeyInfo` is then ignored.
    Certificates(String),
}

impl MetadataSigner {
    /// The keys that it stands for.
    ///
    /// # Errors
    /// Certificates that cannot be read, none at all, or more than are tried.
    pub fn keys(&self) -> Result<TrustedKeys, MetadataSignerError> {
        match self {
            MetadataSigner::Fingerprints(pins) => Ok(TrustedKeys::pinned(pins)?),
            MetadataSigner::Certificates(pem) => {
                let certificates = certificates_from_bytes(pem.as_bytes())?;
                let keys = certificates.iter().map(|one| one.key().clone());
                Ok(TrustedKeys::keys(keys.collect())?)
            }
        }
    }

    /// The fingerprints of its certificates; none where they cannot be read.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        match self {
            MetadataSigner::Fingerprints(pins) => pins.clone(),
            MetadataSigner::Certificates(pem) => certificates_from_bytes(pem.as_bytes())
                .unwrap_or_default()
                .iter()
                .map(Certificate::fingerprint)
                .collect(),
        }
    }
}

/// A pinned signer that pins nobody.
#[derive(Clone, thiserror::Error)]
pub enum MetadataSignerError {
    /// A certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// There is no key, or there are too many to try.
    #[error(transparent)]
    NoKey(#[from] NoUsableKey),
}
debug_as_sentence!(MetadataSignerError);
