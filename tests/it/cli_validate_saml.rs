//! `entrada validate saml` against a server that runs, as an operator would.

mod broken;

use std::io::Read;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Command;
use std::process::Stdio;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;

use crate::child;
use crate::child::Child;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::documentation::assert_page_has_cases;
use crate::serving::Server;

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];
const ENFORCE: &str = "--enforce-certificate-dates";

/// A store with the connection `acme`, made with these flags.
fn place(flags: &[&str]) -> Workspace {
    let place = Workspace::new();
    let metadata = crate::command_line::recording("metadata.xml");
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    place.run(add.iter().chain(flags)).exits(0);
    place
}

/// The same, and its server.
fn served(flags: &[&str]) -> (Workspace, Server, String) {
    let place = place(flags);
    let server = Server::start(&place, &SERVE);
    let base_url = server.started["base_url"].as_str().unwrap().to_owned();
    (place, server, base_url)
}

fn validate(place: &Workspace, base_url: &str, flags: &[&str]) -> Ran {
    let command = ["validate", "saml", "acme", "--base-url", base_url];
    place.run(command.iter().chain(flags))
}

fn outcome(json: &Value, name: &str) -> String {
    let tests = json["tests"].as_array().unwrap().iter();
    let mut found = tests.filter(|test| test["name"] == name);
    let test = found.next().unwrap_or_else(|| panic!("{name}: {json}"));
    test["outcome"].as_str().unwrap().to_owned()
}

/// The ids of the connections of a site.
fn connections(place: &Workspace) -> Vec<String> {
    let json = place.run(["connection", "list", "--json"]).exits(0).json();
    let listed = json["connections"].as_array().unwrap().iter();
    listed
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

fn assert_nothing_is_left(place: &Workspace) {
    assert_eq!(connections(place), ["acme"]);
    let sessions = place.run(["session", "list", "--json"]).exits(0).json();
    assert_eq!(sessions["sessions"], serde_json::json!([]), "{sessions}");
}

#[test]
fn a_connection_that_enforces_dates_passes_in_both_flows_and_nothing_is_left() {
    let (place, server, base_url) = served(&["--allow-idp-initiated", ENFORCE]);
    let json = validate(&place, &base_url, &["--json"]).exits(0).json();
    assert_eq!(
        (&json["failed"], &json["warnings"]),
        (&0.into(), &0.into()),
        "{json:#}"
    );
    assert_eq!(json["passed"], json["tests"].as_array().unwrap().len());
    let headings = ["Microsoft's scenarios", "Our own cases of sign-on"];
    assert_page_has_cases(&json, headings);
    for flow in ["SP-initiated", "IdP-initiated"] {
        for name in [
            "Working certificate",
            "Expired certificate",
            "Single logout",
        ] {
            let name = format!("{flow}: {name}");
            assert_eq!(outcome(&json, &name), "passed", "{json:#}");
        }
    }
    assert_nothing_is_left(&place);

    let text = validate(&place, &base_url, &[]).exits(0).stdout;
    assert!(text.contains("Users are matched by object-id"), "{text}");
    assert!(
        text.contains("What only Microsoft's own validator can tell"),
        "{text}"
    );
    let page = validate(&place, &base_url, &["--format", "html"]).exits(0);
    assert!(page.stdout.starts_with("<!DOCTYPE html>"), "{page:?}");
    assert_eq!(server.stop().0, Some(0));
}

/// The door of the connection is that of the stand-in: a person comes in as the rule says, and is made for that.
#[test]
fn each_rule_and_each_door_is_tried_as_the_connection_has_it() {
    for rule in ["object-id", "user-principal-name", "name-id", "email"] {
        for door in ["provisioned-only", "just-in-time"] {
            let flags = ["--link-rule", rule, "--sign-on", door, ENFORCE];
            let (place, server, base_url) = served(&flags);
            place.run(["token", "create", "acme"]).exits(0);
            let json = validate(&place, &base_url, &["--json"]).exits(0).json();
            assert_eq!(json["failed"], 0, "{rule}, {door}: {json:#}");
            assert_nothing_is_left(&place);
            let users = place.run(["user", "list", "--json"]).exits(0).json();
            assert_eq!(users["users"], serde_json::json!([]), "{users}");
            assert_eq!(server.stop().0, Some(0));
        }
    }
}

#[test]
fn an_expired_certificate_that_signs_somebody_on_fails_the_validation() {
    let (place, server, base_url) = served(&[]);
    let ran = validate(&place, &base_url, &["--json"]).exits(1);
    let json = ran.json();
    assert_eq!(json["failed"], 1, "{json:#}");
    assert_eq!(
        outcome(&json, "SP-initiated: Expired certificate"),
        "failed"
    );
    assert_eq!(
        outcome(&json, "IdP-initiated: Working certificate"),
        "not-applicable"
    );
    let remarks = json["remarks"].to_string();
    assert!(
        remarks.contains("connection update acme --enforce-certificate-dates"),
        "{remarks}"
    );
    assert_nothing_is_left(&place);

    // The same connection passes once it does as the remark says.
    let update = ["connection", "update", "acme", ENFORCE, "--yes"];
    place.run(update).exits(0);
    validate(&place, &base_url, &[]).exits(0);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn what_stands_in_is_on_no_page_and_is_kept_for_a_look_alone() {
    let (place, server, base_url) = served(&["--display-name", "Acme", ENFORCE]);
    let json = validate(&place, &base_url, &["--keep", "--json"])
        .exits(0)
        .json();
    let ids = connections(&place);
    assert_eq!(ids.len(), 2, "{ids:?}");
    let stand_in = ids.iter().find(|id| *id != "acme").unwrap();
    assert!(stand_in.starts_with("entrada-validation-"), "{stand_in}");
    assert!(json["left"].to_string().contains(stand_in), "{json:#}");
    let shown = place
        .run(["connection", "show", stand_in, "--json"])
        .exits(0)
        .json();
    assert_eq!(shown["connection"]["listed"], false);
    assert_eq!(shown["connection"]["enforce_certificate_dates"], true);
    // The one connection of the site is still the one that people are led to.
    let asked = Command::new("curl")
        .args([
            "-sS",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code} %{redirect_url}",
        ])
        .arg(format!("{base_url}/saml/login"))
        .output()
        .unwrap();
    let asked = String::from_utf8(asked.stdout).unwrap();
    assert!(asked.starts_with("303 "), "{asked}");
    assert!(asked.ends_with("/saml/acme/login"), "{asked}");
    place
        .run(["connection", "remove", stand_in, "--yes"])
        .exits(0);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn a_server_of_another_store_is_told_and_nothing_is_left() {
    let (place, server, _) = served(&[]);
    let (_other, stranger, base_url) = served(&[]);
    let ran = validate(&place, &base_url, &[]).exits(4);
    assert!(ran.stderr.contains("works on this store"), "{ran:?}");
    assert_nothing_is_left(&place);
    assert_eq!(stranger.stop().0, Some(0));
    assert_eq!(server.stop().0, Some(0));
    let ran = validate(&place, &format!("http://{}", child::free_address()), &[]);
    assert!(ran.exits(4).stderr.contains("cannot be reached"));
    assert_nothing_is_left(&place);
}

/// A run whose stand-in is made: its server takes the connection, and never answers.
fn under_way(place: &Workspace) -> (Child, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let mut command = place.entrada();
    let arguments = ["validate", "saml", "acme", "--base-url", &base_url];
    let command = command.args(arguments).stdout(Stdio::null());
    let child = Child::start(command.stderr(Stdio::piped()));
    let (mut asked, _) = listener.accept().unwrap();
    let mut first = [0; 1];
    asked.read_exact(&mut first).unwrap();
    assert_eq!(connections(place).len(), 2, "it stands in by now");
    (child, asked)
}

#[test]
fn a_stop_removes_what_was_made() {
    a_signal_removes_what_was_made("-INT");
}

#[test]
fn the_end_of_the_terminal_removes_what_was_made() {
    a_signal_removes_what_was_made("-HUP");
}

fn a_signal_removes_what_was_made(signal: &str) {
    let place = Workspace::new();
    place.add("acme");
    let (mut child, _asked) = under_way(&place);
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().unwrap();
    assert!(sent.success());
    let mut told = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut told).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{told}");
    assert!(
        told.contains("everything that was made is removed"),
        "{told}"
    );
    assert_nothing_is_left(&place);
}

/// SIGKILL leaves no time to remove anything. The sweep of a server, and the next run, remove what has ended: their own tests hold it.
#[tokio::test]
async fn the_stand_in_of_a_run_that_was_killed_trusts_nobody_ten_minutes_later() {
    let place = Workspace::new();
    place.add("acme");
    let (mut child, _asked) = under_way(&place);
    child.kill().unwrap();
    child.wait().unwrap();
    let store = entrada::store::open(&place.database()).await.unwrap();
    let connections = store.connections().await.unwrap();
    let mut connections = connections.iter();
    let stand_in = connections.find(|one| one.id().as_str() != "acme");
    let trust = stand_in.unwrap().trust();
    let now = Timestamp::now();
    let trusts = |minutes| {
        let at = now + SignedDuration::from_mins(minutes);
        trust.standing_trust(None, at).is_ok()
    };
    assert!(trusts(9) && !trusts(10));
}
