//! The guard of trust: a fetched document takes the place of the one before only as a whole, and only if it passes
//! everything here. A document that does not pass changes nothing.

use jiff::Timestamp;

use super::IdpMetadata;
use super::MetadataSigner;
use super::Rejected;
use super::Validity;
use super::selected_entity::SelectedEntity;
use crate::saml::Trust;

/// The values that a document is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Guard<'a> {
    /// The entity that the connection names; needed where a document holds several.
    pub entity_id: Option<&'a str>,
    /// The entity of the last good copy. Under one address it may not change, unless the connection names another.
    pub previous: Option<&'a str>,
    /// The signer that must have signed the document.
    pub signer: Option<&'a MetadataSigner>,
    /// The present moment.
    pub now: Timestamp,
}

/// A document that passed. [`Guard::judge`] alone makes one.
#[derive(Clone, Debug)]
pub struct Accepted {
    metadata: IdpMetadata,
    trust: Trust,
    document: Vec<u8>,
}

impl Accepted {
    /// The content of the document.
    pub fn metadata(&self) -> &IdpMetadata {
        &self.metadata
    }

    /// The identity provider that it says to trust.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The bytes to keep of it: the document, byte for byte; of an aggregate or a document with a pinned signer only
    /// the entity, as it was signed, within the `validUntil` that held for it.
    pub fn into_document(self) -> Vec<u8> {
        self.document
    }
}

impl Guard<'_> {
    /// Judges a document.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn judge(&self, document: &[u8]) -> Result<Accepted, Rejected> {
        let found = match self.signer {
            Some(signer) => {
                SelectedEntity::signed_by(document, &signer.keys()?, self.entity_id, self.now)?
            }
            None => SelectedEntity::read(document, self.entity_id, self.now)?,
        };
        let (metadata, kept) = (found.metadata, found.kept);
        if let (None, Some(expected)) = (self.entity_id, self.previous)
            && metadata.entity_id() != expected
        {
            return Err(Rejected::OtherEntity {
                expected: expected.to_owned(),
                found: metadata.entity_id().chars().take(SHOWN).collect(),
            });
        }
        let trust = Trust::of_metadata(&metadata)?;
        let validity = Validity {
            valid_until: metadata.valid_until(),
            ..Validity::default()
        };
        validity.check(self.now)?;
        Ok(Accepted {
            document: kept.unwrap_or_else(|| document.to_vec()),
            metadata,
            trust,
        })
    }
}

/// Characters of a foreign entity ID that are shown.
const SHOWN: usize = 256;

#[cfg(test)]
#[path = "accept_tests.rs"]
mod tests;
