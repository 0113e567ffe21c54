//! RSA-OAEP as XML Encryption uses it: its digests, by their URI, and the decoding of a padded content key. The decoding is
//! ours because OpenSSL's failure takes another path than its success. The length of a content key is known before, so
//! every byte of the padding is known too, and the check is one comparison in constant time: neither Manger's attack nor any other has two answers to tell apart.

use openssl::memcmp;
use zeroize::Zeroizing;

use super::by_uri::by_uri;
use super::digest::hash;

by_uri! {
    /// A digest that OAEP may rest on. SHA-1 is admitted here only: OAEP needs no resistance to collisions of it.
    pub enum OaepDigest {
        /// SHA-1, the default of XML Encryption.
        Sha1 = "http://www.w3.org/2000/09/xmldsig#sha1",
        /// SHA-256.
        Sha256 = "http://www.w3.org/2001/04/xmlenc#sha256",
        /// SHA-384.
        Sha384 = "http://www.w3.org/2001/04/xmldsig-more#sha384",
        /// SHA-512.
        Sha512 = "http://www.w3.org/2001/04/xmlenc#sha512",
    }
}

impl OaepDigest {
    /// The digest that a `DigestMethod` inside an `EncryptionMethod` names. SHA-384 has two URIs: XML Encryption 1.1 §5.8.3 gives it
    /// one of its own beside that of RFC 9231.
    pub fn from_uri(uri: &str) -> Option<Self> {
        match uri {
            SHA384_OF_XML_ENCRYPTION => Some(Self::Sha384),
            _ => Self::of_uri(uri),
        }
    }

    /// The digest of the mask generation function that an `MGF` names.
    pub fn from_mgf_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|digest| digest.mgf_uri() == uri)
    }

    /// The URI of MGF1 with this digest ([XML Encryption 1.1 §5.5.2](https://www.w3.org/TR/xmlenc-core1/#sec-RSA-OAEP)).
    pub const fn mgf_uri(self) -> &'static str {
        match self {
            Self::Sha1 => "http://www.w3.org/2009/xmlenc11#mgf1sha1",
            Self::Sha256 => "http://www.w3.org/2009/xmlenc11#mgf1sha256",
            Self::Sha384 => "http://www.w3.org/2009/xmlenc11#mgf1sha384",
            Self::Sha512 => "http://www.w3.org/2009/xmlenc11#mgf1sha512",
        }
    }

    const fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of two texts in a row.
    fn of(self, first: &[u8], second: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => hash!(Sha1, first, second).to_vec(),
            Self::Sha256 => hash!(Sha256, first, second).to_vec(),
            Self::Sha384 => hash!(Sha384, first, second).to_vec(),
            Self::Sha512 => hash!(Sha512, first, second).to_vec(),
        }
    }

    /// Lays the mask of MGF1 over `target` ([RFC 8017, appendix B.2.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-B.2.1)).
    fn mask(self, seed: &[u8], target: &mut [u8]) {
        for (counter, chunk) in (0_u32..).zip(target.chunks_mut(self.bytes())) {
            let mask = Zeroizing::new(self.of(seed, &counter.to_be_bytes()));
            for (byte, mask) in chunk.iter_mut().zip(mask.iter()) {
                *byte ^= mask;
            }
        }
    }
}

/// The parameters of RSA-OAEP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oaep {
    /// The digest of the label.
    pub digest: OaepDigest,
    /// The digest of the mask generation function.
    pub mgf: OaepDigest,
    /// The label (`OAEPparams`), empty by default.
    pub label: Vec<u8>,
}

impl Oaep {
    /// The content key of `length` bytes in an encoded message as long as the modulus
    /// ([RFC 8017 §7.1.2, step 3](https://www.rfc-editor.org/rfc/rfc8017#section-7.1.2)), and whether everything around it was right.
    ///
    /// `None` if the modulus is too short for these parameters, which is no secret.
    pub(super) fn decode(
        &self,
        message: &mut [u8],
        length: usize,
    ) -> Option<(Zeroizing<Vec<u8>>, bool)> {
        let digest_bytes = self.digest.bytes();
        let zeros = message.len().checked_sub(2 * digest_bytes + 2 + length)?;
        let (first, masked) = message.split_first_mut()?;
        let (seed, block) = masked.split_at_mut(digest_bytes);
        self.mgf.mask(block, seed);
        self.mgf.mask(seed, block);

        let mut expected = vec![0; 1];
        expected.extend(self.digest.of(&self.label, &[]));
        expected.resize(expected.len() + zeros, 0);
        expected.push(1);
        let (padding, key) = block.split_at(block.len() - length);
        let found = [&[*first], padding].concat();
        Some((Zeroizing::new(key.to_vec()), memcmp::eq(&found, &expected)))
    }
}

/// The name of SHA-384 in XML Encryption 1.1 §5.8.3. Everybody else says `xmldsig-more#sha384`.
const SHA384_OF_XML_ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#sha384";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digest_is_found_by_its_uris() {
        for digest in OaepDigest::ALL {
            assert_eq!(OaepDigest::from_uri(digest.uri()), Some(digest));
            assert_eq!(OaepDigest::from_mgf_uri(digest.mgf_uri()), Some(digest));
            assert_eq!(digest.of(b"a", b"b").len(), digest.bytes());
        }
        assert_eq!(
            OaepDigest::from_uri(SHA384_OF_XML_ENCRYPTION),
            Some(OaepDigest::Sha384)
        );
    }

    #[test]
    fn md5_and_sha224_are_not_found() {
        for uri in [
            "http://www.w3.org/2001/04/xmldsig-more#md5",
            "http://www.w3.org/2001/04/xmldsig-more#sha224",
            "http://www.w3.org/2009/xmlenc11#mgf1sha224",
            "",
        ] {
            assert_eq!(OaepDigest::from_uri(uri), None);
            assert_eq!(OaepDigest::from_mgf_uri(uri), None);
        }
    }

    #[test]
    fn a_modulus_that_is_too_short_for_the_digest_yields_nothing() {
        let oaep = Oaep {
            digest: OaepDigest::Sha512,
            mgf: OaepDigest::Sha512,
            label: Vec::new(),
        };
        assert!(oaep.decode(&mut [0; 161], 32).is_none());
        assert!(oaep.decode(&mut [0; 162], 32).is_some());
        assert!(oaep.decode(&mut [], 32).is_none());
    }
}
