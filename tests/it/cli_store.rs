//! `entrada store`: a backup is whole, private and checked, whatever is written meanwhile; a restore is all or nothing.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use entrada::saml::ReplayCache;
use entrada::saml::ReplayKey;
use entrada::store::SqliteStore;
use jiff::Timestamp;
use rusqlite::Connection as Database;
use serde_json::Value;
use serde_json::json;

use crate::child::Child;
use crate::command_line::Workspace;
use crate::serving::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_holds_every_acknowledged_write() {
    let place = Workspace::new();
    place.add("acme");
    let store = SqliteStore::open(place.path("entrada.db")).await.unwrap();
    let acknowledged = Arc::new(Mutex::new(0_u32));
    let counter = acknowledged.clone();
    let now = Timestamp::now();
    let writing = tokio::spawn(async move {
        for number in 1.. {
            let key = ReplayKey::of("acme", &format!("message-{number}"));
            store.admit(key, now, now).await.unwrap();
            *counter.lock().unwrap() = number;
        }
    });
    for round in 0..5 {
        let before = *acknowledged.lock().unwrap();
        let copy = place.path(&format!("backup-{round}.db"));
        let ran = tokio::task::block_in_place(|| place.run(["store", "backup", &copy, "--json"]));
        assert_eq!(ran.exits(0).json()["checked"], true);
        assert!(number(&copy, "SELECT count(*) FROM replay_keys") >= i64::from(before));
    }
    assert!(*acknowledged.lock().unwrap() > 0);
    writing.abort();
}

#[test]
fn a_backup_is_one_private_file_that_stands_for_the_store() {
    let place = Workspace::new();
    place.add("acme");
    people(&place, "acme", 20);
    let server = Server::start(&place, &["serve", "--listen", "127.0.0.1:0"]);
    let copy = place.path("backup.db");
    let facts = place
        .run(["store", "backup", &copy, "--json"])
        .exits(0)
        .json();
    let _ = server.stop();
    for (key, expected) in [("file", &*copy), ("connections", "1"), ("users", "20")] {
        assert_eq!(
            facts[key].to_string().trim_matches('"'),
            expected,
            "{facts}"
        );
    }
    assert_eq!(facts["store_id"], info(&place)["store_id"]);
    assert_eq!(
        fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(facts["bytes"], fs::metadata(&copy).unwrap().len());
    let beside = names(&place)
        .into_iter()
        .filter(|name| name.starts_with("backup"));
    assert_eq!(beside.collect::<Vec<_>>(), ["backup.db"]);
    let database = format!("sqlite:{copy}");
    let listed = place
        .run(["--database", &database, "user", "list", "--json"])
        .exits(0);
    assert_eq!(listed.json()["users"].as_array().unwrap().len(), 20);
}

#[test]
fn a_backup_overwrites_nothing_and_makes_no_store() {
    let place = Workspace::new();
    let there = place.write("there.db", "precious");
    place
        .run(["store", "backup", &place.path("new.db")])
        .exits(4);
    place.run(["store", "info"]).exits(4);
    assert_eq!(names(&place), ["there.db"]);
    place.add("acme");
    let ran = place.run(["store", "backup", &there]).exits(2);
    assert!(ran.stderr.contains("there.db is there already"), "{ran:?}");
    assert_eq!(fs::read_to_string(&there).unwrap(), "precious");
    let ran = place
        .run(["store", "backup", &place.path("no/such/folder.db")])
        .exits(4);
    assert!(
        ran.stderr.contains("folder.db: its folder is not there"),
        "{ran:?}"
    );
    let ran = place
        .run(["--database", "memory:", "store", "info"])
        .exits(2);
    assert!(ran.stderr.contains("not in a file"), "{ran:?}");
    assert!(!names(&place).iter().any(|name| name.ends_with(".part")));
}

#[test]
fn info_tells_the_place_the_version_the_sizes_and_copies() {
    let place = Workspace::new();
    place.add("acme");
    place
        .run(["site", "set", "base-url", "https://app.example.com"])
        .exits(0);
    place
        .run(["store", "backup", &place.path("entrada-old.db")])
        .exits(0);
    let facts = info(&place);
    assert_eq!(facts["file"], place.path("entrada.db"));
    assert_eq!(facts["base_url"], "https://app.example.com");
    assert_eq!(
        facts["bytes"],
        fs::metadata(place.path("entrada.db")).unwrap().len()
    );
    assert_eq!(facts["store_id"].as_str().unwrap().len(), 32);
    assert_eq!(facts["copies"][0], place.path("entrada-old.db"));
    let schema = number(
        &place.path("entrada.db"),
        "SELECT max(version) FROM _sqlx_migrations",
    );
    assert_eq!(facts["schema"], schema);
    let text = place.run(["store", "info"]).exits(0).stdout;
    assert!(
        text.contains("1 connection, 0 people and 0 sessions"),
        "{text}"
    );
}

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

#[test]
fn a_store_of_an_earlier_version_is_backed_up_as_it_is_and_restored_as_one_of_this() {
    let stores = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stores");
    let fresh = Workspace::new();
    fresh.add("acme");
    let newest = info(&fresh)["schema"].as_i64();
    for entry in fs::read_dir(stores).unwrap() {
        let old = entry.unwrap().path();
        if old
            .extension()
            .is_none_or(|extension| extension != "sqlite")
        {
            continue;
        }
        let place = Workspace::new();
        fs::copy(&old, place.path("entrada.db")).unwrap();
        let schema = info(&place)["schema"].clone();
        let copy = place.path("backup.db");
        let facts = place
            .run(["store", "backup", &copy, "--json"])
            .exits(0)
            .json();
        assert_eq!(
            (&facts["schema"], &info(&place)["schema"]),
            (&schema, &schema)
        );
        // Stores have an id from the migration 40 on.
        let has_id = schema.as_i64() >= Some(40);
        assert_eq!(facts["store_id"].is_string(), has_id, "{facts}");
        let ran = place
            .run(["store", "restore", &copy, "--yes", "--json"])
            .exits(0);
        let restored = ran.json()["store"].clone();
        assert!(restored["schema"].as_i64() >= newest, "{restored}");
        assert_ne!(restored["store_id"], facts["store_id"], "it is another one");
        assert_eq!(restored["connections"], facts["connections"]);
        assert_eq!(restored["users"], facts["users"]);
        assert_eq!(restored["store_id"].as_str().unwrap().len(), 32);
        assert!(!connections(&place).is_empty());
    }
}

pub(crate) fn info(place: &Workspace) -> Value {
    place.run(["store", "info", "--json"]).exits(0).json()
}

pub(crate) fn connections(place: &Workspace) -> Vec<String> {
    let listed = place.run(["connection", "list", "--json"]).exits(0).json();
    let listed = listed["connections"].as_array().unwrap();
    let ids = listed
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned());
    ids.collect()
}

fn people(place: &Workspace, connection: &str, number: u32) {
    let lines: String = (0..number)
        .map(|n| format!("user{n}@example.com\n"))
        .collect();
    let file = place.write("users.csv", format!("userName\n{lines}"));
    place.run(["user", "import", connection, &file]).exits(0);
}

/// A session and a sign-on under way, as rows.
fn sign_on(place: &Workspace) {
    let database = Database::open(place.path("entrada.db")).unwrap();
    let rows = "INSERT INTO sessions (token, id, connection, name_id, opened, expires, record)
        VALUES (randomblob(32), 's', 'acme', 'ada', 0, 9000000000000000, '{}');
        INSERT INTO pending_requests (id, connection, relay_state, browser, return_path, expires)
        VALUES ('r', 'acme', randomblob(32), randomblob(32), '/', 9000000000000000)";
    database.execute_batch(rows).unwrap();
}

fn names(place: &Workspace) -> Vec<String> {
    let files = fs::read_dir(place.path("")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

pub(crate) fn number(file: &str, query: &str) -> i64 {
    let database = Database::open(file).unwrap();
    database.query_row(query, [], |row| row.get(0)).unwrap()
}

fn text(file: &str, query: &str) -> String {
    let database = Database::open(file).unwrap();
    database.query_row(query, [], |row| row.get(0)).unwrap()
}
