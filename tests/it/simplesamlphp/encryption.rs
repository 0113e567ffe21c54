//! Encrypted assertions. For a certificate, SimpleSAMLphp itself encrypts with AES-128-CBC and RSA-OAEP alone; the library
//! beneath it knows the other algorithms too, so it encrypts a response that SimpleSAMLphp has signed once for each of them.
//! With a shared key it encrypts by all of its content algorithms, and nothing of that is for us: we share no keys.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::StatusCode;
use serde_json::json;

use super::ALICE;
use super::SimpleSamlPhp;
use super::app::App;
use super::app::is_signed_in;
use super::response_in;
use super::simplesamlphp;
use crate::child;
use crate::child::Child;
use crate::user_agent::Page;
use crate::user_agent::UserAgent;

#[tokio::test]
async fn its_own_encryption_is_decrypted_whatever_is_signed() {
    let mut idp = SimpleSamlPhp::start().await;
    let app = App::start_with_key(&idp).await;
    for (assertion, response) in [(true, false), (false, true), (true, true)] {
        app.register_metadata(
            &mut idp,
            json!({
                "assertion.encryption": true,
                "saml20.sign.assertion": assertion,
                "saml20.sign.response": response,
            }),
        );
        let browser = UserAgent::new();
        let login = browser.open(format!("{}/saml/login", app.base_url)).await;
        let post = idp.sign_in(&browser, &login, ALICE).await;
        let sent = response_in(&post);
        assert!(
            sent.contains("EncryptedAssertion") && !sent.contains(ALICE.mail),
            "{sent}"
        );
        let page = browser.submit(&post).await;
        assert!(is_signed_in(&page), "{assertion} {response} {page:?}");
    }
}

#[tokio::test]
async fn an_encrypted_name_is_decrypted() {
    let mut idp = SimpleSamlPhp::start().await;
    let app = App::start_with_key(&idp).await;
    app.register_metadata(&mut idp, json!({ "nameid.encryption": true }));
    let page = app.sign_on(&idp, &UserAgent::new()).await;
    assert!(is_signed_in(&page), "{page:?}");
}

#[tokio::test]
async fn nothing_is_decrypted_that_nobody_signed() {
    let mut idp = SimpleSamlPhp::start().await;
    let app = App::start_with_key(&idp).await;
    app.register_metadata(
        &mut idp,
        json!({ "assertion.encryption": true, "saml20.sign.assertion": false, "saml20.sign.response": false }),
    );
    let page = app.sign_on(&idp, &UserAgent::new()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{page:?}");
    assert!(!is_signed_in(&page), "{page:?}");
}

#[tokio::test]
async fn each_algorithm_of_its_library_is_decrypted() {
    let site = Site::start().await;
    for content in CONTENT {
        for transport in TRANSPORT {
            let page = site.sign_on(content, transport).await;
            assert!(is_signed_in(&page), "{content} {transport} {page:?}");
        }
    }
}

#[tokio::test]
async fn its_weak_algorithms_are_refused_with_one_code() {
    let site = Site::start().await;
    let under_weak_transport = CONTENT.iter().map(|content| (*content, WEAK_TRANSPORT));
    let weak_content = TRANSPORT.map(|transport| (WEAK_CONTENT, transport));
    for (content, transport) in under_weak_transport.chain(weak_content) {
        let page = site.sign_on(content, transport).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{page:?}");
        assert!(
            page.html.contains("<code>decryption-failed</code>"),
            "{content} {transport} {page:?}"
        );
    }
}

#[test]
fn its_library_encrypts_by_no_other_algorithm_than_those_tested() {
    let output = Command::new("php")
        .args(["-r", LIST])
        .arg(library())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let found = String::from_utf8(output.stdout).unwrap();
    let mut found: Vec<&str> = found.lines().collect();
    found.sort_unstable();
    let weak = [WEAK_CONTENT, WEAK_TRANSPORT];
    let mut tested = [&CONTENT[..], &TRANSPORT, &weak].concat();
    tested.sort_unstable();
    assert_eq!(found, tested);
}

#[tokio::test]
async fn what_is_encrypted_with_a_shared_key_is_refused() {
    let mut idp = SimpleSamlPhp::start().await;
    let app = App::start_with_key(&idp).await;
    for content in CONTENT {
        let bytes = match &content[content.len() - 7..][..3] {
            "128" => 16,
            "192" => 24,
            _ => 32,
        };
        app.register_metadata(
            &mut idp,
            json!({
                "assertion.encryption": true,
                "sharedkey": "k".repeat(bytes),
                "sharedkey_algorithm": format!("http://www.w3.org/{content}"),
            }),
        );
        let page = app.sign_on(&idp, &UserAgent::new()).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{content} {page:?}");
        assert!(
            page.html.contains("<code>decryption-failed</code>"),
            "{content} {page:?}"
        );
    }
}

/// The algorithms for content.
const CONTENT: [&str; 6] = [
    "2001/04/xmlenc#aes128-cbc",
    "2001/04/xmlenc#aes192-cbc",
    "2001/04/xmlenc#aes256-cbc",
    "2009/xmlenc11#aes128-gcm",
    "2009/xmlenc11#aes192-gcm",
    "2009/xmlenc11#aes256-gcm",
];
/// The algorithms for the key of the content.
const TRANSPORT: [&str; 2] = ["2001/04/xmlenc#rsa-oaep-mgf1p", "2009/xmlenc11#rsa-oaep"];
const WEAK_CONTENT: &str = "2001/04/xmlenc#tripledes-cbc";
const WEAK_TRANSPORT: &str = "2001/04/xmlenc#rsa-1_5";

/// An app that gets plain assertions, which are encrypted on the way.
struct Site {
    idp: SimpleSamlPhp,
    app: App,
    certificate: String,
}

impl Site {
    async fn start() -> Site {
        let mut idp = SimpleSamlPhp::start().await;
        let app = App::start_with_key(&idp).await;
        app.register_metadata(&mut idp, json!({ "saml20.sign.response": false }));
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            app.certificate()
        );
        let certificate = app.place.write("recipient.pem", pem);
        Site {
            idp,
            app,
            certificate,
        }
    }

    async fn sign_on(&self, content: &str, transport: &str) -> Page {
        let browser = UserAgent::new();
        let login = browser
            .open(format!("{}/saml/login", self.app.base_url))
            .await;
        let post = self.idp.sign_in(&browser, &login, ALICE).await;
        let encrypted = self.encrypt(&response_in(&post), content, transport);
        assert!(!encrypted.contains(ALICE.mail), "{encrypted}");
        let message = BASE64_STANDARD.encode(encrypted);
        browser.submit(&post.fill("SAMLResponse", &message)).await
    }

    fn encrypt(&self, response: &str, content: &str, transport: &str) -> String {
        let mut php = child::command("php");
        php.arg("-r")
            .arg(ENCRYPT)
            .args([content, transport].map(|name| format!("http://www.w3.org/{name}")))
            .arg(&self.certificate)
            .arg(library());
        let mut php = Child::start(php.stdin(Stdio::piped()).stdout(Stdio::piped()));
        php.stdin
            .take()
            .unwrap()
            .write_all(response.as_bytes())
            .unwrap();
        let output = php.output();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The file that loads the classes of the library.
fn library() -> PathBuf {
    simplesamlphp().join("vendor/autoload.php")
}

const ENCRYPT: &str = include_str!("encrypt.php");
/// Prints what the library has of the namespaces of XML Encryption.
const LIST: &str = r#"
require $argv[1];
$class = new ReflectionClass('RobRichards\XMLSecLibs\XMLSecurityKey');
foreach ($class->getConstants() as $value)
    if (preg_match('~^http://www.w3.org/(.*xmlenc.*)$~', $value, $found)) echo $found[1], "\n";
"#;
