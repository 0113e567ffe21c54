//! The facts of a certificate, as `fingerprint`, `metadata show` and `connection show` print them.

use std::borrow::Cow;

use super::output::Style;
use super::output::rows;
pub(super) use crate::admin::certificates::CertificateFacts;
pub(super) use crate::admin::certificates::Validity;
pub(super) use crate::admin::certificates::days;

impl CertificateFacts {
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

    pub(super) fn line(&self) -> String {
        let left = match self.validity {
            Validity::Expired => format!("EXPIRED {} ago", days(-self.days_left)),
            _ => format!("until {}", self.not_after),
        };
        format!("{}  {}, {left}", self.sha256, self.key)
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
