//! Mistakes of admins in what they hand over: files of another kind, values of Entra's pages at a wrong place, mistyped ids, and addresses
//! that cannot be reached.

use std::net::TcpListener;

use entrada::configuration::danger::put_connection;
use entrada::connection::Connection;
use entrada::store;
use jiff::Timestamp;
use serde_json::Value;

use crate::cli_metadata::certificate;
use crate::cli_metadata::sound;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Publisher;

const PIN: &str = "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89";
const ISSUER: &str = "https://sts.windows.net/5b7a5c2e-94c1-4f4b-8a3d-0d6a51c7e9f2/";
const SIGN_IN: &str =
    "https://login.microsoftonline.com/5b7a5c2e-94c1-4f4b-8a3d-0d6a51c7e9f2/saml2";

/// Files of other kinds, by their names, each with the words by which it is told.
fn files(place: &Workspace) -> Vec<(String, &'static str)> {
    let pem = certificate(900).to_pem();
    let der = certificate(900).der().to_vec();
    place.add("acme");
    let own = place.run(["metadata", "sp", "acme"]).exits(0).stdout;
    std::fs::create_dir(place.path("folder")).unwrap();
    let files: [(&str, &[u8], &str); 10] = [
        (
            "page.html",
            b"<!doctype html><html><head><title>Sign in</title></head></html>",
            "a web page",
        ),
        (
            "shot.png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            "a picture (PNG)",
        ),
        ("cert.pem", pem.as_bytes(), "a certificate"),
        ("cert.cer", &der, "a certificate"),
        (
            "guide.pdf",
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
            "a PDF document",
        ),
        (
            "openid.json",
            b"{\"issuer\":\"https://login.microsoftonline.com/t/v2.0\"}",
            "JSON",
        ),
        ("all.zip", b"PK\x03\x04\x14\0\0\0\x08\0", "a ZIP archive"),
        (
            "federation.xml.gz",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
            "compressed (gzip)",
        ),
        (
            "own.xml",
            own.as_bytes(),
            "the application \"http://localhost:8080/saml/acme/metadata\"",
        ),
        (
            "response.xml",
            b"<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'/>",
            "a SAML response",
        ),
    ];
    let files = files.into_iter();
    files
        .map(|(name, content, words)| (place.write(name, content), words))
        .collect()
}

#[test]
fn a_file_of_another_kind_in_place_of_metadata_is_named_with_the_place_of_the_right_one() {
    let place = Workspace::new();
    for (file, words) in files(&place) {
        let ran = place.run(["connection", "add", "globex", "--metadata-file", &file]);
        let said = ran.exits(2).stderr;
        assert!(said.contains(words), "{file}: {said}");
        assert!(
            said.contains("Single sign-on > SAML Certificates"),
            "{file}: {said}"
        );
    }
    let folder = place.path("folder");
    for arguments in [
        &["connection", "add", "globex", "--metadata-file", &folder][..],
        &["connection", "apply", &folder],
        &["user", "import", "acme", &folder, "--format", "csv"],
        &["fingerprint", &place.write("empty.cer", "")],
    ] {
        let said = place.run(arguments).exits(2).stderr;
        let named =
            said.contains("it is a folder: name a file in it") || said.contains("it is empty");
        assert!(named && !said.contains("os error"), "{said}");
    }
    place.run(["connection", "show", "globex"]).exits(2);
}

#[test]
fn a_file_of_another_kind_in_place_of_users_settings_or_a_backup_is_named() {
    let place = Workspace::new();
    for (file, words) in files(&place) {
        // What XML says is for those who read XML.
        let words = match file.ends_with(".xml") {
            true => "XML, such as SAML metadata",
            false => words,
        };
        let said = place.run(["user", "import", "acme", &file, "--format", "csv"]);
        let said = said.exits(2).stderr;
        assert!(
            said.contains(words) && said.contains("Expected users as CSV"),
            "{said}"
        );
        let said = place.run(["connection", "apply", &file]).exits(2).stderr;
        assert!(said.contains(words) && said.contains("expected"), "{said}");
        let said = place
            .run(["config", "check", "--config", &file])
            .exits(1)
            .stdout;
        assert!(said.contains(words), "{said}");
        place.run(["store", "restore", &file, "--yes"]).exits(2);
    }
    let empty = place.write("empty.db", "");
    let said = place
        .run(["store", "restore", &empty, "--yes"])
        .exits(2)
        .stderr;
    assert!(said.contains("there is no store in it"), "{said}");
    place.run(["connection", "show", "acme"]).exits(0);
}

#[test]
fn a_file_of_another_kind_in_place_of_a_response_is_named() {
    let place = Workspace::new();
    let metadata = recording("metadata.xml");
    let given = [
        ["--metadata", &metadata],
        ["--sp-entity-id", "urn:app"],
        ["--acs-url", "https://app.example/"],
    ];
    for (file, words) in files(&place) {
        // Other XML, and JSON without a message, have words of their own.
        if file.ends_with(".xml") || file.ends_with(".json") {
            continue;
        }
        let verify = [&["verify", file.as_str()][..], given.as_flattened()].concat();
        let said = place.run(verify).exits(2).stderr;
        assert!(
            said.contains(words) && said.contains("expected a SAML message"),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_metadata_address_sends_in_place_of_metadata_is_named() {
    let place = Workspace::new();
    let publisher = Publisher::start(Vec::new()).await;
    for (file, words) in files(&place) {
        publisher.behave(Manner::good(std::fs::read(file).unwrap()));
        let ran = place.run([
            "connection",
            "add",
            "globex",
            "--metadata-url",
            &publisher.url(),
        ]);
        let said = ran.exits(3).stderr;
        assert!(said.contains(words), "{words}: {said}");
        assert!(said.contains("App Federation Metadata Url"), "{said}");
    }
    let page = "Content-Type: text/html; charset=utf-8\r\n";
    publisher.behave(Manner::answer("200 OK", page, "<html></html>"));
    let ran = place.run([
        "connection",
        "add",
        "globex",
        "--metadata-url",
        &publisher.url(),
    ]);
    let said = ran.exits(4).stderr;
    assert!(said.contains("a sign-in may stand between"), "{said}");
    assert!(said.contains("--metadata-file"), "{said}");
    publisher.behave(Manner::answer("404 Not Found", "", ""));
    let said = place
        .run(["metadata", "show", &publisher.url()])
        .exits(4)
        .stderr;
    assert!(said.contains("look at the tenant and the app id"), "{said}");
}

#[test]
fn values_of_entra_at_a_wrong_place_are_refused_by_flags_and_files() {
    let place = Workspace::new();
    place.add("acme");
    let slash = ISSUER.trim_end_matches('/');
    let misplaced = [
        (SIGN_IN, ISSUER, "are swapped"),
        (ISSUER, ISSUER, "sso-url has the Microsoft Entra Identifier"),
        (SIGN_IN, SIGN_IN, "idp-entity-id has the Login URL"),
        (slash, SIGN_IN, "the slash at the end"),
        (
            ISSUER,
            "https://login.microsoftonline.com/0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8/saml2",
            "of the tenant",
        ),
        (
            ISSUER,
            "https://myapps.microsoft.com/signin/Wiki/1",
            "My Apps",
        ),
    ];
    for (entity_id, sso_url, words) in misplaced {
        let pinned = [
            "--fingerprint",
            PIN,
            "--idp-entity-id",
            entity_id,
            "--sso-url",
            sso_url,
        ];
        let ran = place.run([&["connection", "add", "globex"][..], &pinned].concat());
        let said = ran.exits(3).stderr;
        assert!(said.contains(words) && said.contains("Entra"), "{said}");
        place
            .run([&["connection", "update", "acme", "--yes"][..], &pinned].concat())
            .exits(3);
        let file = place.write(
            "site.toml",
            format!("[[connection]]\nid = 'globex'\nfingerprint = '{PIN}'\nidp-entity-id = '{entity_id}'\nsso-url = '{sso_url}'\n"),
        );
        let said = place.run(["connection", "apply", &file]).exits(3).stderr;
        assert!(said.contains(words), "{said}");
    }
    let metadata = "https://login.microsoftonline.com/5b7a5c2e-94c1-4f4b-8a3d-0d6a51c7e9f2/federationmetadata/2007-06/federationmetadata.xml?appid=";
    for (url, words) in [
        (SIGN_IN.to_owned(), "metadata-url has the Login URL"),
        (
            format!("{metadata}0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f"),
            "35 characters",
        ),
        (
            format!("{metadata}{{0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8}}"),
            "all that belongs there",
        ),
    ] {
        let ran = place.run(["connection", "add", "globex", "--metadata-url", &url]);
        let said = ran.exits(3).stderr;
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_standing_connection_with_swapped_values_is_found() {
    let place = Workspace::new();
    let pinned = [
        "--fingerprint",
        PIN,
        "--idp-entity-id",
        ISSUER,
        "--sso-url",
        SIGN_IN,
    ];
    place
        .run([&["connection", "add", "acme"][..], &pinned].concat())
        .exits(0);
    let check = ["check", "--offline", "--json"];
    let is_found = |place: &Workspace| {
        let ran = place.run(check);
        ran.stdout.contains("login-url-and-identifier-swapped")
    };
    assert!(!is_found(&place));
    let store = store::open(&place.database()).await.unwrap();
    let connections = store.connections().await.unwrap();
    let text = serde_json::to_string(&connections[0]).unwrap();
    let text = text
        .replace(ISSUER, "?")
        .replace(SIGN_IN, ISSUER)
        .replace('?', SIGN_IN);
    let connection: Connection = serde_json::from_str(&text).unwrap();
    put_connection(&*store, &connection, Timestamp::now())
        .await
        .unwrap();
    assert!(is_found(&place));
    let fixed = [&["connection", "update", "acme", "--yes"][..], &pinned].concat();
    place.run(fixed).exits(0);
    assert!(!is_found(&place));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_id_for_which_the_tenant_has_no_app_is_found() {
    let place = Workspace::new();
    let publisher = Publisher::start(sound(&[&certificate(900)]).into()).await;
    let at = |query: &str| {
        let path = publisher.url();
        format!("{path}/federationmetadata.xml{query}")
    };
    let unknown = |place: &Workspace| {
        let ran = place.run(["check", "--json"]);
        let json: Value = ran.json();
        let findings = json["findings"].as_array().unwrap().clone();
        findings
            .into_iter()
            .find(|one| one["code"] == "entra-app-id-unknown")
    };
    let add = |url: String| {
        place
            .run([
                "connection",
                "add",
                "acme",
                "--replace",
                "--yes",
                "--metadata-url",
                &url,
            ])
            .exits(0)
    };
    add(at("?appid=0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8&x=1"));
    let found = unknown(&place).unwrap();
    let message = found["message"].as_str().unwrap();
    assert!(
        message.contains("0f1a2b3c-4d5e-4f70-8192-a3b4c5d6e7f8"),
        "{message}"
    );
    assert!(
        publisher
            .requests()
            .last()
            .unwrap()
            .starts_with("GET /metadata/federationmetadata.xml?x=1 ")
    );
    add(at(""));
    assert_eq!(unknown(&place), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_the_way_on_is_told_and_nothing_else_waits_for_it() {
    let place = Workspace::new();
    let publisher = Publisher::start(sound(&[&certificate(900)]).into()).await;
    let url = publisher.url();
    place
        .run(["connection", "add", "acme", "--metadata-url", &url])
        .exits(0);
    let asked = publisher.requests().len();
    for arguments in [
        &["connection", "list"][..],
        &["connection", "show", "acme"],
        &["connection", "list", "--json"],
        &["metadata", "sp", "acme"],
        &["user", "list"],
        &["session", "list"],
        &["log"],
        &["check", "--offline"],
        &["store", "info"],
        &["token", "create", "acme"],
    ] {
        place.run(arguments).exits(0);
    }
    assert_eq!(publisher.requests().len(), asked);

    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = format!("http://{}/metadata", free.local_addr().unwrap());
    drop(free);
    for (url, words) in [
        (refused.as_str(), "nothing takes connections there"),
        ("https://idp.invalid/metadata", "the host is not found"),
    ] {
        let add = ["connection", "add", "globex", "--metadata-url", url];
        let said = place.run(add).exits(4).stderr;
        assert!(
            said.contains(words) && said.contains("--metadata-file"),
            "{said}"
        );
        let response = place.write("response.xml", "<Response/>");
        for arguments in [
            &["metadata", "show", url][..],
            &[
                "verify",
                &response,
                "--metadata",
                url,
                "--sp-entity-id",
                "urn:app",
                "--acs-url",
                "https://app.example/",
            ],
        ] {
            let said = place.run(arguments).exits(4).stderr;
            assert!(
                said.contains(words) && said.contains("give the file"),
                "{said}"
            );
        }
    }
}
