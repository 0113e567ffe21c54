use std::fmt::Write;

use super::*;
use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::SigningKey;
use crate::dsig;
use crate::dsig::Signer;
use crate::saml::namespace::METADATA;
use crate::saml::namespace::PROTOCOL;

const IDP: &str = "https://idp.example/";

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn guard<'a>() -> Guard<'a> {
    Guard {
        entity_id: None,
        previous: Some(IDP),
        signer: None,
        now: now(),
    }
}

fn signer() -> Signer {
    let key = SigningKey::generate_rsa_2048().unwrap();
    let (begin, end) = ("2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z");
    let (begin, end) = (begin.parse().unwrap(), end.parse().unwrap());
    let certificate = Certificate::self_signed(&key, "signer", 1, begin, end).unwrap();
    Signer::new(key, certificate, SignatureAlgorithm::RsaSha256).unwrap()
}

struct Entity {
    id: &'static str,
    attributes: &'static str,
    certificate: String,
    sso: &'static str,
}

const SSO: &str = r#"<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>"#;

impl Entity {
    fn sound(signer: &Signer) -> Entity {
        let base64 = signer.certificate().to_pem();
        let lines = base64.lines().filter(|line| !line.starts_with('-'));
        Entity {
            id: IDP,
            attributes: "",
            certificate: lines.collect(),
            sso: SSO,
        }
    }

    fn xml(&self) -> String {
        let mut keys = String::new();
        if !self.certificate.is_empty() {
            let namespace = dsig::NAMESPACE;
            write!(keys, r#"<KeyDescriptor use="signing"><KeyInfo xmlns="{namespace}"><X509Data><X509Certificate>{}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"#, self.certificate).unwrap();
        }
        format!(
            r#"<EntityDescriptor xmlns="{METADATA}" ID="_e" entityID="{}"{}><IDPSSODescriptor protocolSupportEnumeration="{PROTOCOL}">{keys}{}</IDPSSODescriptor></EntityDescriptor>"#,
            self.id, self.attributes, self.sso
        )
    }
}

fn rejection(document: &str, guard: &Guard<'_>) -> &'static str {
    guard.judge(document.as_bytes()).unwrap_err().code()
}

#[test]
fn a_sound_document_is_accepted_and_kept_byte_for_byte() {
    let signer = signer();
    let xml = Entity::sound(&signer).xml();
    let accepted = guard().judge(xml.as_bytes()).unwrap();
    assert_eq!(accepted.metadata().entity_id(), IDP);
    assert_eq!(
        accepted.trust().certificates(),
        [signer.certificate().clone()]
    );
    assert_eq!(accepted.into_document(), xml.as_bytes());
}

#[test]
fn each_rule_of_the_guard_has_a_document_that_breaks_it_alone() {
    let signer = signer();
    let sound = || Entity::sound(&signer);
    let with = |change: fn(&mut Entity)| {
        let mut entity = sound();
        change(&mut entity);
        entity.xml()
    };
    for (document, code) in [
        (
            with(|e| e.id = "https://other.example/"),
            "metadata-other-entity",
        ),
        (with(|e| e.certificate.clear()), "metadata-no-key"),
        (
            with(|e| e.certificate = "AAAA".to_owned()),
            "metadata-no-key",
        ),
        (with(|e| e.sso = ""), "metadata-no-endpoint"),
        (
            with(|e| e.attributes = r#" validUntil="2026-11-22T10:00:00Z""#),
            "metadata-expired",
        ),
        (
            with(|e| e.attributes = r#" validUntil="soon""#),
            "metadata-time",
        ),
        (
            "<html><body>Sorry</body></html>".to_owned(),
            "metadata-other-root",
        ),
        ("{}".to_owned(), "xml-outside-root"),
        (String::new(), "xml-not-well-formed"),
        (
            sound().xml().split_at(300).0.to_owned(),
            "xml-not-well-formed",
        ),
    ] {
        assert_eq!(rejection(&document, &guard()), code, "{document:.120}");
    }
    let valid = with(|e| e.attributes = r#" validUntil="2026-11-22T10:00:01Z""#);
    assert!(guard().judge(valid.as_bytes()).is_ok());
}

#[test]
fn an_entity_that_the_connection_names_may_differ_from_the_copy_before() {
    let signer = signer();
    let mut entity = Entity::sound(&signer);
    entity.id = "https://other.example/";
    let named = Guard {
        entity_id: Some(entity.id),
        ..guard()
    };
    assert!(named.judge(entity.xml().as_bytes()).is_ok());
    let old = Entity::sound(&signer).xml();
    assert_eq!(rejection(&old, &named), "metadata-other-entity");
}

#[test]
fn of_an_aggregate_the_entity_is_kept_with_what_held_for_it() {
    let signer = signer();
    let (entity, mut other) = (Entity::sound(&signer), Entity::sound(&signer));
    other.id = "https://other.example/";
    let other = other.xml().replace("\"_e\"", "\"_o\"");
    let xml = format!(
        r#"<EntitiesDescriptor xmlns="{METADATA}" validUntil="2026-12-01T00:00:00Z" cacheDuration="PT2H">{other}<EntitiesDescriptor cacheDuration="PT1H">{}</EntitiesDescriptor></EntitiesDescriptor>"#,
        entity.xml()
    );
    let chosen = Guard {
        entity_id: Some(IDP),
        ..guard()
    };
    let accepted = chosen.judge(xml.as_bytes()).unwrap();
    let hour = std::time::Duration::from_secs(3600);
    assert_eq!(accepted.metadata().cache_duration(), Some(hour));
    let kept = accepted.into_document();
    assert!(kept.len() < xml.len() / 2 + 300);
    let read = IdpMetadata::read(&kept, None).unwrap();
    assert_eq!(read.entity_id(), IDP);
    let until: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
    assert_eq!(read.valid_until(), Some(until));
    assert_eq!(read.signing_certificates(), [signer.certificate().clone()]);
}

/// A kept document is judged again at each use: the end of one role must not become that of the whole entity.
#[test]
fn the_end_of_a_role_stays_that_of_the_role_in_what_is_kept() {
    let (old, new) = (signer(), signer());
    let [ending, standing] = [Entity::sound(&old).xml(), Entity::sound(&new).xml()];
    let begin = standing.find("<IDPSSO").unwrap();
    let end = standing.find("</EntityDescriptor>").unwrap();
    let both = ending
        .replace(
            "<IDPSSODescriptor ",
            "<IDPSSODescriptor validUntil=\"2026-11-23T00:00:00Z\" ",
        )
        .replace(
            "</EntityDescriptor>",
            &format!("{}</EntityDescriptor>", &standing[begin..end]),
        );
    let xml = format!("<EntitiesDescriptor xmlns=\"{METADATA}\">{both}</EntitiesDescriptor>");
    let chosen = Guard {
        entity_id: Some(IDP),
        ..guard()
    };
    let accepted = chosen.judge(xml.as_bytes()).unwrap();
    assert_eq!(accepted.trust().certificates().len(), 2);
    let kept = accepted.into_document();
    let later = "2026-11-23T00:00:00Z".parse().unwrap();
    let read = IdpMetadata::read_at(&kept, Some(IDP), later).unwrap();
    assert_eq!(read.signing_certificates(), [new.certificate().clone()]);
    assert_eq!(read.valid_until(), None);

    let after = Guard {
        now: later,
        ..chosen
    };
    let accepted = after.judge(xml.as_bytes()).unwrap();
    assert_eq!(accepted.trust().certificates(), [new.certificate().clone()]);
}

#[test]
fn where_a_signer_is_pinned_only_what_it_signed_is_read() {
    let (operator, stranger) = (signer(), signer());
    let xml = Entity::sound(&stranger).xml();
    let signed = dsig::sign(&xml, "_e", &operator).unwrap();
    let pins = [
        MetadataSigner::Fingerprints(vec![operator.certificate().fingerprint()]),
        MetadataSigner::Certificates(operator.certificate().to_pem()),
    ];
    for pin in &pins {
        let guard = Guard {
            signer: Some(pin),
            ..guard()
        };
        let accepted = guard.judge(signed.as_bytes()).unwrap();
        assert!(accepted.metadata().is_signed());
        let kept = accepted.into_document();
        assert_eq!(IdpMetadata::read(&kept, None).unwrap().entity_id(), IDP);

        assert_eq!(rejection(&xml, &guard), "metadata-unsigned");
        let by_stranger = dsig::sign(&xml, "_e", &stranger).unwrap();
        assert_eq!(rejection(&by_stranger, &guard), "metadata-signature");
        let changed = signed.replace("idp.example/sso", "evil.example/sso");
        assert_eq!(rejection(&changed, &guard), "metadata-signature");
        // A signed entity in a wrapper that nobody signed.
        let wrapped =
            format!(r#"<EntitiesDescriptor xmlns="{METADATA}">{signed}</EntitiesDescriptor>"#);
        assert_eq!(rejection(&wrapped, &guard), "metadata-unsigned");
    }
    let nobody = Guard {
        signer: Some(&MetadataSigner::Fingerprints(Vec::<Fingerprint>::new())),
        ..guard()
    };
    assert_eq!(rejection(&signed, &nobody), "metadata-signer");
}
