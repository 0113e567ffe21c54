//! Ciphertext that nobody vouches for, and ciphertext made to learn something from the answer. Anybody can encrypt for
//! the service provider: its certificate is public.

use entrada::crypto::ContentEncryption;
use entrada::practice::Encrypt;
use entrada::practice::Encryption;
use openssl::rsa::Rsa;
use openssl::symm::Cipher;

use super::attack;
use super::ciphertext::ciphertext_of;
use super::ciphertext::in_gcm;
use super::ciphertext::last_span;
use super::ciphertext::unwrap;
use super::ciphertext::with_content;
use super::ciphertext::with_wrapped;
use super::ciphertext::without_digest_method;
use super::ciphertext::wrap_with_oaep;
use super::ciphertext::wrap_with_rsa_1_5;
use super::ciphertext::wrapped_key;
use super::wrapping::Pieces;
use crate::base::*;
use crate::book::Book;
use crate::encrypted::encrypted_for;
use crate::encrypted::for_sp;
use crate::keys::Keys;
use crate::manifest::Fixture;
use crate::seal::Seal;

pub(super) fn write(book: &mut Book, keys: &Keys) {
    nobody_vouches(book, keys);
    around_the_signature(book, keys);
    two_names(book, keys);
    broken(book, keys);
    refused_algorithms(book, keys);
}

/// All that the ciphertext holds is refused as if it did not decrypt.
fn nobody_vouches(book: &mut Book, keys: &Keys) {
    let pieces = Pieces::assertion_signed(keys);
    let evil = &pieces.evil;
    let around = |inner: &str| evil.replacen("<Subject>", &format!("{inner}<Subject>"), 1);
    let by_another = Seal::new(&keys.other).sign(&unsigned(), ASSERTION);
    let by_another = span(&by_another, "<Assertion ", "</Assertion>");
    for (file, shows, plaintext) in [
        (
            "a27-encrypted-without-signature",
            "the attacker's assertion, encrypted for the service provider",
            evil.clone(),
        ),
        (
            "a27-signed-by-another",
            "the assertion is signed, by another key",
            by_another.to_owned(),
        ),
        (
            "a27-signature-borrowed",
            "the attacker's assertion with a signature that was made for another",
            around(&pieces.signature),
        ),
        (
            "a27-signed-within",
            "the attacker's assertion around the signed one",
            around(&format!("<Advice>{}</Advice>", pieces.assertion)),
        ),
        (
            "a27-signed-beside",
            "the attacker's assertion and the signed one in one ciphertext",
            format!("{evil}{}", pieces.assertion),
        ),
        (
            "a27-response-within",
            "a whole signed response in the ciphertext",
            Seal::new(&keys.idp).sign(&unsigned(), RESPONSE),
        ),
    ] {
        let content = pieces.with(&ciphertext_of(keys, &plaintext));
        book.add(encrypted_attack("A27", file, shows), content);
    }
}

/// A signature is there and valid, and does not say what the attacker needs.
fn around_the_signature(book: &mut Book, keys: &Keys) {
    let pieces = Pieces::assertion_signed(keys);
    let evil = ciphertext_of(keys, &pieces.evil);
    let seal = Seal::new(&keys.idp);
    let around = seal.sign(&encrypted_for(&keys.sp, &unsigned()), RESPONSE);
    let data = span(&around, "<EncryptedAssertion", "</EncryptedAssertion>");
    let naming_plaintext = Seal {
        uri: Some(format!("#{ASSERTION}")),
        ..seal.clone()
    };
    let named = naming_plaintext.sign(&encrypted_for(&keys.sp, &unsigned()), RESPONSE);
    let with_name = |name: &str| {
        Encryption::default()
            .encrypt(
                &unsigned().replacen(VICTIM, name, 1),
                Encrypt::NameId,
                &[keys.sp.private.verifying_key()],
            )
            .expect("an RSA key to encrypt for")
    };
    let victim = seal.sign(&with_name(VICTIM), ASSERTION);
    let admin = with_name(ADMIN);
    let name = |xml: &str| span(xml, "<EncryptedID", "</EncryptedID>").to_owned();
    for (file, shows, control, code, check, content) in [
        (
            "a27-ciphertext-swapped",
            "the ciphertext of a signed response swapped for the attacker's",
            "response-signed",
            "signature-digest",
            "signature",
            edit(&around, data, &evil),
        ),
        (
            "a27-encrypted-before-signed",
            "the attacker's ciphertext before the signed assertion",
            "assertion-signed",
            "assertion-repeated",
            "structure",
            pieces.with(&format!("{evil}{}", pieces.assertion)),
        ),
        (
            "a27-signature-names-plaintext",
            "the signature of the response names the assertion in the ciphertext",
            "response-signed",
            "signature-reference",
            "signature",
            named,
        ),
        (
            "a27-name-swapped",
            "an encrypted name swapped for the attacker's in a signed assertion",
            "name-id",
            "signature-digest",
            "signature",
            edit(&victim, &name(&victim), &name(&admin)),
        ),
    ] {
        let fixture = for_sp(attack(&["A27"], file, shows, code, &[check]));
        book.add(controlled_by(fixture, control), content);
    }
}

/// Two names for one person: one reader takes the first and another the second.
fn two_names(book: &mut Book, keys: &Keys) {
    let plain = unsigned();
    let name = span(&plain, "<NameID ", "</NameID>");
    let encrypted = Encryption::default()
        .encrypt(
            &plain.replacen(VICTIM, ADMIN, 1),
            Encrypt::NameId,
            &[keys.sp.private.verifying_key()],
        )
        .expect("an RSA key to encrypt for");
    let encrypted = span(&encrypted, "<EncryptedID", "</EncryptedID>");
    let both = edit(&plain, name, &format!("{name}{encrypted}"));
    let fixture = attack(
        &["A21"],
        "a21-name-and-encrypted-name",
        "a name in plain beside another that is encrypted",
        "assertion-malformed",
        &["assertion"],
    );
    book.add(
        controlled_by(for_sp(fixture), "name-id"),
        Seal::new(&keys.idp).sign(&both, ASSERTION),
    );
}

/// Ciphertext that was changed on the way, to see what the answer gives away: `decryption-failed` in each case, and under a
/// signature the digest, before anything is decrypted.
fn broken(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    let cbc = encrypted_for(&keys.sp, &signed);
    let gcm = in_gcm(keys, &signed);
    let flip = |at: fn(usize) -> usize| {
        move |bytes: &mut Vec<u8>| {
            let at = at(bytes.len());
            bytes[at] ^= 1;
        }
    };
    for (file, shows, control, content) in [
        (
            "a28-cbc-vector",
            "a bit of the vector, and so of the first block, is flipped",
            "assertion-signed",
            with_content(&cbc, flip(|_| 9)),
        ),
        (
            "a28-cbc-padding",
            "a bit of the padding is flipped",
            "assertion-signed",
            with_content(&cbc, flip(|length| length - 17)),
        ),
        (
            "a28-cbc-cut",
            "the last block is missing",
            "assertion-signed",
            with_content(&cbc, |bytes| bytes.truncate(bytes.len() - 16)),
        ),
        (
            "a28-cbc-half-a-block",
            "half a block is missing",
            "assertion-signed",
            with_content(&cbc, |bytes| bytes.truncate(bytes.len() - 8)),
        ),
        (
            "a28-nothing",
            "there is no ciphertext",
            "assertion-signed",
            with_content(&cbc, |bytes| bytes.clear()),
        ),
        (
            "a28-gcm-tag",
            "a bit of the tag is flipped",
            "aes256-gcm",
            with_content(&gcm, flip(|length| length - 1)),
        ),
        (
            "a28-gcm-tag-cut",
            "the tag is one octet long",
            "aes256-gcm",
            with_content(&gcm, |bytes| bytes.truncate(bytes.len() - 15)),
        ),
        (
            "a28-gcm-as-cbc",
            "what GCM encrypted is said to be CBC, which needs no tag",
            "aes256-gcm",
            edit(
                &gcm,
                ContentEncryption::Aes256Gcm.uri(),
                ContentEncryption::Aes256Cbc.uri(),
            ),
        ),
        (
            "a28-wrapped-key",
            "a bit of the wrapped key is flipped",
            "assertion-signed",
            with_wrapped(&cbc, flip(|length| length - 1)),
        ),
        (
            "a28-wrapped-key-one",
            "the wrapped key is the number 1",
            "assertion-signed",
            with_wrapped(&cbc, |bytes| {
                bytes.fill(0);
                bytes[255] = 1;
            }),
        ),
        (
            "a28-cipher-reference",
            "the ciphertext is to be fetched",
            "assertion-signed",
            cbc.replace(
                last_span(&cbc),
                "<xenc:CipherReference URI=\"https://evil.example/ciphertext\"/>",
            ),
        ),
    ] {
        let fixture = encrypted_attack("A28", file, shows);
        book.add(controlled_by(fixture, control), content);
    }
    let around = Seal::new(&keys.idp).sign(&encrypted_for(&keys.sp, &unsigned()), RESPONSE);
    let fixture = attack(
        &["A28"],
        "a28-signature-first",
        "broken ciphertext under a signature is not decrypted at all",
        "signature-digest",
        &["signature"],
    );
    book.add(
        controlled_by(for_sp(fixture), "response-signed"),
        with_content(&around, flip(|length| length - 17)),
    );
}

/// Soundly encrypted, in ways that leak.
fn refused_algorithms(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    let private =
        Rsa::private_key_from_pem(keys.sp.private.to_pem().as_bytes()).expect("an RSA key");
    let modern = encrypted_for(&keys.sp, &signed);
    let old_transport = edit(
        &with_wrapped(&modern, |bytes| {
            *bytes = wrap_with_rsa_1_5(&private, &unwrap(&private, bytes));
        }),
        "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
        "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
    );
    book.add(
        encrypted_attack("A28", "a28-rsa-1-5", "the key is wrapped with RSA 1.5"),
        without_digest_method(&old_transport),
    );
    let old_cipher = with_wrapped(&modern, |bytes| {
        let key = unwrap(&private, bytes);
        *bytes = wrap_with_oaep(&private, &key[..24]);
    });
    let old_cipher = with_content(&old_cipher, |bytes| {
        let key = unwrap(&private, &wrapped_key(&old_cipher));
        let assertion = span(&signed, "<Assertion ", "</Assertion>");
        let (cipher, vector) = (Cipher::des_ede3_cbc(), bytes[..8].to_vec());
        let encrypted = openssl::symm::encrypt(cipher, &key, Some(&vector), assertion.as_bytes());
        *bytes = [vector, encrypted.expect("a key of 24 octets")].concat();
    });
    book.add(
        encrypted_attack("A28", "a28-triple-des", "encrypted with Triple DES"),
        edit(
            &old_cipher,
            ContentEncryption::Aes256Cbc.uri(),
            "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
        ),
    );
}

fn encrypted_attack(row: &str, file: &str, shows: &str) -> Fixture {
    let fixture = attack(&[row], file, shows, "decryption-failed", &["decryption"]);
    controlled_by(for_sp(fixture), "assertion-signed")
}

fn controlled_by(fixture: Fixture, control: &str) -> Fixture {
    Fixture {
        control: Some(format!("responses/encrypted/{control}.xml")),
        ..fixture
    }
}
