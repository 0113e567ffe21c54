//! The documents: a valid one, taken apart so that each case changes one thing, and the cases.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use jiff::Timestamp;
use openssl::asn1::Asn1Integer;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::dsa::Dsa;
use openssl::ec::EcGroup;
use openssl::ec::EcKey;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::pkey::Private;
use openssl::rsa::Rsa;
use openssl::x509::X509;
use openssl::x509::X509Name;

use crate::crypto::Certificate;
use crate::crypto::SignatureAlgorithm;
use crate::crypto::SigningKey;
use crate::dsig::Signer;
use crate::dsig::sign;
use crate::xml::Budget;

const NOW: &str = "2026-11-22T12:00:00Z";
pub(super) const ENTITY: &str = "https://idp.example/";
pub(super) const SSO: &str = "https://idp.example/sso";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

pub(super) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(super) fn in_days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

fn certificate(key: &SigningKey, serial: u64, from: i64, to: i64) -> Certificate {
    Certificate::self_signed(key, "test", serial, in_days(from), in_days(to)).unwrap()
}

/// A certificate whose key, or digest, no code of ours would make.
fn foreign(key: &PKey<Private>, digest: MessageDigest) -> String {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "test").unwrap();
    let name = name.build();
    let serial = Asn1Integer::from_bn(&BigNum::from_u32(7).unwrap()).unwrap();
    let time = |days| Asn1Time::from_unix(in_days(days).as_second()).unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&time(-1)).unwrap();
    builder.set_not_after(&time(900)).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.sign(key, digest).unwrap();
    STANDARD.encode(builder.build().to_der().unwrap())
}

/// The parts of a document, each of which a case replaces.
pub(super) struct Parts {
    pub(super) signer: Signer,
    pub(super) attributes: String,
    pub(super) entity_id: String,
    pub(super) role: String,
    pub(super) keys: String,
    pub(super) sso: String,
    pub(super) slo: String,
}

impl Parts {
    pub(super) fn sound() -> Parts {
        let key = SigningKey::generate_p256().unwrap();
        let certificate = certificate(&key, 1, -1, 900);
        Parts {
            keys: descriptor("use=\"signing\"", &base64(&certificate)),
            signer: Signer::new(key, certificate, SignatureAlgorithm::EcdsaSha256).unwrap(),
            attributes: String::new(),
            entity_id: format!("entityID=\"{ENTITY}\""),
            role: String::new(),
            sso: service("SingleSignOnService", REDIRECT, SSO),
            slo: service("SingleLogoutService", REDIRECT, "https://idp.example/slo"),
        }
    }

    pub(super) fn key(&self) -> String {
        base64(self.signer.certificate())
    }

    pub(super) fn entity(&self, id: &str) -> String {
        let Parts {
            attributes,
            entity_id,
            role,
            keys,
            sso,
            slo,
            ..
        } = self;
        format!(
            "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" ID=\"{id}\" {entity_id}{attributes}>\
             <IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"{role}>{keys}{slo}{sso}</IDPSSODescriptor></EntityDescriptor>"
        )
    }

    pub(super) fn signed(&self) -> String {
        sign(&self.entity("_e"), "_e", &self.signer).unwrap()
    }

    pub(super) fn federation(&self, entities: &[String]) -> String {
        let entities = entities.concat();
        let all = format!(
            "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_f\">{entities}</EntitiesDescriptor>"
        );
        sign(&all, "_f", &self.signer).unwrap()
    }
}

pub(super) fn base64(certificate: &Certificate) -> String {
    STANDARD.encode(certificate.der())
}

pub(super) fn descriptor(attributes: &str, base64: &str) -> String {
    format!(
        "<KeyDescriptor {attributes}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"
    )
}

fn service(name: &str, binding: &str, location: &str) -> String {
    format!("<{name} Binding=\"{binding}\" Location=\"{location}\"/>")
}

pub(super) fn with(change: impl FnOnce(&mut Parts)) -> String {
    let mut parts = Parts::sound();
    change(&mut parts);
    parts.signed()
}

pub(super) fn with_key(descriptor: &str) -> String {
    with(|parts| parts.keys.push_str(descriptor))
}

/// A valid document whose only certificate is valid between these days.
pub(super) fn with_dates(from: i64, to: i64) -> String {
    with(|parts| {
        let key = SigningKey::generate_p256().unwrap();
        parts.keys = descriptor("", &base64(&certificate(&key, 1, from, to)));
    })
}

fn named(id: &str) -> String {
    with(|parts| parts.entity_id = format!("entityID=\"{id}\""))
}

/// A document for each finding that needs no more than the bytes.
pub(super) fn documents() -> Vec<(&'static str, String)> {
    let sound = Parts::sound();
    let plain = sound.signed();
    let other = sound.entity("_o").replace(ENTITY, "https://other.example/");
    let many = (1..=17).map(|serial| {
        let key = SigningKey::generate_p256().unwrap();
        descriptor("", &base64(&certificate(&key, serial, -1, 900)))
    });
    let many: Vec<String> = many.collect();
    let weak_rsa = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
    let strong_rsa = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let sha1 = foreign(&strong_rsa, MessageDigest::sha1());
    let weak = foreign(&weak_rsa, MessageDigest::sha256());
    let signing = |base64: &str| descriptor("use=\"signing\"", base64);
    vec![
        ("metadata-unreadable", plain.replace("</Ent", "<")),
        ("metadata-unreadable", "<html/>".to_owned()),
        (
            "too-large",
            format!("{plain}{}", " ".repeat(Budget::METADATA.bytes)),
        ),
        (
            "duplicate-id",
            plain.replace("<IDPSSODescriptor", "<IDPSSODescriptor ID=\"_e\""),
        ),
        (
            "no-identity-provider",
            plain_role(&sound, "SPSSODescriptor"),
        ),
        (
            "repeated-entity",
            sound.federation(&[sound.entity("_a"), sound.entity("_b")]),
        ),
        (
            "several-entities",
            sound.federation(&[sound.entity("_a"), other]),
        ),
        ("unsigned", sound.entity("_e")),
        (
            "weak-document-signature",
            plain.replace(
                "http://www.w3.org/2001/04/xmlenc#sha256",
                "http://www.w3.org/2000/09/xmldsig#sha1",
            ),
        ),
        ("signature-broken", plain.replace("<IDPSSO", " <IDPSSO")),
        (
            "signature-unusable",
            plain.replace("xmldsig#enveloped-signature", "xmldsig#base64"),
        ),
        (
            "valid-until-unreadable",
            with(|parts| parts.attributes.push_str(" validUntil=\"tomorrow\"")),
        ),
        ("metadata-expired", valid_until(-1)),
        ("metadata-expires-soon", valid_until(2)),
        ("several-roles", two_roles(&sound, "")),
        (
            "role-expired",
            two_roles(&sound, " validUntil=\"2026-01-01T00:00:00Z\""),
        ),
        ("no-entity-id", with(|parts| parts.entity_id.clear())),
        ("entity-id-not-uri", named("idp.example")),
        (
            "entity-id-invisible",
            named(" https://idp.example/\u{200b}x "),
        ),
        (
            "endpoint-invisible",
            with(|parts| parts.sso = parts.sso.replace(SSO, " https://idp.example/sso")),
        ),
        (
            "endpoint-invisible",
            with(|parts| parts.slo = parts.slo.replace("/slo", "/\u{200b}slo")),
        ),
        (
            "more-than-is-read",
            with(|parts| {
                parts.keys += &descriptor("use=\"encryption\"", "AAAA").repeat(32);
            }),
        ),
        (
            "entity-id-not-uri",
            named(&format!("urn:{}", "x".repeat(1021))),
        ),
        (
            "entra-common-document",
            named("https://sts.windows.net/{tenantid}/"),
        ),
        ("no-signing-key", with(|parts| parts.keys.clear())),
        (
            "encryption-only-keys",
            with(|parts| parts.keys = descriptor("use=\"encryption\"", &parts.key())),
        ),
        ("too-many-keys", with(|parts| parts.keys = many.concat())),
        ("weak-key", with_key(&signing(&weak))),
        ("weak-key", with_key(&signing(&on_a_small_curve()))),
        ("weak-key", with_key(&signing(&of_dsa()))),
        ("key-skipped", with_key(&signing("AAAA"))),
        (
            "key-without-certificate",
            with_key(
                "<KeyDescriptor><ds:KeyInfo><ds:KeyName>k</ds:KeyName></ds:KeyInfo></KeyDescriptor>",
            ),
        ),
        (
            "unknown-key-use",
            with_key(&descriptor("use=\"both\"", &sha1)),
        ),
        (
            "duplicate-certificate",
            with(|parts| parts.keys = parts.keys.repeat(2)),
        ),
        (
            "certificate-chain",
            with(|parts| {
                let further = "</ds:X509Certificate><ds:X509Certificate>AAAA";
                parts.keys = descriptor("", &format!("{}{further}", parts.key()));
            }),
        ),
        (
            "entra-many-keys",
            with(|parts| {
                parts.entity_id = "entityID=\"https://sts.windows.net/t/\"".to_owned();
                parts.keys = many[..3].concat();
            }),
        ),
        ("weak-certificate-signature", with_key(&signing(&sha1))),
        ("certificate-expired", with_dates(-9, -1)),
        ("certificate-not-yet-valid", with_dates(1, 900)),
        ("certificate-expires-soon", with_dates(-9, 59)),
        (
            "wants-signed-requests",
            with(|parts| parts.role.push_str(" WantAuthnRequestsSigned=\"true\"")),
        ),
        ("no-sign-on-endpoint", with(|parts| parts.sso.clear())),
        (
            "no-usable-binding",
            with(|parts| parts.sso = service("SingleSignOnService", "urn:soap", SSO)),
        ),
        ("no-logout-endpoint", with(|parts| parts.slo.clear())),
        (
            "http-endpoint",
            with(|parts| {
                parts.sso.push_str(&service(
                    "SingleSignOnService",
                    REDIRECT,
                    "http://idp.example/",
                ))
            }),
        ),
        (
            "http-endpoint",
            with(|parts| {
                parts.sso.push_str(&service(
                    "SingleSignOnService",
                    REDIRECT,
                    "javascript:alert(1)",
                ))
            }),
        ),
        (
            "duplicate-endpoint",
            with(|parts| parts.sso = parts.sso.repeat(2)),
        ),
    ]
}

/// A valid document with a second role with these attributes. The second role has another key and other addresses.
fn two_roles(parts: &Parts, attributes: &str) -> String {
    let whole = parts.entity("_e");
    let end = "</EntityDescriptor>";
    let role = &whole[whole.find("<IDPSSO").unwrap()..whole.find(end).unwrap()];
    let key = SigningKey::generate_p256().unwrap();
    let other = role
        .replace(&parts.key(), &base64(&certificate(&key, 2, -1, 900)))
        .replace("idp.example", "second.idp.example")
        .replacen(
            "<IDPSSODescriptor",
            &format!("<IDPSSODescriptor{attributes}"),
            1,
        );
    sign(&whole.replace(end, &(other + end)), "_e", &parts.signer).unwrap()
}

fn plain_role(parts: &Parts, role: &str) -> String {
    let entity = parts.entity("_e").replace("IDPSSODescriptor", role);
    sign(&entity, "_e", &parts.signer).unwrap()
}

pub(super) fn valid_until(days: i64) -> String {
    with(|parts| {
        let until = in_days(days);
        parts
            .attributes
            .push_str(&format!(" validUntil=\"{until}\""));
    })
}

fn on_a_small_curve() -> String {
    let group = EcGroup::from_curve_name(Nid::SECP224R1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    foreign(&key, MessageDigest::sha256())
}

fn of_dsa() -> String {
    let key = PKey::from_dsa(Dsa::generate(1024).unwrap()).unwrap();
    foreign(&key, MessageDigest::sha256())
}
