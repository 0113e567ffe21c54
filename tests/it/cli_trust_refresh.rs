//! The metadata of a connection, refreshed and fetched by command.

use std::io::BufRead;
use std::io::BufReader;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;

use crate::child::Child;
use crate::cli_metadata::certificate;
use crate::cli_metadata::codes;
use crate::cli_metadata::sound;
use crate::cli_trust::add_pinned;
use crate::cli_trust::connection;
use crate::command_line::Workspace;
use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Publisher;

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_says_what_changed_or_why_it_was_rejected() {
    let (old, new) = (certificate(900), certificate(901));
    let publisher = Publisher::start(sound(&[&old]).into()).await;
    let place = Workspace::new();
    let url = publisher.url();
    place
        .run(["connection", "add", "acme", "--metadata-url", &url])
        .exits(0);
    let refresh = ["connection", "refresh", "acme", "--json"];
    assert_eq!(place.run(refresh).exits(0).json()["outcome"], "unchanged");

    publisher.behave(Manner::good(sound(&[&new]).into()));
    let json = place.run(refresh).exits(0).json();
    assert_eq!(json["outcome"], "replaced");
    let added = &json["difference"]["certificates"]["added"][0]["sha256"];
    assert_eq!(added, new.fingerprint().to_string().as_str());
    let shown = connection(&place);
    assert_eq!(shown["keys"].as_array().unwrap().len(), 2);
    assert!(shown["keys"][0]["retired"].is_string(), "{shown}");
    assert!(shown["keys"][1]["retired"].is_null(), "{shown}");

    let other = sound(&[&new]).replace("urn:idp", "urn:other");
    publisher.behave(Manner::good(other.into()));
    let json = place.run(refresh).exits(1).json();
    assert_eq!(json["outcome"], "rejected");
    assert_eq!(json["failure"]["code"], "metadata-other-entity");
    let ran = place.run(["connection", "refresh", "acme"]).exits(1);
    assert!(ran.stdout.contains("Trust is as it was."), "{ran:?}");

    publisher.behave(Manner::answer("500 Internal Server Error", "", ""));
    let json = place.run(refresh).exits(4).json();
    assert_eq!(json["outcome"], "unreachable");
    let shown = connection(&place);
    assert_eq!(shown["refresh"]["failures"], 3);
    assert_eq!(shown["refresh"]["last_failure"]["code"], "fetch-status");
    let ran = place.run(["connection", "show", "acme"]).exits(0);
    for part in [
        "Key history",
        "retired 20",
        "Last failure",
        "[fetch-status]",
        " % over",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
    let ran = place.run(["connection", "list"]).exits(0);
    assert!(ran.stdout.contains("expires in 90"), "{ran:?}");
    assert!(ran.stdout.contains("fresh, 3 failures"), "{ran:?}");
    let listed = place.run(["connection", "list", "--json"]).exits(0).json();
    assert!(listed["connections"][0]["days_left"].as_i64().unwrap() >= 900);
    let ran = place.run(["check", "--offline", "--json"]).exits(1);
    let json = ran.json();
    assert_eq!(codes(&json["findings"]), ["metadata-not-refreshed"]);
}

#[test]
fn what_has_no_source_cannot_be_refreshed() {
    let place = Workspace::new();
    add_pinned(&place);
    place.run(["connection", "refresh", "acme"]).exits(2);
    place.run(["connection", "refresh", "absent"]).exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metadata_query_server_is_asked_for_one_entity() {
    let only = certificate(900);
    let publisher = Publisher::start(sound(&[&only]).into()).await;
    let place = Workspace::new();
    let base = format!("http://{}", publisher.address);
    let add = [
        "connection",
        "add",
        "acme",
        "--mdq",
        &base,
        "--validity-grace=60",
    ];
    place.run(add).exits(2);
    place
        .run(add.iter().chain(&["--idp-entity-id=urn:idp"]))
        .exits(0);
    let asked = publisher.requests();
    assert!(
        asked[0].starts_with("GET /entities/urn%3Aidp HTTP/1.1"),
        "{asked:?}"
    );
    let shown = connection(&place);
    assert_eq!(shown["connection"]["trust"]["kind"], "metadata-query");
    assert_eq!(shown["connection"]["validity_grace"], 60);

    let pin = "AB".repeat(32);
    let signer = [
        "--replace",
        "--idp-entity-id=urn:idp",
        "--metadata-signer",
        &pin,
    ];
    let ran = place.run(add.iter().chain(&signer)).exits(3);
    assert!(ran.stderr.contains("signer"), "{ran:?}");
    let private = [
        "connection",
        "add",
        "b",
        "--mdq",
        &base,
        "--refuse-private-addresses",
    ];
    place
        .run(private.iter().chain(&["--idp-entity-id=urn:idp"]))
        .exits(4);
    let file = place.write("idp.xml", sound(&[&only]));
    let misplaced = [
        "connection",
        "add",
        "b",
        "--metadata-file",
        &file,
        "--validity-grace=60",
    ];
    place.run(misplaced).exits(3);

    let settings = format!(
        "[[connection]]\nid = 'acme'\nmdq = '{base}'\nidp-entity-id = 'urn:idp'\nvalidity-grace = 60\n"
    );
    let settings = place.write("site.toml", settings);
    let ran = place
        .run(["connection", "apply", "--json", &settings])
        .exits(0);
    assert_eq!(ran.json()["unchanged"][0], "acme");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_is_conditional_and_says_what_has_changed() {
    let (old, new) = (certificate(900), certificate(901));
    let publisher = Publisher::start(Vec::new()).await;
    let tagged = |document: String| {
        let lines = "Content-Type: application/xml\r\nETag: \"one\"\r\n";
        Manner::answer("200 OK", lines, document)
    };
    let place = Workspace::new();
    let (url, cache, output) = (publisher.url(), place.path("cache"), place.path("idp.xml"));
    let fetch = [
        "metadata", "fetch", "--json", &url, "--cache", &cache, "--output", &output,
    ];

    publisher.behave(tagged(sound(&[&old])));
    let json = place.run(fetch).exits(0).json();
    assert_eq!(json["outcome"], "new");
    assert_eq!(json["entity_id"], "urn:idp");
    assert_eq!(std::fs::read_to_string(&output).unwrap(), sound(&[&old]));

    publisher.behave(Manner::answer("304 Not Modified", "", ""));
    assert_eq!(place.run(fetch).exits(0).json()["outcome"], "unchanged");
    let last = publisher.requests().pop().unwrap();
    assert!(
        last.to_lowercase().contains("if-none-match: \"one\""),
        "{last}"
    );

    publisher.behave(tagged(sound(&[&old, &new])));
    let json = place.run(fetch).exits(0).json();
    assert_eq!(json["outcome"], "changed");
    let added = &json["difference"]["certificates"]["added"][0]["sha256"];
    assert_eq!(added, new.fingerprint().to_string().as_str());

    publisher.behave(tagged(sound(&[])));
    let json = place.run(fetch).exits(1).json();
    assert_eq!(json["failure"]["code"], "metadata-no-key");
    publisher.behave(Manner::answer("503 Service Unavailable", "", ""));
    assert_eq!(place.run(fetch).exits(4).json()["outcome"], "unreachable");
    publisher.behave(tagged(sound(&[&old, &new])));
    assert_eq!(place.run(fetch).exits(0).json()["outcome"], "unchanged");
    place
        .run([
            "metadata",
            "fetch",
            "http://idp.example/",
            "--cache",
            &cache,
        ])
        .exits(2);
    place.run(["metadata", "fetch", &url]).exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_goes_on_until_it_is_interrupted() {
    let publisher = Publisher::start(sound(&[&certificate(900)]).into()).await;
    let place = Workspace::new();
    let base = format!("http://{}", publisher.address);
    let mut command = place.entrada();
    command
        .args([
            "metadata",
            "fetch",
            "--mdq",
            &base,
            "--idp-entity-id",
            "urn:idp",
            "--json",
        ])
        .args(["--watch", "--cache", &place.path("cache")]);
    let mut child = Child::start(command.stdout(Stdio::piped()));
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let json: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(json["outcome"], "new");
    // The handler of the signal is in place a moment after the line.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(child.try_wait().unwrap().is_none());
    let id = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
