//! `entrada serve` and `entrada demo`, started and stopped as an operator would.

use std::io::BufRead;
use std::io::BufReader;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;

use crate::child::Child;
use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::serving::Server;
use crate::serving::get;

#[test]
fn serve_answers_for_the_connections_in_the_store_until_it_is_stopped() {
    let place = Workspace::new();
    place.add("acme");
    let server = Server::start(
        &place,
        &["serve", "--listen", "127.0.0.1:0", "--log-format", "json"],
    );
    let listening = server.started["listening"].as_str().unwrap().to_owned();
    assert_eq!(get(&format!("{listening}/healthz")).0, 200);
    let (status, metadata) = get(&format!("{listening}/saml/acme/metadata"));
    assert_eq!(status, 200);
    let base_url = server.started["base_url"].as_str().unwrap();
    assert!(
        metadata.contains(&format!("{base_url}/saml/acme/acs")),
        "{metadata}"
    );
    assert_eq!(get(&format!("{listening}/saml/globex/metadata")).0, 404);
    place.add("globex");
    assert_eq!(get(&format!("{listening}/saml/globex/metadata")).0, 200);
    let (code, stderr) = server.stop();
    assert_eq!(code, Some(0), "{stderr}");
    for line in stderr.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
}

#[test]
fn serve_takes_its_settings_from_a_file() {
    let place = Workspace::new();
    let config = place.write(
        "entrada.toml",
        format!(
            "listen = '127.0.0.1:0'\nbase-url = 'https://APP.example.com:443/'\n[[connection]]\nid = 'acme'\n\
             fingerprint = '{}'\nidp-entity-id = 'urn:x'\nsso-url = 'https://x.example/'\n",
            "AB".repeat(32)
        ),
    );
    let server = Server::start(&place, &["serve", "--config", &config]);
    assert_eq!(server.started["base_url"], "https://app.example.com");
    let listening = server.started["listening"].as_str().unwrap();
    assert_eq!(get(&format!("{listening}/saml/acme/metadata")).0, 200);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn serve_logs_what_its_file_made_of_the_connections() {
    let place = Workspace::new();
    place.add("acme");
    place.add("bare");
    let update = ["connection", "update", "acme", "--yes", "--seats", "9"];
    let open = ["--sign-on", "just-in-time-until-provisioned"];
    place.run(update.iter().chain(&open)).exits(0);
    let metadata = recording("metadata.xml");
    let of = |id: &str| format!("[[connection]]\nid = '{id}'\nmetadata-file = '{metadata}'\n");
    let file = format!(
        "listen = '127.0.0.1:0'\n{}{}{}",
        of("acme"),
        of("bare"),
        of("new")
    );
    let config = place.write("entrada.toml", file);
    let serve = ["serve", "--config", &config, "--log-format", "json"];
    let told = || {
        let (code, log) = Server::start(&place, &serve).stop();
        assert_eq!(code, Some(0), "{log}");
        let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
        let events = [
            "connection-made",
            "connection-applied",
            "door-open",
            "settings-reset",
        ];
        let own = lines.filter(|line: &Value| events.iter().any(|event| line["event"] == *event));
        let word = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let words =
            own.map(|line| ["event", "connection", "settings"].map(|name| word(&line, name)));
        words.collect::<Vec<_>>()
    };
    assert_eq!(
        told(),
        [
            ["connection-made", "new", ""],
            ["connection-applied", "acme", "seats"],
            ["door-open", "acme", ""],
            ["settings-reset", "acme", "seats"]
        ]
    );
    let open = [["door-open", "acme", ""]];
    assert_eq!(told(), open, "a second start changes nothing");
}

#[test]
fn serve_says_why_it_does_not_start() {
    let place = Workspace::new();
    for (arguments, code, expected) in [
        (&["--listen", "nonsense"][..], 2, "--listen <ADDR>"),
        (&["--listen", "0.0.0.0:0"], 2, "--base-url"),
        (&["--base-url", "http://app.example.com"], 3, "not https"),
        (
            &["--base-url", "https://h.example//evil.example"],
            3,
            "empty",
        ),
        (&["--base-url", "https://h.example/a%2fb"], 3, "empty"),
        (&["--base-url", "https://h.example/a/../b"], 3, "empty"),
        (
            &[
                "--listen",
                "0.0.0.0:0",
                "--base-url",
                "http://localhost:8080",
            ],
            3,
            "--danger-plain-http",
        ),
        (
            &["--listen", "[::]:0", "--base-url", "http://127.0.0.1:8080"],
            3,
            "[::]:0 is not on loopback",
        ),
        (
            &[
                "--listen",
                "0.0.0.0:0",
                "--base-url",
                "http://app.example.com",
                "--danger-plain-http",
            ],
            3,
            "not https",
        ),
        (&["--admin-listen", "9090"], 2, "--admin-listen <ADDR>"),
        (&["--config", "absent.toml"], 2, "cannot read absent.toml"),
        (
            &[
                "--listen",
                "127.0.0.1:0",
                "--database",
                "sqlite:/nonexistent/folder/e.db",
            ],
            4,
            "error: ",
        ),
        (
            &["--listen", "192.0.2.1:1", "--base-url", "https://a.example"],
            4,
            "cannot listen on 192.0.2.1:1",
        ),
    ] {
        let ran = place.run(["serve"].iter().chain(arguments)).exits(code);
        assert!(
            ran.stderr.contains(expected) && ran.stdout.is_empty(),
            "{expected}: {ran:?}"
        );
    }
}

#[test]
fn demo_starts_both_servers_and_ends_on_request() {
    let place = Workspace::new();
    let server = Server::start(
        &place,
        &[
            "demo",
            "--listen",
            "127.0.0.1:0",
            "--idp-listen",
            "127.0.0.1:0",
        ],
    );
    for page in ["app", "portal"] {
        assert_eq!(get(server.started[page].as_str().unwrap()).0, 200, "{page}");
    }
    let (code, stderr) = server.stop();
    assert_eq!(code, Some(0), "{stderr}");
    let ran = place.run(["demo", "--listen", "0.0.0.0:0"]).exits(2);
    assert!(ran.stderr.contains("loopback"), "{ran:?}");
}

#[test]
fn plain_http_leaves_the_machine_only_where_that_is_asked_for() {
    let place = Workspace::new();
    let config = place.write(
        "open.toml",
        "listen = '0.0.0.0:0'\nbase-url = 'http://localhost:8080'\ndanger-plain-http = true\n",
    );
    let closed = place.write(
        "closed.toml",
        "listen = '0.0.0.0:0'\nbase-url = 'http://localhost:8080'\n",
    );
    let ran = place.run(["serve", "--config", &closed]).exits(3);
    assert!(ran.stderr.contains("plain HTTP"), "{ran:?}");
    for arguments in [
        &[
            "--listen",
            "0.0.0.0:0",
            "--base-url",
            "http://localhost:0",
            "--danger-plain-http",
        ][..],
        &["--config", &config],
        &["--config", &closed, "--danger-plain-http"],
        // Of another scheme, or on another address of this machine, nothing is said.
        &[
            "--listen",
            "0.0.0.0:0",
            "--base-url",
            "https://app.example.com",
        ],
        &[
            "--listen",
            "127.0.0.2:0",
            "--base-url",
            "http://localhost:0",
        ],
        &[
            "--listen",
            "[::ffff:127.0.0.1]:0",
            "--base-url",
            "http://localhost:0",
        ],
    ] {
        let arguments: Vec<&str> = ["serve"].iter().chain(arguments).copied().collect();
        assert_eq!(
            Server::start(&place, &arguments).stop().0,
            Some(0),
            "{arguments:?}"
        );
    }
}

#[test]
fn what_names_connections_is_on_the_admin_listener_alone() {
    let place = Workspace::new();
    place.add("acme");
    let config = place.write("admin.toml", "admin-listen = '127.0.0.1:0'\n");
    let server = Server::start(
        &place,
        &["serve", "--listen", "127.0.0.1:0", "--config", &config],
    );
    let public = server.started["listening"].as_str().unwrap();
    let admin = server.started["admin"].as_str().unwrap();
    assert_eq!(get(&format!("{public}/healthz")), (200, "ok\n".to_owned()));
    for path in [
        "/readyz",
        "/readyz?connection=acme",
        "/readyz?connection=globex",
    ] {
        assert_eq!(
            get(&format!("{public}{path}")),
            (200, "ready\n".to_owned()),
            "{path}"
        );
    }
    assert_eq!(get(&format!("{public}/metrics")).0, 404);
    assert_eq!(get(&format!("{admin}/healthz")).0, 200);
    assert_eq!(get(&format!("{admin}/readyz?connection=acme")).0, 200);
    assert_eq!(get(&format!("{admin}/readyz?connection=globex")).0, 404);
    assert!(
        get(&format!("{admin}/metrics"))
            .1
            .contains("connection=\"acme\"")
    );
    // Nothing of the site is there.
    for path in [
        "/",
        "/saml/login",
        "/saml/acme/metadata",
        "/scim/acme/v2/Users",
    ] {
        assert_eq!(get(&format!("{admin}{path}")).0, 404, "{path}");
    }
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn a_clean_stop_leaves_one_file() {
    let place = Workspace::new();
    place.add("acme");
    let files = || {
        let names = std::fs::read_dir(place.path("")).unwrap();
        let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names
            .filter(|name| name.starts_with("entrada.db"))
            .collect();
        names.sort();
        names
    };
    let table: String = (0..2000)
        .map(|n| format!("user{n}@example.com,User {n}\n"))
        .collect();
    let table = place.write("users.csv", format!("userName,displayName\n{table}"));
    let server = Server::start(&place, &["serve", "--listen", "127.0.0.1:0"]);
    place.run(["user", "import", "acme", &table]).exits(0);
    assert_eq!(server.stop().0, Some(0));
    assert_eq!(files(), ["entrada.db"]);

    // Another program that has the store open keeps the log, which is empty.
    let mut follower = place.entrada();
    let follower = follower.args(["log", "--follow"]).stdout(Stdio::piped());
    let mut follower = Child::start(follower);
    let mut line = String::new();
    BufReader::new(follower.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let server = Server::start(&place, &["serve", "--listen", "127.0.0.1:0"]);
    let ended = server.stop();
    let log = std::fs::metadata(place.path("entrada.db-wal")).map(|log| log.len());
    follower.kill().unwrap();
    follower.wait().unwrap();
    assert_eq!(ended.0, Some(0), "{}", ended.1);
    assert_eq!(log.unwrap(), 0);
}

#[test]
fn a_start_says_which_store_and_whom_it_holds() {
    let place = Workspace::new();
    let started = || {
        let server = Server::start(&place, &["serve", "--listen", "127.0.0.1:0"]);
        let store = server.started["store"].clone();
        (store, server.stop().1)
    };
    let (store, log) = started();
    assert_eq!(store["connections"], 0);
    assert!(
        log.contains("the store has no connections: nobody can sign on"),
        "{log}"
    );
    place.add("acme");
    let user = place.write("user.csv", "userName\nada@example.com\n");
    place.run(["user", "import", "acme", &user]).exits(0);
    let (store, log) = started();
    assert_eq!(
        (&store["connections"], &store["users"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(store["file"], place.path("entrada.db"));
    assert_eq!(store["url"], place.database());
    assert!(
        log.contains("the store is open") && log.contains(&place.path("entrada.db")),
        "{log}"
    );
}

#[test]
fn readiness_is_one_word_where_nobody_can_be_trusted() {
    let place = Workspace::new();
    let server = Server::start(&place, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(server.started.get("admin").is_none());
    let public = server.started["listening"].as_str().unwrap();
    assert_eq!(
        get(&format!("{public}/readyz")),
        (503, "unavailable\n".to_owned())
    );
    assert_eq!(server.stop().0, Some(0));
}
