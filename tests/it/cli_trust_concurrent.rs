//! Updates of a connection that another program changes at the same time.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::sync::mpsc::channel;

use crate::child;
use crate::child::Child;
use crate::cli_metadata::certificate;
use crate::cli_metadata::sound;
use crate::cli_trust::connection;
use crate::cli_trust::told;
use crate::command_line::Ran;
use crate::command_line::Workspace;

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
