//! Writes federation metadata in exactly the shape of Entra's: a byte order mark, one line, the WS-Federation
//! roles that nobody here reads, and a signature by a key that the document lists itself.

use jiff::Timestamp;

use crate::crypto::Certificate;
use crate::dsig;
use crate::dsig::SignError;
use crate::dsig::Signer;
use crate::saml::claim;
use crate::saml::namespace::HTTP_POST;
use crate::saml::namespace::HTTP_REDIRECT;
use crate::saml::namespace::METADATA;
use crate::saml::namespace::PROTOCOL;
use crate::xml::Writer;

/// The federation metadata of one tenant.
#[derive(Clone, Debug)]
pub struct EntraMetadata {
    /// The document's ID, an NCName; in Entra `_` and a GUID.
    pub id: String,
    /// The entity ID; in Entra `https://sts.windows.net/{tenant}/`.
    pub entity_id: String,
    /// The base address of the endpoints: scheme and host, without a slash at the end.
    pub base: String,
    /// The tenant's id, which the endpoints have in their path.
    pub tenant: String,
    /// The signing certificates that are listed: the active one first, then those that are staged.
    pub certificates: Vec<Certificate>,
}

impl EntraMetadata {
    /// Writes the document, signed by `signer`: its bytes begin with a byte order mark. Fails for a value that XML
    /// cannot carry, or a key that fails.
    pub fn signed(&self, signer: &Signer) -> Result<Vec<u8>, SignError> {
        self.written(signer, None)
    }

    /// The same with a `validUntil`, which Entra does not write: nobody is trusted by the document after it.
    pub(super) fn signed_until(
        &self,
        signer: &Signer,
        valid_until: Timestamp,
    ) -> Result<Vec<u8>, SignError> {
        self.written(signer, Some(valid_until.to_string()))
    }

    fn written(&self, signer: &Signer, valid_until: Option<String>) -> Result<Vec<u8>, SignError> {
        let mut w = Writer::new();
        w.start("EntityDescriptor")
            .attribute("ID", &self.id)
            .optional_attribute("validUntil", valid_until.as_deref())
            .attribute("entityID", &self.entity_id)
            .namespace("", METADATA);
        self.security_token_service(&mut w);
        self.application_service(&mut w);
        self.identity_provider(&mut w);
        w.end();
        let signed = dsig::sign(&w.finish()?, &self.id, signer)?;
        Ok(format!("{PROLOG}{signed}").into_bytes())
    }

    fn security_token_service(&self, w: &mut Writer) {
        self.start_federation_role(w, "fed:SecurityTokenServiceType");
        w.start("fed:ClaimTypesOffered");
        for (name, title) in OFFERED {
            w.start("auth:ClaimType")
                .attribute("Uri", name)
                .namespace("auth", AUTHORIZATION);
            w.leaf("auth:DisplayName", title).end();
        }
        w.end();
        self.endpoint_reference(w, "fed:SecurityTokenServiceEndpoint");
        self.endpoint_reference(w, "fed:PassiveRequestorEndpoint");
        w.end();
    }

    fn application_service(&self, w: &mut Writer) {
        self.start_federation_role(w, "fed:ApplicationServiceType");
        w.start("fed:TargetScopes");
        w.start("wsa:EndpointReference")
            .namespace("wsa", ADDRESSING);
        w.leaf("wsa:Address", &self.entity_id).end();
        w.end();
        self.endpoint_reference(w, "fed:ApplicationServiceEndpoint");
        self.endpoint_reference(w, "fed:PassiveRequestorEndpoint");
        w.end();
    }

    fn identity_provider(&self, w: &mut Writer) {
        w.start("IDPSSODescriptor")
            .attribute("protocolSupportEnumeration", PROTOCOL);
        self.key_descriptors(w);
        let location = format!("{}/{}/saml2", self.base, self.tenant);
        for (service, binding) in [
            ("SingleLogoutService", HTTP_REDIRECT),
            ("SingleSignOnService", HTTP_REDIRECT),
            ("SingleSignOnService", HTTP_POST),
        ] {
            w.start(service)
                .attribute("Binding", binding)
                .attribute("Location", &location)
                .end();
        }
        w.end();
    }

    fn start_federation_role(&self, w: &mut Writer, kind: &str) {
        w.start("RoleDescriptor")
            .namespace("xsi", SCHEMA_INSTANCE)
            .attribute("xsi:type", kind)
            .attribute("protocolSupportEnumeration", FEDERATION)
            .namespace("fed", FEDERATION);
        self.key_descriptors(w);
    }

    fn key_descriptors(&self, w: &mut Writer) {
        for certificate in &self.certificates {
            w.start("KeyDescriptor").attribute("use", "signing");
            dsig::write_key_info(w, certificate);
            w.end();
        }
    }

    fn endpoint_reference(&self, w: &mut Writer, name: &str) {
        w.start(name);
        w.start("wsa:EndpointReference")
            .namespace("wsa", ADDRESSING);
        w.leaf(
            "wsa:Address",
            &format!("{}/{}/wsfed", self.base, self.tenant),
        );
        w.end().end();
    }
}

/// Entra spells the encoding in small letters and begins with a byte order mark.
const PROLOG: &str = "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>";

const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
const FEDERATION: &str = "http://docs.oasis-open.org/wsfed/federation/200706";
const AUTHORIZATION: &str = "http://docs.oasis-open.org/wsfed/authorization/200706";
const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";

/// Some of the claims that Entra offers here, with their titles.
const OFFERED: &[(&str, &str)] = &[
    (claim::NAME, "Name"),
    (claim::GIVEN_NAME, "Given Name"),
    (claim::SURNAME, "Surname"),
    (claim::DISPLAY_NAME, "Display Name"),
    (claim::GROUPS, "Groups"),
    (claim::IDENTITY_PROVIDER, "Identity Provider"),
    (claim::TENANT_ID, "TenantId"),
    (claim::OBJECT_ID, "ObjectIdentifier"),
    (claim::AUTHN_METHODS, "Authentication Methods References"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SignatureAlgorithm;
    use crate::crypto::SigningKey;
    use crate::metadata::IdpMetadata;

    #[test]
    fn it_reads_as_entras_metadata_does() {
        let key = SigningKey::generate_rsa_2048().unwrap();
        let (start, end) = ("2020-01-01T00:00:00Z", "2060-01-01T00:00:00Z");
        let certificate = Certificate::self_signed(
            &key,
            "practice",
            1,
            start.parse().unwrap(),
            end.parse().unwrap(),
        );
        let certificate = certificate.unwrap();
        let signer = Signer::new(key, certificate.clone(), SignatureAlgorithm::RsaSha256).unwrap();
        let bytes = EntraMetadata {
            id: "_1".to_owned(),
            entity_id: "https://sts.windows.net/contoso/".to_owned(),
            base: "https://login.example.com".to_owned(),
            tenant: "contoso".to_owned(),
            certificates: vec![certificate],
        }
        .signed(&signer)
        .unwrap();

        assert!(bytes.starts_with(
            b"\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><EntityDescriptor "
        ));
        assert!(!bytes.contains(&b'\n'));
        let metadata = IdpMetadata::read(&bytes, None).unwrap();
        assert!(metadata.is_signed());
        assert_eq!(metadata.signing_keys().len(), 1);
        assert_eq!(metadata.sso().len(), 2);
        assert_eq!(
            metadata.slo()[0].location,
            "https://login.example.com/contoso/saml2"
        );
    }
}
