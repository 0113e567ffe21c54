//! The servers that are measured: the `entrada` binary beside this example, and scim2-server, if it is installed.

use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use entrada::directory::add_credential;
use entrada::ports::Clock;
use entrada::provisioning::CredentialId;
use entrada::provisioning::ScimCredential;
use entrada::provisioning::SecretKind;
use entrada::site::SystemClock;
use entrada::store;
use entrada::token::Token;
use jiff::SignedDuration;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::Outcome;
use crate::client::Target;
use crate::tokens::Client;

/// The place of a site: a folder of its own, and its database.
pub(crate) struct Place {
    folder: PathBuf,
    pub(crate) database: String,
}

impl Place {
    pub(crate) fn new(folder: PathBuf, database: String) -> Place {
        Place { folder, database }
    }

    /// A site whose store is a file in its folder.
    pub(crate) fn with_file(folder: PathBuf) -> Place {
        let database = format!("sqlite:{}", folder.join("entrada.db").display());
        Place::new(folder, database)
    }
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    process: Child,
}

impl Server {
    /// `entrada serve` with the connection `acme`, at a place of its own.
    pub(crate) async fn entrada(place: &Place) -> Outcome<(Server, Target)> {
        let binary = beside("entrada")?;
        let binary = binary.ok_or("build the binary first: cargo build --release")?;
        let database = &place.database;
        std::fs::create_dir_all(&place.folder)?;
        let settings = place.folder.join("connections.toml");
        std::fs::write(&settings, settings_of_acme())?;
        let entrada = || {
            let mut command = Command::new(&binary);
            command
                .env("ENTRADA_DATABASE", database)
                .env("ENTRADA_LOG", "warn");
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let applied = entrada()
            .args(["connection", "apply"])
            .arg(settings)
            .status()?;
        if !applied.success() {
            return Err("the connection could not be added".into());
        }
        let token = token(database).await?;
        let address = free_address()?;
        let mut serve = entrada();
        serve.args(["serve", "--listen", &address.to_string()]);
        serve.args(["--base-url", &format!("http://{address}")]);
        let target = Target {
            address,
            path: "/scim/acme/v2".to_owned(),
            token,
        };
        Ok((Server::start(serve, address).await?, target))
    }

    /// A new OAuth client of the connection `acme`.
    pub(crate) fn client(place: &Place) -> Outcome<Client> {
        let binary = beside("entrada")?;
        let binary = binary.ok_or("build the binary first: cargo build --release")?;
        let mut create = Command::new(binary);
        create.env("ENTRADA_DATABASE", &place.database);
        let made = create
            .args(["client", "create", "acme", "--yes", "--json"])
            .output()?;
        let made: Value = serde_json::from_slice(&made.stdout)?;
        let text = |key: &str| made[key].as_str().map(str::to_owned);
        let (id, secret) = text("client_id")
            .zip(text("client_secret"))
            .ok_or("no client")?;
        Ok(Client { id, secret })
    }

    /// scim2-server from PyPI, which keeps all in memory.
    pub(crate) async fn scim2_server() -> Outcome<Option<(Server, Target)>> {
        let Some(binary) = beside("../scim-clients/bin/scim2-server")? else {
            return Ok(None);
        };
        let address = free_address()?;
        let mut serve = Command::new(binary);
        serve.args([
            "--bearer-token",
            "secret",
            "--port",
            &address.port().to_string(),
        ]);
        serve.stdout(Stdio::null()).stderr(Stdio::null());
        let target = Target {
            address,
            path: String::new(),
            token: "secret".to_owned(),
        };
        Ok(Some((Server::start(serve, address).await?, target)))
    }

    async fn start(mut command: Command, address: SocketAddr) -> Outcome<Server> {
        let server = Server {
            process: command.spawn()?,
        };
        for _ in 0..100 {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("the server does not listen".into())
    }

    /// The memory that the process has, and the most it had, as Linux counts them.
    pub(crate) fn memory(&self) -> Outcome<String> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let megabytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            number
                .and_then(|number| number.parse::<f64>().ok())
                .map(|kib| kib * 1.024 / 1e3)
        };
        let (now, most) = (megabytes("VmRSS:"), megabytes("VmHWM:"));
        let (now, most) = now.zip(most).ok_or("Linux does not say")?;
        Ok(format!(
            "{now:.0} MB resident, {most:.0} MB at most (asked for: under 200 MB)"
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A file by its path from the folder that the binaries are in: `target/release`.
fn beside(path: &str) -> Outcome<Option<PathBuf>> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(Path::parent);
    let file = folder.map(|folder| folder.join(path));
    Ok(file.filter(|file| file.exists()))
}

/// The rate is far above what is measured. Nobody signs on: any certificate will do.
fn settings_of_acme() -> String {
    format!(
        "[[connection]]\nid = \"acme\"\nfingerprint = \"{}\"\nidp-entity-id = \"https://sts.windows.net/acme/\"\n\
         sso-url = \"https://login.example/saml2\"\nscim-rate = 1000000\nscim-burst = 1000000\n",
        "AB".repeat(32)
    )
}

async fn token(database: &str) -> Outcome<String> {
    let (id, secret) = (Token::random()?, Token::random()?);
    let [a, b, c, d, e, f, g, h, ..] = *id.hash().as_bytes();
    let credential = ScimCredential::new(
        CredentialId::from_random([a, b, c, d, e, f, g, h]),
        "acme".parse()?,
        SecretKind::Bearer,
        &secret,
        SignedDuration::from_hours(24),
        SystemClock.now(),
    )?;
    let store = store::open(database).await?;
    add_credential(&*store, &credential).await?;
    Ok(credential.secret_text(&secret))
}

fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
