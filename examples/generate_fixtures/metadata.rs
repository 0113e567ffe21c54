//! Metadata: Entra's, that of others, and what must not be trusted.

use entrada::practice::EntraMetadata;

use super::base::IDP;
use super::base::TENANT;
use super::book::Book;
use super::keys::Key;
use super::keys::Keys;
use super::manifest::MetadataFixture;
use super::manifest::MetadataOutcome;
use crate::hostile_metadata::hostile;

/// The other identity provider, an attacker's or just somebody else's.
pub(crate) const OTHER_IDP: &str = "https://sts.windows.net/ffffffff-4d5e-4f70-8192-a3b4c5d6e7f8/";
/// An identity provider that is not Entra.
pub(crate) const PLAIN_IDP: &str = "https://idp.example.org/entity";
const ENTRA_SSO: &str =
    "https://login.microsoftonline.com/0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8/saml2";
pub(crate) const SSO: &str = "https://idp.example.org/sso";

pub(crate) fn write(book: &mut Book, keys: &Keys) {
    entra(book, keys);
    others(book, keys);
    hostile(book, keys);
}

fn entra(book: &mut Book, keys: &Keys) {
    let entra = |entity_id: &str, tenant: &str, listed: &[&Key]| {
        EntraMetadata {
            id: "_2f4d6b1e-3c0a-4a8b-9c7d-1e0f2a3b4c5d".to_owned(),
            entity_id: entity_id.to_owned(),
            base: "https://login.microsoftonline.com".to_owned(),
            tenant: tenant.to_owned(),
            certificates: listed.iter().map(|key| key.certificate.clone()).collect(),
        }
        .signed(&listed[0].signer())
        .expect("metadata can be written")
    };
    book.add_metadata(
        trusted(
            "entra.xml",
            "Entra's federation metadata with an active and a staged certificate",
            IDP,
            2,
            ENTRA_SSO,
        ),
        entra(IDP, TENANT, &[&keys.idp, &keys.staged]),
    );
    let sso = "https://login.microsoftonline.com/ffffffff-4d5e-4f70-8192-a3b4c5d6e7f8/saml2";
    book.add_metadata(
        trusted(
            "entra-other-tenant.xml",
            "another tenant, with another key",
            OTHER_IDP,
            1,
            sso,
        ),
        entra(
            OTHER_IDP,
            "ffffffff-4d5e-4f70-8192-a3b4c5d6e7f8",
            &[&keys.other],
        ),
    );
    book.add_metadata(
        trusted(
            "entra-without-appid.xml",
            "the address without appid: the tenant's keys, which do not sign the app's responses",
            IDP,
            1,
            ENTRA_SSO,
        ),
        entra(IDP, TENANT, &[&keys.other]),
    );
    book.add_metadata(
        trusted(
            "entra-common.xml",
            "the common document: its entity ID is a placeholder that no response matches",
            "https://sts.windows.net/{tenantid}/",
            1,
            "https://login.microsoftonline.com/common/saml2",
        ),
        entra(
            "https://sts.windows.net/{tenantid}/",
            "common",
            &[&keys.idp],
        ),
    );
}

fn others(book: &mut Book, keys: &Keys) {
    let idp = signing(&keys.idp);
    book.add_metadata(
        trusted(
            "all-keys.xml",
            "an RSA key and EC keys on three curves",
            IDP,
            4,
            SSO,
        ),
        entity(
            IDP,
            &[&keys.idp, &keys.p256, &keys.p384, &keys.p521]
                .map(signing)
                .concat(),
        ),
    );
    book.add_metadata(
        MetadataFixture {
            attacks: rows(&["A18"]),
            ..trusted(
                "key-without-use.xml",
                "a key without use is for both uses",
                IDP,
                1,
                SSO,
            )
        },
        entity(IDP, &idp.replace(" use=\"signing\"", "")),
    );
    book.add_metadata(
        trusted(
            "duplicate-keys.xml",
            "one certificate listed twice counts once",
            IDP,
            1,
            SSO,
        ),
        entity(IDP, &format!("{idp}{idp}")),
    );
    book.add_metadata(
        MetadataFixture {
            expected: outcome(IDP, 1, 2, SSO),
            ..trusted("unusable-keys.xml", "descriptors without a certificate, or with a broken one, are passed over", IDP, 1, SSO)
        },
        entity(
            IDP,
            &format!(
                "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:KeyName>none</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>\
                 <md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>{idp}"
            ),
        ),
    );
    book.add_metadata(
        trusted(
            "plain.xml",
            "an identity provider that is not Entra",
            PLAIN_IDP,
            1,
            SSO,
        ),
        entity(
            PLAIN_IDP,
            &format!(
                "{idp}{}",
                signing(&keys.other).replace("\"signing\"", "\"encryption\"")
            ),
        ),
    );
    let role = |keys: &str| {
        let whole = entity(IDP, keys);
        let from = whole.find("<md:IDPSSODescriptor").expect("a role");
        let to = whole.find("</md:EntityDescriptor>").expect("an end");
        whole[from..to].to_owned()
    };
    book.add_metadata(
        trusted(
            "two-roles.xml",
            "two roles as a SAML 2.0 identity provider, each with a key",
            IDP,
            2,
            SSO,
        ),
        entity(IDP, &idp).replace(&role(&idp), &(role(&idp) + &role(&signing(&keys.staged)))),
    );
    let end = "9999-12-31T23:59:59.9999999Z";
    let mut endless = trusted(
        "without-end.xml",
        "a document that holds until the end of all time",
        IDP,
        1,
        SSO,
    );
    if let MetadataOutcome::Trusted { valid_until, .. } = &mut endless.expected {
        *valid_until = Some("9999-12-30T22:00:00Z".parse().expect("a time"));
    }
    book.add_metadata(
        endless,
        entity(IDP, &idp).replacen(" entityID=", &format!(" validUntil=\"{end}\" entityID="), 1),
    );
    for (file, entity_id, shows) in [
        (
            "adfs.xml",
            "http://adfs.example.org/adfs/services/trust",
            "AD FS",
        ),
        (
            "okta.xml",
            "http://www.okta.com/exk1fcia6d6EMsf331d8",
            "Okta",
        ),
        (
            "keycloak.xml",
            "https://keycloak.example.org/realms/demo",
            "Keycloak",
        ),
        (
            "shibboleth.xml",
            "https://idp.example.edu/idp/shibboleth",
            "Shibboleth",
        ),
        (
            "google.xml",
            "https://accounts.google.com/o/saml2?idpid=C01abc23d",
            "Google Workspace",
        ),
    ] {
        book.add_metadata(
            trusted(file, shows, entity_id, 1, SSO),
            entity(entity_id, &idp),
        );
    }
    let federation = federation(&[entity(IDP, &idp), entity(OTHER_IDP, &signing(&keys.other))]);
    let several = trusted(
        "federation.xml",
        "one entity of an EntitiesDescriptor, chosen by its ID",
        OTHER_IDP,
        1,
        SSO,
    );
    book.add_metadata(
        MetadataFixture {
            choose: Some(OTHER_IDP.to_owned()),
            ..several
        },
        &federation,
    );
    book.add_metadata(
        refused(
            "federation.xml",
            "several entities, and none chosen",
            "the metadata has several identity providers; choose one by its entity ID: https://sts.windows.net/0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8/, https://sts.windows.net/ffffffff-4d5e-4f70-8192-a3b4c5d6e7f8/",
        ),
        &federation,
    );
    let absent = "https://absent.example.org/";
    book.add_metadata(
        MetadataFixture {
            choose: Some(absent.to_owned()),
            ..refused(
                "federation.xml",
                "an entity that is not there",
                "there is no identity provider with the entity ID \"https://absent.example.org/\" in the metadata",
            )
        },
        &federation,
    );
}

pub(crate) fn entity(entity_id: &str, keys: &str) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"{entity_id}\">\n\
         <md:IDPSSODescriptor WantAuthnRequestsSigned=\"false\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\n{keys}\
         <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>\n\
         <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" Location=\"https://idp.example.org/soap\"/>\n\
         <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{SSO}\"/>\n\
         </md:IDPSSODescriptor>\n</md:EntityDescriptor>\n"
    )
}

pub(crate) fn federation(entities: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- Terms of use apply. -->\n\
         <md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" Name=\"https://federation.example.org/\">\n{}</md:EntitiesDescriptor>\n",
        entities.concat()
    )
}

pub(crate) fn signing(key: &Key) -> String {
    format!(
        "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n{}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\n",
        key.base64()
    )
}

pub(crate) fn trusted(
    file: &str,
    shows: &str,
    entity_id: &str,
    keys: usize,
    sso: &str,
) -> MetadataFixture {
    MetadataFixture {
        file: format!("metadata/{file}"),
        attacks: Vec::new(),
        shows: shows.to_owned(),
        choose: None,
        expected: outcome(entity_id, keys, 0, sso),
    }
}

fn outcome(entity_id: &str, keys: usize, skipped_keys: usize, sso: &str) -> MetadataOutcome {
    MetadataOutcome::Trusted {
        entity_id: entity_id.to_owned(),
        keys,
        skipped_keys,
        sso: sso.to_owned(),
        valid_until: None,
    }
}

pub(crate) fn refused(file: &str, shows: &str, reason: &str) -> MetadataFixture {
    MetadataFixture {
        expected: MetadataOutcome::Refused(reason.to_owned()),
        ..trusted(file, shows, IDP, 0, SSO)
    }
}

pub(crate) fn rows(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| (*row).to_owned()).collect()
}
