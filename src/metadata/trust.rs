//! The identity provider that metadata says to trust.

use std::time::Duration;

use jiff::Timestamp;

use super::IdpMetadata;
use super::MetadataError;
use crate::dsig::TrustedKeys;
use crate::saml::Trust;

impl Trust {
    /// Trusts an identity provider as its metadata has it: its entity ID, its signing keys, and those of its
    /// endpoints that a browser may be sent to.
    ///
    /// # Errors
    /// Metadata without a usable signing key, or without a sign-on endpoint.
    pub fn of_metadata(metadata: &IdpMetadata) -> Result<Trust, TrustError> {
        let keys = TrustedKeys::keys(metadata.signing_keys().to_vec())
            .map_err(|_| TrustError::Keys(why_no_key(metadata)))?;
        let certificates = metadata.signing_certificates().to_vec();
        let (sso, slo) = (metadata.sso().to_vec(), metadata.slo().to_vec());
        Trust::new(
            metadata.entity_id().to_owned(),
            keys,
            certificates,
            sso,
            slo,
        )
        .ok_or(TrustError::NoEndpoint)
    }
}

fn why_no_key(metadata: &IdpMetadata) -> String {
    let (keys, skipped) = (metadata.signing_keys(), metadata.skipped_keys());
    match (keys.len(), skipped) {
        (1.., _) => format!(
            "it lists {}; up to {} are tried",
            keys.len(),
            TrustedKeys::MAX
        ),
        (0, []) => "the metadata has no KeyDescriptor for signing".to_owned(),
        (0, skipped) => {
            let mut reasons: Vec<&str> = Vec::new();
            for reason in skipped {
                if !reasons.contains(&reason.as_str()) && reasons.len() < REASONS {
                    reasons.push(reason);
                }
            }
            reasons.join("; ")
        }
    }
}

/// Reasons that a person reads.
const REASONS: usize = 3;

/// The reason for which nobody can be trusted.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// There is no copy of the metadata.
    #[error("there is no copy of the metadata: it could not be fetched yet")]
    NoDocument,
    /// No key can be used.
    #[error("the identity provider has no usable signing key: {0}")]
    Keys(String),
    /// Nobody can be sent to sign in.
    #[error("the identity provider has no https sign-on endpoint over HTTP-Redirect or HTTP-POST")]
    NoEndpoint,
    /// The document is no metadata of the entity.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The document held until a moment that is past, and so is the grace after it.
    #[error(
        "the metadata held until {valid_until}, with a grace of {} seconds after that; it is {now}",
        grace.as_secs()
    )]
    Expired {
        /// The end that the document states.
        valid_until: Timestamp,
        /// The time for which it could still be used after that.
        grace: Duration,
        /// The moment of the check.
        now: Timestamp,
    },
}
debug_as_sentence!(TrustError);

impl TrustError {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            TrustError::NoDocument => "metadata-missing",
            TrustError::Keys(_) => "metadata-no-key",
            TrustError::NoEndpoint => "metadata-no-endpoint",
            TrustError::Metadata(error) => error.code(),
            TrustError::Expired { .. } => "metadata-expired",
        }
    }
}
