//! Sizes and numbers beyond which a file is refused.

use crate::crypto::Certificate;
use crate::crypto::CertificateError;

pub(super) fn check_number(found: usize) -> Result<(), CertificateError> {
    match found {
        0..=CERTIFICATES_MAX => Ok(()),
        _ => Err(CertificateError::TooMany {
            certificates: found,
            limit: CERTIFICATES_MAX,
        }),
    }
}

/// All certificates of several parts, as many as are read.
pub(super) fn all(
    parts: impl Iterator<Item = Result<Vec<Certificate>, CertificateError>>,
) -> Result<Vec<Certificate>, CertificateError> {
    let mut certificates = Vec::new();
    for part in parts {
        certificates.extend(part?);
        check_number(certificates.len())?;
    }
    Ok(certificates)
}

/// The certificates of all authorities that browsers trust fit in a quarter of this.
pub(super) const FILE_BYTES_MAX: usize = 1024 * 1024;
/// An Entra tenant publishes four, an app one or two; a chain in a bundle adds a few.
const CERTIFICATES_MAX: usize = 64;
