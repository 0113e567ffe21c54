//! The errors for values that the types of the other side cannot express.

use crate::metadata::MetadataError;
use crate::xml::WriteError;

/// The reason for which a value has no counterpart.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConversionError {
    /// It holds a character that no XML document can carry, so no document was the source of it.
    #[error("the metadata holds what XML cannot carry: {0}")]
    Write(#[from] WriteError),
    /// It describes no identity provider that we can use.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The entity has no ID.
    #[error("the entity has no entityID")]
    NoEntityId,
    /// It describes no service provider, or several.
    #[error("expected one SPSSODescriptor for SAML 2.0, found {found}")]
    ServiceProviders {
        /// The number of service providers that it describes.
        found: usize,
    },
    /// The service provider takes no responses over HTTP-POST, the only way that ours come.
    #[error(
        "the service provider has no AssertionConsumerService over HTTP-POST, of {found} in all"
    )]
    NoAssertionConsumerService {
        /// The number of services that it has.
        found: usize,
    },
    /// The person's name is qualified, and samael's `SubjectNameID` has no place for that: without its qualifiers the same text may
    /// name another person.
    #[error("samael has no place for the {attribute} of a NameID")]
    NameQualifier {
        /// `NameQualifier` or `SPNameQualifier`.
        attribute: &'static str,
    },
}
debug_as_sentence!(ConversionError);
