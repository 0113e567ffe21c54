//! Facts about certificates.

use jiff::Timestamp;
use serde::Serialize;

use crate::crypto::Certificate;
use crate::crypto::CertificateError;
use crate::crypto::certificate_file;
use crate::metadata::IdpMetadata;
use crate::metadata::MetadataError;
use crate::text;

/// The facts about a certificate that tell it from others.
#[derive(Serialize)]
pub struct CertificateFacts {
    pub(crate) sha256: String,
    pub(crate) sha1: String,
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) serial: String,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) days_left: i64,
    pub(crate) key: String,
    #[serde(skip)]
    pub(crate) validity: Validity,
    /// The moment of the look.
    #[serde(skip)]
    pub now: Timestamp,
}

/// The place of the present moment in the validity of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Validity {
    /// It has not begun.
    NotYet,
    /// It lasts.
    Valid,
    /// It is over.
    Expired,
}

impl CertificateFacts {
    /// The facts about a certificate at a moment.
    pub fn of(certificate: &Certificate, now: Timestamp) -> CertificateFacts {
        let seconds_left = certificate.not_after().as_second() - now.as_second();
        CertificateFacts {
            sha256: certificate.fingerprint().to_string(),
            sha1: certificate.sha1_thumbprint(),
            subject: certificate.subject().to_owned(),
            issuer: certificate.issuer().to_owned(),
            serial: certificate.serial(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            days_left: seconds_left.div_euclid(SECONDS_OF_A_DAY),
            key: certificate.key().description(),
            now,
            validity: if now < certificate.not_before() {
                Validity::NotYet
            } else if now > certificate.not_after() {
                Validity::Expired
            } else {
                Validity::Valid
            },
        }
    }
}

pub(crate) fn days(count: i64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} day{plural}")
}

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// The certificates in the bytes of a file.
#[derive(Default)]
pub struct CertificatesRead {
    /// The certificates.
    pub certificates: Vec<Certificate>,
    /// Parts that were passed over, in words.
    pub passed_over: Vec<String>,
    /// True for metadata, which says of each key that it signs.
    pub is_metadata: bool,
}

/// The reason why bytes have no certificate that can be used.
#[derive(thiserror::Error)]
pub enum CertificatesError {
    /// They are no certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// They are metadata that cannot be used.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// They are metadata without a signing key.
    #[error("the metadata has no signing key")]
    NoKey,
    /// They are metadata whose signing key cannot be used.
    #[error("the metadata has no usable signing certificate: {0}")]
    Skipped(String),
}
debug_as_sentence!(CertificatesError);

impl CertificatesRead {
    /// Reads certificates, or the signing certificates of metadata at a moment. Fails on bytes without one.
    pub fn read(
        bytes: &[u8],
        entity_id: Option<&str>,
        now: Timestamp,
    ) -> Result<CertificatesRead, CertificatesError> {
        let of_file = certificate_file(bytes);
        let is_foreign = matches!(of_file, Err(CertificateError::Unrecognised));
        if !(is_xml(bytes) && is_foreign) {
            let read = of_file?;
            return Ok(CertificatesRead {
                certificates: read.certificates,
                passed_over: read.passed_over,
                is_metadata: false,
            });
        }
        let metadata = IdpMetadata::read_at(bytes, entity_id, now)?;
        match (metadata.signing_certificates(), metadata.skipped_keys()) {
            ([], []) => Err(CertificatesError::NoKey),
            ([], [skipped, ..]) => Err(CertificatesError::Skipped(skipped.clone())),
            (certificates, skipped) => Ok(CertificatesRead {
                certificates: certificates.to_vec(),
                passed_over: skipped.to_vec(),
                is_metadata: true,
            }),
        }
    }
}

pub(crate) fn is_xml(bytes: &[u8]) -> bool {
    match text::decode(bytes) {
        Ok(text) => text.trim_start().starts_with('<'),
        Err(_) => bytes.trim_ascii_start().starts_with(b"<"),
    }
}
