//! `entrada connection`, and what other commands make of a connection in the store.

use std::process::Command;

use entrada::practice::App;
use entrada::practice::PracticeIdp;
use serde_json::json;

use crate::command_line::Workspace;
use crate::command_line::recording;

const BASE: [&str; 2] = ["--base-url", "https://app.example.com"];
pub(crate) const PIN: &str = "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB";
pub(crate) const IDP: [&str; 4] = [
    "--idp-entity-id",
    "https://sts.windows.net/t/",
    "--sso-url",
    "https://login.microsoftonline.com/t/saml2",
];

/// A file of metadata without a key.
pub(crate) const KEYLESS: &str = "<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata' entityID='a'>\
    <IDPSSODescriptor protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'>\
    <SingleSignOnService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' Location='https://idp.example/'/>\
    </IDPSSODescriptor></EntityDescriptor>";

#[test]
fn add_prints_what_to_paste_into_entra() {
    let place = Workspace::new();
    let metadata = recording("metadata.xml");
    let arguments = ["connection", "add", "acme", "--metadata-file", &metadata];
    let ran = place.run(arguments.iter().chain(&BASE)).exits(0);
    for part in [
        "Identifier (Entity ID)  https://app.example.com/saml/acme/metadata\n",
        "Reply URL (ACS URL)     https://app.example.com/saml/acme/acs\n",
        "Sign on URL             https://app.example.com/saml/acme/login\n",
        "Logout URL              https://app.example.com/saml/acme/slo\n",
        "Tenant URL (provisioning)  https://app.example.com/scim/acme/v2\n",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
    let ran = place
        .run(arguments.iter().chain(&["--replace", "--json"]))
        .exits(0);
    assert_eq!(ran.json()["replaced"], true);
    assert_eq!(
        ran.json()["entra"]["identifier"],
        "https://app.example.com/saml/acme/metadata",
        "the site keeps its first base URL"
    );
    assert!(!ran.stderr.contains("--base-url"), "{ran:?}");
}

#[test]
fn an_id_that_is_taken_is_refused_unless_it_is_to_be_replaced() {
    let place = Workspace::new();
    place.add("acme");
    let metadata = recording("metadata.xml");
    let arguments = [
        "connection",
        "add",
        "acme",
        "--metadata-file",
        &metadata,
        "--display-name",
        "Acme Inc",
    ];
    let ran = place.run(arguments).exits(2);
    assert!(ran.stderr.contains("--replace"), "{ran:?}");
    place.run(arguments.iter().chain(&["--replace"])).exits(0);
    let listed = place.run(["connection", "list", "--json"]).exits(0).json();
    assert_eq!(listed["connections"][0]["display_name"], "Acme Inc");
}

#[test]
fn show_tells_whom_a_connection_trusts() {
    let place = Workspace::new();
    place.add("acme");
    let ran = place.run(["connection", "show", "acme"]).exits(0);
    for part in [
        "urn:example:foreign-idp",
        "sha256 Fingerprint=49:3A",
        "Paste into Entra",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
    assert!(
        !place
            .run(["connection", "show", "acme", "--json"])
            .stdout
            .contains("<md:")
    );
}

#[test]
fn a_connection_without_a_usable_key_cannot_be_created() {
    let place = Workspace::new();
    let file = place.write("keyless.xml", KEYLESS);
    let ran = place
        .run(["connection", "add", "acme", "--metadata-file", &file])
        .exits(3);
    assert!(ran.stderr.contains("no usable signing key"), "{ran:?}");
    assert_eq!(
        place.run(["connection", "list", "--json"]).json(),
        json!({ "connections": [] })
    );
}

/// A server trusts nobody by metadata that is over. Settings of a connection that has such metadata already can still be
/// changed.
#[test]
fn metadata_that_is_over_makes_no_new_connection() {
    let place = Workspace::new();
    let sound = std::fs::read_to_string(recording("metadata.xml")).unwrap();
    let over = sound.replacen(
        "EntityDescriptor ",
        "EntityDescriptor validUntil=\"2026-01-01T00:00:00Z\" ",
        1,
    );
    let over = place.write("over.xml", &over);
    let ran = place
        .run(["connection", "add", "acme", "--metadata-file", &over])
        .exits(3);
    assert!(
        ran.stderr.contains("held until 2026-01-01T00:00:00Z"),
        "{ran:?}"
    );
    let listed = place.run(["connection", "list", "--json"]).json();
    assert_eq!(listed, json!({ "connections": [] }));
    let sound = recording("metadata.xml");
    place
        .run(["connection", "add", "acme", "--metadata-file", &sound])
        .exits(0);
}

#[test]
fn a_sha1_fingerprint_is_refused_with_the_command_that_prints_the_right_one() {
    let place = Workspace::new();
    let sha1 = "AB".repeat(20);
    let ran = place
        .run(
            ["connection", "add", "a", "--fingerprint", &sha1]
                .iter()
                .chain(&IDP),
        )
        .exits(2);
    assert!(
        ran.stderr
            .contains("`entrada fingerprint FILE` prints the SHA-256"),
        "{ran:?}"
    );
}

#[test]
fn a_connection_that_is_not_there_exits_2_and_names_those_that_are() {
    let place = Workspace::new();
    place.add("acme");
    for arguments in [
        ["connection", "show", "b"],
        ["connection", "remove", "b"],
        ["metadata", "sp", "b"],
    ] {
        let ran = place.run(arguments).exits(2);
        assert!(ran.stderr.contains("the store has acme"), "{ran:?}");
    }
    place.run(["connection", "remove", "acme"]).exits(0);
    let ran = place.run(["connection", "list"]).exits(0);
    assert!(
        ran.stdout.starts_with("There are no connections"),
        "{ran:?}"
    );
}

#[test]
fn metadata_sp_prints_our_own_signed_with_our_key() {
    let place = Workspace::new();
    let made = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=us",
            "-keyout",
        ])
        .args([&place.path("key.pem"), "-out", &place.path("cert.pem")])
        .output();
    assert!(made.unwrap().status.success());
    let (metadata, key, cert) = (
        recording("metadata.xml"),
        place.path("key.pem"),
        place.path("cert.pem"),
    );
    place
        .run([
            "connection",
            "add",
            "acme",
            "--metadata-file",
            &metadata,
            "--sp-key",
            &key,
            "--sp-cert",
            &cert,
        ])
        .exits(0);
    let ran = place
        .run(["metadata", "sp", "acme"].iter().chain(&BASE))
        .exits(0);
    assert!(ran.stdout.starts_with("<?xml"), "{ran:?}");
    assert!(
        ran.stdout
            .contains("Location=\"https://app.example.com/saml/acme/acs\""),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("SignatureValue"), "{ran:?}");
    let ran = place
        .run(["metadata", "sp", "acme", "--json"].iter().chain(&BASE))
        .exits(0);
    assert_eq!(
        ran.json()["entity_id"],
        "https://app.example.com/saml/acme/metadata"
    );
    assert!(
        ran.json()["metadata"]
            .as_str()
            .unwrap()
            .contains("EntityDescriptor")
    );
}

#[test]
fn verify_takes_both_sides_from_a_connection() {
    let place = Workspace::new();
    let metadata = recording("metadata.xml");
    place
        .run([
            "connection",
            "add",
            "acme",
            "--metadata-file",
            &metadata,
            "--sp-entity-id",
            "https://sp.example.org/assertion-signed",
            "--acs-url",
            "https://sp.example.org/acs",
        ])
        .exits(0);
    let response = recording("assertion-signed.xml");
    let arguments = [
        "verify",
        &response,
        "--connection",
        "acme",
        "--at",
        "2026-11-22T09:47:00Z",
        "--unsolicited",
    ];
    let ran = place.run(arguments).exits(0);
    assert!(ran.stderr.contains("--allow-idp-initiated"), "{ran:?}");
    place
        .run(arguments.iter().chain(&["--sp-entity-id", "urn:other"]))
        .exits(1);
    let ran = place
        .run(["verify", &response, "--connection", "absent"])
        .exits(2);
    assert!(
        ran.stderr.contains("there is no connection absent"),
        "{ran:?}"
    );
}

#[test]
fn a_store_that_does_not_open_exits_4_and_a_url_of_none_exits_2() {
    let place = Workspace::new();
    let ran = place
        .run([
            "connection",
            "list",
            "--database",
            "sqlite:/nonexistent/folder/e.db",
        ])
        .exits(4);
    assert!(ran.stderr.starts_with("error: "), "{ran:?}");
    let ran = place
        .run(["connection", "list", "--database", "mysql://u:secret@db/"])
        .exits(2);
    assert!(
        ran.stderr.contains("sqlite:PATH") && !ran.stderr.contains("secret"),
        "{ran:?}"
    );
}

#[test]
fn the_metadata_of_an_address_is_fetched_checked_and_kept() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = App::new(
        "app-1",
        "Acme",
        "http://localhost:8080/saml/acme/metadata",
        "http://localhost:8080/saml/acme/acs",
    );
    let idp = runtime
        .block_on(
            PracticeIdp::new()
                .listen(([127, 0, 0, 1], 0).into())
                .app(app)
                .start(),
        )
        .unwrap();
    let url = idp.metadata_url("app-1");
    let place = Workspace::new();
    let shown = place
        .run(["metadata", "show", &url, "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["entity_id"], idp.entity_id());
    place
        .run(["connection", "add", "acme", "--metadata-url", &url])
        .exits(0);
    let shown = place
        .run(["connection", "show", "acme", "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["idp_entity_id"], idp.entity_id());
    assert!(shown["metadata_fetched"].is_string(), "{shown}");
    place.run(["check"]).exits(0);
    let absent = idp.metadata_url("app-2");
    place.run(["metadata", "show", &absent]).exits(4);
    place
        .run(["connection", "add", "other", "--metadata-url", &absent])
        .exits(4);
    runtime.block_on(idp.shutdown());
    place.run(["check", "--offline"]).exits(0);
    let ran = place.run(["check", "--json"]).exits(1);
    assert_eq!(ran.json()["findings"][0]["code"], "metadata-unreachable");
    let file = place.write(
        "site.toml",
        format!("[[connection]]\nid = 'acme'\nmetadata-url = '{url}'\n"),
    );
    let ran = place.run(["connection", "apply", &file, "--json"]).exits(0);
    assert_eq!(
        ran.json()["unchanged"],
        json!(["acme"]),
        "the copy in the store will do"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn the_path_of_a_file_need_not_be_a_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let place = Workspace::new();
    let file = place.path("acme").into_bytes();
    let file = [file.as_slice(), b"\xff.xml"].concat();
    let file = OsStr::from_bytes(&file);
    std::fs::copy(recording("metadata.xml"), file).unwrap();
    let words = ["connection", "add", "acme", "--metadata-file"];
    let words = words.iter().map(OsStr::new);
    place.run(words.chain([file])).exits(0);
}

#[test]
fn an_update_of_no_connection_says_so_whatever_else_is_wrong() {
    let place = Workspace::new();
    place.add("acme");
    let update = |id| place.run(["connection", "update", id, "--validity-grace", "5"]);
    let belongs = "validity-grace belong to metadata-url or mdq";
    let ran = update("acme").exits(3);
    assert!(ran.stderr.contains(belongs), "{ran:?}");
    let ran = update("absent").exits(2);
    assert!(!ran.stderr.contains(belongs), "{ran:?}");
    let ran = place.run(["connection", "update", "absent"]).exits(2);
    assert!(!ran.stderr.contains("what is to change"), "{ran:?}");
}
