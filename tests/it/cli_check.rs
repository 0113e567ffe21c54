//! `entrada check`.

use crate::command_line::Place;
use crate::command_line::Ran;
use crate::command_line::recording;

fn codes(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap();
    let codes = findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap().to_owned());
    codes.collect()
}

#[test]
fn a_sound_site_has_no_findings() {
    let place = Place::new();
    let pin = "AB".repeat(32);
    place
        .run([
            "connection",
            "add",
            "acme",
            "--fingerprint",
            &pin,
            "--idp-entity-id",
            "urn:x",
            "--sso-url",
            "https://x.example/",
        ])
        .exits(0);
    let ran = place.run(["check"]).exits(0);
    assert!(
        ran.stdout.contains("nothing found; 1 connection checked"),
        "{ran:?}"
    );
    assert!(codes(&place.run(["check", "--json"]).exits(0)).is_empty());
}

#[test]
fn a_store_that_is_not_there_is_found_and_not_made() {
    let place = Place::new();
    assert_eq!(
        codes(&place.run(["check", "--json"]).exits(1)),
        ["store-unavailable"]
    );
    assert!(!std::path::Path::new(&place.path("entrada.db")).exists());
}

#[test]
fn a_store_without_connections_is_found() {
    let place = Place::new();
    place.run(["connection", "list"]).exits(0);
    assert_eq!(
        codes(&place.run(["check", "--json"]).exits(1)),
        ["no-connections"]
    );
}

#[test]
fn an_expiring_certificate_is_found() {
    let place = Place::new();
    place.add("acme");
    let ran = place.run(["check", "--json"]).exits(1);
    let expected = ["certificate-expires-soon", "certificate-expired"];
    assert!(expected.contains(&codes(&ran)[0].as_str()), "{ran:?}");
    let ran = place.run(["check"]).exits(1);
    assert!(
        ran.stdout.contains("acme: the certificate 49:3A:"),
        "{ran:?}"
    );
}

#[test]
fn all_problems_of_the_settings_are_found() {
    let place = Place::new();
    place.write("idp.xml", std::fs::read(recording("metadata.xml")).unwrap());
    let config = place.write(
        "entrada.toml",
        "listen = 'here'\nbase-url = 'http://app.example.com'\n[[connection]]\nid = 'A B'\nmetadata-file = 'idp.xml'\n",
    );
    let ran = place.run(["check", "--json", "--config", &config]).exits(1);
    assert_eq!(
        codes(&ran),
        [
            "base-url",
            "listen-address",
            "connection-settings",
            "store-unavailable"
        ]
    );
    let ran = place
        .run(["check", "--json", "--config", "absent.toml"])
        .exits(1);
    assert_eq!(codes(&ran)[0], "configuration-unreadable");
}

/// How Entra names people decides whether those who are provisioned and those who sign on are the same.
#[test]
fn an_external_id_that_is_no_object_id_is_found_where_entra_provisions() {
    let pin = "AB".repeat(32);
    let place = Place::new();
    for (id, issuer) in [
        (
            "acme",
            "https://sts.windows.net/11111111-2222-3333-4444-555555555555/",
        ),
        ("okta", "http://www.okta.com/exk1"),
    ] {
        let flags = [
            "--fingerprint",
            &pin,
            "--idp-entity-id",
            issuer,
            "--sso-url",
            "https://x.example/",
        ];
        place
            .run(["connection", "add", id].iter().chain(&flags))
            .exits(0);
    }
    place.run(["check"]).exits(0);
    let line = |name: &str, external_id: &str| {
        format!("{{\"userName\":\"{name}\",\"externalId\":\"{external_id}\"}}\n")
    };
    let nicknames = [
        line("ada@x.example", "ada"),
        line("grace@x.example", "grace"),
    ]
    .concat();
    let nicknames = place.write("nicknames.jsonl", nicknames);
    for id in ["acme", "okta"] {
        place.run(["user", "import", id, &nicknames]).exits(0);
    }
    let ran = place.run(["check", "--json"]).exits(1);
    assert_eq!(codes(&ran), ["external-id-not-object-id"]);
    assert_eq!(ran.json()["findings"][0]["subject"], "acme");
    assert!(!ran.stdout.contains("grace"), "{ran:?}");

    let mended = line("mary@x.example", "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef");
    let mended = place.write("mended.jsonl", mended);
    place.run(["user", "import", "acme", &mended]).exits(0);
    place.run(["check"]).exits(0);
}
