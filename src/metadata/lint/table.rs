//! The table of findings. The command line, `entrada check`, the documentation and the tests all read it.

use super::kind::Lint;
use super::kind::Severity::Error;
use super::kind::Severity::Note;
use super::kind::Severity::Warning;

/// Declares each finding once, as a name for the rules and as a row of the table.
macro_rules! lints {
    ($($name:ident $severity:ident $code:literal $title:literal $advice:expr;)+) => {
        $(pub(super) const $name: Lint = Lint {
            code: $code,
            severity: $severity,
            title: $title,
            advice: $advice,
        };)+

        /// All findings that there are.
        pub const LINTS: &[Lint] = &[$($name),+];
    };
}

const DOWNLOAD_AGAIN: &str = "Download it once more and leave it as it is. In Entra: Single sign-on > SAML Certificates > Federation Metadata XML.";
const NEW_CERTIFICATE: &str = "In Entra: Single sign-on > SAML Certificates > Edit > New Certificate (RSA 2048, SHA-256), and make it active once every site has it.";
const ENTITY_ID: &str = "Copy it from Entra: Single sign-on > Set up > Microsoft Entra Identifier.";

lints! {
    METADATA_UNREADABLE Error "metadata-unreadable"
        "The document is no SAML metadata that can be read." DOWNLOAD_AGAIN;
    TOO_LARGE Error "too-large"
        "The document is larger than is read."
        "Take the metadata of the one entity instead: by a metadata query server (--mdq), or in Entra the App Federation Metadata Url.";
    DUPLICATE_ID Error "duplicate-id"
        "Two elements of the document have the same ID, so that it is open which of them is signed."
        DOWNLOAD_AGAIN;
    NO_IDENTITY_PROVIDER Error "no-identity-provider"
        "No entity of the document is a SAML 2.0 identity provider."
        "This may be the metadata of a service provider, or of WS-Federation alone. In Entra: Single sign-on > SAML Certificates > App Federation Metadata Url.";
    NO_SUCH_ENTITY Error "no-such-entity"
        "The entity that was asked for is not among the identity providers of the document." ENTITY_ID;
    REPEATED_ENTITY Error "repeated-entity"
        "Two identity providers of the document have the same entity ID."
        "Ask whoever publishes the document to remove one of them: it is open which one is meant.";
    SEVERAL_ENTITIES Note "several-entities"
        "The document has several identity providers."
        "Name the one that a connection is for: --idp-entity-id.";
    ENTRA_ADDRESS_WITHOUT_APPID Error "entra-address-without-appid"
        "The address is that of a whole Entra tenant: it lists keys that do not sign an app's responses."
        TENANT_WIDE;
    UNSIGNED Note "unsigned"
        "The document is not signed."
        "Its address vouches for it alone. Entra signs its metadata; for others it is enough that the address begins with https.";
    WEAK_DOCUMENT_SIGNATURE Warning "weak-document-signature"
        "The document is signed with SHA-1 or MD5."
        "No pinned signer can be held against it. Ask the publisher for SHA-256. In Entra: Single sign-on > SAML Certificates > Edit > Signing Algorithm: SHA-256.";
    SIGNATURE_BROKEN Warning "signature-broken"
        "The document was changed after it was signed."
        DOWNLOAD_AGAIN;
    SIGNATURE_UNUSABLE Note "signature-unusable"
        "The signature of the document is not of the shape that SAML admits."
        "No pinned signer can be held against it. Ask the publisher for one enveloped signature with exclusive canonicalisation, RSA or ECDSA, and SHA-256.";
    METADATA_STALE Warning "metadata-stale"
        "The source has not vouched for the copy for a day or more."
        "Look at the last failure (entrada connection show ID) and fetch it now: entrada connection refresh ID.";
    VALID_UNTIL_UNREADABLE Error "valid-until-unreadable"
        "A validUntil is no time in UTC." DOWNLOAD_AGAIN;
    METADATA_EXPIRED Error "metadata-expired"
        "The validUntil of the document has passed." "Fetch the document anew; if it is still the old one, ask whoever publishes it.";
    METADATA_EXPIRES_SOON Warning "metadata-expires-soon"
        "The validUntil of the document is near."
        "Fetch the document anew; if it is still the old one, ask whoever publishes it.";
    SEVERAL_ROLES Note "several-roles"
        "The entity has several IDPSSODescriptors for SAML 2.0."
        "The keys and endpoints of all of them count. If one is left over from before, ask the identity provider to remove it.";
    ROLE_EXPIRED Warning "role-expired"
        "The validUntil of one of several IDPSSODescriptors has passed."
        "Its keys and endpoints no longer count; those of the others do. Ask the identity provider to remove it, or to publish it anew.";
    NO_ENTITY_ID Error "no-entity-id"
        "The entity has no entityID." DOWNLOAD_AGAIN;
    ENTITY_ID_NOT_URI Warning "entity-id-not-uri"
        "The entity ID is no absolute URI of at most 1024 characters (Metadata §2.2.1)."
        "Responses must name it letter for letter as their issuer. If it was mistyped, correct it at the identity provider.";
    ENTITY_ID_INVISIBLE Warning "entity-id-invisible"
        "The entity ID has white space or something in it that nobody sees."
        "White space at its ends is no part of it (xs:anyURI); everything else is, and responses must have it too. Ask whoever publishes the document to take it out.";
    ENDPOINT_INVISIBLE Warning "endpoint-invisible"
        "An endpoint has white space or something in it that nobody sees."
        "White space at its ends is no part of it (xs:anyURI); everything else is, so that people may be sent to a wrong address. Ask whoever publishes the document to take it out.";
    MORE_THAN_IS_READ Warning "more-than-is-read"
        "The document lists more roles, keys or certificates than are read, and the rest is passed over."
        "Let the identity provider remove those that it has retired: responses that a key of the rest has signed are refused.";
    ENTRA_COMMON_DOCUMENT Error "entra-common-document"
        "The entity ID has a placeholder: this is the `common` document, which fits no tenant."
        "Use the address with your tenant's id. In Entra: Single sign-on > SAML Certificates > App Federation Metadata Url.";
    NO_SIGNING_KEY Error "no-signing-key"
        "There is no usable signing certificate, so no response can be verified."
        "Let the identity provider publish a certificate of RSA with 2048 bits or more, or of EC on P-256, P-384 or P-521.";
    ENCRYPTION_ONLY_KEYS Error "encryption-only-keys"
        "All keys are for encryption, so no response can be verified."
        "Let the identity provider publish its signing certificate too: a KeyDescriptor with use=\"signing\", or without use.";
    TOO_MANY_KEYS Error "too-many-keys"
        "There are more signing keys than are tried."
        "Let the identity provider remove those that it has retired. In Entra: Single sign-on > SAML Certificates > Edit > Delete.";
    WEAK_KEY Warning "weak-key"
        "A key is too weak, or of a kind that is not accepted, and passed over."
        NEW_CERTIFICATE;
    KEY_SKIPPED Warning "key-skipped"
        "A certificate cannot be read, and is passed over." DOWNLOAD_AGAIN;
    KEY_WITHOUT_CERTIFICATE Warning "key-without-certificate"
        "A key has no X509Certificate around it, and is passed over."
        "Let the identity provider publish certificates, not bare keys or names of keys.";
    UNKNOWN_KEY_USE Warning "unknown-key-use"
        "A key is for neither signing nor encryption, and is passed over."
        "Let the identity provider write use=\"signing\" or use=\"encryption\" (Metadata §2.4.1.1).";
    DUPLICATE_CERTIFICATE Note "duplicate-certificate"
        "A signing certificate is listed twice."
        "It counts once. Nothing needs to be done.";
    CERTIFICATE_CHAIN Note "certificate-chain"
        "An X509Data has more certificates than that of the key."
        "The first counts; the others are taken for its chain and passed over. If one is a key of its own, let the identity provider publish a KeyDescriptor for it.";
    ENTRA_MANY_KEYS Warning "entra-many-keys"
        "There are more certificates than an app of Entra has: this looks like the document of the whole tenant."
        TENANT_WIDE;
    WEAK_CERTIFICATE_SIGNATURE Note "weak-certificate-signature"
        "A certificate was signed with SHA-1 or MD5 by whoever issued it."
        "No trust rests on that signature: the key counts because the metadata lists it. Take SHA-256 for the next one.";
    CERTIFICATE_EXPIRED Warning "certificate-expired"
        "A signing certificate has expired. It is still trusted, because the metadata lists it."
        NEW_CERTIFICATE;
    CERTIFICATE_NOT_YET_VALID Warning "certificate-not-yet-valid"
        "A signing certificate is not valid yet. It is trusted already, because the metadata lists it."
        "If it is not staged on purpose, look at the clock of the identity provider.";
    CERTIFICATE_EXPIRES_SOON Warning "certificate-expires-soon"
        "A signing certificate expires within 60 days."
        NEW_CERTIFICATE;
    WANTS_SIGNED_REQUESTS Warning "wants-signed-requests"
        "The identity provider takes signed requests alone (WantAuthnRequestsSigned)."
        "Give the connection --sign-requests, and our certificate to the identity provider (entrada metadata sp ID).";
    NO_SIGN_ON_ENDPOINT Error "no-sign-on-endpoint"
        "There is no https sign-on endpoint over HTTP-Redirect or HTTP-POST."
        "Let the identity provider publish a SingleSignOnService. Entra always does: this document is not its own, or was changed.";
    NO_USABLE_BINDING Error "no-usable-binding"
        "No sign-on endpoint is over a binding that we speak: HTTP-Redirect or HTTP-POST."
        "Switch one of these bindings on at the identity provider. Entra publishes both.";
    NO_LOGOUT_ENDPOINT Note "no-logout-endpoint"
        "There is no https logout endpoint over HTTP-Redirect or HTTP-POST."
        "A sign-out ends our own session alone. Entra publishes an endpoint; with others, switch single logout on.";
    HTTP_ENDPOINT Warning "http-endpoint"
        "An endpoint is not https, or has a password in it, and is passed over."
        "Let the identity provider publish https addresses: what goes over http can be read and changed on its way, and everybody who signs in learns a password in an address.";
    DUPLICATE_ENDPOINT Note "duplicate-endpoint"
        "An endpoint is listed twice."
        "It counts once. Nothing needs to be done.";
}

const TENANT_WIDE: &str = "The address without ?appid=..., and with an app id that the tenant does not have, lists keys of the whole tenant, which do not sign an app's responses. In Entra: Single sign-on > SAML Certificates: copy the App Federation Metadata Url, whole.";
