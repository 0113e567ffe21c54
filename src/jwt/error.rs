//! The reasons for which a token or a key set is refused. They show protocol data alone, and no claim.

use super::limits::SET_BYTES;
use super::limits::SET_KEYS;
use super::limits::TOKEN_BYTES;

/// The reason that a token is not verified. Foreign texts in it are cut, and what does not show is spelled out.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// The token is too large.
    #[error("expected a token of at most {TOKEN_BYTES} bytes, found one of {found}")]
    TooLarge {
        /// Its bytes.
        found: usize,
    },
    /// It is no compact JWS (RFC 7515 §3.1). One that is encrypted has five parts.
    #[error("expected three parts with a dot between them (a signed JWT), found {found}")]
    Parts {
        /// The number of its parts.
        found: usize,
    },
    /// A part is not base64url (RFC 7515 §2): padding, line breaks and bits that are left over are refused.
    #[error("expected base64url without padding in the {part}, found something else")]
    Encoding {
        /// Header, payload or signature.
        part: &'static str,
    },
    /// Header or payload is no JSON object.
    #[error("expected a JSON object in the {part}, found something else")]
    NotAnObject {
        /// Header or payload.
        part: &'static str,
    },
    /// A name is twice in one object of header or payload (RFC 7519 §4 lets a reader refuse it): nobody can say which counts.
    #[error("expected each name once in the {part}, found {name:?} again")]
    NameTwice {
        /// Header or payload.
        part: &'static str,
        /// The name.
        name: String,
    },
    /// Another algorithm than RS256 is named, or none.
    #[error("expected alg RS256 in the header, found {found}")]
    Algorithm {
        /// The algorithm.
        found: String,
    },
    /// The header has what a reader must understand (`crit`, RFC 7515 §4.1.11), or what changes what is signed (`b64`, RFC 7797).
    #[error("expected no {found} in the header, found one")]
    Critical {
        /// The name in the header.
        found: &'static str,
    },
    /// The token says that it is of another type.
    #[error("expected typ JWT in the header or none, found {found}")]
    Type {
        /// The type.
        found: String,
    },
    /// The token does not name its key.
    #[error("expected a kid in the header, found {found}")]
    NoKeyId {
        /// The thing in its place.
        found: String,
    },
    /// The key is not in the set.
    #[error("expected the kid of a published key, found {key_id}")]
    UnknownKey {
        /// The id of the key.
        key_id: String,
    },
    /// The signature does not hold with the key that the token names.
    #[error("expected a signature that holds with the key {key_id}, found another")]
    Signature {
        /// The id of the key.
        key_id: String,
    },
}
debug_as_sentence!(JwtError);

impl JwtError {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            JwtError::TooLarge { .. } => "jwt-too-large",
            JwtError::Parts { .. } => "jwt-parts",
            JwtError::Encoding { .. } => "jwt-encoding",
            JwtError::NotAnObject { .. } => "jwt-not-an-object",
            JwtError::NameTwice { .. } => "jwt-name-twice",
            JwtError::Algorithm { .. } => "jwt-algorithm",
            JwtError::Critical { .. } => "jwt-critical",
            JwtError::Type { .. } => "jwt-type",
            JwtError::NoKeyId { .. } => "jwt-no-key-id",
            JwtError::UnknownKey { .. } => "jwt-unknown-key",
            JwtError::Signature { .. } => "jwt-signature",
        }
    }
}

/// The reason that a document gives no keys.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwkSetError {
    /// The document is too large.
    #[error("expected a key set of at most {SET_BYTES} bytes, found one of {found}")]
    TooLarge {
        /// Its bytes.
        found: usize,
    },
    /// It is no JSON object with a list of `keys` (RFC 7517 §5), or has a name twice in one object.
    #[error("expected a JSON object with a list of keys, each name once, found something else")]
    NotASet,
    /// It has too many keys.
    #[error("expected at most {SET_KEYS} keys, found {found}")]
    TooMany {
        /// Their number.
        found: usize,
    },
    /// None of its keys is an RSA key for signatures of this issuer.
    #[error("expected an RSA key for signatures among the keys, found none")]
    NoKey,
}
debug_as_sentence!(JwkSetError);

impl JwkSetError {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            JwkSetError::TooLarge { .. } => "key-set-too-large",
            JwkSetError::NotASet => "key-set-not-one",
            JwkSetError::TooMany { .. } => "key-set-too-many",
            JwkSetError::NoKey => "key-set-without-key",
        }
    }
}
