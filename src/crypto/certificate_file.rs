//! Files of certificates, in every form in which portals and tools hand them out.
//!
//! The form is found by looking at the content, as file names say nothing (`.cer` is used for three of them). Metadata
//! documents hold certificates too, and are read by another layer.

use std::borrow::Cow;

use super::Certificate;
use super::CertificateError;
use super::certificate::decode_base64;
use super::foreign;
use super::pasted::Blocks;
use super::pasted::LABEL_SHOWN_MAX;
use super::pasted::PEM_BEGIN;
use super::pasted::mended;
use crate::form;
use crate::text;
use crate::text::NotText;
use crate::text::is_quote;
use openssl::pkcs7::Pkcs7;

mod fragment;
mod json;

/// The certificates of a file, and what was passed over beside them.
#[derive(Debug, Default)]
pub(crate) struct CertificateFile {
    pub(crate) certificates: Vec<Certificate>,
    /// Parts that were passed over, in words.
    pub(crate) passed_over: Vec<String>,
}

impl From<Vec<Certificate>> for CertificateFile {
    fn from(certificates: Vec<Certificate>) -> CertificateFile {
        CertificateFile {
            certificates,
            passed_over: Vec::new(),
        }
    }
}

impl CertificateFile {
    /// Notes once what was passed over, as much as a person reads.
    fn pass_over(&mut self, what: String) {
        if self.passed_over.len() < PASSED_OVER_MAX && !self.passed_over.contains(&what) {
            self.passed_over.push(what);
        }
    }
}

/// Reads the certificates of a file: PEM (any number, other blocks and text around them are passed over), DER (one behind the
/// other), bare base64, PKCS #7 in any of these, an `X509Certificate` element alone, a JSON web key set or Microsoft Graph's
/// `keyCredentials`; text in UTF-8 or, as Windows saves it, in UTF-16. What mail programs, word processors and shells do to
/// such a text is undone. Keys that JSON or XML marks as meant for encryption are passed over, and so is all of an `X509Data`
/// but its first certificate.
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
    certificate_file(bytes).map(|file| file.certificates)
}

/// Reads the same, with what was passed over.
pub(crate) fn certificate_file(bytes: &[u8]) -> Result<CertificateFile, CertificateError> {
    if bytes.len() > FILE_OCTETS_MAX {
        return Err(CertificateError::TooLarge {
            octets: bytes.len(),
            limit: FILE_OCTETS_MAX,
        });
    }
    let file = match Form::of(bytes)? {
        Form::Der => from_der(bytes)?.into(),
        Form::Text(text) => from_text(&text)?,
    };
    match file.certificates.len() {
        0 => Err(CertificateError::NoCertificate {
            found: match file.passed_over.is_empty() {
                true => None,
                false => Some(file.passed_over.join("; ")),
            },
        }),
        1..=CERTIFICATES_MAX => Ok(file),
        found => Err(too_many(found)),
    }
}

/// The certificates in the text of one `X509Certificate` element. There should be one, in base64; some publishers put the
/// lines of PEM in it too, or a second certificate behind the first.
pub(crate) fn certificates_of_element(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    if text.len() > FILE_OCTETS_MAX {
        return Err(CertificateError::TooLarge {
            octets: text.len(),
            limit: FILE_OCTETS_MAX,
        });
    }
    match Certificate::from_base64(text) {
        Ok(certificate) => Ok(vec![certificate]),
        Err(error @ (CertificateError::Base64(_) | CertificateError::Malformed { .. })) => {
            let mended = mended(text);
            let read = match mended.contains(PEM_BEGIN) {
                true => from_pem(&mended),
                false => from_bare_base64(&mended),
            };
            match read {
                Ok(certificates) if certificates.is_empty() => Err(error),
                Err(CertificateError::Unrecognised) => Err(error),
                read => read,
            }
        }
        Err(error) => Err(error),
    }
}

/// The form of a file.
enum Form<'a> {
    Der,
    Text(Cow<'a, str>),
}

impl<'a> Form<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, CertificateError> {
        // A SEQUENCE with a length of 128 bytes or more, or (in BER) an indefinite one: no text starts like this.
        if let [0x30, 0x80..=0x84, ..] = bytes {
            return Ok(Self::Der);
        }
        match text::decode(bytes) {
            Ok(text) => Ok(Self::Text(text)),
            // Other bytes may stand around PEM blocks, in remarks for example.
            Err(NotText::Other { .. }) => {
                match foreign::secret(bytes).or_else(|| form::of(bytes)) {
                    Some(form) => Err(other(form)),
                    None => Ok(Self::Text(String::from_utf8_lossy(bytes))),
                }
            }
            Err(error) => Err(CertificateError::NotText {
                reason: error.to_string(),
            }),
        }
    }
}

fn from_text(text: &str) -> Result<CertificateFile, CertificateError> {
    let trimmed = text.trim_start();
    if trimmed.starts_with(['{', '[']) {
        return json::read(trimmed);
    }
    if let Some(read) = fragment::read(trimmed) {
        return read;
    }
    // Metadata says which of its keys sign; here nobody asks.
    if trimmed.contains('<') && METADATA_ROOTS.iter().any(|root| trimmed.contains(root)) {
        return Err(CertificateError::Unrecognised);
    }
    let mended = mended(text);
    let certificates = match mended.contains(PEM_BEGIN) {
        true => from_pem(&mended),
        false => from_bare_base64(&mended).map_err(|error| match form::of_text(text) {
            Some(form) => other(form),
            None if mended.contains("BEGIN CERTIFICATE") => CertificateError::Malformed {
                reason: "its first line should read -----BEGIN CERTIFICATE-----, with five hyphens on either side".to_owned(),
            },
            None => error,
        }),
    };
    certificates.map(CertificateFile::from)
}

fn other(form: impl ToString) -> CertificateError {
    CertificateError::OtherForm {
        form: form.to_string(),
    }
}

fn too_many(found: usize) -> CertificateError {
    CertificateError::TooMany {
        certificates: found,
        limit: CERTIFICATES_MAX,
    }
}

/// All certificates of several parts, as many as are read.
fn all(
    parts: impl Iterator<Item = Result<Vec<Certificate>, CertificateError>>,
) -> Result<Vec<Certificate>, CertificateError> {
    let mut certificates = Vec::new();
    for part in parts {
        certificates.extend(part?);
        if certificates.len() > CERTIFICATES_MAX {
            return Err(too_many(certificates.len()));
        }
    }
    Ok(certificates)
}

/// Base64 without a word around it. Many a text happens to be base64, so this must at least come out as a SEQUENCE.
fn from_bare_base64(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    let quotes = |c: char| c.is_whitespace() || is_quote(c) || matches!(c, ',' | ';');
    let text = text.trim_matches(quotes);
    if text.is_empty() {
        return Ok(Vec::new());
    }
    match decode_base64(text).as_deref() {
        Ok([]) => Ok(Vec::new()),
        Ok(der @ [0x30, ..]) => from_der(der),
        Ok(_) | Err(_) => several_in_base64(text),
    }
}

/// Certificates in base64, each with its own padding, one behind the other.
fn several_in_base64(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    let compact: String = text.split_whitespace().collect();
    let padded = compact.split_inclusive('=').filter(|part| *part != "=");
    let parts: Vec<&str> = padded.map(|part| part.trim_end_matches('=')).collect();
    match parts.as_slice() {
        [] | [_] => Err(CertificateError::Unrecognised),
        parts => all(parts
            .iter()
            .map(|part| match decode_base64(part).as_deref() {
                Ok(der @ [0x30, ..]) => from_der(der),
                Ok(_) | Err(_) => Err(CertificateError::Unrecognised),
            })),
    }
}

/// One certificate or one behind the other, or PKCS #7.
fn from_der(der: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
    match Certificate::from_start_of(der) {
        Err(error @ CertificateError::Malformed { .. }) => match Pkcs7::from_der(der) {
            Ok(bundle) => from_pkcs7(&bundle),
            Err(_) => Err(match foreign::of_der(der) {
                Some(foreign::PFX) => CertificateError::Pkcs12,
                // OpenSSL is content with the frame of a certificate.
                Some(foreign::CERTIFICATE) => error,
                Some(form) => other(form),
                None => error,
            }),
        },
        first => {
            let (first, mut rest) = first?;
            let mut certificates = vec![first];
            while !rest.trim_ascii().is_empty() {
                if certificates.len() > CERTIFICATES_MAX {
                    return Err(too_many(certificates.len()));
                }
                let octets = rest.len();
                let next = Certificate::from_start_of(rest).map_err(|error| match error {
                    CertificateError::Malformed { .. } => CertificateError::Malformed {
                        reason: format!(
                            "{octets} octets follow the certificate, which are no certificate"
                        ),
                    },
                    error => error,
                });
                let (certificate, behind) = next?;
                certificates.push(certificate);
                rest = behind;
            }
            Ok(certificates)
        }
    }
}

/// The certificates that come with a `SignedData` (RFC 2315 §9.1): a "degenerate" one has nothing else.
fn from_pkcs7(bundle: &Pkcs7) -> Result<Vec<Certificate>, CertificateError> {
    let Some(certificates) = bundle.signed().and_then(|signed| signed.certificates()) else {
        return Ok(Vec::new());
    };
    if certificates.len() > CERTIFICATES_MAX {
        return Err(too_many(certificates.len()));
    }
    certificates
        .iter()
        .map(|x509| Certificate::from_der(&x509.to_der().map_err(super::KeyError::from)?))
        .collect()
}

fn from_pem(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    let mut passed_over: Option<&str> = None;
    let parts = Blocks(text).map(|block| {
        let whole = |read: Result<Vec<Certificate>, CertificateError>| match read {
            Err(CertificateError::Malformed { .. }) if !block.is_whole() => Err(block.cut_off()),
            read => read,
        };
        match block.label {
            "CERTIFICATE"
            | "X509 CERTIFICATE"
            | "X.509 CERTIFICATE"
            | "PKCS7"
            | "PKCS #7 SIGNED DATA"
            | "CMS" => whole(block.decode().and_then(|der| from_der(&der))),
            // OpenSSL's own form: notes on what the certificate is trusted for follow it.
            "TRUSTED CERTIFICATE" => {
                let first = |der: Vec<u8>| Ok(vec![Certificate::from_start_of(&der)?.0]);
                whole(block.decode().and_then(first))
            }
            other => {
                // Parameters may stand before a key.
                passed_over = passed_over
                    .filter(|label| foreign::known_label(label).is_some())
                    .or(Some(other));
                Ok(Vec::new())
            }
        }
    });
    let certificates = all(parts)?;
    match (certificates.is_empty(), passed_over) {
        (true, Some(label)) => Err(CertificateError::NoCertificate {
            found: Some(foreign::of_label(
                &label.chars().take(LABEL_SHOWN_MAX).collect::<String>(),
            )),
        }),
        _ => Ok(certificates),
    }
}

/// The certificates of all authorities that browsers trust fit in a quarter of this.
const FILE_OCTETS_MAX: usize = 1024 * 1024;
/// An Entra tenant publishes four, an app one or two; a chain in a bundle adds a few.
const CERTIFICATES_MAX: usize = 64;
/// Things passed over that a person reads through.
const PASSED_OVER_MAX: usize = 8;
/// The roots of metadata.
const METADATA_ROOTS: [&str; 2] = ["EntityDescriptor", "EntitiesDescriptor"];

#[cfg(test)]
mod tests;
