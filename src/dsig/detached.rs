//! Signatures beside a message instead of inside it (SAML 2.0 Bindings §3.4.4.1): over octets of the query.

use super::SignatureError;
use super::Signed;
use super::TrustedKeys;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::VerifyingKey;

/// Proof that a trusted key signed some octets.
pub(crate) struct Vouched(());

/// Verifies a signature over `octets`.
///
/// There is no `KeyInfo` here, so trust by fingerprint holds only once a message has brought the certificate.
///
/// # Errors
/// An algorithm that is not on the allow-list, or a signature that no trusted key made.
pub(crate) fn verify_octets(
    octets: &[u8],
    algorithm: &str,
    signature: &[u8],
    trust: &TrustedKeys,
) -> Result<Vouched, SignatureError> {
    let algorithm = SignatureAlgorithm::from_uri(algorithm)?;
    let keys = trust.known();
    if keys.is_empty() {
        return Err(SignatureError::NoCertificate);
    }
    let holds = |key: &VerifyingKey| {
        key.accepts(algorithm) && key.verify(algorithm, octets, signature).is_ok()
    };
    if keys.into_iter().any(holds) {
        Ok(Vouched(()))
    } else {
        Err(SignatureError::Invalid { claimed: None })
    }
}

impl Signed {
    /// The message whose encoded form a trusted key vouched for.
    pub(crate) fn message(_: Vouched, xml: String) -> Signed {
        Signed { octets: xml }
    }
}
