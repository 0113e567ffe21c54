//! Metadata that is refused, or that must not cost more than its bounds.

use super::base::IDP;
use super::book::Book;
use super::keys::Keys;
use super::manifest::MetadataFixture;
use super::manifest::MetadataOutcome;
use crate::metadata::SSO;
use crate::metadata::entity;
use crate::metadata::federation;
use crate::metadata::refused;
use crate::metadata::rows;
use crate::metadata::signing;
use crate::metadata::trusted;

pub(crate) fn hostile(book: &mut Book, keys: &Keys) {
    let idp = signing(&keys.idp);
    book.add_metadata(
        MetadataFixture {
            attacks: rows(&["A17"]),
            ..refused("no-key.xml", "no key: nobody is trusted", "the identity provider has no usable signing key: the metadata has no KeyDescriptor for signing")
        },
        entity(IDP, ""),
    );
    let no_endpoint =
        "the identity provider has no https sign-on endpoint over HTTP-Redirect or HTTP-POST";
    book.add_metadata(
        MetadataFixture {
            attacks: rows(&["A41"]),
            ..refused("http-endpoint.xml", "an endpoint without TLS", no_endpoint)
        },
        entity(IDP, &idp).replace(SSO, "http://idp.example.org/sso"),
    );
    book.add_metadata(
        MetadataFixture {
            attacks: rows(&["A41"]),
            ..refused(
                "javascript-endpoint.xml",
                "an endpoint that is a script",
                no_endpoint,
            )
        },
        entity(IDP, &idp).replace(SSO, "javascript:alert(1)//"),
    );
    let until = "2026-01-01T00:00:00Z";
    let mut expired = trusted(
        "expired.xml",
        "a document that says until when it holds",
        IDP,
        1,
        SSO,
    );
    if let MetadataOutcome::Trusted { valid_until, .. } = &mut expired.expected {
        *valid_until = Some(until.parse().expect("a time"));
    }
    book.add_metadata(
        MetadataFixture {
            attacks: rows(&["A42"]),
            ..expired
        },
        entity(IDP, &idp).replacen(
            " entityID=",
            &format!(" validUntil=\"{until}\" entityID="),
            1,
        ),
    );
    book.add_metadata(
        MetadataFixture {
            attacks: rows(&["A42"]),
            choose: Some(IDP.to_owned()),
            ..refused(
                "repeated-entity.xml",
                "an entity twice: which of them is meant?",
                "the metadata has two identity providers with the entity ID \"https://sts.windows.net/0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8/\"; the second begins at line 14, column 1",
            )
        },
        federation(&[entity(IDP, &idp), entity(IDP, &signing(&keys.other))]),
    );
    book.add_metadata(
        MetadataFixture {
            attacks: rows(&["A25", "A42"]),
            ..refused("dtd.xml", "a document type declaration", "the metadata does not parse: a document type declaration is not allowed (line 1, column 1)")
        },
        format!("<!DOCTYPE md [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>{}", entity(IDP, &idp)),
    );
    book.add_metadata(
        refused(
            "service-provider.xml",
            "the metadata of a service provider",
            "there is no identity provider in the metadata: no IDPSSODescriptor for SAML 2.0, but the application \"https://sts.windows.net/0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8/\" (SPSSODescriptor), as in our own metadata. Entra has the right one under Single sign-on > SAML Certificates: the App Federation Metadata Url, and Federation Metadata XML as a file",
        ),
        entity(IDP, &idp).replace("IDPSSODescriptor", "SPSSODescriptor"),
    );
    book.add_metadata(
        refused(
            "page.xml",
            "a web page in place of metadata",
            "expected EntityDescriptor or EntitiesDescriptor, found html (line 1, column 1): this is a web page. Entra has the right one under Single sign-on > SAML Certificates: the App Federation Metadata Url, and Federation Metadata XML as a file",
        ),
        "<html><body>Sign in</body></html>\n",
    );
}
