//! The rule that ties people to their users, where the identity provider does not send what it compares.

use std::fs;

use serde_json::Value;

use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::command_line::recording;

const CODE: &str = "object-id-from-elsewhere";
const PIN: &str = "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB";

fn add(place: &Workspace, more: &[&str]) -> Ran {
    let metadata = recording("metadata.xml");
    let add = [
        "connection",
        "add",
        "acme",
        "--replace",
        "--yes",
        "--json",
        "--metadata-file",
        &metadata,
    ];
    place.run(add.iter().chain(more)).exits(0)
}

fn warnings(json: &Value) -> Vec<&str> {
    let warnings = json["warnings"].as_array().unwrap().iter();
    warnings
        .map(|warning| warning["code"].as_str().unwrap())
        .filter(|code| *code == CODE)
        .collect()
}

#[test]
fn users_by_sign_on_of_a_foreign_provider_are_warned_of_the_rule_by_object_id() {
    let place = Workspace::new();
    for (flags, expected) in [
        (&["--jit"][..], &[CODE][..]),
        (&["--sign-on", "just-in-time-until-provisioned"], &[CODE]),
        (&["--jit", "--link-rule", "object-id"], &[CODE]),
        (&["--jit", "--link-rule", "name-id"], &[]),
        (&["--jit", "--link-rule", "email"], &[]),
        (&["--jit", "--link-rule", "user-principal-name"], &[]),
        (&[], &[]),
    ] {
        let ran = add(&place, flags);
        assert_eq!(warnings(&ran.json()), expected, "{flags:?}");
        assert_eq!(ran.stderr.contains(CODE), !expected.is_empty(), "{ran:?}");
        let checked = place.run(["check", "--offline", "--json"]).json();
        let findings = checked["findings"].as_array().unwrap();
        let found = findings.iter().any(|finding| finding["code"] == CODE);
        assert_eq!(found, !expected.is_empty(), "{flags:?}");
    }
}

#[test]
fn entra_sends_object_ids() {
    let place = Workspace::new();
    let pinned = [
        "connection",
        "add",
        "acme",
        "--fingerprint",
        PIN,
        "--sso-url",
        "https://login.microsoftonline.com/t/saml2",
        "--jit",
        "--json",
        "--replace",
    ];
    for (issuer, expected) in [
        ("https://sts.windows.net/t/", &[][..]),
        ("https://sts.chinacloudapi.cn/t/", &[]),
        ("https://idp.example/", &[CODE]),
    ] {
        let ran = place.run(pinned.iter().chain(&["--idp-entity-id", issuer]));
        assert_eq!(warnings(&ran.exits(0).json()), expected, "{issuer}");
    }
}

#[test]
fn whatever_makes_sign_ons_look_for_users_says_so() {
    let place = Workspace::new();
    add(&place, &[]);
    let jit = ["connection", "update", "acme", "--jit", "--yes"];
    let ran = place.run(jit).exits(0);
    assert!(ran.stderr.contains(CODE), "{ran:?}");
    let by_name = ["--link-rule", "name-id", "--yes"];
    let ran = place.run(["connection", "update", "acme"].iter().chain(&by_name));
    assert!(!ran.exits(0).stderr.contains(CODE));

    add(&place, &[]);
    let ran = place.run(["token", "create", "acme"]).exits(0);
    assert!(ran.stderr.contains(CODE), "{ran:?}");

    let file = place.path("site.toml");
    let metadata = recording("metadata.xml");
    let site = format!("[[connection]]\nid = 'acme'\njit = true\nmetadata-file = '{metadata}'\n");
    fs::write(&file, site).unwrap();
    let ran = place.run(["connection", "apply", &file]).exits(0);
    assert!(ran.stderr.contains("acme: warning: "), "{ran:?}");
    assert!(ran.stderr.contains(CODE), "{ran:?}");
}
