//! The refusals of the stages, each with what it expects.

use super::decode;
use super::finding::Finding;
use super::refusal::Refusal;
use crate::dsig::SignatureError;

pub(super) fn no_key() -> Refusal {
    decode::structure(
        "assertion-encrypted",
        "an EncryptedAssertion, and no key to decrypt it",
    )
}

/// The refusal of an assertion that the schema does not have.
pub(super) fn malformed(found: &str) -> Refusal {
    let expected = "an assertion as the SAML 2.0 schema has it";
    Refusal::new(
        "assertion",
        Finding::new("assertion-malformed", expected, found),
    )
}

pub(super) fn signature(error: SignatureError) -> Refusal {
    let claimed = match &error {
        SignatureError::Invalid { claimed } => *claimed,
        SignatureError::NotPinned { found } => Some(*found),
        _ => None,
    };
    let found = match (&error, claimed) {
        (SignatureError::Invalid { .. }, Some(claimed)) => {
            format!("a signature that names the certificate {claimed}")
        }
        _ => error.to_string(),
    };
    let expected = "a signature by a key of this connection";
    let finding = Finding::new(error.code(), expected, found);
    Refusal::new("signature", finding).with_claimed_certificate(claimed)
}

/// The refusal of an assertion that was used before.
pub(crate) fn replayed() -> Refusal {
    unadmitted("replayed", "one that was used before")
}

pub(super) fn unadmitted(code: &'static str, found: &str) -> Refusal {
    let finding = Finding::new(code, "an assertion that was never used", found);
    Refusal::new("replay", finding)
}
