//! The signature algorithms that are accepted, by their URI: an allow-list without a fallback. The key decides which of them it
//! may be used with.

use super::AlgorithmError;
use super::DigestAlgorithm;
use super::by_uri::by_uri;

by_uri! {
    /// A signature algorithm that is accepted: RSA or ECDSA, with SHA-2. The URIs are those of
    /// [RFC 9231](https://www.rfc-editor.org/rfc/rfc9231#section-2.3).
    ///
    /// Neither SHA-1 nor MD5 can be expressed, and neither can HMAC: a public key cannot be mistaken for a shared secret.
    ///
    /// ```
    /// use entrada::crypto::SignatureAlgorithm;
    ///
    /// let uri = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    /// assert_eq!(SignatureAlgorithm::from_uri(uri), Ok(SignatureAlgorithm::RsaSha256));
    /// assert!(SignatureAlgorithm::from_uri("http://www.w3.org/2000/09/xmldsig#rsa-sha1").is_err());
    /// ```
    pub enum SignatureAlgorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256: what Entra ID signs with.
        RsaSha256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        /// RSASSA-PKCS1-v1_5 with SHA-384.
        RsaSha384 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
        /// RSASSA-PKCS1-v1_5 with SHA-512.
        RsaSha512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes.
        RsaPssSha256 = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        /// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes.
        RsaPssSha384 = "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
        /// RSASSA-PSS with SHA-512, MGF1 with SHA-512 and a salt of 64 bytes.
        RsaPssSha512 = "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
        /// ECDSA with SHA-256.
        EcdsaSha256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        /// ECDSA with SHA-384.
        EcdsaSha384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        /// ECDSA with SHA-512.
        EcdsaSha512 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
    }
}

impl SignatureAlgorithm {
    /// The algorithm that a `SignatureMethod` or a `SigAlg` parameter names.
    ///
    /// # Errors
    /// [`AlgorithmError::Weak`] for one that rests on SHA-1 or MD5, [`AlgorithmError::Unknown`] for any other.
    pub fn from_uri(uri: &str) -> Result<Self, AlgorithmError> {
        Self::of_uri(uri).ok_or_else(|| AlgorithmError::refuse(uri))
    }

    /// The digest that the message goes through before it is signed.
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::RsaSha256 | Self::RsaPssSha256 | Self::EcdsaSha256 => DigestAlgorithm::Sha256,
            Self::RsaSha384 | Self::RsaPssSha384 | Self::EcdsaSha384 => DigestAlgorithm::Sha384,
            Self::RsaSha512 | Self::RsaPssSha512 | Self::EcdsaSha512 => DigestAlgorithm::Sha512,
        }
    }

    pub(super) const fn scheme(self) -> Scheme {
        match self {
            Self::RsaSha256 | Self::RsaSha384 | Self::RsaSha512 => Scheme::RsaPkcs1,
            Self::RsaPssSha256 | Self::RsaPssSha384 | Self::RsaPssSha512 => Scheme::RsaPss,
            Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512 => Scheme::Ecdsa,
        }
    }
}

/// The way from a digest to a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    RsaPkcs1,
    RsaPss,
    Ecdsa,
}

#[cfg(test)]
mod tests {
    use super::super::algorithm_error::WEAK;
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_its_uri() {
        for algorithm in SignatureAlgorithm::ALL {
            assert_eq!(SignatureAlgorithm::from_uri(algorithm.uri()), Ok(algorithm));
        }
    }

    #[test]
    fn sha1_and_md5_are_refused_as_weak() {
        for uri in WEAK {
            assert_eq!(
                SignatureAlgorithm::from_uri(uri),
                Err(AlgorithmError::Weak {
                    uri: uri.to_owned()
                })
            );
        }
    }

    #[test]
    fn what_is_not_listed_is_unknown() {
        for uri in [
            "",
            "rsa-sha256",
            "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256 ",
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            "http://www.w3.org/2001/04/xmlenc#sha256",
        ] {
            assert_eq!(
                SignatureAlgorithm::from_uri(uri),
                Err(AlgorithmError::Unknown {
                    uri: uri.to_owned()
                })
            );
        }
    }

    #[test]
    fn a_refused_uri_is_cut_and_escaped() {
        let error = SignatureAlgorithm::from_uri(&"\u{1b}é".repeat(10_000)).unwrap_err();
        let text = error.to_string();
        assert!(text.len() < 1_000, "{}", text.len());
        assert!(!text.contains('\u{1b}'));
    }
}
