//! `entrada decode`.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::saml::redirect::request_url;
use serde_json::json;

use crate::command_line::recording;
use crate::command_line::run;
use crate::command_line::run_with_input;

#[test]
fn a_response_is_shown_with_indentation_and_a_loud_warning() {
    let ran = run(["decode", &recording("both-signed.xml")]).exits(0);
    assert!(
        ran.stdout
            .starts_with("Message   Response (the answer to a sign-on)\nVerified  NOTHING\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .contains("\n    <saml:Subject>\n      <saml:NameID "),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("WARNING: nothing was verified"),
        "{ran:?}"
    );
}

#[test]
fn json_says_that_nothing_was_verified() {
    let body = format!(
        "SAMLResponse={}&RelayState=a+b",
        STANDARD
            .encode(fs::read(recording("unsigned.xml")).unwrap())
            .replace('+', "%2B")
    );
    let ran = run_with_input(["decode", "--json", "-"], body.as_bytes()).exits(0);
    let json = ran.json();
    assert_eq!(json["verified"], false);
    let message = &json["messages"][0];
    assert_eq!(message["message"], "Response");
    assert_eq!(message["binding"], "HTTP-POST");
    assert_eq!(message["relay_state"], "a b");
    assert!(message["xml"].as_str().unwrap().contains("alice"));
}

#[test]
fn a_redirect_address_is_decoded() {
    let request =
        "<samlp:AuthnRequest xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol' ID='id-1'/>";
    let url = request_url("https://idp.example/saml2", request, Some("state"));
    let ran = run_with_input(["decode", "-"], url.as_bytes()).exits(0);
    for part in [
        "AuthnRequest (a request to sign a person on)",
        "HTTP-Redirect",
        "RelayState  state",
        "ID='id-1'",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn every_message_of_a_har_file_is_decoded() {
    let request =
        "<samlp:AuthnRequest xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol' ID='id-1'/>";
    let response = STANDARD.encode(fs::read(recording("unsigned.xml")).unwrap());
    let entry = |method: &str, url: &str| json!({"request": {"method": method, "url": url}});
    let mut posted = entry("POST", "https://sp.example.org/acs");
    posted["request"]["postData"] =
        json!({"text": format!("SAMLResponse={}", response.replace('+', "%2B"))});
    let har = json!({"log": {"entries": [
        entry("GET", "https://app.example/"),
        entry("GET", &request_url("https://idp.example/saml2", request, None)),
        posted,
    ]}});
    let ran = run_with_input(["decode", "--json", "-"], har.to_string().as_bytes()).exits(0);
    let json = ran.json();
    let kinds: Vec<_> = json["messages"].as_array().unwrap().iter().collect();
    let kinds: Vec<_> = kinds.iter().map(|one| &one["message"]).collect();
    assert_eq!(kinds, ["AuthnRequest", "Response"]);
    assert_eq!(json["verified"], false);
}

#[test]
fn a_number_of_entras_in_a_status_is_explained() {
    let refused = |words: &str| {
        format!(
            "<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'><samlp:Status>\
             <samlp:StatusCode Value='urn:oasis:names:tc:SAML:2.0:status:Responder'/>\
             <samlp:StatusMessage>{words}</samlp:StatusMessage></samlp:Status></samlp:Response>"
        )
    };
    let known = refused("AADSTS50105: adele is not assigned");
    let ran = run_with_input(["decode", "-"], known.as_bytes()).exits(0);
    assert!(
        ran.stdout
            .contains("AADSTS50105: The person is not assigned to the app. In Entra: "),
        "{ran:?}"
    );
    let error = &run_with_input(["decode", "--json", "-"], known.as_bytes()).json()["messages"][0]
        ["entra_error"];
    assert_eq!(error["code"], 50105);
    let other = refused("AADSTS1: something else");
    let json = run_with_input(["decode", "--json", "-"], other.as_bytes()).json();
    assert!(json["messages"][0]["entra_error"].is_null(), "{json}");
}

#[test]
fn what_holds_no_message_exits_2() {
    for input in [
        "garbage!",
        "{}",
        "https://app.example/",
        "SAMLResponse=%%%",
        "<a>",
        "<!DOCTYPE a><a/>",
    ] {
        let ran = run_with_input(["decode", "-"], input.as_bytes()).exits(2);
        assert!(
            ran.stderr.starts_with("error: cannot read stdin: ") && ran.stdout.is_empty(),
            "{ran:?}"
        );
    }
}
