//! `samlp:AuthnRequest` (SAML 2.0 Core §3.4.1, Profiles §4.1.4.1): only what Entra reads, and nothing that it
//! refuses.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::id::MessageId;
use super::message;
use super::namespace::HTTP_POST;
use super::namespace::TRANSIENT;
use super::service_provider::ServiceProvider;
use crate::xml::WriteError;

/// A request to sign a person on. The answer is to come to our ACS over HTTP-POST.
///
/// There is no `Subject`, since Entra refuses one: say whom you expect by `login_hint`.
#[derive(Clone, Debug)]
pub struct AuthnRequest {
    /// Its own ID, which the answer must name.
    pub id: MessageId,
    /// The time at which it is sent.
    pub issue_instant: Timestamp,
    /// The identity provider's sign-on address, to which it is sent.
    pub destination: String,
    /// The things that it asks for beyond a sign-on.
    pub options: RequestOptions,
}

/// The things that a request may ask for beyond a sign-on. By default there are none, so that the app's settings in
/// Entra decide.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestOptions {
    /// `ForceAuthn`: the person must prove anew who they are.
    pub force_authn: bool,
    /// `IsPassive`: the person must not be asked; the answer may be `NoPassive`.
    pub is_passive: bool,
    /// `NameIDPolicy/@Format`: the kind of name that is wanted.
    pub name_id_format: Option<String>,
    /// `RequestedAuthnContext`, exactly one of these. Asking for any breaks people who sign in with a certificate or a
    /// second factor (AADSTS75011), so there is none by default.
    pub authn_context: Vec<AuthnContextClass>,
}

/// The URI of an authentication context class (SAML 2.0 Authentication Context §3.4).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthnContextClass(pub String);

impl AuthnRequest {
    /// Writes the message of this service provider.
    ///
    /// # Errors
    /// A setting of ours that holds a character which XML cannot carry.
    pub fn to_xml(&self, sp: &ServiceProvider) -> Result<String, WriteError> {
        let (issued, destination) = (self.issue_instant, &self.destination);
        let mut w = message::start("samlp:AuthnRequest", &self.id, issued, destination);
        w.attribute("ProtocolBinding", HTTP_POST)
            .attribute("AssertionConsumerServiceURL", &sp.acs_url)
            .optional_attribute("ForceAuthn", self.options.force_authn.then_some("true"))
            .optional_attribute("IsPassive", self.options.is_passive.then_some("true"));
        w.leaf("saml:Issuer", &sp.entity_id);
        if let Some(format) = &self.options.name_id_format {
            w.start("samlp:NameIDPolicy")
                .attribute("Format", format)
                .optional_attribute("AllowCreate", allows_create(format).then_some("true"))
                .end();
        }
        if !self.options.authn_context.is_empty() {
            w.start("samlp:RequestedAuthnContext")
                .attribute("Comparison", "exact");
            for class in &self.options.authn_context {
                w.leaf("saml:AuthnContextClassRef", &class.0);
            }
            w.end();
        }
        w.end();
        w.finish()
    }
}

/// Says whether a request for a name of this format lets the identity provider make one: without that, many refuse a
/// persistent name to whoever signs on for the first time (Core §3.4.1.1). For a transient name the attribute must not be
/// there (SAML 2.0 Errata, E14). Entra ignores it.
pub(crate) fn allows_create(format: &str) -> bool {
    format != TRANSIENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_made_for_a_person_unless_it_is_transient_anyway() {
        let sp = ServiceProvider {
            entity_id: "urn:sp".to_owned(),
            acs_url: "https://sp.example/acs".to_owned(),
            tenant: None,
        };
        let policy = |format: Option<&str>| {
            let request = AuthnRequest {
                id: MessageId::from_random([7; 20]),
                issue_instant: Timestamp::UNIX_EPOCH,
                destination: "https://idp.example/sso".to_owned(),
                options: RequestOptions {
                    name_id_format: format.map(str::to_owned),
                    ..RequestOptions::default()
                },
            };
            let xml = request.to_xml(&sp).unwrap();
            let start = xml.find("<samlp:NameIDPolicy")?;
            let end = start + xml[start..].find('>')?;
            Some(xml[start..=end].to_owned())
        };
        for format in [
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        ] {
            let expected =
                format!("<samlp:NameIDPolicy Format=\"{format}\" AllowCreate=\"true\"/>");
            assert_eq!(policy(Some(format)), Some(expected));
        }
        let expected = format!("<samlp:NameIDPolicy Format=\"{TRANSIENT}\"/>");
        assert_eq!(policy(Some(TRANSIENT)), Some(expected));
        assert_eq!(policy(None), None);
    }
}
