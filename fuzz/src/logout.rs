//! Logout messages, as a query and as a form. Whatever passes is exactly one of the two that the identity provider signed.

use entrada::saml::ClockSkew;
use entrada::saml::logout::LogoutError;
use entrada::saml::logout::LogoutOrder;
use entrada::saml::logout::LogoutRules;
use entrada::saml::logout::LogoutStatus;
use entrada::saml::logout::VerifiedLogout;
use entrada::saml::redirect::MessageKind;
use openssl::base64::encode_block;

use super::response;
use super::response::NeverSeen;
use super::response::at_once;

/// Our logout address.
pub const SLO: &str = "https://app.example.com/saml/acme/slo";
/// The ID of the signed request.
pub const REQUEST: &str = "_8e8dc5f69a98cc4c1ff3427e5ce34606fd672f91";
/// The sessions that it ends.
pub const SESSIONS: [&str; 2] = [response::ASSERTION_ID, "_another"];
/// The request that the signed response answers.
pub const OURS: &str = "id-89abcdef0123456789abcdef0123456789abcdef";

/// Takes the bytes for a query, for the field of a form, and for the message in one.
pub fn logout(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        accepts_query(text);
        for kind in KINDS {
            judge(VerifiedLogout::from_form(kind, text, &response::SITE.trust));
        }
    }
    accepts(data);
}

/// Tells if the message passes, posted in a form; in one of the two fields alone.
pub fn accepts(message: &[u8]) -> bool {
    let field = encode_block(message);
    let trust = &response::SITE.trust;
    let [request, response] =
        KINDS.map(|kind| judge(VerifiedLogout::from_form(kind, &field, trust)));
    assert!(!(request && response));
    request || response
}

const KINDS: [MessageKind; 2] = [MessageKind::Request, MessageKind::Response];

/// Tells if the message of a query passes.
pub fn accepts_query(query: &str) -> bool {
    let message = VerifiedLogout::from_query(query, &response::SITE.trust);
    judge(message.map(|(message, _)| message))
}

fn judge(message: Result<VerifiedLogout, LogoutError>) -> bool {
    match message.and_then(carried_out) {
        Ok(()) => true,
        Err(error) => {
            assert!(!error.code().is_empty());
            let _ = error.to_string();
            false
        }
    }
}

fn carried_out(message: VerifiedLogout) -> Result<(), LogoutError> {
    let site = &response::SITE;
    let rules = LogoutRules {
        trust: &site.trust,
        slo_url: SLO,
        skew: ClockSkew::COMMON,
        now: site.now,
    };
    match message {
        VerifiedLogout::Request(request) => {
            let validated = request.validate(&rules)?;
            assert_original(&at_once(validated.admit(&NeverSeen, site.now))?);
        }
        VerifiedLogout::Response(answer) => {
            let status = answer.validate(OURS, &rules)?;
            assert_eq!(status, LogoutStatus::Partial);
        }
    }
    Ok(())
}

/// An order to end other sessions than those that were signed is a forgery.
fn assert_original(order: &LogoutOrder) {
    assert_eq!(order.id(), REQUEST);
    assert_eq!(order.name_id().unwrap().value, response::NAME_ID);
    assert_eq!(order.session_indexes(), SESSIONS);
}
