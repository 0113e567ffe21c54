//! The status of a response (SAML 2.0 Core §3.2.2).

use super::aadsts::code_in;
use super::envelope::Envelope;
use super::finding::Finding;
use super::namespace::SUCCESS;

/// The fault in the status of a response, if there is one. Of the identity provider's own words only Entra's code is
/// kept: the rest may name the person, and a refusal may go into a log.
pub(super) fn status_finding(envelope: &Envelope) -> Option<Finding> {
    let status = &envelope.status;
    if status.codes.first().is_some_and(|code| code == SUCCESS) {
        return None;
    }
    let mut found: Vec<&str> = status
        .codes
        .iter()
        .map(|code| code.rsplit(':').next().unwrap_or(code))
        .collect();
    found.extend(status.message.as_deref().and_then(code_in));
    Some(Finding::new(
        "status-not-success",
        "the status Success",
        found.join(", "),
    ))
}
