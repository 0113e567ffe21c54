//! The facts of a certificate, as `fingerprint`, `metadata show` and `connection show` print them.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::output::Style;
use super::output::rows;
use crate::crypto::Certificate;

/// What is printed of a certificate.
#[derive(Serialize)]
pub(super) struct CertificateFacts {
    sha256: String,
    sha1: String,
    subject: String,
    issuer: String,
    serial: String,
    not_before: Timestamp,
    not_after: Timestamp,
    days_left: i64,
    key: String,
    #[serde(skip)]
    validity: Validity,
    #[serde(skip)]
    now: Timestamp,
}

/// Where in its validity a certificate is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Validity {
    /// It has not begun.
    NotYet,
    /// It lasts.
    Valid,
    /// It is over.
    Expired,
}

impl CertificateFacts {
    pub(super) fn of(certificate: &Certificate, now: Timestamp) -> CertificateFacts {
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

    /// The first line is to the letter what `openssl x509 -noout -sha256 -fingerprint` prints.
    pub(super) fn text(&self) -> String {
        let sha1 = format!(
            "{} (the thumbprint in the Entra portal: to recognise a certificate, never to trust one)",
            self.sha1
        );
        let facts = rows(
            2,
            [
                ("SHA-1", sha1.into()),
                ("subject", Cow::from(&self.subject)),
                ("issuer", Cow::from(&self.issuer)),
                ("serial", Cow::from(&self.serial)),
                ("valid", self.validity().into()),
                ("key", Cow::from(&self.key)),
            ],
        );
        format!("sha256 Fingerprint={}\n{facts}", self.sha256)
    }

    /// The same with a bar: how much of the validity is over.
    pub(super) fn text_with_bar(&self, style: Style) -> String {
        let begin = self.not_before.as_second();
        let whole = self.not_after.as_second().saturating_sub(begin).max(1);
        let share = self.now.as_second().saturating_sub(begin) as f64 / whole as f64;
        // As wide as the labels above it.
        format!("{}  over     {}\n", self.text(), style.bar(share))
    }

    /// The certificate on one line.
    pub(super) fn line(&self) -> String {
        let left = match self.validity {
            Validity::Expired => format!("EXPIRED {} ago", days(-self.days_left)),
            _ => format!("until {}", self.not_after),
        };
        format!("{}  {}, {left}", self.sha256, self.key)
    }

    pub(super) fn days_left(&self) -> i64 {
        self.days_left
    }

    pub(super) fn state(&self) -> Validity {
        self.validity
    }

    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }

    fn validity(&self) -> String {
        let left = match self.validity {
            Validity::NotYet => "not valid yet".to_owned(),
            Validity::Expired => format!("EXPIRED {} ago", days(-self.days_left)),
            Validity::Valid => format!("{} left", days(self.days_left)),
        };
        format!("{} to {}, {left}", self.not_before, self.not_after)
    }
}

/// A number of days in words.
pub(super) fn days(count: i64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} day{plural}")
}

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;
