//! Pinned certificates on the command line: given as files, warned of before they end.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::Certificate;
use entrada::crypto::SigningKey;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;

use crate::cli_metadata::certificate;
use crate::cli_metadata::codes;
use crate::cli_metadata::sound;
use crate::command_line::Ran;
use crate::command_line::Workspace;

const SIDES: [&str; 2] = [
    "--idp-entity-id=urn:idp",
    "--sso-url=https://idp.example/sso",
];

fn pin(place: &Workspace, command: &str, more: &[&str], files: &[&str]) -> Ran {
    let mut arguments = vec!["connection", command, "acme"];
    arguments.extend(SIDES);
    arguments.extend(more);
    arguments.extend(files.iter().flat_map(|file| ["--certificate", file]));
    place.run(arguments)
}

fn shown(place: &Workspace) -> Value {
    let ran = place.run(["connection", "show", "acme", "--json"]);
    ran.exits(0).json()
}

fn check(place: &Workspace, code: i32) -> Value {
    let ran = place.run(["check", "--offline", "--json"]);
    ran.exits(code).json()["findings"].clone()
}

/// A certificate that ends so many days and a minute from now, perhaps in the past.
fn ending_in(days: i64) -> Certificate {
    let key = SigningKey::generate_p256().unwrap();
    let now = Timestamp::now();
    let begin = now - SignedDuration::from_hours(24 * 100);
    let end = now + SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(1);
    Certificate::self_signed(&key, "test", 1, begin, end).unwrap()
}

#[test]
fn the_last_pinned_certificate_is_warned_of_at_each_level_until_the_next_is_pinned() {
    for (left, days, code) in [
        (45, 60, "certificate-expires-soon"),
        (20, 30, "certificate-expires-soon"),
        (5, 7, "certificate-expires-soon"),
        (0, 1, "certificate-expires-soon"),
        (-2, 0, "certificate-expired"),
    ] {
        let place = Workspace::new();
        let (old, next) = (ending_in(left), certificate(900));
        let old_file = place.write("old.pem", old.to_pem());
        let next_file = place.write("next.der", next.der());
        pin(&place, "add", &[], &[&old_file]).exits(0);
        let findings = check(&place, 1);
        assert_eq!(codes(&findings), [code]);
        assert_eq!(findings[0]["days"], days);
        assert_eq!(findings[0]["subject"], "acme");
        let fingerprint = old.fingerprint().to_string();
        let message = findings[0]["message"].as_str().unwrap();
        assert!(message.contains(&fingerprint), "{message}");
        let json = shown(&place);
        assert_eq!(json["warnings"][0]["code"], code);
        assert_eq!(json["refresh"]["expires"], json["keys"][0]["not_after"]);
        let source = json["keys"][0]["source"].as_str().unwrap();
        assert_eq!(source, format!("file:{old_file}"));
        let ran = place.run(["connection", "show", "acme"]).exits(0);
        assert!(ran.stderr.contains(code), "{ran:?}");
        assert!(ran.stdout.contains("Key history"), "{ran:?}");
        let listed = place.run(["connection", "list"]).exits(0).stdout;
        let word = if left >= 0 { "expires in" } else { "EXPIRED" };
        assert!(listed.contains(word), "{listed}");

        pin(&place, "update", &["--yes"], &[&old_file, &next_file]).exits(0);
        assert_eq!(
            codes(&check(&place, 0)),
            [] as [&str; 0],
            "the next is in place"
        );
        assert!(shown(&place)["warnings"].as_array().unwrap().is_empty());
        let listed = place.run(["connection", "list"]).exits(0).stdout;
        assert!(listed.contains("expires in 900"));

        // Back to the old one alone: the next is trusted no longer, and the warning is there again.
        pin(&place, "update", &["--yes"], &[&old_file]).exits(0);
        assert_eq!(codes(&check(&place, 1)), [code]);
        let keys = shown(&place)["keys"].clone();
        assert!(keys[0]["retired"].is_null(), "{keys}");
        assert!(keys[1]["retired"].is_string(), "{keys}");
    }
}

#[test]
fn what_was_pinned_by_its_fingerprint_gets_its_validity_from_the_file() {
    let place = Workspace::new();
    let only = certificate(20);
    let fingerprint = only.fingerprint().to_string();
    pin(&place, "add", &["--fingerprint", &fingerprint], &[]).exits(0);
    assert_eq!(
        codes(&check(&place, 0)),
        [] as [&str; 0],
        "nobody knows its end"
    );
    let before = shown(&place)["connection"].clone();
    let file = place.write("only.pem", only.to_pem());
    pin(&place, "update", &["--yes"], &[&file]).exits(0);
    assert_eq!(codes(&check(&place, 1)), ["certificate-expires-soon"]);
    assert_eq!(shown(&place)["connection"], before, "it is the same pin");
    // One that was never used is the next one.
    let next = "AB".repeat(32);
    let more = ["--yes", "--fingerprint", &next];
    pin(&place, "update", &more, &[&file]).exits(0);
    assert_eq!(codes(&check(&place, 0)), [] as [&str; 0]);
    let listed = place.run(["connection", "list"]).exits(0).stdout;
    assert!(listed.contains(", next one pinned"), "{listed}");
}

#[test]
fn a_certificate_is_taken_in_every_form_and_a_bundle_in_none() {
    let (only, other) = (certificate(900), certificate(901));
    let base64 = STANDARD.encode(only.der());
    let forms: [(&str, Vec<u8>); 4] = [
        ("a.pem", only.to_pem().into()),
        ("a.der", only.der().into()),
        ("a.cer", base64.into()),
        ("a.xml", sound(&[&only]).into()),
    ];
    for (name, bytes) in forms {
        let place = Workspace::new();
        let file = place.write(name, bytes);
        pin(&place, "add", &[], &[&file]).exits(0);
        let json = shown(&place);
        let pins = &json["connection"]["trust"]["fingerprints"];
        assert_eq!(pins[0], only.fingerprint().to_string(), "{name}");
        assert_eq!(json["keys"].as_array().unwrap().len(), 1, "{name}");
    }
    let place = Workspace::new();
    let both: String = [&only, &other].map(Certificate::to_pem).concat();
    let bundle = place.write("chain.pem", both);
    let ran = pin(&place, "add", &[], &[&bundle]).exits(2);
    assert!(
        ran.stderr.contains("expected one certificate, found 2"),
        "{ran:?}"
    );
    // Markup around a bundle makes no metadata of it.
    let both: String = [&only, &other].map(Certificate::to_pem).concat();
    let page = place.write("chain.html", format!("<pre>\n{both}</pre>"));
    let data = |one: &Certificate| {
        let base64 = STANDARD.encode(one.der());
        format!("<X509Data><X509Certificate>{base64}</X509Certificate></X509Data>")
    };
    let keys = place.write("keys.xml", [data(&only), data(&other)].concat());
    for bundle in [&page, &keys] {
        let ran = pin(&place, "add", &[], &[bundle]).exits(2);
        assert!(ran.stderr.contains("found 2"), "{ran:?}");
    }
    let encryption = format!(
        "<KeyDescriptor use='encryption'>{}</KeyDescriptor>",
        data(&only)
    );
    let encryption = place.write("encryption.xml", encryption);
    pin(&place, "add", &[], &[&encryption]).exits(2);
    // Of a chain, the first has the key.
    let chain = [data(&only), data(&other)].concat();
    let chain = place.write("chain.xml", chain.replace("</X509Data><X509Data>", ""));
    pin(&place, "add", &[], &[&chain]).exits(0);
    let pins = &shown(&place)["connection"]["trust"]["fingerprints"];
    assert_eq!(*pins, serde_json::json!([only.fingerprint().to_string()]));
    place.run(["connection", "remove", "acme"]).exits(0);
    let absent = place.path("absent.pem");
    pin(&place, "add", &[], &[&absent]).exits(2);
    let file = place.write("a.pem", only.to_pem());
    let url = ["--metadata-url", "https://idp.example/metadata"];
    pin(&place, "add", &url, &[&file]).exits(2);
    let lone = ["connection", "add", "acme", "--certificate", &file];
    place.run(lone).exits(2);
    assert!(place.run(["connection", "show", "acme"]).code != 0);
}

#[test]
fn a_file_of_connections_pins_certificates_beside_it() {
    let place = Workspace::new();
    let only = certificate(20);
    place.write("only.pem", only.to_pem());
    let settings = "[[connection]]\nid = 'acme'\ncertificate = 'only.pem'\nidp-entity-id = 'urn:idp'\nsso-url = 'https://idp.example/sso'\n";
    let settings = place.write("site.toml", settings);
    place.run(["connection", "apply", &settings]).exits(0);
    assert_eq!(codes(&check(&place, 1)), ["certificate-expires-soon"]);
    let broken = "[[connection]]\nid = 'acme'\ncertificate = 'absent.pem'\nidp-entity-id = 'urn:idp'\nsso-url = 'https://idp.example/sso'\n";
    let broken = place.write("broken.toml", broken);
    let ran = place.run(["connection", "apply", &broken]).exits(3);
    assert!(ran.stderr.contains("certificate: "), "{ran:?}");
}
