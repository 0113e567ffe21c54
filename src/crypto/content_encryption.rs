//! The algorithms that content may be encrypted with, by their URI: an allow-list of AES in the two modes of XML Encryption. A
//! wrong key, wrong padding and a wrong tag never come out as errors that could be told from one another: the result carries
//! one flag, and the work done does not depend on it.

use openssl::symm::Cipher;
use openssl::symm::Crypter;
use openssl::symm::Mode;

use super::ContentKey;
use super::by_uri::by_uri;

by_uri! {
    /// An algorithm that content may be encrypted with: AES, chained (CBC) or with a tag (GCM). The URIs are those of
    /// [XML Encryption 1.1 §5.2](https://www.w3.org/TR/xmlenc-core1/#sec-Alg-Block).
    ///
    /// ```
    /// use entrada::crypto::ContentEncryption;
    ///
    /// let uri = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
    /// assert_eq!(ContentEncryption::from_uri(uri), Some(ContentEncryption::Aes256Gcm));
    /// assert_eq!(ContentEncryption::from_uri("http://www.w3.org/2001/04/xmlenc#tripledes-cbc"), None);
    /// ```
    pub enum ContentEncryption {
        /// AES-128 in CBC mode.
        Aes128Cbc = "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
        /// AES-192 in CBC mode.
        Aes192Cbc = "http://www.w3.org/2001/04/xmlenc#aes192-cbc",
        /// AES-256 in CBC mode.
        Aes256Cbc = "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
        /// AES-128 in GCM mode.
        Aes128Gcm = "http://www.w3.org/2009/xmlenc11#aes128-gcm",
        /// AES-192 in GCM mode.
        Aes192Gcm = "http://www.w3.org/2009/xmlenc11#aes192-gcm",
        /// AES-256 in GCM mode.
        Aes256Gcm = "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    }
}

impl ContentEncryption {
    /// The algorithm that an `EncryptionMethod` names; `None` for one that is not on the list, such as Triple DES.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::of_uri(uri)
    }

    /// The length of a key in bytes.
    pub fn key_bytes(self) -> usize {
        self.cipher().key_len()
    }

    pub(crate) const fn is_gcm(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm)
    }

    /// Undoes the encryption of `bytes`: initialisation vector, ciphertext and, in GCM mode, tag.
    pub(crate) fn decrypt(self, key: &ContentKey, bytes: &[u8]) -> Opened {
        let opened = match self.is_gcm() {
            true => self.decrypt_gcm(key, bytes),
            false => self.decrypt_cbc(key, bytes),
        };
        let opened = opened.unwrap_or_default();
        Opened {
            valid: opened.valid & key.is_proven(),
            ..opened
        }
    }

    /// [XML Encryption 1.1 §5.2.2 and §5.2.3](https://www.w3.org/TR/xmlenc-core1/#sec-AES): the last byte says how many bytes
    /// are padding, from 1 to 16; the others are arbitrary.
    ///
    /// `None` on nothing but lengths, which are no secret.
    fn decrypt_cbc(self, key: &ContentKey, bytes: &[u8]) -> Option<Opened> {
        let (vector, blocks) = bytes.split_at_checked(BLOCK)?;
        if blocks.is_empty() || !blocks.len().is_multiple_of(BLOCK) {
            return None;
        }
        let mut crypter = self.crypter(key, vector)?;
        // The padding of OpenSSL is that of PKCS #7, and its error would tell.
        crypter.pad(false);
        let mut plain = vec![0; blocks.len() + BLOCK];
        let written = crypter.update(blocks, &mut plain).ok()?;
        let rest = crypter.finalize(&mut plain[written..]).ok()?;
        plain.truncate(written + rest);
        let (length, valid) = unpadded_length(&plain);
        plain.truncate(length);
        Some(Opened {
            bytes: plain,
            valid,
        })
    }

    /// [XML Encryption 1.1 §5.2.4](https://www.w3.org/TR/xmlenc-core1/#sec-AES-GCM): a vector of 96 bits, a tag of 128.
    fn decrypt_gcm(self, key: &ContentKey, bytes: &[u8]) -> Option<Opened> {
        let (vector, rest) = bytes.split_at_checked(GCM_VECTOR)?;
        let (ciphertext, tag) = rest.split_at_checked(rest.len().checked_sub(GCM_TAG)?)?;
        let mut crypter = self.crypter(key, vector)?;
        let mut plain = vec![0; ciphertext.len() + BLOCK];
        let written = crypter.update(ciphertext, &mut plain).ok()?;
        crypter.set_tag(tag).ok()?;
        let rest = crypter.finalize(&mut plain[written..]).ok()?;
        plain.truncate(written + rest);
        Some(Opened {
            bytes: plain,
            valid: true,
        })
    }

    fn crypter(self, key: &ContentKey, vector: &[u8]) -> Option<Crypter> {
        Crypter::new(self.cipher(), Mode::Decrypt, key.bytes(), Some(vector)).ok()
    }

    pub(crate) fn cipher(self) -> Cipher {
        match self {
            Self::Aes128Cbc => Cipher::aes_128_cbc(),
            Self::Aes192Cbc => Cipher::aes_192_cbc(),
            Self::Aes256Cbc => Cipher::aes_256_cbc(),
            Self::Aes128Gcm => Cipher::aes_128_gcm(),
            Self::Aes192Gcm => Cipher::aes_192_gcm(),
            Self::Aes256Gcm => Cipher::aes_256_gcm(),
        }
    }
}

/// The result of a decryption. If it is not valid it must be refused, but only after the same work was done on it.
#[derive(Default)]
pub(crate) struct Opened {
    /// The plaintext. In CBC mode it is there even if it is not valid. A plaintext that failed a GCM tag is never
    /// released.
    pub(crate) bytes: Vec<u8>,
    /// True if key, padding and tag were right.
    pub(crate) valid: bool,
}

/// The length of the content of whole blocks, and true if the padding is valid. It takes no branch on the last byte. If
/// the padding is not valid, all bytes but the last count, so that bad padding is read as far as a bad document is.
fn unpadded_length(plain: &[u8]) -> (usize, bool) {
    let last = usize::from(*plain.last().expect("there is at least one block"));
    // 0 to 15 stays below 16, anything else (0 wraps around) has a bit above.
    let valid = usize::from(last.wrapping_sub(1) & !(BLOCK - 1) == 0);
    let padding = valid * last + (1 - valid);
    (plain.len() - padding, valid == 1)
}

/// Bytes in a block of AES, and in the initialisation vector of CBC.
const BLOCK: usize = 16;
/// Bytes in the initialisation vector of GCM.
const GCM_VECTOR: usize = 12;
const GCM_TAG: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_its_uri_and_has_the_key_length_of_its_cipher() {
        for algorithm in ContentEncryption::ALL {
            assert_eq!(
                ContentEncryption::from_uri(algorithm.uri()),
                Some(algorithm)
            );
            assert_eq!(algorithm.cipher().key_len(), algorithm.key_bytes());
        }
    }

    #[test]
    fn what_is_not_listed_is_not_found() {
        for uri in [
            "",
            "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
            "http://www.w3.org/2001/04/xmlenc#aes128-gcm",
            "http://www.w3.org/2001/04/xmlenc#kw-aes128",
            "http://www.w3.org/2001/04/xmlenc#AES128-CBC",
        ] {
            assert_eq!(ContentEncryption::from_uri(uri), None, "{uri}");
        }
    }

    #[test]
    fn padding_has_one_to_sixteen_bytes_of_which_only_the_last_counts() {
        for last in 0..=255_u8 {
            let mut plain = [7; 2 * BLOCK];
            plain[2 * BLOCK - 1] = last;
            let (length, valid) = unpadded_length(&plain);
            assert_eq!(valid, (1..=16).contains(&last), "{last}");
            let padding = if valid { usize::from(last) } else { 1 };
            assert_eq!(length, plain.len() - padding, "{last}");
        }
    }
}
