//! Every form of certificate file, made by the `openssl` command, and read to the same result that the command prints.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::crypto::Fingerprint;
use crate::crypto::KeyError;

fn openssl(folder: &Path, arguments: &str) -> String {
    let output = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output()
        .expect("the tests need the `openssl` command");
    assert!(
        output.status.success(),
        "openssl {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Two certificates and the files that hold them, in every form.
struct Files {
    folder: TempDir,
    one: Vec<u8>,
    two: Vec<u8>,
}

impl Files {
    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }

    /// The result that a file must give: the DER of the first, or of both.
    fn ders(&self, count: usize) -> Vec<&[u8]> {
        [&self.one[..], &self.two[..]][..count].to_vec()
    }
}

static FILES: LazyLock<Files> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &str| openssl(folder.path(), arguments);
    run(
        "req -x509 -newkey rsa:2048 -nodes -keyout one.key -out one.pem -subj /O=Acme/CN=One -days 9",
    );
    run(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout two.key -out two.pem -subj /CN=Two -days 9",
    );
    run("x509 -in one.pem -outform DER -out one.der");
    run("x509 -in two.pem -outform DER -out two.der");
    run("x509 -in one.pem -trustout -addtrust serverAuth -out trusted.pem");
    run("x509 -in one.pem -text -out text.pem");
    run("base64 -in one.der -out one.cer");
    run("crl2pkcs7 -nocrl -certfile one.pem -certfile two.pem -outform DER -out both.p7b");
    run("crl2pkcs7 -nocrl -certfile one.pem -certfile two.pem -out both.p7b.pem");
    run("base64 -in both.p7b -out both.p7b.cer");
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let (one, two) = (read("one.der"), read("two.der"));
    Files { folder, one, two }
});

fn assert_read(form: &str, bytes: &[u8], count: usize) {
    let certificates =
        certificates_from_bytes(bytes).unwrap_or_else(|error| panic!("{form}: {error}"));
    let ders: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
    assert_eq!(ders, FILES.ders(count), "{form}");
}

#[test]
fn every_form_that_openssl_writes_is_read() {
    for (name, count) in [
        ("one.pem", 1),
        ("one.der", 1),
        ("one.cer", 1),
        ("trusted.pem", 1),
        ("text.pem", 1),
        ("both.p7b", 2),
        ("both.p7b.pem", 2),
        ("both.p7b.cer", 2),
    ] {
        assert_read(name, &FILES.read(name), count);
    }
}

#[test]
fn several_blocks_and_what_stands_between_them_are_read() {
    let [key, one, two] = ["one.key", "one.pem", "two.pem"].map(|name| FILES.read(name));
    assert_read("two certificates", &[&one[..], &two].concat(), 2);
    assert_read("key first", &[&key[..], &one, &two].concat(), 2);
    assert_read(
        "text between",
        &[
            b"1 s:CN=One\n",
            &one[..],
            b"\xe9t\xe9 -----\n",
            &two,
            b"end",
        ]
        .concat(),
        2,
    );
}

#[test]
fn text_as_windows_saves_it_is_read() {
    for name in ["one.pem", "one.cer"] {
        let text = String::from_utf8(FILES.read(name))
            .unwrap()
            .replace('\n', "\r\n");
        let marked = format!("\u{feff}{text}");
        assert_read("CRLF", text.as_bytes(), 1);
        assert_read("UTF-8 with a mark", marked.as_bytes(), 1);
        let units = || marked.encode_utf16();
        assert_read(
            "UTF-16LE",
            &units().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
            1,
        );
        assert_read(
            "UTF-16BE",
            &units().flat_map(u16::to_be_bytes).collect::<Vec<_>>(),
            1,
        );
    }
}

#[test]
fn text_that_lost_its_line_breaks_is_read() {
    let pem = String::from_utf8(FILES.read("one.pem")).unwrap();
    assert_read("spaces", pem.replace('\n', " ").as_bytes(), 1);
    assert_read("nothing", pem.replace('\n', "").as_bytes(), 1);
    assert_read("bare", BASE64_STANDARD.encode(&FILES.one).as_bytes(), 1);
}

#[test]
fn what_is_reported_equals_what_openssl_prints() {
    for name in ["one.pem", "two.pem"] {
        let certificate = &certificates_from_bytes(&FILES.read(name)).unwrap()[0];
        let print = |options: &str| {
            let printed = openssl(
                FILES.folder.path(),
                &format!("x509 -in {name} -noout {options}"),
            );
            let (_, value) = printed.trim_end().split_once('=').unwrap();
            value.to_owned()
        };
        assert_eq!(
            certificate.fingerprint().to_string(),
            print("-sha256 -fingerprint")
        );
        assert_eq!(
            certificate.sha1_thumbprint(),
            print("-sha1 -fingerprint").replace(':', "")
        );
        assert_eq!(certificate.serial(), print("-serial"));
        assert_eq!(
            certificate.subject(),
            print("-subject -nameopt oneline,-space_eq")
        );
        assert_eq!(
            certificate.issuer(),
            print("-issuer -nameopt oneline,-space_eq")
        );
        let date = |timestamp: jiff::Timestamp| timestamp.to_string().replace('T', " ");
        assert_eq!(
            date(certificate.not_before()),
            print("-startdate -dateopt iso_8601")
        );
        assert_eq!(
            date(certificate.not_after()),
            print("-enddate -dateopt iso_8601")
        );
    }
}

#[test]
fn the_line_that_openssl_prints_is_read_as_a_fingerprint() {
    let line = openssl(
        FILES.folder.path(),
        "x509 -in one.pem -noout -sha256 -fingerprint",
    );
    assert_eq!(
        Fingerprint::parse(&line),
        Ok(Fingerprint::of_der(&FILES.one))
    );
}

#[test]
fn a_negative_serial_number_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &str| openssl(folder.path(), arguments);
    run(
        "req -x509 -newkey rsa:2048 -nodes -keyout key -out pem -subj /CN=Old -set_serial -0x1234567890abcdef",
    );
    let certificate =
        &certificates_from_bytes(&fs::read(folder.path().join("pem")).unwrap()).unwrap()[0];
    assert_eq!(certificate.serial(), "-1234567890ABCDEF");
    assert_eq!(
        run("x509 -in pem -noout -serial").trim_end(),
        "serial=-1234567890ABCDEF"
    );
}

#[test]
fn a_certificate_with_a_weak_or_foreign_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (new_key, refused) in [
        (
            "rsa:1024",
            (|error| matches!(error, KeyError::RsaSize { bits: 1024 })) as fn(KeyError) -> bool,
        ),
        ("ed25519", |error| matches!(error, KeyError::Kind { .. })),
        ("ec -pkeyopt ec_paramgen_curve:secp256k1", |error| {
            matches!(error, KeyError::Curve { .. })
        }),
    ] {
        openssl(
            folder.path(),
            &format!("req -x509 -newkey {new_key} -nodes -keyout key -out pem -subj /CN=Weak"),
        );
        match certificates_from_bytes(&fs::read(folder.path().join("pem")).unwrap()) {
            Err(CertificateError::Key(error)) => assert!(refused(error), "{new_key}"),
            other => panic!("{new_key}: {other:?}"),
        }
    }
}

#[test]
fn a_file_without_a_certificate_is_refused_with_what_it_holds() {
    for (bytes, text) in [
        (
            FILES.read("one.key"),
            "the file holds no certificate, but a private key, which you keep to yourself (PEM block \"PRIVATE KEY\")",
        ),
        (Vec::new(), "the file holds no certificate"),
        (b" \n".to_vec(), "the file holds no certificate"),
        (
            b"just some text".to_vec(),
            "this is no certificate file: PEM, DER, base64 and PKCS #7 are read",
        ),
        (
            b"<EntityDescriptor/>".to_vec(),
            "this is no certificate file: PEM, DER, base64 and PKCS #7 are read",
        ),
        (
            FILES.one[..400].to_vec(),
            "the certificate is malformed: it is cut off, or no certificate at all",
        ),
        (
            b"-----BEGIN CERTIFICATE-----\nMIIB".to_vec(),
            "the certificate is malformed: a PEM block does not end: there is no line -----END CERTIFICATE-----, so the copy is cut off",
        ),
    ] {
        assert_eq!(
            certificates_from_bytes(&bytes).unwrap_err().to_string(),
            text
        );
    }
}

#[test]
fn more_certificates_or_bytes_than_the_limits_are_refused() {
    let one = FILES.read("one.pem");
    assert_eq!(certificates_from_bytes(&one.repeat(64)).unwrap().len(), 64);
    assert!(matches!(
        certificates_from_bytes(&one.repeat(65)),
        Err(CertificateError::TooMany {
            certificates: 65,
            limit: 64
        })
    ));
    assert!(matches!(
        certificates_from_bytes(&vec![b' '; 1024 * 1024 + 1]),
        Err(CertificateError::TooLarge {
            limit: 1_048_576,
            ..
        })
    ));
}

fn bare(der: &[u8]) -> String {
    BASE64_STANDARD.encode(der)
}

#[test]
fn of_json_only_certificates_that_may_sign_are_read() {
    let (a, b) = (bare(&FILES.one), bare(&FILES.two));
    let key = bare(&FILES.read("one.key"));
    for json in [
        format!(
            r#"{{"keyCredentials":[{{"usage":"Verify","key":"{a}"}},{{"usage":"Encrypt","key":"{b}"}}]}}"#
        ),
        format!(
            r#"{{"keys":[{{"use":"enc","x5c":["{b}"]}},{{"use":"sig","x5c":["{a}","{b}"]}}]}}"#
        ),
        format!(r#"{{"keys":[{{"USE":"Enc","x5c":["{b}"]}},{{"x5c":["{a}"]}}]}}"#),
        format!(
            r#"{{"keys":[{{"key_ops":["wrapKey"],"x5c":["{b}"]}},{{"key_ops":["verify"],"x5c":["{a}"]}}]}}"#
        ),
        format!(r#"{{"x509certMulti":{{"signing":["{a}"],"encryption":["{b}"]}}}}"#),
        format!(r#"{{"encryptionCertificate":"{b}","certificate":"{a}"}}"#),
        format!(r#"{{"csr":"{key}","privateKey":"{key}","spki":"{b}","cer":"{a}"}}"#),
        format!(r#"{{"certificate":"MIIC!damaged","x509cert":"{a}"}}"#),
        format!(r#"{{"certificates":["{key}","{a}","MIIB"]}}"#),
        format!(r#"{{"note":"{b}","key":"{a}"}}"#),
        format!(r#"["{a}"]"#),
    ] {
        assert_read(&json, json.as_bytes(), 1);
    }
    for (json, word) in [
        (
            format!(r#"{{"keyCredentials":[{{"usage":"Encrypt","key":"{a}"}}]}}"#),
            "\"Encrypt\"",
        ),
        (
            format!(r#"{{"keys":[{{"use":"enc","x5c":["{a}"]}}]}}"#),
            "\"enc\"",
        ),
        (format!(r#"{{"certificate":"{key}"}}"#), "\"certificate\""),
        (format!(r#"{{"note":"{a}"}}"#), "JSON of another kind"),
    ] {
        let error = certificates_from_bytes(json.as_bytes()).unwrap_err();
        assert!(
            matches!(error, CertificateError::NoCertificate { .. }),
            "{json}"
        );
        assert!(error.to_string().contains(word), "{error}");
    }
    let mixed = format!(r#"{{"certificate":"MIIC!damaged","cert":"{a}"}}"#);
    let file = certificate_file(mixed.as_bytes()).unwrap();
    assert_eq!(file.passed_over.len(), 1);
    assert!(file.passed_over[0].contains("\"certificate\""), "{file:?}");
}

#[test]
fn of_xml_only_the_first_certificate_of_a_signing_key_is_read() {
    let element = |der: &[u8]| format!("<ds:X509Certificate>{}</ds:X509Certificate>", bare(der));
    let (a, b) = (element(&FILES.one), element(&FILES.two));
    let data = |inner: &str| format!("<ds:X509Data>{inner}</ds:X509Data>");
    let key = |purpose: &str, inner: &str| {
        let data = data(inner);
        format!("<md:KeyDescriptor{purpose}><ds:KeyInfo>{data}</ds:KeyInfo></md:KeyDescriptor>")
    };
    let middle = FILES.one.len() / 2;
    let (head, tail) = (
        bare(&FILES.one[..middle / 3 * 3]),
        bare(&FILES.one[middle / 3 * 3..]),
    );
    for xml in [
        data(&format!("{a}{b}")),
        key("", &format!("{a}{b}")),
        key(" use='signing'", &a) + &key(" use='encryption'", &b),
        key(" use='encryption'", &b) + &key(" use = \"signing\"", &a),
        key(" use='other'", &b) + &key("", &a),
        format!("<?xml version=\"1.0\"?>\n<!-- of Entra -->{a}"),
        format!(
            "<X509Certificate><!-- x -->{head}<!-- > -->&#10;&#xd;&#xA;{tail}</X509Certificate>"
        ),
        format!("<X509Certificate><![CDATA[{head}\n{tail}]]></X509Certificate>"),
    ] {
        assert_read(&xml, xml.as_bytes(), 1);
    }
    let both = data(&a) + &data(&b);
    assert_read(&both, both.as_bytes(), 2);
    let encryption = key(" use=\"encryption\"", &a);
    let error = certificates_from_bytes(encryption.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("for encryption"), "{error}");
    // Metadata is for another reader, even where PEM stands in it.
    let pem = String::from_utf8(FILES.read("one.pem")).unwrap();
    for before in ["", "text "] {
        let metadata = format!("{before}<EntityDescriptor>{pem}</EntityDescriptor>");
        let read = certificates_from_bytes(metadata.as_bytes());
        assert!(
            matches!(read, Err(CertificateError::Unrecognised)),
            "{read:?}"
        );
    }
}

#[test]
fn a_certificate_with_a_broken_date_is_called_damaged() {
    let mut broken = FILES.one.clone();
    let date = broken
        .windows(2)
        .position(|two| two == [0x17, 0x0d])
        .unwrap();
    broken[date + 2..date + 8].copy_from_slice(b"999999");
    let error = certificates_from_bytes(&broken).unwrap_err().to_string();
    assert_eq!(
        error,
        "the certificate is malformed: it is damaged: a date of its validity cannot be read"
    );
}

proptest! {
    #[test]
    fn rubbish_never_panics(bytes: Vec<u8>) {
        let _ = certificates_from_bytes(&bytes);
    }

    #[test]
    fn rubbish_in_known_clothes_never_panics(
        start in prop::sample::select(vec![
            &b"\x30\x82"[..], b"\x30\x80", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"MII",
            b"-----BEGIN CERTIFICATE-----", b"-----BEGIN PKCS7-----", b"-----BEGIN ",
        ]),
        body: Vec<u8>,
        end in prop::sample::select(vec![&b""[..], b"-----END CERTIFICATE-----", b"-----END PKCS7-----", b"-----"]),
    ) {
        let _ = certificates_from_bytes(&[start, &body, end].concat());
    }

    #[test]
    fn a_damaged_file_never_panics(
        name in prop::sample::select(vec!["one.der", "one.pem", "one.cer", "both.p7b", "both.p7b.pem", "trusted.pem"]),
        place: prop::sample::Index,
        byte: u8,
        cut: prop::sample::Index,
    ) {
        let mut bytes = FILES.read(name);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = certificates_from_bytes(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _ = certificates_from_bytes(&bytes);
    }
}
