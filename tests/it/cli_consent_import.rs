//! Imports that take something away, which want consent like every other command.

use serde_json::json;

use crate::cli_consent::place;
use crate::command_line::run_with_input;

#[test]
fn an_import_asks_before_people_go_out_and_sessions_end() {
    let place = place();
    let active = || {
        let shown = place.run(["user", "show", "ada@example.com", "--json"]);
        shown.json()["user"]["active"] == json!(true)
    };
    let sessions = || place.run(["session", "list", "--json"]).json()["sessions"] != json!([]);
    let rows = "userName,active\nada@example.com,false\neve@example.com,true\n";
    let file = place.write("gone.csv", rows);
    let import = ["user", "import", "acme", &file];
    let with = |more: &[&str]| place.run(import.iter().chain(more));
    let would = json!({ "shut_out": 1, "sessions": 1 });
    let refused = with(&["--json"]).exits(2).json();
    assert_eq!(refused["would"], would);
    assert!(active() && sessions());
    assert_eq!(
        with(&["--json", "--dry-run"]).exits(0).json()["would"],
        would
    );
    let shown = with(&["--dry-run"]).exits(0);
    assert!(
        shown
            .stdout
            .contains("takes away 1 live session and the way in of 1 user"),
        "{shown:?}"
    );
    assert!(active() && sessions());
    with(&["--yes"]).exits(0);
    assert!(!active() && !sessions());
    // What takes nothing away asks nothing.
    with(&[]).exits(0);
}

#[test]
fn an_import_asks_where_a_user_becomes_another_person() {
    let place = place();
    let of = |guid: &str, yes: &[&str]| {
        let file = place.write(
            "ids.csv",
            format!("userName,externalId\nada@example.com,{guid}\n"),
        );
        let import = ["user", "import", "acme", &file, "--json"];
        place.run(import.iter().chain(yes))
    };
    of("0aaaaaaa-0000-4000-8000-00000000000b", &[]).exits(0);
    let refused = of("0ccccccc-0000-4000-8000-00000000000d", &[]).exits(2);
    assert_eq!(refused.json()["would"], json!({ "sessions": 1 }));
    of("0ccccccc-0000-4000-8000-00000000000d", &["--yes"]).exits(0);
    let listed = place.run(["session", "list", "--json"]).json();
    assert_eq!(listed["sessions"], json!([]));
}

/// The first hundred rows are a part of their own.
#[test]
fn an_import_from_stdin_ends_before_the_part_that_takes_anything_away() {
    let place = place();
    let new: String = (0..100)
        .map(|n| format!("new{n}@example.com,true\n"))
        .collect();
    let rows = format!("userName,active\n{new}ada@example.com,false\n");
    let database = place.database();
    let import = ["--database", &database, "user", "import", "acme", "-"];
    let with = |more: &[&str]| {
        let words = import
            .iter()
            .chain(&["--format", "csv", "--json"])
            .chain(more);
        run_with_input(words, rows.as_bytes())
    };
    let refused = with(&[]).exits(2).json();
    assert_eq!(refused["would"], json!({ "shut_out": 1, "sessions": 1 }));
    assert_eq!(
        (&refused["created"], &refused["updated"]),
        (&json!(100), &json!(0))
    );
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains("the rows before are imported (100 rows)"),
        "{message}"
    );
    let done = with(&["--yes"]).exits(0).json();
    assert_eq!(
        (&done["unchanged"], &done["updated"]),
        (&json!(100), &json!(1))
    );
}
