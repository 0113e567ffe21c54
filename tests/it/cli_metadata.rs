//! `entrada metadata`.

use crate::command_line::recording;
use crate::command_line::run;
use crate::command_line::run_with_input;

#[test]
fn show_prints_whom_where_and_which_keys() {
    let ran = run(["metadata", "show", &recording("metadata.xml")]).exits(0);
    for part in [
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
    let json = ran.json();
    let warnings = json["warnings"].as_array().unwrap();
    let codes: Vec<_> = warnings
        .iter()
        .map(|w| w["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "metadata-expired",
            "no-signing-key",
            "no-sign-on-endpoint",
            "wants-signed-requests"
        ]
    );
}

#[test]
fn what_is_no_metadata_exits_2() {
    for input in ["garbage", "<a/>", "<!DOCTYPE a><a/>"] {
        run_with_input(["metadata", "show", "-"], input.as_bytes()).exits(2);
    }
    run(["metadata", "show", &recording("both-signed.xml")]).exits(2);
    run(["metadata"]).exits(2);
}
