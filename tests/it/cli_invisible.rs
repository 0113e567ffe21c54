//! Characters that nobody sees, in names, addresses and tables.

use crate::cli_inputs::encodings;
use crate::cli_inputs::pair;
use crate::cli_inputs::utf_16;
use crate::cli_metadata::sound;
use crate::command_line::Workspace;

#[test]
fn users_are_imported_from_utf_16() {
    let place = Workspace::new();
    place.add("acme");
    for (name, bytes) in encodings("userName,displayName\njosé,José\n") {
        let file = place.write("users.csv", bytes);
        let ran = place.run(["user", "import", "acme", &file]);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
    }
    let listed = place.run(["user", "list", "--json"]).exits(0).json();
    assert_eq!(listed["users"].as_array().unwrap().len(), 1);
    assert_eq!(listed["users"][0]["user_name"], "josé");
    let odd = [
        utf_16("userName\na\n", [0xff, 0xfe], u16::to_le_bytes),
        vec![0],
    ]
    .concat();
    let file = place.write("users.csv", odd);
    let ran = place.run(["user", "import", "acme", &file]).exits(2);
    assert!(ran.stderr.contains("half a character"), "{ran:?}");
}

/// Characters that the clipboard catches, at an end and within.
const HIDDEN: [&str; 7] = [
    " ", "\t", "\n", "\u{a0}", "\u{200b}", "\u{feff}", "\u{202e}",
];

#[test]
fn what_nobody_sees_is_refused_in_names_and_addresses() {
    let place = Workspace::new();
    let metadata = place.write("idp.xml", sound(&[&pair().1]));
    let pin = "AB".repeat(32);
    let own = ["connection", "add", "acme", "--metadata-file", &metadata];
    let pinned = ["connection", "add", "acme", "--fingerprint", &pin];
    for hidden in HIDDEN {
        let uri = format!("https://app.example/x{hidden}");
        let name = format!("Acme{hidden}");
        let chosen = format!("{hidden}urn:idp");
        let idp = [
            "--idp-entity-id",
            "urn:idp",
            "--sso-url",
            "https://idp.example/",
        ];
        for arguments in [
            [&own[..], &["--sp-entity-id", &uri]].concat(),
            [&own[..], &["--acs-url", &uri]].concat(),
            [&own[..], &["--display-name", &name]].concat(),
            [&own[..], &["--tenant", &name]].concat(),
            [&own[..], &["--idp-entity-id", &chosen]].concat(),
            [&own[..], &["--name-id-format", &uri]].concat(),
            [&own[..], &["--host", &name]].concat(),
            [&own[..], &["--base-url", &uri]].concat(),
            [
                &pinned[..],
                &[
                    "--idp-entity-id",
                    &chosen,
                    "--sso-url",
                    "https://idp.example/",
                ],
            ]
            .concat(),
            [
                &pinned[..],
                &["--idp-entity-id", "urn:idp", "--sso-url", &uri],
            ]
            .concat(),
            [&pinned[..], &idp, &["--slo-url", &uri]].concat(),
            ["connection", "add", "acme", "--metadata-url", &uri].to_vec(),
            [
                "connection",
                "add",
                "acme",
                "--mdq",
                &uri,
                "--idp-entity-id",
                "urn:idp",
            ]
            .to_vec(),
            ["metadata", "show", &metadata, "--entity-id", &chosen].to_vec(),
            [
                "verify",
                &metadata,
                "--metadata",
                &metadata,
                "--sp-entity-id",
                &uri,
                "--acs-url",
                "https://a.example",
            ]
            .to_vec(),
        ] {
            let ran = place.run(&arguments);
            assert!([2, 3].contains(&ran.code), "{arguments:?}: {ran:?}");
        }
        let settings = format!(
            "[[connection]]\nid = \"acme\"\nmetadata-file = \"idp.xml\"\nsp-entity-id = '''{uri}'''\n"
        );
        let settings = place.write("site.toml", settings);
        let ran = place.run(["connection", "apply", &settings]).exits(3);
        let shown = uri.chars().last().unwrap();
        let escaped = match shown {
            ' ' => " \"".to_owned(),
            c if c.is_ascii() => c.escape_default().to_string(),
            c => c.escape_unicode().to_string(),
        };
        assert!(
            ran.stderr
                .contains(&format!("\"https://app.example/x{escaped}")),
            "{ran:?}"
        );
    }
}

#[test]
fn white_space_around_an_entity_id_is_no_part_of_it_and_lint_finds_it() {
    let place = Workspace::new();
    let plain = sound(&[&pair().1]);
    for written in [
        " urn:idp",
        "urn:idp\t",
        "&#10;urn:idp&#13;",
        "\n  urn:idp  \n",
    ] {
        let file = place.write(
            "idp.xml",
            plain.replace("'urn:idp'", &format!("'{written}'")),
        );
        let shown = place
            .run(["metadata", "show", "--json", &file])
            .exits(0)
            .json();
        assert_eq!(shown["entity_id"], "urn:idp", "{written:?}");
        let linted = place.run(["metadata", "lint", "--json", &file]).exits(1);
        assert!(linted.stdout.contains("entity-id-invisible"), "{linted:?}");
        let add = [
            "connection",
            "add",
            "acme",
            "--replace",
            "--metadata-file",
            &file,
        ];
        let chosen = ["--idp-entity-id", "urn:idp"];
        let ran = place.run(add.iter().chain(&chosen)).exits(0);
        assert!(ran.stderr.contains("entity-id-invisible"), "{ran:?}");
    }
    let file = place.write("idp.xml", plain.replace("'urn:idp'", "'urn:idp\u{a0}'"));
    let shown = place
        .run(["metadata", "show", "--json", &file])
        .exits(0)
        .json();
    assert_eq!(shown["entity_id"], "urn:idp\u{a0}");
    let linted = place.run(["metadata", "lint", &file]).exits(1);
    assert!(linted.stdout.contains("\\u{a0}"), "{linted:?}");
}

/// A store of an earlier version may hold such a name.
#[test]
fn a_name_that_is_stored_with_what_nobody_sees_is_found_by_check() {
    let place = Workspace::new();
    let metadata = place.write("idp.xml", sound(&[&pair().1]));
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    let own = ["--sp-entity-id", "https://app.example/x"];
    place.run(add.iter().chain(&own)).exits(0);
    let database = rusqlite::Connection::open(place.path("entrada.db")).unwrap();
    let changed = database
        .execute(
            "UPDATE connections SET document = replace(document, 'https://app.example/x', 'https://app.example/x' || char(8203))",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(database);
    let ran = place.run(["check", "--offline"]).exits(1);
    let expected = "found \"https://app.example/x\\u{200b}\"";
    assert!(ran.stdout.contains(expected), "{ran:?}");
}
