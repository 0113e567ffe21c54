//! The certificate that lasts longest: where the dates of certificates are enforced, nobody signs on after it has ended.

use jiff::Timestamp;

use super::ExpiryLevel;
use crate::crypto::Certificate;
use crate::crypto::Fingerprint;

/// A trusted certificate that nears its end, and none that lasts longer is trusted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LastCertificate {
    /// Its SHA-256.
    pub fingerprint: Fingerprint,
    /// The time at which it ends.
    pub not_after: Timestamp,
    /// The level that says how near that is.
    pub level: ExpiryLevel,
}

impl LastCertificate {
    /// The last of these certificates, if it nears its end.
    pub(super) fn of(certificates: &[Certificate], now: Timestamp) -> Option<LastCertificate> {
        let last = certificates.iter().max_by_key(|one| one.not_after())?;
        LastCertificate::nearing(last.fingerprint(), last.not_after(), now)
    }

    /// A certificate after which there is none, if it nears its end.
    pub(super) fn nearing(
        fingerprint: Fingerprint,
        not_after: Timestamp,
        now: Timestamp,
    ) -> Option<LastCertificate> {
        Some(LastCertificate {
            fingerprint,
            not_after,
            level: ExpiryLevel::of(not_after, now)?,
        })
    }
}
