//! The address of whoever sent a request: the peer of the connection, or, where the peer is a proxy that is trusted, the
//! address that this proxy saw.

use std::net::IpAddr;
use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::request::Parts;
use ipnet::IpNet;

/// The proxies whose `X-Forwarded-For` counts. By default there is none: the header is text that anybody can send.
#[derive(Clone, Debug, Default)]
pub(super) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub(super) fn parse(texts: &[String]) -> Result<TrustedProxies, TrustedProxyError> {
        let networks = texts.iter().map(|text| trusted_network(text));
        networks.collect::<Result<_, _>>().map(TrustedProxies)
    }

    /// The client's address; `None` where the app is served without the addresses of its peers.
    pub(super) fn client(&self, parts: &Parts) -> Option<IpAddr> {
        let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(self.behind(peer.ip().to_canonical(), &parts.headers))
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
        self.0.iter().any(|network| network.contains(&address))
    }
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
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected the network of a proxy, such as 10.0.0.0/8 or 192.0.2.1, found {found:?}")]
pub struct TrustedProxyError {
    /// The text.
    pub found: String,
}

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

fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|of| of.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address = bare().or_else(with_port).or_else(bracketed)?;
    Some(address.to_canonical())
}

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
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
