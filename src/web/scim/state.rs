//! The state that the SCIM server keeps between requests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use super::rate::Rates;
use crate::scim_service::PageEnds;
use crate::site::LogQueue;
use crate::site::Site;
use crate::web::client_address::TrustedProxies;
use crate::web::throttle::Throttle;

pub(in crate::web) struct Scim {
    pub(super) site: Arc<Site>,
    pub(super) proxies: TrustedProxies,
    pub(super) throttle: Arc<Throttle>,
    pub(super) rates: Rates,
    pub(super) page_ends: PageEnds,
    pub(super) log: LogQueue,
    statuses: Mutex<BTreeMap<u16, u64>>,
    pub(super) timeout: Duration,
}

impl Scim {
    /// Starts the queue of the log, so it needs a runtime.
    pub(in crate::web) fn start(
        site: Arc<Site>,
        proxies: TrustedProxies,
        throttle: Arc<Throttle>,
        timeout: Duration,
    ) -> Scim {
        let log = LogQueue::start(site.store.clone());
        Scim {
            site,
            proxies,
            timeout,
            throttle,
            rates: Rates::default(),
            page_ends: PageEnds::default(),
            log,
            statuses: Mutex::default(),
        }
    }

    pub(in crate::web) fn statuses(&self) -> BTreeMap<u16, u64> {
        self.counted().clone()
    }

    pub(super) fn count(&self, status: u16) {
        *self.counted().entry(status).or_default() += 1;
    }

    fn counted(&self) -> MutexGuard<'_, BTreeMap<u16, u64>> {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request arrives within milliseconds, and a list takes as many; what takes this long is stuck. Entra waits longer.
pub(in crate::web) const TIMEOUT: Duration = Duration::from_secs(30);
