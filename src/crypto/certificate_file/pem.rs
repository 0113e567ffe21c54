//! Certificates in PEM.

use super::der::from_der;
use super::limits::all;
use crate::crypto::Certificate;
use crate::crypto::CertificateError;
use crate::crypto::foreign;
use crate::crypto::pasted::Blocks;
use crate::crypto::pasted::LABEL_SHOWN_MAX;

pub(super) fn from_pem(text: &str) -> Result<Vec<Certificate>, CertificateError> {
    let mut passed_over: Option<&str> = None;
    let parts = Blocks(text).map(|block| {
        let whole = |read: Result<Vec<Certificate>, CertificateError>| match read {
            Err(CertificateError::Malformed { .. }) if !block.ended => Err(block.cut_off()),
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
