//! The log of `entrada serve`, as an operator sets it up and reads it.

mod people;

use reqwest::Client;
use reqwest::StatusCode;
use serde_json::Value;

use crate::child::command;
use crate::command_line::Workspace;
use crate::serving::Server;

#[test]
fn a_filter_that_does_not_parse_is_refused() {
    let place = Workspace::new();
    for (variable, filter) in [("ENTRADA_LOG", "entrada=loud"), ("RUST_LOG", "[")] {
        for server in ["serve", "demo"] {
            let mut entrada = place.entrada();
            entrada.env(variable, filter).env("RUST_BACKTRACE", "0");
            let ran = entrada.args([server, "--json"]).output().unwrap();
            let ran = crate::command_line::Ran::from(ran).exits(3);
            assert_eq!(ran.json()["error"], "configuration");
            let said = format!("error: {variable}: expected a filter");
            assert!(ran.stderr.starts_with(&said), "{ran:?}");
            assert!(ran.stderr.contains(filter), "{ran:?}");
        }
    }
}

#[test]
fn an_empty_filter_is_none_and_the_own_one_goes_before_that_of_rust() {
    for (filters, is_told) in [
        ([("ENTRADA_LOG", ""), ("RUST_LOG", "")], true),
        ([("ENTRADA_LOG", "info"), ("RUST_LOG", "[")], true),
        ([("ENTRADA_LOG", "error"), ("RUST_LOG", "info")], false),
        ([("ENTRADA_LOG", ""), ("RUST_LOG", "error")], false),
    ] {
        let place = Workspace::new();
        let mut entrada = place.entrada();
        entrada.envs(filters);
        let server = Server::start_command(entrada, &["serve", "--listen", "127.0.0.1:0"]);
        let (_, log) = server.stop();
        assert_eq!(
            log.contains("event=stopping"),
            is_told,
            "{filters:?}: {log}"
        );
    }
}

/// Starts a program with the variable by which systemd says that it has joined stderr to its journal.
const AS_SYSTEMD: &str =
    "export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); exec \"$0\" \"$@\"";

#[test]
fn lines_for_the_journal_begin_with_their_priority() {
    let place = Workspace::new();
    let in_journal = |arguments: &[&str]| {
        let mut shell = command("sh");
        let binary = env!("CARGO_BIN_EXE_entrada");
        shell.env("ENTRADA_DATABASE", place.database());
        shell.args(["-c", AS_SYSTEMD, binary]).args(arguments);
        shell
    };
    let text = Server::start_command(in_journal(&["serve", "--listen", "127.0.0.1:0"]), &[]);
    let (_, log) = text.stop();
    let said = "<6>stopping: open requests are answered first event=stopping";
    assert!(log.lines().any(|line| line == said), "{log}");
    let json = ["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];
    let (_, log) = Server::start_command(in_journal(&json), &[]).stop();
    for line in log.lines() {
        let (priority, line) = line.split_at(3);
        let line: Value = serde_json::from_str(line).unwrap();
        // The store has no connections, of which it warns.
        let expected = match line["level"].as_str().unwrap() {
            "warn" => "<4>",
            _ => "<6>",
        };
        assert_eq!(priority, expected, "{line}");
    }
    let ran = in_journal(&["serve", "--base-url", "http://app.example.com"]);
    let ran = crate::command_line::Ran::from({ ran }.output().unwrap()).exits(3);
    assert!(ran.stderr.starts_with("<3>error: "), "{ran:?}");
    // A stream that was joined to the journal once, and is another file now.
    let mut elsewhere = place.entrada();
    elsewhere.env("JOURNAL_STREAM", "1:1");
    let server = Server::start_command(elsewhere, &["serve", "--listen", "127.0.0.1:0"]);
    let (_, log) = server.stop();
    assert!(log.contains("Z  INFO stopping: "), "{log}");
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// An answer: the id in its head, and its page.
async fn ask(server: &Server, from: &str, path: &str) -> (String, String) {
    let client = Client::builder().no_proxy();
    let client = client.local_address(from.parse::<std::net::IpAddr>().unwrap());
    let listening = server.started["listening"].as_str().unwrap();
    let request = client.build().unwrap().get(format!("{listening}{path}"));
    let request = request.header("X-Request-Id", "edge-1");
    let request = request.header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    let response = request.send().await.unwrap();
    assert!(response.status() != StatusCode::OK, "{path}");
    let id = response.headers()["x-request-id"].to_str().unwrap();
    (id.to_owned(), response.text().await.unwrap())
}

#[tokio::test]
async fn one_id_joins_a_request_its_answer_its_page_and_its_lines() {
    let place = Workspace::new();
    place.add("acme");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];
    let server = Server::start(
        &place,
        &[&serve[..], &["--trusted-proxy", "127.0.0.1"]].concat(),
    );
    // A page of an unknown connection, an address that nothing has, and SCIM without a credential.
    let (by_proxy, page) = ask(&server, "127.0.0.1", "/saml/nobody/login").await;
    assert_eq!(by_proxy, "edge-1");
    assert!(page.contains("<code>edge-1</code>"), "{page}");
    let (drawn, page) = ask(&server, "127.0.0.7", "/nothing").await;
    assert!(page.contains(&format!("<code>{drawn}</code>")), "{page}");
    assert_eq!(drawn.len(), 12, "a stranger names no request: {drawn}");
    let (of_scim, _) = ask(&server, "127.0.0.7", "/scim/acme/v2/Users/ada").await;
    assert_eq!(of_scim, "edge-1");
    let log = tokio::task::spawn_blocking(move || server.stop());
    let (_, log) = log.await.unwrap();
    let lines = log.lines().map(serde_json::from_str::<Value>);
    let lines: Vec<Value> = lines.map(Result::unwrap).collect();
    for (event, level, request, path) in [
        ("refused", "warn", "edge-1", "/saml/nobody/login"),
        ("address-unknown", "info", drawn.as_str(), "/nothing"),
        (
            "scim-credential-refused",
            "warn",
            "edge-1",
            "/scim/acme/v2/Users",
        ),
    ] {
        let mut of = lines.iter().filter(|line| line["event"] == event);
        let line = of.next().unwrap_or_else(|| panic!("{event}: {log}"));
        assert!(
            line.as_object()
                .unwrap()
                .values()
                .all(|value| !value.is_object())
        );
        let found = ["level", "request", "path", "trace", "parent", "method"];
        let found = found.map(|name| line[name].as_str().unwrap());
        assert_eq!(
            found,
            [level, request, path, TRACE, PARENT, "GET"],
            "{line}"
        );
        assert!(of.next().is_none(), "{log}");
    }
}
