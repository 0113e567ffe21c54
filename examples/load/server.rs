//! The servers: the `entrada` binary beside this example, on a store of its own, and the least that a server could do.

use std::error::Error;
use std::io::BufRead;
use std::io::BufReader;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;

/// A server that is not started yet.
pub(crate) struct Server {
    binary: PathBuf,
    folder: TempDir,
    address: SocketAddr,
}

impl Server {
    /// Finds the binary and a free port.
    pub(crate) fn prepare() -> Result<Server, Box<dyn Error>> {
        let own = std::env::current_exe()?;
        let binary = own
            .parent()
            .and_then(|folder| folder.parent())
            .map(|folder| folder.join("entrada"));
        let binary = binary
            .filter(|file| file.exists())
            .ok_or("build the binary first: cargo build --release")?;
        let address = free_address()?;
        Ok(Server {
            binary,
            folder: tempfile::tempdir()?,
            address,
        })
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds the connection `acme`.
    pub(crate) fn connect(&self, metadata: &[u8]) -> Result<(), Box<dyn Error>> {
        let file = self.folder.path().join("metadata.xml");
        std::fs::write(&file, metadata)?;
        let mut command = self.entrada();
        command
            .args([
                "connection",
                "add",
                "acme",
                "--allow-idp-initiated",
                "--metadata-file",
            ])
            .arg(file);
        match command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?
            .success()
        {
            true => Ok(()),
            false => Err("the connection could not be added".into()),
        }
    }

    pub(crate) fn start(&self) -> Result<Running, Box<dyn Error>> {
        let mut command = self.entrada();
        command.args([
            "serve",
            "--listen",
            &self.address.to_string(),
            "--base-url",
            &self.base_url(),
        ]);
        command
            .env("ENTRADA_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        Running::spawn(command, self.address)
    }

    fn entrada(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.env(
            "ENTRADA_DATABASE",
            format!("sqlite:{}", self.folder.path().join("entrada.db").display()),
        );
        command
    }
}

/// A server that runs until it is dropped.
pub(crate) struct Running {
    process: Child,
    address: SocketAddr,
}

impl Running {
    /// The bare server of this example, in a process of its own as `serve` is.
    pub(crate) fn bare() -> Result<Running, Box<dyn Error>> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(BARE)
            .arg(address.to_string())
            .stdout(Stdio::piped());
        Running::spawn(command, address)
    }

    /// Starts a server and waits for its first line, which says that it listens.
    fn spawn(mut command: Command, address: SocketAddr) -> Result<Running, Box<dyn Error>> {
        let mut process = command.spawn()?;
        let stdout = process.stdout.take().ok_or("no output")?;
        let running = Running { process, address };
        BufReader::new(stdout).read_line(&mut String::new())?;
        Ok(running)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The time that all threads of the server have run so far; a busy neighbour changes that less than it changes the
    /// clock.
    pub(crate) fn processor_time(&self) -> Result<Duration, Box<dyn Error>> {
        let mut total = Duration::ZERO;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let nanoseconds = text.split(' ').next().ok_or("an empty schedstat")?;
            total += Duration::from_nanos(nanoseconds.parse()?);
        }
        Ok(total)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_address() -> Result<SocketAddr, Box<dyn Error>> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// The argument by which this example is the bare server.
pub(crate) const BARE: &str = "--bare-server";
