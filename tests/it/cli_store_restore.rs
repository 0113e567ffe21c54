//! `entrada store restore`: all or nothing, and no store that somebody has open.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rusqlite::Connection as Database;
use serde_json::json;

use crate::child::Child;
use crate::cli_store::connections;
use crate::cli_store::info;
use crate::cli_store::names;
use crate::cli_store::number;
use crate::cli_store::people;
use crate::cli_store::sign_on;
use crate::cli_store::text;
use crate::command_line::Workspace;
use crate::serving::Server;

#[test]
fn a_restored_store_has_another_id_a_higher_revision_and_no_sessions() {
    let place = Workspace::new();
    place.add("acme");
    sign_on(&place);
    let copy = place.path("backup.db");
    place.run(["store", "backup", &copy]).exits(0);
    place.add("globex");
    // A session that is over counts no more, and a response that was used since the backup stays used.
    let over = "INSERT INTO sessions (token, id, connection, name_id, opened, expires, record)
        VALUES (randomblob(32), 'o', 'acme', 'eve', 0, 1, '{}');
        INSERT INTO replay_keys VALUES (zeroblob(32), 9000000000000000)";
    let database = Database::open(place.path("entrada.db")).unwrap();
    database.execute_batch(over).unwrap();
    drop(database);
    let file = place.path("entrada.db");
    let revision = |file: &str| number(file, "SELECT revision FROM counters");
    let (before, id) = (revision(&file), info(&place)["store_id"].clone());

    let asked = place.run(["store", "restore", &copy]).exits(2);
    assert!(asked.stderr.contains("--yes"), "{asked:?}");
    let restore = ["store", "restore", &copy, "--json"];
    let would = json!({ "connections": 2, "sessions": 1 });
    assert_eq!(place.run(restore).exits(2).json()["would"], would);
    let tried = place
        .run(restore.iter().chain(&["--dry-run"]))
        .exits(0)
        .json();
    assert_eq!((&tried["would"], &tried["dry_run"]), (&would, &json!(true)));
    assert_eq!(
        (&tried["restored"], &tried["backup"]["connections"]),
        (&json!(false), &json!(1))
    );
    let shown = place.run(["store", "restore", &copy, "--dry-run"]).exits(0);
    assert!(shown.stdout.contains("holds 2 connections"), "{shown:?}");
    assert!(
        shown
            .stdout
            .contains("place: 1 connection, 0 people and 1 session"),
        "{shown:?}"
    );
    assert_eq!(connections(&place), ["acme", "globex"]);

    let ran = place
        .run(["store", "restore", &copy, "--yes", "--json"])
        .exits(0);
    let restored = ran.json();
    assert!(ran.stderr.contains("restart provisioning"), "{ran:?}");
    assert_eq!(connections(&place), ["acme"]);
    assert!(revision(&file) > before);
    let facts = info(&place);
    assert_eq!(facts["sessions"], 0);
    assert_eq!(facts["store_id"], restored["store"]["store_id"]);
    assert_ne!(facts["store_id"], id);
    let pending = "SELECT pending_requests FROM counters";
    assert_eq!((number(&copy, pending), number(&file, pending)), (1, 0));
    let used = "SELECT count(*) FROM replay_keys WHERE key = zeroblob(32)";
    assert_eq!((number(&copy, used), number(&file, used)), (0, 1));

    let back = restored["before"].as_str().unwrap();
    assert_eq!(
        fs::metadata(back).unwrap().permissions().mode() & 0o777,
        0o600
    );
    place.run(["store", "restore", back, "--yes"]).exits(0);
    assert_eq!(connections(&place), ["acme", "globex"]);
    let left = names(&place);
    assert!(
        left.iter().all(|name| !name.contains("restoring")),
        "{left:?}"
    );
}

#[test]
fn a_backup_is_restored_where_no_store_is() {
    let place = Workspace::new();
    place.add("acme");
    let copy = place.path("backup.db");
    place.run(["store", "backup", &copy]).exits(0);
    fs::remove_file(place.path("entrada.db")).unwrap();
    let ran = place.run(["store", "restore", &copy, "--json"]).exits(0);
    assert!(ran.json()["before"].is_null());
    assert_eq!(connections(&place), ["acme"]);
    let mode = fs::metadata(place.path("entrada.db"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn nobody_is_asked_where_the_store_of_before_holds_nothing() {
    let place = Workspace::new();
    place.add("acme");
    let copy = place.path("backup.db");
    place.run(["store", "backup", &copy]).exits(0);
    place
        .run(["connection", "remove", "acme", "--purge"])
        .exits(0);
    place.run(["store", "restore", &copy]).exits(0);
    assert_eq!(connections(&place), ["acme"]);
    place.write("entrada.db", "# not a database\n".repeat(100));
    place.run(["store", "restore", &copy]).exits(2);
}

#[test]
fn a_log_whose_store_is_elsewhere_is_not_thrown_away() {
    let place = Workspace::new();
    place.add("acme");
    let copy = place.path("copy.db");
    place.run(["store", "backup", &copy]).exits(0);
    fs::remove_file(place.path("entrada.db")).unwrap();
    place.write("entrada.db-wal", "what was written last");
    let ran = place.run(["store", "restore", &copy, "--yes"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("entrada.db-wal"), "{ran:?}");
    assert!(!Path::new(&place.path("entrada.db")).exists());
    assert!(Path::new(&place.path("entrada.db-wal")).exists());
}

#[test]
fn a_store_that_somebody_has_open_is_not_replaced() {
    let place = Workspace::new();
    place.add("acme");
    let copy = place.path("backup.db");
    place.run(["store", "backup", &copy]).exits(0);
    place.add("globex");
    let server = Server::start(&place, &["serve", "--listen", "127.0.0.1:0"]);
    let ran = place.run(["store", "restore", &copy, "--yes"]).exits(1);
    assert!(ran.stderr.contains("stop it first"), "{ran:?}");
    assert_eq!(connections(&place), ["acme", "globex"]);
    assert_eq!(server.stop().0, Some(0));
    place.run(["store", "restore", &copy, "--yes"]).exits(0);
    assert_eq!(connections(&place), ["acme"]);
}

#[test]
fn what_is_no_backup_or_newer_or_damaged_is_refused_before_anything_is_touched() {
    let place = Workspace::new();
    place.add("acme");
    people(&place, "acme", 50);
    place.write("text", "# not a database\n".repeat(100));
    let copy = |name: &str| {
        place.run(["store", "backup", &place.path(name)]).exits(0);
        place.path(name)
    };
    let newer = Database::open(copy("newer.db")).unwrap();
    let later = "INSERT INTO _sqlx_migrations SELECT 9999, 'later', installed_on, 1, checksum, 1
        FROM _sqlx_migrations WHERE version = 1";
    newer.execute_batch(later).unwrap();
    drop(newer);
    let other = Database::open(place.path("places.db")).unwrap();
    other
        .execute_batch("CREATE TABLE moz_places (url)")
        .unwrap();
    drop(other);
    let damaged = copy("damaged.db");
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[8192..].iter_mut().for_each(|byte| *byte ^= 0x55);
    fs::write(&damaged, bytes).unwrap();
    let before = fs::read(place.path("entrada.db")).unwrap();
    for (name, word) in [
        ("none.db", "it is not there"),
        ("text", "it is not a database"),
        ("newer.db", "newer version of Entrada (schema 9999"),
        ("places.db", "another program"),
        ("damaged.db", "it is damaged"),
    ] {
        let ran = place
            .run(["store", "restore", &place.path(name), "--yes"])
            .exits(2);
        assert!(ran.stderr.contains(word), "{name}: {ran:?}");
        assert_eq!(
            fs::read(place.path("entrada.db")).unwrap(),
            before,
            "{name}"
        );
    }
}

#[test]
fn a_restore_killed_at_any_moment_leaves_one_of_the_two_stores() {
    let place = Workspace::new();
    place.add("acme");
    people(&place, "acme", 3000);
    let acme = place.path("acme.db");
    place.run(["store", "backup", &acme]).exits(0);
    place.add("globex");
    let both = place.path("both.db");
    place.run(["store", "backup", &both]).exits(0);
    let left = |mark: &str| {
        let names = names(&place).into_iter();
        names.filter(|name| name.contains(mark)).collect::<Vec<_>>()
    };
    let (mut replaced, mut within) = (0, 0);
    for round in 0..20 {
        // It is killed soon after the backup was made ready, or after the store of before was copied.
        left(".restoring")
            .iter()
            .for_each(|name| fs::remove_file(place.path(name)).unwrap());
        let mark = [".restoring", ".before-restore-"][round % 2];
        let seen = left(mark).len();
        let mut program = place.entrada();
        program.args(["store", "restore", &acme, "--yes"]);
        program.stdout(Stdio::null()).stderr(Stdio::null());
        let mut program = Child::start(&mut program);
        while left(mark).len() == seen && program.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        let delay = RandomState::new().hash_one(round) % 20;
        thread::sleep(Duration::from_millis(delay));
        // It may have ended by itself.
        let _ = program.kill();
        program.wait().unwrap();
        within += u32::from(!left(".restoring").is_empty());
        let listed = connections(&place);
        let facts = info(&place);
        let file = place.path("entrada.db");
        assert_eq!(text(&file, "PRAGMA integrity_check"), "ok");
        match listed.as_slice() {
            [one] if one == "acme" => {
                replaced += 1;
                place.run(["store", "restore", &both, "--yes"]).exits(0);
            }
            _ => assert_eq!(listed, ["acme", "globex"]),
        }
        assert_eq!(facts["users"], 3000);
    }
    assert!(
        within > 0,
        "no restore was killed at work; {replaced} were through"
    );
    place.run(["store", "restore", &acme, "--yes"]).exits(0);
    assert_eq!(connections(&place), ["acme"]);
    assert_eq!(left(".restoring"), [""; 0]);
}
