//! The identity provider does what the other tests take for granted: it serves metadata, signs as it was told
//! and posts to the ACS. xmlsec1 is the judge of its signatures.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::ALICE;
use super::Person;
use super::ServiceProvider;
use super::Signed;
use super::SimpleSamlPhp;
use super::response_in;
use crate::user_agent::UserAgent;

const SP: &str = "https://sp.example.org/metadata";
const ACS: &str = "https://sp.example.org/acs";

async fn start(signed: Signed) -> SimpleSamlPhp {
    let mut provider = SimpleSamlPhp::start().await;
    provider.register(&ServiceProvider {
        entity_id: SP,
        acs_url: ACS,
        signed,
    });
    provider
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

/// Asserts that xmlsec1 finds a valid signature in `element`, under this certificate.
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
