//! `EntityDescriptor` and `EntitiesDescriptor` (Metadata §2.3) with an `IDPSSODescriptor` (§2.4.3), from Entra
//! or anybody else. Roles that we do not use, such as Entra's `fed:` role descriptors, are passed over unread.

use std::iter::successors;
use std::time::Duration;

use jiff::Timestamp;

use super::MetadataError;
use super::duration;
use super::found::budget;
use crate::crypto::Certificate;
use crate::crypto::VerifyingKey;
use crate::dsig;
use crate::saml::Binding;
use crate::saml::Endpoint;
use crate::saml::namespace::METADATA;
use crate::saml::namespace::PROTOCOL;
use crate::saml::time;
use crate::xml;
use crate::xml::Document;
use crate::xml::Element;

/// An identity provider as its metadata describes it. Reading it decides nothing about trust: whoever hands a
/// document over vouches for where it came from.
#[derive(Clone, Debug)]
pub struct IdpMetadata {
    entity_id: String,
    valid_until: Option<Timestamp>,
    cache_duration: Option<Duration>,
    signed: bool,
    certificates: Vec<Certificate>,
    keys: Vec<VerifyingKey>,
    skipped: Vec<SkippedKey>,
    sso: Vec<Endpoint>,
    slo: Vec<Endpoint>,
    name_id_formats: Vec<String>,
    wants_signed_requests: bool,
}

/// A key descriptor that cannot be used, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SkippedKey(String);

impl SkippedKey {
    /// Why it cannot be used.
    pub fn reason(&self) -> &str {
        &self.0
    }
}

impl IdpMetadata {
    /// Reads the entity `entity_id` of a document, or its only identity provider.
    ///
    /// # Errors
    /// A document that does not parse, has no such identity provider, or has several and none was chosen.
    pub fn read(document: &[u8], entity_id: Option<&str>) -> Result<IdpMetadata, MetadataError> {
        let document = Document::parse(xml::decode_utf8(document)?, budget(entity_id))?;
        let (entity, role) = choose(document.root(), entity_id)?;
        IdpMetadata::of_role(document.root(), entity, role)
    }

    pub(super) fn of_role(
        root: Element<'_>,
        entity: Element<'_>,
        role: Element<'_>,
    ) -> Result<IdpMetadata, MetadataError> {
        let mut metadata = IdpMetadata {
            entity_id: entity
                .attribute("entityID")
                .filter(|id| !id.is_empty())
                .ok_or_else(|| MetadataError::NoEntityId {
                    position: entity.position(),
                })?
                .to_owned(),
            valid_until: valid_until(role)?,
            cache_duration: cache_duration(role),
            signed: dsig::signature_of(root).is_ok_and(|signature| signature.is_some()),
            certificates: Vec::new(),
            keys: Vec::new(),
            skipped: Vec::new(),
            sso: endpoints(role, "SingleSignOnService"),
            slo: endpoints(role, "SingleLogoutService"),
            name_id_formats: named(role, "NameIDFormat")
                .filter_map(|format| format.text().map(|text| text.trim().to_owned()))
                .collect(),
            wants_signed_requests: matches!(
                role.attribute("WantAuthnRequestsSigned"),
                Some("true" | "1")
            ),
        };
        for descriptor in named(role, "KeyDescriptor").take(KEY_DESCRIPTORS) {
            metadata.take_keys(descriptor);
        }
        Ok(metadata)
    }

    /// The same, read out of what somebody has signed.
    pub(super) fn of_signed(self) -> IdpMetadata {
        IdpMetadata {
            signed: true,
            ..self
        }
    }

    /// Takes the keys of a `KeyDescriptor` (Metadata §2.4.1.1) that may sign. One without `use` is for both
    /// uses (Keycloak's CVE-2026-16443 took it for neither and stopped checking).
    ///
    /// An `X509Data` stands for one key (XML Signature §4.5.4), whose certificate everybody puts first, although the clause fixes
    /// no order: what follows is the chain that vouches for it. Those of a chain are no keys of the identity provider: whoever runs the authority could sign anybody on.
    fn take_keys(&mut self, descriptor: Element<'_>) {
        if descriptor
            .attribute("use")
            .is_some_and(|purpose| purpose != "signing")
        {
            return;
        }
        let mut found = false;
        for (element, place) in certificates(descriptor) {
            found = true;
            if place == Place::Chain {
                self.skipped.push(SkippedKey(FURTHER.to_owned()));
                continue;
            }
            match Certificate::from_base64(element.text().unwrap_or_default()) {
                Ok(certificate) => self.take_certificate(certificate),
                Err(error) => self.skipped.push(SkippedKey(error.to_string())),
            }
        }
        if !found {
            self.skipped.push(SkippedKey(
                "a KeyDescriptor without an X509Certificate".to_owned(),
            ));
        }
    }

    fn take_certificate(&mut self, certificate: Certificate) {
        if self
            .certificates
            .iter()
            .any(|known| known.der() == certificate.der())
        {
            return;
        }
        if !self.keys.contains(certificate.key()) {
            self.keys.push(certificate.key().clone());
        }
        self.certificates.push(certificate);
    }

    /// The entity ID.
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Until when the document says that it holds: the earliest `validUntil` from the role up to the root.
    /// Entra says nothing.
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// How long the publisher says that the document stays as it is: the shortest `cacheDuration` from the role up
    /// to the root. One that is no duration is passed over, since nothing but a schedule hangs on it.
    pub fn cache_duration(&self) -> Option<Duration> {
        self.cache_duration
    }

    /// Whether the document carries a signature. Entra signs its metadata with a key that the same document
    /// lists: that proves integrity, not origin, so nobody is asked to verify it here.
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    /// The certificates of the signing keys, in the document's order.
    pub fn signing_certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The signing keys, each once.
    pub fn signing_keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    /// The keys that cannot be used.
    pub fn skipped_keys(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Sign-on endpoints of the bindings that we speak.
    pub fn sso(&self) -> &[Endpoint] {
        &self.sso
    }

    /// Logout endpoints of the bindings that we speak.
    pub fn slo(&self) -> &[Endpoint] {
        &self.slo
    }

    /// The name formats that it offers; Entra lists none.
    pub fn name_id_formats(&self) -> &[String] {
        &self.name_id_formats
    }

    /// Whether it takes signed requests alone.
    pub fn wants_signed_requests(&self) -> bool {
        self.wants_signed_requests
    }
}

/// The entity and its identity provider role: the one of this ID, or the only one.
pub(super) fn choose<'d>(
    root: Element<'d>,
    entity_id: Option<&str>,
) -> Result<(Element<'d>, Element<'d>), MetadataError> {
    if !root.is(METADATA, "EntityDescriptor") && !root.is(METADATA, "EntitiesDescriptor") {
        return Err(MetadataError::NotMetadata {
            found: root.local().chars().take(64).collect(),
            position: root.position(),
        });
    }
    let entities = root
        .descendants()
        .filter(|element| element.is(METADATA, "EntityDescriptor"));
    let mut found = entities
        .filter(|entity| entity_id.is_none_or(|id| entity.attribute("entityID") == Some(id)))
        .filter_map(|entity| idp_role(entity).map(|role| (entity, role)));
    match (found.next(), found.next(), entity_id) {
        (Some(only), None, _) => Ok(only),
        (Some(_), Some(_), None) => Err(MetadataError::SeveralEntities(identity_providers(root))),
        (Some(_), Some((second, _)), Some(id)) => Err(MetadataError::RepeatedEntity {
            entity_id: id.to_owned(),
            position: second.position(),
        }),
        (None, _, Some(id)) => Err(MetadataError::NoSuchEntity(id.to_owned())),
        (None, _, None) => Err(MetadataError::NoIdentityProvider),
    }
}

/// The entity IDs to choose from, as many as a person reads.
fn identity_providers(root: Element<'_>) -> Vec<String> {
    let entities = root
        .descendants()
        .filter(|element| element.is(METADATA, "EntityDescriptor") && idp_role(*element).is_some());
    let ids = entities.filter_map(|entity| entity.attribute("entityID"));
    let mut shown: Vec<String> = ids
        .take(CANDIDATES + 1)
        .map(|id| id.chars().take(CANDIDATE_LENGTH).collect())
        .collect();
    if shown.len() > CANDIDATES {
        shown[CANDIDATES] = "…".to_owned();
    }
    shown
}

/// The `IDPSSODescriptor` that speaks SAML 2.0.
pub(super) fn idp_role(entity: Element<'_>) -> Option<Element<'_>> {
    named(entity, "IDPSSODescriptor").find(|role| {
        role.attribute("protocolSupportEnumeration")
            .is_some_and(|list| {
                list.split_ascii_whitespace()
                    .any(|protocol| protocol == PROTOCOL)
            })
    })
}

fn endpoints(role: Element<'_>, name: &'static str) -> Vec<Endpoint> {
    let read = |element: Element<'_>| {
        let binding = Binding::from_uri(element.attribute("Binding")?)?;
        let mut endpoint = Endpoint::new(binding, element.attribute("Location")?);
        endpoint.response_location = element.attribute("ResponseLocation").map(str::to_owned);
        Some(endpoint)
    };
    named(role, name).filter_map(read).collect()
}

pub(super) fn named<'d>(
    parent: Element<'d>,
    local: &'static str,
) -> impl Iterator<Item = Element<'d>> {
    parent
        .children()
        .filter(move |child| child.is(METADATA, local))
}

/// Where in its `X509Data` a certificate stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// First: it holds the key.
    Key,
    /// Behind another: it is taken for part of that one's chain.
    Chain,
}

/// The certificates of a key descriptor, as many as are read.
pub(super) fn certificates(descriptor: Element<'_>) -> impl Iterator<Item = (Element<'_>, Place)> {
    let mut last = None;
    descriptor
        .descendants()
        .filter(|element| element.is(dsig::NAMESPACE, "X509Certificate"))
        .take(CERTIFICATES)
        .map(move |element| {
            let data = element.parent().map(Element::offset);
            let place = match last == data {
                true => Place::Chain,
                false => Place::Key,
            };
            last = data;
            (element, place)
        })
}

/// The earliest `validUntil` of an element and those around it.
pub(super) fn valid_until(role: Element<'_>) -> Result<Option<Timestamp>, MetadataError> {
    let mut earliest = None;
    let mut next = Some(role);
    while let Some(element) = next {
        if let Some(text) = element.attribute("validUntil") {
            let until = time::parse(text).ok_or_else(|| MetadataError::Time {
                position: element.position(),
            })?;
            earliest = Some(earliest.map_or(until, |known: Timestamp| known.min(until)));
        }
        next = element.parent();
    }
    Ok(earliest)
}

/// The shortest `cacheDuration` of an element and those around it.
fn cache_duration(role: Element<'_>) -> Option<Duration> {
    successors(Some(role), |element| element.parent())
        .filter_map(|element| duration::parse(element.attribute("cacheDuration")?))
        .min()
}

/// Identity providers that are listed to choose from: a federation has thousands, a file for one site a few.
const CANDIDATES: usize = 10;
/// Characters of a candidate that are shown: an entity ID has rarely over 100.
const CANDIDATE_LENGTH: usize = 256;

/// Why the certificates of a chain are passed over.
const FURTHER: &str =
    "a further certificate of one X509Data: it is taken for part of the first one's chain";

/// Key descriptors of one role that are read at most: Entra lists up to four, and each costs the parsing of a
/// certificate.
pub(super) const KEY_DESCRIPTORS: usize = 32;
/// Certificates of one key descriptor that are read at most: nearly all have one, a few a chain of three. Each
/// is compared with those before it.
const CERTIFICATES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SigningKey;

    #[test]
    fn no_more_certificates_are_read_than_a_key_descriptor_needs() {
        let certificates = "<ds:X509Certificate>AAAA</ds:X509Certificate>".repeat(100);
        let descriptors = format!("<KeyDescriptor><ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo></KeyDescriptor>").repeat(100);
        let xml = format!(
            "<EntityDescriptor xmlns=\"{METADATA}\" xmlns:ds=\"{}\" entityID=\"urn:idp\"><IDPSSODescriptor protocolSupportEnumeration=\"{PROTOCOL}\">{descriptors}</IDPSSODescriptor></EntityDescriptor>",
            dsig::NAMESPACE
        );
        let metadata = IdpMetadata::read(xml.as_bytes(), None).unwrap();
        assert_eq!(
            metadata.skipped_keys().len(),
            KEY_DESCRIPTORS * CERTIFICATES
        );
    }

    /// The certificates of an authority vouch for a key; they are none.
    #[test]
    fn of_an_x509_data_the_first_certificate_is_the_key_and_each_has_its_own() {
        let certificate = |serial| {
            let key = SigningKey::generate_p256().unwrap();
            let (begin, end) = ("2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z");
            let (begin, end) = (begin.parse().unwrap(), end.parse().unwrap());
            Certificate::self_signed(&key, "test", serial, begin, end).unwrap()
        };
        let all: Vec<Certificate> = (1..=3).map(certificate).collect();
        let listed: Vec<String> = all
            .iter()
            .map(|one| {
                let pem = one.to_pem();
                let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
                format!("<ds:X509Certificate>{base64}</ds:X509Certificate>")
            })
            .collect();
        let [a, b, c] = listed.as_slice() else {
            panic!("three")
        };
        let xml = format!(
            "<EntityDescriptor xmlns=\"{METADATA}\" xmlns:ds=\"{}\" entityID=\"urn:idp\"><IDPSSODescriptor protocolSupportEnumeration=\"{PROTOCOL}\"><KeyDescriptor><ds:KeyInfo><ds:X509Data>{a}{b}</ds:X509Data><ds:X509Data>{c}</ds:X509Data></ds:KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>",
            dsig::NAMESPACE
        );
        let metadata = IdpMetadata::read(xml.as_bytes(), None).unwrap();
        let expected = [all[0].clone(), all[2].clone()];
        assert_eq!(metadata.signing_certificates(), expected);
        assert_eq!(metadata.signing_keys().len(), 2);
        assert_eq!(metadata.skipped_keys(), [SkippedKey(FURTHER.to_owned())]);
    }
}
