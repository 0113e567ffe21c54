//! The settings of a connection: given, kept, shown, and refused where they are wrong.

use serde_json::Value;
use serde_json::json;

use crate::cli_connection::IDP;
use crate::cli_connection::KEYLESS;
use crate::cli_connection::PIN;
use crate::command_line::Workspace;
use crate::command_line::recording;

#[test]
fn every_option_is_kept_and_shown() {
    let place = Workspace::new();
    let options = [
        "--slo-url",
        "https://login.microsoftonline.com/t/saml2",
        "--display-name",
        "Acme",
        "--sp-entity-id",
        "urn:acme",
        "--acs-url",
        "https://app.example.com/custom",
        "--relay-state",
        "/home",
        "--allow-idp-initiated",
        "--jit",
        "--link-rule",
        "name-id",
        "--group-change",
        "re-authenticate",
        "--seats",
        "50",
        "--session-idle",
        "900",
        "--session-lifetime",
        "3600",
        "--tenant",
        "t",
        "--relay-state-target",
        "/reports",
        "--relay-state-target",
        "/inbox",
        "--host",
        "Acme.example.com",
        "--email-domain",
        "acme.example",
        "--unlisted",
        "--name-id-format",
        "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "--authn-context",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        "--sign-requests",
        "--request-binding",
        "redirect",
    ];
    let arguments = ["connection", "add", "acme", "--fingerprint", PIN];
    place
        .run(arguments.iter().chain(&IDP).chain(&options))
        .exits(0);
    let shown = place
        .run(["connection", "show", "acme", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        shown["connection"],
        json!({
            "id": "acme", "display_name": "Acme", "metadata_signer": [], "refuse_private_addresses": false, "validity_grace": 0,
            "sp_entity_id": "urn:acme",
            "acs_url": "https://app.example.com/custom", "relay_state": "/home",
            "allow_idp_initiated": true, "jit": true, "sign_on": "just-in-time",
            "link_rule": "name-id", "group_change": "re-authenticate", "enforce_certificate_dates": false, "seats": 50, "session_idle": 900, "session_lifetime": 3600, "tenant": "t", "sp_key": true,
            "sign_requests": true, "request_binding": "http-redirect", "relay_state_targets": ["/reports", "/inbox"], "hosts": ["acme.example.com"],
            "email_domains": ["acme.example"], "listed": false,
            "name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "authn_contexts": ["urn:oasis:names:tc:SAML:2.0:ac:classes:Password"],
            "scim_rate": 100, "scim_burst": 400, "scim_credentials": "any", "scim_extensions": [],
            "trust": {
                "kind": "fingerprint", "fingerprints": [PIN], "idp_entity_id": "https://sts.windows.net/t/",
                "sso_url": "https://login.microsoftonline.com/t/saml2",
                "slo_url": "https://login.microsoftonline.com/t/saml2",
            },
        })
    );
    let ran = place.run(["connection", "show", "acme"]).exits(0);
    for part in [
        "Fingerprint         AB:AB:",
        "RelayState target   /inbox\n",
        "Signs requests      yes\n",
        "On sign-in page     no\n",
        "Requests over       HTTP-Redirect\n",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn keys_outlive_every_change_of_the_settings() {
    let place = Workspace::new();
    place.add("acme");
    place.run(["key", "new", "acme"]).exits(0);
    let keys = || {
        let listed = place.run(["key", "list", "acme", "--json"]).exits(0).json();
        let keys = listed["keys"].as_array().unwrap().clone();
        // The fields that count days change by themselves.
        let stays = |key: &Value| (key["id"].clone(), key["state"].clone());
        keys.iter().map(stays).collect::<Vec<_>>()
    };
    let made = keys();
    let metadata = recording("metadata.xml");
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    place
        .run(add.iter().chain(&["--replace", "--sign-requests"]))
        .exits(0);
    assert_eq!(keys(), made);
    place.write("idp.xml", std::fs::read(&metadata).unwrap());
    let file = place.write(
        "site.toml",
        "[[connection]]\nid = 'acme'\nmetadata-file = 'idp.xml'\nsign-requests = true\n\
         relay-state-target = ['/a']\nemail-domain = 'acme.example'\n",
    );
    place.run(["connection", "apply", &file]).exits(0);
    assert_eq!(keys(), made);
    let again = place.run(["connection", "apply", &file, "--json"]);
    assert_eq!(again.exits(0).json()["unchanged"], json!(["acme"]));
}

#[test]
fn a_binding_that_the_identity_provider_does_not_offer_is_refused() {
    let place = Workspace::new();
    let arguments = ["connection", "add", "acme", "--fingerprint", PIN];
    let with = |binding| {
        let options = ["--request-binding", binding];
        place.run(arguments.iter().chain(&IDP).chain(&options))
    };
    let ran = with("post").exits(3);
    assert!(ran.stderr.contains("over HTTP-POST"), "{ran:?}");
    with("fax").exits(2);
    with("redirect").exits(0);
}

#[test]
fn a_file_of_settings_takes_a_connection_off_the_sign_in_page() {
    let place = Workspace::new();
    let metadata = std::fs::read(recording("metadata.xml")).unwrap();
    place.write("idp.xml", metadata);
    for (line, listed) in [("", true), ("unlisted = true\n", false)] {
        let settings = format!("[[connection]]\nid = 'acme'\nmetadata-file = 'idp.xml'\n{line}");
        let file = place.write("site.toml", settings);
        place.run(["connection", "apply", &file]).exits(0);
        let shown = place.run(["connection", "show", "acme", "--json"]);
        assert_eq!(shown.exits(0).json()["connection"]["listed"], json!(listed));
    }
}

#[test]
fn wrong_settings_say_what_was_expected() {
    let place = Workspace::new();
    let metadata = recording("metadata.xml");
    let file = ["--metadata-file", &metadata];
    let garbage = place.write("garbage.xml", "<a>");
    for (arguments, code, expected) in [
        (&["Acme!", file[0], file[1]][..], 2, "lower-case letters"),
        (&["acme"], 2, "--metadata-url <URL>"),
        (&["acme", "--fingerprint", PIN], 2, "--idp-entity-id <URI>"),
        (
            &["acme", file[0], file[1], "--fingerprint", PIN],
            2,
            "cannot be used with",
        ),
        (
            &["acme", "--metadata-file", "absent.xml"],
            2,
            "cannot read absent.xml",
        ),
        (
            &["acme", "--metadata-file", "/dev/null"],
            2,
            "cannot read /dev/null: it is empty",
        ),
        (&["acme", "--metadata-file", &garbage], 2, "does not parse"),
        (
            &["acme", "--metadata-url", "http://idp.example/m"],
            3,
            "not an https address",
        ),
        (
            &["acme", file[0], file[1], "--relay-state", "//evil"],
            3,
            "not a local path",
        ),
        (
            &["acme", file[0], file[1], "--session-lifetime", "5"],
            3,
            "out of range",
        ),
        (
            &["acme", file[0], file[1], "--host", "https://a.example"],
            3,
            "no host name",
        ),
        (
            &["acme", file[0], file[1], "--name-id-format", "persistent"],
            3,
            "NameID format",
        ),
        (
            &["acme", "--metadata-url", "http://127.0.0.1:1/m"],
            4,
            "http://127.0.0.1:1/m",
        ),
    ] {
        let ran = place
            .run(["connection", "add"].iter().chain(arguments))
            .exits(code);
        assert!(ran.stderr.contains(expected), "{expected}: {ran:?}");
        let ran = place
            .run(["connection", "add", "--json"].iter().chain(arguments))
            .exits(code);
        assert!(ran.json()["message"].is_string(), "{ran:?}");
    }
}

#[test]
fn apply_is_declarative_and_idempotent() {
    let place = Workspace::new();
    place.add("left-over");
    place.write("idp.xml", std::fs::read(recording("metadata.xml")).unwrap());
    let one = format!(
        "[[connection]]\nid = 'acme'\nmetadata-file = 'idp.xml'\n\
         [[connection]]\nid = 'globex'\nfingerprint = '{PIN}'\nidp_entity_id = 'urn:x'\nsso_url = 'https://x.example/'\n"
    );
    let file = place.write("connections.toml", &one);
    let apply = |more: &[&str]| {
        let ran = place.run(["connection", "apply", &file, "--json"].iter().chain(more));
        ran.exits(0).json()
    };
    let none: [&str; 0] = [];
    assert_eq!(
        apply(&[]),
        json!({"created": ["acme", "globex"], "updated": none, "unchanged": none, "removed": none})
    );
    assert_eq!(apply(&[])["unchanged"], json!(["acme", "globex"]));
    place.write(
        "connections.toml",
        one.replace("id = 'acme'", "id = 'acme'\njit = true"),
    );
    assert_eq!(apply(&[])["updated"], json!(["acme"]));
    assert_eq!(apply(&["--prune"])["removed"], json!(["left-over"]));
    place.write("connections.toml", "prune = true\n");
    let ran = place.run(["connection", "apply", &file]).exits(0);
    assert!(ran.stdout.contains("removed    acme, globex"), "{ran:?}");
}

#[test]
fn apply_reports_all_problems_at_once_and_changes_nothing() {
    let place = Workspace::new();
    place.write("keyless.xml", KEYLESS);
    place.write("idp.xml", std::fs::read(recording("metadata.xml")).unwrap());
    let file = place.write(
        "connections.toml",
        "[[connection]]\nid = 'good'\nmetadata-file = 'idp.xml'\n\
         [[connection]]\nid = 'Bad Id'\nmetadata-file = 'absent.xml'\nrelay-state = '//evil'\n\
         [[connection]]\nid = 'pin'\nfingerprint = 'ABAB'\n\
         [[connection]]\nid = 'pin'\nmetadata-url = 'http://idp.example/'\n\
         [[connection]]\nid = 'acme'\nmetadata-file = 'idp.xml'\nrequest-binding = 'pigeon'\n",
    );
    let serving = place.run(["serve", "--config", &file]).exits(3);
    let binding = "acme: request-binding: expected redirect or post";
    assert!(serving.stderr.contains(binding), "{serving:?}");
    let ran = place.run(["connection", "apply", &file]).exits(3);
    for part in [
        "no connection id",
        "absent.xml",
        "not a local path",
        "64 hexadecimal digits",
        "idp-entity-id and sso-url",
        "stands twice",
        "not an https address",
        binding,
    ] {
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    }
    let two = "[[connection]]\nid = 'good'\nmetadata-file = 'idp.xml'\n[[connection]]\nid = 'keyless'\nmetadata-file = 'keyless.xml'\n";
    place.write("connections.toml", two);
    let ran = place.run(["connection", "apply", &file]).exits(3);
    assert!(
        ran.stderr
            .contains("connection keyless: the identity provider has no usable signing key"),
        "{ran:?}"
    );
    assert_eq!(
        place.run(["connection", "list", "--json"]).json(),
        json!({ "connections": [] })
    );
    for (text, expected) in [
        ("not toml", "connections.toml"),
        ("[[connection]]\nid='a'\nnonsense=1", "nonsense"),
    ] {
        place.write("connections.toml", text);
        let ran = place.run(["connection", "apply", &file]).exits(2);
        assert!(ran.stderr.contains(expected), "{ran:?}");
    }
}
