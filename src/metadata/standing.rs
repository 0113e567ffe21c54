//! The state of a copy of metadata: `validUntil` (Metadata §2.3.2) with its grace, and how near it and the certificates
//! are to their ends.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::TrustError;

/// The time until which a copy may be used. It is judged when the copy is used, not when it is read: a server that runs
/// for months must notice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Validity {
    /// The end that the document states. Entra's states none, and holds until it is replaced.
    pub valid_until: Option<Timestamp>,
    /// The time for which it may still be used after that; none by default.
    pub grace: Duration,
}

impl Validity {
    /// Checks that the copy may be used now.
    ///
    /// # Errors
    /// [`TrustError::Expired`] once `validUntil` and the grace are past.
    pub fn check(&self, now: Timestamp) -> Result<(), TrustError> {
        match self.valid_until {
            Some(valid_until) if now.duration_since(valid_until) >= signed(self.grace) => {
                Err(TrustError::Expired {
                    valid_until,
                    grace: self.grace,
                    now,
                })
            }
            _ => Ok(()),
        }
    }
}

/// The nearness of an end. The levels are those at which Entra mails admins, and a last one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ExpiryLevel {
    /// 60 days are left, or less.
    SixtyDays,
    /// 30 days are left, or less.
    ThirtyDays,
    /// 7 days are left, or less.
    SevenDays,
    /// One day is left, or less.
    OneDay,
    /// It is past.
    Past,
}

impl ExpiryLevel {
    /// The level of an end; `None` while it is more than 60 days off.
    pub fn of(end: Timestamp, now: Timestamp) -> Option<ExpiryLevel> {
        let left = end.duration_since(now);
        if left <= SignedDuration::ZERO {
            return Some(ExpiryLevel::Past);
        }
        EXPIRY.into_iter().find(|level| left <= day(level.days()))
    }

    /// The level of a copy's `validUntil`. A publisher who writes every document for a week has not one about to
    /// expire: a level counts only where the document was good for longer when it was fetched.
    pub fn of_copy(
        valid_until: Timestamp,
        fetched: Timestamp,
        now: Timestamp,
    ) -> Option<ExpiryLevel> {
        let lifetime = valid_until.duration_since(fetched);
        ExpiryLevel::of(valid_until, now)
            .filter(|level| *level == ExpiryLevel::Past || lifetime > day(level.days()))
    }

    /// Days that are left at most.
    pub const fn days(self) -> i64 {
        match self {
            ExpiryLevel::SixtyDays => 60,
            ExpiryLevel::ThirtyDays => 30,
            ExpiryLevel::SevenDays => 7,
            ExpiryLevel::OneDay => 1,
            ExpiryLevel::Past => 0,
        }
    }
}

/// The time for which a source has not vouched for a copy. If it is refreshed hourly, a copy of a day ago means two
/// dozen failures.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum StaleLevel {
    /// For a day.
    OneDay,
    /// For 7 days.
    SevenDays,
    /// For 30 days.
    ThirtyDays,
    /// For 60 days: longer than the notice that Entra gives of a new certificate.
    SixtyDays,
}

impl StaleLevel {
    /// The level of a copy that its source last vouched for at `confirmed`; `None` within the first day.
    pub fn of(confirmed: Timestamp, now: Timestamp) -> Option<StaleLevel> {
        let age = now.duration_since(confirmed);
        STALE.into_iter().find(|level| age >= day(level.days()))
    }

    /// Days since at least.
    pub const fn days(self) -> i64 {
        match self {
            StaleLevel::OneDay => 1,
            StaleLevel::SevenDays => 7,
            StaleLevel::ThirtyDays => 30,
            StaleLevel::SixtyDays => 60,
        }
    }
}

/// The levels before the end, the last first.
const EXPIRY: [ExpiryLevel; 4] = [
    ExpiryLevel::OneDay,
    ExpiryLevel::SevenDays,
    ExpiryLevel::ThirtyDays,
    ExpiryLevel::SixtyDays,
];

/// The levels, the last first.
const STALE: [StaleLevel; 4] = [
    StaleLevel::SixtyDays,
    StaleLevel::ThirtyDays,
    StaleLevel::SevenDays,
    StaleLevel::OneDay,
];

fn day(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    #[test]
    fn a_copy_is_refused_from_its_valid_until_on_and_with_a_grace_after_that() {
        let copy = |grace| Validity {
            valid_until: Some(at(0)),
            grace: Duration::from_secs(grace),
        };
        let second = SignedDuration::from_secs(1);
        assert_eq!(copy(0).check(at(0) - second), Ok(()));
        let expired = TrustError::Expired {
            valid_until: at(0),
            grace: Duration::ZERO,
            now: at(0),
        };
        assert_eq!(copy(0).check(at(0)), Err(expired));
        assert_eq!(copy(86_400).check(at(1) - second), Ok(()));
        assert!(copy(86_400).check(at(1)).is_err());
        assert_eq!(Validity::default().check(Timestamp::MAX), Ok(()));
    }

    #[test]
    fn the_levels_of_an_end_are_60_30_7_and_1_days() {
        for (days, level) in [
            (61, None),
            (60, Some(ExpiryLevel::SixtyDays)),
            (31, Some(ExpiryLevel::SixtyDays)),
            (30, Some(ExpiryLevel::ThirtyDays)),
            (8, Some(ExpiryLevel::ThirtyDays)),
            (7, Some(ExpiryLevel::SevenDays)),
            (2, Some(ExpiryLevel::SevenDays)),
            (1, Some(ExpiryLevel::OneDay)),
            (0, Some(ExpiryLevel::Past)),
            (-1, Some(ExpiryLevel::Past)),
        ] {
            assert_eq!(ExpiryLevel::of(at(days), at(0)), level, "{days}");
        }
    }

    #[test]
    fn a_document_that_is_published_for_a_week_is_not_about_to_expire_at_once() {
        assert_eq!(ExpiryLevel::of_copy(at(7), at(0), at(0)), None);
        assert_eq!(ExpiryLevel::of_copy(at(7), at(0), at(3)), None);
        let last_day = ExpiryLevel::of_copy(at(7), at(0), at(6));
        assert_eq!(last_day, Some(ExpiryLevel::OneDay));
        let past = ExpiryLevel::of_copy(at(7), at(0), at(7));
        assert_eq!(past, Some(ExpiryLevel::Past));
        let long = ExpiryLevel::of_copy(at(90), at(0), at(40));
        assert_eq!(long, Some(ExpiryLevel::SixtyDays));
    }

    #[test]
    fn the_levels_of_age_are_1_7_30_and_60_days() {
        for (days, level) in [
            (-1, None),
            (0, None),
            (1, Some(StaleLevel::OneDay)),
            (7, Some(StaleLevel::SevenDays)),
            (29, Some(StaleLevel::SevenDays)),
            (30, Some(StaleLevel::ThirtyDays)),
            (400, Some(StaleLevel::SixtyDays)),
        ] {
            assert_eq!(StaleLevel::of(at(0), at(days)), level, "{days}");
        }
    }
}
