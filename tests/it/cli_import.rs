//! `entrada user import` and `entrada user export`.

use serde_json::Value;
use serde_json::json;

use crate::cli_session::sign_on;
use crate::command_line::Ran;
use crate::command_line::Workspace;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn place() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    place
}

fn import(place: &Workspace, name: &str, content: &str, arguments: &[&str]) -> Ran {
    let file = place.write(name, content);
    let words = ["user", "import", "acme", &file];
    place.run(words.iter().chain(arguments))
}

/// The outcome of each row, and its number.
fn outcomes(ran: &Ran) -> Vec<(u64, String)> {
    let json = ran.json();
    let rows = json["rows"].as_array().unwrap().iter();
    let outcome = |row: &Value| {
        let outcome = row["outcome"].as_str().unwrap();
        (row["row"].as_u64().unwrap(), outcome.to_owned())
    };
    rows.map(outcome).collect()
}

fn shown(place: &Workspace, name: &str) -> Value {
    let ran = place.run(["user", "show", name, "--json"]).exits(0);
    ran.json()["user"].clone()
}

const TABLE: &str =
    "userName,externalId,active,name.givenName,\"emails[type eq \"\"work\"\"].value\",\
urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department
ada@example.com,1,true,Ada,ada@x.example,Research
bob@example.com,2,FALSE,,,
";

#[test]
fn the_first_users_let_those_in_who_came_before() {
    let place = place();
    sign_on(&place, "0000000000000001", "acme", "alice");
    let refused = import(&place, "users.csv", TABLE, &["--json"]).exits(2);
    assert_eq!(refused.json()["would"], json!({ "sessions": 1 }));
    let tried = import(&place, "users.csv", TABLE, &["--json", "--dry-run"]);
    assert_eq!(tried.exits(0).json()["created"], 2);
    let policy = || {
        let shown = place.run(["connection", "show", "acme", "--json"]).json();
        shown["connection"]["sign_on"].clone()
    };
    let nobody = "userName\n\"\"\n";
    let none = import(&place, "nobody.csv", nobody, &["--json", "--yes"]).exits(1);
    assert_eq!(none.json()["switched"], Value::Null, "nobody came");
    assert_eq!(policy(), "provisioned-only");
    let done = import(&place, "users.csv", TABLE, &["--json", "--yes"]).exits(0);
    assert!(
        done.stderr.contains("--sign-on provisioned-only"),
        "{done:?}"
    );
    let done = done.json();
    assert_eq!(done["sign_on"], "just-in-time-until-provisioned");
    assert_eq!(
        (&done["switched"], &done["sessions_ended"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(policy(), "just-in-time-until-provisioned");
    let again = import(&place, "users.csv", TABLE, &["--json"]).exits(0);
    assert_eq!(again.json()["switched"], Value::Null);
}

#[test]
fn the_first_users_of_a_fresh_connection_close_it_at_once() {
    let place = place();
    let done = import(&place, "users.csv", TABLE, &[]).exits(0);
    let closed = "these are the first users of acme: from now on only people who are provisioned";
    assert!(done.stderr.contains(closed), "{done:?}");
}

#[test]
fn a_table_creates_updates_and_leaves_alone() {
    let place = place();
    let ran = import(&place, "users.csv", TABLE, &["--json"]).exits(0);
    let created = "created".to_owned();
    assert_eq!(outcomes(&ran), [(2, created.clone()), (3, created)]);
    let ada = shown(&place, "ada@example.com");
    assert_eq!(
        ada["emails"],
        json!([{"type": "work", "value": "ada@x.example"}])
    );
    assert_eq!(ada[ENTERPRISE]["department"], "Research");
    assert_eq!(ada["active"], true);
    let bob = shown(&place, "bob@example.com");
    assert_eq!(bob["active"], false);
    assert_eq!(bob.get("name"), None);

    let changed = TABLE
        .replace("Research", "Engines")
        .replace("ada@x.example", "");
    let ran = import(&place, "users.csv", &changed, &["--json"]).exits(0);
    let expected = [(2, "updated".to_owned()), (3, "unchanged".to_owned())];
    assert_eq!(outcomes(&ran), expected);
    let row = &ran.json()["rows"][0];
    assert_eq!(row["changed"], json!([format!("{ENTERPRISE}:department")]));
    let ada = shown(&place, "ada@example.com");
    assert_eq!(
        ada["emails"][0]["value"], "ada@x.example",
        "an empty cell says nothing"
    );
    assert_eq!(ada["meta"]["version"], "W/\"2\"");
}

#[test]
fn json_lines_say_what_they_name() {
    let place = place();
    let line = "{\"userName\":\"ada\",\"title\":\"Countess\",\"id\":\"x\",\"meta\":{}}\n\n{\"USERNAME\":\"bob\"}\n";
    let ran = import(&place, "users.jsonl", line, &["--json"]).exits(0);
    let created = "created".to_owned();
    assert_eq!(outcomes(&ran), [(1, created.clone()), (3, created)]);
    let line = "{\"userName\":\"ada\",\"nickName\":\"A\"}";
    import(&place, "users.jsonl", line, &[]).exits(0);
    let ada = shown(&place, "ada");
    assert_eq!(
        (&ada["title"], &ada["nickName"]),
        (&json!("Countess"), &json!("A"))
    );
    assert_ne!(ada["id"], "x");
}

#[test]
fn a_refused_row_stops_no_other_and_says_why() {
    let place = place();
    let rows =
        "userName,externalId,active\nada,1,true\n,2,true\nbob,3,perhaps\ncarl\ndora,4,true\n";
    let ran = import(&place, "users.csv", rows, &["--json"]).exits(1);
    let json = ran.json();
    let reasons: Vec<_> = json["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["reason"])
        .collect();
    assert_eq!(
        reasons,
        [
            &Value::Null,
            &json!("userName: expected a value, since users are matched by it"),
            &json!("active: expected true or false"),
            &json!("expected 3 cells, found 1"),
            &Value::Null,
        ]
    );
    assert_eq!((&json["created"], &json["refused"]), (&json!(2), &json!(3)));
    let ran = import(&place, "users.csv", rows, &[]).exits(1);
    assert!(
        ran.stdout.contains("row 4: refused bob: active: expected"),
        "{ran:?}"
    );
    assert!(ran.stdout.ends_with(
        "Refused: rows 3, 4, 5\n5 rows: 0 created, 0 updated, 2 unchanged, 3 refused\n"
    ));
}

#[test]
fn a_row_without_a_free_seat_is_refused_and_stops_no_other() {
    let place = place();
    place
        .run(["connection", "update", "acme", "--seats", "2", "--yes"])
        .exits(0);
    let rows = "userName,active\nada,true\nbob,true\ncarl,true\ndora,false\n";
    let ran = import(&place, "users.csv", rows, &["--json"]).exits(1);
    let json = ran.json();
    let counts = (&json["created"], &json["refused"]);
    assert_eq!(counts, (&json!(3), &json!(1)), "{json}");
    let reason = json["rows"][2]["reason"].as_str().unwrap();
    assert!(reason.contains("seats"), "{reason}");
    let turned = "userName,active\ndora,true\nada,false\ncarl,true\n";
    let ran = import(&place, "users.csv", turned, &["--json", "--yes"]).exits(1);
    let json = ran.json();
    assert_eq!(json["rows"][0]["outcome"], "refused", "{json}");
    assert_eq!(json["rows"][2]["outcome"], "created", "{json}");
}

#[test]
fn rows_match_by_external_id_where_that_is_asked_for() {
    let place = place();
    import(
        &place,
        "users.csv",
        "userName,externalId\nada,1\nbob,2\nbea,2\n",
        &[],
    )
    .exits(0);
    let renamed = "userName,externalId\nada.king,1\nBOB,1\nbob,2\ncarl,3\n";
    let ran = import(
        &place,
        "users.csv",
        renamed,
        &["--match", "externalId", "--json"],
    )
    .exits(1);
    let json = ran.json();
    let rows = json["rows"].as_array().unwrap();
    assert_eq!(rows[0]["outcome"], "updated");
    assert_eq!(rows[0]["changed"], json!(["userName"]));
    assert_eq!(rows[1]["reason"], "another resource has this userName");
    let several = "externalId: expected a value that one user has and no other";
    let reason = rows[2]["reason"].as_str().unwrap();
    assert!(reason.starts_with(several), "{reason}");
    for name in ["bob", "bea"] {
        let id = shown(&place, name)["id"].clone();
        assert!(reason.contains(id.as_str().unwrap()), "{reason}");
    }
    assert_eq!(rows[3]["outcome"], "created");
    assert_eq!(shown(&place, "ada.king")["externalId"], "1");
    let log = place
        .run(["log", "--json", "--outcome", "refused"])
        .exits(0)
        .json();
    assert_eq!(log["entries"][0]["scim_type"], "uniqueness");
    assert_eq!(log["entries"][0]["credential"], "cli");
}

#[test]
fn a_dry_run_says_the_same_and_changes_nothing() {
    let place = place();
    import(&place, "users.csv", "userName,title\nada,Countess\n", &[]).exits(0);
    let rows = "userName,title\nada,Queen\nbob,King\n,x\n";
    let ran = import(&place, "users.csv", rows, &["--dry-run", "--json"]).exits(1);
    let said: Vec<_> = outcomes(&ran).into_iter().map(|(_, said)| said).collect();
    assert_eq!(said, ["updated", "created", "refused"]);
    assert_eq!(shown(&place, "ada")["title"], "Countess");
    place.run(["user", "show", "bob"]).exits(2);
    let log = place.run(["log", "--json"]).exits(0).json();
    assert_eq!(log["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn more_rows_than_a_transaction_holds_are_all_done() {
    let place = place();
    let rows = |count: usize| {
        (0..count)
            .map(|index| format!("user{index},t\n"))
            .collect::<String>()
    };
    let table = format!("userName,title\n{}", rows(250));
    let ran = import(&place, "users.csv", &table, &["--json"]).exits(0);
    let numbers: Vec<u64> = outcomes(&ran)
        .into_iter()
        .map(|(number, _)| number)
        .collect();
    assert_eq!(numbers, (2..252).collect::<Vec<_>>());
    assert_eq!(ran.json()["created"], 250);
    let ran = place
        .run(["user", "list", "--limit", "1000", "--json"])
        .exits(0);
    assert_eq!(ran.json()["users"].as_array().unwrap().len(), 250);
}

#[test]
fn a_file_that_breaks_off_is_done_up_to_there() {
    let place = place();
    let long = "x".repeat(2 * 1024 * 1024);
    let table = format!("userName,title\nada,t\nbob,\"{long}");
    let ran = import(&place, "users.csv", &table, &["--json"]).exits(2);
    let json = ran.json();
    assert_eq!(
        (&json["created"], &json["error"]),
        (&json!(1), &json!("input"))
    );
    assert!(ran.stderr.contains("behind row 2"), "{ran:?}");
    shown(&place, "ada");
}

#[test]
fn files_that_cannot_be_used_are_refused_before_anything_is_done() {
    let place = place();
    for (name, content, expected) in [
        ("users.txt", "userName\nada\n", "ends in .csv or .jsonl"),
        (
            "users.csv",
            "userName,shoeSize\nada,7\n",
            "column 2, \"shoeSize\"",
        ),
        ("users.csv", "title\nada\n", "expected a column userName"),
    ] {
        let ran = import(&place, name, content, &[]).exits(2);
        assert!(ran.stderr.contains(expected), "{ran:?}");
    }
    place.run(["user", "import", "acme", "absent.csv"]).exits(2);
    let file = place.write("users.csv", "userName\nada\n");
    place.run(["user", "import", "globex", &file]).exits(2);
    let ran = place.run(["user", "list", "--json"]).exits(0);
    assert_eq!(ran.json()["users"], json!([]));
}

/// Users with what is hard to write: formulas, quotation marks, line breaks, several values.
fn hard() -> String {
    let users = [
        json!({"userName": "=cmd|'/c calc'!A1", "title": "+44", "nickName": "@x", "displayName": "-1"}),
        json!({"userName": "'t Hart", "displayName": "two\nlines, \"quoted\"", "active": false}),
        json!({
            "userName": "ada", "externalId": "1",
            "name": {"givenName": "Ada", "familyName": "King"},
            "emails": [{"type": "work", "value": "ada@x.example"}],
            "phoneNumbers": [{"type": "mobile", "value": "+44 20 7946 0000"}],
            ENTERPRISE: {"department": "Research", "manager": {"value": "9"}},
        }),
    ];
    users.iter().map(|user| format!("{user}\n")).collect()
}

/// All users of a place, without what belongs to the place.
fn users(place: &Workspace) -> Vec<Value> {
    let ran = place
        .run(["user", "export", "acme", "-", "--format", "jsonl"])
        .exits(0);
    let mut users: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for user in &mut users {
        user.as_object_mut().unwrap().remove("id");
    }
    users.sort_by_key(|user| user["userName"].to_string());
    users
}

#[test]
fn what_is_exported_is_imported_as_it_was() {
    let place = place();
    import(&place, "users.jsonl", &hard(), &[]).exits(0);
    for name in ["out.csv", "out.jsonl"] {
        let file = place.path(name);
        let ran = place
            .run(["user", "export", "acme", &file, "--json"])
            .exits(0);
        assert_eq!(
            ran.json(),
            json!({"exported": 3, "file": file, "left_out": []})
        );
        let again = place
            .run(["user", "import", "acme", &file, "--json"])
            .exits(0);
        assert_eq!(again.json()["unchanged"], 3, "{again:?}");
        let other = Workspace::new();
        other.add("acme");
        other.run(["user", "import", "acme", &file]).exits(0);
        assert_eq!(users(&other), users(&place), "{name}");
    }
}

#[test]
fn no_cell_of_an_export_begins_a_formula() {
    let place = place();
    import(&place, "users.jsonl", &hard(), &[]).exits(0);
    let ran = place
        .run(["user", "export", "acme", "-", "--format", "csv"])
        .exits(0);
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 3);
    let mut guarded = 0;
    for cell in records.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        guarded += usize::from(cell.starts_with('\''));
    }
    assert_eq!(guarded, 6, "{}", ran.stdout);
}

#[test]
fn an_export_says_what_has_no_column_and_is_for_its_owner_alone() {
    let place = place();
    let line = "{\"userName\":\"ada\",\"roles\":[{\"value\":\"admin\"}]}";
    import(&place, "users.jsonl", line, &[]).exits(0);
    let file = place.path("out.csv");
    let ran = place.run(["user", "export", "acme", &file]).exits(0);
    assert!(ran.stderr.contains("no column: roles"), "{ran:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let words = ["user", "export", "acme", "-", "--format", "jsonl"];
    place.run(words.iter().chain(&["--json"])).exits(2);
    let ran = place
        .run(words.iter().chain(&["--filter", "active eq false"]))
        .exits(0);
    assert!(ran.stdout.is_empty(), "{ran:?}");
    place
        .run(["user", "export", "acme", "/nonexistent/out.csv"])
        .exits(4);
}
