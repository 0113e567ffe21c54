//! `entrada store copy` and `entrada store migrate`: a store in a file becomes one in a database, whole or not at all.

use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use entrada::store;
use serde_json::Value;

use crate::child::Child;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::command_line::entrada;
use crate::old_stores::OldStore;
use crate::postgres::Cluster;
use crate::postgres::Version;
use crate::postgres::psql;

fn run(arguments: &[&str]) -> Ran {
    entrada().args(arguments).output().unwrap().into()
}

/// The store under `fixtures/stores/` of the earliest version.
const OLDEST: &str = "22875ef";

fn copy(from: &str, to: &str) -> Ran {
    run(&["store", "copy", from, to, "--json"])
}

async fn last_event(url: &str) -> u64 {
    let store = store::open(url).await.unwrap();
    store.facts().await.unwrap().last_event
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_of_each_version_is_copied_with_its_sessions_tokens_and_events() {
    for version in [Version::V15, Version::V18] {
        if !version.is_installed() {
            continue;
        }
        for old in OldStore::all() {
            let to = Cluster::shared(version).create_database();
            if old.name == OLDEST {
                let early = copy(&old.url(), &to).exits(4);
                assert!(early.stderr.contains("entrada store migrate"), "{early:?}");
            }
            run(&["store", "migrate", "--database", &old.url()]).exits(0);

            let copied = copy(&old.url(), &to).exits(0).json();
            let rows = |table: &str| {
                let tables = copied["tables"].as_array().unwrap();
                let table = tables.iter().find(|one| one["table"] == table);
                table.unwrap()["rows"].as_u64().unwrap()
            };
            for table in [
                "connections",
                "users",
                "sessions",
                "events",
                "scim_credentials",
            ] {
                assert!(rows(table) > 0, "{}: {table}", old.name);
            }
            let last = last_event(&to).await;
            assert_eq!(last, last_event(&old.url()).await, "{}", old.name);
            let counts = "SELECT sum(users), sum(active_users), sum(groups) FROM directory_counts";
            let counted = psql(&to, &[counts]).unwrap();
            let expected = "SELECT (SELECT count(*) FROM users), \
                (SELECT count(*) FROM users WHERE active), (SELECT count(*) FROM groups)";
            assert_eq!(counted, psql(&to, &[expected]).unwrap(), "{}", old.name);

            // What is new goes on after what was there.
            let place = Workspace::new();
            let add = ["connection", "add", "newcomer", "--database", &to];
            let metadata = crate::command_line::recording("metadata.xml");
            place
                .run([&add[..], &["--metadata-file", &metadata]].concat())
                .exits(0);
            last_event(&to).await;
            let next = format!("SELECT min(id) = {last} + 1 FROM events WHERE id > {last}");
            assert_eq!(psql(&to, &[&next]).unwrap().trim(), "t", "{}", old.name);
            old.holds_in(&to).await;

            let again = copy(&old.url(), &to).exits(1);
            assert!(again.stderr.contains("not empty"), "{again:?}");
        }
    }
}

/// A database in which a copy stands still for three seconds, half done.
fn slow_database() -> String {
    let to = Cluster::shared(Version::V15).create_database();
    run(&["store", "migrate", "--database", &to]).exits(0);
    let function = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
        $$ BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$";
    let trigger = "CREATE TRIGGER slow AFTER INSERT ON kept_connections EXECUTE FUNCTION slow()";
    psql(&to, &[function, trigger]).unwrap();
    to
}

/// A store in a file with a connection, and a copy of one that was removed.
fn with_kept_copy() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    place.add("bolt");
    place
        .run(["connection", "remove", "bolt", "--yes"])
        .exits(0);
    place
}

fn copying(place: &Workspace, to: &str) -> Child {
    let mut command = entrada();
    command.args(["store", "copy", &place.database(), to, "--json"]);
    let child = Child::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let sleeps = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' \
        AND datname = current_database()";
    let begun = Instant::now();
    while psql(to, &[sleeps]).unwrap().trim() == "0" {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it never got there"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn connections(to: &str) -> String {
    let count = psql(to, &["SELECT count(*) FROM connections"]);
    count.unwrap().trim().to_owned()
}

#[test]
fn a_copy_that_is_killed_leaves_nothing_and_may_be_run_again() {
    if !Version::V15.is_installed() {
        return;
    }
    let (place, to) = (with_kept_copy(), slow_database());
    let child = copying(&place, &to);
    let kill = Command::new("kill")
        .args(["-KILL", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    drop(child);
    assert_eq!(connections(&to), "0");
    // The server may be at the work of the one that was killed still.
    let copied = copy(&place.database(), &to).exits(0).json();
    assert_eq!(copied["copied"], true);
    assert_eq!(connections(&to), "1");
}

#[test]
fn a_store_that_somebody_changes_meanwhile_is_not_copied() {
    if !Version::V15.is_installed() {
        return;
    }
    let (place, to) = (with_kept_copy(), slow_database());
    let child = copying(&place, &to);
    place.add("third");
    let ran = Ran::from(child.output()).exits(1);
    assert!(ran.stderr.contains("stop the server"), "{ran:?}");
    assert_eq!(connections(&to), "0");
    copy(&place.database(), &to).exits(0);
    assert_eq!(connections(&to), "2");
}

#[test]
fn what_cannot_be_copied_is_said_and_nothing_is_written() {
    let place = Workspace::new();
    place.add("acme");
    let nowhere = "postgres://entrada:hunter2@127.0.0.1:1/entrada";
    for (from, to, code, said) in [
        (place.database().as_str(), nowhere, 4, "cannot be reached"),
        (
            "sqlite:/nowhere/at/all.db",
            nowhere,
            4,
            "/nowhere/at/all.db",
        ),
        (nowhere, nowhere, 2, "sqlite:FILE"),
        (
            place.database().as_str(),
            "sqlite:other.db",
            2,
            "postgres://",
        ),
    ] {
        let ran = copy(from, to).exits(code);
        assert!(ran.stderr.contains(said), "{ran:?}");
        assert!(!ran.stderr.contains("hunter2") && !ran.stdout.contains("hunter2"));
    }
    if !Version::V15.is_installed() {
        return;
    }
    let cluster = Cluster::builder(Version::V15)
        .password("right")
        .tcp()
        .start();
    let to = cluster.tcp_url(&cluster.create_named_database());
    let ran = copy(&place.database(), &to.replace(":right@", ":hunter2@")).exits(4);
    assert!(ran.stderr.contains("password"), "{ran:?}");
    let ran = copy(&place.database(), &cluster.tcp_url("nothing")).exits(4);
    assert!(ran.stderr.contains("createdb"), "{ran:?}");
    // The password may be in a file.
    let file = place.write("password", "right\n");
    let named = to.replace(":right@", "@");
    let mark = if named.contains('?') { '&' } else { '?' };
    let copied = copy(
        &place.database(),
        &format!("{named}{mark}password_file={file}"),
    );
    copied.exits(0);
    // No form of an address shows its password.
    for address in [to.clone(), format!("{named}{mark}password=right")] {
        let info = run(&["store", "info", "--database", &address]).exits(0);
        assert!(info.stdout.contains("the database "), "{info:?}");
        assert!(!info.stdout.contains("right"), "{info:?}");
    }
    let backup = run(&["store", "backup", "copy.db", "--database", &to]).exits(2);
    assert!(backup.stderr.contains("pg_dump"), "{backup:?}");
}

#[test]
fn tables_are_brought_up_to_date_by_hand_where_that_is_asked_for() {
    let old = OldStore::named(OLDEST);
    let url = old.url();
    let list = ["connection", "list", "--database", &url, "--no-migrate"];
    let refused = run(&list).exits(3);
    assert!(
        refused.stderr.contains("entrada store migrate"),
        "{refused:?}"
    );
    let serve = [
        "serve",
        "--database",
        &url,
        "--listen",
        "127.0.0.1:0",
        "--no-migrate",
    ];
    run(&serve).exits(3);
    let migrate = |more: &[&str]| -> Value {
        let command = [
            "store",
            "migrate",
            "--json",
            "--no-migrate",
            "--database",
            &url,
        ];
        run(&[&command[..], more].concat()).exits(0).json()
    };
    let would = migrate(&["--dry-run"]);
    assert_eq!(would["migrated"], false);
    assert!(would["has"].as_i64() < would["needs"].as_i64(), "{would}");
    run(&list).exits(3);
    assert_eq!(migrate(&[])["migrated"], true);
    run(&list).exits(0);
    let done = migrate(&[]);
    assert_eq!(
        (&done["migrated"], &done["has"]),
        (&false.into(), &would["needs"])
    );
}

#[test]
fn eight_who_bring_one_database_up_to_date_make_one_store() {
    if !Version::V15.is_installed() {
        return;
    }
    let to = Cluster::shared(Version::V15).create_database();
    let refused = run(&["connection", "list", "--database", &to, "--no-migrate"]).exits(3);
    assert!(
        refused.stderr.contains("entrada store migrate"),
        "{refused:?}"
    );
    let migrate = || {
        let mut command = entrada();
        command.args(["store", "migrate", "--database", &to]);
        Child::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
    };
    let all: Vec<Child> = (0..8).map(|_| migrate()).collect();
    for one in all {
        Ran::from(one.output()).exits(0);
    }
    run(&["connection", "list", "--database", &to, "--no-migrate"]).exits(0);
}
