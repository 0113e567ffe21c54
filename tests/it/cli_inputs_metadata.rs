//! Metadata as admins hand it over: every encoding is read, and the rest is refused with what it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::cli_inputs::encodings;
use crate::cli_inputs::is_in_our_words;
use crate::cli_inputs::pair;
use crate::cli_inputs::utf_16;
use crate::cli_metadata::sound;
use crate::command_line::Workspace;

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
