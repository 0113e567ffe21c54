//! The rate of sign-ons that a client may begin. Each is remembered until somebody comes back with its answer, or for an hour: what
//! one client begins must never fill what is kept of all.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::http::header;
use axum::response::Response;
use governor::Quota;

use super::client_address::logged;
use super::client_address::network;
use super::keyed_rate::KeyedRate;
use super::keyed_rate::retry_after;
use super::refusal::RefusedAction;
use crate::saml::ReturnPath;
use crate::session::PendingRequest;
use crate::site::SignOnError;

pub(super) struct BeginRate {
    clients: KeyedRate<IpAddr>,
    /// All whose address is unknown.
    unknown: KeyedRate<()>,
    /// The log was told of a proxy that is not trusted.
    told: AtomicBool,
    /// The log was told that addresses are unknown.
    told_unknown: AtomicBool,
}

impl Default for BeginRate {
    fn default() -> BeginRate {
        BeginRate {
            clients: KeyedRate::new(QUOTA, IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            unknown: KeyedRate::new(QUOTA_OF_ALL, ()),
            told: AtomicBool::new(false),
            told_unknown: AtomicBool::new(false),
        }
    }
}

impl BeginRate {
    /// Counts a sign-on whose query has so many bytes. All whose address is unknown are counted as one.
    pub(super) fn check(&self, client: Option<IpAddr>, query: usize) -> Result<(), Duration> {
        let bytes = PendingRequest::bytes_with(query.min(ReturnPath::MAX_LENGTH));
        let shares = bytes.div_ceil(PendingRequest::BYTES_OF_ONE);
        let shares = u32::try_from(shares).ok().and_then(NonZeroU32::new);
        let shares = shares.unwrap_or(NonZeroU32::MIN);
        match client {
            Some(client) => self.clients.take(network(client), shares),
            None => {
                if !self.told_unknown.swap(true, Relaxed) {
                    tracing::warn!(
                        event = "client-addresses-unknown",
                        "the addresses of clients are unknown, so that all who sign on count as one: serve the app by entrada::web::serve, or give each request its ConnectInfo<SocketAddr>; this is said once"
                    );
                }
                self.unknown.take((), shares)
            }
        }
    }

    pub(super) fn refuse(
        &self,
        client: Option<IpAddr>,
        unknown_proxy: bool,
        connection: &str,
        wait: Duration,
    ) -> Response {
        if !self.told.swap(true, Relaxed) {
            let network = client.map(|client| logged(client).to_string());
            tracing::warn!(
                event = "sign-ons-too-many",
                connection,
                network,
                "a client begins more sign-ons than it may; this is said once"
            );
            if unknown_proxy {
                tracing::warn!(
                    event = "proxy-not-trusted",
                    network,
                    "its requests have X-Forwarded-For: if it is your proxy, name it by --trusted-proxy, or all who come over it count as one"
                );
            }
        }
        let (action, error) = (RefusedAction::SignOn, SignOnError::TooMany);
        let mut response = action.refuse(&error, Some(connection));
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, retry_after(wait));
        response
    }
}

/// 500 at once, for an office in the morning behind one address; then twenty a second. In the hour that a request is kept,
/// that is less than the store keeps of all.
const QUOTA: Quota = Quota::per_second(NonZeroU32::new(20).expect("20 is not 0"))
    .allow_burst(NonZeroU32::new(500).expect("500 is not 0"));

/// For all whose address is unknown: more, and still less in an hour than the store keeps.
const QUOTA_OF_ALL: Quota = Quota::per_second(NonZeroU32::new(24).expect("24 is not 0"))
    .allow_burst(NonZeroU32::new(2000).expect("2000 is not 0"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_whose_address_is_unknown_count_as_one() {
        let rate = BeginRate::default();
        let count = (0..5000)
            .take_while(|_| rate.check(None, 0).is_ok())
            .count();
        assert!((2000..2100).contains(&count), "{count}");
        assert!(rate.check("192.0.2.1".parse().ok(), 0).is_ok());
    }

    fn begun(rate: &BeginRate, client: &str, query: usize) -> usize {
        let client = client.parse().ok();
        (0..2000)
            .take_while(|_| rate.check(client, query).is_ok())
            .count()
    }

    #[test]
    fn a_client_begins_so_many_and_others_are_not_stopped() {
        let rate = BeginRate::default();
        let count = begun(&rate, "192.0.2.1", 0);
        assert!((500..520).contains(&count), "{count}");
        assert!(rate.check("192.0.2.2".parse().ok(), 0).is_ok());
        assert!(rate.check(None, 0).is_ok());
        let wait = rate.check("192.0.2.1".parse().ok(), 0);
        assert!(wait.is_err_and(|wait| wait <= Duration::from_millis(50)));
    }

    #[test]
    fn long_addresses_to_return_to_count_for_what_they_take() {
        let rate = BeginRate::default();
        for (client, query, expected) in [
            ("192.0.2.3", 300, 160..180),
            ("192.0.2.4", 2048, 30..40),
            ("192.0.2.5", 60_000, 30..40),
        ] {
            let count = begun(&rate, client, query);
            assert!(expected.contains(&count), "{query}: {count}");
        }
    }

    #[test]
    fn what_one_client_begins_in_an_hour_is_less_than_what_is_kept() {
        let hour = PendingRequest::LIFETIME.as_secs() as u64;
        for quota in [QUOTA, QUOTA_OF_ALL] {
            let pace = hour * 1000 / quota.replenish_interval().as_millis() as u64;
            let shares = pace + u64::from(quota.burst_size().get());
            assert!(shares < PendingRequest::CAPACITY, "{shares}");
            assert!(shares * PendingRequest::BYTES_OF_ONE < PendingRequest::MAX_BYTES);
        }
    }
}
