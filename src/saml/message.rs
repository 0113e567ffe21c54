//! The beginning that all messages of ours have in common (SAML 2.0 Core §3.2.1, §3.2.2).

use jiff::Timestamp;

use super::id::MessageId;
use super::namespace::ASSERTION;
use super::namespace::PROTOCOL;
use super::time;
use crate::xml::Writer;

/// Starts a message. Attributes of its own come next, then its issuer.
pub(super) fn start(name: &str, id: &MessageId, issued: Timestamp, destination: &str) -> Writer {
    let mut w = Writer::new();
    w.start(name)
        .namespace("samlp", PROTOCOL)
        .namespace("saml", ASSERTION)
        .attribute("ID", id.as_str())
        .attribute("Version", "2.0")
        .attribute("IssueInstant", &time::format(issued))
        .attribute("Destination", destination);
    w
}
