//! Names for bytes that are not what was asked for: the other things that are kept in DER and PEM.

use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::X509;
use openssl::x509::X509Crl;
use openssl::x509::X509Req;

use super::certificate::decode_base64;
use super::pasted::Blocks;
use super::pasted::normalized;
use crate::text;

/// A name for DER, in an admin's words.
pub(super) fn of_der(der: &[u8]) -> Option<&'static str> {
    let is = |found: bool, form| found.then_some(form);
    is(Pkcs12::from_der(der).is_ok(), PFX)
        .or_else(|| is(holds(der, &ENCRYPTED), ENCRYPTED_KEY))
        .or_else(|| is(PKey::private_key_from_der(der).is_ok(), PRIVATE_KEY))
        .or_else(|| is(X509Req::from_der(der).is_ok(), REQUEST))
        .or_else(|| is(X509Crl::from_der(der).is_ok(), REVOCATIONS))
        .or_else(|| is(PKey::public_key_from_der(der).is_ok(), PUBLIC_KEY))
        .or_else(|| is(Rsa::public_key_from_der_pkcs1(der).is_ok(), PUBLIC_KEY))
        .or_else(|| is(X509::from_der(der).is_ok(), CERTIFICATE))
}

/// The name of a secret that was handed over for something public: PKCS #12 or a private key, in DER, PEM or bare base64.
pub(crate) fn secret(bytes: &[u8]) -> Option<&'static str> {
    if bytes.len() > SECRET_BYTES_MAX {
        return None;
    }
    let is_secret = |form: &&str| SECRETS.contains(form);
    if let Some(form) = of_der(bytes) {
        return Some(form).filter(is_secret);
    }
    let text = text::decode(bytes).ok()?;
    let normalized = normalized(&text);
    let mut labels = Blocks(&normalized).filter_map(|block| known_label(block.label));
    let bare = || of_der(&decode_base64(normalized.trim()).ok()?);
    labels.find(is_secret).or_else(|| bare().filter(is_secret))
}

/// A name for a PEM block.
pub(super) fn of_label(label: &str) -> String {
    match known_label(label) {
        Some(form) => format!("{form} (PEM block {label:?})"),
        None => format!("a PEM block {label:?}"),
    }
}

pub(super) fn known_label(label: &str) -> Option<&'static str> {
    Some(match label {
        "ENCRYPTED PRIVATE KEY" => ENCRYPTED_KEY,
        "OPENSSH PRIVATE KEY" | "SSH2 ENCRYPTED PRIVATE KEY" => SSH_KEY,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => REQUEST,
        "X509 CRL" => REVOCATIONS,
        "PKCS12" => PFX,
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => CERTIFICATE,
        _ if label.ends_with("PRIVATE KEY") => PRIVATE_KEY,
        _ if label.ends_with("PUBLIC KEY") => PUBLIC_KEY,
        _ => return None,
    })
}

/// True for DER that begins with a SEQUENCE in a SEQUENCE whose object identifier begins so.
fn holds(der: &[u8], identifier: &[u8]) -> bool {
    let inside = |der: &[u8]| -> Option<usize> {
        match der {
            [0x30, 0x82, ..] => Some(4),
            [0x30, 0x81, ..] => Some(3),
            [0x30, ..] => Some(2),
            _ => None,
        }
    };
    let inner = inside(der).and_then(|start| der.get(start..));
    let content = inner.and_then(|inner| inner.get(inside(inner)?..));
    content.is_some_and(|content| content.starts_with(identifier))
}

pub(super) const PFX: &str =
    "PKCS #12 (.pfx, .p12) with a private key in it, which you keep to yourself";
pub(super) const ENCRYPTED_KEY: &str =
    "a private key behind a passphrase, which you keep to yourself";
pub(super) const PRIVATE_KEY: &str = "a private key, which you keep to yourself";
pub(super) const SSH_KEY: &str = "a key of OpenSSH, which you keep to yourself";
pub(super) const REQUEST: &str =
    "a certificate request (CSR), which asks an authority for a certificate";
pub(super) const REVOCATIONS: &str = "a list of revoked certificates (CRL)";
pub(super) const PUBLIC_KEY: &str = "a public key alone, without its certificate";
pub(super) const CERTIFICATE: &str = "a certificate, which holds the public key alone";

/// Forms that hold a private key.
const SECRETS: [&str; 4] = [PFX, ENCRYPTED_KEY, PRIVATE_KEY, SSH_KEY];

/// Bytes of a key or a PKCS #12 file at most; both have a few thousand.
const SECRET_BYTES_MAX: usize = 1024 * 1024;

/// The object identifier of PKCS #5 (1.2.840.113549.1.5), under which private keys are encrypted, without its last part.
const ENCRYPTED: [u8; 10] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05];
