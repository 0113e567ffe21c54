//! The explanation of a verdict by `entrada verify`: the likely causes that it names, and the page for a ticket.

use std::fs;
use std::path::Path;

use entrada::configuration::replace_connection;
use entrada::connection::Connection;
use entrada::metadata::MetadataCopy;
use jiff::Timestamp;

use crate::cli_verify::verify;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::command_line::run;

fn fixture(name: &str) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    fixtures.join(name).to_str().unwrap().to_owned()
}

/// Runs `entrada verify` on a fixture of an Entra response, with the flags that it needs.
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

/// Each hint names what tells the two values apart, and nothing else.
#[test]
fn a_hint_says_of_two_values_only_what_is_true() {
    let response = "responses/assertion-signed.xml";
    for (changed, words) in [
        (
            "--sp-entity-id=http://app.example.com/saml/contoso/metadata",
            "http and https",
        ),
        (
            "--sp-entity-id=https://app.example.com:443/saml/contoso/metadata",
            "the port",
        ),
        (
            "--sp-entity-id=https://app.example.com/saml/contoso/metadata/",
            "a slash",
        ),
        (
            "--sp-entity-id=https://app.example.com/saml/Contoso/metadata",
            "capital",
        ),
        (
            "--sp-entity-id=https://app.example.com/saml%2Fcontoso/metadata",
            "percent-encoding",
        ),
    ] {
        let request = "--request-id=id-5d4e1f0a9c8b7a6f5e4d3c2b1a09f8e70123abcd";
        let ran = entra(response, &[changed, "--json", request]);
        let found = hints(&ran);
        assert_eq!(found, ["near-miss"], "{changed}");
        let message = ran.json()["hints"][0]["message"].clone();
        let message = message.as_str().unwrap().to_owned();
        assert!(message.contains(words), "{message}");
    }
    // A no-break space behind the audience, and nothing else that could be seen.
    let request = "--request-id=id-5d4e1f0a9c8b7a6f5e4d3c2b1a09f8e70123abcd";
    let name = "responses/checks/audience-mismatch-no-break-space.xml";
    let ran = entra(name, &["--json", request]).exits(1);
    assert_eq!(ran.json()["reason"], "audience-mismatch");
    assert_eq!(hints(&ran), ["near-miss"]);
    assert!(ran.stdout.contains(r"metadata\\u{a0}"), "{ran:?}");
    assert!(!ran.stdout.contains('\u{a0}'), "{ran:?}");
    let ran = entra("responses/null-groups.xml", &["--json", request]).exits(0);
    assert_eq!(hints(&ran), ["groups-overage"]);
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

    let place = Workspace::new();
    keep_tenant_wide_metadata(&place);
    let arguments = ["verify", &response, "--connection", "contoso"];
    let ran = place.run(arguments.iter().chain(&sides)).exits(1);
    assert_eq!(
        hints(&ran),
        ["entra-address-without-appid", "wrong-certificate"]
    );
}

/// A connection to an address without `appid`, with what that address says.
fn keep_tenant_wide_metadata(place: &Workspace) {
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
        digest: None,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", place.path("entrada.db"));
        let store = entrada::store::open(&url).await.unwrap();
        let put = replace_connection(&*store, None, &connection, Some(&copy), Timestamp::now());
        assert!(put.await.unwrap());
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
