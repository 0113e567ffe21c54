//! Certificates in base64 without a word around it.

use super::der::from_der;
use super::limits::all;
use crate::crypto::Certificate;
use crate::crypto::CertificateError;
use crate::crypto::certificate::decode_base64;
use crate::text::is_quote;

/// Base64 without a word around it. Many a text happens to be base64, so this must at least come out as a SEQUENCE.
pub(super) fn from_bare_base64(text: &str) -> Result<Vec<Certificate>, CertificateError> {
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
