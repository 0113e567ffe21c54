//! Certificates in DER, and PKCS #7.

use openssl::pkcs7::Pkcs7;

use super::limits::check_number;
use crate::crypto::Certificate;
use crate::crypto::CertificateError;
use crate::crypto::KeyError;
use crate::crypto::foreign;

/// One certificate or one behind the other, or PKCS #7.
pub(super) fn from_der(der: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
    match Certificate::from_start_of(der) {
        Err(error @ CertificateError::Malformed { .. }) => match Pkcs7::from_der(der) {
            Ok(bundle) => from_pkcs7(&bundle),
            Err(_) => Err(match foreign::of_der(der) {
                Some(foreign::PFX) => CertificateError::Pkcs12,
                // OpenSSL is content with the frame of a certificate.
                Some(foreign::CERTIFICATE) => error,
                Some(form) => CertificateError::other_form(form),
                None => error,
            }),
        },
        first => {
            let (first, mut rest) = first?;
            let mut certificates = vec![first];
            while !rest.trim_ascii().is_empty() {
                check_number(certificates.len())?;
                let bytes = rest.len();
                let next = Certificate::from_start_of(rest).map_err(|error| match error {
                    CertificateError::Malformed { .. } => CertificateError::Malformed {
                        reason: format!(
                            "{bytes} bytes follow the certificate, which are no certificate"
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
    check_number(certificates.len())?;
    certificates
        .iter()
        .map(|x509| Certificate::from_der(&x509.to_der().map_err(KeyError::from)?))
        .collect()
}
