//! Files of certificates, in every form in which portals and tools hand them out. The form is found by the content: `.cer`
//! alone is used for three of them. Metadata documents are read by another layer.

mod bare_base64;
mod contents;
mod der;
mod element;
mod fragment;
mod json;
mod limits;
mod pem;

use std::borrow::Cow;

use self::bare_base64::from_bare_base64;
pub(crate) use self::contents::CertificateFile;
use self::der::from_der;
pub(crate) use self::element::certificates_of_element;
use self::limits::FILE_BYTES_MAX;
use self::limits::check_number;
use self::pem::from_pem;
use super::Certificate;
use super::CertificateError;
use super::foreign;
use super::pasted::PEM_BEGIN;
use super::pasted::normalized;
use crate::form;
use crate::text;
use crate::text::NotText;

/// Reads the certificates of a file: PEM (any number, other blocks and text around them are passed over), DER (one behind the
/// other), bare base64, PKCS #7 in any of these, an `X509Certificate` element alone, a JSON web key set or Microsoft Graph's
/// `keyCredentials`; text in UTF-8 or, as Windows saves it, in UTF-16. What mail programs, word processors and shells do to
/// such a text is undone. Keys that JSON or XML marks as meant for encryption are passed over, and so is all of an `X509Data`
/// but its first certificate.
///
/// # Errors
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
    if bytes.len() > FILE_BYTES_MAX {
        return Err(CertificateError::TooLarge {
            bytes: bytes.len(),
            limit: FILE_BYTES_MAX,
        });
    }
    let file = match Form::of(bytes)? {
        Form::Der => from_der(bytes)?.into(),
        Form::Text(text) => from_text(&text)?,
    };
    if file.certificates.is_empty() {
        let found = Some(file.passed_over.join("; ")).filter(|found| !found.is_empty());
        return Err(CertificateError::NoCertificate { found });
    }
    check_number(file.certificates.len())?;
    Ok(file)
}

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
                    Some(form) => Err(CertificateError::other_form(form)),
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
    let normalized = normalized(text);
    let certificates = match normalized.contains(PEM_BEGIN) {
        true => from_pem(&normalized),
        false => from_bare_base64(&normalized).map_err(|error| match form::of_text(text) {
            Some(form) => CertificateError::other_form(form),
            None if normalized.contains("BEGIN CERTIFICATE") => CertificateError::Malformed {
                reason: "its first line should read -----BEGIN CERTIFICATE-----, with five hyphens on either side".to_owned(),
            },
            None => error,
        }),
    };
    certificates.map(CertificateFile::from)
}

const METADATA_ROOTS: [&str; 2] = ["EntityDescriptor", "EntitiesDescriptor"];

#[cfg(test)]
mod tests;
