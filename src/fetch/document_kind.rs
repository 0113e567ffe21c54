//! The kinds of documents that are fetched.

use crate::jwt::JwkSet;
use crate::xml::Budget;

/// A kind of document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[doc(hidden)]
pub enum DocumentKind {
    /// Metadata of one entity.
    Metadata,
    /// Metadata that may be that of a whole federation.
    Aggregate,
    /// The keys of an issuer of tokens (RFC 7517 §5).
    KeySet,
}

impl DocumentKind {
    /// The kind of metadata of a source that names an entity in it, or does not.
    pub(crate) fn metadata(entity_id: Option<&str>) -> DocumentKind {
        match entity_id {
            Some(_) => DocumentKind::Aggregate,
            None => DocumentKind::Metadata,
        }
    }

    /// The most bytes of a document that are read.
    pub(crate) fn bytes_max(self) -> usize {
        match self {
            DocumentKind::Metadata => Budget::METADATA.bytes,
            DocumentKind::Aggregate => Budget::AGGREGATE.bytes,
            DocumentKind::KeySet => JwkSet::MAX_BYTES,
        }
    }

    /// The types that are asked for.
    pub(super) fn accept(self) -> &'static str {
        match self {
            DocumentKind::Metadata | DocumentKind::Aggregate => {
                "application/samlmetadata+xml, application/xml, text/xml"
            }
            DocumentKind::KeySet => "application/jwk-set+json, application/json",
        }
    }

    /// Its name in sentences.
    pub(super) fn noun(self) -> &'static str {
        match self {
            DocumentKind::Metadata | DocumentKind::Aggregate => "metadata",
            DocumentKind::KeySet => "key set",
        }
    }

    /// Its format.
    pub(super) fn format(self) -> &'static str {
        match self {
            DocumentKind::Metadata | DocumentKind::Aggregate => "XML",
            DocumentKind::KeySet => "JSON",
        }
    }
}
