//! Identity providers: `IDPSSODescriptor` (Metadata §2.4.3). Theirs is written down, by our own writer, and read as if it had been
//! fetched: one reader decides what metadata means, with the same budgets.

use samael::metadata::Endpoint as TheirEndpoint;
use samael::metadata::EntityDescriptor;
use samael::metadata::IdpSsoDescriptor;
use samael::metadata::KeyDescriptor;

use super::error::ConversionError;
use super::key_descriptor;
use super::time;
use crate::dsig;
use crate::metadata::IdpMetadata;
use crate::saml::Endpoint;
use crate::saml::namespace::METADATA;
use crate::saml::namespace::PROTOCOL;
use crate::xml::Writer;

/// The identity provider that an entity of samael's describes.
///
/// If you still have the document, use [`IdpMetadata::read`] instead. samael's reader asks for no namespaces, and does
/// not keep the bytes of the signature, so the result is never [signed](IdpMetadata::is_signed).
///
/// # Errors
/// [`ConversionError::Metadata`] for what [`IdpMetadata::read`] refuses, and [`ConversionError::Write`].
impl TryFrom<&EntityDescriptor> for IdpMetadata {
    type Error = ConversionError;

    fn try_from(theirs: &EntityDescriptor) -> Result<IdpMetadata, ConversionError> {
        Ok(IdpMetadata::read(write(theirs)?.as_bytes(), None)?)
    }
}

/// The entity as samael has it: its signing keys with their certificates, its endpoints of the bindings that we speak, its name formats.
///
/// ```
/// use entrada::metadata::IdpMetadata;
/// use samael::metadata::EntityDescriptor;
///
/// # let document = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/metadata/entra.xml"))?;
/// let ours = IdpMetadata::read(&document, None)?;
/// let theirs = EntityDescriptor::from(&ours);
/// assert_eq!(theirs.entity_id.as_deref(), Some(ours.entity_id()));
/// assert_eq!(IdpMetadata::try_from(&theirs)?.signing_keys(), ours.signing_keys());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl From<&IdpMetadata> for EntityDescriptor {
    fn from(ours: &IdpMetadata) -> EntityDescriptor {
        EntityDescriptor {
            entity_id: Some(ours.entity_id().to_owned()),
            valid_until: ours.valid_until().map(time::to_theirs),
            idp_sso_descriptors: Some(vec![role(ours)]),
            ..EntityDescriptor::default()
        }
    }
}

fn role(ours: &IdpMetadata) -> IdpSsoDescriptor {
    let certificates = ours.signing_certificates().iter();
    IdpSsoDescriptor {
        id: None,
        valid_until: None,
        cache_duration: None,
        protocol_support_enumeration: Some(PROTOCOL.to_owned()),
        error_url: None,
        signature: None,
        key_descriptors: certificates
            .map(|certificate| key_descriptor("signing", certificate, &[]))
            .collect(),
        organization: None,
        contact_people: Vec::new(),
        artifact_resolution_service: Vec::new(),
        single_logout_services: ours.slo().iter().map(endpoint).collect(),
        manage_name_id_services: Vec::new(),
        name_id_formats: ours.name_id_formats().to_vec(),
        want_authn_requests_signed: Some(ours.wants_signed_requests()),
        single_sign_on_services: ours.sso().iter().map(endpoint).collect(),
        name_id_mapping_services: Vec::new(),
        assertion_id_request_services: Vec::new(),
        attribute_profiles: Vec::new(),
        attributes: Vec::new(),
    }
}

fn endpoint(ours: &Endpoint) -> TheirEndpoint {
    TheirEndpoint {
        binding: ours.binding.uri().to_owned(),
        location: ours.location.clone(),
        response_location: ours.response_location.clone(),
    }
}

/// The entity as a document, as far as our reader looks at it.
fn write(theirs: &EntityDescriptor) -> Result<String, ConversionError> {
    let mut w = Writer::new();
    w.start("md:EntityDescriptor")
        .namespace("md", METADATA)
        .namespace("ds", dsig::NAMESPACE)
        .optional_attribute("entityID", theirs.entity_id.as_deref())
        .optional_attribute(
            "validUntil",
            theirs.valid_until.map(time::to_text).as_deref(),
        );
    for role in theirs.idp_sso_descriptors.iter().flatten() {
        write_role(&mut w, role);
    }
    w.end();
    Ok(w.finish()?)
}

fn write_role(w: &mut Writer, role: &IdpSsoDescriptor) {
    let signed = role.want_authn_requests_signed;
    w.start("md:IDPSSODescriptor")
        .optional_attribute(
            "protocolSupportEnumeration",
            role.protocol_support_enumeration.as_deref(),
        )
        .optional_attribute("validUntil", role.valid_until.map(time::to_text).as_deref())
        .optional_attribute(
            "WantAuthnRequestsSigned",
            signed.map(|signed| if signed { "true" } else { "false" }),
        );
    for key in &role.key_descriptors {
        write_key(w, key);
    }
    for endpoint in &role.single_logout_services {
        write_endpoint(w, "md:SingleLogoutService", endpoint);
    }
    for format in &role.name_id_formats {
        w.leaf("md:NameIDFormat", format);
    }
    for endpoint in &role.single_sign_on_services {
        write_endpoint(w, "md:SingleSignOnService", endpoint);
    }
    w.end();
}

fn write_key(w: &mut Writer, key: &KeyDescriptor) {
    w.start("md:KeyDescriptor")
        .optional_attribute("use", key.key_use.as_deref());
    w.start("ds:KeyInfo").start("ds:X509Data");
    let certificates = key.key_info.x509_data.iter();
    for certificate in certificates.flat_map(|data| &data.certificates) {
        w.leaf("ds:X509Certificate", certificate);
    }
    w.end().end().end();
}

fn write_endpoint(w: &mut Writer, name: &str, endpoint: &TheirEndpoint) {
    w.start(name)
        .attribute("Binding", &endpoint.binding)
        .attribute("Location", &endpoint.location)
        .optional_attribute("ResponseLocation", endpoint.response_location.as_deref())
        .end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::MetadataError;
    use crate::metadata::Trust;

    #[test]
    fn what_reads_a_document_reads_the_same_of_their_value() {
        for document in [
            include_str!("../../fixtures/metadata/entra.xml"),
            include_str!("../../fixtures/metadata/key-without-use.xml"),
        ] {
            let ours = IdpMetadata::read(document.as_bytes(), None).unwrap();
            let theirs: EntityDescriptor = document.parse().unwrap();
            assert_same(&IdpMetadata::try_from(&theirs).unwrap(), &ours);
            let there_and_back = EntityDescriptor::from(&ours);
            assert_same(&IdpMetadata::try_from(&there_and_back).unwrap(), &ours);
        }
    }

    fn assert_same(found: &IdpMetadata, expected: &IdpMetadata) {
        assert_eq!(found.entity_id(), expected.entity_id());
        assert_eq!(found.valid_until(), expected.valid_until());
        assert_eq!(found.signing_keys(), expected.signing_keys());
        assert_eq!(found.sso(), expected.sso());
        assert_eq!(found.slo(), expected.slo());
        assert_eq!(found.name_id_formats(), expected.name_id_formats());
        assert_eq!(
            found.wants_signed_requests(),
            expected.wants_signed_requests()
        );
        assert!(!found.is_signed());
    }

    /// A value of theirs with one thing changed, and what our side says of it.
    fn refusal(change: impl FnOnce(&mut EntityDescriptor)) -> ConversionError {
        let document = include_str!("../../fixtures/metadata/entra.xml");
        let mut theirs: EntityDescriptor = document.parse().unwrap();
        change(&mut theirs);
        IdpMetadata::try_from(&theirs).unwrap_err()
    }

    fn first_role(theirs: &mut EntityDescriptor) -> &mut IdpSsoDescriptor {
        &mut theirs.idp_sso_descriptors.as_mut().unwrap()[0]
    }

    #[test]
    fn an_entity_without_an_id_is_refused() {
        let refusal = refusal(|theirs| theirs.entity_id = None);
        let expected = matches!(
            refusal,
            ConversionError::Metadata(MetadataError::NoEntityId { .. })
        );
        assert!(expected, "{refusal}");
    }

    #[test]
    fn an_entity_that_is_no_identity_provider_is_refused() {
        let without = refusal(|theirs| theirs.idp_sso_descriptors = None);
        assert_eq!(without, MetadataError::NoIdentityProvider.into());
        let of_another_protocol =
            refusal(|theirs| first_role(theirs).protocol_support_enumeration = None);
        assert_eq!(
            of_another_protocol,
            MetadataError::NoIdentityProvider.into()
        );
    }

    #[test]
    fn a_time_beyond_the_calendar_is_capped() {
        let document = include_str!("../../fixtures/metadata/entra.xml");
        let mut theirs: EntityDescriptor = document.parse().unwrap();
        theirs.valid_until = Some(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        let ours = IdpMetadata::try_from(&theirs).unwrap();
        assert_eq!(ours.valid_until(), "9999-12-30T22:00:00Z".parse().ok());
    }

    #[test]
    fn text_that_xml_cannot_carry_is_refused() {
        let refusal = refusal(|theirs| theirs.entity_id = Some("urn:\u{0}".to_owned()));
        assert!(matches!(refusal, ConversionError::Write(_)), "{refusal}");
    }

    #[test]
    fn markup_in_a_value_stays_text() {
        let document = include_str!("../../fixtures/metadata/entra.xml");
        let mut theirs: EntityDescriptor = document.parse().unwrap();
        let name = "urn:\"><evil/>&amp;";
        theirs.entity_id = Some(name.to_owned());
        first_role(&mut theirs).name_id_formats = vec!["</md:NameIDFormat>".to_owned()];
        let ours = IdpMetadata::try_from(&theirs).unwrap();
        assert_eq!(ours.entity_id(), name);
        assert_eq!(ours.name_id_formats(), ["</md:NameIDFormat>"]);
    }

    #[test]
    fn an_address_that_no_browser_may_be_sent_to_is_not_trusted() {
        let document = include_str!("../../fixtures/metadata/entra.xml");
        let mut theirs: EntityDescriptor = document.parse().unwrap();
        for endpoint in &mut first_role(&mut theirs).single_sign_on_services {
            endpoint.location = "javascript:alert(1)".to_owned();
        }
        let ours = IdpMetadata::try_from(&theirs).unwrap();
        assert!(Trust::of_metadata(&ours).is_err());
    }

    #[test]
    fn a_key_for_encryption_alone_does_not_sign() {
        let document = include_str!("../../fixtures/metadata/entra.xml");
        let mut theirs: EntityDescriptor = document.parse().unwrap();
        for key in &mut first_role(&mut theirs).key_descriptors {
            key.key_use = Some("encryption".to_owned());
        }
        let ours = IdpMetadata::try_from(&theirs).unwrap();
        assert!(ours.signing_keys().is_empty());
    }
}
