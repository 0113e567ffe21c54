//! How many requests a connection may send.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use governor::DefaultDirectRateLimiter;
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
    /// Counts a request.
    ///
    /// # Errors
    /// The time to wait, where there are too many.
    pub(super) fn check(&self, connection: &Connection) -> Result<(), Duration> {
        let limiter = self.limiter(connection);
        let checked = limiter.check();
        checked.map_err(|not_until| not_until.wait_time_from(limiter.clock().now()))
    }

    /// A connection whose rate was changed begins with a full bucket.
    fn limiter(&self, connection: &Connection) -> Arc<DefaultDirectRateLimiter> {
        let rate = connection.scim_rate();
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
