//! `entrada fingerprint` against the openssl command.

use std::fs;
use std::path::Path;
use std::process::Command;

use entrada::crypto::Certificate;
use entrada::crypto::SigningKey;
use tempfile::TempDir;

use crate::command_line::Workspace;
use crate::command_line::recording;
use crate::command_line::run;
use crate::command_line::run_with_input;

/// Runs openssl in a directory and hands back what it prints.
fn openssl(directory: &Path, arguments: &str) -> String {
    let output = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "openssl {arguments}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A directory with one certificate in every form, as openssl writes it.
fn certificates() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    openssl(
        at,
        "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out a.pem -days 30 -subj /CN=Entra/O=Test",
    );
    openssl(at, "x509 -in a.pem -outform DER -out a.der");
    openssl(at, "base64 -in a.der -out a.cer");
    openssl(at, "crl2pkcs7 -nocrl -certfile a.pem -out a.p7b");
    openssl(
        at,
        "crl2pkcs7 -nocrl -certfile a.pem -outform DER -out a.p7c",
    );
    openssl(at, "x509 -in a.pem -text -out text.pem");
    let base64 = fs::read_to_string(at.join("a.cer")).unwrap();
    let utf16 = base64.encode_utf16().flat_map(u16::to_le_bytes);
    fs::write(
        at.join("utf16.cer"),
        [0xff, 0xfe].into_iter().chain(utf16).collect::<Vec<_>>(),
    )
    .unwrap();
    directory
}

const FORMS: [&str; 7] = [
    "a.pem",
    "a.der",
    "a.cer",
    "a.p7b",
    "a.p7c",
    "text.pem",
    "utf16.cer",
];

#[test]
fn the_sha256_line_equals_that_of_openssl_for_every_form() {
    let directory = certificates();
    let expected = openssl(
        directory.path(),
        "x509 -in a.pem -noout -sha256 -fingerprint",
    );
    for form in FORMS {
        let file = directory.path().join(form);
        let ran = run([Path::new("fingerprint"), &file]).exits(0);
        assert_eq!(
            format!("{}\n", ran.stdout.lines().next().unwrap()),
            expected,
            "{form}"
        );
        let ran = run_with_input(["fingerprint", "-"], &fs::read(file).unwrap()).exits(0);
        assert!(ran.stdout.starts_with(&expected), "{form}: {ran:?}");
    }
}

#[test]
fn the_text_says_what_tells_certificates_apart() {
    let directory = certificates();
    let at = directory.path();
    let sha1 = openssl(at, "x509 -in a.pem -noout -sha1 -fingerprint");
    let sha1 = sha1.trim().rsplit_once('=').unwrap().1.replace(':', "");
    let serial = openssl(at, "x509 -in a.pem -noout -serial");
    let ran = run([Path::new("fingerprint"), &at.join("a.pem")]);
    for part in [
        &sha1,
        "never to trust one",
        serial.trim().trim_start_matches("serial="),
        " days left",
        "CN=Entra",
        "RSA 2048",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn json_has_the_keys_of_the_contract() {
    let directory = certificates();
    let file = directory.path().join("a.pem");
    let ran = run([Path::new("fingerprint"), Path::new("--json"), &file]).exits(0);
    let json = ran.json();
    let certificate = json["certificates"][0].as_object().unwrap();
    for key in [
        "file",
        "sha256",
        "sha1",
        "subject",
        "issuer",
        "serial",
        "not_before",
        "not_after",
        "key",
    ] {
        assert!(certificate[key].is_string(), "{key}: {json}");
    }
    assert_eq!(certificate["file"], file.to_str().unwrap());
    assert_eq!(certificate["sha1"].as_str().unwrap().len(), 40);
}

#[test]
fn metadata_gives_its_signing_certificates() {
    let pem = run(["fingerprint", &recording("certificate.pem")]).exits(0);
    let metadata = run(["fingerprint", &recording("metadata.xml")]).exits(0);
    assert_eq!(pem.stdout, metadata.stdout);
}

#[test]
fn a_file_that_cannot_be_read_exits_2_and_the_others_are_printed() {
    let directory = certificates();
    let (good, key) = (
        directory.path().join("a.pem"),
        directory.path().join("key.pem"),
    );
    let ran = run([Path::new("fingerprint"), &key, &good, Path::new("absent")]).exits(2);
    assert!(ran.stdout.contains("sha256 Fingerprint="), "{ran:?}");
    assert!(
        ran.stderr.contains("no certificate, but a private key"),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("cannot read absent: No such file"),
        "{ran:?}"
    );
    let ran = run([Path::new("fingerprint"), Path::new("--json"), &key, &good]).exits(2);
    assert_eq!(ran.json()["certificates"].as_array().unwrap().len(), 1);
    assert_eq!(ran.json()["errors"].as_array().unwrap().len(), 1);
}

#[test]
fn an_expired_certificate_is_printed_as_such() {
    let directory = tempfile::tempdir().unwrap();
    let key = SigningKey::generate_p256().unwrap();
    let (start, end) = ("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z");
    let old =
        Certificate::self_signed(&key, "old", 1, start.parse().unwrap(), end.parse().unwrap());
    fs::write(directory.path().join("a.pem"), old.unwrap().der()).unwrap();
    let ran = run([Path::new("fingerprint"), &directory.path().join("a.pem")]).exits(0);
    assert!(ran.stdout.contains("EXPIRED "), "{ran:?}");
}

#[test]
fn a_file_with_a_private_key_is_refused_with_what_to_do_instead() {
    let place = Workspace::new();
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys");
    let made = Command::new("openssl")
        .args(["pkcs12", "-export", "-passout", "pass:secret", "-inkey"])
        .arg(keys.join("sp.pem"))
        .arg("-in")
        .arg(keys.join("sp.crt"))
        .args(["-out", &place.path("sp.pfx")])
        .output();
    assert!(made.unwrap().status.success());
    let ran = place.run(["fingerprint", &place.path("sp.pfx")]).exits(2);
    assert!(ran.stderr.contains("holds a private key"), "{ran:?}");
}

#[test]
fn several_identity_providers_are_listed_with_the_flag_that_chooses() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let federation = fixtures.join("metadata/federation.xml");
    let ran = run(["fingerprint", federation.to_str().unwrap()]).exits(2);
    for part in [
        "https://sts.windows.net/ffffffff-",
        "(--entity-id names it)",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn directories_are_read_and_keys_in_them_passed_over() {
    let directory = certificates();
    let folder = directory.path().to_str().unwrap();
    let ran = run(["fingerprint", "--json", folder]).exits(0);
    let json = ran.json();
    let files = json["certificates"].as_array().unwrap().iter();
    let files: Vec<&str> = files
        .map(|one| one["file"].as_str().unwrap().rsplit('/').next().unwrap())
        .collect();
    let expected = [
        "a.cer",
        "a.der",
        "a.p7b",
        "a.p7c",
        "a.pem",
        "text.pem",
        "utf16.cer",
    ];
    assert_eq!(files, expected);
    assert!(json["errors"].is_null() && ran.stderr.is_empty(), "{ran:?}");

    fs::write(directory.path().join("b.cer"), "no certificate").unwrap();
    let ran = run(["fingerprint", "--json", folder]).exits(2);
    assert_eq!(ran.json()["certificates"].as_array().unwrap().len(), 7);
    run(["fingerprint", &format!("{folder}/key.pem")]).exits(2);
    let empty = tempfile::tempdir().unwrap();
    run(["fingerprint", empty.path().to_str().unwrap()]).exits(2);
}
