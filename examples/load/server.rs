//! The `entrada` binary beside this example, on a store of its own.

use std::error::Error;
use std::io::BufRead;
use std::io::BufReader;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

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
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
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
        let mut process = command.spawn()?;
        let stdout = process.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        Ok(Running {
            process,
            address: self.address,
        })
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
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
