//! A foreign identity provider: SimpleSAMLphp from the distribution's package, run by PHP's own web server on
//! loopback from a folder of the test's own, and the tests that it works at all. Shows that nothing in the
//! service provider knows Entra from anyone else. What the service provider makes of its responses is the
//! business of the tests that use it.

mod record;

use std::fs;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
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

use crate::user_agent::Form;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

/// A running identity provider; it ends when this is dropped.
pub(crate) struct SimpleSamlPhp {
    base_url: Url,
    server: Child,
    folder: TempDir,
}

/// A service provider as the identity provider is told about it.
pub(crate) struct ServiceProvider<'a> {
    pub(crate) entity_id: &'a str,
    pub(crate) acs_url: &'a str,
    pub(crate) signed: Signed,
}

/// Which elements the identity provider signs.
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

    /// Starts the identity provider with a fresh key, known to these service providers alone, and waits until it
    /// serves its metadata.
    pub(crate) async fn start(service_providers: &[ServiceProvider<'_>]) -> Self {
        assert!(
            Path::new(WEB_FOLDER).exists(),
            "{WEB_FOLDER} is missing: run `.ci/setup test`, which installs SimpleSAMLphp"
        );
        let folder = tempfile::tempdir().unwrap();
        write_configuration(folder.path(), service_providers);
        generate_key(&folder.path().join("cert"));
        let (server, base_url) = serve(folder.path()).await;
        let provider = Self {
            base_url,
            server,
            folder,
        };
        let metadata = UserAgent::new().open(provider.metadata_url()).await;
        assert_eq!(metadata.status, StatusCode::OK, "{metadata:?}");
        provider
    }

    /// Where its metadata is.
    pub(crate) fn metadata_url(&self) -> Url {
        self.base_url.join("saml2/idp/metadata.php").unwrap()
    }

    /// Where it takes requests.
    pub(crate) fn sso_url(&self) -> Url {
        self.base_url.join("saml2/idp/SSOService.php").unwrap()
    }

    /// Its signing certificate, as a PEM file.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert/idp.pem")
    }

    /// Where a person starts a sign-on that no service provider asked for.
    pub(crate) fn unsolicited_url(&self, sp_entity_id: &str, relay_state: &str) -> Url {
        let mut url = self.sso_url();
        url.query_pairs_mut()
            .append_pair("spentityid", sp_entity_id)
            .append_pair("RelayState", relay_state);
        url
    }

    /// Fills in the login page, and returns the form with the response that the browser is to post to the ACS.
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

impl Drop for SimpleSamlPhp {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
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

fn write_configuration(folder: &Path, service_providers: &[ServiceProvider<'_>]) {
    for name in ["cert", "metadata", "log", "data", "tmp", "sessions"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    for (name, content) in CONFIGURATION {
        fs::write(folder.join(name), content).unwrap();
    }
    let service_providers: Map<String, Value> = service_providers
        .iter()
        .map(|provider| (provider.entity_id.to_owned(), provider.to_json()))
        .collect();
    let file = File::create(folder.join("metadata/service-providers.json")).unwrap();
    serde_json::to_writer(file, &service_providers).unwrap();
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

/// Starts PHP's web server on a port that the system chooses, and reads from its log which one that is.
async fn serve(folder: &Path) -> (Child, Url) {
    let log = folder.join("log/php.log");
    let mut server = Command::new("php")
        .args([
            "-d",
            "display_errors=0",
            "-S",
            "127.0.0.1:0",
            "-t",
            WEB_FOLDER,
        ])
        .env("SIMPLESAMLPHP_CONFIG_DIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + START_TIMEOUT;
    loop {
        let lines = fs::read_to_string(&log).unwrap();
        if let Some(base_url) = announced_address(&lines) {
            return (server, base_url);
        }
        assert!(server.try_wait().unwrap().is_none(), "php ended: {lines}");
        assert!(Instant::now() < deadline, "php does not listen: {lines}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The address in `PHP 8.2.0 Development Server (http://127.0.0.1:34871) started`.
fn announced_address(log: &str) -> Option<Url> {
    let (_, rest) = log.split_once("Development Server (")?;
    let (address, _) = rest.split_once(") started")?;
    Some(Url::parse(address).unwrap())
}

/// Debian's and Ubuntu's package puts the pages here.
const WEB_FOLDER: &str = "/usr/share/simplesamlphp/www";

/// Far more than PHP needs, even on a machine that compiles at the same time.
const START_TIMEOUT: Duration = Duration::from_secs(30);

const CONFIGURATION: [(&str, &str); 4] = [
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

mod harness {
    use super::*;

    const SP: &str = "https://sp.example.org/metadata";
    const ACS: &str = "https://sp.example.org/acs";

    async fn start(signed: Signed) -> SimpleSamlPhp {
        SimpleSamlPhp::start(&[ServiceProvider {
            entity_id: SP,
            acs_url: ACS,
            signed,
        }])
        .await
    }

    #[tokio::test]
    async fn metadata_holds_the_entity_id_and_the_certificate() {
        let provider = start(Signed::Assertion).await;
        let metadata = UserAgent::new().open(provider.metadata_url()).await.html;
        let pem = fs::read_to_string(provider.certificate()).unwrap();
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        assert!(metadata.contains(&format!(r#"entityID="{}""#, SimpleSamlPhp::ENTITY_ID)));
        assert!(metadata.contains(&base64), "{metadata}");
    }

    #[tokio::test]
    async fn a_wrong_password_gives_no_response() {
        let provider = start(Signed::Assertion).await;
        let browser = UserAgent::new();
        let login = browser.open(provider.unsolicited_url(SP, "")).await;
        let mallory = Person {
            password: "guessed",
            ..ALICE
        };
        let page = provider.sign_in(&browser, &login, mallory).await;
        assert_eq!(page.field("SAMLResponse"), None);
        assert_eq!(page.field("password"), Some(""));
    }

    #[tokio::test]
    async fn a_signed_assertion_is_posted_to_the_acs() {
        signatures_hold(Signed::Assertion, &["Assertion"]).await;
    }

    #[tokio::test]
    async fn a_signed_response_is_posted_to_the_acs() {
        signatures_hold(Signed::Response, &["Response"]).await;
    }

    #[tokio::test]
    async fn a_response_signed_twice_is_posted_to_the_acs() {
        signatures_hold(Signed::Both, &["Response", "Assertion"]).await;
    }

    #[tokio::test]
    async fn an_unsigned_response_is_posted_to_the_acs() {
        signatures_hold(Signed::Nothing, &[]).await;
    }

    async fn signatures_hold(signed: Signed, elements: &[&str]) {
        let provider = start(signed).await;
        let browser = UserAgent::new();
        let login = browser.open(provider.unsolicited_url(SP, "a token")).await;
        let post = provider.sign_in(&browser, &login, ALICE).await;
        assert_eq!(post.action.as_str(), ACS);
        assert_eq!(post.field("RelayState"), Some("a token"));

        let response = response_in(&post);
        let name_id = format!(">{}</saml:NameID>", ALICE.mail);
        assert!(response.contains(&name_id), "{response}");
        assert_eq!(
            response.matches("<ds:SignedInfo>").count(),
            elements.len(),
            "{response}"
        );
        let file = provider.folder.path().join("response.xml");
        fs::write(&file, response).unwrap();
        for element in elements {
            assert_signed(element, &file, &provider.certificate());
        }
    }

    /// xmlsec1 finds a sound signature in `element`, under this certificate.
    fn assert_signed(element: &str, response: &Path, certificate: &Path) {
        let output = Command::new("xmlsec1")
            .args(["--verify", "--node-xpath"])
            .arg(format!(
                "//*[local-name()='{element}']/*[local-name()='Signature']"
            ))
            .args([
                "--id-attr:ID",
                "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
            ])
            .args([
                "--id-attr:ID",
                "urn:oasis:names:tc:SAML:2.0:protocol:Response",
            ])
            .arg("--pubkey-cert-pem")
            .args([certificate, response])
            .output()
            .unwrap();
        assert!(output.status.success(), "{element}: {output:?}");
    }
}
