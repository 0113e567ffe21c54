//! The reasons for which metadata cannot be read, and the places.

use crate::form;
use crate::xml::Position;
use crate::xml::XmlError;

/// The reason for which a document is no metadata that we can use.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It is not well-formed, or beyond the budgets.
    #[error("the metadata does not parse: {0}")]
    Xml(#[from] XmlError),
    /// It is text in an encoding that is not read.
    #[error("the metadata cannot be read: {0}")]
    NotText(String),
    /// It is something else, which is known.
    #[error("expected metadata in XML, found {form}{RIGHT_ONE}")]
    OtherForm {
        /// The form, and what to do.
        form: &'static str,
        /// The reason code.
        code: &'static str,
    },
    /// Its root is another element.
    #[error("expected EntityDescriptor or EntitiesDescriptor, found {found} (line {}, column {}){}", position.line, position.column, known(found))]
    NotMetadata {
        /// The root's local name.
        found: String,
        /// The place where it begins.
        position: Position,
    },
    /// The entity has no ID.
    #[error("the entity has no entityID (line {}, column {})", position.line, position.column)]
    NoEntityId {
        /// The place where the entity begins.
        position: Position,
    },
    /// There is no identity provider in it.
    #[error("there is no identity provider in the metadata: no IDPSSODescriptor for SAML 2.0")]
    NoIdentityProvider,
    /// There is the metadata of an application in it, and no identity provider.
    #[error(
        "there is no identity provider in the metadata: no IDPSSODescriptor for SAML 2.0, but the application {0:?} (SPSSODescriptor), as in our own metadata{RIGHT_ONE}"
    )]
    ServiceProvider(String),
    /// There is no identity provider of that ID in it.
    #[error("there is no identity provider with the entity ID {0:?} in the metadata")]
    NoSuchEntity(String),
    /// Two entities share the ID.
    #[error("the metadata has two identity providers with the entity ID {entity_id:?}; the second begins at line {}, column {}", position.line, position.column)]
    RepeatedEntity {
        /// The ID.
        entity_id: String,
        /// The place where the second begins.
        position: Position,
    },
    /// There are several identity providers in it.
    #[error("the metadata has several identity providers; choose one by its entity ID: {}", .0.join(", "))]
    SeveralEntities(Vec<String>),
    /// A `validUntil` is no time.
    #[error("validUntil is not an xs:dateTime in UTC (line {}, column {})", position.line, position.column)]
    Time {
        /// The place where its element begins.
        position: Position,
    },
}
debug_as_sentence!(MetadataError);

impl MetadataError {
    /// A stable reason code.
    pub fn code(&self) -> &'static str {
        match self {
            MetadataError::Xml(error) => error.code(),
            MetadataError::NotText(_) => "xml-encoding",
            MetadataError::OtherForm { code, .. } => code,
            MetadataError::NotMetadata { .. } => "metadata-other-root",
            MetadataError::NoEntityId { .. } => "metadata-no-entity-id",
            MetadataError::NoIdentityProvider | MetadataError::ServiceProvider(_) => {
                "metadata-no-identity-provider"
            }
            MetadataError::NoSuchEntity(_) => "metadata-other-entity",
            MetadataError::RepeatedEntity { .. } => "metadata-repeated-entity",
            MetadataError::SeveralEntities(_) => "metadata-several-entities",
            MetadataError::Time { .. } => "metadata-time",
        }
    }

    /// The place that it is about, where it is about one: in the document, or, where a pinned signer is asked for, in
    /// the canonical bytes that were signed, since nothing else is read.
    pub fn position(&self) -> Option<Position> {
        match self {
            MetadataError::Xml(error) => Some(error.position()),
            MetadataError::NotMetadata { position, .. }
            | MetadataError::NoEntityId { position }
            | MetadataError::RepeatedEntity { position, .. }
            | MetadataError::Time { position } => Some(*position),
            MetadataError::NotText(_)
            | MetadataError::OtherForm { .. }
            | MetadataError::NoIdentityProvider
            | MetadataError::ServiceProvider(_)
            | MetadataError::NoSuchEntity(_)
            | MetadataError::SeveralEntities(_) => None,
        }
    }
}

/// The name of a document with this root, and the place of the right one.
fn known(root: &str) -> String {
    form::of_root(root).map_or_else(String::new, |form| format!(": this is {form}{RIGHT_ONE}"))
}

/// The place of the right document, behind the name of a wrong one.
pub(super) const RIGHT_ONE: &str = ". Entra has the right one under Single sign-on > SAML Certificates: the App Federation Metadata Url, and Federation Metadata XML as a file";
