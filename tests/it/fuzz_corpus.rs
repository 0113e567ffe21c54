//! Every seed and every find of the fuzz targets, through the same functions that the fuzzer calls.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use entrada::crypto::Certificate;
use entrada::crypto::ContentEncryption;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::dsig;
use entrada::dsig::Signer;
use entrada::practice::Encrypt;
use entrada::practice::Encryption;
use entrada::practice::EntraMetadata;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::MessageId;
use entrada::saml::NameId;
use entrada::saml::logout::LogoutRequest;
use entrada::saml::logout::LogoutResponse;
use entrada::saml::logout::LogoutStatus;
use entrada::saml::redirect::MessageKind;
use entrada::saml::redirect::Outgoing;
use entrada::saml::redirect::request_url;
use entrada::xml::Budget;
use entrada::xml::Document;

use targets::TARGETS;
use targets::database_address;
use targets::decryption;
use targets::head;
use targets::jwt;
use targets::logout;
use targets::mutate::rearranged;
use targets::redirect_signature;
use targets::requery::requeried;
use targets::response;
use targets::token_request;

#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub)]
pub(crate) mod targets;

#[test]
fn every_seed_and_every_find_holds() {
    for (target, body) in TARGETS {
        let seeds = files(&folder("corpus").join(target));
        assert!(!seeds.is_empty(), "the corpus of {target} is missing");
        for file in seeds
            .into_iter()
            .chain(files(&folder("finds").join(target)))
        {
            println!("{}", file.display());
            body(&fs::read(file).unwrap());
        }
    }
}

#[test]
fn the_manifest_of_the_fuzzer_reads_and_names_each_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let bins = manifest["bin"].as_array().unwrap().iter();
    let mut bins: Vec<_> = bins.map(|bin| bin["name"].as_str().unwrap()).collect();
    bins.sort_unstable();
    let mut targets: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    targets.sort_unstable();
    assert_eq!(bins, targets);
}

/// Without this, a pipeline that refuses everything would hold all that the fuzzer asserts.
#[test]
fn the_signed_seeds_are_accepted() {
    for name in [
        "signed-assertion-rsa",
        "signed-response-rsa",
        "signed-both-rsa",
        "signed-assertion-ec",
    ] {
        let seed = folder(&format!("corpus/response/{name}.xml"));
        assert!(response::accepts(&fs::read(seed).unwrap()), "{name}");
    }
    for seed in seeds("decryption") {
        let bytes = fs::read(&seed).unwrap();
        let accepted = decryption::accepts(&bytes) || decryption::accepts_plaintext(&bytes);
        assert!(accepted, "{}", seed.display());
    }
    for seed in seeds("logout") {
        let bytes = fs::read(&seed).unwrap();
        let query = String::from_utf8(bytes.clone()).unwrap();
        let accepted = logout::accepts(&bytes) || logout::accepts_query(&query);
        assert!(accepted, "{}", seed.display());
    }
    for seed in seeds("redirect_signature") {
        let bytes = fs::read(&seed).unwrap();
        assert!(redirect_signature::accepts(&bytes), "{}", seed.display());
    }
    for seed in seeds("token_request") {
        let bytes = fs::read(&seed).unwrap();
        assert!(token_request::accepts(&bytes), "{}", seed.display());
    }
    for seed in seeds("database_address") {
        let bytes = fs::read(&seed).unwrap();
        assert!(database_address::accepts(&bytes), "{}", seed.display());
    }
    for seed in seeds("head") {
        assert!(
            head::accepts(&fs::read(&seed).unwrap()),
            "{}",
            seed.display()
        );
    }
}

#[test]
fn the_seeds_of_tokens_are_accepted_and_with_any_byte_changed_they_are_not() {
    let read = |name| fs::read_to_string(folder("corpus/jwt").join(name)).unwrap();
    let token = read("token.txt");
    assert!(jwt::accepts(token.trim()));
    for at in (0..token.trim().len()).step_by(7) {
        let mut changed = token.trim().as_bytes().to_vec();
        changed[at] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        assert!(!jwt::accepts(&changed), "{changed}");
    }
    assert!(jwt::accepts_claims(&read("claims.json")));
    assert!(!jwt::accepts_claims(&read("claims-audiences.json")));
    assert!(!jwt::accepts_claims(&read("claims-twice.json")));
}

/// Does for a second what the fuzzer does for hours.
#[test]
fn a_rearranged_original_is_refused_or_says_the_same() {
    let accepted = mutants(
        "response/signed-both-rsa.xml",
        rearranged,
        response::accepts,
    );
    // A comment in the right place changes nothing that was signed.
    assert!((1..500).contains(&accepted), "{accepted}");
}

#[test]
fn another_reader_finds_the_same_tree_in_rearranged_originals() {
    let original = fs::read(folder("corpus/response/signed-both-rsa.xml")).unwrap();
    for mutant in (0..1000).filter_map(|seed| rearranged(&original, seed)) {
        targets::xml_tree(&mutant);
    }
    for seed in seeds("xml_tree") {
        let document = fs::read_to_string(seed).unwrap();
        for budget in [Budget::METADATA, Budget::AGGREGATE] {
            Document::parse(&document, &budget).expect("a seed is accepted");
        }
    }
}

#[test]
fn a_rearranged_ciphertext_or_plaintext_is_refused_or_says_the_same() {
    let accepts = decryption::accepts;
    let accepted = mutants("decryption/assertion-signed.xml", rearranged, accepts);
    assert!((1..1000).contains(&accepted), "{accepted}");
    let accepts = decryption::accepts_plaintext;
    let accepted = mutants("decryption/plaintext.xml", rearranged, accepts);
    assert!((1..500).contains(&accepted), "{accepted}");
}

#[test]
fn a_rearranged_logout_is_refused_or_says_the_same() {
    let accepted = mutants("logout/request.xml", rearranged, logout::accepts);
    assert!((1..500).contains(&accepted), "{accepted}");
}

#[test]
fn a_rearranged_query_is_refused_or_says_the_same() {
    let accepts = redirect_signature::accepts;
    let accepted = mutants(
        "redirect_signature/request-relay-state.txt",
        requeried,
        accepts,
    );
    // Parameters in another order, and names of no meaning, change nothing that was signed.
    assert!((1..1000).contains(&accepted), "{accepted}");
}

/// The number of changes to a seed that are accepted, of two thousand.
fn mutants(
    seed: &str,
    mutant: fn(&[u8], u32) -> Option<Vec<u8>>,
    accepts: fn(&[u8]) -> bool,
) -> usize {
    let original = fs::read(folder("corpus").join(seed)).unwrap();
    assert!(accepts(&original), "{seed}");
    let mutants = (0..2000).filter_map(|seed| mutant(&original, seed));
    mutants.filter(|mutant| accepts(mutant)).count()
}

/// The seeds of a target.
fn seeds(target: &str) -> Vec<PathBuf> {
    let seeds = files(&folder("corpus").join(target));
    // The files that the fuzzer adds have no extension.
    seeds
        .into_iter()
        .filter(|seed| seed.extension().is_some())
        .collect()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(name)
}

/// The files of a folder, in order; none if there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Writes the signed seeds and the metadata that trusts them. The keys are thrown away.
#[test]
#[ignore = "writes the seeds anew: cargo test --test it -- --ignored signed_seeds_are_written"]
fn signed_seeds_are_written() {
    let rsa = SigningKey::generate_rsa_2048().unwrap();
    let ec = SigningKey::generate_p256().unwrap();
    let signer = |key: &SigningKey, algorithm| {
        let (start, end) = ("2020-01-01T00:00:00Z", "2060-01-01T00:00:00Z");
        let (start, end) = (start.parse().unwrap(), end.parse().unwrap());
        let certificate = Certificate::self_signed(key, "fuzzing", 1, start, end).unwrap();
        Signer::new(key.clone(), certificate, algorithm).unwrap()
    };
    let rsa_signer = signer(&rsa, SignatureAlgorithm::RsaSha256);
    let ec_signer = signer(&ec, SignatureAlgorithm::EcdsaSha256);

    let metadata = EntraMetadata {
        id: "_metadata".to_owned(),
        entity_id: response::ISSUER.to_owned(),
        base: "https://login.example.com".to_owned(),
        tenant: response::TENANT.to_owned(),
        certificates: vec![
            rsa_signer.certificate().clone(),
            ec_signer.certificate().clone(),
        ],
    };
    let metadata = metadata.signed(&rsa_signer).unwrap();
    write("src/identity-provider.xml", &metadata);
    write("corpus/metadata/entra.xml", &metadata);

    let original = original();
    for (name, sign, signer) in [
        ("signed-assertion-rsa", Sign::Assertion, &rsa_signer),
        ("signed-response-rsa", Sign::Response, &rsa_signer),
        ("signed-both-rsa", Sign::Both, &rsa_signer),
        ("signed-assertion-ec", Sign::Assertion, &ec_signer),
        ("unsigned", Sign::Nothing, &rsa_signer),
    ] {
        let xml = original.signed(sign, signer).unwrap();
        write(&format!("corpus/response/{name}.xml"), xml.as_bytes());
        let url = request_url("", &xml, Some("state"));
        write(
            &format!("corpus/redirect/{name}.txt"),
            url.trim_start_matches('?').as_bytes(),
        );
        let line = format!("\u{1}\u{3}samlp #default\n{xml}");
        write(&format!("corpus/c14n/{name}.txt"), line.as_bytes());
    }
    write_encrypted(&original, &rsa_signer);
    write_logout(&rsa_signer, &ec_signer);
}

/// Encrypted for the service provider of the fixtures: the fuzzer decrypts, but it has no key to sign.
fn write_encrypted(original: &EntraResponse, signer: &Signer) {
    let pem = fs::read(folder("../fixtures/keys/sp.pem")).unwrap();
    let us = SigningKey::from_bytes(&pem).unwrap().verifying_key();
    let signed = original.signed(Sign::Assertion, signer).unwrap();
    let unsigned = original.unsigned().unwrap();
    let encrypt = |content, what, xml: &str| {
        let encryption = Encryption {
            content,
            ..Encryption::default()
        };
        encryption
            .encrypt(xml, what, std::slice::from_ref(&us))
            .unwrap()
    };
    let (cbc, gcm) = (ContentEncryption::Aes256Cbc, ContentEncryption::Aes128Gcm);
    let around = encrypt(gcm, Encrypt::Assertion, &unsigned);
    let around = dsig::sign(&around, RESPONSE_ID, signer).unwrap();
    let name = encrypt(gcm, Encrypt::NameId, &unsigned);
    let name = dsig::sign(&name, response::ASSERTION_ID, signer).unwrap();
    let begin = signed.find("<Assertion").unwrap();
    let end = signed.rfind("</samlp:Response>").unwrap();
    for (name, xml) in [
        (
            "assertion-signed",
            encrypt(cbc, Encrypt::Assertion, &signed),
        ),
        (
            "assertion-signed-gcm",
            encrypt(gcm, Encrypt::Assertion, &signed),
        ),
        ("response-signed", around),
        ("name-id", name),
        ("plaintext", signed[begin..end].to_owned()),
    ] {
        write(&format!("corpus/decryption/{name}.xml"), xml.as_bytes());
    }
}

fn write_logout(rsa: &Signer, ec: &Signer) {
    let issue_instant = response::ISSUED.parse().unwrap();
    let request = LogoutRequest {
        id: MessageId::from_text(logout::REQUEST).unwrap(),
        issue_instant,
        destination: logout::SLO.to_owned(),
        issuer: response::ISSUER.to_owned(),
        name_id: NameId {
            value: response::NAME_ID.to_owned(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_index: Some(logout::SESSIONS[0].to_owned()),
    };
    let another = format!(
        "<samlp:SessionIndex>{}</samlp:SessionIndex></samlp:LogoutRequest>",
        logout::SESSIONS[1]
    );
    let request = request
        .to_xml()
        .unwrap()
        .replace("</samlp:LogoutRequest>", &another);
    let response = LogoutResponse {
        id: MessageId::from_text("_response").unwrap(),
        issue_instant,
        destination: logout::SLO.to_owned(),
        issuer: format!("https://login.microsoftonline.com/{}/", response::TENANT),
        in_response_to: logout::OURS.to_owned(),
        status: LogoutStatus::Partial,
    };
    let response = response.to_xml().unwrap();
    write("src/logout-request.xml", request.as_bytes());
    write("src/logout-response.xml", response.as_bytes());
    let (of_request, of_response) = (MessageKind::Request, MessageKind::Response);
    for (name, kind, message, relay_state, signer) in [
        ("request", of_request, &request, false, rsa),
        ("request-ec", of_request, &request, false, ec),
        ("request-relay-state", of_request, &request, true, rsa),
        ("response", of_response, &response, false, rsa),
        ("response-relay-state", of_response, &response, true, ec),
    ] {
        let outgoing = Outgoing {
            destination: "",
            kind,
            message,
            relay_state: relay_state.then_some(redirect_signature::RELAY_STATE),
        };
        let url = outgoing.signed_url(signer).unwrap();
        let query = url.trim_start_matches('?').as_bytes();
        write(&format!("corpus/redirect_signature/{name}.txt"), query);
        write(&format!("corpus/logout/{name}.txt"), query);
    }
    for (name, id, message) in [
        ("request", logout::REQUEST, &request),
        ("response", "_response", &response),
    ] {
        let signed = dsig::sign(message, id, rsa).unwrap();
        write(&format!("corpus/logout/{name}.xml"), signed.as_bytes());
    }
}

const RESPONSE_ID: &str = "_9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";

fn original() -> EntraResponse {
    let builder = EntraResponse::new(response::ISSUER, response::AUDIENCE, response::ACS)
        .ids(RESPONSE_ID, response::ASSERTION_ID)
        .issued(response::ISSUED.parse().unwrap())
        .in_response_to(response::REQUEST)
        .name_id(response::NAME_ID);
    response::CLAIMS
        .into_iter()
        .fold(builder, |builder, (name, values)| {
            builder.claim(name, values.iter().copied())
        })
}

fn write(path: &str, bytes: &[u8]) {
    let path = folder(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}
