//! The binary as a process: its size, how soon `entrada serve` listens on an existing store, and what it keeps in memory
//! while idle. `cargo bench --bench process`; the figures of a release build differ by nothing, since the profiles agree.

use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

fn main() {
    let measured = std::env::args().any(|arg| arg == "--bench");
    let starts = if measured { 21 } else { 1 };
    let folder = tempfile::tempdir().expect("there is room for a store");
    let store = folder.path().join("entrada.db");
    let size = std::fs::metadata(ENTRADA)
        .expect("the binary is there")
        .len();
    println!(
        "size of the binary: {:.1} MB (promised: under 25)",
        size as f64 / 1e6
    );

    // The first start makes the store.
    Server::start(&store);
    let mut times: Vec<_> = (0..starts)
        .map(|_| Server::start(&store).listening_after)
        .collect();
    times.sort();
    println!(
        "start to listening, existing store: best {:.1} ms, median {:.1} ms (promised: under 100)",
        times[0].as_secs_f64() * 1e3,
        times[times.len() / 2].as_secs_f64() * 1e3
    );

    let server = Server::start(&store);
    if measured {
        std::thread::sleep(Duration::from_secs(2));
    }
    match server.resident_kib() {
        Some(kib) => println!(
            "resident memory, idle: {:.1} MB (promised: under 30)",
            kib as f64 / 1024.0
        ),
        None => println!("resident memory: this system does not tell"),
    }
}

/// A running `entrada serve`, killed when dropped.
struct Server {
    process: Child,
    listening_after: Duration,
}

impl Server {
    /// Starts it, and waits until it says that it listens.
    fn start(store: &Path) -> Server {
        let started = Instant::now();
        let mut process = Command::new(ENTRADA)
            .args(["serve", "--listen", "127.0.0.1:0", "--json"])
            .env("ENTRADA_DATABASE", format!("sqlite:{}", store.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut said = String::new();
        let stdout = process.stdout.as_mut().expect("its output is piped");
        BufReader::new(stdout)
            .read_line(&mut said)
            .expect("it says where it listens");
        let listening_after = started.elapsed();
        assert!(said.contains("listening"), "{said}");
        Server {
            process,
            listening_after,
        }
    }

    fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_ascii_whitespace().nth(1)?.parse().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const ENTRADA: &str = env!("CARGO_BIN_EXE_entrada");
