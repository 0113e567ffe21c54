//! Decryption against what senders write: our own practice encryptor with OpenSSL's padding, and xmlsec1; and what is refused.

mod oracle;
mod refusals;

use std::sync::LazyLock;

use entrada::crypto::Certificate;
use entrada::crypto::ContentEncryption;
use entrada::crypto::DecryptionKey;
use entrada::crypto::Oaep;
use entrada::crypto::OaepDigest;
use entrada::crypto::SignatureAlgorithm;
use entrada::crypto::SigningKey;
use entrada::crypto::VerifyingKey;
use entrada::dsig;
use entrada::dsig::Signer;
use entrada::dsig::TrustedKeys;
use entrada::practice::Encrypt;
use entrada::practice::Encryption;
use entrada::practice::EntraResponse;
use entrada::practice::KeyPlace;
use entrada::practice::Sign;
use entrada::xenc;
use entrada::xenc::Decrypted;
use entrada::xenc::DecryptionKeys;
use entrada::xenc::NoUsableKey;
use entrada::xenc::Undecryptable;
use entrada::xml::Budget;
use entrada::xml::Document;
use proptest::prelude::*;

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const ASSERTION: &str = r#"<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1"><Issuer>idp &amp; co</Issuer></Assertion>"#;

/// Ours, another of ours, and a stranger's.
static KEYS: LazyLock<[SigningKey; 3]> =
    LazyLock::new(|| std::array::from_fn(|_| SigningKey::generate_rsa_2048().unwrap()));

fn public(number: usize) -> VerifyingKey {
    KEYS[number].verifying_key()
}

fn private(numbers: &[usize]) -> DecryptionKeys {
    let keys = numbers
        .iter()
        .map(|number| DecryptionKey::of(&KEYS[*number]).unwrap());
    DecryptionKeys::new(keys.collect()).unwrap()
}

fn oaep(digest: OaepDigest, mgf: OaepDigest, label: &[u8]) -> Oaep {
    Oaep {
        digest,
        mgf,
        label: label.to_vec(),
    }
}

fn encrypt(encryption: &Encryption) -> String {
    encryption
        .encrypt(ASSERTION, Encrypt::Assertion, &[public(0)])
        .unwrap()
}

/// Decrypts the assertion in the first `EncryptedAssertion` of a document.
fn decrypt(xml: &str, keys: &DecryptionKeys) -> Result<Decrypted, Undecryptable> {
    let document = Document::parse(xml, &Budget::MESSAGE).unwrap();
    let container = document
        .root()
        .descendants()
        .find(|element| element.local() == "EncryptedAssertion")
        .unwrap();
    xenc::decrypt(container, SAML, "Assertion", keys)
}

fn assert_opens(xml: &str, keys: &DecryptionKeys) {
    let decrypted = decrypt(xml, keys).unwrap_or_else(|_| panic!("not opened: {xml}"));
    let issuer = decrypted.unverified().children().next().unwrap();
    assert_eq!(issuer.text(), Some("idp & co"));
}

fn assert_refused(xml: &str, keys: &DecryptionKeys) {
    let error = decrypt(xml, keys).unwrap_err();
    assert_eq!(error, Undecryptable);
    assert_eq!(error.code(), "decryption-failed");
    assert_eq!(error.to_string(), "the element cannot be decrypted");
}

#[test]
fn every_content_algorithm_opens_with_the_key_in_every_place() {
    let places = [KeyPlace::Inside, KeyPlace::Retrieved, KeyPlace::Beside];
    for content in ContentEncryption::ALL {
        for place in places {
            let encryption = Encryption {
                content,
                place,
                ..Encryption::default()
            };
            assert_opens(&encrypt(&encryption), &private(&[0]));
        }
    }
}

#[test]
fn every_key_transport_opens_with_every_digest_mask_and_label() {
    for digest in OaepDigest::ALL {
        for mgf in OaepDigest::ALL {
            for label in [&b""[..], b"a label"] {
                let encryption = Encryption {
                    oaep: oaep(digest, mgf, label),
                    ..Encryption::default()
                };
                assert_opens(&encrypt(&encryption), &private(&[0]));
            }
        }
    }
}

#[test]
fn the_newer_key_transport_defaults_to_sha1_and_may_say_so() {
    let xml = encrypt(&Encryption::default());
    let newer = xml.replace(
        "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
        "http://www.w3.org/2009/xmlenc11#rsa-oaep",
    );
    assert_ne!(xml, newer);
    assert_opens(&newer, &private(&[0]));
    let digest = r#"<ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>"#;
    let mask = r#"<m:MGF xmlns:m="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha1"/>"#;
    assert!(xml.contains(digest));
    for said in ["", mask, &format!("{mask}{digest}")] {
        assert_opens(&newer.replace(digest, said), &private(&[0]));
    }
}

#[test]
fn a_signature_holds_after_decryption() {
    let key = SigningKey::generate_rsa_2048().unwrap();
    let (start, end) = ("2020-01-01T00:00:00Z", "2060-01-01T00:00:00Z");
    let (start, end) = (start.parse().unwrap(), end.parse().unwrap());
    let certificate = Certificate::self_signed(&key, "idp", 1, start, end).unwrap();
    let trust = TrustedKeys::keys(vec![key.verifying_key()]).unwrap();
    let signer = Signer::new(key, certificate, SignatureAlgorithm::RsaSha256).unwrap();
    let response = EntraResponse::new("https://idp/", "https://sp/", "https://sp/acs")
        .name_id("adele@contoso.com")
        .signed(Sign::Assertion, &signer)
        .unwrap();
    for content in ContentEncryption::ALL {
        let encryption = Encryption {
            content,
            ..Encryption::default()
        };
        let encrypted = encryption
            .encrypt(&response, Encrypt::Assertion, &[public(0)])
            .unwrap();
        assert!(!encrypted.contains("adele"));
        let opened = decrypt(&encrypted, &private(&[0])).unwrap();
        let signed = dsig::verify(opened.unverified(), &trust).unwrap();
        assert!(signed.document().unwrap().root().is(SAML, "Assertion"));
    }
}

#[test]
fn names_and_attributes_open_as_well() {
    for what in [Encrypt::NameId, Encrypt::Attribute] {
        let name = what.plain();
        let xml = format!(r#"<Subject xmlns="{SAML}"><{name}>adele</{name}></Subject>"#);
        let encrypted = Encryption::default()
            .encrypt(&xml, what, &[public(0)])
            .unwrap();
        let document = Document::parse(&encrypted, &Budget::MESSAGE).unwrap();
        let container = document.root().children().next().unwrap();
        assert!(container.is(SAML, what.encrypted()));
        let opened = xenc::decrypt(container, SAML, name, &private(&[0])).unwrap();
        assert_eq!(opened.unverified().text(), Some("adele"));
        let other = xenc::decrypt(container, SAML, "Assertion", &private(&[0]));
        assert_eq!(other.unwrap_err(), Undecryptable);
    }
}

#[test]
fn each_of_our_keys_opens_what_is_encrypted_to_it() {
    for recipient in [0, 1] {
        let xml = Encryption::default()
            .encrypt(ASSERTION, Encrypt::Assertion, &[public(recipient)])
            .unwrap();
        assert_opens(&xml, &private(&[0, 1]));
        assert_opens(&xml, &private(&[1, 0]));
        assert_refused(&xml, &private(&[1 - recipient]));
    }
}

#[test]
fn one_of_several_recipients_can_be_us() {
    for place in [KeyPlace::Inside, KeyPlace::Retrieved, KeyPlace::Beside] {
        let encryption = Encryption {
            place,
            ..Encryption::default()
        };
        for ours in 0..4 {
            let mut recipients = vec![public(2); 4];
            recipients[ours] = public(0);
            let xml = encryption
                .encrypt(ASSERTION, Encrypt::Assertion, &recipients)
                .unwrap();
            assert_opens(&xml, &private(&[1, 0]));
        }
    }
}

#[test]
fn hints_around_the_key_are_read_over() {
    let xml = encrypt(&Encryption::default());
    let name = r#"<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:KeyName>us</ds:KeyName></ds:KeyInfo>"#;
    let (head, tail) = xml.split_once("<xenc:CipherData>").unwrap();
    let hinted = format!("{head}{name}<xenc:CipherData>{tail}").replace(
        "</xenc:EncryptedKey>",
        r##"<xenc:ReferenceList><xenc:DataReference URI="#d"/></xenc:ReferenceList><xenc:CarriedKeyName>k</xenc:CarriedKeyName></xenc:EncryptedKey>"##,
    );
    assert_opens(&hinted, &private(&[0]));
    let security_token = r#"<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data/><o:Token xmlns:o="urn:o"/>"#;
    let hinted = xml.replace(
        r#"<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">"#,
        security_token,
    );
    assert_opens(&hinted, &private(&[0]));
}

#[test]
fn base64_may_be_broken_into_lines() {
    let xml = encrypt(&Encryption::default());
    let broken = xml.replace("<xenc:CipherValue>", "<xenc:CipherValue>\r\n\t ");
    assert_opens(&broken, &private(&[0]));
}

#[test]
fn a_large_assertion_opens() {
    let text = "x".repeat(1024 * 1024);
    let xml = format!(r#"<Assertion xmlns="{SAML}">{text}</Assertion>"#);
    for content in [ContentEncryption::Aes256Cbc, ContentEncryption::Aes256Gcm] {
        let encryption = Encryption {
            content,
            ..Encryption::default()
        };
        let xml = encryption
            .encrypt(&xml, Encrypt::Assertion, &[public(0)])
            .unwrap();
        let opened = decrypt(&xml, &private(&[0])).unwrap();
        assert_eq!(opened.unverified().text(), Some(&text[..]));
    }
}

#[test]
fn no_key_or_more_than_four_are_refused() {
    let key = DecryptionKey::of(&KEYS[0]).unwrap();
    for number in 0..=DecryptionKeys::MAX + 1 {
        let keys = DecryptionKeys::new(vec![key.clone(); number]);
        assert_eq!(
            keys.is_ok(),
            (1..=DecryptionKeys::MAX).contains(&number),
            "{number}"
        );
        assert!(keys.is_ok() || keys.err() == Some(NoUsableKey));
    }
}

#[test]
fn nothing_prints_the_plaintext() {
    let opened = decrypt(&encrypt(&Encryption::default()), &private(&[0])).unwrap();
    assert_eq!(format!("{opened:?}"), "Decrypted(redacted)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// A message that is changed in any way: a refusal, or the same assertion. Never a panic.
    #[test]
    fn a_mutated_message_is_refused_or_read_as_it_was(
        is_gcm: bool,
        place in 0_usize..3,
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[ -~]{0,3}"), 1..4),
    ) {
        let encryption = Encryption {
            content: if is_gcm { ContentEncryption::Aes128Gcm } else { ContentEncryption::Aes128Cbc },
            place: [KeyPlace::Inside, KeyPlace::Retrieved, KeyPlace::Beside][place],
            ..Encryption::default()
        };
        let mut xml = encrypt(&encryption).into_bytes();
        for (at, text) in &edits {
            let at = at.index(xml.len());
            let end = (at + text.len()).min(xml.len());
            xml.splice(at..end, text.bytes());
        }
        let xml = String::from_utf8(xml).unwrap();
        if let Ok(document) = Document::parse(&xml, &Budget::MESSAGE) {
            let opened = xenc::decrypt(document.root(), SAML, "Assertion", &private(&[0]));
            if let Ok(opened) = opened && is_gcm {
                let issuer = opened.unverified().children().next().unwrap();
                prop_assert_eq!(issuer.text(), Some("idp & co"));
            }
        }
    }

    #[test]
    fn rubbish_as_plaintext_is_refused(plaintext: Vec<u8>) {
        let xml = Encryption::default()
            .encrypt_bytes(&plaintext, Encrypt::Assertion, &[public(0)])
            .unwrap();
        assert_refused(&xml, &private(&[0]));
    }
}
