//! The entity of a document that counts, and the part of the document that is kept: of an aggregate the entity alone.

use jiff::Timestamp;

use super::IdpMetadata;
use super::MetadataError;
use super::Rejected;
use super::choose::budget;
use super::choose::choose;
use super::text::text;
use super::valid_until::cache_duration;
use super::valid_until::valid_until;
use crate::dsig;
use crate::dsig::TrustedKeys;
use crate::saml::namespace::METADATA;
use crate::saml::time;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::canonicalize;

/// An identity provider with the part to keep of the document that it was found in.
pub(super) struct SelectedEntity {
    pub(super) metadata: IdpMetadata,
    /// The entity alone; `None` to keep the whole document.
    pub(super) kept: Option<Vec<u8>>,
}

impl SelectedEntity {
    /// Finds the entity in a document that nobody need have signed.
    pub(super) fn read(
        document: &[u8],
        entity_id: Option<&str>,
        at: Timestamp,
    ) -> Result<SelectedEntity, MetadataError> {
        let text = text(document)?;
        let document = Document::parse(&*text, budget(entity_id))?;
        let entity = choose(document.root(), entity_id)?;
        let metadata = IdpMetadata::of_entity(document.root(), entity, Some(at))?;
        match entity.parent() {
            Some(_) => SelectedEntity::kept(alone(entity)?, entity_id, at),
            None => Ok(SelectedEntity {
                metadata,
                kept: None,
            }),
        }
    }

    /// Finds the entity in what these keys have signed of a document, which must be its root element. Nothing else
    /// of the document is read.
    pub(super) fn signed_by(
        document: &[u8],
        keys: &TrustedKeys,
        entity_id: Option<&str>,
        at: Timestamp,
    ) -> Result<SelectedEntity, Rejected> {
        let text = text(document)?;
        let signed = {
            let document =
                Document::parse(&*text, budget(entity_id)).map_err(MetadataError::from)?;
            dsig::verify(document.root(), keys)?
        };
        let document = signed
            .document_within(budget(entity_id))
            .map_err(MetadataError::from)?;
        let entity = choose(document.root(), entity_id)?;
        let mut found = SelectedEntity::kept(alone(entity)?, entity_id, at)?;
        found.metadata.signed = true;
        Ok(found)
    }

    /// Reads the entity again from the bytes that are kept, so that the judged text is the one that will be loaded.
    fn kept(
        bytes: Vec<u8>,
        entity_id: Option<&str>,
        at: Timestamp,
    ) -> Result<SelectedEntity, MetadataError> {
        Ok(SelectedEntity {
            metadata: IdpMetadata::read_at(&bytes, entity_id, at)?,
            kept: Some(bytes),
        })
    }
}

/// An entity taken out of the document around it, in a wrapper that has the `validUntil` and the `cacheDuration` which held
/// for it there; those of its roles stay theirs. The wrapper has a prefix: with a default namespace it would capture elements that
/// are in none.
fn alone(entity: Element<'_>) -> Result<Vec<u8>, MetadataError> {
    let mut bytes = String::new();
    canonicalize(entity, None, &[], &mut bytes)?;
    let until = valid_until(&[entity])?.map_or(String::new(), |until| {
        format!(" validUntil=\"{}\"", time::format(until))
    });
    let cached = cache_duration(&[entity]).map_or(String::new(), |cached| {
        format!(" cacheDuration=\"PT{}S\"", cached.as_secs())
    });
    let wrapped = format!(
        "<md:EntitiesDescriptor xmlns:md=\"{METADATA}\"{until}{cached}>{bytes}</md:EntitiesDescriptor>"
    );
    Ok(wrapped.into_bytes())
}
