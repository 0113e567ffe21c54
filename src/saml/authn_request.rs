//! `samlp:AuthnRequest` (SAML 2.0 Core §3.4.1, Profiles §4.1.4.1): only what Entra reads, and nothing that it
//! refuses.

use jiff::Timestamp;

use super::id::MessageId;
use super::namespace::ASSERTION;
use super::namespace::HTTP_POST;
use super::namespace::PROTOCOL;
use super::service_provider::ServiceProvider;
use super::time;
use crate::xml::WriteError;
use crate::xml::Writer;

/// A request to sign a person on. The answer is to come to our ACS over HTTP-POST.
///
/// There is no `Subject` (Entra refuses one), no `RequestedAuthnContext` (one breaks people with certificates
/// or a second factor, AADSTS75011) and no `NameIDPolicy` (the app's setting in Entra decides).
#[derive(Clone, Debug)]
pub struct AuthnRequest {
    /// Its own ID, which the answer must name.
    pub id: MessageId,
    /// When it is sent.
    pub issue_instant: Timestamp,
    /// The identity provider's sign-on address, to which it is sent.
    pub destination: String,
}

impl AuthnRequest {
    /// Writes the message of this service provider.
    ///
    /// # Errors
    /// A setting of ours that holds a character which XML cannot carry.
    pub fn to_xml(&self, sp: &ServiceProvider) -> Result<String, WriteError> {
        let mut w = Writer::new();
        w.start("samlp:AuthnRequest")
            .namespace("samlp", PROTOCOL)
            .namespace("saml", ASSERTION)
            .attribute("ID", self.id.as_str())
            .attribute("Version", "2.0")
            .attribute("IssueInstant", &time::format(self.issue_instant))
            .attribute("Destination", &self.destination)
            .attribute("ProtocolBinding", HTTP_POST)
            .attribute("AssertionConsumerServiceURL", &sp.acs_url);
        w.start("saml:Issuer").text(&sp.entity_id).end();
        w.end();
        w.finish()
    }
}
