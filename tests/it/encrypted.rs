//! Encrypted assertions through the whole pipeline: what must be signed, in which order, and how little a refusal says.

use entrada::crypto::DecryptionKey;
use entrada::crypto::SigningKey;
use entrada::crypto::VerifyingKey;
use entrada::dsig;
use entrada::dsig::Signer;
use entrada::dsig::TrustedKeys;
use entrada::practice::Encrypt;
use entrada::practice::Encryption;
use entrada::practice::EntraResponse;
use entrada::practice::Sign;
use entrada::saml::Binding;
use entrada::saml::ClockSkew;
use entrada::saml::Diagnosis;
use entrada::saml::Endpoint;
use entrada::saml::MessageId;
use entrada::saml::ServiceProvider;
use entrada::saml::Trust;
use entrada::saml::UnverifiedResponse;
use entrada::saml::claim;
use entrada::xenc::DecryptionKeys;
use jiff::Timestamp;

use crate::site::PERSON;
use crate::site::TENANT;
use crate::site::issuer;
use crate::site::signer;

const AUDIENCE: &str = "https://app.example.com/";
const ACS: &str = "https://app.example.com/acs";
const REQUEST: &str = "id-1";

#[test]
fn an_encrypted_assertion_that_is_signed_inside_or_around_is_accepted() {
    let parties = Parties::new();
    for sign in [Sign::Assertion, Sign::Both] {
        let encrypted = parties.encrypted(&parties.response().signed(sign, &parties.idp).unwrap());
        let signed_again = match sign {
            Sign::Both => parties.sign_response(&encrypted),
            _ => encrypted,
        };
        assert_eq!(
            parties.name_in(&signed_again),
            Ok(PERSON.to_owned()),
            "{sign:?}"
        );
    }
    let around = parties.sign_response(&parties.encrypted(&parties.response().unsigned().unwrap()));
    assert_eq!(
        parties.name_in(&around),
        Ok(PERSON.to_owned()),
        "signed around the ciphertext"
    );
}

#[test]
fn an_encrypted_assertion_that_nobody_signed_is_refused_as_if_it_did_not_decrypt() {
    let parties = Parties::new();
    let stranger = Parties::new();
    let unsigned = parties.response().unsigned().unwrap();
    let signed = parties
        .response()
        .signed(Sign::Assertion, &parties.idp)
        .unwrap();
    let by_a_stranger = stranger
        .response()
        .signed(Sign::Assertion, &stranger.idp)
        .unwrap();
    let wrapped_twice = signed.replace(
        "<Subject>",
        &format!(
            "<Advice>{}</Advice><Subject>",
            other_id(assertion_of(&signed))
        ),
    );
    let mut reasons = Vec::new();
    for (what, response) in [
        ("no signature", parties.encrypted(&unsigned)),
        (
            "changed after signing",
            parties.encrypted(&signed.replace(PERSON, "mallory@contoso.example")),
        ),
        ("another signer", parties.encrypted(&by_a_stranger)),
        (
            "an assertion within",
            parties.encrypted_bytes(assertion_of(&wrapped_twice).as_bytes()),
        ),
        ("another recipient", stranger.encrypted(&signed)),
        (
            "no assertion at all",
            parties.encrypted_bytes(b"<Nothing/>"),
        ),
        ("no XML at all", parties.encrypted_bytes(&[0xff; 64])),
        (
            "half an assertion",
            parties.encrypted_bytes(&signed.as_bytes()[..64]),
        ),
    ] {
        let refusal = parties.judge(&response).unwrap_err();
        assert_eq!(refusal.0, "decryption-failed", "{what}");
        reasons.push(refusal);
    }
    reasons.dedup();
    assert_eq!(
        reasons.len(),
        1,
        "every cause has the same words: {reasons:?}"
    );
}

#[test]
fn a_signed_response_is_verified_before_anything_is_decrypted() {
    let parties = Parties::new();
    let around = parties.sign_response(&parties.encrypted(&parties.response().unsigned().unwrap()));
    let bent = around.replacen("CipherValue>", "CipherValue>AAAA", 1);
    assert_eq!(parties.judge(&bent).unwrap_err().0, "signature-digest");
    let moved = around.replacen("Destination=", "Foreign=", 1);
    assert_eq!(parties.judge(&moved).unwrap_err().0, "signature-digest");
}

#[test]
fn an_inner_signature_must_hold_even_under_a_signed_response() {
    let parties = Parties::new();
    let stranger = Parties::new();
    let inner = stranger
        .response()
        .signed(Sign::Assertion, &stranger.idp)
        .unwrap();
    let around = parties.sign_response(&parties.encrypted(&inner));
    assert_eq!(parties.judge(&around).unwrap_err().0, "decryption-failed");
}

#[test]
fn without_a_key_of_ours_the_refusal_says_that_it_is_encrypted() {
    let parties = Parties::new();
    let encrypted = parties.encrypted(
        &parties
            .response()
            .signed(Sign::Assertion, &parties.idp)
            .unwrap(),
    );
    let response = UnverifiedResponse::from_xml(encrypted.into_bytes()).unwrap();
    assert_eq!(
        response.verify(&parties.trust).unwrap_err().code(),
        "assertion-encrypted"
    );
}

#[test]
fn encrypted_names_and_attributes_are_read_under_the_assertions_signature() {
    let parties = Parties::new();
    for what in [Encrypt::NameId, Encrypt::Attribute] {
        let xml = parties.response().unsigned().unwrap();
        let xml = Encryption::default()
            .encrypt(&xml, what, &[parties.recipient()])
            .unwrap();
        assert!(xml.contains(what.encrypted()));
        let signed = dsig::sign(&xml, "_a", &parties.idp).unwrap();
        assert_eq!(parties.name_in(&signed), Ok(PERSON.to_owned()), "{what:?}");
    }
}

#[test]
fn an_old_key_still_decrypts_during_a_rollover() {
    let parties = Parties::new();
    let encrypted = parties.encrypted(
        &parties
            .response()
            .signed(Sign::Assertion, &parties.idp)
            .unwrap(),
    );
    let newer = SigningKey::generate_rsa_2048().unwrap();
    let both = [
        DecryptionKey::of(&newer).unwrap(),
        DecryptionKey::of(&parties.key).unwrap(),
    ];
    let keys = DecryptionKeys::new(both.to_vec()).unwrap();
    let response = UnverifiedResponse::from_xml(encrypted.into_bytes()).unwrap();
    assert!(response.decrypt_and_verify(&parties.trust, &keys).is_ok());
}

/// An identity provider, and a service provider with a key of its own.
struct Parties {
    idp: Signer,
    key: SigningKey,
    trust: Trust,
    keys: DecryptionKeys,
}

impl Parties {
    fn new() -> Parties {
        let (_, idp) = signer();
        let key = SigningKey::generate_rsa_2048().unwrap();
        let trusted = TrustedKeys::keys(vec![idp.certificate().key().clone()]).unwrap();
        let sso = vec![Endpoint::new(
            Binding::HttpRedirect,
            "https://login.example/",
        )];
        Parties {
            trust: Trust::new(issuer(), trusted, Vec::new(), sso, Vec::new()).unwrap(),
            keys: DecryptionKeys::new(vec![DecryptionKey::of(&key).unwrap()]).unwrap(),
            idp,
            key,
        }
    }

    fn response(&self) -> EntraResponse {
        EntraResponse::new(&issuer(), AUDIENCE, ACS)
            .ids("_r", "_a")
            .issued(now())
            .in_response_to(REQUEST)
            .name_id(PERSON)
            .claim(claim::TENANT_ID, [TENANT])
    }

    fn recipient(&self) -> VerifyingKey {
        self.key.verifying_key()
    }

    fn encrypted(&self, xml: &str) -> String {
        Encryption::default()
            .encrypt(xml, Encrypt::Assertion, &[self.recipient()])
            .unwrap()
    }

    /// A response whose ciphertext holds these bytes.
    fn encrypted_bytes(&self, plaintext: &[u8]) -> String {
        let xml = self.response().unsigned().unwrap();
        let assertion = assertion_of(&xml).to_owned();
        let encrypted =
            Encryption::default().encrypt_bytes(plaintext, Encrypt::Assertion, &[self.recipient()]);
        xml.replace(&assertion, &encrypted.unwrap())
    }

    fn sign_response(&self, xml: &str) -> String {
        let unsigned = match xml.find("<ds:Signature") {
            // The response's own signature stands before the ciphertext; it is made anew.
            Some(begin) => {
                let end = xml.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
                format!("{}{}", &xml[..begin], &xml[end..])
            }
            None => xml.to_owned(),
        };
        dsig::sign(&unsigned, "_r", &self.idp).unwrap()
    }

    fn judge(&self, xml: &str) -> Result<String, (String, String)> {
        let response = UnverifiedResponse::from_xml(xml.as_bytes().to_vec());
        let sp = ServiceProvider {
            entity_id: AUDIENCE.to_owned(),
            acs_url: ACS.to_owned(),
            tenant: None,
        };
        let request = MessageId::from_text(REQUEST).unwrap();
        let diagnosis = Diagnosis::of(
            response,
            &self.trust,
            Some(&self.keys),
            Some(&request),
            &sp,
            ClockSkew::COMMON,
            now(),
        );
        match (diagnosis.accepted(), diagnosis.refusal()) {
            (Some(accepted), _) => Ok(accepted.name_id().value.clone()),
            (None, refusal) => {
                let refusal = refusal.unwrap();
                Err((refusal.code().to_owned(), refusal.to_string()))
            }
        }
    }

    fn name_in(&self, xml: &str) -> Result<String, (String, String)> {
        self.judge(xml)
    }
}

fn other_id(assertion: &str) -> String {
    assertion.replace(r#"ID="_a""#, r#"ID="_b""#)
}

fn assertion_of(xml: &str) -> &str {
    let begin = xml.find("<Assertion").unwrap();
    let end = xml.rfind("</Assertion>").unwrap() + "</Assertion>".len();
    &xml[begin..end]
}

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}
