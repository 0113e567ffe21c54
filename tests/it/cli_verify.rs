//! `entrada verify` on real responses.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::connection::Connection;
use entrada::metadata::MetadataCopy;
use serde_json::json;

use crate::command_line::Place;
use crate::command_line::Ran;
use crate::command_line::recording;
use crate::command_line::run;
use crate::command_line::run_with_input;

const WITHIN: &str = "2026-11-22T09:47:00Z";
const REQUEST: &str = "_0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// What `both-signed.xml` has to be asked with, in the order of the flags.
fn arguments(response: &str) -> Vec<String> {
    let metadata = recording("metadata.xml");
    [
        "verify",
        response,
        "--metadata",
        &metadata,
        "--sp-entity-id",
        "https://sp.example.org/both-signed",
        "--acs-url",
        "https://sp.example.org/acs",
        "--at",
        WITHIN,
        "--request-id",
        REQUEST,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The same with some flags changed; an empty value takes the flag away.
fn verify(response: &str, changes: &[(&str, &str)], more: &[&str]) -> Ran {
    let mut arguments = arguments(response);
    for (flag, value) in changes {
        let at = arguments
            .iter()
            .position(|argument| argument == flag)
            .unwrap();
        if value.is_empty() {
            arguments.drain(at..at + 2);
        } else {
            arguments[at + 1] = (*value).to_owned();
        }
    }
    arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
    run(arguments)
}

#[test]
fn an_accepted_response_says_who_and_lists_all_checks() {
    let ran = verify(&recording("both-signed.xml"), &[], &[]).exits(0);
    for part in [
        "accepted",
        "zoe+<tag>@example.org",
        "R&D",
        "✓ audience",
        "– replay",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
    assert!(
        !ran.stdout.contains('\x1b') && ran.stderr.is_empty(),
        "{ran:?}"
    );
}

#[test]
fn an_accepted_response_in_json_has_the_keys_of_the_contract() {
    let ran = verify(&recording("both-signed.xml"), &[], &["--json"]).exits(0);
    let json = ran.json();
    assert_eq!(json["accepted"], true);
    assert_eq!(json["name_id"]["value"], "zoe+<tag>@example.org");
    assert_eq!(
        json["name_id"]["format"],
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    );
    assert_eq!(json["issuer"], "urn:example:foreign-idp");
    assert!(json["session_index"].is_string());
    assert_eq!(json["not_on_or_after"], "2026-11-22T09:51:45Z");
    assert_eq!(json["attributes"]["uid"], json!(["zoë"]));
    let checks = json["checks"].as_array().unwrap();
    assert_eq!(checks.len(), entrada::saml::CHECKS.len());
    for (line, check) in checks.iter().zip(entrada::saml::CHECKS) {
        assert_eq!(line["check"], check.name);
        assert!(line["detail"].is_string());
        let outcome = line["outcome"].as_str().unwrap();
        assert!(["pass", "skipped"].contains(&outcome), "{line}");
    }
}

#[test]
fn a_refused_response_says_what_was_expected_found_and_mends_it() {
    let audience = [("--sp-entity-id", "https://other.example")];
    let ran = verify(&recording("both-signed.xml"), &audience, &[]).exits(1);
    for part in [
        "refused: audience-mismatch",
        "expected  https://other.example",
        "found     https://sp.example.org/both-signed",
        "mend      In Entra: Single sign-on",
        "✗ audience",
        "✓ signature",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
    let json = verify(&recording("both-signed.xml"), &audience, &["--json"])
        .exits(1)
        .json();
    assert_eq!(json["accepted"], false);
    assert_eq!(json["reason"], "audience-mismatch");
    assert!(
        json["message"]
            .as_str()
            .unwrap()
            .contains("https://other.example")
    );
}

#[test]
fn nothing_of_a_refused_response_is_printed_as_true() {
    for more in [&[][..], &["--json"]] {
        let ran = verify(
            &recording("both-signed.xml"),
            &[("--at", "2027-01-01T00:00:00Z")],
            more,
        );
        assert_eq!(ran.code, 1);
        for secret in ["zoe", "zoë", "R&D", "日本", "Töchter"] {
            assert!(!format!("{ran:?}").contains(secret), "{secret}: {ran:?}");
        }
    }
}

#[test]
fn each_failing_setting_has_its_reason() {
    for (flag, value, reason) in [
        ("--at", "2026-11-22T09:00:00Z", "issued-in-the-future"),
        ("--at", "2026-11-22T10:00:00Z", "confirmation-expired"),
        (
            "--acs-url",
            "https://sp.example.org/other",
            "destination-mismatch",
        ),
        (
            "--request-id",
            "_another",
            "response-in-response-to-mismatch",
        ),
    ] {
        let ran = verify(&recording("both-signed.xml"), &[(flag, value)], &["--json"]).exits(1);
        assert_eq!(ran.json()["reason"], reason, "{flag} {value}");
    }
    let ran = verify(&recording("unsigned.xml"), &[], &["--json"]).exits(1);
    assert_eq!(ran.json()["reason"], "signature-missing");
    let other = [("--request-id", "")];
    let ran = verify(
        &recording("both-signed.xml"),
        &other,
        &["--unsolicited", "--json"],
    )
    .exits(1);
    assert_eq!(ran.json()["reason"], "response-in-response-to-mismatch");
}

#[test]
fn the_clock_skew_is_an_argument_in_seconds() {
    let late = [("--at", "2026-11-22T09:52:15Z")];
    let response = recording("both-signed.xml");
    verify(&response, &late, &[]).exits(0);
    verify(&response, &late, &["--clock-skew", "10"]).exits(1);
    let ran = verify(&response, &late, &["--clock-skew", "100000"]).exits(2);
    assert!(ran.stderr.contains("0..=600"), "{ran:?}");
}

#[test]
fn without_a_request_the_response_is_taken_at_its_word_and_a_warning_says_so() {
    for response in ["both-signed.xml", "assertion-signed.xml"] {
        let entity = format!(
            "https://sp.example.org/{}",
            response.trim_end_matches(".xml")
        );
        let changes = [("--request-id", ""), ("--sp-entity-id", &*entity)];
        let ran = verify(&recording(response), &changes, &["--json"]).exits(0);
        assert!(ran.stderr.contains("NOT checked"), "{ran:?}");
        let json = ran.json();
        let checks = json["checks"].as_array().unwrap();
        for line in checks
            .iter()
            .filter(|l| l["check"].as_str().unwrap().ends_with("in-response-to"))
        {
            assert_eq!(line["outcome"], "skipped", "{line}");
        }
    }
}

#[test]
fn every_form_of_capture_is_taken() {
    let xml = fs::read(recording("both-signed.xml")).unwrap();
    let base64 = STANDARD.encode(&xml);
    let wrapped: Vec<&str> = base64
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let escaped = base64
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let har = json!({"log": {"entries": [{"request": {"url": "https://sp.example.org/acs",
        "postData": {"text": format!("SAMLResponse={escaped}")}}}]}});
    for capture in [
        xml,
        base64.clone().into_bytes(),
        wrapped.join("\r\n").into_bytes(),
        escaped.clone().into_bytes(),
        format!("SAMLResponse={escaped}&RelayState=x").into_bytes(),
        har.to_string().into_bytes(),
    ] {
        run_with_input(arguments("-"), &capture).exits(0);
    }
}

#[test]
fn a_pinned_fingerprint_is_trusted_and_another_is_not() {
    let pem = run(["fingerprint", &recording("certificate.pem")]);
    let pinned = pem.stdout.lines().next().unwrap();
    let response = recording("both-signed.xml");
    let issuer = ["--idp-entity-id", "urn:example:foreign-idp"];
    let none = [("--metadata", "")];
    let with = |fingerprint: &str| {
        verify(
            &response,
            &none,
            &[&["--json", "--fingerprint", fingerprint][..], &issuer].concat(),
        )
    };
    with(pinned).exits(0);
    let ran = with(&"AB".repeat(32)).exits(1);
    assert_eq!(ran.json()["reason"], "signature-certificate-not-pinned");
    let ran = with(&"AB".repeat(20)).exits(2);
    assert!(ran.stderr.contains("entrada fingerprint FILE"), "{ran:?}");
}

#[test]
fn wrong_usage_says_what_was_expected_and_exits_2() {
    let response = recording("both-signed.xml");
    for (changes, more, expected) in [
        (&[("--metadata", "")][..], &[][..], "--metadata <FILE|URL>"),
        (&[("--sp-entity-id", "")], &[], "--sp-entity-id <URI>"),
        (&[("--acs-url", "")], &[], "--acs-url <URL>"),
        (&[("--at", "yesterday")], &[], "--at <RFC 3339>"),
        (&[], &["--unsolicited"], "--unsolicited"),
        (
            &[("--metadata", "absent.xml")],
            &[],
            "cannot read absent.xml",
        ),
        (
            &[("--metadata", &response)],
            &[],
            "expected EntityDescriptor",
        ),
    ] {
        let ran = verify(&response, changes, more).exits(2);
        assert!(ran.stderr.contains(expected), "{expected}: {ran:?}");
        let ran = verify(&response, changes, &[more, &["--json"]].concat()).exits(2);
        assert!(ran.json()["error"].is_string(), "{ran:?}");
    }
    let ran = verify("absent.txt", &[], &[]).exits(2);
    assert!(ran.stderr.contains("cannot read absent.txt"), "{ran:?}");
}

#[test]
fn hostile_input_is_refused_with_its_code() {
    for (input, reason) in [
        ("garbage!", "response-not-base64"),
        ("<!DOCTYPE a><a/>", "xml-dtd"),
        ("<a>", "xml-not-well-formed"),
        ("<Response/>", "not-a-response"),
    ] {
        let ran = run_with_input(
            [arguments("-"), vec!["--json".to_owned()]].concat(),
            input.as_bytes(),
        );
        assert_eq!(ran.exits(1).json()["reason"], reason, "{input}");
    }
    run_with_input(arguments("-"), b" \n").exits(2);
}

#[test]
fn a_private_key_is_taken_and_checked() {
    let keys = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys");
    let key = |name: &str| keys.join(name).to_str().unwrap().to_owned();
    let response = recording("both-signed.xml");
    verify(&response, &[], &["--sp-key", &key("sp.pem")]).exits(0);
    let ran = verify(&response, &[], &["--sp-key", &key("sp.crt")]).exits(2);
    assert!(ran.stderr.contains("sp.crt"), "{ran:?}");
    verify(&response, &[], &["--sp-key", "absent.pem"]).exits(2);
}

fn fixture(name: &str) -> String {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    fixtures.join(name).to_str().unwrap().to_owned()
}

/// What a fixture of an Entra response has to be asked with.
fn entra(response: &str, more: &[&str]) -> Ran {
    let (response, metadata) = (fixture(response), fixture("metadata/entra.xml"));
    let arguments = [
        "verify",
        &response,
        "--metadata",
        &metadata,
        "--acs-url",
        "https://app.example.com/saml/contoso/acs",
        "--at",
        "2026-11-22T10:00:05Z",
    ];
    let ours = "--sp-entity-id=https://app.example.com/saml/contoso/metadata";
    let named = more.iter().any(|text| text.starts_with("--sp-entity-id"));
    let more = more.iter().chain((!named).then_some(&ours));
    run(arguments.iter().chain(more).map(|text| (*text).to_owned()))
}

/// The codes of the hints in a report.
fn hints(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let hints = json["hints"].as_array().unwrap();
    let codes = hints.iter().map(|hint| hint["code"].as_str().unwrap());
    codes.map(str::to_owned).collect()
}

#[test]
fn a_clock_that_is_off_is_recognised_and_told_by_how_much() {
    let response = recording("both-signed.xml");
    for (at, code, length) in [
        ("2026-11-22T09:00:00Z", "clock-behind", "46 min 45 s"),
        ("2026-11-22T12:46:45Z", "clock-ahead-or-late", "3 h"),
    ] {
        let at = [("--at", at)];
        let ran = verify(&response, &at, &["--json"]).exits(1);
        assert_eq!(hints(&ran), [code]);
        let message = ran.json()["hints"][0]["message"].clone();
        let message = message.as_str().unwrap();
        assert!(message.contains(length), "{message}");
        assert!(message.contains("--at 2026-11-22T09:46:45Z"), "{message}");
        let ran = verify(&response, &at, &[]).exits(1);
        assert!(ran.stdout.contains("hint: "), "{ran:?}");
    }
}

#[test]
fn the_usual_causes_are_recognised() {
    let response = recording("both-signed.xml");
    for (flag, value, code) in [
        (
            "--sp-entity-id",
            "https://sp.example.org/both-signed/",
            "near-miss",
        ),
        ("--acs-url", "https://SP.example.org/acs", "near-miss"),
    ] {
        let ran = verify(&response, &[(flag, value)], &["--json"]).exits(1);
        assert_eq!(hints(&ran), [code], "{flag}");
    }
    let own = fixture("metadata/entra.xml");
    let ran = verify(&response, &[("--metadata", &own)], &["--json"]).exits(1);
    assert_eq!(hints(&ran), ["wrong-certificate"]);
    let request = "--request-id=id-5d4e1f0a9c8b7a6f5e4d3c2b1a09f8e70123abcd";
    let bare = ["--sp-entity-id=contoso-app", "--json", request];
    for (response, more, code, hint) in [
        ("groups-link", &["--json", request][..], 0, "groups-overage"),
        ("spn-audience", &bare, 1, "spn-audience"),
        (
            "checks/signature-algorithm-weak",
            &["--json", request],
            1,
            "sha1-setting",
        ),
        (
            "attacks/a29-error-around-assertion",
            &["--json", request],
            1,
            "entra-error",
        ),
    ] {
        let ran = entra(&format!("responses/{response}.xml"), more).exits(code);
        assert_eq!(hints(&ran), [hint], "{response}");
    }
}

#[test]
fn metadata_of_the_wrong_address_is_recognised() {
    let response = fixture("responses/assertion-signed.xml");
    let sides = [
        "--sp-entity-id=https://app.example.com/saml/contoso/metadata",
        "--acs-url=https://app.example.com/saml/contoso/acs",
        "--json",
    ];
    let common = fixture("metadata/entra-common.xml");
    let arguments = ["verify", &response, "--metadata", &common];
    let ran = run(arguments.iter().chain(&sides).map(|text| text.to_string())).exits(1);
    assert!(
        hints(&ran).contains(&"entra-common-document".to_owned()),
        "{ran:?}"
    );

    let place = Place::new();
    keep_tenant_wide_metadata(&place);
    let arguments = ["verify", &response, "--connection", "contoso"];
    let ran = place.run(arguments.iter().chain(&sides)).exits(1);
    assert_eq!(
        hints(&ran),
        ["entra-address-without-appid", "wrong-certificate"]
    );
}

/// A connection to an address without `appid`, with what that address says.
fn keep_tenant_wide_metadata(place: &Place) {
    let url = "https://login.microsoftonline.com/contoso/federationmetadata/2007-06/federationmetadata.xml";
    let connection = Connection::builder("contoso")
        .metadata_url(url)
        .build()
        .unwrap();
    let copy = MetadataCopy {
        url: url.to_owned(),
        document: fs::read(fixture("metadata/entra-without-appid.xml")).unwrap(),
        fetched: jiff::Timestamp::UNIX_EPOCH,
        etag: None,
        last_modified: None,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", place.path("entrada.db"));
        let store = entrada::store::open(&url).await.unwrap();
        store.put_connection(&connection).await.unwrap();
        store.keep_metadata("contoso", &copy).await.unwrap();
    });
}

#[test]
fn the_page_for_a_ticket_needs_nothing_else_and_names_nobody() {
    let response = recording("both-signed.xml");
    let page = |more: &[&str], changes: &[(&str, &str)], code| {
        verify(&response, changes, &[&["--format", "html"], more].concat())
            .exits(code)
            .stdout
    };
    let accepted = page(&[], &[], 0);
    for name in [
        "zoe",
        "zoë",
        "R&amp;D",
        "日本",
        "<script",
        "src=",
        "http-equiv=\"refresh",
    ] {
        assert!(!accepted.contains(name), "{name}: {accepted}");
    }
    for part in ["<!DOCTYPE html>", "Accepted", "characters", "audience"] {
        assert!(accepted.contains(part), "{part}: {accepted}");
    }
    assert!(page(&["--show-values"], &[], 0).contains("zoe+&lt;tag&gt;@example.org"));
    let unasked = page(&[], &[("--request-id", "")], 0);
    assert!(unasked.contains("NOT checked"), "{unasked}");
    let refused = page(
        &[],
        &[("--sp-entity-id", "https://other.example/?a=<b>")],
        1,
    );
    for part in [
        "audience-mismatch",
        "other.example/?a=&lt;b&gt;",
        "In Entra:",
    ] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    assert!(!refused.contains("zoe"), "{refused}");
}

#[test]
fn format_json_is_what_json_prints() {
    let response = recording("both-signed.xml");
    let plain = verify(&response, &[], &["--json"]).exits(0).stdout;
    let format = verify(&response, &[], &["--format", "json"]);
    assert_eq!(format.exits(0).stdout, plain);
    let ran = verify("absent.txt", &[], &["--format", "json"]).exits(2);
    assert_eq!(ran.json()["error"], "input");
    verify(&response, &[], &["--format", "html", "--json"]).exits(2);
}
