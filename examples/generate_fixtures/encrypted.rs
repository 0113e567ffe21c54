//! Encrypted responses that must be accepted: every algorithm, every place for the key, every way to sign.

use entrada::crypto::ContentEncryption;
use entrada::crypto::Oaep;
use entrada::crypto::OaepDigest;
use entrada::practice::Encrypt;
use entrada::practice::Encryption;
use entrada::practice::KeyPlace;

use super::base::*;
use super::book::Book;
use super::keys::Key;
use super::keys::Keys;
use super::manifest::Fixture;
use super::seal::Seal;

pub(crate) fn write(book: &mut Book, keys: &Keys) {
    signing_options(book, keys);
    algorithms(book, keys);
    key_places(book, keys);
}

/// A fixture whose service provider can decrypt.
pub(crate) fn for_sp(fixture: Fixture) -> Fixture {
    Fixture {
        sp_key: Some("keys/sp.pem".to_owned()),
        ..fixture
    }
}

/// The response with its assertion encrypted as most identity providers do.
pub(crate) fn encrypted_for(recipient: &Key, xml: &str) -> String {
    encrypted(&Encryption::default(), Encrypt::Assertion, recipient, xml)
}

pub(crate) fn encrypted(how: &Encryption, what: Encrypt, recipient: &Key, xml: &str) -> String {
    how.encrypt(xml, what, &[recipient.private.verifying_key()])
        .expect("an RSA key to encrypt for")
}

/// One control.
fn add(book: &mut Book, file: &str, shows: &str, content: String) {
    book.add(
        for_sp(accepted(&format!("encrypted/{file}.xml"), shows)),
        content,
    );
}

fn signing_options(book: &mut Book, keys: &Keys) {
    let seal = Seal::new(&keys.idp);
    let signed = seal.sign(&unsigned(), ASSERTION);
    let inside = encrypted_for(&keys.sp, &signed);
    let around = seal.sign(&encrypted_for(&keys.sp, &unsigned()), RESPONSE);
    let both = seal.sign(&inside, RESPONSE);
    add(
        book,
        "assertion-signed",
        "Entra's default with token encryption: the encrypted assertion is signed itself",
        inside,
    );
    add(
        book,
        "response-signed",
        "the response is signed around the ciphertext",
        around,
    );
    add(
        book,
        "both-signed",
        "the assertion is signed within, and the response around",
        both,
    );
    let how = Encryption::default();
    for (file, what) in [
        ("name-id", Encrypt::NameId),
        ("attribute", Encrypt::Attribute),
    ] {
        let xml = encrypted(&how, what, &keys.sp, &unsigned());
        add(
            book,
            file,
            &format!("the signed assertion holds an {}", what.encrypted()),
            seal.sign(&xml, ASSERTION),
        );
    }
}

fn algorithms(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    for (file, content) in [
        ("aes128-cbc", ContentEncryption::Aes128Cbc),
        ("aes192-cbc", ContentEncryption::Aes192Cbc),
        ("aes128-gcm", ContentEncryption::Aes128Gcm),
        ("aes192-gcm", ContentEncryption::Aes192Gcm),
        ("aes256-gcm", ContentEncryption::Aes256Gcm),
    ] {
        let how = Encryption {
            content,
            ..Encryption::default()
        };
        let shows = format!("encrypted with {}", content.uri());
        add(
            book,
            file,
            &shows,
            encrypted(&how, Encrypt::Assertion, &keys.sp, &signed),
        );
    }
    for (file, digest, mgf) in [
        ("oaep-sha256", OaepDigest::Sha256, OaepDigest::Sha256),
        ("oaep-sha384", OaepDigest::Sha384, OaepDigest::Sha384),
        ("oaep-sha512", OaepDigest::Sha512, OaepDigest::Sha512),
        (
            "oaep-sha256-mgf1-sha1",
            OaepDigest::Sha256,
            OaepDigest::Sha1,
        ),
    ] {
        let how = Encryption {
            oaep: Oaep {
                digest,
                mgf,
                label: Vec::new(),
            },
            ..Encryption::default()
        };
        let shows = format!("the key is wrapped with {digest:?}, masked with {mgf:?}");
        add(
            book,
            file,
            &shows,
            encrypted(&how, Encrypt::Assertion, &keys.sp, &signed),
        );
    }
}

fn key_places(book: &mut Book, keys: &Keys) {
    let signed = Seal::new(&keys.idp).sign(&unsigned(), ASSERTION);
    for (file, shows, place) in [
        (
            "key-retrieved",
            "the key stands beside the data, which refers to it",
            KeyPlace::Retrieved,
        ),
        (
            "key-beside",
            "the key stands beside the data, and nothing says so",
            KeyPlace::Beside,
        ),
    ] {
        let how = Encryption {
            place,
            ..Encryption::default()
        };
        add(
            book,
            file,
            shows,
            encrypted(&how, Encrypt::Assertion, &keys.sp, &signed),
        );
    }
    let recipients = [
        keys.other.private.verifying_key(),
        keys.sp.private.verifying_key(),
    ];
    let for_two = Encryption::default()
        .encrypt(&signed, Encrypt::Assertion, &recipients)
        .expect("RSA keys to encrypt for");
    add(
        book,
        "two-recipients",
        "encrypted for somebody else first, then for us",
        for_two,
    );
}
