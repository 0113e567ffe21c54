//! `samlp:AuthnRequest` from the side of the identity provider (SAML 2.0 Core §3.4.1): what Entra reads of one,
//! and what it refuses to read.

use super::aadsts::Aadsts;
use crate::saml::namespace::ASSERTION;
use crate::saml::namespace::PROTOCOL;
use crate::saml::namespace::TRANSIENT;
use crate::xml::Budget;
use crate::xml::Document;
use crate::xml::Element;
use crate::xml::collapsed;

/// The request of a service provider. Its sender is not verified. Entra does not verify it either, unless told to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ReceivedRequest {
    pub(super) id: String,
    pub(super) issuer: String,
    pub(super) acs_url: Option<String>,
    pub(super) force_authn: bool,
    pub(super) is_passive: bool,
    pub(super) name_id_format: NameIdFormat,
}

/// The formats that Entra takes in a `NameIDPolicy`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NameIdFormat {
    /// The one that the app is configured for: the sign-in name as `emailAddress`.
    Configured,
    Persistent,
    EmailAddress,
    Transient,
}

impl ReceivedRequest {
    pub(super) fn read(xml: &str) -> Result<ReceivedRequest, Aadsts> {
        ReceivedRequest::of(parse(xml)?.root())
    }

    pub(super) fn of(root: Element<'_>) -> Result<ReceivedRequest, Aadsts> {
        if !root.is(PROTOCOL, "AuthnRequest") {
            return Err(not_saml("the root element is not an AuthnRequest"));
        }
        if root.attribute("Version") != Some("2.0") {
            return Err(not_saml("the version is not 2.0"));
        }
        if child(root, ASSERTION, "Subject").is_some() {
            return Err(Aadsts::Subject);
        }
        requested_context(root)?;
        Ok(ReceivedRequest {
            id: id(root)?,
            issuer: issuer(root)?,
            acs_url: root
                .attribute("AssertionConsumerServiceURL")
                .map(str::to_owned),
            force_authn: is_true(root, "ForceAuthn"),
            is_passive: is_true(root, "IsPassive"),
            name_id_format: name_id_format(root)?,
        })
    }
}

pub(super) fn parse(xml: &str) -> Result<Document<'_>, Aadsts> {
    Document::parse(xml, &Budget::MESSAGE).map_err(|error| Aadsts::NotSaml(error.to_string()))
}

pub(super) fn id(root: Element<'_>) -> Result<String, Aadsts> {
    let id = root
        .attribute("ID")
        .filter(|id| !id.is_empty())
        .ok_or_else(|| not_saml("there is no ID"))?;
    if id.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Aadsts::InvalidId(id.to_owned()));
    }
    Ok(id.to_owned())
}

pub(super) fn issuer(root: Element<'_>) -> Result<String, Aadsts> {
    child(root, ASSERTION, "Issuer")
        .and_then(Element::text)
        .map(|issuer| collapsed(issuer).to_owned())
        .ok_or_else(|| not_saml("there is no Issuer"))
}

/// A click on a name counts as a password. Asking for anything else, or not `exact`, fails.
fn requested_context(root: Element<'_>) -> Result<(), Aadsts> {
    let Some(context) = child(root, PROTOCOL, "RequestedAuthnContext") else {
        return Ok(());
    };
    let exact = context
        .attribute("Comparison")
        .is_none_or(|comparison| comparison == "exact");
    let password = context.children().any(|class| {
        class
            .text()
            .is_some_and(|text| PASSWORD_CLASSES.contains(&collapsed(text)))
    });
    if exact && password {
        Ok(())
    } else {
        Err(Aadsts::AuthenticationContext)
    }
}

fn name_id_format(root: Element<'_>) -> Result<NameIdFormat, Aadsts> {
    let format =
        child(root, PROTOCOL, "NameIDPolicy").and_then(|policy| policy.attribute("Format"));
    match format {
        None | Some(UNSPECIFIED) => Ok(NameIdFormat::Configured),
        Some(PERSISTENT) => Ok(NameIdFormat::Persistent),
        Some(EMAIL_ADDRESS) => Ok(NameIdFormat::EmailAddress),
        Some(TRANSIENT) => Ok(NameIdFormat::Transient),
        Some(other) => Err(Aadsts::NameIdPolicy(other.to_owned())),
    }
}

pub(super) fn child<'d>(parent: Element<'d>, namespace: &str, local: &str) -> Option<Element<'d>> {
    parent.children().find(|child| child.is(namespace, local))
}

fn is_true(element: Element<'_>, attribute: &str) -> bool {
    matches!(element.attribute(attribute), Some("true" | "1"))
}

pub(super) fn not_saml(why: &str) -> Aadsts {
    Aadsts::NotSaml(why.to_owned())
}

pub(super) const EMAIL_ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
pub(super) const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

const PASSWORD_CLASSES: [&str; 3] = [
    "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn request(attributes: &str, children: &str) -> String {
        format!(
            r#"<p:AuthnRequest xmlns:p="{PROTOCOL}" xmlns:a="{ASSERTION}" Version="2.0" {attributes}>
                 <a:Issuer>urn:app</a:Issuer>{children}</p:AuthnRequest>"#
        )
    }

    #[test]
    fn what_entra_reads_of_a_request_is_read() {
        let read = ReceivedRequest::read(&request(
            r#"ID="_1" AssertionConsumerServiceURL="https://app.example/acs" ForceAuthn="true" IsPassive="0""#,
            &format!(r#"<p:NameIDPolicy Format="{PERSISTENT}"/>"#),
        ));
        let expected = ReceivedRequest {
            id: "_1".to_owned(),
            issuer: "urn:app".to_owned(),
            acs_url: Some("https://app.example/acs".to_owned()),
            force_authn: true,
            is_passive: false,
            name_id_format: NameIdFormat::Persistent,
        };
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn what_entra_refuses_is_refused_with_its_number() {
        for (attributes, children, code) in [
            (r#"ID="1a""#, "", 7_500_529),
            ("", "", 75005),
            (r#"ID="_1""#, "<a:Subject/>", 900_236),
            (r#"ID="_1""#, r#"<p:NameIDPolicy Format="urn:x"/>"#, 75016),
            (
                r#"ID="_1""#,
                r#"<p:RequestedAuthnContext Comparison="minimum"/>"#,
                75011,
            ),
        ] {
            let found = ReceivedRequest::read(&request(attributes, children));
            assert_eq!(found.map_err(|error| error.code()), Err(code), "{children}");
        }
        for xml in ["", "<a/>", "<!DOCTYPE a><a/>"] {
            let found = ReceivedRequest::read(xml);
            assert_eq!(found.map_err(|error| error.code()), Err(75005), "{xml}");
        }
    }
}
