//! The refusals of the stages, each with what it expects.

use super::refusal::Refusal;
use crate::dsig::SignatureError;

pub(super) fn structure(code: &'static str, found: &str) -> Refusal {
    let expected = "a SAML 2.0 Response with exactly one assertion";
    Refusal::new("structure", code, expected, found)
}

pub(super) fn no_key() -> Refusal {
    let found = "an EncryptedAssertion, and no key to decrypt it";
    structure("assertion-encrypted", found)
}

pub(super) fn malformed(found: &str) -> Refusal {
    let expected = "an assertion as the SAML 2.0 schema has it";
    Refusal::new("assertion", "assertion-malformed", expected, found)
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
    Refusal::new("signature", error.code(), expected, found).with_claimed_certificate(claimed)
}

pub(crate) fn replayed() -> Refusal {
    unadmitted("replayed", "one that was used before")
}

pub(super) fn no_store() -> Refusal {
    unadmitted("store-unavailable", "a store that does not answer")
}

fn unadmitted(code: &'static str, found: &str) -> Refusal {
    Refusal::new("replay", code, "an assertion that was never used", found)
}
