//! Certificates in the text of an `X509Certificate` element.

use super::bare_base64::from_bare_base64;
use super::limits::FILE_BYTES_MAX;
use super::pem::from_pem;
use crate::crypto::Certificate;
use crate::crypto::CertificateError;
use crate::crypto::pasted::PEM_BEGIN;
use crate::crypto::pasted::normalized;

/// The certificates in the text of one `X509Certificate` element. There should be one, in base64; some publishers put the
/// lines of PEM in it too, or a second certificate behind the first.
pub(crate) fn certificates_of_element(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(CertificateError::TooLarge {
            bytes: text.len(),
            limit: FILE_BYTES_MAX,
        });
    }
    match Certificate::from_base64(text) {
        Ok(certificate) => Ok(vec![certificate]),
        Err(error @ (CertificateError::Base64(_) | CertificateError::Malformed { .. })) => {
            let normalized = normalized(text);
            let read = match normalized.contains(PEM_BEGIN) {
                true => from_pem(&normalized),
                false => from_bare_base64(&normalized),
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
