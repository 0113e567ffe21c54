//! Private keys as admins hand them over: every form is read, and the rest is refused with the command that makes a key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::cli_inputs::encodings;
use crate::cli_inputs::is_in_our_words;
use crate::cli_inputs::openssl;
use crate::cli_inputs::pair;
use crate::cli_inputs::utf_16;
use crate::cli_metadata::sound;
use crate::command_line::Workspace;

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
