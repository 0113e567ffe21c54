//! Every seed and every find of the fuzz targets, through the same functions that the fuzzer calls.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use entrada::crypto::Certificate;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::dsig::Signer;
use entrada::practice::EntraMetadata;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::redirect::request_url;

use targets::TARGETS;
use targets::response;

#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub)]
mod targets;

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
}

/// What the fuzzer does for hours, for a second.
#[test]
fn a_rearranged_original_is_refused_or_says_the_same() {
    let original = fs::read(folder("corpus/response/signed-both-rsa.xml")).unwrap();
    let mut accepted = 0;
    for seed in 0..2000 {
        if let Some(mutant) = targets::mutate::rearranged(&original, seed) {
            accepted += u32::from(response::accepts(&mutant));
        }
    }
    // A comment in the right place changes nothing that was signed.
    assert!((1..500).contains(&accepted), "{accepted}");
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
}

fn original() -> EntraResponse {
    let builder = EntraResponse::new(response::ISSUER, response::AUDIENCE, response::ACS)
        .ids(
            "_9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
            response::ASSERTION_ID,
        )
        .issued(response::ISSUED.parse().unwrap())
        .in_response_to(response::REQUEST)
        .name_id(response::NAME_ID);
    response::CLAIMS
        .into_iter()
        .fold(builder, |builder, (name, values)| {
            builder.claim(name, values.iter().copied())
        })
}

fn write(path: &str, octets: &[u8]) {
    let path = folder(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, octets).unwrap();
}
