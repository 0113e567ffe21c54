//! The elliptic curves that are accepted.

use openssl::nid::Nid;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::KeyError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// The named curve of a key. One with explicit parameters is refused, even if they are those of a named curve
    /// ([RFC 5480 §2.1.1](https://www.rfc-editor.org/rfc/rfc5480#section-2.1.1)).
    pub(super) fn of(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, KeyError> {
        let oid = spki
            .algorithm
            .parameters
            .as_ref()
            .and_then(|any| any.clone().oid().ok());
        let curve = oid.map_or_else(
            || "with explicit parameters".to_owned(),
            |oid| oid.to_id_string(),
        );
        match curve.as_str() {
            "1.2.840.10045.3.1.7" => Ok(Self::P256),
            "1.3.132.0.34" => Ok(Self::P384),
            "1.3.132.0.35" => Ok(Self::P521),
            _ => Err(KeyError::Curve { curve }),
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    pub(super) const fn nid(self) -> Nid {
        match self {
            Self::P256 => Nid::X9_62_PRIME256V1,
            Self::P384 => Nid::SECP384R1,
            Self::P521 => Nid::SECP521R1,
        }
    }

    /// The length in bytes of `r` and of `s` in a signature.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}
