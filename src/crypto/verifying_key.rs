//! Public keys, and the check of a signature. A key of unknown kind, of a weak size or on another curve is refused when it is
//! read. The key decides which algorithms it may be used with: an attacker who chooses the algorithm gains nothing.

use std::fmt;

use openssl::bn::BigNum;
use openssl::ec::EcKey;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::md::Md;
use openssl::md::MdRef;
use openssl::pkey::PKey;
use openssl::pkey::Public;
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::Padding;
use openssl::rsa::Rsa;
use openssl::sign::RsaPssSaltlen;
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::Digest;
use super::DigestAlgorithm;
use super::KeyError;
use super::SignatureAlgorithm;
use super::algorithm::Scheme;
use super::curve::Curve;
use super::key_error::RSA_BITS_MAX;
use super::key_error::RSA_BITS_MIN;

/// A public key that is strong enough to trust: RSA of 2048 to 8192 bits, or EC on P-256, P-384 or P-521.
///
/// Parsed once; a clone shares the parsed key.
///
/// ```
/// # fn check(spki: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// use entrada::crypto::{SignatureAlgorithm, VerifyingKey};
///
/// let key = VerifyingKey::from_spki_der(spki)?;
/// key.verify(SignatureAlgorithm::RsaSha256, message, signature)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct VerifyingKey(Kind);

/// OpenSSL counts references to these, so a clone is cheap.
#[derive(Clone)]
enum Kind {
    /// The same key twice: its numbers for PKCS #1, where a look-up per call would add a sixth to the cost, and OpenSSL's
    /// general form for PSS.
    Rsa {
        numbers: Rsa<Public>,
        general: PKey<Public>,
    },
    Ec {
        point: EcKey<Public>,
        curve: Curve,
    },
}

impl VerifyingKey {
    /// Reads a `SubjectPublicKeyInfo` ([RFC 5280 §4.1.2.7](https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7)) in DER form.
    ///
    /// # Errors
    /// A [`KeyError`] that names the kind, size, exponent or curve that is refused. Bytes after the key are refused too.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let (rest, spki) = SubjectPublicKeyInfo::from_der(der).map_err(|_| KeyError::Malformed)?;
        if !rest.is_empty() {
            return Err(KeyError::Malformed);
        }
        let algorithm = spki.algorithm.algorithm.to_id_string();
        match algorithm.as_str() {
            RSA_ENCRYPTION => Self::rsa(der),
            EC_PUBLIC_KEY => Self::ec(der, Curve::of(&spki)?),
            _ => Err(KeyError::Kind { oid: algorithm }),
        }
    }

    /// Makes an RSA key of its modulus and exponent, big-endian, as a JWK has them
    /// ([RFC 7518 §6.3.1](https://www.rfc-editor.org/rfc/rfc7518#section-6.3.1)). Size and exponent are held to the same rules.
    pub(crate) fn from_rsa_numbers(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        // What is longer than the largest modulus is not made a number first.
        if modulus.len().max(exponent.len()) > RSA_BYTES_MAX {
            return Err(KeyError::Malformed);
        }
        let [n, e] = [modulus, exponent].map(BigNum::from_slice);
        Self::of_rsa(Rsa::from_public_components(n?, e?).map_err(|_| KeyError::Malformed)?)
    }

    fn rsa(der: &[u8]) -> Result<Self, KeyError> {
        Self::of_rsa(Rsa::public_key_from_der(der).map_err(|_| KeyError::Malformed)?)
    }

    fn of_rsa(numbers: Rsa<Public>) -> Result<Self, KeyError> {
        let bits = numbers.n().num_bits().unsigned_abs();
        if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) {
            return Err(KeyError::RsaSize { bits });
        }
        if !numbers.n().is_bit_set(0) {
            return Err(KeyError::Malformed);
        }
        let exponent = numbers.e();
        // Odd and of two bits or more: 3 at least.
        if !exponent.is_bit_set(0) || !(2..=RSA_EXPONENT_BITS_MAX).contains(&exponent.num_bits()) {
            return Err(KeyError::RsaExponent);
        }
        let general = PKey::from_rsa(numbers.clone())?;
        Ok(Self(Kind::Rsa { numbers, general }))
    }

    fn ec(der: &[u8], curve: Curve) -> Result<Self, KeyError> {
        let point = EcKey::public_key_from_der(der).map_err(|_| KeyError::Malformed)?;
        if point.group().curve_name() != Some(curve.nid()) {
            return Err(KeyError::Malformed);
        }
        // The point is on the curve and is not the one at infinity.
        point.check_key().map_err(|_| KeyError::Malformed)?;
        Ok(Self(Kind::Ec { point, curve }))
    }

    /// Checks a signature over a message.
    ///
    /// An RSA signature has the length of the modulus. An ECDSA signature is `r || s`, each of the curve's width
    /// ([XML-Signature 1.1 §6.4.3](https://www.w3.org/TR/xmldsig-core1/#sec-ECDSA)), not the DER form that TLS uses.
    ///
    /// # Errors
    /// [`SignatureMismatch`], for every cause alike: another key, another message, an algorithm that the key does not
    /// [accept](Self::accepts), a signature of another length.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureMismatch> {
        let digest = algorithm.digest().digest(message);
        let holds = match (&self.0, algorithm.scheme()) {
            (Kind::Rsa { numbers, .. }, Scheme::RsaPkcs1) => {
                pkcs1_holds(numbers, &digest, signature)
            }
            (Kind::Rsa { general, .. }, Scheme::RsaPss) => pss_holds(general, &digest, signature),
            (Kind::Ec { point, curve }, Scheme::Ecdsa) => {
                ecdsa_holds(point, *curve, &digest, signature)
            }
            (Kind::Rsa { .. }, Scheme::Ecdsa)
            | (Kind::Ec { .. }, Scheme::RsaPkcs1 | Scheme::RsaPss) => Ok(false),
        };
        // OpenSSL reports a signature that is out of range as an error: it is a mismatch like any other.
        match holds {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(SignatureMismatch),
        }
    }

    /// True if a signature by this algorithm could come from this key: RSA from RSA, ECDSA from EC.
    pub fn accepts(&self, algorithm: SignatureAlgorithm) -> bool {
        match algorithm.scheme() {
            Scheme::RsaPkcs1 | Scheme::RsaPss => matches!(self.0, Kind::Rsa { .. }),
            Scheme::Ecdsa => matches!(self.0, Kind::Ec { .. }),
        }
    }

    /// Kind and size for people, such as `RSA 2048` or `EC P-256`.
    pub fn description(&self) -> String {
        match &self.0 {
            Kind::Rsa { numbers, .. } => format!("RSA {}", numbers.n().num_bits()),
            Kind::Ec { curve, .. } => format!("EC {}", curve.name()),
        }
    }

    /// The key as a `SubjectPublicKeyInfo` in DER form.
    pub fn to_spki_der(&self) -> Vec<u8> {
        match &self.0 {
            Kind::Rsa { numbers, .. } => numbers.public_key_to_der(),
            Kind::Ec { point, .. } => point.public_key_to_der(),
        }
        .expect("a key that was read from DER has a DER form")
    }

    /// Modulus and exponent of an RSA key, big-endian.
    pub(crate) fn rsa_numbers(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        match &self.0 {
            Kind::Rsa { numbers, .. } => Some((numbers.n().to_vec(), numbers.e().to_vec())),
            Kind::Ec { .. } => None,
        }
    }

    /// An algorithm that the key accepts, and a signature of the right length that nobody made: to refuse it costs the
    /// public-key operation of a real one. Its numbers are in range, because the first byte of each is zero.
    pub(crate) fn forgery(&self) -> (SignatureAlgorithm, Vec<u8>) {
        match &self.0 {
            Kind::Rsa { numbers, .. } => (
                SignatureAlgorithm::RsaSha256,
                forged(numbers.size() as usize),
            ),
            Kind::Ec { curve, .. } => (
                SignatureAlgorithm::EcdsaSha256,
                forged(curve.width()).repeat(2),
            ),
        }
    }

    /// The length in bytes of `r` and of `s` in a signature by this key, if it is an EC key.
    pub(super) fn ecdsa_width(&self) -> Option<usize> {
        match &self.0 {
            Kind::Rsa { .. } => None,
            Kind::Ec { curve, .. } => Some(curve.width()),
        }
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.to_spki_der() == other.to_spki_der()
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    /// Writes kind and size only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.description())
    }
}

/// The signature does not hold. Why is not said: an attacker would learn from it, and nobody else could use it.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold with this key")]
pub struct SignatureMismatch;
debug_as_sentence!(SignatureMismatch);

fn forged(bytes: usize) -> Vec<u8> {
    let mut number = vec![0x5a; bytes];
    number[0] = 0;
    number
}

/// RSASSA-PKCS1-v1_5 ([RFC 8017 §8.2.2](https://www.rfc-editor.org/rfc/rfc8017#section-8.2.2)): OpenSSL opens the signature and
/// checks its padding to the last byte; what remains must be the one DER form of this digest.
fn pkcs1_holds(key: &Rsa<Public>, digest: &Digest, signature: &[u8]) -> Result<bool, ErrorStack> {
    if signature.len() != key.size() as usize {
        return Ok(false);
    }
    let mut opened = [0; RSA_BYTES_MAX];
    let length = key.public_decrypt(signature, &mut opened, Padding::PKCS1)?;
    let value = opened[..length].strip_prefix(digest_info_prefix(digest.algorithm()));
    Ok(value == Some(digest.as_ref()))
}

/// The bytes before the digest in a DER `DigestInfo`
/// ([RFC 8017 §9.2, note 1](https://www.rfc-editor.org/rfc/rfc8017#section-9.2)).
const fn digest_info_prefix(algorithm: DigestAlgorithm) -> &'static [u8] {
    match algorithm {
        DigestAlgorithm::Sha256 => {
            b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
        }
        DigestAlgorithm::Sha384 => {
            b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
        }
        DigestAlgorithm::Sha512 => {
            b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
        }
    }
}

fn pss_holds(key: &PKey<Public>, digest: &Digest, signature: &[u8]) -> Result<bool, ErrorStack> {
    if signature.len() != key.size() {
        return Ok(false);
    }
    let mut context = PkeyCtx::new(key)?;
    context.verify_init()?;
    set_pss(&mut context, digest.algorithm())?;
    context.verify(digest.as_ref(), signature)
}

/// PSS as the URIs of RFC 9231 fix it: one digest throughout, and a salt as long as the digest.
pub(super) fn set_pss<T>(
    context: &mut PkeyCtx<T>,
    digest: DigestAlgorithm,
) -> Result<(), ErrorStack> {
    context.set_rsa_padding(Padding::PKCS1_PSS)?;
    context.set_signature_md(message_digest(digest))?;
    context.set_rsa_mgf1_md(message_digest(digest))?;
    context.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)
}

pub(super) fn message_digest(algorithm: DigestAlgorithm) -> &'static MdRef {
    match algorithm {
        DigestAlgorithm::Sha256 => Md::sha256(),
        DigestAlgorithm::Sha384 => Md::sha384(),
        DigestAlgorithm::Sha512 => Md::sha512(),
    }
}

fn ecdsa_holds(
    key: &EcKey<Public>,
    curve: Curve,
    digest: &Digest,
    signature: &[u8],
) -> Result<bool, ErrorStack> {
    if signature.len() != 2 * curve.width() {
        return Ok(false);
    }
    let (r, s) = signature.split_at(curve.width());
    EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?
        .verify(digest.as_ref(), key)
}

/// `rsaEncryption`, RFC 8017 appendix A.1.
const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
/// `id-ecPublicKey`, RFC 5480 §2.1.1.
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const RSA_BYTES_MAX: usize = RSA_BITS_MAX as usize / 8;
/// Nearly all keys have 65537. Larger ones make verifying slow; 33 bits is the bound that webpki sets as well.
const RSA_EXPONENT_BITS_MAX: i32 = 33;

#[cfg(test)]
mod tests;
