//! The whole manifest of fixtures, judged by both sides.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::DecryptionKey;
use entrada::metadata::IdpMetadata;
use entrada::metadata::Trust;
use entrada::saml::ClockSkew;
use entrada::saml::ExpectedRequest;
use entrada::saml::MessageId;
use entrada::saml::ServiceProvider;
use entrada::xenc::DecryptionKeys;
use openssl::pkey::PKey;

use crate::differences::DIFFERENCES;
use crate::differences::Kind;
use crate::manifest::Fixture;
use crate::manifest::Manifest;
use crate::manifest::TrustIn;
use crate::sides::Ours;
use crate::sides::Theirs;
use crate::sides::Who;
use crate::used_keys::UsedKeys;

#[test]
fn both_sides_agree_on_every_fixture_or_the_table_says_why_not() {
    // samael descends by recursion, and one of the fixtures overflows the stack that a thread has by default.
    let judge = std::thread::Builder::new().stack_size(DEEP);
    judge.spawn(compare).unwrap().join().unwrap();
}

fn compare() {
    let mut compared = 0;
    let mut found = BTreeSet::new();
    let mut unexplained = Vec::new();
    for fixture in manifest().responses {
        let Some(difference) = difference(&fixture) else {
            compared += 1;
            continue;
        };
        let (kind, file, detail) = difference;
        match explained(kind, &file) {
            true => drop(found.insert(file)),
            false => unexplained.push(format!("{kind:?} {file}: {detail}")),
        }
    }
    assert!(unexplained.is_empty(), "\n{}", unexplained.join("\n"));
    assert!(compared > 100, "{compared}");
    let gone: Vec<_> = DIFFERENCES
        .iter()
        .flat_map(|class| class.fixtures)
        .filter(|file| !found.contains(**file))
        .collect();
    assert!(gone.is_empty(), "no longer different: {gone:#?}");
}

#[test]
fn the_table_has_each_fixture_once_and_a_reason_for_each_class() {
    let mut seen = BTreeSet::new();
    for class in DIFFERENCES {
        assert!(!class.reason.is_empty());
        for file in class.fixtures {
            assert!(seen.insert(file), "{file} is there twice");
        }
    }
}

/// The fixture of `signature-canonical-form` takes more than 2 MiB of a debug build, and less than 8.
const DEEP: usize = 64 * 1024 * 1024;

fn explained(kind: Kind, file: &str) -> bool {
    DIFFERENCES
        .iter()
        .any(|class| class.kind == kind && class.fixtures.contains(&file))
}

/// The difference of the two sides on a fixture; `None` where they agree, or samael cannot express the trust.
fn difference(fixture: &Fixture) -> Option<(Kind, String, String)> {
    let (ours, theirs) = sides(fixture)?;
    let field = field(fixture);
    for _ in 0..fixture.posted_before {
        ours.judge(&field).unwrap();
    }
    let (kind, detail) = match (ours.judge(&field), theirs.judge(&field)) {
        (Ok(we), Ok(they)) if we == they => return None,
        (Err(_), Err(_)) => return None,
        (Ok(we), Ok(they)) => (Kind::AnotherPerson, format!("{we:?} {they:?}")),
        (Ok(_), Err(error)) => (Kind::TheyRefuse, error),
        (Err(_), Ok(they)) if !was_signed(&they) => (Kind::AnotherPerson, format!("{they:?}")),
        (Err(code), Ok(_)) => (Kind::WeRefuse, code.to_owned()),
    };
    Some((kind, fixture.file.clone(), detail))
}

/// True if the person that samael lets in, and we do not, is the one for whom the identity provider signed, or nobody.
fn was_signed(they: &Who) -> bool {
    ["adele@contoso.com", ""].contains(&they.name_id.as_str())
}

fn sides(fixture: &Fixture) -> Option<(Ours, Theirs)> {
    // A pinned certificate without metadata has no counterpart.
    let TrustIn::Metadata(file) = &fixture.trust else {
        return None;
    };
    let metadata = IdpMetadata::read(&read(file), None).unwrap();
    let ours = Ours {
        trust: Trust::of_metadata(&metadata).unwrap(),
        sp: ServiceProvider {
            entity_id: fixture.sp_entity_id.clone(),
            acs_url: fixture.acs_url.clone(),
            tenant: fixture.tenant.clone(),
        },
        keys: fixture.sp_key.as_deref().map(|file| {
            let key = DecryptionKey::from_bytes(&read(file)).unwrap();
            DecryptionKeys::new(vec![key]).unwrap()
        }),
        asked: fixture.request.as_deref().map(|id| ExpectedRequest {
            id: MessageId::from_text(id).unwrap(),
            authn_since: fixture.authn_since,
        }),
        skew: ClockSkew::new(Duration::from_secs(fixture.skew_seconds)),
        at: fixture.at,
        store: UsedKeys::default(),
    };
    let mut theirs = Theirs::like(&ours, &metadata, fixture.request.as_deref()).without_clock();
    let key = fixture.sp_key.as_deref();
    theirs.sp.key = key.map(|file| PKey::private_key_from_pem(&read(file)).unwrap());
    Some((ours, theirs))
}

/// A fixture as it is posted.
fn field(fixture: &Fixture) -> String {
    let bytes = read(&fixture.file);
    match fixture.file.ends_with(".txt") {
        true => String::from_utf8(bytes).unwrap(),
        false => STANDARD.encode(bytes),
    }
}

fn manifest() -> Manifest {
    serde_json::from_slice(&read("manifest.json")).unwrap()
}

fn read(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(file);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
