//! `samlp:LogoutResponse` (SAML 2.0 Core §3.7.2), as we send it.

use jiff::Timestamp;

use crate::saml::MessageId;
use crate::saml::message;
use crate::saml::namespace::SUCCESS;
use crate::xml::WriteError;

/// The result of a logout (Core §3.2.2.2, §3.7.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogoutStatus {
    /// Every session has ended.
    Success,
    /// Ours have ended; some others have not.
    Partial,
    /// The request was not understood or not allowed.
    Refused,
    /// The sessions could not be ended.
    Failed,
}

/// The answer to a [`LogoutRequest`](super::LogoutRequest).
#[derive(Clone, Debug)]
pub struct LogoutResponse {
    /// Its own ID.
    pub id: MessageId,
    /// The time at which it is sent.
    pub issue_instant: Timestamp,
    /// The receiver's logout address.
    pub destination: String,
    /// Our Entity ID, or the identity provider's when it is the sender.
    pub issuer: String,
    /// The request that it answers.
    pub in_response_to: String,
    /// The result of the logout.
    pub status: LogoutStatus,
}

impl LogoutResponse {
    /// Writes the message.
    ///
    /// # Errors
    /// A value that XML cannot carry.
    pub fn to_xml(&self) -> Result<String, WriteError> {
        let (issued, destination) = (self.issue_instant, &self.destination);
        let mut w = message::start("samlp:LogoutResponse", &self.id, issued, destination);
        w.attribute("InResponseTo", &self.in_response_to);
        w.leaf("saml:Issuer", &self.issuer);
        w.start("samlp:Status");
        let (top, nested) = self.status.codes();
        w.start("samlp:StatusCode").attribute("Value", top);
        if let Some(nested) = nested {
            w.start("samlp:StatusCode").attribute("Value", nested).end();
        }
        w.end().end();
        w.end();
        w.finish()
    }
}

impl LogoutStatus {
    fn codes(self) -> (&'static str, Option<&'static str>) {
        match self {
            LogoutStatus::Success => (SUCCESS, None),
            LogoutStatus::Partial => (SUCCESS, Some(PARTIAL_LOGOUT)),
            LogoutStatus::Refused => (REQUESTER, None),
            LogoutStatus::Failed => (RESPONDER, None),
        }
    }

    /// Reads the codes of a status, outermost first.
    pub(super) fn of(codes: &[String]) -> LogoutStatus {
        let has = |wanted| codes.iter().any(|code| code == wanted);
        match codes.first() {
            Some(top) if top == SUCCESS && !has(PARTIAL_LOGOUT) => LogoutStatus::Success,
            _ if has(PARTIAL_LOGOUT) => LogoutStatus::Partial,
            Some(top) if top == RESPONDER => LogoutStatus::Failed,
            _ => LogoutStatus::Refused,
        }
    }
}

const PARTIAL_LOGOUT: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";
const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
const REQUESTER: &str = "urn:oasis:names:tc:SAML:2.0:status:Requester";
