//! The programs that tests start. Each ends with its guard; where the tests are killed and no guard is dropped any more, the
//! kernel ends it. All of them carry the mark by which `.ci/test` finds what is left.

use std::env;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::hash::BuildHasher;
use std::hash::RandomState;
use std::io::Read;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::ops::Deref;
use std::ops::DerefMut;
#[cfg(target_os = "linux")]
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::path::PathBuf;
use std::process;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::thread;

/// A command of this program that the kernel kills with the thread that started it: none is started in a thread that is
/// shorter than the process should be.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    if !Path::new(SETPRIV).exists() {
        return Command::new(program);
    }
    let mut command = Command::new(SETPRIV);
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// The mark of the processes of this run, for those that get no other part of the environment.
pub(crate) fn mark() -> Option<(&'static str, OsString)> {
    env::var_os(MARK).map(|run| (MARK, run))
}

/// A program that runs. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Child(Option<process::Child>);

impl Child {
    /// Starts what `command` made.
    pub(crate) fn start(command: &mut Command) -> Child {
        let guarded = command.get_program() == SETPRIV || !Path::new(SETPRIV).exists();
        assert!(guarded, "{command:?} is not made by child::command");
        let child = command.spawn();
        Child(Some(
            child.unwrap_or_else(|error| panic!("{command:?}: {error}")),
        ))
    }

    /// Starts a script of the shell with these arguments. It has no guard of the kernel: it must end when its standard
    /// input does, which is with the tests, however they end, and not with the thread that started it.
    pub(crate) fn script(text: &str, arguments: impl IntoIterator<Item = OsString>) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", text, "sh"]).args(arguments);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        Child(Some(child.unwrap()))
    }

    /// Waits for its end, and gives what it wrote.
    pub(crate) fn output(mut self) -> Output {
        self.0.take().unwrap().wait_with_output().unwrap()
    }
}

impl Deref for Child {
    type Target = process::Child;

    fn deref(&self) -> &process::Child {
        self.0.as_ref().unwrap()
    }
}

impl DerefMut for Child {
    fn deref_mut(&mut self) -> &mut process::Child {
        self.0.as_mut().unwrap()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The folder into which `.ci/setup test` unpacks a package that is not installed.
pub(crate) fn unpacked(package: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("tools").join(package)
}

/// The folders in which an unpacked package has the libraries that came with it.
pub(crate) fn libraries(root: &Path) -> String {
    let folders = fs::read_dir(root.join("usr/lib")).into_iter().flatten();
    let folders = folders.map(|entry| entry.unwrap().path().display().to_string());
    folders.collect::<Vec<_>>().join(":")
}

/// An address of this machine at which nobody listens, for a server that must know its own before it starts. That of others
/// cannot come in between: they do not draw from all of 127.0.0.0/8.
pub(crate) fn free_address() -> SocketAddr {
    let [.., b, c, d] = RandomState::new().hash_one(()).to_be_bytes();
    let host = Ipv4Addr::new(127, b.max(1), c, d.clamp(1, 254));
    let free = TcpListener::bind((host, 0)).unwrap();
    free.local_addr().unwrap()
}

/// Part of util-linux, which no Debian is without.
pub(crate) const SETPRIV: &str = "/usr/bin/setpriv";
const MARK: &str = "ENTRADA_TEST_RUN";

#[test]
fn a_program_ends_with_its_guard() {
    let sleeper = Child::start(command("sleep").arg("600"));
    let id = sleeper.id().to_string();
    let is_there = || {
        let mut asked = Command::new("kill");
        let asked = asked.args(["-0", &id]).stderr(Stdio::null());
        asked.status().unwrap().success()
    };
    assert!(is_there());
    drop(sleeper);
    assert!(!is_there());
}

/// As when the tests are killed: nothing is dropped.
#[test]
#[cfg(target_os = "linux")]
fn a_program_ends_with_those_who_started_it() {
    let started = thread::spawn(|| {
        let mut talker = command("sh");
        let talker = talker.args(["-c", "echo here && exec sleep 600"]);
        let mut talker = Child::start(talker.stdout(Stdio::piped()));
        talker
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut [0; 4])
            .unwrap();
        talker
    });
    let mut left = started.join().unwrap();
    assert_eq!(left.wait().unwrap().signal(), Some(9));
}

#[test]
fn every_program_has_the_guard_and_every_server_a_port_of_its_own() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")];
    let mut wrong = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension() == Some(OsStr::new("rs")) && !path.ends_with("child.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let bare = |line: &&str| line.contains(".spawn()") || has_fixed_port(line);
                wrong.extend(
                    text.lines()
                        .filter(bare)
                        .map(|line| (path.clone(), line.to_owned())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Tells if a line has a text that is an address of this machine with a port of its own.
fn has_fixed_port(line: &str) -> bool {
    let texts = line.split(['"', '\'']);
    let mut addresses = texts.filter_map(|text| text.parse::<SocketAddr>().ok());
    let ours = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
    addresses.any(|address| address.port() != 0 && ours(address.ip()))
}

#[test]
fn a_fixed_port_is_seen() {
    assert!(has_fixed_port(r#"TcpListener::bind("127.0.0.1:8080")"#));
    assert!(has_fixed_port(r#"["serve", "--listen", "[::1]:3000"]"#));
    assert!(!has_fixed_port(r#"TcpListener::bind("127.0.0.1:0")"#));
}
