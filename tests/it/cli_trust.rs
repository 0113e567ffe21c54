//! `entrada connection refresh` and `update`, `entrada metadata fetch`, and what `list`, `show` and `check` say of it.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::sync::mpsc::channel;

use entrada::crypto::Certificate;
use entrada::crypto::Fingerprint;
use serde_json::Value;

use crate::child;
use crate::child::Child;
use crate::cli_metadata::certificate;
use crate::cli_metadata::codes;
use crate::cli_metadata::sound;
use crate::command_line::Ran;
use crate::command_line::Workspace;
use crate::metadata_publisher::Manner;
use crate::metadata_publisher::Publisher;

fn connection(place: &Workspace) -> Value {
    place
        .run(["connection", "show", "acme", "--json"])
        .exits(0)
        .json()
}

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

fn add_pinned(place: &Workspace) {
    let pin = "AB".repeat(32);
    place
        .run([
            "connection",
            "add",
            "acme",
            "--display-name",
            "Acme",
            "--fingerprint",
            &pin,
        ])
        .exits(2);
    let sides = [
        "--idp-entity-id=urn:idp",
        "--sso-url=https://idp.example/sso",
    ];
    let add = [
        "connection",
        "add",
        "acme",
        "--display-name",
        "Acme",
        "--fingerprint",
        &pin,
    ];
    place.run(add.iter().chain(&sides)).exits(0);
}

#[test]
fn an_update_shows_the_difference_before_it_changes_anything() {
    let place = Workspace::new();
    let (a, b) = (certificate(900), certificate(901));
    let old = place.write("old.xml", sound(&[&a]));
    let new = place.write("new.xml", sound(&[&a, &b]));
    place
        .run([
            "connection",
            "add",
            "acme",
            "--metadata-file",
            &old,
            "--jit",
        ])
        .exits(0);
    let before = connection(&place);
    let update = ["connection", "update", "acme", "--metadata-file", &new];

    let ran = place.run(update.iter().chain(&["--dry-run"])).exits(0);
    assert!(
        ran.stdout
            .contains(&format!("+ Certificate            {}", b.fingerprint())),
        "{ran:?}"
    );
    let ran = place.run(update).exits(2);
    assert!(ran.stderr.contains("--yes"), "{ran:?}");
    assert_eq!(connection(&place)["certificates"], before["certificates"]);

    let json = place
        .run(update.iter().chain(&["--yes", "--json"]))
        .exits(0)
        .json();
    assert_eq!(json["updated"], true);
    let told = ["log", "--kind", "trust-changed", "--json"];
    let told = place.run(told).exits(0).json();
    let told: Vec<&str> = told["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["detail"].as_str().unwrap())
        .collect();
    assert!(told[0].starts_with("added "), "{told:?}");
    assert_eq!(
        json["difference"]["certificates"]["kept"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let after = connection(&place);
    assert_eq!(after["certificates"].as_array().unwrap().len(), 2);
    assert_eq!(after["connection"]["jit"], true);
    let ran = place.run(update.iter().chain(&["--json"])).exits(0);
    assert_eq!(ran.json()["updated"], false, "nothing is left to change");

    let nobody = place.write("nobody.xml", sound(&[]));
    let update = [
        "connection",
        "update",
        "acme",
        "--yes",
        "--metadata-file",
        &nobody,
    ];
    place.run(update).exits(3);
    place
        .run(["connection", "update", "acme", "--yes"])
        .exits(2);
    assert_eq!(connection(&place)["certificates"], after["certificates"]);
}

#[test]
fn the_next_fingerprint_is_added_by_an_update() {
    let place = Workspace::new();
    add_pinned(&place);
    let (old, new) = ("AB".repeat(32), "CD".repeat(32));
    let arguments = [
        "connection",
        "update",
        "acme",
        "--yes",
        "--json",
        "--fingerprint",
        &old,
        "--fingerprint",
        &new,
        "--idp-entity-id=urn:idp",
        "--sso-url=https://idp.example/sso",
    ];
    let json = place.run(arguments).exits(0).json();
    assert_eq!(json["added"].as_array().unwrap().len(), 1, "{json}");
    assert!(json["removed"].as_array().unwrap().is_empty(), "{json}");
    let shown = connection(&place);
    let pins = shown["connection"]["trust"]["fingerprints"]
        .as_array()
        .unwrap();
    assert_eq!(pins.len(), 2);
    assert_eq!(shown["connection"]["display_name"], "Acme");
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

#[test]
fn one_choice_is_changed_and_the_others_stay() {
    let place = Workspace::new();
    let metadata = place.write("idp.xml", sound(&[&certificate(900)]));
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    let more = [
        "--seats",
        "5",
        "--session-idle",
        "900",
        "--host",
        "acme.example",
    ];
    place.run(add.iter().chain(&more)).exits(0);
    let before = connection(&place)["connection"].clone();
    let update = |more: &[&str]| {
        let words = ["connection", "update", "acme"];
        place.run(words.iter().chain(more))
    };
    let ran = update(&["--link-rule", "email", "--dry-run"]).exits(0);
    assert!(
        ran.stdout.contains("- Finds users by         object-id"),
        "{ran:?}"
    );
    assert!(
        ran.stdout.contains("+ Finds users by         email"),
        "{ran:?}"
    );
    assert_eq!(connection(&place)["connection"], before);

    let done = update(&["--link-rule", "email", "--yes", "--json"]).exits(0);
    let done = done.json();
    assert_eq!(
        (&done["updated"], &done["difference"]),
        (&true.into(), &Value::Null)
    );
    update(&["--jit", "--seats", "7", "--yes"]).exits(0);
    let mut expected = before;
    expected["link_rule"] = "email".into();
    expected["seats"] = 7.into();
    expected["jit"] = true.into();
    expected["sign_on"] = "just-in-time".into();
    assert_eq!(connection(&place)["connection"], expected);
    let told = ["log", "--kind", "trust-changed", "--json"];
    let told = place.run(told).exits(0).json();
    let told = told["events"].as_array().unwrap();
    assert_eq!(told.len(), 1, "trust stays as it was: {told:?}");

    update(&["--seats", "0", "--yes"]).exits(3);
    update(&["--validity-grace", "60", "--yes"]).exits(3);
    update(&["--idp-entity-id", "urn:other", "--yes"]).exits(2);
    update(&["--yes"]).exits(2);
    assert_eq!(connection(&place)["connection"], expected);
}

/// The details of the events of this kind, the earliest first.
fn told(place: &Workspace, kind: &str) -> Vec<String> {
    let told = place.run(["log", "--kind", kind, "--json"]).exits(0).json();
    let events = told["events"].as_array().unwrap().iter();
    events
        .map(|event| event["detail"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_bound_is_taken_away() {
    let place = Workspace::new();
    let metadata = place.write("idp.xml", sound(&[&certificate(900)]));
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    let more = ["--seats", "5", "--session-idle", "900"];
    place.run(add.iter().chain(&more)).exits(0);
    let update = |more: &[&str]| {
        let words = ["connection", "update", "acme", "--yes"];
        place.run(words.iter().chain(more))
    };
    let ran = update(&["--no-seats"]).exits(0);
    assert!(ran.stdout.contains("- Seats                  5"), "{ran:?}");
    let shown = connection(&place);
    assert_eq!(shown["connection"]["seats"], Value::Null);
    assert_eq!(shown["connection"]["session_idle"], 900);
    update(&["--no-session-idle", "--link-rule", "email"]).exits(0);
    let shown = connection(&place);
    assert_eq!(shown["connection"]["session_idle"], Value::Null);
    assert_eq!(shown["connection"]["link_rule"], "email");
    let ran = update(&["--no-seats", "--json"]).exits(0);
    assert_eq!(ran.json()["updated"], false, "there is none left");
    update(&["--no-seats", "--seats", "3"]).exits(2);
    update(&["--no-session-idle", "--session-idle", "60"]).exits(2);
}

/// A metadata server that answers each request when it is told to.
struct SlowServer {
    url: String,
    asked: Receiver<()>,
    answer: Sender<()>,
}

impl SlowServer {
    fn start(document: String) -> SlowServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/metadata.xml", listener.local_addr().unwrap());
        let (came, asked) = channel();
        let (answer, told) = channel();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let _ = stream.read(&mut [0; 4096]);
                if came.send(()).is_err() || told.recv().is_err() {
                    return;
                }
                let length = document.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                );
                let _ = stream.write_all(format!("{head}{document}").as_bytes());
            }
        });
        SlowServer { url, asked, answer }
    }
}

#[test]
fn what_another_program_changes_during_an_update_is_kept() {
    let place = Workspace::new();
    let (old, new) = (certificate(900), certificate(901));
    let metadata = place.write("idp.xml", sound(&[&old]));
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    place.run(add).exits(0);
    let server = SlowServer::start(sound(&[&new]));
    let update = ["connection", "update", "acme", "--yes", "--json"];
    let mut command = place.entrada();
    let command = command.args(update).args(["--metadata-url", &server.url]);
    let update = Child::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    server.asked.recv().unwrap();
    // The other writer: a new key, and whom the connection lets in.
    let keys = place.run(["key", "new", "acme", "--json"]).exits(0).json();
    let other = ["connection", "update", "acme", "--seats", "9", "--yes"];
    place.run(other).exits(0);
    // The update comes too late, looks again, and asks the server once more.
    server.answer.send(()).unwrap();
    server.answer.send(()).unwrap();
    let ran = Ran::from(update.output()).exits(0);
    assert_eq!(ran.json()["updated"], true);
    assert!(ran.stderr.contains("another program changed"), "{ran:?}");
    let shown = connection(&place);
    assert_eq!(shown["connection"]["seats"], 9);
    assert_eq!(shown["connection"]["trust"]["url"], server.url);
    let kept = place.run(["key", "list", "acme", "--json"]).exits(0).json();
    assert_eq!(kept["keys"][0]["id"], keys["keys"][0]["id"]);
    let (old, new) = (old.fingerprint(), new.fingerprint());
    assert_eq!(
        told(&place, "trust-changed"),
        [
            format!("added {old}"),
            format!("added {new}"),
            format!("retired {old}")
        ]
    );
}

#[test]
fn an_update_stops_where_another_program_changed_the_same() {
    let (old, new, pin) = (certificate(900), certificate(901), "AB".repeat(32));
    let pins = [
        "--fingerprint",
        &pin,
        "--idp-entity-id",
        "https://idp.example/",
        "--sso-url",
        "https://idp.example/sso",
    ];
    for (theirs, named) in [(&pins[..], "(trust)"), (&["--seats", "30"], "(seats)")] {
        let place = Workspace::new();
        let metadata = place.write("idp.xml", sound(&[&old]));
        let add = ["connection", "add", "acme", "--metadata-file", &metadata];
        place.run(add).exits(0);
        let server = SlowServer::start(sound(&[&new]));
        let mut command = place.entrada();
        let command = command
            .args(["connection", "update", "acme", "--yes", "--seats", "20"])
            .args(["--metadata-url", &server.url]);
        let update = Child::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        server.asked.recv().unwrap();
        let other = ["connection", "update", "acme", "--yes"];
        place.run(other.iter().chain(theirs)).exits(0);
        let before = connection(&place);
        server.answer.send(()).unwrap();
        server.answer.send(()).unwrap();
        let ran = Ran::from(update.output()).exits(1);
        assert!(ran.stderr.contains("another program changed"), "{ran:?}");
        assert!(ran.stderr.contains(named), "{ran:?}");
        assert!(ran.stderr.contains("nothing was changed"), "{ran:?}");
        assert_eq!(connection(&place), before);
    }
}

/// Reads what a program shows until it shows this.
fn read_until(stream: &mut impl Read, end: &str) -> String {
    let (mut shown, mut byte) = (Vec::new(), [0]);
    while stream.read(&mut byte).unwrap() == 1 {
        shown.push(byte[0]);
        if shown.ends_with(end.as_bytes()) {
            break;
        }
    }
    String::from_utf8(shown).unwrap()
}

#[test]
fn a_person_is_asked_again_if_another_program_changes_what_they_were_shown() {
    let place = Workspace::new();
    let metadata = place.write("idp.xml", sound(&[&certificate(900)]));
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    place.run(add.iter().chain(&["--seats", "5"])).exits(0);
    let program = format!(
        "{} connection update acme --seats 7",
        env!("CARGO_BIN_EXE_entrada")
    );
    // A terminal of its own: `script` is in every Debian.
    let mut script = child::command("script");
    let script = script
        .args(["-qefc", &program, "/dev/null"])
        .env("ENTRADA_DATABASE", place.database())
        .env("NO_COLOR", "1");
    let mut update = Child::start(script.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let mut screen = update.stdout.take().unwrap();
    let mut keyboard = update.stdin.take().unwrap();
    let shown = read_until(&mut screen, "[y/N] ");
    assert!(shown.contains("- Seats                  5"), "{shown}");
    let keys = place.run(["key", "new", "acme", "--json"]).exits(0).json();
    let other = ["connection", "update", "acme", "--seats", "9", "--yes"];
    place.run(other).exits(0);
    keyboard.write_all(b"y\n").unwrap();
    let shown = read_until(&mut screen, "[y/N] ");
    assert!(shown.contains("Another program changed"), "{shown}");
    assert!(shown.contains("- Seats                  9"), "{shown}");
    assert_eq!(connection(&place)["connection"]["seats"], 9);
    // A change that does not touch that needs no second question.
    let other = [
        "connection",
        "update",
        "acme",
        "--link-rule",
        "email",
        "--yes",
    ];
    place.run(other).exits(0);
    keyboard.write_all(b"y\n").unwrap();
    let shown = read_until(&mut screen, "Updated the connection acme.");
    assert!(!shown.contains("[y/N]"), "{shown}");
    assert!(update.wait().unwrap().success());
    let shown = connection(&place);
    assert_eq!(shown["connection"]["seats"], 7);
    assert_eq!(shown["connection"]["link_rule"], "email");
    let kept = place.run(["key", "list", "acme", "--json"]).exits(0).json();
    assert_eq!(kept["keys"][0]["id"], keys["keys"][0]["id"]);
}

#[test]
fn whoever_changes_trust_leaves_an_event() {
    let place = Workspace::new();
    let (a, b, c) = (certificate(900), certificate(901), certificate(902));
    let pins = [&a, &b, &c].map(|one| one.fingerprint().to_string());
    let file = |name: &str, of: &Certificate| place.write(name, sound(&[of]));
    let (first, second) = (file("a.xml", &a), file("b.xml", &b));
    let add = |metadata: &str, more: &[&str]| {
        let words = ["connection", "add", "acme", "--metadata-file", metadata];
        place.run(words.iter().chain(more)).exits(0);
    };
    add(&first, &[]);
    let mut expected = vec![format!("added {}", pins[0])];
    assert_eq!(told(&place, "trust-changed"), expected, "it is new");
    add(&second, &["--replace"]);
    expected.extend([format!("added {}", pins[1]), format!("retired {}", pins[0])]);
    assert_eq!(told(&place, "trust-changed"), expected);
    // The same once more changes nothing.
    add(&second, &["--replace"]);
    assert_eq!(told(&place, "trust-changed"), expected);

    let settings = format!(
        "[[connection]]\nid = 'acme'\nfingerprint = '{}'\nidp-entity-id = 'urn:idp'\nsso-url = 'https://idp.example/sso'\n",
        pins[2]
    );
    let settings = place.write("site.toml", settings);
    let apply = ["connection", "apply", &settings];
    place.run(apply).exits(0);
    expected.extend([format!("added {}", pins[2]), format!("retired {}", pins[1])]);
    assert_eq!(told(&place, "trust-changed"), expected);
    place.run(apply).exits(0);
    assert_eq!(told(&place, "trust-changed"), expected);

    let mixed = [
        "--fingerprint",
        &pins[0],
        "--idp-entity-id=urn:idp",
        "--sso-url=https://idp.example/sso",
        "--yes",
    ];
    let update = ["connection", "update", "acme"];
    place.run(update.iter().chain(&mixed)).exits(0);
    expected.extend([format!("added {}", pins[0]), format!("retired {}", pins[2])]);
    assert_eq!(told(&place, "trust-changed"), expected);
    // Trust that begins anew is told too.
    place.run(["connection", "remove", "acme"]).exits(0);
    add(&second, &[]);
    expected.push(format!("added {}", pins[1]));
    assert_eq!(told(&place, "trust-changed"), expected);
}

#[tokio::test]
async fn a_connection_in_the_code_of_an_app_that_trusts_somebody_else_leaves_an_event() {
    let store = entrada::store::open("memory:").await.unwrap();
    for pin in ["AB", "CD", "CD"] {
        let pin = Fingerprint::parse(&pin.repeat(32)).unwrap();
        let acme = entrada::connection::Connection::builder("acme");
        let acme = acme.fingerprint(pin, "urn:idp", "https://idp.example/sso");
        let app = entrada::web::Entrada::builder("https://app.example.com");
        app.open_store(store.clone())
            .connection(acme)
            .build()
            .await
            .unwrap();
    }
    let events = store.events(&Default::default()).await.unwrap();
    let events = events.iter().filter_map(|event| event.event.detail());
    let pin = |pin: &str| Fingerprint::parse(&pin.repeat(32)).unwrap();
    assert_eq!(
        events.collect::<Vec<_>>(),
        [
            format!("added {}", pin("AB")),
            format!("added {}", pin("CD")),
            format!("retired {}", pin("AB"))
        ]
    );
}
