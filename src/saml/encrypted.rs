//! `EncryptedAssertion` (SAML 2.0 Core §2.3.4): what must hold before and after it is decrypted. In a signed response, only
//! ciphertext that its signature vouches for is decrypted. In an unsigned one, the decrypted assertion must be signed itself;
//! until that has been proven, every failure is the same refusal at the same cost: "it decrypts, but its signature does not
//! hold" would tell an attacker what they ask for (XML Encryption's padding oracles).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::namespace::ASSERTION;
use super::refusal::Refusal;
use super::trust::Trust;
use crate::dsig;
use crate::dsig::SignatureError;
use crate::dsig::Signed;
use crate::dsig::VerifiedDocument;
use crate::xenc;
use crate::xenc::Decrypted;
use crate::xenc::DecryptionKeys;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;

/// Decrypts the assertion in a response whose signature holds. An inner signature, where there is one, must hold too.
pub(super) fn under_a_signature(
    response: &VerifiedDocument<'_>,
    trust: &Trust,
    keys: &DecryptionKeys,
) -> Result<Signed, Refusal> {
    let mut children = response.root().children();
    let container = children.find(|child| child.is(ASSERTION, "EncryptedAssertion"));
    let decrypted = container.and_then(|container| decrypt(container, keys));
    let decrypted = decrypted.ok_or_else(refusal)?;
    let assertion = decrypted.unverified();
    match is_signed(assertion).ok_or_else(refusal)? {
        true => dsig::verify(assertion, trust.keys()).map_err(|_| refusal()),
        false => dsig::vouched_within(response, assertion).map_err(|_| refusal()),
    }
}

/// Decrypts the assertion in a response that nobody signed: it must be signed itself.
pub(super) fn alone(
    container: Element<'_>,
    trust: &Trust,
    keys: &DecryptionKeys,
) -> Result<Signed, Refusal> {
    let verified = match decrypt(container, keys) {
        Some(decrypted) => verify_signed(decrypted.unverified(), trust),
        None => Err(SignatureError::Missing),
    };
    // A message that did not get as far as a public-key operation pays for one all the same.
    let reached = matches!(
        &verified,
        Ok(_) | Err(SignatureError::Digest | SignatureError::Invalid { .. })
    );
    if !reached {
        // It cannot hold; only the work counts.
        let _ = verify_a_decoy(trust);
    }
    verified.map_err(|_| refusal())
}

fn verify_signed(assertion: Element<'_>, trust: &Trust) -> Result<Signed, SignatureError> {
    match is_signed(assertion) {
        Some(true) => dsig::verify(assertion, trust.keys()),
        _ => Err(SignatureError::Missing),
    }
}

fn decrypt(container: Element<'_>, keys: &DecryptionKeys) -> Option<Decrypted> {
    xenc::decrypt(container, ASSERTION, "Assertion", keys).ok()
}

/// True if the assertion is signed; `None` if it holds a second assertion, or a signature anywhere but next to its
/// issuer.
fn is_signed(assertion: Element<'_>) -> Option<bool> {
    let of_kind = |namespace, local| {
        let all = assertion.descendants();
        all.filter(|element| element.is(namespace, local)).count()
    };
    let nested = of_kind(ASSERTION, "Assertion") + of_kind(ASSERTION, "EncryptedAssertion");
    let second = assertion.children().nth(1);
    let in_place = second.is_some_and(|child| child.is(dsig::NAMESPACE, "Signature"));
    match (nested, of_kind(dsig::NAMESPACE, "Signature")) {
        (1, 0) => Some(false),
        (1, 1) if in_place => Some(true),
        _ => None,
    }
}

/// Verifies a signature that nobody made: the same canonicalisation and public-key operation as a real one, RSA or ECDSA as
/// the identity provider's key is. It has no certificate with it, so where trust is by fingerprint the key is one that is
/// known already.
fn verify_a_decoy(trust: &Trust) -> Option<SignatureError> {
    let keys = trust.keys().without_certificate()?;
    let (algorithm, signature) = keys.forgery()?;
    let decoy = DECOY
        .replace("{algorithm}", algorithm.uri())
        .replace("{signature}", &STANDARD.encode(signature));
    let decoy = Document::parse(&decoy, &Budget::MESSAGE).ok()?;
    dsig::verify(decoy.root(), &keys).err()
}

/// The one refusal. It says nothing, to nobody.
pub(super) fn refusal() -> Refusal {
    let expected = "an assertion that decrypts with a key of ours, and is signed";
    Refusal::new(
        "decryption",
        "decryption-failed",
        expected,
        "something else",
    )
}

/// The shape of a signed assertion, with two places left open.
const DECOY: &str = include_str!("decoy.xml");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Certificate;
    use crate::crypto::SignatureAlgorithm;
    use crate::crypto::SigningKey;
    use crate::dsig::Signer;
    use crate::dsig::TrustedKeys;
    use crate::saml::Binding;
    use crate::saml::Endpoint;

    #[test]
    fn a_decoy_costs_a_public_key_operation_under_trust_by_fingerprint_too() {
        let key = SigningKey::generate_rsa_2048().unwrap();
        let (from, to) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        let certificate = Certificate::self_signed(&key, "idp", 1, from, to).unwrap();
        let pinned = TrustedKeys::pinned(&[certificate.fingerprint()]).unwrap();
        let endpoint = Endpoint::new(Binding::HttpRedirect, "https://idp.example/");
        let name = "https://idp.example/".to_owned();
        let trust = Trust::new(name, pinned, vec![], vec![endpoint], vec![]).unwrap();
        assert_eq!(verify_a_decoy(&trust), None, "no key is known");

        let signer = Signer::new(key, certificate, SignatureAlgorithm::RsaSha256).unwrap();
        let message = format!(r#"<a ID="_a"><Issuer xmlns="{ASSERTION}">idp</Issuer><b/></a>"#);
        let signed = dsig::sign(&message, "_a", &signer).unwrap();
        let document = Document::parse(&signed, &Budget::MESSAGE).unwrap();
        dsig::verify(document.root(), trust.keys()).unwrap();
        let error = verify_a_decoy(&trust);
        assert!(
            matches!(error, Some(SignatureError::Invalid { .. })),
            "{error:?}"
        );
    }

    #[test]
    fn a_decoy_is_refused_for_its_signature_alone_whatever_kind_the_key_is_of() {
        for key in [
            SigningKey::generate_rsa_2048().unwrap(),
            SigningKey::generate_p256().unwrap(),
        ] {
            let keys = TrustedKeys::keys(vec![key.verifying_key()]).unwrap();
            let endpoint = Endpoint::new(Binding::HttpRedirect, "https://idp.example/");
            let name = "https://idp.example/".to_owned();
            let trust = Trust::new(name, keys, vec![], vec![endpoint], vec![]).unwrap();
            let error = verify_a_decoy(&trust);
            assert_eq!(error, Some(SignatureError::Invalid { claimed: None }));
        }
    }
}
