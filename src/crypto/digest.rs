//! The digests that are accepted, SHA-2 only, and their values. OpenSSL's contexts on the stack compute them: its one-shot
//! functions look the algorithm up at every call, which costs more than hashing a short message.

use super::AlgorithmError;
use super::by_uri::by_uri;

/// The digest of some texts in a row, by one of OpenSSL's hashers.
macro_rules! hash {
    ($hasher:ident, $($text:expr),+) => {{
        let mut hasher = openssl::sha::$hasher::new();
        $(hasher.update($text);)+
        hasher.finish()
    }};
}

pub(super) use hash;

by_uri! {
    /// A digest that is accepted: SHA-2 with 256, 384 or 512 bits. The URIs are those of
    /// [RFC 9231](https://www.rfc-editor.org/rfc/rfc9231#section-2.1); SHA-384 alone has its own prefix.
    ///
    /// ```
    /// use entrada::crypto::DigestAlgorithm;
    ///
    /// let digest = DigestAlgorithm::from_uri("http://www.w3.org/2001/04/xmlenc#sha256")?.digest(b"abc");
    /// assert_eq!(digest.as_ref()[..4], [0xba, 0x78, 0x16, 0xbf]);
    /// # Ok::<(), entrada::crypto::AlgorithmError>(())
    /// ```
    pub enum DigestAlgorithm {
        /// SHA-256.
        Sha256 = "http://www.w3.org/2001/04/xmlenc#sha256",
        /// SHA-384.
        Sha384 = "http://www.w3.org/2001/04/xmldsig-more#sha384",
        /// SHA-512.
        Sha512 = "http://www.w3.org/2001/04/xmlenc#sha512",
    }
}

impl DigestAlgorithm {
    /// The digest that a `DigestMethod` names.
    ///
    /// # Errors
    /// [`AlgorithmError::Weak`] for SHA-1 and MD5, [`AlgorithmError::Unknown`] for any other.
    pub fn from_uri(uri: &str) -> Result<Self, AlgorithmError> {
        Self::of_uri(uri).ok_or_else(|| AlgorithmError::refuse(uri))
    }

    /// The digest of some bytes.
    pub fn digest(self, bytes: &[u8]) -> Digest {
        match self {
            Self::Sha256 => Digest::Sha256(sha256(bytes)),
            Self::Sha384 => Digest::Sha384(hash!(Sha384, bytes)),
            Self::Sha512 => Digest::Sha512(hash!(Sha512, bytes)),
        }
    }
}

/// The value of a digest. It knows its algorithm, so values of two algorithms are never equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Digest {
    /// 32 bytes.
    Sha256([u8; 32]),
    /// 48 bytes.
    Sha384([u8; 48]),
    /// 64 bytes.
    Sha512([u8; 64]),
}

impl Digest {
    pub(crate) const fn algorithm(&self) -> DigestAlgorithm {
        match self {
            Self::Sha256(_) => DigestAlgorithm::Sha256,
            Self::Sha384(_) => DigestAlgorithm::Sha384,
            Self::Sha512(_) => DigestAlgorithm::Sha512,
        }
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha384(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    hash!(Sha256, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digest_is_found_by_its_uri() {
        for algorithm in DigestAlgorithm::ALL {
            assert_eq!(DigestAlgorithm::from_uri(algorithm.uri()), Ok(algorithm));
            assert_eq!(algorithm.digest(b"abc").algorithm(), algorithm);
        }
    }

    #[test]
    fn sha1_and_md5_are_refused_as_weak() {
        for uri in [
            "http://www.w3.org/2000/09/xmldsig#sha1",
            "http://www.w3.org/2001/04/xmldsig-more#md5",
        ] {
            assert_eq!(
                DigestAlgorithm::from_uri(uri),
                Err(AlgorithmError::Weak {
                    uri: uri.to_owned()
                })
            );
        }
    }

    /// The example values of [FIPS 180-4](https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values).
    #[test]
    fn digests_equal_the_published_values() {
        for (algorithm, start) in [
            (DigestAlgorithm::Sha256, [0xba, 0x78, 0x16, 0xbf]),
            (DigestAlgorithm::Sha384, [0xcb, 0x00, 0x75, 0x3f]),
            (DigestAlgorithm::Sha512, [0xdd, 0xaf, 0x35, 0xa1]),
        ] {
            assert_eq!(algorithm.digest(b"abc").as_ref()[..4], start);
        }
    }
}
