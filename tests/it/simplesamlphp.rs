//! A foreign identity provider: SimpleSAMLphp from the distribution's package, unpacked, run by PHP's own web server on
//! loopback from a folder of the test's own. Shows that nothing in the service provider knows Entra from anyone
//! else; what the service provider makes of its responses is the business of the tests that use it.

mod app;
mod encryption;
mod harness;
mod record;
mod scim_conformance;
mod sign_on;
mod signed_requests;
mod single_logout;

use std::fs;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::StatusCode;
use reqwest::Url;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use tempfile::TempDir;

use crate::child;
use crate::child::Child;
use crate::user_agent::Form;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

/// A running identity provider; it ends when this is dropped.
pub(crate) struct SimpleSamlPhp {
    base_url: Url,
    service_providers: Map<String, Value>,
    _server: Server,
    folder: TempDir,
}

/// A service provider as the identity provider is told about it.
pub(crate) struct ServiceProvider<'a> {
    pub(crate) entity_id: &'a str,
    pub(crate) acs_url: &'a str,
    pub(crate) signed: Signed,
}

/// The elements that the identity provider signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    Assertion,
    Response,
    Both,
    Nothing,
}

/// Someone who can sign in; the attributes stand in `simplesamlphp/authsources.php`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    pub(crate) mail: &'static str,
}

/// Plain values, three groups.
pub(crate) const ALICE: Person = Person {
    username: "alice",
    password: "wonderland",
    mail: "alice@example.org",
};

/// Values with umlauts, markup, line breaks and white space at the ends.
pub(crate) const ZOE: Person = Person {
    username: "zoë",
    password: r#"käse & "brot""#,
    mail: "zoe+<tag>@example.org",
};

impl SimpleSamlPhp {
    /// The identity provider's entity id.
    pub(crate) const ENTITY_ID: &str = "urn:example:foreign-idp";

    /// Starts the identity provider with a fresh key, and waits until it serves its metadata.
    /// It knows no service provider yet.
    pub(crate) async fn start() -> Self {
        let pages = simplesamlphp().join("www");
        assert!(
            pages.exists(),
            "{pages:?} is missing: run `.ci/setup test`, which unpacks SimpleSAMLphp"
        );
        let folder = tempfile::tempdir().unwrap();
        write_configuration(folder.path());
        generate_key(&folder.path().join("cert"));
        let mut server = Server::start(folder.path(), &pages);
        let provider = Self {
            base_url: server.address().await,
            service_providers: Map::new(),
            _server: server,
            folder,
        };
        let metadata = UserAgent::new().open(provider.metadata_url()).await;
        assert_eq!(metadata.status, StatusCode::OK, "{metadata:?}");
        provider
    }

    /// Tells the identity provider about a service provider, from the next request on.
    pub(crate) fn register(&mut self, service_provider: &ServiceProvider<'_>) {
        self.service_providers.insert(
            service_provider.entity_id.to_owned(),
            service_provider.to_json(),
        );
        self.write_service_providers();
    }

    /// Tells it about a service provider by that one's own metadata, which its own reader takes apart. `settings` go
    /// before what the metadata says.
    pub(crate) fn register_metadata(&mut self, entity_id: &str, metadata: &str, settings: Value) {
        let mut entry = settings;
        entry["metadata"] = metadata.into();
        self.service_providers.insert(entity_id.to_owned(), entry);
        self.write_service_providers();
    }

    fn write_service_providers(&self) {
        let file =
            File::create(self.folder.path().join("metadata/service-providers.json")).unwrap();
        serde_json::to_writer(file, &self.service_providers).unwrap();
    }

    /// Gives somebody another address, which their NameID is made of.
    pub(crate) fn rename(&self, person: Person, mail: &str) {
        let path = self.folder.path().join("authsources.php");
        let people = fs::read_to_string(&path).unwrap();
        assert_eq!(people.matches(person.mail).count(), 1, "{people}");
        fs::write(&path, people.replace(person.mail, mail)).unwrap();
    }

    /// The address of its metadata.
    pub(crate) fn metadata_url(&self) -> Url {
        self.base_url.join("saml2/idp/metadata.php").unwrap()
    }

    /// The address at which it takes requests.
    pub(crate) fn sso_url(&self) -> Url {
        self.base_url.join("saml2/idp/SSOService.php").unwrap()
    }

    /// The address at which a person signs out there: of it, and of all service providers. The browser ends up at its
    /// metadata.
    pub(crate) fn logout_url(&self) -> Url {
        let mut url = self
            .base_url
            .join("saml2/idp/SingleLogoutService.php")
            .unwrap();
        url.query_pairs_mut()
            .append_pair("ReturnTo", self.metadata_url().as_str());
        url
    }

    /// Its signing certificate, as a PEM file.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert/idp.pem")
    }

    /// The address at which a person starts a sign-on that no service provider asked for.
    pub(crate) fn unsolicited_url(&self, sp_entity_id: &str, relay_state: &str) -> Url {
        let mut url = self.sso_url();
        url.query_pairs_mut()
            .append_pair("spentityid", sp_entity_id)
            .append_pair("RelayState", relay_state);
        url
    }

    /// Fills in the login page, and returns the form with the response that the browser should post to the ACS.
    pub(crate) async fn sign_in(
        &self,
        user_agent: &UserAgent,
        login: &Page,
        person: Person,
    ) -> Form {
        let credentials = login
            .form()
            .fill("username", person.username)
            .fill("password", person.password);
        user_agent.submit(&credentials).await.form()
    }
}

impl ServiceProvider<'_> {
    fn to_json(&self) -> Value {
        let signs = |element| self.signed == element || self.signed == Signed::Both;
        json!({
            "AssertionConsumerService": self.acs_url,
            "saml20.sign.assertion": signs(Signed::Assertion),
            "saml20.sign.response": signs(Signed::Response),
        })
    }
}

/// The response that a form carries to the ACS, decoded.
pub(crate) fn response_in(post: &Form) -> String {
    let base64 = post.field("SAMLResponse").unwrap();
    String::from_utf8(BASE64_STANDARD.decode(base64).unwrap()).unwrap()
}

fn write_configuration(folder: &Path) {
    for name in ["cert", "metadata", "log", "data", "tmp", "sessions"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    for (name, content) in CONFIGURATION {
        fs::write(folder.join(name), content).unwrap();
    }
}

fn generate_key(folder: &Path) {
    let output = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "2",
        ])
        .args(["-subj", "/CN=a throw-away key of a test"])
        .args(["-keyout", "idp.key", "-out", "idp.pem"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// PHP's web server; it ends when this is dropped.
struct Server {
    process: Child,
    log: PathBuf,
}

impl Server {
    /// Starts it on a port that the system chooses.
    fn start(folder: &Path, pages: &Path) -> Self {
        let log = folder.join("log/php.log");
        let mut php = child::command("php");
        php.args(["-d", "display_errors=0", "-d", "opcache.enable=0"])
            .args(["-S", "127.0.0.1:0", "-t"])
            .arg(pages)
            .env("SIMPLESAMLPHP_CONFIG_DIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap());
        let process = Child::start(&mut php);
        Self { process, log }
    }

    /// Waits until it listens, and reads from its log where.
    async fn address(&mut self) -> Url {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let log = fs::read_to_string(&self.log).unwrap();
            if let Some(address) = announced_address(&log) {
                return address;
            }
            assert!(
                self.process.try_wait().unwrap().is_none(),
                "php ended: {log}"
            );
            assert!(Instant::now() < deadline, "php does not listen: {log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The address in `PHP 8.2.0 Development Server (http://127.0.0.1:34871) started`.
fn announced_address(log: &str) -> Option<Url> {
    let (_, rest) = log.split_once("Development Server (")?;
    let (address, _) = rest.split_once(") started")?;
    Some(Url::parse(address).unwrap())
}

/// Debian's and Ubuntu's package, unpacked.
fn simplesamlphp() -> PathBuf {
    child::unpacked("simplesamlphp").join("usr/share/simplesamlphp")
}

/// Far more than PHP needs, even on a machine that compiles at the same time.
const START_TIMEOUT: Duration = Duration::from_secs(30);

const CONFIGURATION: [(&str, &str); 5] = [
    ("metadata/service-providers.json", "{}"),
    ("config.php", include_str!("simplesamlphp/config.php")),
    (
        "authsources.php",
        include_str!("simplesamlphp/authsources.php"),
    ),
    (
        "metadata/saml20-idp-hosted.php",
        include_str!("simplesamlphp/saml20-idp-hosted.php"),
    ),
    (
        "metadata/saml20-sp-remote.php",
        include_str!("simplesamlphp/saml20-sp-remote.php"),
    ),
];
