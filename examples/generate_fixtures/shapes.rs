//! Responses in the shapes of identity providers other than Entra, after their documentation and public samples.
//! No part of the library knows any of them.

use super::base::ACS;
use super::base::REQUEST;
use super::base::SP;
use super::base::accepted;
use super::book::Book;
use super::controls::trusting;
use super::keys::Keys;
use super::manifest::Fixture;
use super::manifest::Who;
use super::seal::Seal;

pub(crate) fn write(book: &mut Book, keys: &Keys) {
    adfs(book, keys);
    okta(book, keys);
    keycloak(book, keys);
    shibboleth(book, keys);
    google(book, keys);
}

/// AD FS: the assertion in the default namespace, `Consent`, and a signature with a prefix.
fn adfs(book: &mut Book, keys: &Keys) {
    let xml = fill(
        r#"<samlp:Response ID="_r" Version="2.0" IssueInstant="2026-11-22T10:00:00.123Z" Destination="{acs}" Consent="urn:oasis:names:tc:SAML:2.0:consent:unspecified" InResponseTo="{request}" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">http://adfs.example.org/adfs/services/trust</Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success" /></samlp:Status><Assertion ID="_a" IssueInstant="2026-11-22T10:00:00.123Z" Version="2.0" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Issuer>http://adfs.example.org/adfs/services/trust</Issuer><Subject><NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" NameQualifier="http://adfs.example.org/adfs/services/trust" SPNameQualifier="{sp}">CONTOSO\adele</NameID><SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData InResponseTo="{request}" NotOnOrAfter="2026-11-22T10:05:00.123Z" Recipient="{acs}" /></SubjectConfirmation></Subject><Conditions NotBefore="2026-11-22T10:00:00.107Z" NotOnOrAfter="2026-11-22T11:00:00.107Z"><AudienceRestriction><Audience>{sp}</Audience></AudienceRestriction></Conditions><AttributeStatement><Attribute Name="http://schemas.xmlsoap.org/claims/Group"><AttributeValue>Domain Users</AttributeValue><AttributeValue>Staff</AttributeValue></Attribute></AttributeStatement><AuthnStatement AuthnInstant="2026-11-22T09:59:59.857Z" SessionIndex="_a"><AuthnContext><AuthnContextClassRef>urn:federation:authentication:windows</AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion></samlp:Response>"#,
    );
    let mut seal = Seal::new(&keys.idp);
    seal.prefix = "ds";
    seal.key_info = format!(
        r#"<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></KeyInfo>"#,
        keys.idp.base64()
    );
    let who = who(
        "CONTOSO\\adele",
        PERSISTENT,
        "_a",
        &[(
            "http://schemas.xmlsoap.org/claims/Group",
            &["Domain Users", "Staff"],
        )],
    );
    book.add(fixture("adfs", "AD FS", who), seal.sign(&xml, "_a"));
}

/// Okta: response and assertion both signed, types whose prefix is declared in place and named inclusive.
fn okta(book: &mut Book, keys: &Keys) {
    let issuer = r#"<saml2:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity" xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">http://www.okta.com/exk1fcia6d6EMsf331d8</saml2:Issuer>"#;
    let xml = fill(&format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><saml2p:Response Destination="{{acs}}" ID="id4511846" InResponseTo="{{request}}" IssueInstant="2026-11-22T10:00:00.123Z" Version="2.0" xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xs="http://www.w3.org/2001/XMLSchema">{issuer}<saml2p:Status xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol"><saml2p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></saml2p:Status><saml2:Assertion ID="id4511847" IssueInstant="2026-11-22T10:00:00.123Z" Version="2.0" xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xs="http://www.w3.org/2001/XMLSchema">{issuer}<saml2:Subject xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion"><saml2:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">adele@contoso.com</saml2:NameID><saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml2:SubjectConfirmationData InResponseTo="{{request}}" NotOnOrAfter="2026-11-22T10:05:00.123Z" Recipient="{{acs}}"/></saml2:SubjectConfirmation></saml2:Subject><saml2:Conditions NotBefore="2026-11-22T09:55:00.123Z" NotOnOrAfter="2026-11-22T10:05:00.123Z" xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion"><saml2:AudienceRestriction><saml2:Audience>{{sp}}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions><saml2:AuthnStatement AuthnInstant="2026-11-22T10:00:00.123Z" SessionIndex="{{request}}" xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion"><saml2:AuthnContext><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement><saml2:AttributeStatement xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion"><saml2:Attribute Name="firstName" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"><saml2:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">Adele</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement></saml2:Assertion></saml2p:Response>"#
    ));
    let mut seal = Seal::new(&keys.idp);
    seal.prefix = "ds";
    seal.inclusive = "xs";
    seal.line_end = Some("&#13;\n");
    let who = who(
        "adele@contoso.com",
        UNSPECIFIED,
        REQUEST,
        &[("firstName", &["Adele"])],
    );
    book.add(
        fixture("okta", "Okta", who),
        seal.sign(&seal.sign(&xml, "id4511847"), "id4511846"),
    );
}

/// Keycloak: the response signed, `dsig` as prefix, a bare key in `KeyInfo`, one attribute for each role.
fn keycloak(book: &mut Book, keys: &Keys) {
    let role = |name: &str| {
        format!(
            r#"<saml:Attribute Name="Role" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic"><saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">{name}</saml:AttributeValue></saml:Attribute>"#
        )
    };
    let xml = fill(&format!(
        r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Destination="{{acs}}" ID="ID_a5a4" InResponseTo="{{request}}" IssueInstant="2026-11-22T10:00:00.123Z" Version="2.0"><saml:Issuer>https://keycloak.example.org/realms/demo</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="ID_b9c2" IssueInstant="2026-11-22T10:00:00.122Z" Version="2.0"><saml:Issuer>https://keycloak.example.org/realms/demo</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">adele</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="{{request}}" NotOnOrAfter="2026-11-22T10:04:58.122Z" Recipient="{{acs}}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="2026-11-22T09:59:58.122Z" NotOnOrAfter="2026-11-22T10:00:58.122Z"><saml:AudienceRestriction><saml:Audience>{{sp}}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="2026-11-22T10:00:00.124Z" SessionIndex="8d6c::2f" SessionNotOnOrAfter="2026-11-22T20:00:00.124Z"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>{}{}</saml:AttributeStatement></saml:Assertion></samlp:Response>"#,
        role("manage-account"),
        role("view-profile")
    ));
    let mut seal = Seal::new(&keys.idp);
    seal.prefix = "dsig";
    seal.key_info = format!(
        "<ds:KeyInfo><ds:KeyName>Vq3</ds:KeyName><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>",
        keys.idp.base64()
    );
    let who = who(
        "adele",
        UNSPECIFIED,
        "8d6c::2f",
        &[("Role", &["manage-account", "view-profile"])],
    );
    book.add(
        fixture("keycloak", "Keycloak", who),
        seal.sign(&xml, "ID_b9c2").as_str(),
    );
    let mut response_signed = fixture(
        "keycloak",
        "Keycloak that signs the document",
        who_of_keycloak(),
    );
    "responses/shapes/keycloak-document.xml".clone_into(&mut response_signed.file);
    book.add(response_signed, seal.sign(&xml, "ID_a5a4"));
}

fn who_of_keycloak() -> Who {
    who(
        "adele",
        UNSPECIFIED,
        "8d6c::2f",
        &[("Role", &["manage-account", "view-profile"])],
    )
}

/// Shibboleth: the response signed, SHA-512 digests in it, `Address`, a transient name, friendly names.
fn shibboleth(book: &mut Book, keys: &Keys) {
    let xml = fill(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<saml2p:Response Destination="{acs}" ID="_1c1a" InResponseTo="{request}" IssueInstant="2026-11-22T10:00:00.123Z" Version="2.0" xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol"><saml2:Issuer xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">https://idp.example.edu/idp/shibboleth</saml2:Issuer><saml2p:Status><saml2p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></saml2p:Status><saml2:Assertion ID="_2d2b" IssueInstant="2026-11-22T10:00:00.123Z" Version="2.0" xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><saml2:Issuer>https://idp.example.edu/idp/shibboleth</saml2:Issuer><saml2:Subject><saml2:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient" NameQualifier="https://idp.example.edu/idp/shibboleth" SPNameQualifier="{sp}">AAdzZWNyZXQx</saml2:NameID><saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml2:SubjectConfirmationData Address="192.0.2.7" InResponseTo="{request}" NotOnOrAfter="2026-11-22T10:05:00.130Z" Recipient="{acs}"/></saml2:SubjectConfirmation></saml2:Subject><saml2:Conditions NotBefore="2026-11-22T10:00:00.123Z" NotOnOrAfter="2026-11-22T10:05:00.123Z"><saml2:AudienceRestriction><saml2:Audience>{sp}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions><saml2:AuthnStatement AuthnInstant="2026-11-22T10:00:00.001Z" SessionIndex="_3e3c"><saml2:SubjectLocality Address="192.0.2.7"/><saml2:AuthnContext><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement><saml2:AttributeStatement><saml2:Attribute FriendlyName="eduPersonPrincipalName" Name="urn:oid:1.3.6.1.4.1.5923.1.1.1.6" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"><saml2:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xsd:string">adele@example.edu</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement></saml2:Assertion></saml2p:Response>"#,
    );
    let mut seal = Seal::with(&keys.idp, entrada::crypto::SignatureAlgorithm::RsaSha512);
    seal.prefix = "ds";
    seal.inclusive = "xsd";
    seal.line_end = Some("\n");
    let who = who(
        "AAdzZWNyZXQx",
        TRANSIENT,
        "_3e3c",
        &[("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", &["adele@example.edu"])],
    );
    book.add(
        fixture("shibboleth", "Shibboleth", who),
        seal.sign(&xml, "_1c1a"),
    );
}

/// Google Workspace: the response signed, a subject name in `KeyInfo`, `xs:anyType`, no white space anywhere.
fn google(book: &mut Book, keys: &Keys) {
    let xml = fill(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?><saml2p:Response xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" Destination="{acs}" ID="_8f8f" InResponseTo="{request}" IssueInstant="2026-11-22T10:00:00.123Z" Version="2.0"><saml2:Issuer xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion">https://accounts.google.com/o/saml2?idpid=C01abc23d</saml2:Issuer><saml2p:Status><saml2p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></saml2p:Status><saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="_9a9a" IssueInstant="2026-11-22T10:00:00.123Z" Version="2.0"><saml2:Issuer>https://accounts.google.com/o/saml2?idpid=C01abc23d</saml2:Issuer><saml2:Subject><saml2:NameID>adele@contoso.com</saml2:NameID><saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml2:SubjectConfirmationData InResponseTo="{request}" NotOnOrAfter="2026-11-22T10:05:00.123Z" Recipient="{acs}"/></saml2:SubjectConfirmation></saml2:Subject><saml2:Conditions NotBefore="2026-11-22T09:55:00.123Z" NotOnOrAfter="2026-11-22T10:05:00.123Z"><saml2:AudienceRestriction><saml2:Audience>{sp}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions><saml2:AttributeStatement><saml2:Attribute Name="department"><saml2:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:anyType">Sales</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement><saml2:AuthnStatement AuthnInstant="2026-11-22T09:58:00.000Z" SessionIndex="_9a9a"><saml2:AuthnContext><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement></saml2:Assertion></saml2p:Response>"#,
    );
    let mut seal = Seal::new(&keys.idp);
    seal.prefix = "ds";
    seal.line_end = Some("\n");
    seal.key_info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509SubjectName>CN=Google,OU=For Work</ds:X509SubjectName><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        keys.idp.base64()
    );
    let mut who = who(
        "adele@contoso.com",
        UNSPECIFIED,
        "_9a9a",
        &[("department", &["Sales"])],
    );
    who.format = None;
    book.add(
        fixture("google", "Google Workspace", who),
        seal.sign(&xml, "_8f8f"),
    );
}

fn fixture(name: &str, shows: &str, who: Who) -> Fixture {
    let fixture = accepted(&format!("shapes/{name}.xml"), shows);
    trusting(
        Fixture {
            principal: Some(who),
            ..fixture
        },
        &format!("metadata/{name}.xml"),
    )
}

fn who(name_id: &str, format: &str, session_index: &str, attributes: &[(&str, &[&str])]) -> Who {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    Who {
        name_id: name_id.to_owned(),
        format: Some(format.to_owned()),
        session_index: Some(session_index.to_owned()),
        attributes: attributes
            .iter()
            .map(|(name, values)| ((*name).to_owned(), owned(values)))
            .collect(),
    }
}

fn fill(template: &str) -> String {
    template
        .replace("{acs}", ACS)
        .replace("{sp}", SP)
        .replace("{request}", REQUEST)
}

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
