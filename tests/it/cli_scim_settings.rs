//! The data that a connection takes over SCIM, as flags of `connection add`.

use serde_json::json;

use crate::command_line::Workspace;
use crate::command_line::recording;

const TOML: &str = r#"
id = "urn:example:params:scim:schemas:badge:1.0:User"
name = "Badge"
resource = "User"
attributes = [{ name = "badgeNumber", type = "integer" }]
"#;

const JSON: &str = r#"{
    "id": "urn:example:params:scim:schemas:room:1.0:Group", "name": "Room", "resource": "Group",
    "attributes": [{"name": "room"}]
}"#;

fn add(metadata: &str, flags: &[&str]) -> Vec<String> {
    let start = ["connection", "add", "acme", "--metadata-file", metadata];
    let all = start.iter().chain(flags);
    all.map(|argument| (*argument).to_owned()).collect()
}

#[test]
fn add_takes_what_a_file_of_settings_takes_and_show_prints_it() {
    let place = Workspace::new();
    let metadata = recording("metadata.xml");
    let (toml, json_file) = (
        place.write("badge.toml", TOML),
        place.write("room.json", JSON),
    );
    let flags = [
        "--scim-rate",
        "5",
        "--scim-burst",
        "20",
        "--scim-extension",
        &toml,
        "--scim-extension",
        &json_file,
    ];
    let added = place.run(add(&metadata, &flags)).exits(0);
    assert!(
        added.stdout.contains("Added the connection acme"),
        "{added:?}"
    );
    let shown = place.run(["connection", "show", "acme", "--json"]).exits(0);
    let connection = &shown.json()["connection"];
    assert_eq!(connection["scim_rate"], 5);
    assert_eq!(connection["scim_burst"], 20);
    let urns = json!([
        "urn:example:params:scim:schemas:badge:1.0:User",
        "urn:example:params:scim:schemas:room:1.0:Group",
    ]);
    assert_eq!(connection["scim_extensions"], urns);
    let text = place.run(["connection", "show", "acme"]).exits(0).stdout;
    assert!(text.contains("5 requests a second, 20 at once"), "{text}");
    assert!(
        text.contains("urn:example:params:scim:schemas:badge:1.0:User"),
        "{text}"
    );

    // The same connection from a file of settings is the same connection.
    let settings = format!(
        "[[connection]]\nid = \"acme\"\nmetadata-file = \"{metadata}\"\nscim-rate = 5\nscim-burst = 20\n\
         [[connection.scim-extension]]\n{TOML}\n\
         [[connection.scim-extension]]\nid = \"urn:example:params:scim:schemas:room:1.0:Group\"\n\
         name = \"Room\"\nresource = \"Group\"\nattributes = [{{ name = \"room\" }}]\n"
    );
    let settings = place.write("connections.toml", settings);
    let applied = place.run(["connection", "apply", &settings, "--json"]);
    let outcome = applied.exits(0).json();
    assert_eq!(outcome["unchanged"], json!(["acme"]), "{outcome}");
}

#[test]
fn what_is_not_asked_for_is_as_by_default() {
    let place = Workspace::new();
    place.add("acme");
    let shown = place.run(["connection", "show", "acme", "--json"]).exits(0);
    let connection = &shown.json()["connection"];
    assert_eq!(
        (&connection["scim_rate"], &connection["scim_burst"]),
        (&json!(100), &json!(400))
    );
    assert_eq!(connection["scim_extensions"], json!([]));
}

#[test]
fn settings_that_cannot_be_are_refused_and_nothing_is_added() {
    let place = Workspace::new();
    let metadata = recording("metadata.xml");
    let core = TOML.replace(
        "urn:example:params:scim:schemas:badge:1.0:User",
        "urn:ietf:params:scim:schemas:core:2.0:User",
    );
    let core = place.write("core.toml", core);
    let broken = place.write("broken.json", "{\"id\": 3}");
    let empty = place.write("empty.toml", "");
    let missing = place.path("missing.toml");
    for (flags, code) in [
        (["--scim-rate", "0"], 2),
        (["--scim-burst", "-1"], 2),
        (["--scim-extension", &missing], 2),
        (["--scim-extension", &broken], 2),
        (["--scim-extension", &empty], 2),
        (["--scim-extension", &core], 3),
    ] {
        let ran = place.run(add(&metadata, &flags));
        assert_eq!(ran.code, code, "{flags:?}: {ran:?}");
        place.run(["connection", "show", "acme"]).exits(2);
    }
}
