//! The clocks of a site.

use std::sync::Arc;

use jiff::SignedDuration;
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

/// True if the clock of this machine is too far from that of the store. Records go by the store's; certificates of servers, logs and
/// whatever else is on the machine do not.
pub(crate) fn clock_differs(store: &dyn Store) -> bool {
    store.clock_difference().abs() > CLOCK_TOLERANCE
}

/// Far more than machines with a time service are apart.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(30);
