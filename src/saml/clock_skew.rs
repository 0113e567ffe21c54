//! The difference that clocks may have.

use std::time::Duration;

use jiff::SignedDuration;

/// The difference that the clocks of identity provider and site may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockSkew(SignedDuration);

impl ClockSkew {
    /// Three minutes: what common identity providers tolerate of each other.
    pub const COMMON: ClockSkew = ClockSkew(SignedDuration::from_secs(180));

    /// A skew of up to ten minutes; a longer one is cut to that, since it would keep assertions alive long
    /// past their deadline.
    pub fn new(skew: Duration) -> ClockSkew {
        let longest = SignedDuration::from_mins(10);
        ClockSkew(SignedDuration::try_from(skew).map_or(longest, |skew| skew.min(longest)))
    }

    pub(crate) fn duration(self) -> SignedDuration {
        self.0
    }
}
