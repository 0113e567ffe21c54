//! xmlsec1 as an oracle, an implementation of XML signatures that shares no line with ours: it verifies what we
//! sign, we verify what it signs, and what was tampered with is refused by both. It has no RSA-PSS; for that the
//! `openssl` command verifies the bytes of `SignedInfo`.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::crypto::certificates_from_bytes;
use entrada::dsig::Signer;
use entrada::practice::EntraMetadata;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::UnverifiedResponse;
use entrada::xml::Budget;
use entrada::xml::Document;
use entrada::xml::Element;
use entrada::xml::canonicalize;

use crate::fixtures::Judged;
use crate::fixtures::folder;
use crate::fixtures::manifest;
use crate::fixtures::manifest::Fixture;
use crate::fixtures::manifest::TrustIn;
use crate::fixtures::read;

#[test]
fn xmlsec1_verifies_the_responses_that_we_sign() {
    let scratch = Scratch::new();
    for (algorithm, key) in ALGORITHMS
        .iter()
        .filter(|(algorithm, _)| !is_pss(*algorithm))
    {
        for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
            let xml = response().signed(sign, &signer(key, *algorithm)).unwrap();
            for parent in signed_elements(&xml) {
                assert!(
                    scratch.verifies(&xml, key, &parent),
                    "{algorithm} {sign:?} {parent}"
                );
            }
        }
    }
}

#[test]
fn openssl_verifies_the_pss_signatures_that_we_make() {
    let scratch = Scratch::new();
    for (algorithm, key) in ALGORITHMS
        .iter()
        .filter(|(algorithm, _)| is_pss(*algorithm))
    {
        let xml = response()
            .signed(Sign::Assertion, &signer(key, *algorithm))
            .unwrap();
        assert!(
            scratch.openssl_verifies_pss(&xml, key, *algorithm),
            "{algorithm}"
        );
        let tampered = xml.replacen("#_assertion", "#_assertioN", 1);
        assert!(
            !scratch.openssl_verifies_pss(&tampered, key, *algorithm),
            "{algorithm}"
        );
    }
}

#[test]
fn xmlsec1_verifies_the_metadata_that_we_sign() {
    let scratch = Scratch::new();
    let signer = signer("idp", SignatureAlgorithm::RsaSha256);
    let metadata = EntraMetadata {
        id: "_metadata".to_owned(),
        entity_id: "https://sts.windows.net/contoso/".to_owned(),
        base: "https://login.example.com".to_owned(),
        tenant: "contoso".to_owned(),
        certificates: vec![signer.certificate().clone()],
    };
    let xml = String::from_utf8(metadata.signed(&signer).unwrap()).unwrap();
    assert!(scratch.verifies(&xml, "idp", "EntityDescriptor"));
    let tampered = xml.replace("login.example.com", "login.example.org");
    assert!(!scratch.verifies(&tampered, "idp", "EntityDescriptor"));
}

#[test]
fn xmlsec1_verifies_every_signature_of_the_accepted_fixtures() {
    let scratch = Scratch::new();
    let mut verified = 0;
    for fixture in
        accepted().filter(|fixture| !fixture.file.contains("pss") && !fixture.file.contains("a35"))
    {
        let xml = String::from_utf8(read(&fixture.file)).unwrap();
        for parent in signed_elements(&xml) {
            assert!(
                scratch.verifies(&xml, signing_key(&fixture, &parent), &parent),
                "{} {parent}",
                fixture.file
            );
            verified += 1;
        }
    }
    assert!(verified > 50, "{verified}");
}

#[test]
fn what_was_tampered_with_is_refused_by_both() {
    let scratch = Scratch::new();
    for fixture in accepted()
        .filter(|fixture| !fixture.file.contains("pss") && fixture.file.contains("signed"))
        // The tampered text must be there to be seen.
        .filter(|fixture| !fixture.file.contains("encrypted"))
    {
        let whole = String::from_utf8(read(&fixture.file)).unwrap();
        for (from, to) in TAMPERINGS {
            let tampered = whole.replacen(from, to, 1);
            assert_ne!(tampered, whole, "{from}");
            let ours = Judged::of(&fixture)
                .diagnosis(UnverifiedResponse::from_xml(tampered.clone().into_bytes()));
            assert_eq!(
                ours.refusal().map(|refusal| refusal.check()),
                Some("signature"),
                "{} {from}",
                fixture.file
            );
            let parents = signed_elements(&tampered);
            let theirs = parents
                .iter()
                .all(|parent| scratch.verifies(&tampered, "idp", parent));
            assert!(!theirs, "{} {from}", fixture.file);
        }
    }
}

#[test]
fn we_verify_what_xmlsec1_signs() {
    let scratch = Scratch::new();
    let control = accepted().next().unwrap();
    for (algorithm, key) in ALGORITHMS
        .iter()
        .filter(|(algorithm, _)| !is_pss(*algorithm))
    {
        for (parent, id) in [("Assertion", "_assertion"), ("Response", "_response")] {
            for inclusive in ["", "xs xsi"] {
                let template = template(&response().unsigned().unwrap(), id, *algorithm, inclusive);
                let signed = scratch.sign(&template, key);
                let mut judged = Judged::of(&control);
                judged.trust = Judged::of(&Fixture {
                    trust: all_keys(),
                    ..control.clone()
                })
                .trust;
                let diagnosis =
                    judged.diagnosis(UnverifiedResponse::from_xml(signed.clone().into_bytes()));
                let refusal = diagnosis.refusal();
                assert!(
                    refusal.is_none(),
                    "{algorithm} {parent} {inclusive:?}: {refusal:?}"
                );
                let tampered = signed.replacen("adele", "admin", 1);
                let diagnosis =
                    judged.diagnosis(UnverifiedResponse::from_xml(tampered.into_bytes()));
                assert_eq!(
                    diagnosis.refusal().map(|refusal| refusal.code()),
                    Some("signature-digest")
                );
            }
        }
    }
}

/// A folder for the files that the programs read.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Scratch {
        Scratch(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Tells if xmlsec1 takes the signature that is a child of the only element of this name, with this key
    /// and no other: it does not look for keys in the message.
    fn verifies(&self, xml: &str, key: &str, parent: &str) -> bool {
        let file = self.write("signed.xml", xml.as_bytes());
        let signature = format!("//*[local-name()='{parent}']/*[local-name()='Signature']");
        let output = xmlsec1(
            &[
                "--verify",
                "--enabled-key-data",
                "rsa,ecdsa",
                "--node-xpath",
                &signature,
                "--pubkey-cert-pem",
            ],
            &key_file(key, "crt"),
            &file,
        );
        let said = String::from_utf8_lossy(&output.stderr).into_owned()
            + &*String::from_utf8_lossy(&output.stdout);
        let holds = said.lines().any(|line| line == "OK");
        assert_eq!(holds, output.status.success(), "{said}");
        assert!(
            holds || said.lines().any(|line| line == "FAIL") || said.contains("failed to verify"),
            "{said}"
        );
        holds
    }

    fn sign(&self, template: &str, key: &str) -> String {
        let file = self.write("template.xml", template.as_bytes());
        let output = xmlsec1(&["--sign", "--privkey-pem"], &key_file(key, "pem"), &file);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Tells if openssl takes the value of the only signature for one over the canonical `SignedInfo`.
    fn openssl_verifies_pss(&self, xml: &str, key: &str, algorithm: SignatureAlgorithm) -> bool {
        let document = Document::parse(xml, &Budget::MESSAGE).unwrap();
        let find = |local: &str| {
            document
                .root()
                .descendants()
                .find(|element| element.local() == local)
                .unwrap()
        };
        let mut bytes = String::new();
        canonicalize(find("SignedInfo"), None, &[], &mut bytes).unwrap();
        let message = self.write("signed-info", bytes.as_bytes());
        let value = STANDARD
            .decode(find("SignatureValue").text().unwrap())
            .unwrap();
        let value = self.write("value", &value);
        let public = run(Command::new("openssl")
            .args(["x509", "-noout", "-pubkey", "-in"])
            .arg(key_file(key, "crt")));
        let public = self.write("public.pem", &public.stdout);
        let (digest, salt) = match algorithm {
            SignatureAlgorithm::RsaPssSha256 => ("-sha256", 32),
            SignatureAlgorithm::RsaPssSha384 => ("-sha384", 48),
            _ => ("-sha512", 64),
        };
        let output = run(Command::new("openssl")
            .args([
                "dgst",
                digest,
                "-sigopt",
                "rsa_padding_mode:pss",
                "-sigopt",
                &format!("rsa_pss_saltlen:{salt}"),
            ])
            .arg("-verify")
            .arg(public)
            .arg("-signature")
            .arg(value)
            .arg(message));
        output.status.success()
    }
}

fn xmlsec1(arguments: &[&str], key: &Path, file: &Path) -> Output {
    let mut command = Command::new("xmlsec1");
    command.args(arguments).arg(key);
    for element in IDENTIFIED {
        command.arg("--id-attr:ID").arg(element);
    }
    run(command.arg(file))
}

/// A program that is missing fails the test: without the oracle nothing is proven.
fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| {
        panic!(
            "{:?} is needed, .ci/setup installs it: {error}",
            command.get_program()
        )
    })
}

fn key_file(name: &str, extension: &str) -> PathBuf {
    folder().join(format!("keys/{name}.{extension}"))
}

fn signer(key: &str, algorithm: SignatureAlgorithm) -> Signer {
    let private = SigningKey::from_bytes(&fs::read(key_file(key, "pem")).unwrap()).unwrap();
    let certificate = certificates_from_bytes(&fs::read(key_file(key, "crt")).unwrap())
        .unwrap()
        .remove(0);
    Signer::new(private, certificate, algorithm).unwrap()
}

/// A response that the first control's service provider accepts.
fn response() -> EntraResponse {
    let control = accepted().next().unwrap();
    let issuer = Judged::of(&control).trust.entity_id().to_owned();
    let who = control.principal.unwrap();
    let response = EntraResponse::new(&issuer, &control.sp_entity_id, &control.acs_url)
        .ids("_response", "_assertion")
        .issued(control.at)
        .in_response_to(&control.request.unwrap())
        .name_id("adele & \"friends\"\r\n <Zoë>");
    who.attributes
        .into_iter()
        .fold(response, |response, (name, values)| {
            response.claim(&name, values)
        })
}

/// The response with an empty signature for xmlsec1 to fill in, in the place that the schema has for it.
fn template(xml: &str, id: &str, algorithm: SignatureAlgorithm, inclusive: &str) -> String {
    let start = xml.find(&format!(" ID=\"{id}\"")).unwrap();
    let at = start + xml[start..].find("</Issuer>").unwrap() + "</Issuer>".len();
    let list = match inclusive {
        "" => String::new(),
        list => format!(
            "<InclusiveNamespaces xmlns=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{list}\"/>"
        ),
    };
    let digest = algorithm.digest().uri();
    let signature = format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/><ds:SignatureMethod Algorithm=\"{algorithm}\"/>\
         <ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
         <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">{list}</ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>"
    );
    let typed = format!("{}{signature}{}", &xml[..at], &xml[at..]);
    typed.replacen(
        " xmlns:samlp=",
        " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:samlp=",
        1,
    )
}

/// The local names of the elements that carry a signature.
fn signed_elements(xml: &str) -> Vec<String> {
    let xml = xml.trim_start_matches('\u{FEFF}');
    let document = Document::parse(xml, &Budget::MESSAGE).unwrap();
    let signatures = document
        .root()
        .descendants()
        .filter(|element| element.local() == "Signature");
    signatures
        .filter_map(Element::parent)
        .map(|parent| parent.local().to_owned())
        .collect()
}

/// Accepted fixtures that are XML.
fn accepted() -> impl Iterator<Item = Fixture> {
    let fixtures = manifest().responses.into_iter();
    fixtures.filter(|fixture| fixture.expected == "accepted" && fixture.file.ends_with(".xml"))
}

/// The key that an element of a fixture is signed with. Where the name speaks of one element, the other has another key.
fn signing_key(fixture: &Fixture, parent: &str) -> &'static str {
    for (name, of) in [("-of-assertion", "Assertion"), ("-of-response", "Response")] {
        if fixture.file.contains(name) {
            return if parent == of { "staged" } else { "idp" };
        }
    }
    ["staged", "p256", "p384", "p521"]
        .into_iter()
        .find(|key| fixture.file.contains(key))
        .unwrap_or("idp")
}

fn all_keys() -> TrustIn {
    TrustIn::Metadata("metadata/all-keys.xml".to_owned())
}

fn is_pss(algorithm: SignatureAlgorithm) -> bool {
    use SignatureAlgorithm::*;
    matches!(algorithm, RsaPssSha256 | RsaPssSha384 | RsaPssSha512)
}

/// Every algorithm of the allow-list, with a key for it.
const ALGORITHMS: [(SignatureAlgorithm, &str); 9] = [
    (SignatureAlgorithm::RsaSha256, "idp"),
    (SignatureAlgorithm::RsaSha384, "idp"),
    (SignatureAlgorithm::RsaSha512, "idp"),
    (SignatureAlgorithm::RsaPssSha256, "idp"),
    (SignatureAlgorithm::RsaPssSha384, "idp"),
    (SignatureAlgorithm::RsaPssSha512, "idp"),
    (SignatureAlgorithm::EcdsaSha256, "p256"),
    (SignatureAlgorithm::EcdsaSha384, "p384"),
    (SignatureAlgorithm::EcdsaSha512, "p521"),
];

/// The elements whose `ID` is an identifier, for a program that knows no SAML.
const IDENTIFIED: [&str; 3] = [
    "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
    "urn:oasis:names:tc:SAML:2.0:protocol:Response",
    "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor",
];

/// One change each to what is signed, to the digest and to the signature.
const TAMPERINGS: [(&str, &str); 4] = [
    ("Adele", "Adelf"),
    ("<AttributeStatement>", "<AttributeStatement> "),
    ("rsa-sha256", "rsa-sha512"),
    ("DigestValue>", "DigestValue>AAAA"),
];
