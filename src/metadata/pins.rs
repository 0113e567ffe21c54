//! The ends of pinned certificates, and the moment from which they are worth a warning: a connection that pins
//! certificates has nobody to tell it of the next one.

use jiff::Timestamp;

use super::KeyHistory;
use super::LastCertificate;
use crate::crypto::Certificate;
use crate::crypto::Fingerprint;

/// The pinned certificates of a connection, with their ends as far as they are known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct PinnedEnds(Vec<(Fingerprint, Option<Timestamp>)>);

impl PinnedEnds {
    pub(crate) fn of(pins: &[Fingerprint], history: &KeyHistory) -> PinnedEnds {
        let end = |pin: &Fingerprint| (*pin, history.end_of(*pin));
        PinnedEnds(pins.iter().map(end).collect())
    }

    pub(crate) fn known(&self) -> impl Iterator<Item = (Fingerprint, Timestamp)> {
        self.0.iter().filter_map(|(pin, end)| Some((*pin, (*end)?)))
    }

    /// True if a certificate is pinned that was never met. Every certificate that signed somebody on is on record, so
    /// this one is the next.
    pub(crate) fn has_next(&self) -> bool {
        self.0.iter().any(|(_, end)| end.is_none())
    }

    /// The one that lasts longest of those whose end is known.
    pub(crate) fn last(&self) -> Option<(Fingerprint, Timestamp)> {
        self.known().max_by_key(|(_, end)| *end)
    }

    /// The certificate after whose end nobody signs on where dates are enforced, if it nears its end: the last that is pinned, or
    /// the last that the metadata lists where none is pinned.
    pub(crate) fn end_of_sign_on(
        &self,
        listed: &[Certificate],
        now: Timestamp,
    ) -> Option<LastCertificate> {
        match self.0.is_empty() {
            true => LastCertificate::of(listed, now),
            false => self.nearing(now),
        }
    }

    /// The one that lasts longest, if it nears its end and no next one is in place.
    pub(crate) fn nearing(&self, now: Timestamp) -> Option<LastCertificate> {
        let (fingerprint, not_after) = self.last().filter(|_| !self.has_next())?;
        LastCertificate::nearing(fingerprint, not_after, now)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::ExpiryLevel;
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day)
    }

    fn pin(byte: u8) -> Fingerprint {
        Fingerprint::of_der(&[byte])
    }

    #[test]
    fn a_warning_comes_when_no_pinned_certificate_lasts_longer_than_sixty_days() {
        let level = |ends: &[Option<i64>]| {
            let end = |(byte, end): (u8, &Option<i64>)| (pin(byte), end.map(day));
            let ends = PinnedEnds((0..).zip(ends).map(end).collect());
            ends.nearing(day(0))
                .map(|last| (last.fingerprint, last.level))
        };
        assert_eq!(level(&[]), None);
        assert_eq!(level(&[None]), None, "nobody knows");
        assert_eq!(level(&[Some(61)]), None);
        assert_eq!(level(&[Some(60)]), Some((pin(0), ExpiryLevel::SixtyDays)));
        assert_eq!(level(&[Some(30)]), Some((pin(0), ExpiryLevel::ThirtyDays)));
        assert_eq!(level(&[Some(7)]), Some((pin(0), ExpiryLevel::SevenDays)));
        assert_eq!(level(&[Some(1)]), Some((pin(0), ExpiryLevel::OneDay)));
        assert_eq!(level(&[Some(-1)]), Some((pin(0), ExpiryLevel::Past)));
        assert_eq!(
            level(&[Some(7), Some(90)]),
            None,
            "the next one is in place"
        );
        assert_eq!(level(&[Some(7), None]), None, "the next one was never used");
        let both = level(&[Some(-300), Some(30)]);
        assert_eq!(
            both,
            Some((pin(1), ExpiryLevel::ThirtyDays)),
            "an old pin is no next one"
        );
    }
}
