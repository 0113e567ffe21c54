//! PgBouncer as the tests run it: Debian's 1.18, on a Unix socket, in front of a cluster.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use super::Cluster;
use super::USER;
use super::debian;
use super::process::Process;
use crate::child::unpacked;

/// The time for which a client keeps a connection to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PoolMode {
    Session,
    Transaction,
}

/// A pooler that runs. It ends when this is dropped.
pub(crate) struct PgBouncer {
    process: Process,
}

impl PgBouncer {
    /// Tells if it is here, and says aloud that tests are left out where it is not.
    pub(crate) fn is_installed() -> bool {
        let is_there = program().exists();
        if !is_there {
            eprintln!("NOT RUN: PgBouncer is missing: run .ci/setup test");
        }
        is_there
    }

    /// Starts it in front of all databases of `cluster`, and waits until it listens.
    pub(crate) fn start(cluster: &Cluster, mode: PoolMode) -> PgBouncer {
        let process = Process::new();
        let mode = match mode {
            PoolMode::Session => "session",
            PoolMode::Transaction => "transaction",
        };
        let password = cluster.password().unwrap_or_default();
        process.write("users", &format!("\"{USER}\" \"{password}\"\n"));
        let server = format!(
            "* = host={} port={}",
            cluster.socket_folder().display(),
            cluster.port.unwrap_or(5432)
        );
        let own = process.folder().display();
        let settings = format!(
            "[databases]\n{server}\n[pgbouncer]\npool_mode = {mode}\nlisten_port = 5432\n\
             unix_socket_dir = {own}\nauth_type = trust\nauth_file = {own}/users\nadmin_users = {USER}\n\
             max_client_conn = 400\nignore_startup_parameters = extra_float_digits,options\n"
        );
        process.write("pgbouncer.ini", &settings);
        process.hand_over();
        process.start("TERM", &program(), &["pgbouncer.ini"]);
        let listens = |process: &Process| {
            let socket = process.folder().join(".s.PGSQL.5432");
            UnixStream::connect(socket).is_ok()
        };
        let listening = process.wait_until(listens);
        listening.unwrap_or_else(|log| panic!("{log}"));
        PgBouncer { process }
    }

    /// The URL of a database of the cluster, over the pooler.
    pub(crate) fn url(&self, database: &str) -> String {
        let folder = self.process.folder().display();
        format!("postgres:///{database}?host={folder}&user={USER}")
    }

    /// The log of the pooler.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }
}

fn program() -> PathBuf {
    debian(&unpacked("pgbouncer"), "usr/sbin/pgbouncer")
}
