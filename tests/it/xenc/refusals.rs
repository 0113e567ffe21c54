//! Everything that is refused, and that it is refused alike.

use std::time::Duration;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// The message with something replaced that must be there.
fn with(xml: &str, old: &str, new: &str) -> String {
    assert!(xml.contains(old), "{old} is not in {xml}");
    xml.replacen(old, new, 1)
}

/// The message with the bytes of a `CipherValue` changed: 0 is the first in document order.
fn with_bytes(xml: &str, number: usize, change: impl Fn(&mut Vec<u8>)) -> String {
    let (tag, end) = ("<xenc:CipherValue>", "</xenc:CipherValue>");
    let start = xml.match_indices(tag).nth(number).unwrap().0 + tag.len();
    let length = xml[start..].find(end).unwrap();
    let mut bytes = STANDARD.decode(&xml[start..start + length]).unwrap();
    change(&mut bytes);
    [
        &xml[..start],
        &STANDARD.encode(bytes),
        &xml[start + length..],
    ]
    .concat()
}

fn plain() -> String {
    encrypt(&Encryption::default())
}

fn of_place(place: KeyPlace) -> String {
    encrypt(&Encryption {
        place,
        ..Encryption::default()
    })
}

#[test]
fn other_algorithms_are_refused() {
    const CONTENT: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
    const TRANSPORT: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    for (old, new) in [
        (CONTENT, "http://www.w3.org/2001/04/xmlenc#tripledes-cbc"),
        (CONTENT, "http://www.w3.org/2001/04/xmlenc#aes128-cbc"),
        (CONTENT, "http://www.w3.org/2009/xmlenc11#aes256-gcm"),
        (CONTENT, "http://www.w3.org/2001/04/xmlenc#aes256-gcm"),
        (CONTENT, ""),
        (TRANSPORT, "http://www.w3.org/2001/04/xmlenc#rsa-1_5"),
        (TRANSPORT, "http://www.w3.org/2001/04/xmlenc#kw-aes256"),
        (TRANSPORT, "http://www.w3.org/2001/04/xmlenc#kw-tripledes"),
        (TRANSPORT, "http://www.w3.org/2001/04/xmlenc#dh"),
        (TRANSPORT, ""),
        (
            "http://www.w3.org/2000/09/xmldsig#sha1",
            "http://www.w3.org/2001/04/xmldsig-more#md5",
        ),
        (
            "http://www.w3.org/2000/09/xmldsig#sha1",
            "http://www.w3.org/2001/04/xmlenc#sha256",
        ),
    ] {
        assert_refused(&with(&plain(), old, new), &private(&[0]));
    }
}

#[test]
fn parameters_that_do_not_belong_are_refused() {
    let digest = "<ds:DigestMethod ";
    let second = r#"<ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>"#;
    let mask = r#"<m:MGF xmlns:m="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha1"/>"#;
    for parameter in [second, mask, "<xenc:KeySize>256</xenc:KeySize>", "text"] {
        let xml = with(&plain(), digest, &format!("{parameter}{digest}"));
        assert_refused(&xml, &private(&[0]));
    }
    let newer = encrypt(&Encryption {
        oaep: oaep(OaepDigest::Sha256, OaepDigest::Sha256, b"label"),
        ..Encryption::default()
    });
    for (old, new) in [
        ("mgf1sha256", "mgf1sha224"),
        ("mgf1sha256", "mgf1sha512"),
        ("bGFiZWw=", "bGFiZWx="),
        ("bGFiZWw=", ""),
        ("bGFiZWw=", "%"),
    ] {
        assert_refused(&with(&newer, old, new), &private(&[0]));
    }
    let content = r#"Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/>"#;
    let sized = content.replace(
        "/>",
        "><xenc:KeySize>256</xenc:KeySize></xenc:EncryptionMethod>",
    );
    assert_refused(&with(&plain(), content, &sized), &private(&[0]));
}

#[test]
fn another_structure_is_refused() {
    const REFERENCE: &str =
        r#"<xenc:CipherData><xenc:CipherReference URI="https://attacker.example/"/>"#;
    const AGREEMENT: &str =
        r#"<xenc:AgreementMethod Algorithm="http://www.w3.org/2001/04/xmlenc#dh"/>"#;
    for (old, new) in [
        ("<xenc:CipherData>", REFERENCE),
        (
            "<xenc:EncryptedKey ",
            &format!("{AGREEMENT}<xenc:EncryptedKey "),
        ),
        (
            "<xenc:EncryptedData ",
            r#"<d:EncryptedData xmlns:d="http://www.w3.org/2001/04/xmlenc#"/><xenc:EncryptedData "#,
        ),
        ("<xenc:EncryptedData ", "<other/><xenc:EncryptedData "),
        ("<xenc:EncryptedData ", "text<xenc:EncryptedData "),
        ("xmlenc#Element", "xmlenc#Content"),
        (
            "<xenc:EncryptedKey ",
            r#"<xenc:EncryptedKey Type="urn:other" "#,
        ),
        (
            "</xenc:EncryptedKey>",
            "<xenc:EncryptionProperties/></xenc:EncryptedKey>",
        ),
        (
            "</xenc:EncryptedData>",
            "<xenc:EncryptionProperties/></xenc:EncryptedData>",
        ),
        (
            "</xenc:CipherValue>",
            "</xenc:CipherValue><xenc:CipherValue/>",
        ),
        ("</xenc:CipherValue>", "=</xenc:CipherValue>"),
        ("</xenc:CipherValue>", "<x/></xenc:CipherValue>"),
    ] {
        assert_refused(&with(&plain(), old, new), &private(&[0]));
    }
    for inside in [
        "",
        "<x/>",
        r#"<d:EncryptedData xmlns:d="http://www.w3.org/2001/04/xmlenc#"/>"#,
    ] {
        let empty = format!(r#"<EncryptedAssertion xmlns="{SAML}">{inside}</EncryptedAssertion>"#);
        assert_refused(&empty, &private(&[0]));
    }
}

#[test]
fn a_retrieval_method_must_mean_the_key_beside() {
    let xml = of_place(KeyPlace::Retrieved);
    assert_opens(&xml, &private(&[0]));
    for (old, new) in [
        (r##"URI="#_key0""##, r##"URI="#_key1""##),
        (r##"URI="#_key0""##, r##"URI="_key0""##),
        (r##"URI="#_key0""##, r##"URI="#""##),
        (
            r##"URI="#_key0""##,
            r##"URI="https://attacker.example/#_key0""##,
        ),
        (
            r##"URI="#_key0"/>"##,
            r##"URI="#_key0"><ds:Transforms/></ds:RetrievalMethod>"##,
        ),
        ("xmlenc#EncryptedKey", "xmlenc#DerivedKey"),
    ] {
        assert_refused(&with(&xml, old, new), &private(&[0]));
    }
}

#[test]
fn a_message_without_any_key_is_refused() {
    for place in [KeyPlace::Inside, KeyPlace::Retrieved, KeyPlace::Beside] {
        let encryption = Encryption {
            place,
            ..Encryption::default()
        };
        let xml = encryption.encrypt(ASSERTION, Encrypt::Assertion, &[]);
        assert_refused(&xml.unwrap(), &private(&[0]));
    }
}

#[test]
fn a_changed_ciphertext_or_key_is_refused_wherever_it_was_changed() {
    for content in ContentEncryption::ALL {
        let xml = encrypt(&Encryption {
            content,
            ..Encryption::default()
        });
        for bit in 0..8 {
            // The last block of CBC holds the padding; what else CBC lets pass only a signature can find.
            let last = with_bytes(&xml, 1, |bytes| {
                let at = bytes.len() - 17;
                bytes[at] ^= 0x80 >> bit;
            });
            let is_gcm = content.uri().ends_with("gcm");
            assert!(decrypt(&last, &private(&[0])).is_err() || !is_gcm);
            assert_refused(
                &with_bytes(&xml, 0, |bytes| bytes[100] ^= 1 << bit),
                &private(&[0]),
            );
        }
        for number in [0, 1] {
            let length = |length: usize| with_bytes(&xml, number, |bytes| bytes.truncate(length));
            for cut in [0, 1, 11, 12, 15, 16, 17, 27, 28, 31] {
                assert_refused(&length(cut), &private(&[0]));
            }
            assert_refused(&with_bytes(&xml, number, |o| o.push(0)), &private(&[0]));
            assert_refused(&with_bytes(&xml, number, |o| o.fill(0)), &private(&[0]));
            assert_refused(&with_bytes(&xml, number, |o| o.fill(0xff)), &private(&[0]));
        }
    }
}

/// The ciphertext of CBC can be bent: its vector changes the first block at will. It must stay a matter of the signature alone.
#[test]
fn every_bad_padding_is_refused_alike() {
    // The last block of plaintext is padding alone: 16 bytes, and the block before is the vector's to change.
    let plaintext = format!("{ASSERTION}{}", " ".repeat(16 - ASSERTION.len() % 16));
    let xml = Encryption::default()
        .encrypt_bytes(plaintext.as_bytes(), Encrypt::Assertion, &[public(0)])
        .unwrap();
    assert_opens(&xml, &private(&[0]));
    for padding in 0..=255_u8 {
        let bent = with_bytes(&xml, 1, |bytes| {
            let at = bytes.len() - 17;
            bytes[at] ^= 16 ^ padding;
        });
        // A shorter padding leaves bytes of 16 in the text, and they are no characters; the changed block is rubbish
        // anyway.
        if padding != 16 {
            assert_refused(&bent, &private(&[0]));
        }
    }
}

#[test]
fn a_plaintext_that_is_not_the_one_element_is_refused() {
    for plaintext in [
        "",
        " ",
        "text",
        "<Assertion/>",
        r#"<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol"/>"#,
        r#"<Assertion xmlns="urn:other"/>"#,
        r#"<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>"#,
        &format!("{ASSERTION}{ASSERTION}").replace("_1", "_2"),
        &format!("{ASSERTION}<x/>"),
        &format!("{ASSERTION}text"),
        &format!("<?xml version=\"1.0\"?>{ASSERTION}"),
        &format!("<!DOCTYPE x>{ASSERTION}"),
        &format!("{ASSERTION}</context><context>"),
        &format!("</context><context>{ASSERTION}"),
        &ASSERTION[..ASSERTION.len() - 1],
        &ASSERTION.replace("<Issuer>", "<u:Issuer>"),
        &ASSERTION.replace("idp", "&idp;"),
    ] {
        // Without the default namespace around it an assertion has to declare its own.
        let xml = Encryption::default()
            .encrypt_bytes(plaintext.as_bytes(), Encrypt::Assertion, &[public(0)])
            .unwrap()
            .replace("EncryptedAssertion xmlns=", "s:EncryptedAssertion xmlns:s=")
            .replace("</EncryptedAssertion", "</s:EncryptedAssertion");
        assert_refused(&xml, &private(&[0]));
    }
}

#[test]
fn a_plaintext_that_is_not_utf8_is_refused() {
    for bytes in [&b"\xff"[..], b"\xef\xbb\xbf", b"<\0A\0/\0>\0", b"\xc0\x80"] {
        for plaintext in [bytes.to_vec(), [ASSERTION.as_bytes(), bytes].concat()] {
            let xml = Encryption::default()
                .encrypt_bytes(&plaintext, Encrypt::Assertion, &[public(0)])
                .unwrap();
            assert_refused(&xml, &private(&[0]));
        }
    }
}

#[test]
fn a_bomb_of_nodes_is_refused() {
    let deep = format!(
        r#"<Assertion xmlns="{SAML}">{}{}</Assertion>"#,
        "<x>".repeat(100_000),
        "</x>".repeat(100_000)
    );
    let wide = format!(
        r#"<Assertion xmlns="{SAML}">{}</Assertion>"#,
        "<x/>".repeat(200_000)
    );
    for plaintext in [deep, wide] {
        let xml = Encryption::default()
            .encrypt_bytes(plaintext.as_bytes(), Encrypt::Assertion, &[public(0)])
            .unwrap();
        assert_refused(&xml, &private(&[0]));
    }
}

#[test]
fn more_than_eight_recipients_are_refused() {
    for place in [KeyPlace::Inside, KeyPlace::Retrieved, KeyPlace::Beside] {
        let encryption = Encryption {
            place,
            ..Encryption::default()
        };
        let to = |number| {
            encryption
                .encrypt(ASSERTION, Encrypt::Assertion, &vec![public(0); number])
                .unwrap()
        };
        assert_opens(&to(8), &private(&[0]));
        assert_refused(&to(9), &private(&[0]));
    }
}

#[test]
fn more_than_eight_attempts_are_refused() {
    let to = |number| {
        Encryption::default()
            .encrypt(ASSERTION, Encrypt::Assertion, &vec![public(0); number])
            .unwrap()
    };
    assert_opens(&to(4), &private(&[1, 0]));
    assert_refused(&to(5), &private(&[1, 0]));
    assert_opens(&to(5), &private(&[0]));
}

#[test]
fn ten_thousand_recipients_cost_no_private_key_operation_each() {
    let key = "<xenc:EncryptedKey><xenc:CipherData/></xenc:EncryptedKey>".repeat(10_000);
    for place in [KeyPlace::Inside, KeyPlace::Beside] {
        let crowded = with(
            &of_place(place),
            "<xenc:EncryptedKey ",
            &format!(
                "{}<xenc:EncryptedKey ",
                key.replace(
                    "<xenc:EncryptedKey>",
                    r#"<xenc:EncryptedKey xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">"#
                )
            ),
        );
        let document = Document::parse(&crowded, &Budget::MESSAGE).unwrap();
        let keys = private(&[0]);
        let started = Instant::now();
        let refused = xenc::decrypt(document.root(), SAML, "Assertion", &keys);
        // 10,000 operations take some three seconds.
        assert!(started.elapsed() < Duration::from_secs(1));
        assert_eq!(refused.unwrap_err(), Undecryptable);
    }
}
