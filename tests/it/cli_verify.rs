//! `entrada verify` on real responses.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::command_line::run;
use crate::command_line::run_with_input;

const WITHIN: &str = "2026-11-22T09:47:00Z";
const REQUEST: &str = "_0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// The arguments that `both-signed.xml` needs, in the order of the flags.
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
pub(crate) fn verify(response: &str, changes: &[(&str, &str)], more: &[&str]) -> Ran {
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
        "remedy    In Entra: Single sign-on",
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
    for unreadable in [
        &b" \n"[..],
        b"garbage!",
        b"no capture at all",
        b"\x89PNG\r\n\x1a\n\xff",
        b"{}",
    ] {
        let ran = run_with_input(arguments("-"), unreadable).exits(2);
        assert!(
            ran.stderr.starts_with("error: cannot read stdin: "),
            "{ran:?}"
        );
    }
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

/// A server trusts nobody by metadata that is over.
#[test]
fn metadata_that_is_over_is_said_to_be() {
    let place = Workspace::new();
    let metadata = fs::read_to_string(recording("metadata.xml")).unwrap();
    let until = |at: &str| {
        let dated = metadata.replacen(
            "EntityDescriptor ",
            &format!("EntityDescriptor validUntil='{at}' "),
            1,
        );
        place.write("dated.xml", dated)
    };
    let response = recording("both-signed.xml");
    for (at, over) in [
        ("2026-11-22T09:46:59Z", true),
        ("2026-11-22T09:47:01Z", false),
    ] {
        let ran = verify(&response, &[("--metadata", &until(at))], &[]).exits(0);
        assert_eq!(ran.stderr.contains("metadata-expired"), over, "{ran:?}");
    }
}

/// A response that answers nothing, beside a RelayState.
#[test]
fn a_relay_state_that_is_not_followed_is_told() {
    let place = Workspace::new();
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let path = |name: &str| fixtures.join(name).to_str().unwrap().to_owned();
    let metadata = path("metadata/entra.xml");
    let add = ["connection", "add", "contoso", "--metadata-file", &metadata];
    let more = [
        "--allow-idp-initiated",
        "--relay-state",
        "/home",
        "--relay-state-target",
        "/reports",
        "--base-url",
        "https://app.example.com",
    ];
    place.run(add.iter().chain(&more)).exits(0);
    let base64 = STANDARD.encode(fs::read(path("responses/unsolicited.xml")).unwrap());
    let verify = |relay_state: &str, asked: &[&str]| {
        let escaped = base64.replace('+', "%2B").replace('=', "%3D");
        let form = format!("SAMLResponse={escaped}&RelayState={relay_state}");
        let form = place.write("form", form);
        let at = ["--at", "2026-11-22T10:00:05Z", "--json"];
        let arguments = ["verify", &form, "--connection", "contoso"];
        place.run(arguments.iter().chain(&at).chain(asked))
    };
    for asked in [&["--unsolicited"][..], &[]] {
        for (relay_state, code) in [
            (
                "https%3A%2F%2Felsewhere.example%2F",
                "relay-state-elsewhere",
            ),
            ("%2Fother", "relay-state-not-listed"),
            ("a+b", "relay-state-no-address"),
            (&"x".repeat(2049), "relay-state-too-long"),
        ] {
            let ran = verify(relay_state, asked).exits(0);
            let hint = &ran.json()["hints"][0];
            assert_eq!(hint["code"], code, "{ran:?}");
            let message = hint["message"].as_str().unwrap();
            let (default, remedy) = (message.contains("leads to /home"), "Relay State");
            assert_eq!(default, code != "relay-state-too-long", "{message}");
            assert!(message.contains(remedy), "{message}");
        }
        let ran = verify("https%3A%2F%2Fapp.example.com%2Freports", asked).exits(0);
        assert!(
            ran.stderr.contains("the RelayState leads to /reports"),
            "{ran:?}"
        );
        assert_eq!(ran.json()["hints"], json!([]));
        let ran = verify("", asked).exits(0);
        assert!(!ran.stderr.contains("RelayState"), "{ran:?}");
    }
    // Beside an answer to a request it is the token that was sent, and no server takes one that is too long.
    let ran = verify("%2Fother", &["--request-id", "a"]).exits(1);
    assert_eq!(ran.json()["hints"], json!([]));
    let ran = verify(&"x".repeat(2049), &["--request-id", "a"]).exits(1);
    assert_eq!(ran.json()["hints"][0]["code"], "relay-state-too-long");
}
