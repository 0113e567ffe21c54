//! The unit tests of the keys that verify.

use openssl::ec::Asn1Flag;
use openssl::ec::EcGroup;
use openssl::nid::Nid;

use super::*;
use crate::crypto::SigningKey;

fn refusal(der: &[u8]) -> KeyError {
    VerifyingKey::from_spki_der(der).unwrap_err()
}

fn rsa(modulus: &BigNum, exponent: &BigNum) -> Vec<u8> {
    let own = |number: &BigNum| number.as_ref().to_owned().unwrap();
    let key = Rsa::from_public_components(own(modulus), own(exponent)).unwrap();
    key.public_key_to_der().unwrap()
}

fn ec(group: &EcGroup) -> Vec<u8> {
    EcKey::generate(group).unwrap().public_key_to_der().unwrap()
}

fn odd_number(bits: i32) -> BigNum {
    let mut number = BigNum::new().unwrap();
    number.set_bit(bits - 1).unwrap();
    number.set_bit(0).unwrap();
    number
}

#[test]
fn rsa_keys_from_2048_to_8192_bits_are_accepted() {
    let exponent = BigNum::from_u32(65537).unwrap();
    for (bits, accepted) in [
        (1024, false),
        (2047, false),
        (2048, true),
        (8192, true),
        (8193, false),
    ] {
        match VerifyingKey::from_spki_der(&rsa(&odd_number(bits), &exponent)) {
            Ok(key) => assert_eq!((key.description(), accepted), (format!("RSA {bits}"), true)),
            Err(KeyError::RsaSize { bits: found }) => {
                assert_eq!((found, accepted), (bits.unsigned_abs(), false));
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_even_rsa_modulus_is_refused() {
    let mut modulus = odd_number(2048);
    modulus.clear_bit(0).unwrap();
    let exponent = BigNum::from_u32(65537).unwrap();
    assert!(matches!(
        refusal(&rsa(&modulus, &exponent)),
        KeyError::Malformed
    ));
}

#[test]
fn an_unsafe_rsa_exponent_is_refused() {
    let modulus = odd_number(2048);
    for exponent in [3, 17, 65537, (1 << 33) - 1] {
        let exponent = BigNum::from_slice(&u64::to_be_bytes(exponent)).unwrap();
        assert!(VerifyingKey::from_spki_der(&rsa(&modulus, &exponent)).is_ok());
    }
    for exponent in [0, 1, 2, 4, 65536, (1 << 33) + 1, u64::MAX] {
        let number = BigNum::from_slice(&u64::to_be_bytes(exponent)).unwrap();
        assert!(
            matches!(refusal(&rsa(&modulus, &number)), KeyError::RsaExponent),
            "{exponent}"
        );
    }
}

#[test]
fn the_three_nist_curves_are_accepted_and_no_other() {
    for (curve, description) in [
        (Nid::X9_62_PRIME256V1, "EC P-256"),
        (Nid::SECP384R1, "EC P-384"),
        (Nid::SECP521R1, "EC P-521"),
    ] {
        let der = ec(&EcGroup::from_curve_name(curve).unwrap());
        let key = VerifyingKey::from_spki_der(&der).unwrap();
        assert_eq!(key.description(), description);
        assert_eq!(format!("{key:?}"), format!("VerifyingKey({description})"));
        assert_eq!(key.to_spki_der(), der);
    }
    for curve in [Nid::SECP256K1, Nid::SECP224R1, Nid::BRAINPOOL_P256R1] {
        let der = ec(&EcGroup::from_curve_name(curve).unwrap());
        assert!(matches!(refusal(&der), KeyError::Curve { .. }));
    }
}

/// CVE-2020-0601: a generator of the attacker's choice under a trusted curve's name.
#[test]
fn a_curve_with_explicit_parameters_is_refused() {
    let mut group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    group.set_asn1_flag(Asn1Flag::EXPLICIT_CURVE);
    assert!(matches!(refusal(&ec(&group)), KeyError::Curve { .. }));
}

#[test]
fn a_point_that_is_not_on_the_curve_is_refused() {
    let mut der = ec(&EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap());
    *der.last_mut().unwrap() ^= 1;
    assert!(matches!(refusal(&der), KeyError::Malformed));
}

#[test]
fn the_point_at_infinity_is_refused() {
    let der = ec(&EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap());
    // The outer header, the algorithm of 21 bytes, and a BIT STRING that holds the one byte of infinity.
    let algorithm = &der[2..23];
    let infinity = [&[0x30, 25], algorithm, &[0x03, 0x02, 0x00, 0x00]].concat();
    assert!(matches!(refusal(&infinity), KeyError::Malformed));
}

#[test]
fn ed25519_and_keys_restricted_to_pss_are_refused() {
    let ed25519 = PKey::generate_ed25519()
        .unwrap()
        .public_key_to_der()
        .unwrap();
    assert!(matches!(refusal(&ed25519), KeyError::Kind { oid } if oid == "1.3.101.112"));
    let mut pss = rsa(&odd_number(2048), &BigNum::from_u32(65537).unwrap());
    let oid_end = pss
        .windows(9)
        .position(|w| w == b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")
        .unwrap()
        + 8;
    pss[oid_end] = 10;
    assert!(matches!(refusal(&pss), KeyError::Kind { oid } if oid == "1.2.840.113549.1.1.10"));
}

#[test]
fn bytes_after_the_key_are_refused() {
    let mut der = ec(&EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap());
    der.push(0);
    assert!(matches!(refusal(&der), KeyError::Malformed));
}

#[test]
fn a_forgery_has_the_shape_of_a_signature_and_does_not_hold() {
    for key in [
        SigningKey::generate_rsa_2048().unwrap(),
        SigningKey::generate_p256().unwrap(),
    ] {
        let (algorithm, forgery) = key.verifying_key().forgery();
        let real = key.sign(algorithm, b"message").unwrap();
        assert_eq!(forgery.len(), real.len());
        let verify = |signature: &[u8]| {
            let key = key.verifying_key();
            key.verify(algorithm, b"message", signature)
        };
        assert_eq!(verify(&real), Ok(()));
        assert_eq!(verify(&forgery), Err(SignatureMismatch));
    }
}
