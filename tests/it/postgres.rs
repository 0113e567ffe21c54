//! PostgreSQL as the tests run it: clusters in temporary folders, as somebody who is not root, on a Unix socket or a free
//! port. Debian's version 15 and a current one from npm; `.ci/setup test` brings both, and PgBouncer.

mod builder;
mod pgbouncer;
mod process;

use std::fs;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use self::builder::ClusterBuilder;
pub(crate) use self::pgbouncer::PgBouncer;
pub(crate) use self::pgbouncer::PoolMode;
use self::process::Process;
use crate::child::unpacked;

/// A version of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// Debian's.
    V15,
    /// The current one.
    V18,
}

impl Version {
    /// Tells if its server is here, and says aloud that tests are left out where it is not.
    pub(crate) fn is_installed(self) -> bool {
        // The client is Debian's for both.
        let is_there = self.program("postgres").exists() && Version::V15.program("psql").exists();
        if !is_there {
            eprintln!("NOT RUN: PostgreSQL {self:?} is missing: run .ci/setup test");
        }
        is_there
    }

    fn program(self, name: &str) -> PathBuf {
        match self {
            Version::V15 => debian(&unpacked("postgresql-15"), &format!("{DEBIAN}/{name}")),
            Version::V18 => unpacked("postgresql-18").join("native/bin").join(name),
        }
    }
}

/// A cluster that runs. It ends, and its folder goes, when this is dropped.
pub(crate) struct Cluster {
    process: Process,
    port: Option<u16>,
    builder: ClusterBuilder,
    databases: AtomicUsize,
}

impl Cluster {
    /// A cluster of its own on a Unix socket, without passwords.
    pub(crate) fn start(version: Version) -> Cluster {
        Cluster::builder(version).start()
    }

    fn new(process: Process, port: Option<u16>, builder: ClusterBuilder) -> Cluster {
        Cluster {
            process,
            port,
            builder,
            databases: AtomicUsize::new(0),
        }
    }

    /// The options of a cluster that is not like the others.
    pub(crate) fn builder(version: Version) -> ClusterBuilder {
        ClusterBuilder::new(version)
    }

    /// The one cluster of this version that all tests of the process share. Nobody stops it.
    pub(crate) fn shared(version: Version) -> &'static Cluster {
        static SHARED: [OnceLock<Cluster>; 2] = [const { OnceLock::new() }; 2];
        SHARED[version as usize].get_or_init(|| Cluster::start(version))
    }

    /// Makes an empty database, and gives its URL.
    pub(crate) fn create_database(&self) -> String {
        self.url(&self.create_named_database())
    }

    /// Makes an empty database, and gives its name.
    pub(crate) fn create_named_database(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql(&format!("CREATE DATABASE {name} TEMPLATE template0"));
        name
    }

    /// The URL of a database over the Unix socket.
    pub(crate) fn url(&self, database: &str) -> String {
        let port = self.port.map(|port| format!("&port={port}"));
        let (folder, port) = (self.process.folder().display(), port.unwrap_or_default());
        let password = self
            .builder
            .password
            .map(|word| format!("&password={word}"));
        let password = password.unwrap_or_default();
        format!("postgres:///{database}?host={folder}&user={USER}{port}{password}")
    }

    /// The URL of a database over TCP, at `localhost`, for a cluster that listens there.
    pub(crate) fn tcp_url(&self, database: &str) -> String {
        let password = self.password().map(|word| format!(":{word}"));
        let port = self.port.expect("started with tcp()");
        let password = password.unwrap_or_default();
        format!("postgres://{USER}{password}@localhost:{port}/{database}")
    }

    /// The folder of the Unix socket.
    pub(crate) fn socket_folder(&self) -> &Path {
        self.process.folder()
    }

    /// The port of 127.0.0.1, if it was asked for.
    pub(crate) fn port(&self) -> Option<u16> {
        self.port
    }

    /// The certificate of a cluster that speaks TLS, which is its own issuer.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.process.folder().join("server.pem")
    }

    fn password(&self) -> Option<&'static str> {
        self.builder.password
    }

    /// The log of the server.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    /// Runs SQL in the database `postgres`, and gives the rows, with their columns between `|`.
    pub(crate) fn psql(&self, sql: &str) -> String {
        psql(&self.url("postgres"), &[sql]).unwrap_or_else(|said| panic!("{sql}: {said}"))
    }

    /// The numbers of all its processes: first the one that all others end with.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let Ok(text) = fs::read_to_string(self.data("postmaster.pid")) else {
            return Vec::new();
        };
        let first = text.lines().next().unwrap().parse().unwrap();
        let mut processes = vec![first];
        for entry in fs::read_dir("/proc").unwrap() {
            let name = entry.unwrap().file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            if parent_of(id) == Some(first) {
                processes.push(id);
            }
        }
        processes
    }

    /// Kills all its processes, as a lost machine would, and waits until they are gone.
    pub(crate) fn kill(&self) {
        let processes = self.processes();
        let segment = fs::read_to_string(self.data("postmaster.pid")).unwrap_or_default();
        let mut kill = Command::new("kill");
        kill.arg("-KILL").args(processes.iter().map(u32::to_string));
        // One of them may have ended by itself.
        let _ = kill.stderr(Stdio::null()).status();
        while processes.iter().any(|id| parent_of(*id).is_some()) {
            thread::sleep(Duration::from_millis(5));
        }
        // What a shutdown would have removed: the file, and the segment of memory whose number stands in it.
        let _ = fs::remove_file(self.data("postmaster.pid"));
        let segment = segment.lines().nth(6).unwrap_or_default();
        if let Some(id) = segment.split_whitespace().nth(1) {
            let _ = Command::new("ipcrm").args(["-m", id]).status();
        }
    }

    /// Starts it after [`Cluster::kill`], at the same address, and waits until it answers.
    pub(crate) fn restart(&self) {
        self.process.forget_log();
        self.process.start_again();
        let ready = self.process.wait_until(is_ready);
        ready.unwrap_or_else(|log| panic!("{log}"));
    }

    /// Ends all connections of clients, and tells how many there were.
    pub(crate) fn terminate_backends(&self) -> usize {
        let count = self.psql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        );
        count.parse().unwrap()
    }

    /// Starts a standby that streams from this one, and waits until it does.
    pub(crate) fn standby(&self, replication: Replication) -> Cluster {
        let process = self.builder.folder();
        self.back_up(process.folder());
        process.hand_over();
        let name = format!("standby{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let password = self.password().unwrap_or_default();
        let port = self.port.unwrap_or(5432);
        let primary = format!(
            "host={} port={port} user={USER} password=\'\'{password}\'\' application_name={name}",
            self.process.folder().display()
        );
        let builder = self.builder.clone().setting("primary_conninfo", &primary);
        let standby = builder.start_in(process);
        let state = match replication {
            Replication::Asynchronous => "state = 'streaming'",
            Replication::Synchronous => {
                self.psql(&format!(
                    "ALTER SYSTEM SET synchronous_standby_names = '{name}'"
                ));
                self.psql("SELECT pg_reload_conf()");
                "sync_state = 'sync'"
            }
        };
        let sql = format!(
            "SELECT count(*) FROM pg_stat_replication WHERE application_name = '{name}' AND {state}"
        );
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.psql(&sql) != "1" {
            assert!(Instant::now() < deadline, "{}", standby.log());
            thread::sleep(Duration::from_millis(20));
        }
        standby
    }

    /// Makes a standby a primary, and waits until it is one.
    pub(crate) fn promote(&self) {
        assert_eq!(self.psql("SELECT pg_promote()"), "t", "{}", self.log());
    }

    /// Copies the files into `folder`, as a base backup: the current version has no `pg_basebackup` here. The log that they
    /// need comes by streaming.
    fn back_up(&self, folder: &Path) {
        let copy = format!(
            "\\! cp -a '{}' '{}' && find '{1}/pg_wal' -type f -delete",
            self.data("").display(),
            folder.join("data").display()
        );
        let script = [
            "SELECT pg_backup_start('standby', true)",
            &copy,
            "SELECT labelfile FROM pg_backup_stop(false)",
        ];
        let said = psql(&self.url("postgres"), &script).unwrap();
        let (_, label) = said.split_once('\n').unwrap();
        let data = folder.join("data");
        fs::write(data.join("backup_label"), label.to_owned() + "\n").unwrap();
        fs::write(data.join("standby.signal"), "").unwrap();
        // It waits for nobody once it is promoted.
        let mut settings = File::options();
        let settings = settings
            .append(true)
            .open(data.join("postgresql.auto.conf"));
        writeln!(settings.unwrap(), "synchronous_standby_names = ''").unwrap();
        let _ = fs::remove_file(data.join("postmaster.pid"));
    }

    fn data(&self, name: &str) -> PathBuf {
        self.process.folder().join("data").join(name)
    }
}

/// The way in which a standby follows: synchronous if a commit on the primary waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replication {
    Asynchronous,
    Synchronous,
}

/// Runs SQL at any URL in one connection, and gives the rows, or what the client complained of.
pub(crate) fn psql(url: &str, commands: &[&str]) -> Result<String, String> {
    let mut psql = client("psql");
    psql.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]);
    psql.args(commands.iter().flat_map(|sql| ["-c", sql]));
    process::output(&mut psql)
}

/// The command of a client program, which is Debian's for both versions.
pub(crate) fn client(name: &str) -> Command {
    let program = Version::V15.program(name);
    let mut client = Command::new(&program);
    client.env("LD_LIBRARY_PATH", process::library_path(&program));
    client
}

/// The path of a program of Debian: unpacked, or else installed.
fn debian(root: &Path, path: &str) -> PathBuf {
    let unpacked = root.join(path);
    if unpacked.exists() {
        return unpacked;
    }
    Path::new("/").join(path)
}

fn is_ready(process: &Process) -> bool {
    let text = fs::read_to_string(process.folder().join("data/postmaster.pid"));
    text.is_ok_and(|text| {
        text.lines()
            .nth(7)
            .is_some_and(|word| word.trim() == "ready")
    })
}

/// The parent of a process that is there and has not ended.
fn parent_of(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_whitespace();
    let state = words.next()?;
    words.next()?.parse().ok().filter(|_| state != "Z")
}

const USER: &str = "entrada";

const DEBIAN: &str = "usr/lib/postgresql/15/bin";
