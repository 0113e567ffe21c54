//! The options of a cluster, and its start.

use std::fs;
use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::Cluster;
use super::USER;
use super::Version;
use super::is_ready;
use super::process;
use super::process::Process;

/// The options of a cluster.
#[derive(Clone, Debug)]
pub(crate) struct ClusterBuilder {
    version: Version,
    pub(super) password: Option<&'static str>,
    tcp: bool,
    tls: bool,
    settings: Vec<(String, String)>,
}

impl ClusterBuilder {
    pub(super) fn new(version: Version) -> ClusterBuilder {
        ClusterBuilder {
            version,
            password: None,
            tcp: false,
            tls: false,
            settings: Vec::new(),
        }
    }

    /// Demands this password of everybody, by SCRAM; without it nobody is asked for one.
    pub(crate) fn password(mut self, password: &'static str) -> ClusterBuilder {
        self.password = Some(password);
        self
    }

    /// Listens on a free port of 127.0.0.1 too.
    pub(crate) fn tcp(mut self) -> ClusterBuilder {
        self.tcp = true;
        self
    }

    /// Speaks TLS on its port, with a certificate for `localhost`: see [`Cluster::certificate`].
    pub(crate) fn tls(mut self) -> ClusterBuilder {
        self.tls = true;
        self.tcp()
    }

    /// Changes a setting of the server.
    pub(crate) fn setting(mut self, name: &str, value: &str) -> ClusterBuilder {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it, and waits until it answers.
    pub(crate) fn start(self) -> Cluster {
        let process = self.folder();
        let mut arguments = vec!["-D", "data", "-E", "UTF8", "--locale=C", "-U", USER];
        arguments.extend(["--no-sync", "--no-instructions", "--wal-segsize=1"]);
        if self.password.is_some() {
            arguments.extend(["-A", "scram-sha-256", "--pwfile=password"]);
        } else {
            arguments.extend(["-A", "trust"]);
        }
        process.run(&self.version.program("initdb"), &arguments);
        self.start_in(process)
    }

    /// Makes the folder of a cluster, yet without its files.
    pub(super) fn folder(&self) -> Process {
        let process = Process::new();
        process.write("password", self.password.unwrap_or_default());
        if self.tls {
            make_certificate(process.folder());
        }
        process.hand_over();
        process
    }

    /// Starts the server on the files that are in the folder.
    pub(super) fn start_in(self, process: Process) -> Cluster {
        let settings = process.folder().join("data/postgresql.conf");
        let mut text = fs::read_to_string(&settings).unwrap() + SETTINGS;
        text += &format!(
            "unix_socket_directories = '{}'\n",
            process.folder().display()
        );
        if self.tls {
            text += "ssl = on\nssl_cert_file = '../server.pem'\nssl_key_file = '../server.key'\n";
        }
        for (name, value) in &self.settings {
            text += &format!("{name} = '{value}'\n");
        }
        fs::write(&settings, text).unwrap();
        let mut port = self.draw_port(&settings);
        // The immediate shutdown.
        process.start("QUIT", &self.version.program("postgres"), &["-D", "data"]);
        let mut tries = 1;
        while let Err(log) = process.wait_until(is_ready) {
            assert!(log.contains(PORT_TAKEN) && tries < 5, "{log}");
            tries += 1;
            port = self.draw_port(&settings);
            process.forget_log();
            process.start_again();
        }
        Cluster::new(process, port, self)
    }

    /// Writes a free port into the settings. The last one counts.
    fn draw_port(&self, settings: &Path) -> Option<u16> {
        if !self.tcp {
            return None;
        }
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        let mut file = File::options().append(true).open(settings).unwrap();
        writeln!(file, "listen_addresses = '127.0.0.1'\nport = {port}").unwrap();
        Some(port)
    }
}

/// A key in `server.key`, and its certificate in `server.pem`.
fn make_certificate(folder: &Path) {
    let mut openssl = Command::new("openssl");
    openssl
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256"])
        .args(["-days", "2", "-subj", "/CN=a throw-away key of a test"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .args(["-keyout", "server.key", "-out", "server.pem"])
        .current_dir(folder);
    process::output(&mut openssl).unwrap();
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(folder.join("server.key"), private).unwrap();
}

/// The log of a server whose port another one has.
const PORT_TAKEN: &str = "could not create any TCP/IP sockets";

/// Fast rather than durable, for as many nodes as a test wants, and nothing outside the folder.
const SETTINGS: &str = "
listen_addresses = ''
fsync = off
full_page_writes = off
max_connections = 200
shared_buffers = 32MB
dynamic_shared_memory_type = mmap
jit = off
wal_level = replica
wal_keep_size = 256MB
wal_retrieve_retry_interval = 100ms
hot_standby = on
log_timezone = UTC
timezone = UTC
";
