//! Files of certificates, in every form in which portals and tools hand them out.
//!
//! The form is found by looking at the content, as file names say nothing (`.cer` is used for three of them). Metadata
//! documents hold certificates too, and are read by another layer.

use std::borrow::Cow;

use openssl::pkcs7::Pkcs7;
use openssl::pkcs12::Pkcs12;

use super::Certificate;
use super::CertificateError;
use super::certificate::decode_base64;
use crate::text;
use crate::text::NotText;

/// Reads the certificates of a file: PEM (any number, other blocks and text around them are passed over), DER, bare base64, or
/// PKCS #7 in any of these; text in UTF-8 or, as Windows saves it, in UTF-16.
///
/// # Errors
///
/// A [`CertificateError`] for the first certificate that is refused; also for a file without any, above 1 MiB, or with more
/// than 64 of them.
///
/// ```
/// use entrada::crypto::{CertificateError, certificates_from_bytes};
///
/// let key = b"-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n";
/// assert!(matches!(certificates_from_bytes(key), Err(CertificateError::NoCertificate { .. })));
/// ```
pub fn certificates_from_bytes(bytes: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
    if bytes.len() > FILE_OCTETS_MAX {
        return Err(CertificateError::TooLarge {
            octets: bytes.len(),
            limit: FILE_OCTETS_MAX,
        });
    }
    let certificates = match Form::of(bytes)? {
        Form::Der(der) => from_der(der)?,
        Form::Pem(text) => from_pem(&text)?,
        Form::Base64(text) => from_bare_base64(&text)?,
    };
    match certificates.len() {
        0 => Err(CertificateError::NoCertificate { found: None }),
        1..=CERTIFICATES_MAX => Ok(certificates),
        found => Err(CertificateError::TooMany {
            certificates: found,
            limit: CERTIFICATES_MAX,
        }),
    }
}

/// The form of a file.
enum Form<'a> {
    Der(&'a [u8]),
    Pem(Cow<'a, str>),
    Base64(Cow<'a, str>),
}

impl<'a> Form<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, CertificateError> {
        // A SEQUENCE with a length of 128 octets or more, or (in BER) an indefinite one: no text starts like this.
        if let [0x30, 0x80..=0x84, ..] = bytes {
            return Ok(Self::Der(bytes));
        }
        let text = text(bytes)?;
        match text.contains(PEM_BEGIN) {
            true => Ok(Self::Pem(text)),
            false => Ok(Self::Base64(text)),
        }
    }
}

/// The text of a file. Other bytes may stand around PEM blocks, in remarks for example.
fn text(bytes: &[u8]) -> Result<Cow<'_, str>, CertificateError> {
    match text::decode(bytes) {
        Ok(text) => Ok(text),
        Err(NotText::Other { .. }) => Ok(String::from_utf8_lossy(bytes)),
        Err(error) => Err(CertificateError::NotText {
            reason: error.to_string(),
        }),
    }
}

/// Base64 without a word around it. Many a text happens to be base64, so this must at least come out as a SEQUENCE.
fn from_bare_base64(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    match decode_base64(text).as_deref() {
        Ok([]) => Ok(Vec::new()),
        Ok(der @ [0x30, ..]) => from_der(der),
        Ok(_) | Err(_) => Err(CertificateError::Unrecognised),
    }
}

/// One certificate, or PKCS #7.
fn from_der(der: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
    match Certificate::from_der(der) {
        Err(error @ CertificateError::Malformed { .. }) => match Pkcs7::from_der(der) {
            Ok(bundle) => from_pkcs7(&bundle),
            Err(_) if Pkcs12::from_der(der).is_ok() => Err(CertificateError::Pkcs12),
            Err(_) => Err(error),
        },
        certificate => Ok(vec![certificate?]),
    }
}

/// The certificates that come with a `SignedData` (RFC 2315 §9.1): a "degenerate" one has nothing else.
fn from_pkcs7(bundle: &Pkcs7) -> Result<Vec<Certificate>, CertificateError> {
    let Some(certificates) = bundle.signed().and_then(|signed| signed.certificates()) else {
        return Ok(Vec::new());
    };
    if certificates.len() > CERTIFICATES_MAX {
        return Err(CertificateError::TooMany {
            certificates: certificates.len(),
            limit: CERTIFICATES_MAX,
        });
    }
    certificates
        .iter()
        .map(|x509| Certificate::from_der(&x509.to_der().map_err(super::KeyError::from)?))
        .collect()
}

fn from_pem(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    let mut certificates = Vec::new();
    let mut passed_over = None;
    for block in Blocks(text) {
        let (label, body) = block?;
        match label {
            "CERTIFICATE" | "X509 CERTIFICATE" => {
                certificates.push(Certificate::from_base64(body)?)
            }
            // OpenSSL's own form: notes on what the certificate is trusted for follow it.
            "TRUSTED CERTIFICATE" => {
                certificates.push(Certificate::from_start_of(&decode_base64(body)?)?.0)
            }
            "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS" => {
                certificates.extend(from_der(&decode_base64(body)?)?)
            }
            other => passed_over = passed_over.or(Some(other)),
        }
        if certificates.len() > CERTIFICATES_MAX {
            return Err(CertificateError::TooMany {
                certificates: certificates.len(),
                limit: CERTIFICATES_MAX,
            });
        }
    }
    match (certificates.is_empty(), passed_over) {
        (true, Some(label)) => Err(CertificateError::NoCertificate {
            found: Some(label.chars().take(LABEL_SHOWN_MAX).collect()),
        }),
        _ => Ok(certificates),
    }
}

/// The PEM blocks of a text, as label and body. Line breaks do not matter: they get lost where PEM goes through a form field.
struct Blocks<'a>(&'a str);

impl<'a> Iterator for Blocks<'a> {
    type Item = Result<(&'a str, &'a str), CertificateError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, from_label) = self.0.split_once(PEM_BEGIN)?;
        let block = split_block(from_label);
        self.0 = block.map_or("", |(_, _, rest)| rest);
        Some(block.map(|(label, body, _)| (label, body)).ok_or_else(|| {
            CertificateError::Malformed {
                reason: "a PEM block does not end".to_owned(),
            }
        }))
    }
}

/// Splits `LABEL-----BODY-----END LABEL-----REST`.
fn split_block(from_label: &str) -> Option<(&str, &str, &str)> {
    let (label, from_body) = from_label.split_once(PEM_DASHES)?;
    let (body, from_end) = from_body.split_once(PEM_END)?;
    let rest = from_end.strip_prefix(label)?.strip_prefix(PEM_DASHES)?;
    Some((label, body, rest))
}

const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";
const PEM_DASHES: &str = "-----";
/// The certificates of all authorities that browsers trust fit in a quarter of this.
const FILE_OCTETS_MAX: usize = 1024 * 1024;
/// An Entra tenant publishes four, an app one or two; a chain in a bundle adds a few.
const CERTIFICATES_MAX: usize = 64;
/// Characters of a PEM label that an error keeps. The longest in use has 26.
const LABEL_SHOWN_MAX: usize = 40;

#[cfg(test)]
mod tests;
