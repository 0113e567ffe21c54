//! Reasons that a fetched document does not take the place of the one before.

use super::MetadataError;
use super::MetadataSignerError;
use super::TrustError;
use crate::dsig::SignatureError;

/// The reason for which a document does not take the place of the one before.
#[derive(Clone, thiserror::Error)]
pub enum Rejected {
    /// It is no metadata, or not of the entity that the connection names.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The pinned signer did not sign it.
    #[error("the pinned signer did not sign the metadata: {0}")]
    Signature(#[from] SignatureError),
    /// The pinned signer is none.
    #[error("the pinned signer cannot be used: {0}")]
    Signer(#[from] MetadataSignerError),
    /// It is of another entity than the copy before it.
    #[error("expected the entity ID {expected:?}, as in the copy before; found {found:?}")]
    OtherEntity {
        /// The entity of the last good copy.
        expected: String,
        /// The entity of the document, cut to a bounded length.
        found: String,
    },
    /// Nobody could be trusted by it.
    #[error(transparent)]
    Trust(#[from] TrustError),
}
debug_as_sentence!(Rejected);

impl Rejected {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            Rejected::Metadata(error) => error.code(),
            Rejected::Signature(error) => match error {
                SignatureError::Missing => "metadata-unsigned",
                _ => "metadata-signature",
            },
            Rejected::Signer(_) => "metadata-signer",
            Rejected::OtherEntity { .. } => "metadata-other-entity",
            Rejected::Trust(error) => error.code(),
        }
    }
}
