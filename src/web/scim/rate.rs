//! The limit on the requests that a connection may send.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use governor::DefaultDirectRateLimiter;
use governor::InsufficientCapacity;
use governor::NotUntil;
use governor::Quota;
use governor::RateLimiter;
use governor::clock::Clock;

use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::ScimRate;

/// A bucket for each connection that has sent something. Only authenticated requests come here, so there are no more than
/// connections.
#[derive(Default)]
pub(super) struct Rates(Mutex<HashMap<ConnectionId, (ScimRate, Arc<DefaultDirectRateLimiter>)>>);

impl Rates {
    /// Counts a request, or fails with the time to wait.
    pub(super) fn check(&self, connection: &Connection) -> Result<(), Duration> {
        self.take(connection, NonZeroU32::MIN)
    }

    /// Counts the operations of a Bulk request as requests, but for the first, which the request was counted for, or
    /// fails with the time to wait and counts none. Operations beyond a full bucket would never fit: they are not
    /// counted.
    pub(super) fn check_operations(
        &self,
        connection: &Connection,
        operations: usize,
    ) -> Result<(), Duration> {
        let operations = u32::try_from(operations).unwrap_or(u32::MAX);
        let most = connection.scim().rate.burst.get();
        match NonZeroU32::new(operations.min(most).saturating_sub(1)) {
            Some(further) => self.take(connection, further),
            None => Ok(()),
        }
    }

    fn take(&self, connection: &Connection, requests: NonZeroU32) -> Result<(), Duration> {
        let limiter = self.limiter(connection);
        let wait = |until: NotUntil<_>| until.wait_time_from(limiter.clock().now());
        match limiter.check_n(requests) {
            Ok(taken) => taken.map_err(wait),
            // The bucket was made smaller just now; the request itself was counted.
            Err(InsufficientCapacity(_)) => Ok(()),
        }
    }

    /// A connection whose rate was changed begins with a full bucket.
    fn limiter(&self, connection: &Connection) -> Arc<DefaultDirectRateLimiter> {
        let rate = connection.scim().rate;
        let mut limiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match limiters.get(connection.id()) {
            Some((known, limiter)) if *known == rate => Arc::clone(limiter),
            _ => {
                let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
                let limiter = Arc::new(RateLimiter::direct(quota));
                limiters.insert(connection.id().clone(), (rate, Arc::clone(&limiter)));
                limiter
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Fingerprint;

    fn connection(burst: u32) -> Connection {
        let rate = ScimRate {
            per_second: NonZeroU32::MIN,
            burst: NonZeroU32::new(burst).unwrap(),
        };
        let fingerprint = Fingerprint::parse(&"AB".repeat(32)).unwrap();
        let builder = Connection::builder("acme").scim_rate(rate);
        let idp = "https://idp.example/";
        let builder = builder.fingerprint(fingerprint, idp, "https://idp.example/sso");
        builder.build().unwrap()
    }

    #[test]
    fn an_operation_counts_as_a_request() {
        let (rates, acme) = (Rates::default(), connection(100));
        assert_eq!(rates.check(&acme), Ok(()));
        assert_eq!(rates.check_operations(&acme, 60), Ok(()));
        assert_eq!(rates.check(&acme), Ok(()));
        // 61 are counted: 60 operations beside the request do not fit, and wait until they do.
        let wait = rates.check_operations(&acme, 60).unwrap_err();
        assert!(
            wait > Duration::from_secs(18) && wait <= Duration::from_secs(20),
            "{wait:?}"
        );
        assert_eq!(rates.check_operations(&acme, 39), Ok(()));
    }

    #[test]
    fn more_operations_than_a_full_bucket_holds_take_all_of_it() {
        let (rates, acme) = (Rates::default(), connection(10));
        assert_eq!(rates.check(&acme), Ok(()));
        assert_eq!(rates.check_operations(&acme, 1000), Ok(()));
        assert!(rates.check(&acme).is_err());
    }

    #[test]
    fn no_operations_cost_nothing_beside_the_request() {
        let (rates, acme) = (Rates::default(), connection(1));
        assert_eq!(rates.check(&acme), Ok(()));
        for operations in [0, 1] {
            assert_eq!(rates.check_operations(&acme, operations), Ok(()));
        }
    }
}
