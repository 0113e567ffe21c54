//! The throttle for those who guess credentials: a guess at 256 bits never succeeds, but the attempts cost, and fill
//! the log. It counts wrong credentials alone, those of SCIM requests and of token requests together: right ones always pass, also from an address that is throttled. Behind a
//! reverse proxy all callers share one address, and a stranger must not lock Entra out.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;

use super::client_address::network;
use super::keyed_rate::KeyedRate;
use crate::connection::ConnectionId;

pub(super) struct Throttle(KeyedRate<Key>);

/// An address, where it is known, and a connection, where there is one: made-up names share one place.
type Key = (Option<IpAddr>, Option<ConnectionId>);

impl Throttle {
    pub(super) fn new() -> Throttle {
        Throttle(KeyedRate::new(QUOTA, (None, None)))
    }

    /// Counts a wrong credential, or fails with the time to wait.
    pub(super) fn wrong(
        &self,
        address: Option<IpAddr>,
        connection: Option<ConnectionId>,
    ) -> Result<(), Duration> {
        let key = (address.map(network), connection);
        self.0.take(key, NonZeroU32::MIN)
    }
}

/// Twenty in a row, more than an admin's attempts at pasting a token; then twenty a minute.
const QUOTA: Quota = Quota::per_minute(TWENTY).allow_burst(TWENTY);
const TWENTY: NonZeroU32 = NonZeroU32::new(20).expect("20 is not 0");

#[cfg(test)]
mod tests {
    use super::super::keyed_rate::KEYS;
    use super::*;

    fn wrong(throttle: &Throttle, address: &str, connection: &str) -> bool {
        let connection = connection.parse().ok();
        throttle.wrong(address.parse().ok(), connection).is_ok()
    }

    #[test]
    fn the_21st_wrong_credential_waits_and_others_do_not() {
        let throttle = Throttle::new();
        for _ in 0..20 {
            assert!(wrong(&throttle, "192.0.2.1", "acme"));
        }
        assert!(!wrong(&throttle, "192.0.2.1", "acme"));
        assert!(!wrong(&throttle, "::ffff:192.0.2.1", "acme"));
        assert!(wrong(&throttle, "192.0.2.1", "other"));
        assert!(wrong(&throttle, "192.0.2.2", "acme"));
        let wait = throttle.wrong("192.0.2.1".parse().ok(), "acme".parse().ok());
        assert!(wait.is_err_and(|wait| wait <= Duration::from_secs(3)));
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let throttle = Throttle::new();
        for host in 0..20 {
            assert!(wrong(&throttle, &format!("2001:db8::{host}"), "acme"));
        }
        assert!(!wrong(&throttle, "2001:db8::ffff:1", "acme"));
        assert!(wrong(&throttle, "2001:db8:0:1::1", "acme"));
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let throttle = Throttle::new();
        let address = |n: usize| format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff);
        for n in 0..KEYS + 100 {
            wrong(&throttle, &address(n), "acme");
        }
        assert!(throttle.0.len() <= KEYS + 1, "{}", throttle.0.len());
    }
}
