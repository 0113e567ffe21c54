//! The origin of a request: the peer of the connection, or, where the peer is a proxy that is trusted, the client that this proxy
//! tells of: its address, the host that it asked for, and the scheme.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::header::HOST;
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::connection::BaseUrl;

/// The proxies whose `X-Forwarded-…` count. By default there is none: the headers are text that anybody can send.
#[derive(Clone, Debug, Default)]
pub(super) struct TrustedProxies {
    networks: Vec<IpNet>,
    /// The log was told of a proxy that takes plain HTTP.
    told: Arc<AtomicBool>,
}

/// The client of a request, and what it asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Origin<'a> {
    /// The client's address; `None` where the app is served without the addresses of its peers.
    pub(super) client: Option<IpAddr>,
    /// The host that the client asked for, perhaps with a port.
    pub(super) host: Option<&'a str>,
    /// The client came over plain HTTP, as a trusted proxy says.
    plain_http: bool,
    /// The headers of a proxy are there, and it is not trusted.
    pub(super) unknown_proxy: bool,
}

impl TrustedProxies {
    pub(super) fn parse(texts: &[String]) -> Result<TrustedProxies, TrustedProxyError> {
        let networks = texts.iter().map(|text| trusted_network(text));
        Ok(TrustedProxies {
            networks: networks.collect::<Result<_, _>>()?,
            told: Arc::default(),
        })
    }

    /// Reads what is known of the client. Of several entries the last counts: the proxy wrote it.
    pub(super) fn origin<'a>(&self, parts: &'a Parts) -> Origin<'a> {
        let headers = &parts.headers;
        let peer = peer(parts);
        let proxied = self.sent(parts);
        let told = |name| proxied.then(|| last(headers, name)).flatten();
        let asked = || headers.get(HOST)?.to_str().ok();
        let scheme = told(FORWARDED_PROTO);
        Origin {
            client: peer.map(|peer| self.behind(peer, headers)),
            host: told(FORWARDED_HOST).or_else(asked),
            plain_http: scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http")),
            unknown_proxy: !proxied && headers.contains_key(FORWARDED_FOR),
        }
    }

    /// True for a request that one of them sent.
    pub(super) fn sent(&self, parts: &Parts) -> bool {
        peer(parts).is_some_and(|peer| self.trusts(peer))
    }

    /// Tells the log, once, that people come over plain HTTP to a site that has TLS. Nobody is sent elsewhere for it: where
    /// TLS ends further out, that would go round in a circle.
    pub(super) fn notice_plain_http(&self, origin: &Origin<'_>, base_url: &BaseUrl) {
        if origin.plain_http && !base_url.is_plain_http() && !self.told.swap(true, Relaxed) {
            tracing::warn!(
                event = "plain-http-at-proxy",
                "a trusted proxy says X-Forwarded-Proto: http, and the site is at {base_url}: let the proxy take people to https, or, where TLS ends before it, pass on the header that it is sent; this is said once"
            );
        }
    }

    /// Goes from the peer to the one before it, for as long as the one at hand is trusted. An entry that is no address was
    /// not written by a proxy: the way ends there.
    fn behind(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        let mut entries = headers.get_all(FORWARDED_FOR).iter().rev();
        let mut hops = 0;
        while self.trusts(client) {
            let Some(list) = entries.next() else { break };
            for entry in list.as_bytes().rsplit(|byte| *byte == b',') {
                let earlier = (hops < HOPS).then(|| address(entry)).flatten();
                let Some(earlier) = earlier else {
                    return client;
                };
                hops += 1;
                client = earlier;
                if !self.trusts(client) {
                    return client;
                }
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }
}

fn peer(parts: &Parts) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.ip().to_canonical())
}

/// The network of a proxy to trust: a CIDR, or one address.
pub(crate) fn trusted_network(text: &str) -> Result<IpNet, TrustedProxyError> {
    let network = text.parse::<IpNet>().ok();
    let network = network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    let refused = || TrustedProxyError {
        found: text.to_owned(),
    };
    network.map(|of| canonical(&of)).ok_or_else(refused)
}

/// A text is no network.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected the network of a proxy, such as 10.0.0.0/8 or 192.0.2.1, found {found:?}")]
pub struct TrustedProxyError {
    /// The text.
    pub found: String,
}
debug_as_sentence!(TrustedProxyError);

/// The network that is counted as one client: whoever has one address of IPv6 has the 2^64 of its network.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
        }
    }
}

/// The network of an address for the log, which names no client: the address may be one person's.
pub(super) fn logged(address: IpAddr) -> IpNet {
    let address = address.to_canonical();
    let length = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, length).map_or(IpNet::from(address), |network| network.trunc())
}

/// Peers over IPv4 of a socket for both kinds come as mapped addresses, and are compared as what they are.
fn canonical(network: &IpNet) -> IpNet {
    let mapped = network.addr().to_canonical();
    match (network.prefix_len().checked_sub(MAPPED), mapped) {
        (Some(length), IpAddr::V4(_)) if network.addr().is_ipv6() => {
            IpNet::new(mapped, length).unwrap_or(*network)
        }
        _ => *network,
    }
}

/// The last entry of all headers of this name; `None` too if it is empty.
fn last(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    let entry = line.rsplit(',').next()?.trim();
    (!entry.is_empty()).then_some(entry)
}

fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|of| of.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address = bare().or_else(with_port).or_else(bracketed)?;
    Some(address.to_canonical())
}

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// The bits before an address of IPv4 in one of IPv6.
const MAPPED: u8 = 96;
/// Proxies in a row; nobody has more than a handful.
const HOPS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let networks: Vec<String> = trusted.iter().map(|of| (*of).to_owned()).collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let peer: IpAddr = peer.parse().unwrap();
        let proxies = TrustedProxies::parse(&networks).unwrap();
        proxies.behind(peer.to_canonical(), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_says_who_is_behind_it() {
        let proxy = &["10.0.0.0/8"][..];
        for (trusted, peer, forwarded, expected) in [
            (&[][..], "10.0.0.1", &["192.0.2.1"][..], "10.0.0.1"),
            (proxy, "192.0.2.9", &["192.0.2.1"], "192.0.2.9"),
            (proxy, "10.0.0.1", &["192.0.2.1"], "192.0.2.1"),
            (proxy, "10.0.0.1", &[], "10.0.0.1"),
            // The addresses that the client wrote itself stand before the one that the proxy saw.
            (proxy, "10.0.0.1", &["203.0.113.7, 192.0.2.1"], "192.0.2.1"),
            (
                proxy,
                "10.0.0.1",
                &["203.0.113.7", "192.0.2.1"],
                "192.0.2.1",
            ),
            (proxy, "10.0.0.1", &["192.0.2.1, 10.0.0.2"], "192.0.2.1"),
            (proxy, "10.0.0.1", &["192.0.2.1", "10.0.0.2"], "192.0.2.1"),
            (proxy, "10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (proxy, "10.0.0.1", &["192.0.2.1, nonsense"], "10.0.0.1"),
            (proxy, "10.0.0.1", &["192.0.2.1, "], "10.0.0.1"),
            (proxy, "10.0.0.1", &["unknown"], "10.0.0.1"),
            (proxy, "10.0.0.1", &["192.0.2.1:4711"], "192.0.2.1"),
            (proxy, "10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            (proxy, "10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
            (proxy, "::ffff:10.0.0.1", &["::ffff:192.0.2.1"], "192.0.2.1"),
            (
                &["::ffff:10.0.0.0/104"],
                "10.0.0.1",
                &["192.0.2.1"],
                "192.0.2.1",
            ),
            (&["10.0.0.1"], "10.0.0.1", &["192.0.2.1"], "192.0.2.1"),
            (&["10.0.0.1"], "10.0.0.2", &["192.0.2.1"], "10.0.0.2"),
            (&["::1/128"], "::1", &["192.0.2.1"], "192.0.2.1"),
            (&["::1/128"], "127.0.0.1", &["192.0.2.1"], "127.0.0.1"),
        ] {
            assert_eq!(
                client(trusted, peer, forwarded),
                expected,
                "{peer} {forwarded:?}"
            );
        }
    }

    fn origin_of<T>(peer: &str, headers: &[(&'static str, &str)], see: fn(Origin<'_>) -> T) -> T {
        let mut request = axum::http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let peer = ConnectInfo::<SocketAddr>(peer.parse().unwrap());
        let (parts, ()) = request.extension(peer).body(()).unwrap().into_parts();
        let proxies = TrustedProxies::parse(&["10.0.0.0/8".to_owned()]).unwrap();
        see(proxies.origin(&parts))
    }

    #[test]
    fn only_a_trusted_proxy_says_which_host_was_asked_for() {
        let (proxy, stranger) = ("10.0.0.1:9", "192.0.2.1:9");
        let host = ("host", "inside");
        let told = |value| ("x-forwarded-host", value);
        for (peer, headers, expected) in [
            (proxy, &[host][..], Some("inside")),
            (proxy, &[host, told("acme.example")], Some("acme.example")),
            (proxy, &[host, told("a, b:8443 ")], Some("b:8443")),
            (proxy, &[host, told("a"), told("b")], Some("b")),
            (proxy, &[host, told("a, ")], Some("inside")),
            (proxy, &[told("a")], Some("a")),
            (proxy, &[], None),
            (stranger, &[host, told("acme.example")], Some("inside")),
            ("[::ffff:10.0.0.1]:9", &[host, told("a")], Some("a")),
        ] {
            let found = origin_of(peer, headers, |of| of.host.map(str::to_owned));
            assert_eq!(found.as_deref(), expected, "{peer} {headers:?}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_that_its_client_came_over_plain_http() {
        let told = |value| [("x-forwarded-proto", value)];
        let plain = |peer, headers: &[_]| origin_of(peer, headers, |of| of.plain_http);
        assert!(plain("10.0.0.1:9", &told("https, HTTP")));
        assert!(!plain("10.0.0.1:9", &told("http, https")));
        assert!(!plain("10.0.0.1:9", &[]));
        assert!(!plain("192.0.2.1:9", &told("http")));
    }

    #[test]
    fn a_proxy_is_unknown_unless_it_is_trusted() {
        let forwarded = [("x-forwarded-for", "192.0.2.7")];
        let unknown = |peer, headers: &[_]| origin_of(peer, headers, |of| of.unknown_proxy);
        assert!(unknown("192.0.2.1:9", &forwarded));
        assert!(!unknown("192.0.2.1:9", &[]));
        assert!(!unknown("10.0.0.1:9", &forwarded));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0",
            "proxy.example",
            "10.0.0.0/8,::1",
            "*",
        ] {
            assert!(trusted_network(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_way_without_end_is_not_followed() {
        let list = vec!["10.0.0.9"; 10_000].join(",");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[&list]), "10.0.0.9");
        let list = format!("192.0.2.1,{}", vec!["10.0.0.9"; HOPS].join(","));
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[&list]), "10.0.0.9");
    }
}
