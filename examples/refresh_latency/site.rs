//! The `entrada` binary beside this example, on a store of its own, with one connection for sign-ons and one that is
//! refreshed each second.

use std::cell::Cell;
use std::cell::RefCell;
use std::error::Error;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use entrada::dsig::Signer;
use entrada::practice::EntraMetadata;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::claim;
use entrada::saml::post::PostForm;
use jiff::Timestamp;
use tempfile::TempDir;

use crate::publisher::Publisher;
use crate::publisher::signer;

const TENANT: &str = "11111111-2222-3333-4444-555555555555";

pub(crate) struct Site {
    binary: PathBuf,
    folder: TempDir,
    address: SocketAddr,
    signer: Signer,
    next: Cell<usize>,
    process: RefCell<Option<Child>>,
}

impl Site {
    /// Finds the binary and a free port.
    pub(crate) fn prepare() -> Result<Site, Box<dyn Error>> {
        let own = std::env::current_exe()?;
        let target = own.parent().and_then(|folder| folder.parent());
        let binary = target.map(|folder| folder.join("entrada"));
        let binary = binary
            .filter(|file| file.exists())
            .ok_or("build the binary first: cargo build --release")?;
        Ok(Site {
            binary,
            folder: tempfile::tempdir()?,
            address: TcpListener::bind("127.0.0.1:0")?.local_addr()?,
            signer: signer()?,
            next: Cell::new(0),
            process: RefCell::new(None),
        })
    }

    /// Writes the settings: two connections, and a refresh each second.
    pub(crate) fn connect(&self, publisher: &Publisher) -> Result<(), Box<dyn Error>> {
        let metadata = EntraMetadata {
            id: "_metadata".to_owned(),
            entity_id: issuer(),
            base: "https://login.example".to_owned(),
            tenant: TENANT.to_owned(),
            certificates: vec![self.signer.certificate().clone()],
        };
        let folder = self.folder.path();
        fs::write(folder.join("acme.xml"), metadata.signed(&self.signer)?)?;
        fs::write(folder.join("federation.pem"), publisher.signer_pem())?;
        let settings = format!(
            "listen = '{address}'\nbase-url = 'http://{address}'\n\
             [metadata-refresh]\ninterval = 1\nfloor = 1\n\
             [[connection]]\nid = 'acme'\nmetadata-file = 'acme.xml'\nallow-idp-initiated = true\n\
             [[connection]]\nid = 'uni'\nmetadata-url = '{}'\nidp-entity-id = '{}'\nmetadata-signer = 'federation.pem'\n",
            publisher.url(),
            publisher.entity_id(),
            address = self.address,
        );
        Ok(fs::write(folder.join("site.toml"), settings)?)
    }

    pub(crate) fn start(&self) -> Result<SocketAddr, Box<dyn Error>> {
        let folder = self.folder.path();
        let database = format!("sqlite:{}", folder.join("entrada.db").display());
        let mut process = Command::new(&self.binary)
            .args(["serve", "--config"])
            .arg(folder.join("site.toml"))
            .env("ENTRADA_DATABASE", database)
            .env("ENTRADA_LOG", "error")
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let stdout = process.stdout.take().ok_or("no output")?;
        self.process.replace(Some(process));
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        match line.is_empty() {
            true => Err("the server does not start".into()),
            false => Ok(self.address),
        }
    }

    /// Requests that post a response each, ready to be sent.
    pub(crate) fn requests(&self, count: usize) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
        let begin = self.next.get();
        self.next.set(begin + count);
        (begin..begin + count)
            .map(|number| Ok(request(&self.response(number)?)))
            .collect()
    }

    fn response(&self, number: usize) -> Result<String, Box<dyn Error>> {
        let base = format!("http://{}/saml/acme", self.address);
        let response = EntraResponse::new(
            &issuer(),
            &format!("{base}/metadata"),
            &format!("{base}/acs"),
        )
        .ids(&format!("_r{number}"), &format!("_a{number}"))
        .issued(Timestamp::now())
        .name_id("adele.vance@contoso.example")
        .claim(claim::TENANT_ID, [TENANT]);
        Ok(response.signed(Sign::Assertion, &self.signer)?)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(process) = self.process.get_mut() {
            // It may be gone already.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn issuer() -> String {
    format!("https://sts.windows.net/{TENANT}/")
}

fn request(xml: &str) -> Vec<u8> {
    let form = PostForm::response("", xml, None);
    let field: String = url::form_urlencoded::byte_serialize(form.message.as_bytes()).collect();
    let body = format!("SAMLResponse={field}&RelayState=");
    let head = format!(
        "POST /saml/acme/acs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body.into_bytes()].concat()
}
