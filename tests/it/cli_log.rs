//! `entrada log`.

use std::io::BufRead;
use std::io::BufReader;
use std::process::Stdio;
use std::time::Duration;

use entrada::configuration::append_log;
use entrada::provisioning::LogEntry;
use entrada::provisioning::LogOperation;
use entrada::scim::ResourceKind;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::child::Child;
use crate::command_line::Workspace;

fn place() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    place
}

/// An entry about ada by a token, so many minutes ago.
fn entry(operation: LogOperation, status: u16, minutes: i64) -> LogEntry {
    LogEntry {
        connection: "acme".parse().unwrap(),
        at: Timestamp::now() - SignedDuration::from_mins(minutes),
        credential: Some("0123456789abcdef".parse().unwrap()),
        operation,
        resource_kind: Some(ResourceKind::User),
        resource: None,
        subject: Some("ada@example.com".to_owned()),
        status,
        scim_type: None,
        detail: None,
        changed: Vec::new(),
        overlooked: Vec::new(),
        request_id: Some("r1".to_owned()),
        duration: Duration::from_micros(1500),
    }
}

fn append(place: &Workspace, entries: &[LogEntry]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = entrada::store::open(&place.database()).await.unwrap();
        append_log(&*store, entries).await.unwrap();
    });
}

/// The answer of `--subject` on a log that has these entries: the code, and the words.
fn answer(entries: &[LogEntry]) -> (String, String) {
    let place = place();
    append(&place, entries);
    answered(&place)
}

fn answered(place: &Workspace) -> (String, String) {
    let words = ["log", "--subject", "Ada@example.com", "--json"];
    let json = place.run(words).exits(0).json();
    let [answer] = json["answers"].as_array().unwrap().as_slice() else {
        panic!("{json}");
    };
    let part = |name: &str| answer[name].as_str().unwrap().to_owned();
    (part("verdict"), part("text"))
}

fn import(place: &Workspace, lines: &str) {
    let file = place.write("users.jsonl", lines);
    place.run(["user", "import", "acme", &file]).exits(0);
}

#[test]
fn entries_are_printed_oldest_first_and_filtered() {
    let place = place();
    let refused = LogEntry {
        scim_type: Some("uniqueness".to_owned()),
        ..entry(LogOperation::Create, 409, 1)
    };
    let other = LogEntry {
        subject: Some("bob@example.com".to_owned()),
        changed: vec!["title".to_owned()],
        ..entry(LogOperation::Patch, 200, 2)
    };
    append(
        &place,
        &[entry(LogOperation::Search, 200, 90), other, refused],
    );
    let list = |arguments: &[&str]| {
        let words = ["log", "--json"];
        let json = place.run(words.iter().chain(arguments)).exits(0).json();
        let entries = json["entries"].as_array().unwrap().clone();
        let texts = entries
            .iter()
            .map(|entry| entry["operation"].as_str().unwrap().to_owned());
        texts.collect::<Vec<_>>()
    };
    assert_eq!(list(&[]), ["search", "patch", "create"]);
    assert_eq!(list(&["--limit", "2"]), ["patch", "create"]);
    assert_eq!(list(&["--outcome", "refused"]), ["create"]);
    assert_eq!(list(&["--outcome", "done"]), ["search", "patch"]);
    assert_eq!(list(&["--subject", "BOB@example.com"]), ["patch"]);
    assert_eq!(list(&["--since", "1h"]), ["patch", "create"]);
    assert_eq!(list(&["--connection", "acme"]).len(), 3);
    let json = place.run(["log", "--json", "--limit", "1"]).exits(0).json();
    let entry = &json["entries"][0];
    assert_eq!(entry["credential"], "0123456789abcdef");
    assert_eq!(
        (&entry["status"], &entry["scim_type"]),
        (&json!(409), &json!("uniqueness"))
    );
    assert_eq!(
        (&entry["outcome"], &entry["duration_us"]),
        (&json!("refused"), &json!(1500))
    );
    assert_eq!(
        (&entry["request_id"], &entry["resource_type"]),
        (&json!("r1"), &json!("User"))
    );
    let ran = place.run(["log"]).exits(0);
    assert!(
        ran.stdout.contains("bob@example.com  changed: title"),
        "{ran:?}"
    );
    assert!(!place.run(["log", "--connection", "acme", "--json"]).json()["answers"].is_array());
}

#[test]
fn what_the_log_cannot_use_is_wrong_usage() {
    let place = place();
    for arguments in [
        ["--connection", "globex"],
        ["--since", "yesterday"],
        ["--outcome", "perhaps"],
        ["--limit", "0"],
    ] {
        place.run(["log"].iter().chain(&arguments)).exits(2);
    }
}

#[test]
fn a_name_that_was_never_asked_for_is_told_by_what_came_instead() {
    let (verdict, text) = answer(&[]);
    assert_eq!(verdict, "nobody-came");
    assert!(
        text.contains("no request over acme is in the log"),
        "{text}"
    );
    let about_nobody = |status| LogEntry {
        subject: None,
        credential: None,
        ..entry(LogOperation::Other, status, 5)
    };
    let (verdict, text) = answer(&[about_nobody(401)]);
    assert_eq!(verdict, "no-credentials");
    assert!(text.contains("entrada token list"), "{text}");
    let about_bob = LogEntry {
        subject: Some("bob@example.com".to_owned()),
        ..entry(LogOperation::Create, 201, 5)
    };
    let (verdict, text) = answer(&[about_bob]);
    assert_eq!(verdict, "never-asked-for");
    assert!(text.contains("assigned to the app"), "{text}");
}

#[test]
fn a_name_that_was_looked_up_alone_was_not_created() {
    let looked_up = [
        entry(LogOperation::Search, 200, 50),
        entry(LogOperation::Search, 200, 10),
    ];
    let (verdict, text) = answer(&looked_up);
    assert_eq!(verdict, "looked-up");
    assert!(text.contains("2 times, last at "), "{text}");
    assert!(text.contains("by the token 0123456789abcdef"), "{text}");
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let refused = LogEntry {
        scim_type: Some("invalidValue".to_owned()),
        ..entry(LogOperation::Create, 400, 10)
    };
    let (verdict, text) = answer(&[entry(LogOperation::Search, 200, 11), refused]);
    assert_eq!(verdict, "refused");
    assert!(text.contains("creating it was refused at"), "{text}");
    assert!(text.contains("(400 invalidValue)"), "{text}");
}

#[test]
fn a_name_that_is_gone_was_deleted_by_somebody() {
    let created = entry(LogOperation::Create, 201, 60);
    let (verdict, text) = answer(&[created.clone(), entry(LogOperation::Delete, 204, 30)]);
    assert_eq!(verdict, "deleted");
    assert!(
        text.contains("was deleted from the directory of acme"),
        "{text}"
    );
    let later = entry(LogOperation::Create, 400, 5);
    let (verdict, _) = answer(&[created, entry(LogOperation::Delete, 204, 30), later]);
    assert_eq!(verdict, "refused");
}

#[test]
fn a_name_that_is_there_is_told_with_its_state() {
    let place = place();
    import(&place, "{\"userName\":\"ada@example.com\"}");
    let (verdict, text) = answered(&place);
    assert_eq!(verdict, "present");
    assert!(text.contains("is in the directory of acme since"), "{text}");
    place
        .run(["user", "deactivate", "ada@example.com"])
        .exits(0);
    let (verdict, text) = answered(&place);
    assert_eq!(verdict, "inactive");
    assert!(text.contains("by a command on the spot"), "{text}");
    append(&place, &[entry(LogOperation::Patch, 400, 0)]);
    let (_, text) = answered(&place);
    assert!(
        text.contains("Since then, changing it was refused"),
        "{text}"
    );
}

#[test]
fn a_name_that_was_changed_is_found_again() {
    let place = place();
    import(
        &place,
        "{\"userName\":\"ada@example.com\",\"externalId\":\"7\"}",
    );
    let renamed = "{\"userName\":\"ada.king@example.com\",\"externalId\":\"7\"}";
    let file = place.write("renamed.jsonl", renamed);
    place
        .run(["user", "import", "acme", &file, "--match", "externalId"])
        .exits(0);
    let (verdict, text) = answered(&place);
    assert_eq!(verdict, "renamed");
    assert!(
        text.ends_with("under another name: ada.king@example.com."),
        "{text}"
    );
}

fn tells_of_an_addition(line: &str) -> bool {
    line.contains("connection added") || line.contains("certificate added")
}

#[test]
fn following_prints_what_happens_and_ends_with_its_reader() {
    let place = place();
    append(&place, &[entry(LogOperation::Search, 200, 5)]);
    let mut command = place.entrada();
    let command = command.args(["log", "--follow", "--json"]);
    let mut child = Child::start(command.stdout(Stdio::piped()));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value {
        // The events of the new connection are not what is looked for.
        let mut found = lines.by_ref().map(Result::unwrap);
        let line = found.find(|line| !tells_of_an_addition(line));
        serde_json::from_str(&line.unwrap()).unwrap()
    };
    assert_eq!(next()["text"], "looked up");
    append(&place, &[entry(LogOperation::Create, 201, 0)]);
    assert_eq!(next()["text"], "created");
    drop(lines);
    append(&place, &[entry(LogOperation::Patch, 200, 0)]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn events_stand_among_the_entries_and_are_followed() {
    let place = place();
    import(&place, "{\"userName\":\"ada@example.com\"}");
    import(&place, "{\"userName\":\"bob@example.com\"}");
    let log = |arguments: &[&str]| {
        let words = ["log", "--json"];
        place.run(words.iter().chain(arguments)).exits(0).json()
    };
    let of = |json: &Value| -> Vec<String> {
        let events = json["events"].as_array().unwrap().iter();
        // New connections leave some too.
        let new = ["connection-added", "trust-changed"];
        let events = events.filter(|event| new.iter().all(|kind| event["kind"] != *kind));
        let told = events.map(|event| format!("{} {}", event["kind"], event["user_name"]));
        told.collect::<Vec<_>>()
    };
    let (ada, bob) = (
        "\"user-created\" \"ada@example.com\"",
        "\"user-created\" \"bob@example.com\"",
    );
    assert_eq!(of(&log(&[])), [ada, bob]);
    assert_eq!(log(&[])["entries"].as_array().unwrap().len(), 2);
    assert_eq!(of(&log(&["--user", "bob@example.com"])), [bob]);
    assert_eq!(of(&log(&["--limit", "1"])), [bob]);
    assert!(of(&log(&["--kind", "session-opened"])).is_empty());
    assert!(of(&log(&["--outcome", "refused"])).is_empty());
    place.add("globex");
    assert!(of(&log(&["--connection", "globex"])).is_empty());
    place.run(["log", "--kind", "nothing"]).exits(2);
    let text = place.run(["log"]).exits(0).stdout;
    let mut lines = text.lines().filter(|line| !tells_of_an_addition(line));
    let is_of = |line: Option<&str>, name: &str| line.is_some_and(|line| line.contains(name));
    for name in ["ada", "ada", "bob", "bob"] {
        assert!(is_of(lines.next(), name), "{text}");
    }

    let mut command = place.entrada();
    let command = command.args(["log", "--follow", "--json", "--kind", "user-deactivated"]);
    let mut child = Child::start(command.stdout(Stdio::piped()));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    place
        .run(["user", "deactivate", "bob@example.com"])
        .exits(0);
    let next: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(
        (&next["kind"], &next["user_name"]),
        (&json!("user-deactivated"), &json!("bob@example.com"))
    );
    drop(lines);
    place
        .run(["user", "import", "acme", &place.path("users.jsonl")])
        .exits(0);
}

#[test]
fn the_log_has_what_was_changed_of_a_connection_and_who_did_it() {
    let place = place();
    let update = ["connection", "update", "acme", "--seats", "25", "--yes"];
    place.run(update).exits(0);
    place.run(update).exits(0);
    let told = |kind: &str| {
        let log = place.run(["log", "--kind", kind, "--json"]).exits(0).json();
        log["events"].as_array().unwrap().clone()
    };
    let changed = told("connection-changed");
    assert_eq!(changed.len(), 1, "the second time nothing differs");
    let seats = json!([{"name": "seats", "before": null, "after": 25}]);
    assert_eq!(
        (&changed[0]["by"], &changed[0]["settings"]),
        (&json!("cli"), &seats)
    );
    assert_eq!(
        changed[0]["text"],
        json!("settings changed: seats (none -> 25)")
    );
    assert_eq!(told("connection-added")[0]["by"], json!("cli"));
    assert_eq!(told("trust-changed")[0]["by"], json!("cli"));

    import(&place, "{\"userName\":\"ada@example.com\"}");
    let deactivate = ["user", "deactivate", "ada@example.com"];
    place.run(deactivate).exits(0);
    assert_eq!(told("user-deactivated")[0]["by"], json!("cli"));
}

#[test]
fn a_refusal_says_what_the_client_was_told_and_what_was_overlooked_is_named() {
    let place = place();
    let detail = "operation 2 (replace, path title): title: expected a text";
    let refused = LogEntry {
        scim_type: Some("invalidValue".to_owned()),
        detail: Some(detail.to_owned()),
        ..entry(LogOperation::Patch, 400, 2)
    };
    let overlooked = LogEntry {
        overlooked: vec!["shoeSize".to_owned(), "name.shoe".to_owned()],
        ..entry(LogOperation::Patch, 200, 1)
    };
    append(&place, &[refused, overlooked]);
    let ran = place.run(["log"]).exits(0);
    let said = format!("changing was refused: {detail} (400 invalidValue)");
    assert!(ran.stdout.contains(&said), "{ran:?}");
    let said = "nothing changed; overlooked, since no schema has it: shoeSize, name.shoe";
    assert!(ran.stdout.contains(said), "{ran:?}");
    let json = place.run(["log", "--json"]).exits(0).json();
    assert_eq!(json["entries"][0]["detail"], json!(detail));
    assert_eq!(json["entries"][0]["overlooked"], json!([]));
    assert_eq!(json["entries"][1]["detail"], json!(null));
    assert_eq!(
        json["entries"][1]["overlooked"],
        json!(["shoeSize", "name.shoe"])
    );
}

#[test]
fn check_lists_what_provisioning_keeps_sending_and_no_schema_has() {
    let place = place();
    let overlooking = |names: &[&str], minutes| LogEntry {
        overlooked: names.iter().map(|name| (*name).to_owned()).collect(),
        ..entry(LogOperation::Patch, 200, minutes)
    };
    let week = 7 * 24 * 60;
    append(
        &place,
        &[
            overlooking(&["shoeSize", "once"], 1),
            overlooking(&["shoeSize", "name.shoe"], 2),
            overlooking(&["shoeSize", "name.shoe", "old"], 3),
            overlooking(&["old"], week + 60),
        ],
    );
    let json = place.run(["check", "--offline", "--json"]).exits(1).json();
    let findings = json["findings"].as_array().unwrap();
    let found = findings
        .iter()
        .find(|of| of["code"] == "attributes-overlooked");
    let message = found.unwrap()["message"].as_str().unwrap();
    assert!(
        message.contains("overlooked: shoeSize (3 requests), name.shoe (2 requests); take it out"),
        "{message}"
    );
    let advice = "or declare it with --scim-extension, with \"resource\": \"User\"; name.shoe cannot be declared, since an extension adds no sub-attributes to standard attributes";
    assert!(message.ends_with(advice), "{message}");
    assert!(
        !message.contains("once") && !message.contains("old "),
        "{message}"
    );
}

#[test]
fn an_import_overlooks_what_no_schema_has_in_lines_and_refuses_it_in_headings() {
    let place = place();
    import(
        &place,
        "{\"userName\":\"ada@example.com\",\"shoeSize\":42}\n",
    );
    let json = place.run(["log", "--json"]).exits(0).json();
    assert_eq!(json["entries"][0]["overlooked"], json!(["shoeSize"]));
    let twice = place.write("twice.jsonl", "{\"userName\":\"a\",\"userName\":\"b\"}\n");
    let ran = place.run(["user", "import", "acme", &twice]).exits(1);
    assert!(ran.stdout.contains("each name once"), "{ran:?}");
    let heading = place.write("heading.csv", "userName,shoeSize\nada,7\n");
    place.run(["user", "import", "acme", &heading]).exits(2);
}
