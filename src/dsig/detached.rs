//! Signatures that do not stand inside what they vouch for: over the bytes of a query (SAML 2.0 Bindings
//! §3.4.4.1), and around ciphertext.

use super::SignatureError;
use super::Signed;
use super::SignedBy;
use super::TrustedKeys;
use super::VerifiedDocument;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::VerifyingKey;
use crate::xml::Element;
use crate::xml::XmlError;
use crate::xml::canonicalize;

/// Proof that a trusted key signed some bytes.
pub(crate) struct Vouched(SignedBy);

/// Verifies a signature over `bytes`. There is no `KeyInfo` here, so trust by fingerprint holds only once a message has brought
/// the certificate.
pub(crate) fn verify_bytes(
    bytes: &[u8],
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
        key.accepts(algorithm) && key.verify(algorithm, bytes, signature).is_ok()
    };
    match keys.into_iter().find(|(_, key)| holds(key)) {
        Some((by, _)) => Ok(Vouched(by)),
        None => Err(SignatureError::Invalid { claimed: None }),
    }
}

/// The signed form of plaintext whose ciphertext lay inside what is signed: whoever signed the ciphertext vouches for
/// the plaintext. The caller shows the verified document that it was found in.
pub(crate) fn vouched_within(
    signed: &VerifiedDocument<'_>,
    plaintext: Element<'_>,
) -> Result<Signed, XmlError> {
    let mut bytes = String::new();
    canonicalize(plaintext, None, &[], &mut bytes)?;
    Ok(Signed {
        bytes,
        by: signed.by,
    })
}

impl Signed {
    /// The message whose encoded form a trusted key vouched for.
    pub(crate) fn message(vouched: Vouched, xml: String) -> Signed {
        Signed {
            bytes: xml,
            by: vouched.0,
        }
    }
}
