//! Any bytes as metadata end in a typed error or in a whole trust; nothing half-read becomes trust.

use std::sync::OnceLock;

use entrada::dsig::Signer;
use entrada::metadata::Guard;
use entrada::metadata::IdpMetadata;
use entrada::metadata::MetadataError;
use entrada::metadata::MetadataSigner;
use entrada::metadata::Rejected;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::metadata_publisher::document;
use crate::site::issuer;
use crate::site::signer;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn bytes_at_random_are_refused_with_a_code(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let refused = guard(None).judge(&bytes).unwrap_err();
        prop_assert!(is_typed(&refused, &bytes), "{refused:?}");
    }

    #[test]
    fn text_that_looks_like_metadata_is_refused_with_a_code(
        text in r#"(<[/!?]?(md:)?(EntityDescriptor|EntitiesDescriptor|IDPSSODescriptor|KeyDescriptor)( (xmlns|entityID|validUntil|ID)="[a-z:]{0,8}")*/?>|[ -~\r\n]{0,9}){0,12}"#
    ) {
        let refused = guard(None).judge(text.as_bytes()).unwrap_err();
        prop_assert!(is_typed(&refused, text.as_bytes()), "{refused:?}");
    }

    /// Without its last byte a document is not closed.
    #[test]
    fn a_document_that_is_cut_short_is_refused_with_a_code(at in any::<Index>()) {
        let good = &good().document;
        let cut = &good[..at.index(good.len())];
        for guard in [guard(None), guard(Some(&good_signer()))] {
            let refused = guard.judge(cut).unwrap_err();
            prop_assert!(is_typed(&refused, cut), "{refused:?}");
        }
    }

    /// If no signature is required, a taken document is trust that the same bytes give again. If one is required, it is
    /// the very trust that was signed.
    #[test]
    fn a_document_that_was_changed_is_refused_with_a_code_or_taken_whole(
        changes in prop::collection::vec(change(), 1..4)
    ) {
        let mut changed = good().document.clone();
        for change in &changes {
            change.apply(&mut changed);
        }
        match guard(None).judge(&changed) {
            Err(refused) => prop_assert!(is_typed(&refused, &changed), "{refused:?}"),
            Ok(accepted) => {
                let metadata = accepted.metadata();
                prop_assert_eq!(metadata.entity_id(), issuer());
                prop_assert!(!metadata.signing_keys().is_empty());
                prop_assert!(accepted.trust().sso().location.starts_with("https://"));
                let taken = summary(metadata);
                let kept = accepted.into_document();
                let again = IdpMetadata::read(&kept, None).unwrap();
                prop_assert_eq!(summary(&again), taken);
            }
        }
        let pin = good_signer();
        match guard(Some(&pin)).judge(&changed) {
            Err(refused) => prop_assert!(is_typed(&refused, &changed), "{refused:?}"),
            Ok(accepted) => prop_assert_eq!(summary(accepted.metadata()), good().summary.clone()),
        }
    }
}

#[test]
fn the_document_that_the_others_are_made_of_is_taken() {
    let pin = good_signer();
    for guard in [guard(None), guard(Some(&pin))] {
        let accepted = guard.judge(&good().document).unwrap();
        assert_eq!(summary(accepted.metadata()), good().summary);
    }
}

#[test]
fn each_error_that_has_a_place_says_which() {
    let md = "xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\"";
    let role =
        "<IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>";
    let entity = format!("<EntityDescriptor entityID=\"urn:a\">{role}</EntityDescriptor>");
    let several = format!("<EntitiesDescriptor {md}>\n{entity}\n  {entity}</EntitiesDescriptor>");
    let alone = |attributes: &str| {
        format!("\n <EntityDescriptor {md}{attributes}>\n{role}</EntityDescriptor>")
    };
    let cases = [
        (
            "\n\n <html/>".to_owned(),
            None,
            "metadata-other-root",
            Some((3, 2)),
        ),
        (alone(""), None, "metadata-no-entity-id", Some((2, 2))),
        (
            alone(" entityID=\"urn:a\" validUntil=\"soon\""),
            None,
            "metadata-time",
            Some((2, 2)),
        ),
        (
            several.clone(),
            Some("urn:a"),
            "metadata-repeated-entity",
            Some((3, 3)),
        ),
        (several.clone(), None, "metadata-several-entities", None),
        (several, Some("urn:b"), "metadata-other-entity", None),
    ];
    for (text, entity_id, code, place) in cases {
        let error = IdpMetadata::read(text.as_bytes(), entity_id).unwrap_err();
        assert_eq!(error.code(), code, "{text}");
        let found = error.position().map(|at| (at.line, at.column));
        assert_eq!(found, place, "{error}");
        if let Some((line, column)) = place {
            let said = format!("line {line}, column {column}");
            assert!(error.to_string().contains(&said), "{error}");
        }
    }
}

struct Good {
    document: Vec<u8>,
    signer: Signer,
    summary: String,
}

fn good() -> &'static Good {
    static GOOD: OnceLock<Good> = OnceLock::new();
    GOOD.get_or_init(|| {
        let (_, signer) = signer();
        let document = document(&[signer.certificate()], &signer);
        let summary = summary(&IdpMetadata::read(&document, None).unwrap());
        Good {
            document,
            signer,
            summary,
        }
    })
}

fn good_signer() -> MetadataSigner {
    MetadataSigner::Certificates(good().signer.certificate().to_pem())
}

fn guard(signer: Option<&MetadataSigner>) -> Guard<'_> {
    static ISSUER: OnceLock<String> = OnceLock::new();
    Guard {
        entity_id: None,
        previous: Some(ISSUER.get_or_init(issuer)),
        signer,
        now: "2026-11-22T10:00:00Z".parse::<Timestamp>().unwrap(),
    }
}

/// All that trust is made of.
fn summary(metadata: &IdpMetadata) -> String {
    let keys = metadata.signing_certificates().iter();
    let keys: Vec<_> = keys.map(|one| one.fingerprint().to_string()).collect();
    format!(
        "{} {keys:?} {:?} {:?}",
        metadata.entity_id(),
        metadata.sso(),
        metadata.slo()
    )
}

/// A code of our own spelling, and a place within the document where there is one.
fn is_typed(refused: &Rejected, document: &[u8]) -> bool {
    let code = refused.code();
    let is_code = !code.is_empty() && code.bytes().all(|c| c == b'-' || c.is_ascii_lowercase());
    let position = match refused {
        Rejected::Metadata(error) => error.position(),
        _ => None,
    };
    let must_have_one = matches!(refused, Rejected::Metadata(MetadataError::Xml(_)));
    let lines = document.iter().filter(|byte| **byte == b'\n').count() + 1;
    let is_within = position.is_none_or(|at| {
        (1..=lines).contains(&at.line) && (1..=document.len() + 1).contains(&at.column)
    });
    is_code && is_within && (position.is_some() || !must_have_one)
}

/// One change of bytes, as a bad disk, a bad proxy or a bad person makes it.
#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Remove(Index, usize),
    Double(Index, usize),
    Insert(Index, Vec<u8>),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), 1..=u8::MAX).prop_map(|(at, bits)| Change::Flip(at, bits)),
        (any::<Index>(), 1..600_usize).prop_map(|(at, count)| Change::Remove(at, count)),
        (any::<Index>(), 1..600_usize).prop_map(|(at, count)| Change::Double(at, count)),
        (any::<Index>(), prop::collection::vec(any::<u8>(), 1..8))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<Index>(), "[<>&\"'/ a-z\r\n]{1,6}")
            .prop_map(|(at, text)| Change::Insert(at, text.into_bytes())),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Change::Flip(at, bits) => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Change::Remove(at, count) => {
                let begin = at.index(bytes.len());
                let end = (begin + count).min(bytes.len());
                bytes.drain(begin..end);
            }
            Change::Double(at, count) => {
                let begin = at.index(bytes.len());
                let end = (begin + count).min(bytes.len());
                let part = bytes[begin..end].to_vec();
                bytes.splice(end..end, part);
            }
            Change::Insert(at, part) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, part.iter().copied());
            }
        }
    }
}
