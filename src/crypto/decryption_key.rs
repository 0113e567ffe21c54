//! Private keys that open content keys, and the content keys. Nobody learns here if a wrapped key was good: a wrong one yields
//! a substitute that nobody can foretell (OpenSSL calls that implicit rejection), derived from the message and the private key, so that the same message
//! meets the same key. Every buffer of ours that held a content key, or what it was unwrapped from, is overwritten when it
//! goes; OpenSSL clears what it frees.

use std::fmt;

use openssl::pkey::Private;
use openssl::rsa::Padding;
use openssl::rsa::Rsa;
use zeroize::Zeroizing;

use super::KeyError;
use super::Oaep;
use super::SigningKey;
use super::digest::hash;

/// An RSA private key that others encrypt to. A clone shares the parsed key.
#[derive(Clone)]
pub struct DecryptionKey {
    private: Rsa<Private>,
    rejection: Zeroizing<[u8; 32]>,
}

impl DecryptionKey {
    /// Reads a private key from a file, as [`SigningKey::from_bytes`] does.
    ///
    /// # Errors
    /// Everything that [`SigningKey::from_bytes`] refuses, and an EC key with [`KeyError::NotForDecryption`]: RSA-OAEP is the
    /// one key transport here.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::of(&SigningKey::from_bytes(bytes)?)
    }

    /// The same key, to decrypt with: service providers often have one for both purposes.
    ///
    /// # Errors
    /// [`KeyError::NotForDecryption`] for an EC key.
    pub fn of(key: &SigningKey) -> Result<Self, KeyError> {
        let private = key
            .private()
            .rsa()
            .map_err(|_| KeyError::NotForDecryption {
                key: key.verifying_key().description(),
            })?;
        let rejection = rejection_secret(&private);
        Ok(Self { private, rejection })
    }

    /// The length in bytes of a content key that was wrapped for this key: that of the modulus.
    pub(crate) fn wrapped_bytes(&self) -> usize {
        self.private.size() as usize
    }

    /// A content key for a message whose own cannot be opened.
    pub(crate) fn substitute(&self, message: &[u8], length: usize) -> ContentKey {
        ContentKey {
            bytes: hmac_sha256(&self.rejection, message),
            length,
            proven: 0,
        }
    }

    /// Opens a wrapped key, and puts it in the place of `key` if it is good and none was before.
    ///
    /// Always one operation with the private key, unless the wrapped key is not as long as the modulus or too large a number,
    /// which everybody can see who knows the public key.
    pub(crate) fn unwrap_key(&self, oaep: &Oaep, wrapped: &[u8], key: &mut ContentKey) {
        let mut message = Zeroizing::new(vec![0; self.wrapped_bytes()]);
        if wrapped.len() != message.len() {
            return;
        }
        if self
            .private
            .private_decrypt(wrapped, &mut message, Padding::NONE)
            .is_err()
        {
            return;
        }
        if let Some((candidate, good)) = oaep.decode(&mut message, key.length) {
            key.offer(&candidate, good);
        }
    }
}

impl fmt::Debug for DecryptionKey {
    /// Writes the size only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "DecryptionKey(RSA {}, redacted)",
            self.private.n().num_bits()
        )
    }
}

/// The key that content is encrypted with: one that was opened, or a substitute.
pub(crate) struct ContentKey {
    bytes: Zeroizing<[u8; Self::MAX]>,
    length: usize,
    /// All ones once a good key was offered, else zero.
    proven: u8,
}

impl ContentKey {
    /// The length in bytes of the longest key, that of AES-256.
    const MAX: usize = 32;

    /// Takes the candidate if it is good and the first that is, without a branch on either.
    fn offer(&mut self, candidate: &[u8], good: bool) {
        let take = std::hint::black_box(0_u8.wrapping_sub(u8::from(good)) & !self.proven);
        for (byte, candidate) in self.bytes.iter_mut().zip(candidate) {
            *byte = (*byte & !take) | (candidate & take);
        }
        self.proven |= take;
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(super) fn is_proven(&self) -> bool {
        self.proven != 0
    }
}

/// A secret that only the holder of the key can know. It says nothing about the key.
fn rejection_secret(key: &Rsa<Private>) -> Zeroizing<[u8; 32]> {
    let purpose = b"entrada: substitute for a content key that cannot be opened";
    Zeroizing::new(hash!(Sha256, purpose, &Zeroizing::new(key.d().to_vec())))
}

/// HMAC ([RFC 2104](https://www.rfc-editor.org/rfc/rfc2104#section-2)) with SHA-256 and a key of 32 bytes.
fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> Zeroizing<[u8; 32]> {
    let digest = |pad: u8, message: &[u8]| {
        let mut block = Zeroizing::new([pad; 64]);
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        Zeroizing::new(hash!(Sha256, block.as_slice(), message))
    };
    digest(0x5c, digest(0x36, message).as_slice())
}

#[cfg(test)]
mod tests {
    use openssl::encrypt::Encrypter;
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::pkey::Public;
    use openssl::sign::Signer;

    use super::*;
    use crate::crypto::OaepDigest;

    fn openssl_digest(digest: OaepDigest) -> MessageDigest {
        match digest {
            OaepDigest::Sha1 => MessageDigest::sha1(),
            OaepDigest::Sha256 => MessageDigest::sha256(),
            OaepDigest::Sha384 => MessageDigest::sha384(),
            OaepDigest::Sha512 => MessageDigest::sha512(),
        }
    }

    fn wrap(key: &DecryptionKey, oaep: &Oaep, content_key: &[u8]) -> Vec<u8> {
        let public: PKey<Public> =
            PKey::public_key_from_der(&key.private.public_key_to_der().unwrap()).unwrap();
        let mut encrypter = Encrypter::new(&public).unwrap();
        encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
        encrypter
            .set_rsa_oaep_md(openssl_digest(oaep.digest))
            .unwrap();
        encrypter.set_rsa_mgf1_md(openssl_digest(oaep.mgf)).unwrap();
        if !oaep.label.is_empty() {
            encrypter.set_rsa_oaep_label(&oaep.label).unwrap();
        }
        let mut wrapped = vec![0; encrypter.encrypt_len(content_key).unwrap()];
        let length = encrypter.encrypt(content_key, &mut wrapped).unwrap();
        wrapped.truncate(length);
        wrapped
    }

    fn key() -> DecryptionKey {
        DecryptionKey::of(&SigningKey::generate_rsa_2048().unwrap()).unwrap()
    }

    fn all_parameters() -> impl Iterator<Item = Oaep> {
        OaepDigest::ALL.into_iter().flat_map(|digest| {
            OaepDigest::ALL.into_iter().flat_map(move |mgf| {
                [&b""[..], b"label"].map(|label| Oaep {
                    digest,
                    mgf,
                    label: label.to_vec(),
                })
            })
        })
    }

    #[test]
    fn what_openssl_wraps_is_opened_under_all_parameters() {
        let key = key();
        for oaep in all_parameters() {
            for length in [16, 24, 32] {
                let content_key: Vec<u8> = (1..=length as u8).collect();
                let mut opened = key.substitute(b"message", length);
                key.unwrap_key(&oaep, &wrap(&key, &oaep, &content_key), &mut opened);
                assert!(opened.is_proven(), "{oaep:?}");
                assert_eq!(opened.bytes(), content_key, "{oaep:?}");
            }
        }
    }

    #[test]
    fn other_parameters_another_length_or_another_key_leave_the_substitute() {
        let (key, other) = (key(), key());
        let wrapping = Oaep {
            digest: OaepDigest::Sha256,
            mgf: OaepDigest::Sha1,
            label: Vec::new(),
        };
        let wrapped = wrap(&key, &wrapping, &[7; 16]);
        let attempt = |key: &DecryptionKey, oaep: &Oaep, wrapped: &[u8], length| {
            let mut opened = key.substitute(b"message", length);
            key.unwrap_key(oaep, wrapped, &mut opened);
            let untouched = opened.bytes() == key.substitute(b"message", length).bytes();
            assert_eq!(untouched, !opened.is_proven());
            opened.is_proven()
        };
        assert!(attempt(&key, &wrapping, &wrapped, 16));
        for oaep in all_parameters().filter(|oaep| *oaep != wrapping) {
            assert!(!attempt(&key, &oaep, &wrapped, 16), "{oaep:?}");
        }
        assert!(!attempt(&key, &wrapping, &wrapped, 32));
        assert!(!attempt(&other, &wrapping, &wrapped, 16));
        assert!(!attempt(&key, &wrapping, &wrapped[1..], 16));
        assert!(!attempt(&key, &wrapping, &[], 16));
        assert!(!attempt(&key, &wrapping, &[0xff; 256], 16));
        assert!(!attempt(&key, &wrapping, &[0; 256], 16));
        for position in (0..256).step_by(31) {
            let mut changed = wrapped.clone();
            changed[position] ^= 1;
            assert!(!attempt(&key, &wrapping, &changed, 16), "at {position}");
        }
    }

    #[test]
    fn the_first_good_key_stays() {
        let key = key();
        let oaep = Oaep {
            digest: OaepDigest::Sha1,
            mgf: OaepDigest::Sha1,
            label: Vec::new(),
        };
        let mut opened = key.substitute(b"message", 16);
        for content_key in [[1; 16], [2; 16]] {
            key.unwrap_key(&oaep, &wrap(&key, &oaep, &content_key), &mut opened);
        }
        assert_eq!(opened.bytes(), [1; 16]);
    }

    #[test]
    fn a_substitute_depends_on_key_and_message() {
        let (key, other) = (key(), key());
        let bytes =
            |key: &DecryptionKey, message: &[u8]| key.substitute(message, 32).bytes().to_vec();
        assert_eq!(bytes(&key, b"a"), bytes(&key, b"a"));
        assert_ne!(bytes(&key, b"a"), bytes(&key, b"b"));
        assert_ne!(bytes(&key, b"a"), bytes(&other, b"a"));
    }

    #[test]
    fn our_hmac_is_that_of_openssl() {
        let key = [9; 32];
        let general = PKey::hmac(&key).unwrap();
        for length in [0, 1, 63, 64, 65, 1000] {
            let message = vec![3; length];
            let theirs = Signer::new(MessageDigest::sha256(), &general)
                .and_then(|mut signer| signer.sign_oneshot_to_vec(&message))
                .unwrap();
            assert_eq!(hmac_sha256(&key, &message).as_slice(), theirs);
        }
    }

    #[test]
    fn an_ec_key_cannot_decrypt_and_no_key_is_ever_shown() {
        let ec = SigningKey::generate_p256().unwrap();
        assert!(matches!(
            DecryptionKey::of(&ec),
            Err(KeyError::NotForDecryption { .. })
        ));
        assert_eq!(format!("{:?}", key()), "DecryptionKey(RSA 2048, redacted)");
    }
}
