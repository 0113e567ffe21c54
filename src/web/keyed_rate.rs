//! Counting by key, with a bound on the number of keys.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::HeaderValue;
use governor::Quota;
use governor::RateLimiter;
use governor::clock::Clock;
use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;

pub(super) struct KeyedRate<K: Clone + Eq + Hash> {
    buckets: RateLimiter<K, HashMapStateStore<K>, DefaultClock>,
    /// The key that all others share a bucket under once there are too many keys.
    rest: K,
}

impl<K: Clone + Eq + Hash> KeyedRate<K> {
    pub(super) fn new(quota: Quota, rest: K) -> KeyedRate<K> {
        KeyedRate {
            buckets: RateLimiter::hashmap(quota),
            rest,
        }
    }

    /// Takes so much out of the bucket of a key, or fails with the time to wait. More than a bucket holds takes all of
    /// it.
    pub(super) fn take(&self, key: K, count: NonZeroU32) -> Result<(), Duration> {
        let key = self.bounded(key);
        let taken = match self.buckets.check_key_n(&key, count) {
            Ok(taken) => taken,
            Err(_) => self.buckets.check_key(&key),
        };
        taken.map_err(|not_until| not_until.wait_time_from(self.buckets.clock().now()))
    }

    fn bounded(&self, key: K) -> K {
        if self.buckets.len() >= KEYS {
            self.buckets.retain_recent();
        }
        match self.buckets.len() >= KEYS {
            true => self.rest.clone(),
            false => key,
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.buckets.len()
    }
}

/// A wait as `Retry-After` has it: in whole seconds, at least one.
pub(super) fn retry_after(wait: Duration) -> HeaderValue {
    HeaderValue::from(wait.as_secs_f64().ceil().max(1.0) as u64)
}

/// Keys that are remembered: 2 MB.
pub(super) const KEYS: usize = 20_000;
