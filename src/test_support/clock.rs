//! The clock of a test.

use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::ports::Clock;

/// Stands still at the moment when it was made, until it is moved.
pub(super) struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub(super) fn new() -> TestClock {
        TestClock(Mutex::new(Timestamp::now()))
    }

    pub(super) fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.saturating_add(by).unwrap_or(*now);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
