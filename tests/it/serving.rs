//! A running `entrada serve` or `entrada demo`.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::thread::JoinHandle;

use serde_json::Value;

use crate::child::Child;
use crate::command_line::Workspace;

/// A server that runs, until it is stopped, killed, or nobody needs it any more.
pub(crate) struct Server {
    child: Child,
    pub(crate) started: Value,
    stdout: BufReader<std::process::ChildStdout>,
    /// Read all the time: a server whose log nobody reads stops when the pipe is full.
    stderr: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts it, and waits until it says that it listens.
    pub(crate) fn start(place: &Workspace, arguments: &[&str]) -> Server {
        Server::start_command(place.entrada(), arguments)
    }

    /// The same by a command that runs the binary.
    pub(crate) fn start_command(mut command: Command, arguments: &[&str]) -> Server {
        let command = command.args(arguments).arg("--json");
        let mut child = Child::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut log = child.stderr.take().unwrap();
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            text
        });
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        if line.is_empty() {
            panic!("{:?}: {}", child.wait(), stderr.join().unwrap());
        }
        let started: Value = serde_json::from_str(&line).unwrap();
        for address in ["listening", "admin", "app", "idp"] {
            let address = started[address].as_str().unwrap_or_default();
            let address = address.trim_end_matches('/');
            let fixed = DEFAULT_PORTS.iter().any(|port| address.ends_with(port));
            assert!(!fixed, "{started}: somebody else may have the port");
        }
        Server {
            child,
            started,
            stdout,
            stderr: Some(stderr),
        }
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Stops it by SIGTERM; says how it ended, and what it wrote to stderr.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "stdout has one document");
        let status = self.child.wait().unwrap();
        let log = self.stderr.take().unwrap().join().unwrap();
        (status.code(), log)
    }

    /// Kills it: it gets no chance to finish anything.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The ports at which `serve`, `demo` and the example listen unless told otherwise.
const DEFAULT_PORTS: [&str; 3] = [":8080", ":8081", ":3000"];

/// The answer of an address.
pub(crate) fn get(url: &str) -> (u16, String) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let response = reqwest::get(url).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    })
}
