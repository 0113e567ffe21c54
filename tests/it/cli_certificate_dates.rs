//! The dates of certificates on the command line: enforced for a connection or only reported, warned of before sign-on would
//! stop, and agreed to before everybody is locked out.

use entrada::crypto::Certificate;
use entrada::crypto::SigningKey;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;

use crate::cli_metadata::certificate;
use crate::cli_metadata::codes;
use crate::cli_metadata::sound;
use crate::command_line::Workspace;

/// A certificate that ends so many days and a minute from now, perhaps in the past.
fn ending_in(days: i64) -> Certificate {
    let key = SigningKey::generate_p256().unwrap();
    let now = Timestamp::now();
    let begin = now - SignedDuration::from_hours(24 * 100);
    let end = now + SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(1);
    Certificate::self_signed(&key, "test", 1, begin, end).unwrap()
}

/// A connection `acme` that trusts these certificates by metadata.
fn trusting(certificates: &[&Certificate], more: &[&str]) -> Workspace {
    let place = Workspace::new();
    let file = place.write("idp.xml", sound(certificates));
    let add = ["connection", "add", "acme", "--metadata-file", &file];
    place.run(add.iter().chain(more)).exits(0);
    place
}

fn findings(place: &Workspace, code: i32) -> Value {
    let ran = place.run(["check", "--offline", "--json"]);
    ran.exits(code).json()["findings"].clone()
}

fn is_enforced(place: &Workspace) -> Value {
    let ran = place.run(["connection", "show", "acme", "--json"]);
    ran.exits(0).json()["connection"]["enforce_certificate_dates"].clone()
}

const ENFORCE: [&str; 4] = [
    "connection",
    "update",
    "acme",
    "--enforce-certificate-dates",
];

#[test]
fn the_end_of_all_sign_on_is_warned_of_at_each_level_where_dates_are_enforced() {
    for (left, days, words) in [
        (45, 60, "in 45 days nobody can sign on any more"),
        (20, 30, "in 20 days nobody can sign on any more"),
        (5, 7, "in 5 days nobody can sign on any more"),
        (0, 1, "in 0 days nobody can sign on any more"),
        (-2, 0, "nobody can sign on: the last certificate ended"),
    ] {
        let place = trusting(&[&ending_in(left)], &["--enforce-certificate-dates"]);
        let found = findings(&place, 1);
        let of_sign_on = found.as_array().unwrap().iter();
        let mut of_sign_on = of_sign_on.filter(|one| one["code"] == "sign-on-stops");
        let finding = of_sign_on.next().unwrap();
        assert_eq!(finding["days"], days);
        assert_eq!(finding["subject"], "acme");
        let message = finding["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
        assert!(of_sign_on.next().is_none(), "{found}");
    }
}

#[test]
fn sign_on_goes_on_where_another_certificate_lasts_or_dates_are_only_reported() {
    let next = certificate(900);
    let place = trusting(&[&ending_in(5), &next], &["--enforce-certificate-dates"]);
    assert_eq!(codes(&findings(&place, 1)), ["certificate-expires-soon"]);

    for left in [5, -2] {
        let place = trusting(&[&ending_in(left)], &[]);
        let found = findings(&place, 1);
        assert_eq!(codes(&found).len(), 1, "{found}");
        let message = found[0]["message"].as_str().unwrap();
        assert!(
            message.contains("sign-on goes on after its end"),
            "{message}"
        );
    }
    let place = trusting(&[&certificate(900)], &["--enforce-certificate-dates"]);
    assert!(codes(&findings(&place, 0)).is_empty());
}

#[test]
fn the_last_pinned_certificate_stops_sign_on_too() {
    let place = Workspace::new();
    let file = place.write("only.pem", ending_in(20).to_pem());
    let sides = [
        "--idp-entity-id=urn:idp",
        "--sso-url=https://idp.example/sso",
    ];
    let add = ["connection", "add", "acme", "--certificate", &file];
    let add = add.into_iter().chain(sides);
    place
        .run(add.chain(["--enforce-certificate-dates"]))
        .exits(0);
    let found = findings(&place, 1);
    assert_eq!(codes(&found), ["certificate-expires-soon", "sign-on-stops"]);
}

#[test]
fn whoever_would_lock_everybody_out_is_told_and_asked() {
    let place = trusting(&[&ending_in(-2)], &[]);
    let ran = place.run(ENFORCE).exits(2);
    assert!(
        ran.stderr.contains("every sign-on over 1 connection"),
        "{ran:?}"
    );
    assert_eq!(is_enforced(&place), false);
    let json = place.run(ENFORCE.iter().chain(&["--dry-run", "--json"]));
    assert_eq!(json.exits(0).json()["effects"]["locked_out"], 1);

    let ran = place.run(ENFORCE.iter().chain(&["--yes"])).exits(0);
    assert!(ran.stderr.contains("[sign-on-stops]"), "{ran:?}");
    assert_eq!(is_enforced(&place), true);
    assert!(codes(&findings(&place, 1)).contains(&"sign-on-stops"));

    let back = ["connection", "update", "acme", "--report-certificate-dates"];
    place.run(back.iter().chain(&["--yes"])).exits(0);
    assert_eq!(is_enforced(&place), false);
    assert_eq!(codes(&findings(&place, 1)), ["certificate-expired"]);

    // One of two has ended: who signs with it is locked out, and nobody here knows which signs.
    let place = trusting(&[&ending_in(-2), &certificate(900)], &[]);
    let ran = place.run(ENFORCE.iter().chain(&["--yes"])).exits(0);
    assert!(ran.stderr.contains("[certificate-expired]"), "{ran:?}");
    assert!(!ran.stdout.contains("every sign-on"), "{ran:?}");

    let place = trusting(&[&certificate(900)], &[]);
    let ran = place.run(ENFORCE.iter().chain(&["--yes"])).exits(0);
    assert_eq!(ran.stderr, "", "{ran:?}");
}

#[test]
fn a_file_of_settings_enforces_dates_and_asks_before_everybody_is_locked_out() {
    let place = trusting(&[&ending_in(-2)], &[]);
    let text = "[[connection]]\nid = 'acme'\nmetadata-file = 'idp.xml'\nenforce-certificate-dates = true\n";
    let file = place.write("site.toml", text);
    let ran = place.run(["connection", "apply", &file]).exits(2);
    assert!(
        ran.stderr.contains("every sign-on over 1 connection"),
        "{ran:?}"
    );
    assert_eq!(is_enforced(&place), false);
    place.run(["connection", "apply", &file, "--yes"]).exits(0);
    assert_eq!(is_enforced(&place), true);
    place.write("site.toml", text.replace("true", "false"));
    place.run(["connection", "apply", &file, "--yes"]).exits(0);
    assert_eq!(is_enforced(&place), false);
}

/// A response of the fixtures whose certificate has expired.
#[test]
fn verify_reports_the_check_whether_dates_are_enforced_or_not() {
    let place = Workspace::new();
    let fixture = |name: &str| format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let response = fixture("responses/certificate-expired-unenforced.xml");
    let metadata = fixture("metadata/certificate-expired.xml");
    let verify = [
        "verify",
        &response,
        "--metadata",
        &metadata,
        "--sp-entity-id=https://app.example.com/saml/contoso/metadata",
        "--acs-url=https://app.example.com/saml/contoso/acs",
        "--request-id=id-5d4e1f0a9c8b7a6f5e4d3c2b1a09f8e70123abcd",
        "--at=2026-11-22T10:00:05Z",
    ];
    let line = |json: &Value| {
        let checks = json["checks"].as_array().unwrap().iter();
        let mut found = checks.filter(|check| check["check"] == "certificate-dates");
        found.next().unwrap().clone()
    };
    let ran = place.run(verify.iter().chain(&["--json"])).exits(0);
    let found = line(&ran.json());
    assert_eq!(found["outcome"], "skipped");
    let detail = found["detail"].as_str().unwrap();
    assert!(detail.starts_with("not asked for"), "{detail}");

    let enforced = ["--enforce-certificate-dates", "--json"];
    let json = place.run(verify.iter().chain(&enforced)).exits(1).json();
    assert_eq!(json["reason"], "certificate-expired");
    let found = line(&json);
    assert_eq!(found["outcome"], "fail");
    assert_eq!(found["found"], "one that ended at 2025-11-01T00:00:00Z");

    // A connection that enforces them says the same without the flag.
    let add = ["connection", "add", "contoso", "--metadata-file", &metadata];
    let more = [
        "--enforce-certificate-dates",
        "--sp-entity-id=https://app.example.com/saml/contoso/metadata",
    ];
    place.run(add.iter().chain(&more)).exits(0);
    let of_connection = [
        "verify",
        &response,
        "--connection=contoso",
        "--base-url=https://app.example.com",
        "--request-id=id-5d4e1f0a9c8b7a6f5e4d3c2b1a09f8e70123abcd",
        "--at=2026-11-22T10:00:05Z",
        "--json",
    ];
    let json = place.run(of_connection).exits(1).json();
    assert_eq!(json["reason"], "certificate-expired");
}
