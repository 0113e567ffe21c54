//! Each finding has a document that has it and no other, beside one that has none.

mod documents;

use std::collections::BTreeSet;

use jiff::SignedDuration;

use self::documents::ENTITY;
use self::documents::Parts;
use self::documents::SSO;
use self::documents::base64;
use self::documents::descriptor;
use self::documents::documents;
use self::documents::in_days;
use self::documents::now;
use self::documents::valid_until;
use self::documents::with;
use self::documents::with_dates;
use self::documents::with_key;
use super::*;
use crate::crypto::Certificate;
use crate::crypto::SigningKey;

fn found(document: &str, context: &Context<'_>) -> Vec<(&'static str, Option<i64>)> {
    let found = lint(document.as_bytes(), context);
    found
        .iter()
        .map(|finding| (finding.lint.code, finding.days))
        .collect()
}

fn codes(document: &str) -> Vec<&'static str> {
    let context = Context::new("", now());
    let found = found(document, &context);
    found.into_iter().map(|(code, _)| code).collect()
}

/// Findings that hang on what is known besides the bytes.
const OF_THE_CONTEXT: [&str; 3] = [
    "no-such-entity",
    "entra-address-without-appid",
    "metadata-stale",
];

#[test]
fn a_sound_document_has_no_findings() {
    let sound = Parts::sound();
    assert!(codes(&sound.signed()).is_empty());
    let unmarked = with(|parts| parts.keys = descriptor("", &parts.key()));
    assert!(codes(&unmarked).is_empty());
    assert!(codes(&with_key(&descriptor("use=\"encryption\"", "AAAA"))).is_empty());
    assert!(codes(&valid_until(30)).is_empty());
    assert!(codes(&with_dates(-9, 61)).is_empty());
    assert!(codes(&sound.federation(&[sound.entity("_a")])).is_empty());
}

#[test]
fn each_finding_has_a_document_that_has_no_other() {
    for (code, document) in documents() {
        let found = codes(&document);
        // An entity that stands there twice is one of several, too.
        let found: Vec<_> = found
            .into_iter()
            .filter(|found| code != "repeated-entity" || *found != "several-entities")
            .collect();
        assert_eq!(found, [code]);
    }
}

#[test]
fn no_finding_of_the_table_is_without_a_document() {
    let mut shown: BTreeSet<&str> = documents().iter().map(|(code, _)| *code).collect();
    shown.extend(OF_THE_CONTEXT);
    let all: BTreeSet<&str> = LINTS.iter().map(|lint| lint.code).collect();
    assert_eq!(shown, all);
    assert_eq!(all.len(), LINTS.len(), "a code stands in the table twice");
}

#[test]
fn an_entity_that_is_not_there_is_found() {
    let document = Parts::sound().signed();
    for (entity_id, expected) in [
        (ENTITY, &[][..]),
        ("urn:absent", &[("no-such-entity", None)]),
    ] {
        let context = Context {
            entity_id: Some(entity_id),
            ..Context::new("", now())
        };
        assert_eq!(found(&document, &context), expected);
    }
}

#[test]
fn an_entra_address_without_an_app_is_found_in_every_cloud() {
    let document = Parts::sound().signed();
    let path = "/t/federationmetadata/2007-06/federationmetadata.xml";
    for (address, without) in [
        (format!("https://login.microsoftonline.com{path}"), true),
        (
            format!("https://login.microsoftonline.us{path}?appid="),
            true,
        ),
        (
            format!("https://login.partner.microsoftonline.cn{path}"),
            true,
        ),
        (format!("https://login.chinacloudapi.cn{path}"), true),
        (format!("https://login.windows.net{path}"), true),
        (format!("https://login.microsoft.com:443{path}"), true),
        (format!("https://STS.windows.net{path}"), true),
        (format!("https://login.windows.net{path}?appid=1"), false),
        (
            format!("https://login.windows.net.evil.example{path}"),
            false,
        ),
        (
            format!("https://login.microsoftonline.com{path}?appid=1"),
            false,
        ),
        (
            format!("https://login.microsoftonline.us{path}?APPID=1"),
            false,
        ),
        (format!("https://idp.example{path}"), false),
        ("federationmetadata.xml".to_owned(), false),
    ] {
        let found = found(&document, &Context::new(&address, now()));
        let expected = [("entra-address-without-appid", None)];
        assert_eq!(found, expected[..usize::from(without)], "{address}");
    }
}

#[test]
fn the_levels_of_a_certificate_are_60_30_7_and_1_days() {
    for (left, level) in [
        (59, 60),
        (30, 60),
        (29, 30),
        (7, 30),
        (6, 7),
        (1, 7),
        (0, 1),
    ] {
        let key = SigningKey::generate_p256().unwrap();
        let end = in_days(left) + SignedDuration::from_secs(60);
        let ending = Certificate::self_signed(&key, "test", 1, in_days(-9), end).unwrap();
        let document = with(|parts| parts.keys = descriptor("", &base64(&ending)));
        let context = Context::new("", now());
        let expected = [("certificate-expires-soon", Some(level))];
        assert_eq!(found(&document, &context), expected, "{left}");
    }
}

#[test]
fn the_levels_of_a_copy_are_1_7_30_and_60_days() {
    let document = Parts::sound().signed();
    for (age, level) in [
        (0, None),
        (1, Some(1)),
        (6, Some(1)),
        (7, Some(7)),
        (30, Some(30)),
        (400, Some(60)),
    ] {
        let context = Context {
            confirmed: Some(in_days(-age)),
            ..Context::new("", now())
        };
        let expected: Vec<_> = level
            .map(|level| ("metadata-stale", Some(level)))
            .into_iter()
            .collect();
        assert_eq!(found(&document, &context), expected, "{age}");
    }
}

#[test]
fn whoever_signs_requests_is_not_told_to() {
    let document = with(|parts| parts.role.push_str(" WantAuthnRequestsSigned=\"1\""));
    let context = Context {
        signs_requests: true,
        ..Context::new("", now())
    };
    assert!(found(&document, &context).is_empty());
}

#[test]
fn each_identity_provider_has_findings_of_its_own() {
    let sound = Parts::sound();
    let bad = sound
        .entity("_b")
        .replace(&sound.entity_id, "entityID=\"urn:bad\"")
        .replace(SSO, "http://idp.example/");
    let document = sound.federation(&[sound.entity("_a"), bad]);
    let found = lint(document.as_bytes(), &Context::new("", now()));
    let found: Vec<_> = found
        .iter()
        .map(|finding| (finding.lint.code, finding.entity_id.as_deref()))
        .collect();
    let bad = Some("urn:bad");
    let expected = [
        ("several-entities", None),
        ("http-endpoint", bad),
        ("no-sign-on-endpoint", bad),
    ];
    assert_eq!(found, expected);
}

#[test]
fn every_row_of_the_table_says_what_it_is_and_what_to_do() {
    for lint in LINTS {
        let kebab = |c: u8| c.is_ascii_lowercase() || c == b'-';
        assert!(lint.code.bytes().all(kebab), "{}", lint.code);
        for text in [lint.title, lint.advice] {
            assert!(text.len() > 20 && text.ends_with('.'), "{}", lint.code);
        }
    }
}
