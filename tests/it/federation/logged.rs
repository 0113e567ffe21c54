//! The lines about tokens that are refused, as an operator reads them.

use serde_json::Value;
use serde_json::json;

use super::APP;
use super::Issuer;
use super::OTHER;
use super::SUBJECT;
use super::Site;
use super::TENANT;
use crate::log_lines::LogLines;

/// A claim of a person's token, which is nobody's business.
const PERSON: &str = "alice.liddell@example.com";

/// The fields of a line, without those that differ each time.
fn fields(line: &Value) -> Value {
    let mut fields = line["fields"].clone();
    fields.as_object_mut().unwrap().remove("remedy");
    fields
}

#[tokio::test]
async fn a_signed_token_that_is_another_one_leaves_a_line_for_each_check_that_failed() {
    let log = LogLines::capture();
    let site = Site::new().await;
    let changes = json!({"sub": OTHER, "ver": "3.0", "name": PERSON, "upn": PERSON});
    let issued = Issuer::run(&[site.case("good", json!({})), site.case("other", changes)]);
    site.publish(&issued.keys(&["ours"]));
    assert_eq!(site.exchange(&issued, "good", None).await.status, 200);
    assert_eq!(log.of("oauth-assertion-refused"), Vec::<Value>::new());
    assert_eq!(site.exchange(&issued, "other", None).await.status, 401);

    let lines = log.of("oauth-assertion-refused");
    let line = |check: &str, expected: &str, found: String| {
        json!({
            "message": "oauth: an assertion is another one than expected",
            "event": "oauth-assertion-refused",
            "connection": "acme",
            "check": check,
            "expected": expected,
            "found": found,
        })
    };
    assert_eq!(
        lines.iter().map(fields).collect::<Vec<_>>(),
        [
            line(
                "assertion-subject",
                SUBJECT,
                format!("sub {OTHER}, oid {SUBJECT}")
            ),
            line("assertion-version", "1.0 or 2.0", "ver 3.0".to_owned()),
        ]
    );
    for line in &lines {
        assert_eq!(line["level"], "WARN");
        let remedy = line["fields"]["remedy"].as_str().unwrap();
        assert!(remedy.len() > 30, "{remedy}");
    }
    let refused = log.of("oauth-client-refused");
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0]["fields"]["connection"], "acme");
    nothing_of(&log, &[PERSON, issued.token("good"), issued.token("other")]);
}

#[tokio::test]
async fn the_operator_reads_of_another_tenant_what_its_sender_does_not() {
    let log = LogLines::capture();
    let site = Site::new().await;
    let theirs = json!({"tid": OTHER, "upn": PERSON});
    let issued = Issuer::run(&[site.case("good", json!({})), site.case("theirs", theirs)]);
    site.publish(&issued.keys(&["ours"]));
    assert_eq!(site.exchange(&issued, "theirs", None).await.status, 401);
    let lines = log.of("oauth-assertion-refused");
    let [line] = &lines[..] else {
        panic!("{lines:?}")
    };
    assert_eq!(line["fields"]["check"], "assertion-tenant");
    assert_eq!(line["fields"]["expected"], TENANT);
    assert_eq!(line["fields"]["found"], format!("tid {OTHER}"));
    nothing_of(&log, &[PERSON, issued.token("theirs")]);
}

#[tokio::test]
async fn of_the_token_of_a_person_only_that_it_is_one_is_logged() {
    let log = LogLines::capture();
    let site = Site::new().await;
    let person = json!({"sub": PERSON, "oid": OTHER, "upn": PERSON, "scp": "User.Read"});
    let issued = Issuer::run(&[site.case("good", json!({})), site.case("person", person)]);
    site.publish(&issued.keys(&["ours"]));
    assert_eq!(site.exchange(&issued, "person", None).await.status, 401);
    let lines = log.of("oauth-assertion-refused");
    let [line] = &lines[..] else {
        panic!("{lines:?}")
    };
    assert_eq!(line["fields"]["check"], "assertion-subject");
    assert_eq!(line["fields"]["found"], "the token of a person (scp)");
    nothing_of(&log, &[PERSON, OTHER, "User.Read", issued.token("person")]);
}

/// An ID token has the app as its audience, as a token of version 2 for provisioning does.
#[tokio::test]
async fn nothing_of_a_person_is_logged_of_an_id_token() {
    const PAIRWISE: &str = "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ";
    let log = LogLines::capture();
    let site = Site::new().await;
    let id_token = json!({
        "aud": APP,
        "appid": null,
        "appidacr": null,
        "sub": PAIRWISE,
        "oid": OTHER,
        "preferred_username": PERSON,
        "nonce": "123523",
    });
    let mut with_azp = id_token.clone();
    with_azp["azp"] = json!(APP);
    let issued = Issuer::run(&[
        site.case("good", json!({})),
        site.case("id-token", id_token),
        site.case("id-token-with-azp", with_azp),
    ]);
    site.publish(&issued.keys(&["ours"]));
    for token in ["id-token", "id-token-with-azp"] {
        let refused = site.exchange(&issued, token, None).await;
        assert_eq!(refused.status, 401);
        let said = refused.body["error_description"].as_str().unwrap();
        assert!(said.contains("the token of a person"), "{said}");
        assert!(!said.contains(PAIRWISE) && !said.contains(OTHER), "{said}");
    }
    let lines = log.of("oauth-assertion-refused");
    let found = lines.iter().map(|line| {
        let fields = &line["fields"];
        (fields["check"].clone(), fields["found"].clone())
    });
    let person = "the token of a person, or of another app";
    assert_eq!(
        found.collect::<Vec<_>>(),
        [
            (json!("assertion-app"), json!("no appid")),
            (json!("assertion-subject"), json!(person)),
            (json!("assertion-subject"), json!(person)),
        ]
    );
    nothing_of(&log, &[PERSON, PAIRWISE, OTHER, issued.token("id-token")]);
}

#[tokio::test]
async fn nothing_is_logged_of_claims_before_the_signature_holds() {
    let log = LogLines::capture();
    let site = Site::new().await;
    let mut forged = site.case("forged", json!({"sub": OTHER, "upn": PERSON}));
    forged["key"] = json!("theirs");
    let issued = Issuer::run(&[site.case("good", json!({})), forged]);
    site.publish(&issued.keys(&["ours"]));
    assert_eq!(site.exchange(&issued, "forged", None).await.status, 401);
    assert_eq!(log.of("oauth-assertion-refused"), Vec::<Value>::new());
    assert_eq!(log.of("oauth-client-refused").len(), 1);
    nothing_of(&log, &[PERSON, OTHER, SUBJECT, issued.token("forged")]);
}

/// Holds the whole log, with whatever the store and the server have written, against these texts.
#[track_caller]
fn nothing_of(log: &LogLines, texts: &[&str]) {
    let whole = log.text();
    assert!(whole.contains("oauth-client-refused"), "{whole}");
    for text in texts {
        assert!(!whole.contains(text), "{text} is in {whole}");
    }
}
