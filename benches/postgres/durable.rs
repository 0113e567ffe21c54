//! The server that is measured: a cluster with the settings of a site, the benchmark that comes with PostgreSQL, and the
//! processor time of the server's processes.

use std::fs;
use std::time::Duration;

use crate::Outcome;
use crate::postgres::Cluster;
use crate::postgres::Version;
use crate::postgres::client;
use crate::postgres::psql;

/// A cluster whose commits are on the disk.
pub(crate) struct Durable(Cluster);

impl Durable {
    pub(crate) fn is_installed() -> bool {
        Version::V15.is_installed()
    }

    pub(crate) fn start() -> Durable {
        let builder = SETTINGS
            .iter()
            .fold(Cluster::builder(Version::V15), |builder, (name, value)| {
                builder.setting(name, value)
            });
        Durable(builder.start())
    }

    /// The URL of a new database.
    pub(crate) fn database(&self) -> String {
        self.0.create_database()
    }

    /// Runs SQL as its superuser.
    pub(crate) fn psql(&self, url: &str, sql: &str) -> Outcome<String> {
        Ok(psql(url, &[sql])?)
    }

    /// Sets what the server writes into its log, from now on.
    pub(crate) fn log_statements(&self, which: &str) {
        self.0
            .psql(&format!("ALTER SYSTEM SET log_statement = '{which}'"));
        self.0.psql("SELECT pg_reload_conf()");
    }

    pub(crate) fn log(&self) -> String {
        self.0.log()
    }

    /// Transactions a second of a script of pgbench, by so many clients.
    pub(crate) fn transactions(
        &self,
        url: &str,
        script: &str,
        clients: usize,
        during: Duration,
    ) -> Outcome<f64> {
        let file = tempfile::NamedTempFile::new()?;
        fs::write(file.path(), script)?;
        let mut pgbench = client("pgbench");
        pgbench.args([
            "-n",
            "-M",
            "prepared",
            "-j",
            "2",
            "-c",
            &clients.to_string(),
        ]);
        pgbench.args(["-T", &during.as_secs().to_string()]);
        let output = pgbench.arg("-f").arg(file.path()).arg(url).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rate| rate.split(' ').next()?.parse().ok());
        rate.ok_or_else(|| String::from_utf8_lossy(&output.stderr).into())
    }

    /// The time that all processes of the server have run so far, but for those that have ended; a busy neighbour changes that
    /// less than it changes the clock.
    pub(crate) fn processor_time(&self) -> Duration {
        let run = |id| -> Option<u64> {
            let text = fs::read_to_string(format!("/proc/{id}/schedstat")).ok()?;
            text.split(' ').next()?.parse().ok()
        };
        let nanoseconds = self.0.processes().into_iter().filter_map(run).sum();
        Duration::from_nanos(nanoseconds)
    }
}

/// What the tests' cluster leaves out for speed; else the values of Debian, nearly.
const SETTINGS: [(&str, &str); 6] = [
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("shared_buffers", "256MB"),
    ("min_wal_size", "256MB"),
    ("max_wal_size", "2GB"),
];
