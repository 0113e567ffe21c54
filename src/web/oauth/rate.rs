//! The limit on the access tokens that a connection may issue.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;

use crate::connection::ConnectionId;
use crate::web::keyed_rate::KeyedRate;

/// A bucket for each connection. Clients are known by then: a stranger uses up nothing.
pub(super) struct IssueRate(KeyedRate<Option<ConnectionId>>);

impl IssueRate {
    pub(super) fn new() -> IssueRate {
        IssueRate(KeyedRate::new(QUOTA, None))
    }

    /// Counts a token of a connection, or fails with the time to wait.
    pub(super) fn take(&self, connection: &ConnectionId) -> Result<(), Duration> {
        self.0.take(Some(connection.clone()), NonZeroU32::MIN)
    }
}

/// A client needs one token an hour, and each costs a transaction; those that fetch one for each of their requests go on all the same.
const QUOTA: Quota = Quota::per_second(PER_SECOND).allow_burst(BURST);
const PER_SECOND: NonZeroU32 = NonZeroU32::new(300).expect("300 is not 0");
const BURST: NonZeroU32 = NonZeroU32::new(600).expect("600 is not 0");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_has_taken_all_waits_and_another_does_not() {
        let rate = IssueRate::new();
        let (acme, bolt) = ("acme".parse().unwrap(), "bolt".parse().unwrap());
        for _ in 0..BURST.get() {
            assert_eq!(rate.take(&acme), Ok(()));
        }
        let mut taken = (0..1_000_000).map(|_| rate.take(&acme));
        let wait = taken.find_map(Result::err).expect("the bucket is empty");
        assert!(wait <= Duration::from_millis(4), "{wait:?}");
        assert_eq!(rate.take(&bolt), Ok(()));
    }
}
