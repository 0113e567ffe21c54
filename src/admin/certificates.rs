//! Facts about certificates.

use jiff::Timestamp;
use serde::Serialize;

use crate::crypto::Certificate;

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

/// A number of days in words.
pub(crate) fn days(count: i64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} day{plural}")
}

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;
