//! `entrada connection restore`, and `connection remove` with a copy and without.

use serde_json::Value;
use serde_json::json;

use crate::cli_session::sign_on;
use crate::command_line::Workspace;

const WHO: &str = "countess-of-lovelace@example.com";

/// A store with a connection that has a user, a token, a key and settings of its own.
fn place() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    place.run(["key", "new", "acme"]).exits(0);
    let seats = ["connection", "update", "acme", "--seats", "9", "--yes"];
    place.run(seats).exits(0);
    let users = place.write("users.csv", format!("userName\n{WHO}\n"));
    place.run(["user", "import", "acme", &users]).exits(0);
    std::fs::remove_file(users).unwrap();
    place.run(["token", "create", "acme"]).exits(0);
    place
}

/// The connection of this id with its keys, people and tokens.
fn shown(place: &Workspace, id: &str) -> [Value; 4] {
    let json = |words: &[&str]| place.run(words.iter().chain(&["--json"])).exits(0).json();
    let mut connection = json(&["connection", "show", id])["connection"].take();
    // These follow the id where nobody has set them.
    for name in ["id", "display_name", "sp_entity_id", "acs_url"] {
        connection[name] = Value::Null;
    }
    let mut keys = json(&["key", "list", id])["keys"].take();
    keys[0]["days_left"] = Value::Null;
    let user = json(&["user", "show", WHO, "--connection", id])["user"]["id"].take();
    let token = json(&["token", "list", "--connection", id])["tokens"][0]["id"].take();
    [connection, keys, user, token]
}

#[test]
fn a_removed_connection_is_restored_with_all_that_it_had() {
    let place = place();
    sign_on(&place, "0000000000000001", "acme", "alice");
    let before = shown(&place, "acme");
    let remove = ["connection", "remove", "acme", "--yes"];
    let removed = place.run(remove).exits(0);
    assert!(removed.stdout.contains("entrada connection restore acme"));
    place.run(["connection", "show", "acme"]).exits(2);
    let info = place.run(["store", "info", "--json"]).exits(0).json();
    let kept = &info["kept"][0];
    assert_eq!(
        (&kept["connection"], &kept["users"]),
        (&json!("acme"), &json!(1))
    );
    let info = place.run(["store", "info"]).exits(0);
    assert!(info.stdout.contains("acme, 1 users, until "), "{info:?}");
    let restore = ["connection", "restore", "acme", "--json"];
    let tried = place.run(restore.iter().chain(&["--dry-run"])).exits(0);
    assert_eq!(tried.json()["dry_run"], true);
    let restored = place.run(restore).exits(0).json();
    assert_eq!(
        (&restored["restored"], &restored["from"]),
        (&json!("acme"), &json!("acme"))
    );
    assert_eq!(restored["effects"], json!({ "users": 1, "tokens": 1 }));
    assert_eq!(shown(&place, "acme"), before);
    let sessions = place.run(["session", "list", "--json"]).exits(0).json();
    assert_eq!(sessions["sessions"], json!([]));
    let refused = place.run(restore).exits(2);
    assert!(
        refused.stderr.contains("there is a connection acme"),
        "{refused:?}"
    );
}

#[test]
fn restore_as_another_id_prints_new_addresses() {
    let place = place();
    let before = shown(&place, "acme");
    let base = ["--base-url", "https://app.example.com"];
    place
        .run(["connection", "remove", "acme", "--yes"])
        .exits(0);
    let again = place.add("acme");
    assert!(
        again
            .stderr
            .contains("entrada connection restore acme --as NEW"),
        "{again:?}"
    );
    place.run(["connection", "restore", "acme"]).exits(2);
    let restore = ["connection", "restore", "acme", "--as", "globex"];
    let restored = place.run(restore.iter().chain(&base)).exits(0);
    let tenant = "https://app.example.com/scim/globex/v2";
    assert!(restored.stdout.contains(tenant), "{restored:?}");
    assert_eq!(shown(&place, "globex"), before);
    // What came back is no copy any more.
    let none = place
        .run(["connection", "restore", "acme", "--as", "third"])
        .exits(2);
    assert!(
        none.stderr.contains("no copy of a connection acme"),
        "{none:?}"
    );
}

#[test]
fn purge_leaves_no_byte_of_a_user_in_the_file() {
    let place = place();
    let bytes = || {
        let name = ["", "-wal", "-shm"].map(|end| place.path(&format!("entrada.db{end}")));
        let files = name.iter().filter_map(|name| std::fs::read(name).ok());
        files.flatten().collect::<Vec<u8>>()
    };
    let holds = || {
        bytes()
            .windows(WHO.len())
            .any(|part| part == WHO.as_bytes())
    };
    place
        .run(["connection", "remove", "acme", "--yes"])
        .exits(0);
    assert!(holds(), "the copy has it");
    let purge = ["connection", "remove", "acme", "--purge"];
    let refused = place.run(purge.iter().chain(&["--json"])).exits(2).json();
    assert_eq!(
        refused["would"],
        json!({ "users": 1, "tokens": 1, "copies": 1 })
    );
    place.run(purge.iter().chain(&["--yes"])).exits(0);
    assert!(!holds());
    place.run(["connection", "restore", "acme"]).exits(2);
    let again = place.run(purge).exits(0);
    assert!(again.stdout.contains("was written anew"), "{again:?}");
    // One that was never there is a typo.
    let typo = ["connection", "remove", "acmee", "--purge", "--yes"];
    place.run(typo).exits(2);

    let place = self::place();
    let holds = || {
        let file = std::fs::read(place.path("entrada.db")).unwrap();
        let log = std::fs::read(place.path("entrada.db-wal")).unwrap_or_default();
        let parts = [file, log].concat();
        parts.windows(WHO.len()).any(|part| part == WHO.as_bytes())
    };
    assert!(holds());
    let purged = place
        .run(purge.iter().chain(&["--yes", "--json"]))
        .exits(0)
        .json();
    assert_eq!(
        (&purged["kept_until"], &purged["effects"]["users"]),
        (&Value::Null, &json!(1))
    );
    assert!(!holds());
}

/// Whoever reads keeps the log of the database from being emptied, and an old copy of it holds everybody.
#[test]
fn a_purge_that_came_half_way_is_finished_by_another_one() {
    let place = place();
    let holds = || {
        let log = std::fs::read(place.path("entrada.db-wal")).unwrap_or_default();
        let parts = [std::fs::read(place.path("entrada.db")).unwrap(), log].concat();
        parts.windows(WHO.len()).any(|part| part == WHO.as_bytes())
    };
    let reader = rusqlite::Connection::open(place.path("entrada.db")).unwrap();
    let read = "BEGIN; SELECT count(*) FROM users;";
    reader.execute_batch(read).unwrap();
    let purge = ["connection", "remove", "acme", "--purge", "--yes"];
    let half = place.run(purge).exits(4);
    assert!(
        half.stderr.contains("acme is gone with its copies"),
        "{half:?}"
    );
    assert!(holds());
    drop(reader);
    place.run(purge).exits(0);
    assert!(!holds());
}

#[test]
fn a_connection_that_holds_nothing_does_not_hide_the_copy_of_one_that_held_something() {
    let place = place();
    let before = shown(&place, "acme");
    place
        .run(["connection", "remove", "acme", "--yes"])
        .exits(0);
    place.add("acme");
    place.run(["connection", "remove", "acme"]).exits(0);
    let restored = place.run(["connection", "restore", "acme", "--json"]);
    let effects = &restored.exits(0).json()["effects"];
    assert_eq!(*effects, json!({ "users": 1, "tokens": 1 }));
    assert_eq!(shown(&place, "acme"), before);
}

#[test]
fn an_earlier_copy_is_restored_by_its_number() {
    let place = place();
    let remove = ["connection", "remove", "acme", "--yes"];
    place.run(remove).exits(0);
    place.add("acme");
    place.run(["token", "create", "acme"]).exits(0);
    place.run(remove).exits(0);
    let info = place.run(["store", "info", "--json"]).exits(0).json();
    let kept = info["kept"].as_array().unwrap();
    assert_eq!(
        (&kept[0]["users"], &kept[1]["users"]),
        (&json!(0), &json!(1))
    );
    let number = kept[1]["copy"].to_string();
    let shown = place
        .run(["connection", "restore", "acme", "--dry-run"])
        .exits(0);
    let line = format!("copy {number}: removed ");
    assert!(shown.stderr.contains(&line), "{shown:?}");
    let restore = ["connection", "restore", "acme", "--copy"];
    let none = place.run(restore.iter().chain(&["999"])).exits(2);
    assert!(none.stderr.contains("entrada store info"), "{none:?}");
    place.run(restore.iter().chain(&[&*number])).exits(0);
    let database = rusqlite::Connection::open(place.path("entrada.db")).unwrap();
    let long_ago = "UPDATE kept_connections SET removed = 0";
    assert_eq!(database.execute(long_ago, []).unwrap(), 1);
    drop(database);
    let told = place.run(["store", "info"]).exits(0).stdout;
    assert!(told.contains("not restorable since 1970-01-31"), "{told}");
    place
        .run(["user", "show", WHO, "--connection", "acme"])
        .exits(0);
    let info = place.run(["store", "info", "--json"]).exits(0).json();
    assert_eq!(
        info["kept"].as_array().unwrap().len(),
        1,
        "the other copy stays"
    );
}

#[test]
fn a_store_that_fails_is_no_id_that_is_taken() {
    let place = place();
    place
        .run(["connection", "remove", "acme", "--yes"])
        .exits(0);
    let database = rusqlite::Connection::open(place.path("entrada.db")).unwrap();
    let broken = "ALTER TABLE connections RENAME COLUMN document TO document_of_later";
    database.execute_batch(broken).unwrap();
    drop(database);
    let failed = place.run(["connection", "restore", "acme"]).exits(4);
    assert!(
        !failed.stderr.contains("there is a connection"),
        "{failed:?}"
    );
}
