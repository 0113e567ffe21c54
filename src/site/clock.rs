//! The clocks of a site.

use std::sync::Arc;

use jiff::Timestamp;

use crate::ports::Clock;
use crate::store::Store;

/// Tells the machine's time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Tells the time of a store, by which all nodes on it agree.
#[derive(Clone)]
pub(crate) struct StoreClock(pub(crate) Arc<dyn Store>);

impl Clock for StoreClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}
