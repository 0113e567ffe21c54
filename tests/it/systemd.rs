//! `entrada serve` under systemd: what it says to it, and the unit.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::command_line::Workspace;
use crate::serving::Server;

/// The next words of a server to systemd.
fn told(socket: &UnixDatagram) -> String {
    let mut bytes = [0; 4096];
    let length = socket.recv(&mut bytes).expect("a word in time");
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

#[test]
fn systemd_is_told_of_readiness_of_life_and_of_the_end() {
    let place = Workspace::new();
    let socket = UnixDatagram::bind(place.path("notify")).unwrap();
    let timeout = Some(Duration::from_secs(60));
    socket.set_read_timeout(timeout).unwrap();
    let mut command = place.entrada();
    command.env("NOTIFY_SOCKET", place.path("notify"));
    command.env("WATCHDOG_USEC", "400000");
    let server = Server::start_command(command, &["serve", "--listen", "127.0.0.1:0"]);
    let listening = server.started["listening"].as_str().unwrap();
    let ready = told(&socket);
    let status = format!("READY=1\nSTATUS=Listening on {listening} for http://localhost:");
    assert!(ready.starts_with(&status), "{ready}");
    for _ in 0..3 {
        assert_eq!(told(&socket), "WATCHDOG=1\n");
    }
    // A reload ends nothing, although there is no certificate.
    let id = server.process().to_string();
    let hangup = Command::new("kill").args(["-HUP", &id]).status();
    assert!(hangup.unwrap().success());
    assert_eq!(told(&socket), "WATCHDOG=1\n");
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    let mut last = told(&socket);
    while last == "WATCHDOG=1\n" {
        last = told(&socket);
    }
    assert!(last.starts_with("STOPPING=1\nSTATUS="), "{last}");
}

/// The page for operators says the same of it.
#[test]
fn the_unit_is_valid_and_gives_the_process_little() {
    let place = Workspace::new();
    assert_eq!(analyze(&place, &VERIFY, ""), Ok(()));
    let security = ["security", "--offline=true", "--threshold=20"];
    assert_eq!(analyze(&place, &security, ""), Ok(()));
}

/// Tells if the unit is valid with these lines behind it.
pub(crate) fn verify_with(lines: &str) -> Result<(), String> {
    analyze(&Workspace::new(), &VERIFY, lines)
}

fn analyze(place: &Workspace, arguments: &[&str], more: &str) -> Result<(), String> {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/entrada.service");
    let unit = std::fs::read_to_string(unit).unwrap() + more;
    let installed = "/usr/bin/entrada ";
    assert!(unit.contains(installed));
    assert!(
        unit.contains("\nMemoryMax="),
        "the unit goes, not the machine"
    );
    let binary = concat!(env!("CARGO_BIN_EXE_entrada"), " ");
    let unit = place.write("entrada.service", unit.replace(installed, binary));
    let mut analyze = Command::new("systemd-analyze");
    let Ok(ran) = analyze.args(arguments).arg(unit).output() else {
        eprintln!("NOT RUN: systemd-analyze is missing");
        return Ok(());
    };
    let said = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
    // `verify` warns of a word that it does not know, and succeeds.
    let is_right = ran.status.success() && (arguments != VERIFY || said.trim().is_empty());
    is_right.then_some(()).ok_or(said)
}

const VERIFY: [&str; 3] = ["verify", "--man=no", "--recursive-errors=no"];
