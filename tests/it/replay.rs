//! One use for each assertion, also where its deadlines are not those of an everyday response.

use entrada::dsig;
use entrada::dsig::Signer;
use entrada::dsig::TrustedKeys;
use entrada::metadata::Binding;
use entrada::metadata::Endpoint;
use entrada::metadata::Trust;
use entrada::practice::EntraResponse;
use entrada::saml::ClockSkew;
use entrada::saml::ServiceProvider;
use entrada::saml::UnverifiedResponse;
use entrada::saml::ValidatedAssertion;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::site::signer;
use crate::used_keys::UsedKeys;

#[tokio::test]
async fn an_assertion_stays_used_until_the_last_of_its_confirmations_expires() {
    let (_, signer) = signer();
    let xml = response()
        .replace(r#" NotOnOrAfter="2026-11-22T11:00:00.000Z"><AudienceRestriction"#, "><AudienceRestriction")
        .replace(
            "<SubjectConfirmation ",
            &format!(
                r#"<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData NotOnOrAfter="2026-11-22T10:05:00Z" Recipient="{ACS}"/></SubjectConfirmation><SubjectConfirmation "#
            ),
        );
    let xml = dsig::sign(&xml, "_a", &signer).unwrap();
    let cache = UsedKeys::default();
    let first = validated(&xml, &signer, at(0));
    assert!(first.admit(&cache, at(0)).await.is_ok());
    // The first confirmation is over, the second is not.
    let again = validated(&xml, &signer, at(20));
    let refusal = again.admit(&cache, at(20)).await.unwrap_err();
    assert_eq!(refusal.code(), "replayed");
}

#[tokio::test]
async fn an_assertion_that_expires_between_its_checks_and_its_admission_is_refused() {
    let (_, signer) = signer();
    let xml = dsig::sign(&response(), "_a", &signer).unwrap();
    let cache = UsedKeys::default();
    let last_minute = at(62);
    for _ in 0..2 {
        let validated = validated(&xml, &signer, last_minute);
        let refusal = validated.admit(&cache, at(63)).await.unwrap_err();
        assert_eq!((refusal.check(), refusal.code()), ("deadline", "expired"));
    }
    let validated = validated(&xml, &signer, last_minute);
    assert!(validated.admit(&cache, last_minute).await.is_ok());
}

fn response() -> String {
    EntraResponse::new(IDP, SP, ACS)
        .ids("_r", "_a")
        .issued(at(0))
        .name_id("adele.vance@contoso.example")
        .unsigned()
        .unwrap()
}

fn validated(xml: &str, signer: &Signer, now: Timestamp) -> ValidatedAssertion {
    let sso = Endpoint::new(
        Binding::HttpRedirect,
        "https://idp.example/saml2".to_owned(),
    );
    let keys = TrustedKeys::keys(vec![signer.certificate().key().clone()]).unwrap();
    let trust = Trust::new(IDP.to_owned(), keys, Vec::new(), vec![sso], Vec::new()).unwrap();
    let sp = ServiceProvider {
        entity_id: SP.to_owned(),
        acs_url: ACS.to_owned(),
        tenant: None,
    };
    UnverifiedResponse::from_xml(xml.as_bytes().to_vec())
        .unwrap()
        .verify(&trust)
        .unwrap()
        .validate_unsolicited(&sp, ClockSkew::COMMON, now)
        .unwrap()
}

/// So many minutes after the response was issued.
fn at(minutes: i64) -> Timestamp {
    let issued: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    issued + SignedDuration::from_mins(minutes)
}

const IDP: &str = "https://idp.example/";
const SP: &str = "https://app.example.com/saml/acme/metadata";
const ACS: &str = "https://app.example.com/saml/acme/acs";
