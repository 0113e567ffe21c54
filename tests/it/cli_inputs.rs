//! Files as people have them: every command reads the same forms, and names those that it does not read.

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

fn pair() -> (SigningKey, Certificate) {
    let key = SigningKey::generate_rsa_2048().unwrap();
    let (begin, end) = ("2026-01-01T00:00:00Z", "2049-01-01T00:00:00Z");
    let (begin, end): (Timestamp, Timestamp) = (begin.parse().unwrap(), end.parse().unwrap());
    let certificate = Certificate::self_signed(&key, "Azure", 1, begin, end).unwrap();
    (key, certificate)
}

fn utf_16(text: &str, mark: [u8; 2], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    mark.into_iter()
        .chain(text.encode_utf16().flat_map(unit))
        .collect()
}

/// A text in all the encodings that are read.
fn encodings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8 with a mark", format!("\u{feff}{text}").into_bytes()),
        ("UTF-16LE", utf_16(text, [0xff, 0xfe], u16::to_le_bytes)),
        ("UTF-16BE", utf_16(text, [0xfe, 0xff], u16::to_be_bytes)),
        ("CRLF", text.replace('\n', "\r\n").into_bytes()),
    ]
}

fn openssl(place: &Workspace, arguments: &str) {
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
fn is_in_our_words(ran: &Ran) {
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

#[test]
fn our_own_key_pair_is_read_in_every_form() {
    let place = Workspace::new();
    let (key, certificate) = pair();
    let (_, other) = pair();
    place.write("key.pem", key.to_pem());
    openssl(&place, "pkey -in key.pem -traditional -out rsa.pem");
    openssl(&place, "pkey -in key.pem -outform DER -out key.der");
    openssl(
        &place,
        "pkey -in key.pem -traditional -outform DER -out rsa.der",
    );
    let pem = certificate.to_pem();
    place.write("cert.pem", &pem);
    place.write("cert.der", certificate.der());
    place.write("chain.pem", format!("{}{pem}", other.to_pem()));
    place.write("both.pem", format!("{}{pem}", key.to_pem().as_str()));
    let mut pairs: Vec<(String, String)> = Vec::new();
    for key in ["key.pem", "rsa.pem", "key.der", "rsa.der", "both.pem"] {
        pairs.push((key.to_owned(), "cert.pem".to_owned()));
    }
    for certificate in ["cert.der", "chain.pem", "both.pem"] {
        pairs.push(("key.pem".to_owned(), certificate.to_owned()));
    }
    for (index, (_, bytes)) in encodings(&key.to_pem()).into_iter().enumerate() {
        place.write(&format!("key{index}"), bytes);
        pairs.push((format!("key{index}"), "cert.pem".to_owned()));
    }
    for (index, (_, bytes)) in encodings(&pem).into_iter().enumerate() {
        place.write(&format!("cert{index}"), bytes);
        pairs.push(("key.pem".to_owned(), format!("cert{index}")));
    }
    for (name, text) in [
        ("escaped", key.to_pem().replace('\n', "\\n")),
        (
            "bare",
            STANDARD.encode(std::fs::read(place.path("key.der")).unwrap()),
        ),
        ("dashes", key.to_pem().replace('-', "–")),
    ] {
        place.write(name, text);
        pairs.push((name.to_owned(), "cert.pem".to_owned()));
    }
    let metadata = place.write("idp.xml", sound(&[&other]));
    let expected = certificate.fingerprint().to_string();
    let is_kept = |id: &str, name: &str| {
        let keys = place.run(["key", "list", id, "--json"]).exits(0).json();
        assert_eq!(keys["keys"][0]["sha256"], expected, "{name}");
    };
    for (index, (key, certificate)) in pairs.iter().enumerate() {
        let id = format!("a{index}");
        let ran = place.run([
            "connection",
            "add",
            &id,
            "--metadata-file",
            &metadata,
            "--sp-key",
            &place.path(key),
            "--sp-cert",
            &place.path(certificate),
        ]);
        assert_eq!(ran.code, 0, "{key}, {certificate}: {ran:?}");
        is_kept(&id, key);
        let settings = format!(
            "[[connection]]\nid = \"b{index}\"\nmetadata-file = \"idp.xml\"\nsp-key = \"{key}\"\nsp-cert = \"{certificate}\"\n"
        );
        let settings = place.write(
            "site.toml",
            utf_16(&settings, [0xff, 0xfe], u16::to_le_bytes),
        );
        place.run(["connection", "apply", &settings]).exits(0);
        is_kept(&format!("b{index}"), key);
    }
}

#[test]
fn what_is_no_private_key_is_named_with_the_command_that_makes_one() {
    let place = Workspace::new();
    let (key, certificate) = pair();
    let (foreign, _) = pair();
    place.write("key.pem", key.to_pem());
    place.write("foreign.pem", foreign.to_pem());
    place.write("cert.pem", certificate.to_pem());
    place.write("cert.der", certificate.der());
    for command in [
        "pkcs12 -export -inkey key.pem -in cert.pem -passout pass:x -out a.pfx",
        "pkcs8 -topk8 -in key.pem -passout pass:x -out encrypted.pem",
        "pkcs8 -topk8 -in key.pem -passout pass:x -outform DER -out encrypted.der",
        "pkey -in key.pem -traditional -aes128 -passout pass:x -out old.pem",
        "pkey -in key.pem -pubout -out public.pem",
        "req -new -key key.pem -subj /CN=x -out request.pem",
    ] {
        openssl(&place, command);
    }
    let ssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n";
    place.write("ssh", ssh);
    place.write("picture", b"\x89PNG\r\n\x1a\n\0\0\xff");
    place.write("rubbish", "no key");
    let metadata = place.write("idp.xml", sound(&[&certificate]));
    for (file, words) in [
        (
            "a.pfx",
            "openssl pkcs12 -in FILE -nocerts -nodes -out key.pem",
        ),
        ("encrypted.pem", "openssl pkey -in FILE -out key.pem"),
        ("encrypted.der", "openssl pkey -in FILE -out key.pem"),
        ("old.pem", "openssl pkey -in FILE -out key.pem"),
        ("public.pem", "a public key alone"),
        ("request.pem", "a certificate request (CSR)"),
        (
            "cert.pem",
            "a certificate, which holds the public key alone",
        ),
        (
            "cert.der",
            "a certificate, which holds the public key alone",
        ),
        ("ssh", "ssh-keygen -p -m PKCS8"),
        ("picture", "a picture (PNG)"),
        ("rubbish", "no key in PEM or DER"),
    ] {
        let file = place.path(file);
        let ran = place
            .run([
                "connection",
                "add",
                "acme",
                "--metadata-file",
                &metadata,
                "--sp-key",
                &file,
                "--sp-cert",
                &place.path("cert.pem"),
            ])
            .exits(2);
        assert!(ran.stderr.contains(words), "{words}: {ran:?}");
        is_in_our_words(&ran);
        let ran = place
            .run([
                "verify",
                &metadata,
                "--metadata",
                &metadata,
                "--sp-entity-id",
                "urn:a",
                "--acs-url",
                "https://a.example/",
                "--sp-key",
                &file,
            ])
            .exits(2);
        assert!(ran.stderr.contains(words), "{words}: {ran:?}");
    }
    let ran = place
        .run([
            "connection",
            "add",
            "acme",
            "--metadata-file",
            &metadata,
            "--sp-key",
            &place.path("foreign.pem"),
            "--sp-cert",
            &place.path("cert.pem"),
        ])
        .exits(2);
    assert!(
        ran.stderr.contains("not the certificate of the key in"),
        "{ran:?}"
    );
}

#[test]
fn metadata_is_read_in_every_encoding_by_every_command() {
    let place = Workspace::new();
    let (_, certificate) = pair();
    let plain = sound(&[&certificate]);
    for declaration in [
        "",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
        "<?xml version='1.0' encoding='UTF-16'?>\n",
    ] {
        let text = format!("{declaration}{plain}");
        for (name, bytes) in encodings(&text) {
            if declaration.contains("UTF-16") && !name.starts_with("UTF-16") {
                continue;
            }
            let file = place.write("idp.xml", bytes);
            for arguments in [
                &["metadata", "show", &file][..],
                &["metadata", "lint", &file],
                &["metadata", "diff", &file, &file],
                &["fingerprint", &file],
                &[
                    "connection",
                    "add",
                    "acme",
                    "--metadata-file",
                    &file,
                    "--replace",
                ],
                &["connection", "refresh", "acme"],
                &["connection", "show", "acme"],
                &[
                    "connection",
                    "update",
                    "acme",
                    "--metadata-file",
                    &file,
                    "--yes",
                ],
            ] {
                let ran = place.run(arguments);
                assert_eq!(ran.code, 0, "{name}, {arguments:?}: {ran:?}");
            }
        }
    }
}

#[test]
fn what_is_no_metadata_is_named() {
    let place = Workspace::new();
    let (_, certificate) = pair();
    let plain = sound(&[&certificate]);
    let good = place.write("good.xml", &plain);
    let escaped = plain.replace('<', "&lt;").replace('>', "&gt;");
    let declared = format!("<?xml version=\"1.0\"?>{plain}");
    let odd = [utf_16(&plain, [0xff, 0xfe], u16::to_le_bytes), vec![0x20]].concat();
    let chrome = format!(
        "This XML file does not appear to have any style information associated with it. The document tree is shown below.\n{plain}"
    );
    for (bytes, words) in [
        (
            format!("\n{declared}").into_bytes(),
            "something stands before the XML declaration",
        ),
        (
            format!(" {declared}").into_bytes(),
            "something stands before the XML declaration",
        ),
        (format!("\u{feff}\u{feff}{declared}").into_bytes(), ""),
        (
            format!("HTTP/1.1 200 OK\n\n{declared}").into_bytes(),
            "text before the first <",
        ),
        (escaped.into_bytes(), "&lt; stands for <"),
        (chrome.into_bytes(), "copied from a browser's view"),
        (
            format!("-{plain}").into_bytes(),
            "copied from a browser's view",
        ),
        (
            format!("▼{plain}").into_bytes(),
            "copied from a browser's view",
        ),
        (
            b"<!DOCTYPE html>\n<html></html>".to_vec(),
            "a web page (HTML)",
        ),
        (certificate.to_pem().into_bytes(), "a certificate"),
        (certificate.der().to_vec(), "a certificate"),
        (
            STANDARD.encode(certificate.der()).into_bytes(),
            "a certificate",
        ),
        (
            b"{\"issuer\":\"https://idp.example\"}".to_vec(),
            "JSON, perhaps the configuration of OpenID Connect",
        ),
        (STANDARD.encode(&declared).into_bytes(), "XML in base64"),
        (b"\x89PNG\r\n\x1a\n\0\0\xff".to_vec(), "a picture (PNG)"),
        (b"PK\x03\x04\x14\0\xff".to_vec(), "a ZIP archive"),
        (odd, "half a character at its end"),
        (
            utf_16(&plain, [0, 0], u16::to_le_bytes)[2..].to_vec(),
            "UTF-16 without its mark",
        ),
        (
            utf_16(&plain, [0, 0], u16::to_be_bytes)[2..].to_vec(),
            "UTF-16 without its mark",
        ),
        ([plain.as_bytes(), b"\n\xe4"].concat(), "(line 2)"),
    ] {
        let file = place.write("idp.xml", &bytes);
        let add = ["connection", "add", "acme", "--metadata-file", &file];
        let verify = [
            "verify",
            &good,
            "--sp-entity-id",
            "a",
            "--acs-url",
            "https://a.example/",
            "--metadata",
            &file,
        ];
        for (arguments, code) in [
            (&["metadata", "show", &file][..], 2),
            (&["metadata", "lint", &file], 1),
            (&add, 2),
            (&verify, 2),
        ] {
            let ran = place.run(arguments).exits(code);
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(said.contains(words), "{words}: {ran:?}");
            is_in_our_words(&ran);
        }
    }
}

#[test]
fn a_secret_in_place_of_something_public_is_named() {
    let place = Workspace::new();
    let (key, certificate) = pair();
    let (pem, public) = (key.to_pem(), certificate.to_pem());
    place.write("key.pem", &pem);
    place.write("cert.pem", &public);
    for command in [
        "pkcs12 -export -inkey key.pem -in cert.pem -passout pass:x -out a.pfx",
        "pkcs8 -topk8 -in key.pem -passout pass:x -out encrypted.pem",
        "pkcs8 -topk8 -in key.pem -passout pass:x -outform DER -out encrypted.der",
        "pkey -in key.pem -outform DER -out key.der",
        "pkcs12 -in a.pfx -passin pass:x -nodes -nocerts -out bag.pem",
        "ecparam -name prime256v1 -genkey -out ec.pem",
        "ec -in ec.pem -outform DER -out ec.der",
    ] {
        openssl(&place, command);
    }
    let base64 = |file: &str| STANDARD.encode(std::fs::read(place.path(file)).unwrap());
    place.write("a.txt", base64("a.pfx"));
    place.write("key.txt", base64("key.der"));
    place.write("dashes.txt", pem.replace('-', "–"));
    place.write("both.pem", format!("{}{}", public, pem.as_str()));
    let good = place.write("good.xml", sound(&[&certificate]));
    let is_told = |arguments: &[&str], code: i32, words: &str| {
        let ran = place.run(arguments).exits(code);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        let told = said.contains(words) && said.contains("keep to yourself");
        assert!(told, "{words}: {arguments:?} {ran:?}");
        is_in_our_words(&ran);
        said
    };
    for (file, words) in [
        ("a.pfx", "PKCS #12 (.pfx, .p12) with a private key in it"),
        ("a.txt", "PKCS #12 (.pfx, .p12) with a private key in it"),
        ("encrypted.pem", "a private key behind a passphrase"),
        ("encrypted.der", "a private key behind a passphrase"),
        ("key.pem", "a private key"),
        ("key.der", "a private key"),
        ("key.txt", "a private key"),
        ("bag.pem", "a private key"),
        ("dashes.txt", "a private key"),
        ("ec.pem", "a private key"),
        ("ec.der", "a private key"),
        ("both.pem", "a private key"),
    ] {
        let file = &place.path(file);
        let own = ["--sp-entity-id", "a", "--acs-url", "https://a.example/"];
        let verify = ["verify", &good, "--metadata", file];
        for (arguments, code) in [
            (&["metadata", "show", file][..], 2),
            (&["metadata", "lint", file], 1),
            (&["metadata", "diff", &good, file], 2),
            (&["connection", "add", "acme", "--metadata-file", file], 2),
            (&[&verify[..], &own[..]].concat(), 2),
        ] {
            let said = is_told(arguments, code, words);
            assert!(said.contains("expected metadata in XML"), "{said}");
        }
        let verify = ["verify", file, "--metadata", &good];
        for arguments in [&["decode", file][..], &[&verify[..], &own[..]].concat()] {
            let said = is_told(arguments, 2, words);
            assert!(said.contains("expected a SAML message"), "{said}");
        }
        // Of a certificate beside its key the certificate is taken, and a PFX has words of its own there.
        if file.ends_with("both.pem") || words.starts_with("PKCS") {
            continue;
        }
        is_told(&["fingerprint", file], 2, words);
    }
    for file in ["a.pfx", "a.txt"] {
        let ran = place.run(["fingerprint", &place.path(file)]).exits(2);
        assert!(ran.stderr.contains("keep it to yourself"), "{ran:?}");
    }
    let ran = place
        .run(["metadata", "show", &place.path("cert.pem")])
        .exits(2);
    let said = ran.stderr;
    assert!(
        said.contains("a certificate") && !said.contains("yourself"),
        "{said}"
    );
}

#[test]
fn lines_of_pem_within_an_element_are_read_and_a_second_certificate_is_told() {
    let place = Workspace::new();
    let all = [pair().1, pair().1];
    let base64 = all.clone().map(|one| STANDARD.encode(one.der()));
    let plain = sound(&[&all[0]]);
    let within = |content: &str| plain.replace(&base64[0], content);
    let sha256 = all[0].fingerprint().to_string();
    for (content, further) in [
        (all[0].to_pem(), 0),
        (all[0].to_pem().replace('\n', "\\n"), 0),
        (all[0].to_pem().replace('-', "–"), 0),
        (base64[0].clone() + "\u{200b}", 0),
        (format!("{}\n{}", all[0].to_pem(), all[1].to_pem()), 1),
        (format!("{}\n{}", base64[0], base64[1]), 1),
        (STANDARD.encode([all[0].der(), all[1].der()].concat()), 1),
    ] {
        let file = place.write("idp.xml", within(&content));
        let shown = place
            .run(["metadata", "show", "--json", &file])
            .exits(0)
            .json();
        assert_eq!(shown["certificates"].as_array().unwrap().len(), 1);
        assert_eq!(shown["certificates"][0]["sha256"], sha256);
        let linted = place.run(["metadata", "lint", "--json", &file]);
        let told = linted.stdout.contains("has 2 certificates in it");
        assert_eq!(told, further == 1, "{linted:?}");
        place
            .run([
                "connection",
                "add",
                "acme",
                "--metadata-file",
                &file,
                "--replace",
            ])
            .exits(0);
    }
}

#[test]
fn why_no_key_is_usable_is_said() {
    let place = Workspace::new();
    let (_, certificate) = pair();
    let plain = sound(&[&certificate]);
    let base64 = STANDARD.encode(certificate.der());
    let public = "<ds:KeyValue/>";
    let (start, end) = ("<ds:X509Data>", "</ds:X509Data>");
    let (from, to) = (
        plain.find(start).unwrap(),
        plain.find(end).unwrap() + end.len(),
    );
    let valueless = format!("{}{public}{}", &plain[..from], &plain[to..]);
    for (document, words) in [
        (
            plain.replace(&base64, "%%%"),
            "the certificate is not valid base64",
        ),
        (plain.replace(&base64, &base64[..400]), "it is cut off"),
        (
            plain.replace(&base64, ""),
            "cut off, or no certificate at all",
        ),
        (
            plain.replace("use='signing'", "use='encryption'"),
            "no KeyDescriptor for signing",
        ),
        (valueless, "a KeyDescriptor without an X509Certificate"),
    ] {
        let file = place.write("idp.xml", document);
        let ran = place
            .run(["connection", "add", "acme", "--metadata-file", &file])
            .exits(3);
        assert!(
            ran.stderr.contains("no usable signing key: ") && ran.stderr.contains(words),
            "{words}: {ran:?}"
        );
        is_in_our_words(&ran);
    }
}

#[test]
fn users_are_imported_from_utf_16() {
    let place = Workspace::new();
    place.add("acme");
    for (name, bytes) in encodings("userName,displayName\njosé,José\n") {
        let file = place.write("users.csv", bytes);
        let ran = place.run(["user", "import", "acme", &file]);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
    }
    let listed = place.run(["user", "list", "--json"]).exits(0).json();
    assert_eq!(listed["users"].as_array().unwrap().len(), 1);
    assert_eq!(listed["users"][0]["user_name"], "josé");
    let odd = [
        utf_16("userName\na\n", [0xff, 0xfe], u16::to_le_bytes),
        vec![0],
    ]
    .concat();
    let file = place.write("users.csv", odd);
    let ran = place.run(["user", "import", "acme", &file]).exits(2);
    assert!(ran.stderr.contains("half a character"), "{ran:?}");
}

/// Characters that the clipboard catches, at an end and within.
const HIDDEN: [&str; 7] = [
    " ", "\t", "\n", "\u{a0}", "\u{200b}", "\u{feff}", "\u{202e}",
];

#[test]
fn what_nobody_sees_is_refused_in_names_and_addresses() {
    let place = Workspace::new();
    let metadata = place.write("idp.xml", sound(&[&pair().1]));
    let pin = "AB".repeat(32);
    let own = ["connection", "add", "acme", "--metadata-file", &metadata];
    let pinned = ["connection", "add", "acme", "--fingerprint", &pin];
    for hidden in HIDDEN {
        let uri = format!("https://app.example/x{hidden}");
        let name = format!("Acme{hidden}");
        let chosen = format!("{hidden}urn:idp");
        let idp = [
            "--idp-entity-id",
            "urn:idp",
            "--sso-url",
            "https://idp.example/",
        ];
        for arguments in [
            [&own[..], &["--sp-entity-id", &uri]].concat(),
            [&own[..], &["--acs-url", &uri]].concat(),
            [&own[..], &["--display-name", &name]].concat(),
            [&own[..], &["--tenant", &name]].concat(),
            [&own[..], &["--idp-entity-id", &chosen]].concat(),
            [&own[..], &["--name-id-format", &uri]].concat(),
            [&own[..], &["--host", &name]].concat(),
            [&own[..], &["--base-url", &uri]].concat(),
            [
                &pinned[..],
                &[
                    "--idp-entity-id",
                    &chosen,
                    "--sso-url",
                    "https://idp.example/",
                ],
            ]
            .concat(),
            [
                &pinned[..],
                &["--idp-entity-id", "urn:idp", "--sso-url", &uri],
            ]
            .concat(),
            [&pinned[..], &idp, &["--slo-url", &uri]].concat(),
            ["connection", "add", "acme", "--metadata-url", &uri].to_vec(),
            [
                "connection",
                "add",
                "acme",
                "--mdq",
                &uri,
                "--idp-entity-id",
                "urn:idp",
            ]
            .to_vec(),
            ["metadata", "show", &metadata, "--entity-id", &chosen].to_vec(),
            [
                "verify",
                &metadata,
                "--metadata",
                &metadata,
                "--sp-entity-id",
                &uri,
                "--acs-url",
                "https://a.example",
            ]
            .to_vec(),
        ] {
            let ran = place.run(&arguments);
            assert!([2, 3].contains(&ran.code), "{arguments:?}: {ran:?}");
        }
        let settings = format!(
            "[[connection]]\nid = \"acme\"\nmetadata-file = \"idp.xml\"\nsp-entity-id = '''{uri}'''\n"
        );
        let settings = place.write("site.toml", settings);
        let ran = place.run(["connection", "apply", &settings]).exits(3);
        let shown = uri.chars().last().unwrap();
        let escaped = match shown {
            ' ' => " \"".to_owned(),
            c if c.is_ascii() => c.escape_default().to_string(),
            c => c.escape_unicode().to_string(),
        };
        assert!(
            ran.stderr
                .contains(&format!("\"https://app.example/x{escaped}")),
            "{ran:?}"
        );
    }
}

#[test]
fn white_space_around_an_entity_id_is_no_part_of_it_and_lint_finds_it() {
    let place = Workspace::new();
    let plain = sound(&[&pair().1]);
    for written in [
        " urn:idp",
        "urn:idp\t",
        "&#10;urn:idp&#13;",
        "\n  urn:idp  \n",
    ] {
        let file = place.write(
            "idp.xml",
            plain.replace("'urn:idp'", &format!("'{written}'")),
        );
        let shown = place
            .run(["metadata", "show", "--json", &file])
            .exits(0)
            .json();
        assert_eq!(shown["entity_id"], "urn:idp", "{written:?}");
        let linted = place.run(["metadata", "lint", "--json", &file]).exits(1);
        assert!(linted.stdout.contains("entity-id-invisible"), "{linted:?}");
        let add = [
            "connection",
            "add",
            "acme",
            "--replace",
            "--metadata-file",
            &file,
        ];
        let chosen = ["--idp-entity-id", "urn:idp"];
        let ran = place.run(add.iter().chain(&chosen)).exits(0);
        assert!(ran.stderr.contains("entity-id-invisible"), "{ran:?}");
    }
    let file = place.write("idp.xml", plain.replace("'urn:idp'", "'urn:idp\u{a0}'"));
    let shown = place
        .run(["metadata", "show", "--json", &file])
        .exits(0)
        .json();
    assert_eq!(shown["entity_id"], "urn:idp\u{a0}");
    let linted = place.run(["metadata", "lint", &file]).exits(1);
    assert!(linted.stdout.contains("\\u{a0}"), "{linted:?}");
}

/// A store of an earlier version may hold such a name.
#[test]
fn a_name_that_is_stored_with_what_nobody_sees_is_found_by_check() {
    let place = Workspace::new();
    let metadata = place.write("idp.xml", sound(&[&pair().1]));
    let add = ["connection", "add", "acme", "--metadata-file", &metadata];
    let own = ["--sp-entity-id", "https://app.example/x"];
    place.run(add.iter().chain(&own)).exits(0);
    let database = rusqlite::Connection::open(place.path("entrada.db")).unwrap();
    let changed = database
        .execute(
            "UPDATE connections SET document = replace(document, 'https://app.example/x', 'https://app.example/x' || char(8203))",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(database);
    let ran = place.run(["check", "--offline"]).exits(1);
    let expected = "found \"https://app.example/x\\u{200b}\"";
    assert!(ran.stdout.contains(expected), "{ran:?}");
}
