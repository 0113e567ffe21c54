//! How long credentials hold.

use jiff::SignedDuration;
use jiff::Timestamp;

/// How long a credential holds if nothing else is asked for: a year.
pub const DEFAULT_LIFETIME: SignedDuration = SignedDuration::from_hours(365 * 24);

/// The longest that may be asked for: ten years.
pub const LONGEST_LIFETIME: SignedDuration = SignedDuration::from_hours(3650 * 24);

/// How long the old credential goes on after a rotation: Entra is given the new one within a day.
pub const DEFAULT_OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// Days before its end at which a credential's owner is warned.
pub const EXPIRY_WARNINGS: [i64; 4] = [60, 30, 7, 1];

/// A credential was to hold for longer than [`LONGEST_LIFETIME`], or for no time at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected a lifetime of at most {} days, found one of {} hours", LONGEST_LIFETIME.as_hours() / 24, .0.as_hours())]
pub struct LifetimeError(pub SignedDuration);

/// The moment at which a credential ends that begins, or begins again, now.
pub(super) fn expires(
    now: Timestamp,
    lifetime: SignedDuration,
) -> Result<Timestamp, LifetimeError> {
    let sound = SignedDuration::ZERO < lifetime && lifetime <= LONGEST_LIFETIME;
    let expires = now.checked_add(lifetime).ok().filter(|_| sound);
    expires.ok_or(LifetimeError(lifetime))
}

/// Of [`EXPIRY_WARNINGS`], the last that is due: fewer whole days than that are left.
pub(super) fn warning(expires: Timestamp, now: Timestamp) -> Option<i64> {
    let left = expires.duration_since(now);
    let due = |days: &i64| left <= SignedDuration::from_hours(days * 24);
    EXPIRY_WARNINGS.into_iter().rfind(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const TICK: SignedDuration = SignedDuration::from_micros(1);

    #[test]
    fn a_lifetime_is_positive_and_at_most_ten_years() {
        for good in [TICK, DEFAULT_LIFETIME, LONGEST_LIFETIME] {
            assert_eq!(expires(NOW, good), Ok(NOW + good));
        }
        for bad in [
            SignedDuration::ZERO,
            -TICK,
            LONGEST_LIFETIME + TICK,
            SignedDuration::MAX,
        ] {
            assert_eq!(expires(NOW, bad), Err(LifetimeError(bad)));
        }
        assert!(expires(Timestamp::MAX, DEFAULT_LIFETIME).is_err());
    }

    #[test]
    fn each_warning_is_due_from_its_day_on() {
        let days = |days: i64| NOW + SignedDuration::from_hours(days * 24);
        for (left, expected) in [
            (days(60) + TICK, None),
            (days(60), Some(60)),
            (days(30) + TICK, Some(60)),
            (days(30), Some(30)),
            (days(7), Some(7)),
            (days(1) + TICK, Some(7)),
            (days(1), Some(1)),
            (days(-1), Some(1)),
        ] {
            assert_eq!(warning(left, NOW), expected, "{left}");
        }
    }
}
