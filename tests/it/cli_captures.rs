//! The message of a recording (HAR) that `entrada verify` takes, and the parts of it that `entrada decode` shows.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::saml::redirect::request_url;
use serde_json::Value;
use serde_json::json;

use crate::cli_verify::verify;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::command_line::run;

pub(crate) const ACS: &str = "https://sp.example.org/acs";

/// The form that was posted to the ACS, and is accepted there.
pub(crate) fn posted() -> String {
    let base64 = STANDARD.encode(fs::read(recording("both-signed.xml")).unwrap());
    base64
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D")
}

fn escaped(xml: &str) -> String {
    STANDARD.encode(xml).replace('+', "%2B").replace('=', "%3D")
}

/// A response of another provider, to another receiver.
fn foreign() -> String {
    escaped(
        "<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' Destination='https://hub.example/acs'/>",
    )
}

pub(crate) fn entry(at: &str, url: &str, body: Option<&str>) -> Value {
    let mut entry = json!({"startedDateTime": at, "request": {"method": "POST", "url": url}});
    if let Some(body) = body {
        entry["request"]["postData"] =
            json!({"mimeType": "application/x-www-form-urlencoded", "text": body});
    }
    entry
}

pub(crate) fn har(entries: &[Value]) -> String {
    json!({"log": {"version": "1.2", "entries": entries}}).to_string()
}

#[test]
fn the_response_to_our_acs_is_found_among_others() {
    let place = Workspace::new();
    let request = "<p:AuthnRequest xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' ID='a'/>";
    let ours = format!("SAMLResponse={}&RelayState=x", posted());
    let request_posted = format!("SAMLRequest={}", escaped(request));
    let others = format!("SAMLResponse={}", foreign());
    let logout = format!(
        "SAMLResponse={}",
        escaped("<p:LogoutResponse xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol'/>")
    );
    let redirect = request_url("https://idp.example/sso", request, None);
    let (early, late) = ("2026-11-22T09:46:00Z", "2026-11-22T09:48:00Z");
    let ours = entry(early, ACS, Some(&ours));
    let broken = entry(late, ACS, Some("SAMLResponse=%%%"));
    for (entries, number) in [
        (vec![ours.clone()], 1),
        (
            vec![
                entry(early, "https://idp.example/sso", Some(&request_posted)),
                ours.clone(),
            ],
            2,
        ),
        (vec![entry(early, &redirect, None), ours.clone()], 2),
        (
            vec![
                entry(late, "https://hub.example/acs", Some(&others)),
                ours.clone(),
            ],
            2,
        ),
        (
            vec![
                ours.clone(),
                entry(late, "https://hub.example/acs", Some(&others)),
            ],
            1,
        ),
        (
            vec![
                ours.clone(),
                entry(late, "https://sp.example.org/slo", Some(&logout)),
            ],
            1,
        ),
        (vec![ours.clone(), broken.clone()], 1),
        (
            vec![
                entry(late, &format!("{redirect}&SAMLRequest=b"), None),
                ours.clone(),
            ],
            2,
        ),
        (vec![ours.clone(), ours.clone()], 2),
        (vec![json!(null), json!({"request": 1}), ours.clone()], 1),
    ] {
        let file = place.write("rec.har", har(&entries));
        let ran = verify(&file, &[], &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let several = entries
            .iter()
            .filter(|one| one["request"].is_object())
            .count()
            > 1;
        let said = ran
            .stderr
            .contains(&format!("this is entry {number}, and --entry N"));
        assert_eq!(said, several, "{ran:?}");
        if several {
            assert!(
                ran.stderr
                    .contains(&format!("  {number}  {early}  Response to {ACS}")),
                "{ran:?}"
            );
        }
        verify(&file, &[], &["--entry", &number.to_string()]).exits(0);
    }
}

#[test]
fn an_entry_is_chosen_by_its_number_and_the_latest_otherwise() {
    let place = Workspace::new();
    let ours = format!("SAMLResponse={}", posted());
    let early = escaped(&format!(
        "<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' Destination='{ACS}'/>"
    ));
    let early = format!("SAMLResponse={early}");
    let file = place.write(
        "rec.har",
        har(&[
            entry("2026-11-22T09:46:00.000Z", ACS, Some(&ours)),
            entry("2026-11-22T11:45:00.000+02:00", ACS, Some(&early)),
            entry(
                "2026-11-22T09:46:00.000Z",
                "https://idp.example/",
                Some("SAMLResponse=%%%"),
            ),
        ]),
    );
    verify(&file, &[], &[]).exits(0);
    let ran = verify(&file, &[], &["--entry", "2", "--json"]).exits(1);
    assert_eq!(ran.json()["accepted"], false);
    let ran = verify(&file, &[], &["--entry", "3"]).exits(2);
    assert!(ran.stderr.contains("not base64 of XML"), "{ran:?}");
    let ran = verify(&file, &[], &["--entry", "4"]).exits(2);
    assert!(
        ran.stderr
            .contains("there is no entry 4; the capture holds"),
        "{ran:?}"
    );

    let json = run(["decode", "--json", &file]).exits(0).json();
    let entries: Vec<_> = json["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["entry"])
        .collect();
    assert_eq!(entries, [1, 2]);
    assert_eq!(json["messages"][0]["address"], ACS);
    assert_eq!(json["messages"][1]["time"], "2026-11-22T09:45:00Z");
    assert_eq!(json["errors"][0]["entry"], 3);
    let json = run(["decode", "--json", "--entry", "2", &file])
        .exits(0)
        .json();
    assert_eq!(json["messages"].as_array().unwrap().len(), 1);
    run(["decode", "--entry", "3", &file]).exits(2);
    run(["decode", "--entry", "9", &file]).exits(2);
}

#[test]
fn a_recording_without_a_response_says_what_it_holds() {
    let place = Workspace::new();
    let request =
        escaped("<p:AuthnRequest xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' ID='a'/>");
    let request = format!("SAMLRequest={request}");
    let two = [
        entry(
            "2026-11-22T09:46:00Z",
            "https://idp.example/sso",
            Some(&request),
        ),
        entry(
            "2026-11-22T09:47:00Z",
            "https://idp.example/sso",
            Some(&request),
        ),
    ];
    let file = place.write("rec.har", har(&two));
    let ran = verify(&file, &[], &[]).exits(2);
    assert!(
        ran.stderr
            .contains("1  2026-11-22T09:46:00Z  AuthnRequest to https://idp.example/sso"),
        "{ran:?}"
    );
}
