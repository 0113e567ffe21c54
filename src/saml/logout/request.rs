//! `samlp:LogoutRequest` (SAML 2.0 Core §3.7.1), as we send it.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::moment;
use crate::saml::MessageId;
use crate::saml::NameId;
use crate::saml::message;
use crate::saml::time;
use crate::xml::WriteError;

/// A request to end a person's sessions everywhere.
#[derive(Clone, Debug)]
pub struct LogoutRequest {
    /// Its own ID, which the answer must name.
    pub id: MessageId,
    /// The time at which it is sent; it holds for five minutes.
    pub issue_instant: Timestamp,
    /// The receiver's logout address.
    pub destination: String,
    /// Our Entity ID, or the identity provider's when it is the sender.
    pub issuer: String,
    /// The person whose sessions end; Entra refuses a request without a name (AADSTS7500530).
    pub name_id: NameId,
    /// The session that ends, by the identity provider's own handle.
    pub session_index: Option<String>,
}

impl LogoutRequest {
    /// The time for which a request holds: a browser carries it over within seconds.
    pub const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

    /// Writes the message.
    ///
    /// # Errors
    /// A value that XML cannot carry.
    pub fn to_xml(&self) -> Result<String, WriteError> {
        let (issued, destination) = (self.issue_instant, &self.destination);
        let deadline = moment::later(issued, LogoutRequest::LIFETIME);
        let mut w = message::start("samlp:LogoutRequest", &self.id, issued, destination);
        w.attribute("NotOnOrAfter", &time::format(deadline));
        w.leaf("saml:Issuer", &self.issuer);
        w.start("saml:NameID")
            .optional_attribute("NameQualifier", self.name_id.name_qualifier.as_deref())
            .optional_attribute("SPNameQualifier", self.name_id.sp_name_qualifier.as_deref())
            .optional_attribute("Format", self.name_id.format.as_deref())
            .text(&self.name_id.value)
            .end();
        if let Some(index) = &self.session_index {
            w.leaf("samlp:SessionIndex", index);
        }
        w.end();
        w.finish()
    }
}
