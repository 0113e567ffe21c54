//! Lifetimes of credentials.

use jiff::SignedDuration;
use jiff::Timestamp;

/// The time for which a credential holds if nothing else is asked for: a year.
pub const DEFAULT_LIFETIME: SignedDuration = SignedDuration::from_hours(365 * 24);

/// The longest that may be asked for: ten years.
pub const LONGEST_LIFETIME: SignedDuration = SignedDuration::from_hours(3650 * 24);

/// A credential was to hold for longer than [`LONGEST_LIFETIME`], or for no time at all.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a lifetime of at most {} days, found one of {} hours", LONGEST_LIFETIME.as_hours() / 24, .0.as_hours())]
pub struct LifetimeError(pub SignedDuration);
debug_as_sentence!(LifetimeError);

/// The moment at which a credential ends that begins, or begins again, now.
pub(super) fn expires(
    now: Timestamp,
    lifetime: SignedDuration,
) -> Result<Timestamp, LifetimeError> {
    let sound = SignedDuration::ZERO < lifetime && lifetime <= LONGEST_LIFETIME;
    let expires = now.checked_add(lifetime).ok().filter(|_| sound);
    expires.ok_or(LifetimeError(lifetime))
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
}
