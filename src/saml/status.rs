//! The status of a response (SAML 2.0 Core §3.2.2).

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
    found.extend(status.message.as_deref().and_then(entra_code));
    Some(Finding::new(
        "status-not-success",
        "the status Success",
        found.join(", "),
    ))
}

/// The code of the form `AADSTS50105` in a status message of Entra's.
fn entra_code(message: &str) -> Option<&str> {
    let code = &message[message.find("AADSTS")?..];
    let digits = code["AADSTS".len()..]
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    (digits > 0).then(|| &code[.."AADSTS".len() + digits])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_status_message_only_entras_code_is_kept() {
        for (message, code) in [
            (
                "AADSTS50105: The signed in user 'adele@contoso.example' is not assigned",
                Some("AADSTS50105"),
            ),
            ("Error AADSTS75011.", Some("AADSTS75011")),
            ("AADSTS: adele", None),
            ("adele@contoso.example is not welcome", None),
        ] {
            assert_eq!(entra_code(message), code, "{message}");
        }
    }
}
