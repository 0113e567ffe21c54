//! `entrada check`.

use entrada::configuration::danger::put_connection;
use entrada::connection::Connection;
use jiff::Timestamp;

use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::command_line::recording;

pub(crate) fn codes(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap();
    let codes = findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap().to_owned());
    codes.collect()
}

#[test]
fn a_sound_site_has_no_findings() {
    let place = Workspace::new();
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
    let place = Workspace::new();
    assert_eq!(
        codes(&place.run(["check", "--json"]).exits(1)),
        ["store-missing"]
    );
    assert!(!std::path::Path::new(&place.path("entrada.db")).exists());
}

#[test]
fn a_store_without_connections_is_found() {
    let place = Workspace::new();
    place.run(["connection", "list"]).exits(0);
    assert_eq!(
        codes(&place.run(["check", "--json"]).exits(1)),
        ["no-connections"]
    );
}

#[test]
fn an_expiring_certificate_is_found() {
    let place = Workspace::new();
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
    let place = Workspace::new();
    place.write("idp.xml", std::fs::read(recording("metadata.xml")).unwrap());
    let config = place.write(
        "entrada.toml",
        "listen = 'here'\nbase-url = 'http://app.example.com'\n[[connection]]\nid = 'A B'\nmetadata-file = 'idp.xml'\n\
         [[connection]]\nid = 'acme'\nmetadata-file = 'idp.xml'\nrequest-binding = 'pigeon'\n",
    );
    let ran = place.run(["check", "--json", "--config", &config]).exits(1);
    assert_eq!(
        codes(&ran),
        [
            "base-url",
            "listen-address",
            "connection-settings",
            "connection-settings",
            "store-missing"
        ]
    );
    let ran = place
        .run(["check", "--json", "--config", "absent.toml"])
        .exits(1);
    assert_eq!(codes(&ran)[0], "configuration-unreadable");
}

#[test]
fn an_external_id_that_is_a_mail_nickname_is_found_with_the_mapping_to_change() {
    let place = Workspace::new();
    place.add("acme");
    let guid = "6b7f1d0e-3c2a-4f5b-9a8e-0d1c2b3a4f5e";
    let import = |content: String| {
        let file = place.write("users.jsonl", content);
        place.run(["user", "import", "acme", &file]).exits(0);
    };
    let found = || {
        let ran = place.run(["check", "--offline", "--json"]);
        codes(&ran).contains(&"external-id-is-mail-nickname".to_owned())
    };
    let by = |name: &str, id: &str| {
        format!("{{\"userName\":\"{name}@example.com\",\"externalId\":\"{id}\"}}\n")
    };
    import([by("ada", guid), by("bob", "Bob")].concat());
    assert!(!found(), "one of two may be a mistake of its own");
    import(by("cid", "employee-7"));
    assert!(!found(), "an id of another kind is no nickname");
    import([by("dan", "dan"), by("eve", "EVE"), by("fay", "fay")].concat());
    assert!(found());
    let ran = place.run(["check", "--offline"]).exits(1);
    assert!(
        ran.stdout.contains("of 4 of 6 users") && ran.stdout.contains("map objectId to externalId"),
        "{ran:?}"
    );
}

#[test]
fn a_door_that_nobody_closes_is_told_of() {
    let place = Workspace::new();
    place.add("acme");
    let update = ["connection", "update", "acme", "--yes", "--sign-on"];
    let open = ["just-in-time-until-provisioned"];
    place.run(update.iter().chain(&open)).exits(0);
    let close = "--sign-on provisioned-only";
    let created = place.run(["token", "create", "acme"]).exits(0);
    assert!(created.stderr.contains(close), "{created:?}");
    let found = || {
        codes(&place.run(["check", "--offline", "--json"])).contains(&"door-still-open".to_owned())
    };
    assert!(!found(), "the first cycle is on its way");
    let database = rusqlite::Connection::open(place.path("entrada.db")).unwrap();
    let long_ago = "UPDATE scim_credentials SET created = 0";
    assert_eq!(database.execute(long_ago, []).unwrap(), 1);
    drop(database);
    assert!(found());

    let metadata = recording("metadata.xml");
    let apply = |sign_on: &str| {
        let file = format!("[[connection]]\nid = 'acme'\nmetadata-file = '{metadata}'\n{sign_on}");
        let file = place.write("site.toml", file);
        place.run(["connection", "apply", &file]).exits(0).stderr
    };
    assert!(apply("").contains(close));
    assert!(!apply("sign-on = 'just-in-time-until-provisioned'\n").contains(close));
    apply("sign-on = 'provisioned-only'\n");
    assert!(!found());
}

#[test]
fn a_connection_into_which_nobody_can_come_is_found() {
    let place = Workspace::new();
    place.add("acme");
    let import = |user: &str| {
        let file = place.write("users.jsonl", user);
        place.run(["user", "import", "acme", &file]).exits(0);
    };
    let found = || {
        let json = place.run(["check", "--offline", "--json"]).json();
        let findings = json["findings"].as_array().unwrap().clone().into_iter();
        let mut found = findings.filter(|one| one["code"] == "nobody-can-come-in");
        found
            .next()
            .map(|one| one["message"].as_str().unwrap().to_owned())
    };
    let update = |words: &[&str]| {
        let update = ["connection", "update", "acme", "--yes"];
        place.run(update.iter().chain(words)).exits(0);
    };
    assert_eq!(found(), None, "nobody is provisioned yet");
    place.run(["token", "create", "acme"]).exits(0);
    assert!(found().unwrap().contains("there is no user"));
    import("{\"userName\":\"ada@example.com\",\"active\":false}");
    assert!(found().unwrap().contains("none of the 1 users is active"));
    import("{\"userName\":\"ada@example.com\",\"active\":true}");
    assert!(
        found()
            .unwrap()
            .contains("the rule object-id compares (externalId)")
    );
    update(&["--link-rule", "email"]);
    assert!(
        found()
            .unwrap()
            .contains("the rule email compares (emails)")
    );
    update(&["--link-rule", "name-id"]);
    assert_eq!(found(), None);
    let database = rusqlite::Connection::open(place.path("entrada.db")).unwrap();
    let by_sign_on = "UPDATE users SET origin = 'just-in-time'";
    assert_eq!(database.execute(by_sign_on, []).unwrap(), 1);
    assert!(found().unwrap().contains("made by sign-ons"));
    update(&["--sign-on", "just-in-time-until-provisioned"]);
    assert_eq!(found(), None);
}

#[test]
fn seats_that_run_out_are_found() {
    let place = Workspace::new();
    let metadata = std::fs::read_to_string(recording("metadata.xml")).unwrap();
    let acme = Connection::builder("acme").metadata_xml(metadata).seats(10);
    let acme = acme.build().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = entrada::store::open(&place.database()).await.unwrap();
        put_connection(&*store, &acme, Timestamp::now())
            .await
            .unwrap();
    });
    let mut said = Vec::new();
    for number in 0..10 {
        let user = format!("{{\"userName\":\"person-{number}@example.com\"}}");
        let file = place.write("users.jsonl", user);
        place.run(["user", "import", "acme", &file]).exits(0);
        let json = place.run(["check", "--offline", "--json"]).json();
        let findings = json["findings"].as_array().unwrap().iter();
        let seats = findings
            .filter(|one| one["code"].as_str().unwrap().starts_with("seats-"))
            .map(|one| {
                format!(
                    "{} {}",
                    one["code"].as_str().unwrap(),
                    one["message"].as_str().unwrap()
                )
            });
        said.push(seats.collect::<String>());
    }
    assert_eq!(said[7], "");
    assert!(
        said[8].starts_with("seats-nearly-taken 9 users are active, and 10 may be: soon"),
        "{said:?}"
    );
    assert!(
        said[9].starts_with("seats-taken 10 users are active, and 10 may be: nobody else"),
        "{said:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_store_that_others_may_read_and_copies_of_it_are_reported() {
    use std::os::unix::fs::PermissionsExt;
    let place = Workspace::new();
    place.add("acme");
    let set = |name: &str, mode: u32| {
        let file = place.path(name);
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let found = || {
        let json = place.run(["check", "--offline", "--json"]).json();
        let findings = json["findings"].as_array().unwrap().clone();
        let of_files = findings.iter().filter(|finding| {
            let code = finding["code"].as_str().unwrap();
            code.ends_with("readable-by-others")
        });
        let pairs = of_files.map(|finding| {
            let text = |name: &str| finding[name].as_str().unwrap().to_owned();
            assert!(text("message").contains("chmod 600"), "{finding}");
            text("code")
        });
        pairs.collect::<Vec<String>>()
    };
    assert_eq!(found(), Vec::<String>::new());
    // A file that everybody may read is closed when it is opened; one that a group shares is left, and reported.
    set("entrada.db", 0o644);
    assert_eq!(found(), Vec::<String>::new());
    set("entrada.db", 0o640);
    assert_eq!(found(), ["store-readable-by-others"]);
    set("entrada.db", 0o600);
    for copy in ["entrada.db.bak", "entrada-2026-11-30.db", "entrada.db~"] {
        std::fs::copy(place.path("entrada.db"), place.path(copy)).unwrap();
        set(copy, 0o644);
        assert_eq!(found(), ["store-copy-readable-by-others"], "{copy}");
        set(copy, 0o600);
        assert_eq!(found(), Vec::<String>::new());
    }
    place.write("entrada.toml", "listen = '127.0.0.1:0'");
    set("entrada.toml", 0o644);
    std::fs::copy(place.path("entrada.db"), place.path("other.db")).unwrap();
    set("other.db", 0o644);
    assert_eq!(found(), Vec::<String>::new());
}

#[test]
fn an_acs_that_no_route_answers_is_said_when_it_is_added_and_when_it_is_checked() {
    for (url, code) in [
        ("https://app.example.com/saml/acme/acs", None),
        (
            "https://app.example.com//saml/acme/acs",
            Some("acs-without-route"),
        ),
        (
            "https://app.example.com/x/../saml/acme/acs",
            Some("acs-without-route"),
        ),
        (
            "https://app.example.com/saml/acme/acs/",
            Some("acs-without-route"),
        ),
        (
            "https://app.example.com/saml/ACME/acs",
            Some("acs-without-route"),
        ),
        (
            "https://app.example.com/saml/acme/acs?x",
            Some("acs-without-route"),
        ),
        (
            "https://app.example.com/saml/bolt/acs",
            Some("acs-without-route"),
        ),
        ("https://app.example.com/acs", Some("acs-without-route")),
        (
            "https://other.example.com/saml/acme/acs",
            Some("acs-on-another-host"),
        ),
    ] {
        let place = Workspace::new();
        let pin = "ab".repeat(32);
        let arguments = [
            "connection",
            "add",
            "acme",
            "--json",
            "--acs-url",
            url,
            "--fingerprint",
            &pin,
        ];
        let idp = [
            "--idp-entity-id",
            "urn:x",
            "--sso-url",
            "https://x.example/",
        ];
        let added = place.run(arguments.iter().chain(&idp)).exits(0).json();
        let of = |list: &serde_json::Value| -> Vec<String> {
            let list = list.as_array().unwrap().iter();
            let codes = list.map(|one| one["code"].as_str().unwrap().to_owned());
            codes.filter(|code| code.starts_with("acs-")).collect()
        };
        let unrouted: Vec<&str> = code
            .into_iter()
            .filter(|code| *code == "acs-without-route")
            .collect();
        assert_eq!(of(&added["warnings"]), unrouted, "{url}");
        let arguments = [
            "check",
            "--offline",
            "--json",
            "--base-url",
            "https://app.example.com",
        ];
        let checked = place.run(arguments).json();
        let expected: Vec<&str> = code.into_iter().collect();
        assert_eq!(of(&checked["findings"]), expected, "{url}");
    }
}

#[test]
fn an_acs_is_compared_with_the_base_url_that_the_site_keeps() {
    for (base_url, acs_url, code) in [
        (
            "https://app.example.com",
            "https://app.example.com/saml/acme/acs",
            None,
        ),
        (
            "https://app.example.com/wiki",
            "https://app.example.com/wiki/saml/acme/acs",
            None,
        ),
        (
            "https://app.example.com",
            "https://other.example.com/saml/acme/acs",
            Some("acs-on-another-host"),
        ),
        (
            "https://app.example.com",
            "https://app.example.com/wiki/saml/acme/acs",
            Some("acs-without-route"),
        ),
        (
            "https://app.example.com/wiki",
            "https://app.example.com/saml/acme/acs",
            Some("acs-without-route"),
        ),
    ] {
        let place = Workspace::new();
        place.run(["site", "set", "base-url", base_url]).exits(0);
        let pin = "ab".repeat(32);
        let added = place.run([
            "connection",
            "add",
            "acme",
            "--json",
            "--acs-url",
            acs_url,
            "--fingerprint",
            &pin,
            "--idp-entity-id",
            "urn:x",
            "--sso-url",
            "https://x.example/",
        ]);
        let of = |list: &serde_json::Value| -> Vec<String> {
            let list = list.as_array().unwrap().iter();
            let codes = list.map(|one| one["code"].as_str().unwrap().to_owned());
            codes.filter(|code| code.starts_with("acs-")).collect()
        };
        let expected: Vec<&str> = code.into_iter().collect();
        assert_eq!(
            of(&added.exits(0).json()["warnings"]),
            expected,
            "{acs_url}"
        );
        let checked = place.run(["check", "--offline", "--json"]).json();
        assert_eq!(of(&checked["findings"]), expected, "{acs_url}");
    }
}
