//! Tokens that an attacker, or a slip, would send. Each is right but for one thing, and refused for that.

use entrada::ports::Clock;
use serde_json::Value;
use serde_json::json;

use super::APP;
use super::Issuer;
use super::OTHER;
use super::SUBJECT;
use super::Site;
use super::TENANT;
use crate::metadata_publisher::Publisher;
use crate::scim::Answer;

const KEY_ID: &str = "nOo3ZDrODXEK1jKWhXslHR_KXEg";

/// Sends each case between two good tokens, and holds the refusal against the words that it must have.
async fn refused(site: &Site, issued: &Issuer, expected: &[(&str, &str)]) {
    assert_eq!(site.exchange(issued, "good", None).await.status, 200);
    for (name, words) in expected {
        let refused = site.exchange(issued, name, None).await;
        assert_eq!(refused.status, 401, "{name}: {refused:?}");
        assert_eq!(refused.body["error"], "invalid_client", "{name}");
        assert_eq!(
            refused.header("www-authenticate"),
            "Basic realm=\"entrada\"",
            "{name}"
        );
        let said = said(&refused);
        assert!(said.contains(words), "{name}: {said}");
        let granted = site.exchange(issued, "good", None).await;
        assert_eq!(granted.status, 200, "after {name}: {granted:?}");
    }
}

fn said(answer: &Answer) -> &str {
    answer.body["error_description"].as_str().unwrap()
}

fn with(case: Value, more: Value) -> Value {
    let mut case = case;
    for (name, value) in more.as_object().unwrap() {
        case[name] = value.clone();
    }
    case
}

#[tokio::test]
async fn a_token_that_is_not_signed_by_a_published_key_with_rs256_is_refused() {
    let site = Site::new().await;
    let raw = |name: &str, header: &str| {
        let manner = json!({"manner": "raw", "raw_header": header});
        with(site.case(name, json!({})), manner)
    };
    let header = |more: &str| format!(r#"{{"alg":"RS256","typ":"JWT","kid":"{KEY_ID}"{more}}}"#);
    let special = |name: &str, more: Value| with(site.case(name, json!({})), more);
    let huge = site.case("huge", json!({"padding": "x".repeat(9000)}));
    let twice = json!(format!(
        r#"{{"sub":"{OTHER}","iss":"https://login.microsoftonline.com/{TENANT}/v2.0","sub":"{SUBJECT}"}}"#
    ));
    let issued = Issuer::run(&[
        site.case("good", json!({})),
        special("none", json!({"manner": "none"})),
        special("public key", json!({"manner": "public key"})),
        special(
            "PS256",
            json!({"manner": "algorithm", "algorithm": "PS256"}),
        ),
        special(
            "RS512",
            json!({"manner": "algorithm", "algorithm": "RS512"}),
        ),
        special("theirs", json!({"key": "theirs"})),
        special("path", json!({"header": {"kid": "../../../../dev/null"}})),
        special("sql", json!({"header": {"kid": "' UNION SELECT 'a"}})),
        special("long kid", json!({"header": {"kid": "k".repeat(4000)}})),
        special("type", json!({"header": {"typ": "at+jwt"}})),
        raw("crit", &header(r#","crit":["exp"],"exp":1"#)),
        raw("b64", &header(r#","b64":false"#)),
        raw("header twice", &header(r#","alg":"none""#)),
        raw("no kid", r#"{"alg":"RS256"}"#),
        special(
            "payload twice",
            json!({"manner": "raw", "raw_payload": twice}),
        ),
        special("no object", json!({"manner": "raw", "raw_payload": "[]"})),
        huge,
    ]);
    site.publish(&issued.keys(&["ours"]));
    let kid = "expected the kid of a published key";
    refused(
        &site,
        &issued,
        &[
            ("none", "expected alg RS256"),
            ("public key", "expected alg RS256"),
            ("PS256", "expected alg RS256"),
            ("RS512", "expected alg RS256"),
            ("theirs", "expected a signature that holds"),
            ("path", kid),
            ("sql", kid),
            ("long kid", kid),
            ("type", "expected typ JWT"),
            ("crit", "expected no crit"),
            ("b64", "expected no b64"),
            ("header twice", "expected each name once in the header"),
            ("no kid", "expected a kid"),
            ("payload twice", "expected each name once in the payload"),
            ("no object", "expected a JSON object in the payload"),
            ("huge", "expected a token of at most"),
        ],
    )
    .await;
    // Ids of keys that nobody has caused no traffic but the first request.
    assert_eq!(site.publisher.requests().len(), 1);
}

#[tokio::test]
async fn addresses_and_keys_in_the_header_are_never_followed() {
    let site = Site::new().await;
    let trap = Publisher::start(Vec::new()).await;
    let theirs = Issuer::run(&[site.case("good", json!({}))]).keys(&["theirs"])["keys"][0].clone();
    let header = json!({"jku": trap.url(), "x5u": trap.url(), "jwk": theirs, "x5c": ["MIIB"]});
    let of = |name: &str, key: &str| {
        let more = json!({"key": key, "header": header});
        with(site.case(name, json!({})), more)
    };
    let issued = Issuer::run(&[
        site.case("good", json!({})),
        of("with them", "ours"),
        of("by another key", "theirs"),
    ]);
    // Whoever has the other key serves it at the address that the header names.
    let body = issued.keys(&["theirs"]).to_string();
    let json = "Content-Type: application/json\r\n";
    trap.behave(crate::metadata_publisher::Manner::answer(
        "200 OK", json, body,
    ));
    site.publish(&issued.keys(&["ours"]));
    let granted = site.exchange(&issued, "with them", None).await;
    assert_eq!(granted.status, 200, "{granted:?}");
    let words = "expected a signature that holds";
    refused(&site, &issued, &[("by another key", words)]).await;
    assert!(trap.requests().is_empty(), "{:?}", trap.requests());
}

#[tokio::test]
async fn a_token_with_one_claim_wrong_is_refused_with_expected_and_found() {
    let site = Site::new().await;
    let now = site.scim.clock.now().as_second();
    let v1 = format!("https://login.microsoftonline.com/{TENANT}");
    let audience = format!("api://{APP}");
    let mut cases = vec![site.case("good", json!({}))];
    let mut expected = Vec::new();
    let all = [
        (
            "other subject",
            json!({"sub": OTHER}),
            format!("expected {SUBJECT}, found sub {OTHER}"),
        ),
        (
            "no subject",
            json!({"sub": null}),
            format!("expected {SUBJECT}, found"),
        ),
        (
            "other app",
            json!({"appid": OTHER}),
            format!("expected {APP}, found appid {OTHER}"),
        ),
        (
            "other audience",
            json!({"aud": format!("api://{OTHER}")}),
            format!("found aud api://{OTHER}"),
        ),
        (
            "audiences",
            json!({"aud": [audience]}),
            format!("expected {APP} or api://{APP}, found aud ["),
        ),
        (
            "issuer without v2.0",
            json!({"iss": v1}),
            "assertion-issuer: expected".to_owned(),
        ),
        (
            "version",
            json!({"ver": "3.0"}),
            "expected 1.0 or 2.0, found ver 3.0".to_owned(),
        ),
        (
            "expired",
            json!({"exp": now - 300}),
            "assertion-expiry: expected exp after".to_owned(),
        ),
        (
            "without an end",
            json!({"exp": null}),
            "found no exp".to_owned(),
        ),
        (
            "not yet",
            json!({"nbf": now + 300}),
            "assertion-not-before".to_owned(),
        ),
        (
            "from tomorrow",
            json!({"iat": now + 300}),
            "assertion-issued-at".to_owned(),
        ),
        (
            "for a week",
            json!({"exp": now + 7 * 86_400}),
            "expected 24 hours at most".to_owned(),
        ),
    ];
    for (name, changes, words) in &all {
        cases.push(site.case(name, changes.clone()));
        expected.push((*name, words.as_str()));
    }
    let issued = Issuer::run(&cases);
    site.publish(&issued.keys(&["ours"]));
    refused(&site, &issued, &expected).await;
}

#[tokio::test]
async fn another_tenant_is_told_nothing_of_what_is_expected() {
    let site = Site::new().await;
    let issuer = format!("https://login.microsoftonline.com/{OTHER}/v2.0");
    let theirs = json!({"tid": OTHER, "iss": issuer, "sub": APP, "oid": APP});
    let forged = json!({"tid": OTHER});
    let issued = Issuer::run(&[
        site.case("good", json!({})),
        site.case("theirs", theirs),
        site.case("tenant alone", forged),
        site.case("no tenant", json!({"tid": null})),
    ]);
    site.publish(&issued.keys(&["ours"]));
    let words = "another tenant";
    let names = ["theirs", "tenant alone", "no tenant"];
    refused(&site, &issued, &names.map(|name| (name, words))).await;
    for name in names {
        let refused = site.exchange(&issued, name, None).await;
        for secret in [TENANT, APP, SUBJECT] {
            assert!(!said(&refused).contains(secret), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn a_token_for_one_connection_opens_no_other() {
    let site = Site::new().await;
    let second = super::NewFederation {
        subject: OTHER.to_owned(),
        ..site.settings()
    };
    let second = site.federate("second", 2, &second).await;
    let of_second = site.case("second", json!({ "sub": OTHER }));
    let issued = Issuer::run(&[site.case("good", json!({})), of_second]);
    site.publish(&issued.keys(&["ours"]));
    let (acme, second) = (site.client.as_str(), second.as_str());
    for (connection, token, client_id, status) in [
        ("second", "second", None, 200),
        ("second", "second", Some(second), 200),
        ("second", "good", None, 401),
        ("second", "good", Some(acme), 401),
        ("acme", "second", None, 401),
        ("acme", "second", Some(second), 401),
        ("nobody", "good", None, 401),
        ("nobody", "good", Some(acme), 401),
        ("acme", "good", Some(acme), 200),
    ] {
        let token = issued.token(token);
        let answered = site.exchange_at(connection, token, client_id).await;
        assert_eq!(
            answered.status, status,
            "{connection} {client_id:?} {answered:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_does_not_exist_is_answered_like_one_without_a_federation() {
    let site = Site::new().await;
    let none = with(site.case("none", json!({})), json!({"manner": "none"}));
    let theirs = with(site.case("theirs", json!({})), json!({"key": "theirs"}));
    let expired = site.case("expired", json!({"exp": 1}));
    let issued = Issuer::run(&[site.case("good", json!({})), none, theirs, expired]);
    site.publish(&issued.keys(&["ours"]));
    let huge = "x".repeat(9000);
    for (name, assertion) in [
        ("good", issued.token("good")),
        ("none", issued.token("none")),
        ("theirs", issued.token("theirs")),
        ("expired", issued.token("expired")),
        ("garbage", "garbage"),
        ("empty parts", ".."),
        ("huge", &huge),
    ] {
        for client_id in [None, Some(site.client.as_str()), Some("acme")] {
            let at = |connection| site.exchange_at(connection, assertion, client_id);
            // The connection `second` is there, and has no federation.
            let (nobody, second) = (at("nobody").await, at("second").await);
            assert_eq!(nobody.status, 401, "{name} {client_id:?} {nobody:?}");
            assert_eq!(nobody.seen(), second.seen(), "{name} {client_id:?}");
        }
    }
    assert!(site.publisher.requests().is_empty());
    // The control: a connection with one answers some of them otherwise.
    let (good, theirs) = (issued.token("good"), issued.token("theirs"));
    assert_eq!(site.exchange_at("acme", good, None).await.status, 200);
    let nobody = site.exchange_at("nobody", theirs, None).await;
    let acme = site.exchange_at("acme", theirs, None).await;
    assert_ne!(nobody.seen(), acme.seen());
}
