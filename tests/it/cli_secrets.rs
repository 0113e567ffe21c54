//! Secrets in addresses: refused where they come in, and shown nowhere.

use std::fs;

use rusqlite::Connection as Database;

use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::command_line::run;

const ADDRESS: &str = "https://admin:hunter2@idp.example/metadata";

fn is_silent(ran: &Ran) {
    for secret in ["hunter2", "admin"] {
        assert!(!ran.stdout.contains(secret), "{ran:?}");
        assert!(!ran.stderr.contains(secret), "{ran:?}");
    }
}

#[test]
fn an_address_with_a_password_is_refused_wherever_one_is_taken() {
    let place = Workspace::new();
    let (metadata, pin) = (recording("metadata.xml"), "AB".repeat(32));
    let base = format!("--base-url={ADDRESS}");
    let own = ["connection", "add", "a", "--metadata-file", &metadata];
    let pinned = [
        "connection",
        "add",
        "a",
        "--fingerprint",
        &pin,
        "--idp-entity-id",
        "urn:i",
    ];
    let with = |first: &[&str], more: &[&str]| -> Vec<String> {
        first
            .iter()
            .chain(more)
            .map(|one| (*one).to_owned())
            .collect()
    };
    let verify = [
        "verify",
        &metadata,
        "--sp-entity-id",
        "urn:a",
        "--acs-url",
        "https://a.example",
    ];
    for (arguments, code) in [
        (
            with(&["connection", "add", "a", "--metadata-url", ADDRESS], &[]),
            3,
        ),
        (
            with(
                &[
                    "connection",
                    "add",
                    "a",
                    "--mdq",
                    ADDRESS,
                    "--idp-entity-id",
                    "urn:i",
                ],
                &[],
            ),
            3,
        ),
        (with(&pinned, &["--sso-url", ADDRESS]), 3),
        (
            with(
                &pinned,
                &["--sso-url", "https://idp.example/", "--slo-url", ADDRESS],
            ),
            3,
        ),
        (with(&own, &["--acs-url", ADDRESS]), 3),
        (with(&own, &["--base-url", ADDRESS]), 2),
        (with(&own, &[&base]), 2),
        (with(&["metadata", "show", ADDRESS], &[]), 2),
        (with(&["metadata", "lint", ADDRESS], &[]), 2),
        (with(&["metadata", "diff", &metadata, ADDRESS], &[]), 2),
        (
            with(
                &["metadata", "fetch", ADDRESS],
                &["--cache", &place.path("cache")],
            ),
            2,
        ),
        (
            with(
                &[
                    "metadata",
                    "fetch",
                    "--mdq",
                    ADDRESS,
                    "--idp-entity-id",
                    "urn:i",
                ],
                &[],
            ),
            2,
        ),
        (with(&verify, &["--metadata", ADDRESS]), 2),
        (
            with(
                &["--database", "postgres://admin:hunter2@db/entrada", "check"],
                &[],
            ),
            1,
        ),
        (with(&["connection", "list", "--what", ADDRESS], &[]), 2),
    ] {
        for json in [false, true] {
            let json = json.then(|| "--json".to_owned());
            let ran = place.run(arguments.iter().chain(&json)).exits(code);
            is_silent(&ran);
        }
    }
    let arguments = ["connection", "add", "a", "--metadata-url", ADDRESS];
    let ran = place.run(arguments).exits(3);
    let expected = "the metadata URL carries a user name or a password";
    assert!(ran.stderr.contains(expected), "{ran:?}");
    let environment = place
        .entrada()
        .args(own)
        .env("ENTRADA_BASE_URL", ADDRESS)
        .output();
    is_silent(&Ran::from(environment.unwrap()).exits(2));
}

#[test]
fn a_file_of_settings_does_not_show_a_password_either() {
    let place = Workspace::new();
    for line in [
        format!("metadata-url = \"{ADDRESS}\""),
        format!("metadata-url = {ADDRESS}"),
        format!("metadata-url = \"{ADDRESS}"),
        format!("metadata-file = \"a.xml\"\nsession-lifetime = \"{ADDRESS}\""),
        format!("database = [\"{ADDRESS}\"]"),
    ] {
        let file = place.write("site.toml", format!("[[connection]]\nid = \"a\"\n{line}\n"));
        for arguments in [
            &["connection", "apply", &file][..],
            &["check", "--config", &file],
        ] {
            let ran = place.run(arguments);
            assert!([1, 2, 3].contains(&ran.code), "{ran:?}");
            is_silent(&ran);
        }
    }
}

/// A store of an earlier version may hold one: it goes on, nothing shows it, and `check` asks for its end.
#[test]
fn a_password_that_is_stored_already_is_shown_nowhere() {
    let place = Workspace::new();
    let metadata = recording("metadata.xml");
    let signed = fs::read_to_string(&metadata).unwrap();
    let pin = "AB".repeat(32);
    let arguments = ["connection", "add", "acme", "--fingerprint", &pin];
    let idp = [
        "--idp-entity-id",
        "urn:i",
        "--sso-url",
        "https://idp.example/metadata",
    ];
    place.run(arguments.iter().chain(&idp)).exits(0);
    let database = Database::open(place.path("entrada.db")).unwrap();
    let changed = database
        .execute(
            "UPDATE connections SET document = replace(document, 'https://idp.example/metadata', ?1)",
            [format!("{ADDRESS}?token=hunter2")],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(database);
    for arguments in [
        &["connection", "show", "acme"][..],
        &["connection", "list"],
        &["connection", "refresh", "acme"],
        &["connection", "update", "acme", "--seats", "5", "--dry-run"],
        &["metadata", "sp", "acme"],
        &["check", "--offline"],
        &["log"],
    ] {
        is_silent(&place.run(arguments));
        is_silent(&place.run(arguments.iter().chain(&["--json"])));
    }
    let shown = place.run(["connection", "show", "acme", "--json"]).exits(0);
    assert_eq!(
        shown.json()["connection"]["trust"]["sso_url"],
        "https://***@idp.example/metadata?token=***"
    );
    let ran = place.run(["check", "--offline"]).exits(1);
    let expected = "the sign-on URL carries a user name or a password";
    assert!(ran.stdout.contains(expected), "{ran:?}");
    let location = "Location=\"http://";
    assert!(signed.contains(location));
    let passworded = signed.replace(location, "Location=\"http://admin:hunter2@");
    let file = place.write("idp.xml", passworded);
    for command in ["show", "lint"] {
        for json in [&[][..], &["--json"]] {
            is_silent(&run(["metadata", command, &file].iter().chain(json)));
        }
    }
    is_silent(&run(["metadata", "diff", &file, &metadata, "--json"]));
}

#[test]
fn a_secret_parameter_is_kept_and_not_shown() {
    let place = Workspace::new();
    let address = "https://127.0.0.1:1/m?appid=7&token=hunter2";
    let ran = place.run(["metadata", "show", address]).exits(4);
    is_silent(&ran);
    assert!(
        ran.stderr
            .contains("https://127.0.0.1:1/m?appid=7&token=***"),
        "{ran:?}"
    );
}
