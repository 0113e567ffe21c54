//! `entrada serve` and `entrada demo`, started and stopped as an operator would.

use serde_json::Value;

use crate::command_line::Place;
use crate::serving::Server;
use crate::serving::get;

#[test]
fn serve_answers_for_the_connections_in_the_store_until_it_is_stopped() {
    let place = Place::new();
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
    let place = Place::new();
    let config = place.write(
        "entrada.toml",
        format!(
            "listen = '127.0.0.1:0'\nbase-url = 'https://app.example.com'\n[[connection]]\nid = 'acme'\n\
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
fn serve_says_why_it_does_not_start() {
    let place = Place::new();
    for (arguments, code, expected) in [
        (&["--listen", "nonsense"][..], 2, "--listen <ADDR>"),
        (&["--listen", "0.0.0.0:0"], 2, "--base-url"),
        (&["--base-url", "http://app.example.com"], 3, "not https"),
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
    let place = Place::new();
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
