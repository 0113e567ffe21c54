//! The unit tests of the checks on a token: each fails alone, beside a control.

use serde_json::Map;
use serde_json::json;

use super::*;
use crate::address::AddressPolicy;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::SigningKey;
use crate::jwt::JwkSet;
use crate::jwt::UnverifiedJwt;
use crate::jwt::jwk;
use crate::jwt::signed;
use crate::provisioning::CredentialId;
use crate::provisioning::SecretKind;
use crate::provisioning::TokenLifetime;
use crate::token::Token;

const TENANT_ID: &str = "ce5f061f-abe6-4e40-9615-301f87bcb7f0";
const APP: &str = "b5ba7a93-4452-4522-aeb4-a2b5da870c16";
const SUBJECT: &str = "0f6c4e0a-6f0b-4c38-9a3c-52d5b2f5a6c1";
const OTHER: &str = "d2f8ee76-c549-45b8-a143-f5b640669704";
const NOW: i64 = 1_772_176_000;
const SKEW: i64 = 180;

fn trust() -> Federation {
    Federation {
        issuer: format!("https://login.microsoftonline.com/{TENANT_ID}/v2.0"),
        tenant: TENANT_ID.to_owned(),
        app: APP.to_owned(),
        subject: SUBJECT.to_owned(),
        audiences: vec![APP.to_owned(), format!("api://{APP}")],
        keys_url: String::new(),
        keys_addresses: AddressPolicy::PublicOnly,
    }
}

/// The claims of Entra's token for provisioning.
fn claims() -> Map<String, Value> {
    let claims = json!({
        "aud": format!("api://{APP}"),
        "iss": trust().issuer,
        "iat": NOW - 84,
        "nbf": NOW - 84,
        "exp": NOW + 3816,
        "appid": APP,
        "appidacr": "2",
        "idp": trust().issuer,
        "oid": OTHER,
        "sub": SUBJECT,
        "tid": TENANT_ID,
        "ver": "2.0",
    });
    claims.as_object().unwrap().clone()
}

struct Verifier {
    key: SigningKey,
    keys: JwkSet,
}

impl Verifier {
    fn new() -> Verifier {
        let key = SigningKey::generate_rsa_2048().unwrap();
        let keys = json!({"keys": [jwk("a", &key.verifying_key())]});
        let keys = JwkSet::read(keys.to_string().as_bytes(), |_| true).unwrap();
        Verifier { key, keys }
    }

    fn verified(&self, claims: Map<String, Value>) -> VerifiedJwt {
        let sign = |bytes: &[u8]| self.key.sign(SignatureAlgorithm::RsaSha256, bytes);
        let token = signed(&Value::Object(claims).to_string(), "a", sign).unwrap();
        let token = UnverifiedJwt::read(&token).unwrap();
        token.verify(&self.keys).unwrap()
    }

    /// Judges Entra's token with these claims changed; null removes one.
    fn judge(&self, changes: &[(&str, Value)]) -> Result<(), AssertionRefusal> {
        let mut claims = claims();
        for (name, value) in changes {
            match value {
                Value::Null => claims.remove(*name),
                value => claims.insert((*name).to_owned(), value.clone()),
            };
        }
        let now = Timestamp::from_second(NOW).unwrap();
        trust().check(&self.verified(claims), ClockSkew::COMMON, now)
    }

    fn failed(&self, changes: &[(&str, Value)]) -> Vec<&'static str> {
        let refused = self.judge(changes).err();
        let failures = refused.map(|refused| refused.failures);
        let failures = failures.unwrap_or_default().into_iter();
        failures.map(|failure| failure.check).collect()
    }
}

#[test]
fn each_claim_is_judged_by_its_own_check_alone() {
    let verifier = Verifier::new();
    let second_issuer = format!("https://login.microsoftonline.com/{TENANT_ID}");
    let old_issuer = format!("https://sts.windows.net/{TENANT_ID}/");
    let of_other = format!("https://login.microsoftonline.com/{OTHER}/v2.0");
    let day = 24 * 3600;
    let good: &[&[(&str, Value)]] = &[
        &[],
        &[("aud", json!(APP))],
        &[("azp", json!(APP))],
        &[("azp", json!(APP)), ("appid", Value::Null)],
        &[("appid", json!(APP.to_uppercase()))],
        &[("tid", json!(TENANT_ID.to_uppercase()))],
        &[("oid", Value::Null)],
        &[("oid", json!([7]))],
        &[("ver", json!("1.0"))],
        &[("exp", json!(NOW - SKEW + 1))],
        &[("nbf", json!(NOW + SKEW))],
        &[("iat", json!(NOW + SKEW))],
        &[("exp", json!(NOW - 84 + day))],
    ];
    for changes in good {
        assert_eq!(verifier.judge(changes), Ok(()), "{changes:?}");
    }
    for (claim, value, check) in [
        ("tid", json!(OTHER), "assertion-tenant"),
        ("tid", json!([TENANT_ID]), "assertion-tenant"),
        ("tid", Value::Null, "assertion-tenant"),
        ("iss", json!(second_issuer), "assertion-issuer"),
        ("iss", json!(old_issuer), "assertion-issuer"),
        ("iss", json!(of_other), "assertion-issuer"),
        ("iss", json!(trust().issuer + "/"), "assertion-issuer"),
        (
            "iss",
            json!(trust().issuer.to_uppercase()),
            "assertion-issuer",
        ),
        ("iss", Value::Null, "assertion-issuer"),
        ("aud", json!(OTHER), "assertion-audience"),
        ("aud", json!(format!("api://{APP}/")), "assertion-audience"),
        (
            "aud",
            json!(format!("api://{APP}/.default")),
            "assertion-audience",
        ),
        ("aud", json!([APP]), "assertion-audience"),
        ("aud", json!([APP, OTHER]), "assertion-audience"),
        ("aud", json!({ APP: 1 }), "assertion-audience"),
        ("aud", json!(""), "assertion-audience"),
        ("aud", Value::Null, "assertion-audience"),
        ("appid", json!(OTHER), "assertion-app"),
        ("appid", json!([APP]), "assertion-app"),
        ("appid", Value::Null, "assertion-app"),
        ("azp", json!(OTHER), "assertion-app"),
        ("sub", json!(OTHER), "assertion-subject"),
        ("sub", json!(SUBJECT.to_uppercase()), "assertion-subject"),
        ("sub", json!(format!("{SUBJECT} ")), "assertion-subject"),
        ("sub", json!([SUBJECT]), "assertion-subject"),
        ("sub", json!(""), "assertion-subject"),
        ("sub", Value::Null, "assertion-subject"),
        ("ver", json!("3.0"), "assertion-version"),
        ("ver", json!(2.0), "assertion-version"),
        ("ver", Value::Null, "assertion-version"),
        ("exp", json!(NOW - SKEW), "assertion-expiry"),
        ("exp", json!(0), "assertion-expiry"),
        ("exp", json!(-1), "assertion-expiry"),
        ("exp", json!(NOW as f64 + 0.5), "assertion-expiry"),
        ("exp", json!(u64::MAX), "assertion-expiry"),
        ("exp", json!((NOW + 60).to_string()), "assertion-expiry"),
        ("exp", Value::Null, "assertion-expiry"),
        ("nbf", json!(NOW + SKEW + 1), "assertion-not-before"),
        ("nbf", json!("0"), "assertion-not-before"),
        ("nbf", Value::Null, "assertion-not-before"),
        ("iat", json!(NOW + SKEW + 1), "assertion-issued-at"),
        ("iat", json!(true), "assertion-issued-at"),
        ("iat", Value::Null, "assertion-issued-at"),
        ("iat", json!(i64::MIN), "assertion-lifetime"),
        ("exp", json!(NOW - 83 + day), "assertion-lifetime"),
        ("exp", json!(i64::MAX), "assertion-lifetime"),
    ] {
        let found = verifier.failed(&[(claim, value.clone())]);
        assert_eq!(found, [check], "{claim} {value}");
    }
}

#[test]
fn every_check_has_a_case_above_and_a_remedy() {
    let mut names: Vec<_> = ASSERTION_CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(names[0], TENANT);
    for check in ASSERTION_CHECKS {
        assert!(check.remedy.len() > 30 && check.remedy.ends_with('.'));
        assert!(check.name.starts_with("assertion-"));
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ASSERTION_CHECKS.len());
    let source = include_str!("assertion_tests.rs");
    for name in names {
        assert!(source.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn a_refusal_says_all_that_is_wrong_with_expected_and_found() {
    let verifier = Verifier::new();
    let refused = verifier.judge(&[("sub", json!(TENANT_ID)), ("aud", json!(["\u{1b}x"]))]);
    let refused = refused.unwrap_err();
    assert!(refused.is_of_the_tenant());
    assert_eq!(
        refused.to_string(),
        format!(
            "assertion-audience: expected {APP} or api://{APP}, found aud [\"\\u001bx\"]; \
             assertion-subject: expected {SUBJECT}, found sub {TENANT_ID}, oid {OTHER}"
        )
    );
    let long = "x".repeat(3000);
    let refused = verifier.judge(&[("iss", json!(long)), ("tid", Value::Null)]);
    let refused = refused.unwrap_err();
    assert!(!refused.is_of_the_tenant());
    assert!(refused.to_string().len() < 1000);
}

#[test]
fn the_subject_is_shown_of_a_principal_of_the_app_alone() {
    let verifier = Verifier::new();
    let found = |changes: &[(&str, Value)]| {
        let refused = verifier.judge(changes).unwrap_err();
        let mut failures = refused.failures.into_iter();
        let failure = failures.find(|failure| failure.check == "assertion-subject");
        failure.unwrap().found
    };
    let pairwise = "pairwise of ada";
    let nameless = [("aud", json!(APP)), ("appid", Value::Null)];
    let with = |change| [&nameless[..], &[change]].concat();
    for (changes, expected) in [
        (
            vec![("sub", json!(pairwise)), ("scp", json!("User.Read"))],
            "the token of a person (scp)",
        ),
        (with(("sub", json!(pairwise))), OF_A_PERSON),
        (with(("sub", json!(OTHER))), OF_A_PERSON),
        (with(("sub", Value::Null)), OF_A_PERSON),
        (
            vec![("sub", json!(OTHER)), ("appid", json!(OTHER))],
            OF_A_PERSON,
        ),
        (
            vec![("sub", json!(OTHER)), ("azp", json!([APP]))],
            OF_A_PERSON,
        ),
        (vec![("sub", json!(pairwise))], OF_A_PERSON),
        (vec![("sub", Value::Null)], "no sub"),
        (vec![("sub", json!([pairwise]))], OF_A_PERSON),
    ] {
        assert_eq!(found(&changes), expected, "{changes:?}");
    }
    let shown = format!("sub {TENANT_ID}, oid {OTHER}");
    assert_eq!(found(&[("sub", json!(TENANT_ID))]), shown);
}

#[test]
fn a_published_key_is_for_the_tenant_or_for_any() {
    for (issuer, is_ours) in [
        (trust().issuer, true),
        (
            "https://login.microsoftonline.com/{tenantid}/v2.0".to_owned(),
            true,
        ),
        (format!("https://sts.windows.net/{TENANT_ID}/"), true),
        (
            format!("https://login.microsoftonline.com/{OTHER}/v2.0"),
            false,
        ),
        (String::new(), false),
    ] {
        assert_eq!(trust().is_issuer_of_key(&issuer), is_ours, "{issuer}");
    }
}

#[test]
fn a_token_stands_for_the_client_of_a_live_federation_of_the_connection() {
    let verifier = Verifier::new();
    let now = Timestamp::from_second(NOW).unwrap();
    let (acme, bolt): (ConnectionId, ConnectionId) =
        ("acme".parse().unwrap(), "bolt".parse().unwrap());
    let id = CredentialId::from_random([1; CredentialId::BYTES]);
    let day = SignedDuration::from_hours(24);
    let lifetime = TokenLifetime::default();
    let made = ScimCredential::federated(id.clone(), acme.clone(), trust(), lifetime, day, now);
    let made = made.unwrap();
    let check = |credential: &ScimCredential, connection, now| {
        let token = verifier.verified(claims());
        credential.check_assertion(&token, connection, ClockSkew::COMMON, now)
    };
    let proven = check(&made, &acme, now).unwrap();
    assert_eq!((proven.credential(), proven.connection()), (&id, &acme));
    let refused = |error| Err(AssertionError::Credential(error));
    let other = CredentialRefusal::OtherConnection {
        expected: acme.clone(),
        found: bolt.clone(),
    };
    assert_eq!(check(&made, &bolt, now), refused(other));
    let revoked = made.clone().revoked(now).unwrap();
    let error = CredentialRefusal::Revoked(now);
    assert_eq!(check(&revoked, &acme, now), refused(error));
    let end = now + day;
    let expired = CredentialRefusal::Expired {
        expired: end,
        now: end,
    };
    assert_eq!(check(&made, &acme, end), refused(expired));
    let secret = Token::from_random([1; Token::LENGTH]);
    let kind = SecretKind::Client(lifetime);
    let secret = ScimCredential::new(id, acme.clone(), kind, &secret, day, now).unwrap();
    assert_eq!(
        check(&secret, &acme, now),
        refused(CredentialRefusal::Unknown)
    );
    let late = now + SignedDuration::from_hours(2);
    let late = check(&made, &acme, late);
    assert!(matches!(late, Err(AssertionError::Claims(_))), "{late:?}");
}
