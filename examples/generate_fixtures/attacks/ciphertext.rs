//! Ciphertexts and wrapped keys, made and changed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entrada::crypto::ContentEncryption;
use entrada::practice::Encrypt;
use entrada::practice::Encryption;
use openssl::pkey::Private;
use openssl::rsa::Padding;
use openssl::rsa::Rsa;

use crate::base::*;
use crate::keys::Keys;

/// An `EncryptedAssertion` that holds this text.
pub(super) fn ciphertext_of(keys: &Keys, plaintext: &str) -> String {
    let recipient = keys.sp.private.verifying_key();
    Encryption::default()
        .encrypt_bytes(plaintext.as_bytes(), Encrypt::Assertion, &[recipient])
        .expect("an RSA key to encrypt for")
}

pub(super) fn in_gcm(keys: &Keys, xml: &str) -> String {
    let how = Encryption {
        content: ContentEncryption::Aes256Gcm,
        ..Encryption::default()
    };
    how.encrypt(xml, Encrypt::Assertion, &[keys.sp.private.verifying_key()])
        .expect("an RSA key to encrypt for")
}

/// The response with its ciphertext changed, which stands behind the wrapped key.
pub(super) fn with_content(xml: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    changed(xml, last_span(xml), change)
}

pub(super) fn with_wrapped(xml: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    changed(xml, span(xml, OPEN, CLOSE), change)
}

pub(super) fn wrapped_key(xml: &str) -> Vec<u8> {
    decoded(span(xml, OPEN, CLOSE))
}

pub(super) fn last_span(xml: &str) -> &str {
    span(
        &xml[xml.rfind(OPEN).expect("there is ciphertext")..],
        OPEN,
        CLOSE,
    )
}

fn changed(xml: &str, value: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = decoded(value);
    change(&mut bytes);
    edit(
        xml,
        value,
        &format!("{OPEN}{}{CLOSE}", STANDARD.encode(bytes)),
    )
}

fn decoded(value: &str) -> Vec<u8> {
    STANDARD
        .decode(&value[OPEN.len()..value.len() - CLOSE.len()])
        .expect("our own base64")
}

pub(super) fn without_digest_method(xml: &str) -> String {
    let method = "<ds:DigestMethod xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/>";
    edit(xml, method, "")
}

pub(super) fn unwrap(private: &Rsa<Private>, wrapped: &[u8]) -> Vec<u8> {
    let mut key = vec![0; private.size() as usize];
    let length = private
        .private_decrypt(wrapped, &mut key, Padding::PKCS1_OAEP)
        .expect("our own wrapped key");
    key.truncate(length);
    key
}

pub(super) fn wrap_with_rsa_1_5(private: &Rsa<Private>, key: &[u8]) -> Vec<u8> {
    wrap(private, key, Padding::PKCS1)
}

pub(super) fn wrap_with_oaep(private: &Rsa<Private>, key: &[u8]) -> Vec<u8> {
    wrap(private, key, Padding::PKCS1_OAEP)
}

fn wrap(private: &Rsa<Private>, key: &[u8], padding: Padding) -> Vec<u8> {
    let mut wrapped = vec![0; private.size() as usize];
    private
        .public_encrypt(key, &mut wrapped, padding)
        .expect("a key shorter than the modulus");
    wrapped
}

const OPEN: &str = "<xenc:CipherValue>";
const CLOSE: &str = "</xenc:CipherValue>";
