//! The promises that signing and verifying make together, for every algorithm and kind of key.

use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::md::Md;
use openssl::nid::Nid;
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Padding;
use openssl::sign::RsaPssSaltlen;

use super::KeyError;
use super::SignatureAlgorithm;
use super::SignatureMismatch;
use super::SigningKey;
use super::verifying_key::set_pss;

pub(super) fn keys() -> Vec<SigningKey> {
    vec![
        SigningKey::generate_rsa_2048().unwrap(),
        SigningKey::generate_p256().unwrap(),
        SigningKey::generate_ec(Nid::SECP384R1).unwrap(),
        SigningKey::generate_ec(Nid::SECP521R1).unwrap(),
    ]
}

#[test]
fn every_algorithm_signs_and_verifies_with_its_kind_of_key_and_no_other() {
    for key in keys() {
        let public = key.verifying_key();
        for algorithm in SignatureAlgorithm::ALL {
            match key.sign(algorithm, b"message") {
                Ok(signature) => {
                    assert!(public.accepts(algorithm));
                    assert_eq!(public.verify(algorithm, b"message", &signature), Ok(()));
                    assert_eq!(
                        public.verify(algorithm, b"Message", &signature),
                        Err(SignatureMismatch)
                    );
                }
                Err(error) => {
                    assert!(!public.accepts(algorithm));
                    assert!(matches!(error, KeyError::Algorithm { .. }), "{error:?}");
                }
            }
        }
    }
}

#[test]
fn a_signature_holds_under_its_own_algorithm_alone() {
    for key in keys() {
        let public = key.verifying_key();
        for signed in SignatureAlgorithm::ALL
            .into_iter()
            .filter(|a| public.accepts(*a))
        {
            let signature = key.sign(signed, b"message").unwrap();
            for claimed in SignatureAlgorithm::ALL {
                let holds = public.verify(claimed, b"message", &signature).is_ok();
                assert_eq!(holds, claimed == signed, "{signed} claimed as {claimed}");
            }
        }
    }
}

#[test]
fn a_signature_by_another_key_is_refused() {
    for (key, other) in keys().into_iter().zip(keys()) {
        for algorithm in SignatureAlgorithm::ALL
            .into_iter()
            .filter(|a| key.verifying_key().accepts(*a))
        {
            let signature = key.sign(algorithm, b"message").unwrap();
            let verdict = other
                .verifying_key()
                .verify(algorithm, b"message", &signature);
            assert_eq!(verdict, Err(SignatureMismatch));
        }
    }
}

#[test]
fn a_signature_with_one_bit_changed_is_refused() {
    for key in keys() {
        for algorithm in SignatureAlgorithm::ALL
            .into_iter()
            .filter(|a| key.verifying_key().accepts(*a))
        {
            let signature = key.sign(algorithm, b"message").unwrap();
            for position in (0..signature.len()).step_by(7) {
                let mut changed = signature.clone();
                changed[position] ^= 1 << (position % 8);
                let verdict = key.verifying_key().verify(algorithm, b"message", &changed);
                assert_eq!(verdict, Err(SignatureMismatch), "{algorithm} at {position}");
            }
        }
    }
}

#[test]
fn a_signature_of_another_length_is_refused() {
    for key in keys() {
        for algorithm in SignatureAlgorithm::ALL
            .into_iter()
            .filter(|a| key.verifying_key().accepts(*a))
        {
            let signature = key.sign(algorithm, b"message").unwrap();
            let half = signature.len() / 2;
            for wrong in [
                Vec::new(),
                signature[1..].to_vec(),
                signature[..signature.len() - 1].to_vec(),
                [&signature[..], &[0]].concat(),
                [&[0], &signature[..]].concat(),
                // r and s each padded with a zero: the same numbers, another width.
                [&[0], &signature[..half], &[0], &signature[half..]].concat(),
                signature.repeat(100),
            ] {
                let verdict = key.verifying_key().verify(algorithm, b"message", &wrong);
                assert_eq!(
                    verdict,
                    Err(SignatureMismatch),
                    "{algorithm}, {}",
                    wrong.len()
                );
            }
        }
    }
}

#[test]
fn an_ecdsa_signature_in_the_der_form_of_tls_is_refused() {
    let key = SigningKey::generate_p256().unwrap();
    let raw = key
        .sign(SignatureAlgorithm::EcdsaSha256, b"message")
        .unwrap();
    let number = |bytes| BigNum::from_slice(bytes).unwrap();
    let der = EcdsaSig::from_private_components(number(&raw[..32]), number(&raw[32..]))
        .unwrap()
        .to_der()
        .unwrap();
    assert_eq!(
        key.verifying_key()
            .verify(SignatureAlgorithm::EcdsaSha256, b"message", &der),
        Err(SignatureMismatch)
    );
}

#[test]
fn an_ecdsa_signature_of_zeros_or_of_the_order_is_refused() {
    let key = SigningKey::generate_p256().unwrap();
    for byte in [0x00, 0xff] {
        let verdict = key
            .verifying_key()
            .verify(SignatureAlgorithm::EcdsaSha256, b"", &[byte; 64]);
        assert_eq!(verdict, Err(SignatureMismatch));
    }
}

#[test]
fn a_pss_signature_with_another_salt_length_or_mask_digest_is_refused() {
    let key = SigningKey::generate_rsa_2048().unwrap();
    let digest = SignatureAlgorithm::RsaPssSha256.digest().digest(b"message");
    for (salt, mask, holds) in [
        (32, Md::sha256(), true),
        (0, Md::sha256(), false),
        (20, Md::sha256(), false),
        (222, Md::sha256(), false),
        (32, Md::sha1(), false),
    ] {
        let mut context = PkeyCtx::new(key.private()).unwrap();
        context.sign_init().unwrap();
        set_pss(&mut context, digest.algorithm()).unwrap();
        context.set_rsa_mgf1_md(mask).unwrap();
        context
            .set_rsa_pss_saltlen(RsaPssSaltlen::custom(salt))
            .unwrap();
        let mut signature = Vec::new();
        context
            .sign_to_vec(digest.as_ref(), &mut signature)
            .unwrap();
        let verdict =
            key.verifying_key()
                .verify(SignatureAlgorithm::RsaPssSha256, b"message", &signature);
        assert_eq!(verdict.is_ok(), holds, "salt of {salt}");
    }
}

/// Bleichenbacher's forgery of 2006 hides in what a lenient reader of `DigestInfo` passes over.
#[test]
fn a_pkcs1_signature_over_anything_but_the_one_digest_info_is_refused() {
    let key = SigningKey::generate_rsa_2048().unwrap();
    let rsa = key.private().rsa().unwrap();
    let digest = SignatureAlgorithm::RsaSha256.digest().digest(b"message");
    let exact = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    let no_null = b"\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20";
    let long_length =
        b"\x30\x81\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    for (prefix, suffix, holds) in [
        (&exact[..], &b""[..], true),
        (exact, b"\0", false),
        (
            exact,
            b"rubbish that makes the signature come out right",
            false,
        ),
        (no_null, b"", false),
        (long_length, b"", false),
        (b"", b"", false),
    ] {
        let info = [prefix, digest.as_ref(), suffix].concat();
        let mut signature = vec![0; 256];
        rsa.private_encrypt(&info, &mut signature, Padding::PKCS1)
            .unwrap();
        let verdict =
            key.verifying_key()
                .verify(SignatureAlgorithm::RsaSha256, b"message", &signature);
        assert_eq!(verdict.is_ok(), holds, "{info:02x?}");
    }
}
