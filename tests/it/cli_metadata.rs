//! `entrada metadata`.

use entrada::crypto::Certificate;
use entrada::crypto::SigningKey;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;

use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::command_line::run;
use crate::command_line::run_with_input;

#[test]
fn show_prints_whom_where_and_which_keys() {
    let ran = run(["metadata", "show", &recording("metadata.xml")]).exits(0);
    for part in [
        " % over\n",
        "Entity ID      urn:example:foreign-idp",
        "Signed         no",
        "HTTP-Redirect  http://127.0.0.1:",
        "Signing certificate 1 of 1",
        "sha256 Fingerprint=49:3A:63:1F",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn show_in_json_has_the_same_facts() {
    let ran = run(["metadata", "show", "--json", &recording("metadata.xml")]).exits(0);
    let json = ran.json();
    assert_eq!(json["entity_id"], "urn:example:foreign-idp");
    assert_eq!(json["signed"], false);
    assert!(json["valid_until"].is_null());
    assert_eq!(json["sso"][0]["binding"], "http-redirect");
    assert!(json["certificates"][0]["days_left"].is_i64());
    assert!(json["warnings"].is_array());
}

#[test]
fn what_is_likely_to_go_wrong_is_said() {
    let metadata = "<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata' entityID='a' validUntil='2020-01-01T00:00:00Z'>\
        <IDPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol' WantAuthnRequestsSigned='true'/></EntityDescriptor>";
    let ran = run_with_input(["metadata", "show", "--json", "-"], metadata.as_bytes()).exits(0);
    let expected = [
        "entity-id-not-uri",
        "metadata-expired",
        "no-signing-key",
        "no-sign-on-endpoint",
        "wants-signed-requests",
    ];
    assert_eq!(codes(&ran.json()["warnings"]), expected);
    let ran = run_with_input(["metadata", "show", "-"], metadata.as_bytes()).exits(0);
    for part in [
        "error: the document held until 2020-01-01T00:00:00Z [metadata-expired]",
        "Fetch the document anew",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn what_is_no_metadata_exits_2() {
    for input in ["garbage", "<a/>", "<!DOCTYPE a><a/>"] {
        run_with_input(["metadata", "show", "-"], input.as_bytes()).exits(2);
    }
    run(["metadata", "show", &recording("both-signed.xml")]).exits(2);
    run(["metadata"]).exits(2);
}

pub(crate) fn codes(findings: &Value) -> Vec<&str> {
    let findings = findings.as_array().unwrap().iter();
    findings
        .map(|finding| finding["code"].as_str().unwrap())
        .collect()
}

/// Metadata without findings but the note that it is not signed.
pub(crate) fn sound(certificates: &[&Certificate]) -> String {
    let keys = certificates.iter().map(|certificate| {
        let pem = certificate.to_pem();
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        format!("<KeyDescriptor use='signing'><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>")
    });
    let keys: String = keys.collect();
    let post = "Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'";
    format!(
        "<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata' xmlns:ds='http://www.w3.org/2000/09/xmldsig#' entityID='urn:idp'>\
         <IDPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'>{keys}\
         <SingleLogoutService {post} Location='https://idp.example/slo'/>\
         <SingleSignOnService {post} Location='https://idp.example/sso'/></IDPSSODescriptor></EntityDescriptor>"
    )
}

pub(crate) fn certificate(days: i64) -> Certificate {
    let key = SigningKey::generate_p256().unwrap();
    let now = Timestamp::now();
    // A minute more, so that the days that are left stay the same while a test runs.
    let end = now + SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(1);
    Certificate::self_signed(&key, "test", 1, now - SignedDuration::from_hours(1), end).unwrap()
}

#[test]
fn lint_exits_1_on_warnings_and_0_on_notes() {
    let place = Workspace::new();
    let good = place.write("good.xml", sound(&[&certificate(900)]));
    let ran = place.run(["metadata", "lint", "--json", &good]).exits(0);
    let json = ran.json();
    assert_eq!(codes(&json["findings"]), ["unsigned"]);
    assert_eq!(json["findings"][0]["severity"], "note");
    assert_eq!(json["documents"], 1);

    let ending = place.write("ending.xml", sound(&[&certificate(20)]));
    let ran = place.run(["metadata", "lint", "--json", &ending]).exits(1);
    let json = ran.json();
    let expected = ["unsigned", "certificate-expires-soon"];
    assert_eq!(codes(&json["findings"]), expected);
    let finding = &json["findings"][1];
    assert_eq!(finding["severity"], "warning");
    assert_eq!(finding["days"], 30);
    assert_eq!(finding["entity_id"], "urn:idp");
    assert_eq!(finding["source"], ending.as_str());
    assert!(
        finding["advice"]
            .as_str()
            .unwrap()
            .contains("New Certificate")
    );

    let ran = place.run(["metadata", "lint", &ending]).exits(1);
    assert!(ran.stdout.contains("warning: the certificate "), "{ran:?}");
    assert!(
        ran.stdout.ends_with("1 warning, 1 note in 1 document\n"),
        "{ran:?}"
    );
}

#[test]
fn lint_reads_directories_and_goes_on_after_a_file_that_cannot_be_read() {
    let place = Workspace::new();
    for number in 0..12 {
        place.write(&format!("{number:02}.xml"), sound(&[&certificate(900)]));
    }
    place.write("12.xml", "<html/>");
    place.write("notes.txt", "no metadata");
    let directory = place.path("");
    let ran = place
        .run(["metadata", "lint", "--json", &directory])
        .exits(1);
    let json = ran.json();
    assert_eq!(json["documents"], 13);
    assert_eq!(codes(&json["findings"])[12], "metadata-unreadable");
    assert!(
        ran.stderr.is_empty(),
        "no progress where there is no terminal: {ran:?}"
    );

    let absent = place.path("absent.xml");
    let ran = place
        .run(["metadata", "lint", "--json", &absent, &directory])
        .exits(2);
    let json = ran.json();
    assert_eq!(json["documents"], 13);
    assert_eq!(json["errors"][0]["source"], absent.as_str());

    let empty = Workspace::new();
    empty.run(["metadata", "lint", &empty.path("")]).exits(2);
    empty
        .run(["metadata", "lint", "http://127.0.0.1:1/"])
        .exits(4);
}

#[test]
fn lint_looks_at_one_entity_of_a_federation_if_it_is_named() {
    let federation = fixture("federation.xml");
    let ran = run(["metadata", "lint", "--json", &federation]);
    let json = ran.json();
    assert!(
        codes(&json["findings"]).contains(&"several-entities"),
        "{ran:?}"
    );
    let other = "https://sts.windows.net/ffffffff-4d5e-4f70-8192-a3b4c5d6e7f8/";
    let ran = run([
        "metadata",
        "lint",
        "--json",
        &federation,
        "--entity-id",
        other,
    ]);
    let json = ran.json();
    let found = json["findings"].as_array().unwrap();
    assert!(
        found
            .iter()
            .all(|one| one["entity_id"].is_null() || one["entity_id"] == other)
    );
    let arguments = [
        "metadata",
        "lint",
        "--json",
        &federation,
        "--entity-id",
        "urn:absent",
    ];
    let ran = run(arguments).exits(1);
    assert!(
        codes(&ran.json()["findings"]).contains(&"no-such-entity"),
        "{ran:?}"
    );
}

#[test]
fn lint_finds_what_the_fixtures_show() {
    for (file, code, exit) in [
        ("entra-common.xml", "entra-common-document", 1),
        ("all-keys.xml", "entra-many-keys", 1),
        ("duplicate-keys.xml", "duplicate-certificate", 0),
        ("unusable-keys.xml", "key-without-certificate", 1),
        ("no-key.xml", "no-signing-key", 1),
        ("http-endpoint.xml", "http-endpoint", 1),
        ("javascript-endpoint.xml", "http-endpoint", 1),
        ("expired.xml", "metadata-expired", 1),
        ("repeated-entity.xml", "repeated-entity", 1),
        ("dtd.xml", "metadata-unreadable", 1),
        ("service-provider.xml", "no-identity-provider", 1),
        ("page.xml", "metadata-unreadable", 1),
        ("plain.xml", "no-logout-endpoint", 0),
    ] {
        let ran = run(["metadata", "lint", "--json", &fixture(file)]).exits(exit);
        assert!(
            codes(&ran.json()["findings"]).contains(&code),
            "{file}: {ran:?}"
        );
    }
}

fn fixture(name: &str) -> String {
    format!("{}/fixtures/metadata/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn diff_says_which_keys_came_went_and_stayed() {
    let place = Workspace::new();
    let (a, b, c) = (certificate(900), certificate(901), certificate(902));
    let old = place.write("old.xml", sound(&[&a, &b]));
    let new = place.write(
        "new.xml",
        sound(&[&c, &b]).replace("idp.example/slo", "idp.example/out"),
    );
    let ran = place
        .run(["metadata", "diff", "--json", &old, &new])
        .exits(1);
    let json = ran.json();
    let sha256 = |list: &str| {
        json["certificates"][list][0]["sha256"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(sha256("added"), c.fingerprint().to_string());
    assert_eq!(sha256("removed"), a.fingerprint().to_string());
    assert_eq!(sha256("kept"), b.fingerprint().to_string());
    assert_eq!(
        json["slo"]["added"][0]["location"],
        "https://idp.example/out"
    );
    assert_eq!(json["changed"], true);

    let ran = place.run(["metadata", "diff", &old, &new]).exits(1);
    for line in [
        format!("+ Certificate            {}", c.fingerprint()),
        format!("- Certificate            {}", a.fingerprint()),
        format!("  Certificate            {}", b.fingerprint()),
        "- Logout                 HTTP-POST  https://idp.example/slo".to_owned(),
    ] {
        assert!(ran.stdout.contains(&line), "{line}: {ran:?}");
    }
}

#[test]
fn documents_that_differ_in_layout_alone_are_the_same() {
    let place = Workspace::new();
    let (a, b) = (certificate(900), certificate(901));
    let old = place.write("old.xml", sound(&[&a, &b]));
    let new = sound(&[&b, &a]).replace("><", ">\r\n<");
    let new = place.write("new.xml", format!("\u{feff}{new}"));
    let ran = place
        .run(["metadata", "diff", "--json", &old, &new])
        .exits(0);
    assert_eq!(ran.json()["changed"], false);
    place.run(["metadata", "diff", "-", "-"]).exits(2);
    place
        .run(["metadata", "diff", &old, &place.path("absent.xml")])
        .exits(2);
    place
        .run(["metadata", "diff", &old, "http://127.0.0.1:1/"])
        .exits(4);
}
