//! Commands that take something away: they say what by numbers, and want consent where any number is above zero.

use serde_json::json;

use crate::cli_session::open;
use crate::cli_session::session;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::command_line::recording;

/// A store with a connection of two users, a token and a session of one of them; and a connection with nothing.
pub(crate) fn place() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    place.add("bare");
    let users = place.write("users.csv", "userName\nada@example.com\neve@example.com\n");
    place.run(["user", "import", "acme", &users]).exits(0);
    place.run(["token", "create", "acme"]).exits(0);
    let ada = ["user", "show", "ada@example.com", "--json"];
    let ada = place.run(ada).exits(0).json();
    let mut record = session("0000000000000001", "acme", "ada@example.com");
    record.user = Some(ada["user"]["id"].as_str().unwrap().parse().unwrap());
    open(&place, &record);
    place
}

/// Runs a command that takes something away without consent, as a dry run, and with consent; `is_there` says each time whether it
/// is there still.
fn asks(place: &Workspace, words: &[&str], would: &serde_json::Value, is_there: impl Fn() -> bool) {
    let with = |more: &[&str]| -> Ran { place.run(words.iter().chain(more)) };
    let refused = with(&["--json"]).exits(2).json();
    assert_eq!(
        (&refused["error"], &refused["would"]),
        (&json!("usage"), would)
    );
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("nothing was done"), "{message}");
    assert!(is_there(), "{words:?}");
    let shown = with(&["--dry-run", "--json"]).exits(0).json();
    assert_eq!(shown, json!({ "dry_run": true, "would": would }));
    assert!(is_there(), "{words:?}");
    with(&["--dry-run", "--yes"]).exits(2);
    with(&["--yes"]).exits(0);
    assert!(!is_there(), "{words:?}");
}

#[test]
fn removing_a_connection_asks_by_its_numbers() {
    let place = place();
    let refused = place.run(["connection", "remove", "acme"]).exits(2);
    let numbers = "takes away 2 users, 1 token and 1 live session: --yes does it";
    assert!(refused.stderr.contains(numbers), "{refused:?}");
    let would = json!({ "users": 2, "tokens": 1, "sessions": 1 });
    asks(&place, &["connection", "remove", "acme"], &would, || {
        place.run(["connection", "show", "acme"]).code == 0
    });
}

#[test]
fn ending_sessions_asks_by_their_number() {
    let place = place();
    let there = || place.run(["session", "list", "--json"]).json()["sessions"] != json!([]);
    let would = json!({ "sessions": 1 });
    asks(&place, &["session", "revoke", "--all"], &would, there);
    let user = "ada@example.com";
    // Nobody is signed in any more.
    place.run(["session", "revoke", "--all"]).exits(0);
    place.run(["user", "deactivate", user]).exits(0);
    let place = self::place();
    let active = || {
        let shown = place.run(["user", "show", user, "--json"]).json();
        shown["user"]["active"] == json!(true)
    };
    asks(&place, &["user", "deactivate", user], &would, active);
    let place = self::place();
    let by_id = ["session", "revoke", "0000000000000001"];
    let there = || place.run(["session", "list", "--json"]).json()["sessions"] != json!([]);
    asks(&place, &by_id, &would, there);
}

#[test]
fn deleting_a_user_and_retiring_a_key_always_ask() {
    let place = place();
    let user = ["user", "delete", "ada@example.com"];
    asks(&place, &user, &json!({ "users": 1, "sessions": 1 }), || {
        place.run(["user", "show", "ada@example.com"]).code == 0
    });
    let user = ["user", "delete", "eve@example.com"];
    asks(&place, &user, &json!({ "users": 1 }), || {
        place.run(["user", "show", "eve@example.com"]).code == 0
    });
    place.run(["key", "new", "acme"]).exits(0);
    let keys = place.run(["key", "new", "acme", "--json"]).exits(0).json();
    let next = keys["keys"][1]["id"].as_str().unwrap().to_owned();
    let retire = ["key", "retire", "acme", &next];
    asks(&place, &retire, &json!({ "keys": 1 }), || {
        let listed = place.run(["key", "list", "acme"]).exits(0);
        listed.stdout.contains(&next)
    });
}

#[test]
fn a_token_that_nobody_needs_is_revoked_unasked() {
    let place = place();
    let made = place
        .run(["token", "create", "acme", "--json"])
        .exits(0)
        .json();
    let id = made["id"].as_str().unwrap();
    place.run(["token", "revoke", id]).exits(0);
    place.run(["token", "revoke", id]).exits(0);
    let listed = place.run(["token", "list", "--json"]).exits(0).json();
    let listed = listed["tokens"].as_array().unwrap();
    let last = listed.iter().find(|one| one["state"] == "live").unwrap();
    let last = last["id"].as_str().unwrap();
    asks(
        &place,
        &["token", "revoke", last],
        &json!({ "tokens": 1 }),
        || {
            let listed = place.run(["token", "list"]).exits(0);
            !listed.stdout.contains("revoked at") || listed.stdout.contains("until")
        },
    );
}

#[test]
fn replacing_a_connection_asks_for_the_settings_that_it_resets() {
    let place = Workspace::new();
    let metadata = recording("metadata.xml");
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    let shown = || place.run(["connection", "show", "acme", "--json"]).json();
    place
        .run(add.iter().chain(&["--seats", "9", "--jit"]))
        .exits(0);
    let named = ["--replace", "--seats", "8", "--sign-on", "provisioned-only"];
    place.run(add.iter().chain(&named)).exits(0);
    assert_eq!(shown()["connection"]["seats"], 8);
    place.run(add.iter().chain(&["--dry-run"])).exits(2);
    let replace: Vec<&str> = add.iter().copied().chain(["--replace"]).collect();
    let refused = place.run(&replace).exits(2);
    assert!(
        refused
            .stderr
            .contains("does not name seats, takes away 1 setting")
    );
    asks(&place, &replace, &json!({ "settings": 1 }), || {
        shown()["connection"]["seats"] == 8
    });
}

#[test]
fn a_file_that_prunes_asks_by_what_goes_with_the_connections() {
    let place = place();
    let file = format!(
        "[[connection]]\nid = 'bare'\nmetadata-file = '{}'\n",
        recording("metadata.xml")
    );
    let file = place.write("site.toml", file);
    let seats = ["connection", "update", "bare", "--seats", "9", "--yes"];
    place.run(seats).exits(0);
    let prune = ["connection", "apply", &file, "--prune"];
    let there = || place.run(["connection", "show", "acme"]).code == 0;
    let would = json!({ "users": 2, "tokens": 1, "sessions": 1 });
    let refused = place.run(prune.iter().chain(&["--json"])).exits(2).json();
    assert_eq!(refused["would"], would);
    let shown = place
        .run(prune.iter().chain(&["--json", "--dry-run"]))
        .exits(0);
    assert!(shown.stderr.contains("does not name seats"), "{shown:?}");
    let shown = shown.json();
    assert_eq!((&shown["would"], &shown["dry_run"]), (&would, &json!(true)));
    assert_eq!(shown["plan"]["updated"], json!(["bare"]));
    assert_eq!(shown["plan"]["removed"], json!(["acme"]));
    assert!(there());
    let applied = place.run(prune.iter().chain(&["--json", "--yes"])).exits(0);
    assert!(
        applied.stderr.contains("does not name seats"),
        "{applied:?}"
    );
    assert!(applied.stderr.contains("kept until"), "{applied:?}");
    assert_eq!(applied.json()["effects"], would);
    assert!(!there());
    // What prunes nothing asks nothing.
    place.run(prune).exits(0);
}

#[test]
fn unlinking_takes_nothing_away_and_can_be_tried() {
    let place = place();
    let unlink = ["user", "unlink", "acme", "ada@example.com"];
    let tried = place.run(unlink.iter().chain(&["--dry-run"])).exits(0);
    assert!(tried.stdout.contains("takes away nothing"), "{tried:?}");
    place.run(unlink).exits(0);
}

#[test]
fn nobody_is_asked_where_nothing_is_taken_away() {
    let place = place();
    let shown = place.run(["connection", "remove", "bare", "--dry-run"]);
    assert!(shown.exits(0).stdout.contains("takes away nothing"));
    let removed = place.run(["connection", "remove", "bare", "--json"]);
    let removed = removed.exits(0).json();
    assert_eq!(
        (&removed["removed"], &removed["effects"]),
        (&json!("bare"), &json!({}))
    );
}

/// Another version may have written it.
#[test]
fn keys_of_a_connection_that_cannot_be_read_are_asked_about() {
    let place = place();
    let later =
        "UPDATE connections SET document = json_set(document, '$.sign_on', 'by-a-later-rule',
        '$.sp_keys', json('{\"active\": \"-----BEGIN PRIVATE KEY-----\"}')) WHERE id = 'bare'";
    let database = rusqlite::Connection::open(place.path("entrada.db")).unwrap();
    assert_eq!(database.execute(later, []).unwrap(), 1);
    drop(database);
    for remove in [
        &["connection", "remove", "bare"][..],
        &["connection", "remove", "bare", "--purge"],
    ] {
        let refused = place.run(remove.iter().chain(&["--json"])).exits(2);
        assert_eq!(refused.json()["would"], json!({ "keys": 1 }));
    }
}

/// The users of the first import have no object id, and one of them was made by a sign-on.
#[test]
fn closing_the_door_asks_by_those_whom_it_shuts_out() {
    let place = place();
    let open = ["connection", "update", "acme", "--yes"];
    let jit = [
        "--sign-on",
        "just-in-time-until-provisioned",
        "--link-rule",
        "name-id",
    ];
    place.run(open.iter().chain(&jit)).exits(0);
    let database = rusqlite::Connection::open(place.path("entrada.db")).unwrap();
    let by_sign_on = "UPDATE users SET origin = 'just-in-time' WHERE name_key LIKE 'eve%'";
    assert_eq!(database.execute(by_sign_on, []).unwrap(), 1);
    drop(database);
    let close = [
        "connection",
        "update",
        "acme",
        "--sign-on",
        "provisioned-only",
    ];
    let with = |more: &[&str]| place.run(close.iter().chain(more));
    let would = json!({ "shut_out": 1 });
    let refused = with(&["--json"]).exits(2).json();
    assert_eq!(
        (&refused["error"], &refused["would"]),
        (&json!("usage"), &would)
    );
    assert_eq!(
        with(&["--dry-run", "--json"]).exits(0).json()["effects"],
        would
    );
    let shown = with(&["--dry-run"]).exits(0);
    assert!(
        shown.stdout.contains("takes away the way in of 1 user"),
        "{shown:?}"
    );

    let metadata = recording("metadata.xml");
    let file = format!(
        "[[connection]]\nid = 'acme'\nmetadata-file = '{metadata}'\nsign-on = 'provisioned-only'\nlink-rule = 'object-id'\n"
    );
    let file = place.write("site.toml", file);
    let apply = ["connection", "apply", &file, "--json"];
    let refused = place.run(apply).exits(2).json();
    assert_eq!(refused["would"], json!({ "shut_out": 2 }));

    with(&["--yes"]).exits(0);
    let rule = [
        "connection",
        "update",
        "acme",
        "--link-rule",
        "object-id",
        "--json",
    ];
    let refused = place.run(rule).exits(2).json();
    assert_eq!(
        refused["would"], would,
        "who was shut out before is not counted"
    );
    place.run(apply.iter().chain(&["--yes"])).exits(0);
    place.run(apply).exits(0);
}

#[test]
fn a_way_in_that_is_closed_to_clients_asks_by_their_number() {
    let place = place();
    let of = ["connection", "update", "acme", "--scim-credentials"];
    let close = [&of[..], &["oauth"]].concat();
    let refused = place
        .run([&close[..], &["--json"]].concat())
        .exits(2)
        .json();
    assert_eq!(refused["would"], json!({ "tokens": 1 }));
    let closed = place.run([&close[..], &["--yes"]].concat()).exits(0);
    assert!(closed.stdout.contains("takes away 1 token"), "{closed:?}");
    let shown = place
        .run(["connection", "show", "acme", "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["connection"]["scim_credentials"], "oauth");
    // Nothing is taken away by opening it again.
    let opened = place
        .run([&of[..], &["any", "--yes", "--json"]].concat())
        .exits(0)
        .json();
    assert_eq!(opened.get("effects"), None, "{opened}");
}
