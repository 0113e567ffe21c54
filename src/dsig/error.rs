//! The reasons for which a signature does not hold.

use crate::crypto::AlgorithmError;
use crate::crypto::Fingerprint;
use crate::xml::XmlError;

/// The reason for which a signature does not hold.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The element has no signature of its own.
    #[error("the element is not signed")]
    Missing,
    /// The signature is not of the one shape that SAML admits.
    #[error("the signature is not of the shape that SAML admits: {0}")]
    Malformed(&'static str),
    /// An algorithm is broken or not on the allow-list.
    #[error(transparent)]
    Algorithm(#[from] AlgorithmError),
    /// A canonicalisation or transform other than enveloped-signature and exclusive C14N.
    #[error("{what} is {found:?}; only enveloped-signature and exclusive C14N are admitted")]
    Transform {
        /// The kind of algorithm.
        what: &'static str,
        /// Its URI, cut to a bounded length.
        found: String,
    },
    /// The reference does not name the element that holds the signature.
    #[error("the signature refers to another element than the one that holds it")]
    Reference,
    /// The element is not what was signed.
    #[error("the content was changed after it was signed: the digests differ")]
    Digest,
    /// No trusted key made this signature.
    #[error("no trusted key made this signature")]
    Invalid {
        /// The fingerprint of the certificate that the message claims to be signed with: a hint for the
        /// person who looks for the cause, and proof of nothing.
        claimed: Option<Fingerprint>,
    },
    /// Trust is by fingerprint, and the signature brings no certificate to compare.
    #[error("the signature carries no certificate to compare with the pinned fingerprint")]
    NoCertificate,
    /// Trust is by fingerprint, and the signature's certificate is another.
    #[error("the certificate {found} is not a pinned one")]
    NotPinned {
        /// The fingerprint of the certificate that the message brought.
        found: Fingerprint,
    },
    /// The canonical bytes could not be read back. Nothing valid ends here.
    #[error("the canonical form does not parse: {0}")]
    Canonical(XmlError),
}
debug_as_sentence!(SignatureError);

impl SignatureError {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            SignatureError::Missing => "signature-missing",
            SignatureError::Malformed(_) => "signature-malformed",
            SignatureError::Algorithm(AlgorithmError::Weak { .. }) => "signature-algorithm-weak",
            SignatureError::Algorithm(AlgorithmError::Unknown { .. }) => {
                "signature-algorithm-unknown"
            }
            SignatureError::Transform { .. } => "signature-transform",
            SignatureError::Reference => "signature-reference",
            SignatureError::Digest => "signature-digest",
            SignatureError::Invalid { .. } => "signature-invalid",
            SignatureError::NoCertificate => "signature-certificate-missing",
            SignatureError::NotPinned { .. } => "signature-certificate-not-pinned",
            SignatureError::Canonical(_) => "signature-canonical-form",
        }
    }
}
