//! Files of certificates, in every form in which portals and tools hand them out.
//!
//! The form is found by looking at the content, as file names say nothing (`.cer` is used for three of them). Metadata
//! documents hold certificates too, and are read by another layer.

use std::borrow::Cow;

use openssl::pkcs7::Pkcs7;
use serde_json::Value;

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

/// Reads the certificates of a file: PEM (any number, other blocks and text around them are passed over), DER (one behind the
/// other), bare base64, PKCS #7 in any of these, an `X509Certificate` element alone, a JSON web key set or Microsoft Graph's
/// `keyCredentials`; text in UTF-8 or, as Windows saves it, in UTF-16. What mail programs, word processors and shells do to
/// such a text is undone.
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
        Form::Der => from_der(bytes)?,
        Form::Text(text) => from_text(&text)?,
    };
    match certificates.len() {
        0 => Err(CertificateError::NoCertificate { found: None }),
        1..=CERTIFICATES_MAX => Ok(certificates),
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
        // A SEQUENCE with a length of 128 octets or more, or (in BER) an indefinite one: no text starts like this.
        if let [0x30, 0x80..=0x84, ..] = bytes {
            return Ok(Self::Der);
        }
        match text::decode(bytes) {
            Ok(text) => Ok(Self::Text(text)),
            // Other bytes may stand around PEM blocks, in remarks for example.
            Err(NotText::Other { .. }) => match form::of(bytes) {
                Some(form) => Err(other(form)),
                None => Ok(Self::Text(String::from_utf8_lossy(bytes))),
            },
            Err(error) => Err(CertificateError::NotText {
                reason: error.to_string(),
            }),
        }
    }
}

fn from_text(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    let trimmed = text.trim_start();
    if trimmed.starts_with(['{', '[']) {
        return from_json(trimmed);
    }
    if let Some(elements) = elements(trimmed) {
        return all(elements.map(|text| certificates_of_element(&text)));
    }
    let mended = mended(text);
    match mended.contains(PEM_BEGIN) {
        true => from_pem(&mended),
        false => from_bare_base64(&mended).map_err(|error| match form::of_text(text) {
            Some(form) => other(form),
            None if mended.contains("BEGIN CERTIFICATE") => CertificateError::Malformed {
                reason: "its first line should read -----BEGIN CERTIFICATE-----, with five hyphens on either side".to_owned(),
            },
            None => error,
        }),
    }
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

/// The texts of the `X509Certificate` elements of a fragment of XML whose outermost element is one, or one of those around
/// it; `None` for everything else.
fn elements(text: &str) -> Option<impl Iterator<Item = Cow<'_, str>>> {
    let name = tag_name(text.strip_prefix('<')?);
    if !["X509Certificate", "X509Data", "KeyInfo", "KeyDescriptor"].contains(&name) {
        return None;
    }
    let mut rest = text;
    Some(std::iter::from_fn(move || {
        loop {
            let (_, tag) = rest.split_once('<')?;
            let (_, content) = tag.split_once('>')?;
            rest = content;
            if tag_name(tag) == "X509Certificate" {
                let end = content.find('<').unwrap_or(content.len());
                // Windows' tools write carriage returns as references.
                let content = content[..end].replace("&#13;", "").replace("&#xD;", "");
                return Some(Cow::Owned(content));
            }
        }
    }))
}

/// The local name of a tag that begins here.
fn tag_name(tag: &str) -> &str {
    let end = tag.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    let name = &tag[..end.unwrap_or(tag.len())];
    name.rsplit(':').next().unwrap_or(name)
}

/// Base64 without a word around it. Many a text happens to be base64, so this must at least come out as a SEQUENCE.
fn from_bare_base64(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    let quotes = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';');
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
    let mut passed_over = None;
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
                passed_over = passed_over.or(Some(other));
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

/// The certificates of a JSON web key set (RFC 7517 §4.7: of a chain the first has the key), of `keyCredentials` as
/// Microsoft Graph has them, and of whatever else holds certificates as texts.
fn from_json(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    let no_certificate = |found: &str| CertificateError::NoCertificate {
        found: Some(found.to_owned()),
    };
    let json: Value = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        other(format!(
            "JSON that does not parse (line {line}, column {column})"
        ))
    })?;
    let mut texts = Vec::new();
    collect(&json, &mut texts);
    let mut certificates: Vec<Certificate> = Vec::new();
    for found in all(texts.into_iter().map(certificate_text))? {
        // Graph lists one certificate for each of its uses.
        if !certificates.contains(&found) {
            certificates.push(found);
        }
    }
    match certificates.is_empty() {
        false => Ok(certificates),
        true if json.pointer("/keys/0/kty").is_some() || json.get("kty").is_some() => {
            Err(no_certificate(
                "keys without certificates (a JSON web key set without x5c): take the certificate from the metadata",
            ))
        }
        true if text.contains("\"keyCredentials\"") || text.contains("\"customKeyIdentifier\"") => {
            Err(no_certificate(
                "key credentials of Microsoft Graph without their keys: ask for them with $select=keyCredentials",
            ))
        }
        true => Err(no_certificate("JSON of another kind")),
    }
}

/// The texts of a JSON document; of a chain of certificates the first.
fn collect<'j>(json: &'j Value, texts: &mut Vec<&'j str>) {
    match json {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(members) => members.iter().for_each(|(name, value)| match value {
            Value::Array(chain) if name == "x5c" => {
                texts.extend(chain.first().and_then(Value::as_str));
            }
            value => collect(value, texts),
        }),
        _ => {}
    }
}

/// The certificates of one text in a JSON document; most are something else.
fn certificate_text(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    if text.contains("BEGIN CERTIFICATE") {
        return from_pem(&mended(text));
    }
    match decode_base64(text).as_deref() {
        Ok([0x30, 0x82, ..]) => certificates_of_element(text),
        // Base64 of a file that was in base64 or PEM already.
        Ok(file @ ([b'-', b'-', ..] | [b'M', b'I', b'I', ..])) => match str::from_utf8(file) {
            Ok(file) => certificates_of_element(file),
            Err(_) => Ok(Vec::new()),
        },
        _ => Ok(Vec::new()),
    }
}

/// The certificates of all authorities that browsers trust fit in a quarter of this.
const FILE_OCTETS_MAX: usize = 1024 * 1024;
/// An Entra tenant publishes four, an app one or two; a chain in a bundle adds a few.
const CERTIFICATES_MAX: usize = 64;

#[cfg(test)]
mod tests;
