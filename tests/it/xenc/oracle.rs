//! Ciphertexts of xmlsec1, an independent implementation that many identity providers rest on.

use std::fs;
use std::process::Command;

use super::*;

/// Declarations stand on the ancestors, where xmlsec1 leaves them behind.
const RESPONSE: &str = r#"<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:t="urn:types"><s:EncryptedAssertion><s:Assertion ID="_1" t:kind="k"><s:Issuer>idp &amp; co</s:Issuer></s:Assertion></s:EncryptedAssertion></p:Response>"#;

/// A template for xmlsec1, which fills in the values.
fn template(content: &str, transport: &str, parameters: &str) -> String {
    let key = format!(
        r#"<EncryptedKey xmlns="{ns}"><EncryptionMethod Algorithm="{transport}">{parameters}</EncryptionMethod><CipherData><CipherValue/></CipherData></EncryptedKey>"#,
        ns = xenc::NAMESPACE,
    );
    format!(
        r#"<EncryptedData xmlns="{ns}" Type="{ns}Element"><EncryptionMethod Algorithm="{content}"/><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">{key}</KeyInfo><CipherData><CipherValue/></CipherData></EncryptedData>"#,
        ns = xenc::NAMESPACE,
    )
}

/// Has xmlsec1 encrypt the assertion of the response, for our first key.
fn xmlsec1(template: &str, session_key: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("template.xml"), template).unwrap();
    fs::write(path("response.xml"), RESPONSE).unwrap();
    fs::write(path("key.pem"), KEYS[0].to_pem()).unwrap();
    let output = Command::new("xmlsec1")
        .args(["--encrypt", "--session-key", session_key])
        .args(["--node-xpath", "//*[local-name()='Assertion']"])
        .arg("--privkey-pem")
        .arg(path("key.pem"))
        .arg("--xml-data")
        .arg(path("response.xml"))
        .arg(path("template.xml"))
        .output()
        .expect("this test needs the program xmlsec1 (Debian package xmlsec1) as its oracle");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

const MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";

#[test]
fn what_xmlsec1_encrypts_opens_in_every_algorithm_that_it_has() {
    let digest = r#"<DigestMethod xmlns="http://www.w3.org/2000/09/xmldsig#" Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>"#;
    let label = "<OAEPparams>bGFiZWw=</OAEPparams>";
    for content in ContentEncryption::ALL {
        for parameters in ["", digest, label, &format!("{label}{digest}")] {
            let template = template(content.uri(), MGF1P, parameters);
            let bits = content.key_bytes() * 8;
            let xml = xmlsec1(&template, &format!("aes-{bits}"));
            let opened = decrypt(&xml, &private(&[0])).unwrap();
            let assertion = opened.unverified();
            assert_eq!(assertion.attribute_ns("urn:types", "kind"), Some("k"));
            assert_opens(&xml, &private(&[0]));
            assert_refused(&xml, &private(&[1]));
        }
    }
}

#[test]
fn what_xmlsec1_encrypts_in_older_algorithms_is_refused() {
    let aes = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
    let des = "http://www.w3.org/2001/04/xmlenc#tripledes-cbc";
    let rsa_1_5 = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";
    for (content, session_key, transport) in [
        (des, "des-192", MGF1P),
        (aes, "aes-128", rsa_1_5),
        (des, "des-192", rsa_1_5),
    ] {
        let xml = xmlsec1(&template(content, transport, ""), session_key);
        assert_refused(&xml, &private(&[0]));
    }
}

/// The other way round: our practice encryptor is no second copy of our own misunderstandings.
#[test]
fn what_we_encrypt_opens_in_xmlsec1() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("key.pem"), KEYS[0].to_pem()).unwrap();
    for content in ContentEncryption::ALL {
        for label in [&b""[..], b"label"] {
            let xml = encrypt(&Encryption {
                content,
                oaep: oaep(OaepDigest::Sha1, OaepDigest::Sha1, label),
                ..Encryption::default()
            });
            fs::write(path("encrypted.xml"), xml).unwrap();
            let output = Command::new("xmlsec1")
                .args(["--decrypt", "--privkey-pem"])
                .args([path("key.pem"), path("encrypted.xml")])
                .output()
                .unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{errors}");
            let opened = String::from_utf8(output.stdout).unwrap();
            assert!(opened.contains("<Issuer>idp &amp; co</Issuer>"));
        }
    }
}
