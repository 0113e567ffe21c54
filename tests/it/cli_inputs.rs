//! Certificates as admins hand them over: every command reads the same forms, and names those that it does not read.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::Certificate;
use entrada::crypto::SigningKey;
use jiff::Timestamp;
use serde_json::json;

use crate::cli_metadata::sound;
use crate::command_line::Ran;
use crate::command_line::Workspace;

pub(crate) fn pair() -> (SigningKey, Certificate) {
    let key = SigningKey::generate_rsa_2048().unwrap();
    let (begin, end) = ("2026-01-01T00:00:00Z", "2049-01-01T00:00:00Z");
    let (begin, end): (Timestamp, Timestamp) = (begin.parse().unwrap(), end.parse().unwrap());
    let certificate = Certificate::self_signed(&key, "Azure", 1, begin, end).unwrap();
    (key, certificate)
}

pub(crate) fn utf_16(text: &str, mark: [u8; 2], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    mark.into_iter()
        .chain(text.encode_utf16().flat_map(unit))
        .collect()
}

/// A text in all the encodings that are read.
pub(crate) fn encodings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8 with a mark", format!("\u{feff}{text}").into_bytes()),
        ("UTF-16LE", utf_16(text, [0xff, 0xfe], u16::to_le_bytes)),
        ("UTF-16BE", utf_16(text, [0xfe, 0xff], u16::to_be_bytes)),
        ("CRLF", text.replace('\n', "\r\n").into_bytes()),
    ]
}

pub(crate) fn openssl(place: &Workspace, arguments: &str) {
    let ran = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(place.path(""))
        .output()
        .expect("the tests need the `openssl` command");
    assert!(ran.status.success(), "{ran:?}");
}

#[test]
fn a_certificate_is_read_in_every_form_by_every_command() {
    let place = Workspace::new();
    let (_, certificate) = pair();
    let (_, other) = pair();
    let (pem, der) = (certificate.to_pem(), certificate.der().to_vec());
    let base64 = STANDARD.encode(&der);
    let wrapped: String = pem
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect::<Vec<_>>()
        .join("\n");
    let jwk = json!({"keys": [{"kty": "RSA", "n": "x", "e": "AQAB", "x5c": [base64, STANDARD.encode(other.der())]}]});
    let graph = json!({"value": [
        {"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64, "displayName": "CN=x"},
        {"type": "AsymmetricX509Cert", "usage": "Sign", "key": base64},
    ]});
    let credentials = json!({"keyCredentials": [{"key": STANDARD.encode(&base64), "keyId": "1"}]});
    let mut forms = encodings(&pem);
    forms.extend(encodings(&base64));
    let texts = [
        ("backslash n", pem.replace('\n', "\\n")),
        ("JSON string", serde_json::to_string(&pem).unwrap()),
        ("en dashes", pem.replace('-', "–")),
        ("em dashes", pem.replace("-----", "—–-")),
        ("minus signs", pem.replace('-', "−")),
        (
            "no-break spaces",
            pem.replace(' ', "\u{a0}").replace('\n', "\u{a0}\n"),
        ),
        ("zero width", pem.replace('\n', "\u{200b}\n")),
        (
            "a mail's quotes",
            pem.lines().map(|line| format!("> > {line}\n")).collect(),
        ),
        (
            "indented",
            pem.lines().map(|line| format!("\t  {line}\n")).collect(),
        ),
        ("blank lines", pem.replace('\n', "\n\n")),
        ("one line", pem.replace('\n', " ")),
        (
            "percent",
            pem.replace(' ', "%20")
                .replace('\n', "%0A")
                .replace('+', "%2B"),
        ),
        ("four hyphens", pem.replace("-----", "----")),
        ("wrapped base64", wrapped.clone()),
        ("quoted base64", format!("\"{base64}\"")),
        ("base64 in curly quotes", format!("“{base64}”")),
        ("zero width in base64", wrapped.replace('\n', "\u{200b}\n")),
        (
            "no last line",
            pem.lines()
                .take_while(|line| !line.contains("END"))
                .collect::<Vec<_>>()
                .join("\n"),
        ),
        (
            "element",
            format!("<X509Certificate>{base64}</X509Certificate>"),
        ),
        (
            "element with a prefix",
            format!(
                "  <ds:X509Certificate xmlns:ds='urn:x'>\n{wrapped}&#13;\n</ds:X509Certificate>"
            ),
        ),
        (
            "PEM in an element",
            format!(
                "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{pem}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            ),
        ),
        ("JWKS", jwk.to_string()),
        ("Graph", graph.to_string()),
        ("Graph, base64 of base64", credentials.to_string()),
        ("metadata", sound(&[&certificate])),
    ];
    forms.extend(texts.map(|(name, text)| (name, text.into_bytes())));
    forms.push((
        "UTF-16 JWKS",
        utf_16(&jwk.to_string(), [0xff, 0xfe], u16::to_le_bytes),
    ));
    forms.push(("DER", der.clone()));
    forms.push(("DER with a line break", [&der[..], b"\r\n"].concat()));
    for (name, bytes) in &forms {
        let file = place.write("form", bytes);
        let ran = place.run(["fingerprint", "--json", &file]);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
        let found = ran.json()["certificates"].as_array().unwrap().len();
        assert_eq!(found, 1, "{name}");
        assert_eq!(
            ran.json()["certificates"][0]["sha256"],
            certificate.fingerprint().to_string()
        );
        let ran = place.run([
            "connection",
            "add",
            "acme",
            "--replace",
            "--certificate",
            &file,
            "--idp-entity-id",
            "urn:idp",
            "--sso-url",
            "https://idp.example/",
        ]);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
    }
}

#[test]
fn several_certificates_are_read_as_several() {
    let place = Workspace::new();
    let all = [pair().1, pair().1];
    let joined: Vec<u8> = all.iter().flat_map(|one| one.der().to_vec()).collect();
    let base64 = all.clone().map(|one| STANDARD.encode(one.der()));
    let forms = [
        joined.clone(),
        STANDARD.encode(&joined).into_bytes(),
        all.clone().map(|one| one.to_pem()).concat().into_bytes(),
        all.clone().map(|one| one.to_pem().replace('\n', "")).concat().into_bytes(),
        json!({"keys": [{"x5c": [base64[0]]}, {"x5c": [base64[1]]}]}).to_string().into_bytes(),
        format!("<X509Data><X509Certificate>{}</X509Certificate></X509Data><X509Data><X509Certificate>{}</X509Certificate></X509Data>", base64[0], base64[1]).into_bytes(),
    ];
    for bytes in forms {
        let file = place.write("several", &bytes);
        let found = place.run(["fingerprint", "--json", &file]).exits(0).json();
        let found: Vec<_> = found["certificates"].as_array().unwrap().clone();
        let found: Vec<&str> = found
            .iter()
            .map(|one| one["sha256"].as_str().unwrap())
            .collect();
        assert_eq!(found, all.clone().map(|one| one.fingerprint().to_string()));
    }
}

#[test]
fn what_is_no_certificate_is_named() {
    let place = Workspace::new();
    let (key, certificate) = pair();
    place.write("key.pem", key.to_pem());
    place.write("cert.pem", certificate.to_pem());
    for command in [
        "pkcs12 -export -inkey key.pem -in cert.pem -passout pass:x -out a.pfx",
        "pkcs8 -topk8 -in key.pem -passout pass:x -out encrypted.pem",
        "pkcs8 -topk8 -in key.pem -passout pass:x -outform DER -out encrypted.der",
        "pkey -in key.pem -outform DER -out key.der",
        "pkey -in key.pem -pubout -out public.pem",
        "pkey -in key.pem -pubout -outform DER -out public.der",
        "req -new -key key.pem -subj /CN=x -out request.pem",
        "req -new -key key.pem -subj /CN=x -outform DER -out request.der",
    ] {
        openssl(&place, command);
    }
    let cut = certificate.to_pem();
    let cut = &cut[..cut.len() / 2];
    place.write("cut.pem", cut);
    let half = &certificate.der()[..300];
    place.write("half.der", half);
    for (name, content, words) in [
        ("a.pfx", None, "PKCS #12"),
        ("encrypted.pem", None, "a private key behind a passphrase"),
        ("encrypted.der", None, "a private key behind a passphrase"),
        ("key.pem", None, "a private key"),
        ("key.der", None, "a private key"),
        ("public.pem", None, "a public key alone"),
        ("public.der", None, "a public key alone"),
        ("request.pem", None, "a certificate request (CSR)"),
        ("request.der", None, "a certificate request (CSR)"),
        ("cut.pem", None, "no line -----END CERTIFICATE-----"),
        ("half.der", None, "cut off"),
        ("a", Some(&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe"[..]), "a picture (PNG)"),
        ("a", Some(b"%PDF-1.7\n%\xe2\xe3"), "a PDF document"),
        ("a", Some(b"PK\x03\x04\x14\0\x06\0\xff"), "a ZIP archive"),
        ("a", Some(b"<!DOCTYPE html><html><body>Sign in</body></html>"), "a web page (HTML)"),
        ("a", Some(b"ssh-rsa AAAAB3NzaC1yc2E user@host"), "an SSH public key"),
        ("a", Some(b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----\n"), "a key of OpenSSH"),
        ("a", Some(b"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"x\",\"e\":\"AQAB\"}]}"), "without x5c"),
        ("a", Some(b"{\"value\":[{\"customKeyIdentifier\":\"AAAA\",\"key\":null}]}"), "$select=keyCredentials"),
        ("a", Some(b"{\"issuer\":\"https://idp.example\"}"), "JSON of another kind"),
        ("a", Some(b"{\"keys\":["), "JSON that does not parse (line 1"),
        ("a", Some(b"BEGIN CERTIFICATE\nMIIB\nEND CERTIFICATE"), "five hyphens"),
        ("a", Some(b"-\0-\0-\0-\0-\0B\0E\0"), "UTF-16 without its mark"),
        ("a", Some(b"\xff\xfe-\0-"), "half a character"),
    ] {
        let file = match content {
            Some(content) => place.write(name, content),
            None => place.path(name),
        };
        let ran = place.run(["fingerprint", &file]).exits(2);
        assert!(ran.stderr.contains(words), "{words}: {ran:?}");
        is_in_our_words(&ran);
        let arguments = ["connection", "add", "acme", "--certificate", &file];
        let idp = ["--idp-entity-id", "urn:idp", "--sso-url", "https://idp.example/"];
        let ran = place.run(arguments.iter().chain(&idp)).exits(2);
        assert!(ran.stderr.contains(words), "{words}: {ran:?}");
        is_in_our_words(&ran);
    }
}

/// Words of the libraries below, which say nothing to an admin.
pub(crate) fn is_in_our_words(ran: &Ran) {
    for word in [
        "Invalid symbol",
        "offset",
        "nom",
        "asn1",
        "invalid utf-8",
        "ErrorStack",
        "InvalidDate",
    ] {
        assert!(!ran.stderr.contains(word), "{word}: {ran:?}");
    }
}
