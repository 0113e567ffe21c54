//! `entrada store`: a backup is whole, private and checked, whatever is written meanwhile.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;

use entrada::saml::ReplayCache;
use entrada::saml::ReplayKey;
use entrada::store::SqliteStore;
use jiff::Timestamp;
use rusqlite::Connection as Database;
use serde_json::Value;

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

pub(crate) fn people(place: &Workspace, connection: &str, number: u32) {
    let lines: String = (0..number)
        .map(|n| format!("user{n}@example.com\n"))
        .collect();
    let file = place.write("users.csv", format!("userName\n{lines}"));
    place.run(["user", "import", connection, &file]).exits(0);
}

/// A session and a sign-on under way, as rows.
pub(crate) fn sign_on(place: &Workspace) {
    let database = Database::open(place.path("entrada.db")).unwrap();
    let rows = "INSERT INTO sessions (token, id, connection, name_id, opened, expires, record)
        VALUES (randomblob(32), 's', 'acme', 'ada', 0, 9000000000000000, '{}');
        INSERT INTO pending_requests (id, connection, relay_state, browser, return_path, expires)
        VALUES ('r', 'acme', randomblob(32), randomblob(32), '/', 9000000000000000)";
    database.execute_batch(rows).unwrap();
}

pub(crate) fn names(place: &Workspace) -> Vec<String> {
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

pub(crate) fn text(file: &str, query: &str) -> String {
    let database = Database::open(file).unwrap();
    database.query_row(query, [], |row| row.get(0)).unwrap()
}
