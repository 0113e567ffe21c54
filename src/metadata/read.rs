//! `EntityDescriptor` and `EntitiesDescriptor` (Metadata §2.3) with an `IDPSSODescriptor` (§2.4.3), from Entra
//! or anybody else. Roles that we do not use, such as Entra's `fed:` role descriptors, are passed over unread.

use std::time::Duration;

use jiff::Timestamp;

use super::MetadataError;
use super::choose::budget;
use super::choose::choose;
use super::choose::entity_id_of;
use super::choose::idp_roles;
use super::choose::idp_roles_at;
use super::element::children;
use super::element::uri;
use super::text::text;
use super::valid_until::cache_duration;
use super::valid_until::last_end;
use super::valid_until::valid_until;
use crate::crypto::Certificate;
use crate::crypto::VerifyingKey;
use crate::crypto::certificates_of_element;
use crate::dsig;
use crate::saml::Binding;
use crate::saml::Endpoint;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::collapsed;

/// An identity provider as its metadata describes it. Reading it decides nothing about trust: whoever hands a
/// document over vouches for where it came from.
#[derive(Clone, Debug)]
pub struct IdpMetadata {
    entity_id: String,
    valid_until: Option<Timestamp>,
    ends: Option<Timestamp>,
    cache_duration: Option<Duration>,
    pub(super) signed: bool,
    certificates: Vec<Certificate>,
    keys: Vec<VerifyingKey>,
    skipped: Vec<String>,
    sso: Vec<Endpoint>,
    slo: Vec<Endpoint>,
    name_id_formats: Vec<String>,
    wants_signed_requests: bool,
}

impl IdpMetadata {
    /// Reads the entity `entity_id` of a document, or its only identity provider. All its roles as an identity provider
    /// count together, also one that has ended: [`IdpMetadata::valid_until`] is then the end of that one.
    ///
    /// # Errors
    /// A document that does not parse, has no such identity provider, or has several and none was chosen.
    pub fn read(document: &[u8], entity_id: Option<&str>) -> Result<IdpMetadata, MetadataError> {
        IdpMetadata::of_document(document, entity_id, None)
    }

    /// Reads what counts at a moment: of several roles as an identity provider, those whose own `validUntil` (Metadata §2.4.1)
    /// is not past. Where all of them have ended, the last to end is read, and [`IdpMetadata::valid_until`] is past.
    ///
    /// # Errors
    /// As for [`IdpMetadata::read`].
    pub fn read_at(
        document: &[u8],
        entity_id: Option<&str>,
        at: Timestamp,
    ) -> Result<IdpMetadata, MetadataError> {
        IdpMetadata::of_document(document, entity_id, Some(at))
    }

    fn of_document(
        document: &[u8],
        entity_id: Option<&str>,
        at: Option<Timestamp>,
    ) -> Result<IdpMetadata, MetadataError> {
        let text = text(document)?;
        let document = Document::parse(&*text, budget(entity_id))?;
        IdpMetadata::of_entity(document.root(), choose(document.root(), entity_id)?, at)
    }

    /// Reads an entity, its roles as an identity provider together: all of them, or those of a moment.
    pub(super) fn of_entity(
        root: Element<'_>,
        entity: Element<'_>,
        at: Option<Timestamp>,
    ) -> Result<IdpMetadata, MetadataError> {
        let roles: Vec<Element<'_>> = match at {
            Some(at) => idp_roles_at(entity, at)?,
            None => idp_roles(entity).collect(),
        };
        let mut metadata = IdpMetadata {
            entity_id: entity_id_of(entity)
                .filter(|id| !id.is_empty())
                .ok_or_else(|| MetadataError::NoEntityId {
                    position: entity.position(),
                })?
                .to_owned(),
            valid_until: valid_until(&roles)?,
            ends: last_end(&roles)?,
            cache_duration: cache_duration(&roles),
            signed: dsig::signature_of(root).is_ok_and(|signature| signature.is_some()),
            certificates: Vec::new(),
            keys: Vec::new(),
            skipped: Vec::new(),
            sso: endpoints(&roles, "SingleSignOnService"),
            slo: endpoints(&roles, "SingleLogoutService"),
            name_id_formats: children(&roles, "NameIDFormat")
                .filter_map(|format| format.text().map(|text| collapsed(text).to_owned()))
                .collect(),
            wants_signed_requests: roles.iter().any(|role| wants_signed_requests(*role)),
        };
        for descriptor in children(&roles, "KeyDescriptor").take(KEY_DESCRIPTORS) {
            metadata.take_keys(descriptor);
        }
        Ok(metadata)
    }

    /// Takes the keys of a `KeyDescriptor` (Metadata §2.4.1.1) that may sign. One without `use` is for both uses (Keycloak's
    /// CVE-2026-16443 took it for neither and stopped checking). An `X509Data` stands for one key (XML Signature §4.5.4), whose
    /// certificate everybody puts first, although the clause fixes no order. The chain behind it holds no keys of the identity
    /// provider: whoever runs the authority could sign anybody on.
    fn take_keys(&mut self, descriptor: Element<'_>) {
        let purpose = descriptor.attribute("use");
        if purpose.is_some_and(|purpose| purpose != "signing") {
            return;
        }
        let mut found = false;
        for (element, role) in certificates(descriptor) {
            found = true;
            if role == CertificateRole::Chain {
                self.skipped.push(FURTHER.to_owned());
                continue;
            }
            match certificates_of_element(element.text().unwrap_or_default()) {
                Ok(certificates) => {
                    let mut certificates = certificates.into_iter();
                    if let Some(first) = certificates.next() {
                        self.take_certificate(first);
                    }
                    self.skipped.extend(certificates.map(|_| WITHIN.to_owned()));
                }
                Err(error) => self.skipped.push(error.to_string()),
            }
        }
        if !found {
            let reason = "a KeyDescriptor without an X509Certificate";
            self.skipped.push(reason.to_owned());
        }
    }

    fn take_certificate(&mut self, certificate: Certificate) {
        if self.certificates.contains(&certificate) {
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

    /// The end of what was read, as the document says: the earliest `validUntil` from each role up to the root. Entra says
    /// nothing.
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// The end of the last role that was read, and so of all sign-on by the document: later than
    /// [`IdpMetadata::valid_until`] where another role ends before.
    pub fn ends(&self) -> Option<Timestamp> {
        self.ends
    }

    /// The time for which the publisher says that the document stays as it is: the shortest `cacheDuration` from the
    /// role up to the root. One that is no duration is passed over, since nothing but a schedule hangs on it.
    pub fn cache_duration(&self) -> Option<Duration> {
        self.cache_duration
    }

    /// True if the document carries a signature. Entra signs its metadata with a key that the same document lists: that
    /// proves integrity, not origin, so nobody is asked to verify it here.
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

    /// The reasons for which keys cannot be used, one for each key.
    pub fn skipped_keys(&self) -> &[String] {
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

    /// True if it takes signed requests alone.
    pub fn wants_signed_requests(&self) -> bool {
        self.wants_signed_requests
    }
}

fn endpoints(roles: &[Element<'_>], name: &'static str) -> Vec<Endpoint> {
    children(roles, name).filter_map(endpoint).collect()
}

/// An endpoint; `None` for one of a binding that we do not speak.
pub(super) fn endpoint(element: Element<'_>) -> Option<Endpoint> {
    Some(Endpoint {
        binding: Binding::from_uri(uri(element, "Binding")?)?,
        location: uri(element, "Location")?.to_owned(),
        response_location: uri(element, "ResponseLocation").map(str::to_owned),
    })
}

pub(super) fn wants_signed_requests(role: Element<'_>) -> bool {
    let wants = role.attribute("WantAuthnRequestsSigned");
    matches!(wants, Some("true" | "1"))
}

/// The place of a certificate in its `X509Data`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum CertificateRole {
    /// First: it holds the key.
    Key,
    /// Behind another: it is taken for part of that one's chain.
    Chain,
}

/// The certificates of a key descriptor, as many as are read.
pub(super) fn certificates(
    descriptor: Element<'_>,
) -> impl Iterator<Item = (Element<'_>, CertificateRole)> {
    let mut last = None;
    all_certificates(descriptor)
        .take(CERTIFICATES)
        .map(move |element| {
            let data = element.parent().map(Element::offset);
            let role = match last == data {
                true => CertificateRole::Chain,
                false => CertificateRole::Key,
            };
            last = data;
            (element, role)
        })
}

/// The `X509Certificate` elements of a key descriptor, as many as there are.
pub(super) fn all_certificates(descriptor: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    descriptor
        .descendants()
        .filter(|element| element.is(dsig::NAMESPACE, "X509Certificate"))
}

/// The reason for which the certificates of a chain are passed over.
const FURTHER: &str =
    "a further certificate of one X509Data: it is taken for part of the first one's chain";

/// The reason for which a certificate behind another within one element is passed over.
const WITHIN: &str = "a further certificate within one X509Certificate: each belongs into a KeyDescriptor of its own";

/// Key descriptors of one entity that are read at most: Entra lists up to four, and each costs the parsing of a
/// certificate.
pub(super) const KEY_DESCRIPTORS: usize = 32;
/// Certificates of one key descriptor that are read at most: nearly all have one, a few a chain of three. Each
/// is compared with those before it.
pub(super) const CERTIFICATES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SigningKey;
    use crate::saml::namespace::METADATA;
    use crate::saml::namespace::PROTOCOL;

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
        assert_eq!(metadata.skipped_keys(), [FURTHER]);
    }
}
