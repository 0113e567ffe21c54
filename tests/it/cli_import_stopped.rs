//! An import that somebody stops, and that goes on when it is run again.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;

use crate::child::Child;
use crate::command_line::Workspace;

/// Rows whose report fills a pipe many times over, so that an import waits for whoever reads it.
const ROWS: usize = 3000;

/// Sends a signal, and waits until the program says that it has it.
fn stop(child: &mut Child, signal: &str) -> BufReader<std::process::ChildStderr> {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().unwrap();
    assert!(sent.success());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.starts_with("Stopping after"), "{line}");
    stderr
}

fn start(place: &Workspace, arguments: &[&str]) -> Child {
    let mut command = place.entrada();
    command
        .args(["user", "import", "acme"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Child::start(&mut command)
}

#[test]
fn an_import_that_is_stopped_keeps_what_it_reported_and_goes_on_when_it_is_run_again() {
    let place = Workspace::new();
    place.add("acme");
    let rows: String = (0..ROWS)
        .map(|n| format!("person-{n:05}-of-the-company@contoso.example\n"))
        .collect();
    let file = place.write("users.csv", format!("userName\n{rows}"));
    let mut done = Vec::new();
    for (signal, json) in [("-INT", false), ("-TERM", true)] {
        let json_flag: &[&str] = if json { &["--json"] } else { &[] };
        let arguments = [&[file.as_str(), "--yes"], json_flag].concat();
        let mut child = start(&place, &arguments);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        // The report of a first row; in JSON, all of it is one line.
        let mut start = [0; 64];
        stdout.read_exact(&mut start).unwrap();
        let mut said = String::from_utf8(start.to_vec()).unwrap();
        let mut stderr = stop(&mut child, signal);
        stdout.read_to_string(&mut said).unwrap();
        let mut told = String::new();
        stderr.read_to_string(&mut told).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{told}");
        let rows = match json {
            false => {
                assert!(said.contains(" rows: "), "the summary is there");
                said.lines().filter(|line| line.starts_with("row ")).count()
            }
            true => {
                let json: Value = serde_json::from_str(&said).unwrap();
                assert_eq!(json["error"], "stopped");
                let rows = json["rows"].as_array().unwrap().len();
                assert_eq!(
                    json["unchanged"],
                    rows.min(done[0]),
                    "what was in is passed over"
                );
                rows
            }
        };
        let words = format!(
            "stopped: {rows} rows of a file of {} lines are in; run the same command again",
            ROWS + 1
        );
        assert!(told.contains(&words), "{told}");
        assert!(rows > 0 && rows < ROWS, "{rows}");
        done.push(rows);
    }
    let ran = place
        .run(["user", "import", "acme", &file, "--yes", "--json"])
        .exits(0)
        .json();
    let before = *done.iter().max().unwrap();
    assert_eq!(ran["unchanged"], before);
    assert_eq!(ran["created"], ROWS - before);
    let again = place
        .run(["user", "import", "acme", &file, "--yes", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (&again["unchanged"], &again["created"]),
        (&ROWS.into(), &0.into())
    );
}

#[test]
fn an_import_that_waits_for_its_input_is_stopped_too() {
    let place = Workspace::new();
    place.add("acme");
    let mut child = start(&place, &["-", "--format", "csv", "--yes"]);
    let mut input = child.stdin.take().unwrap();
    // A batch, which is reported, and a row of the next one; then nothing, and no end.
    let rows: String = (0..101)
        .map(|n| format!("person-{n}@contoso.example\n"))
        .collect();
    input
        .write_all(format!("userName\n{rows}half-a-na").as_bytes())
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    stdout.read_line(&mut said).unwrap();
    let mut stderr = stop(&mut child, "-TERM");
    stdout.read_to_string(&mut said).unwrap();
    let mut told = String::new();
    stderr.read_to_string(&mut told).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{told}");
    let rows = said.lines().filter(|line| line.starts_with("row ")).count();
    assert!(
        told.contains(&format!("stopped: {rows} rows are in")),
        "{told}"
    );
    assert!(!said.contains("half-a-na"), "half a row is none");
    drop(input);
}
