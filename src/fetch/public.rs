//! Keeping a fetcher out of the network that it runs in (server-side request forgery): names are resolved by us, and
//! only if all that they stand for is on the public internet is one of those addresses connected to. The answer that was
//! looked at is the one that is used, so a name that changes in between (DNS rebinding) gains nothing.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;

use reqwest::Url;
use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use url::Host;

use super::FetchError;
use super::error::PrivateAddress;

pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            match found.iter().all(|address| is_public(address.ip())) {
                true => Ok(Box::new(found.into_iter()) as Addrs),
                false => Err(PrivateAddress.into()),
            }
        })
    }
}

/// Refuses a URL with an address in place of a name, which nobody resolves, if it is not public.
pub(super) fn check_literal(url: &Url) -> Result<(), FetchError> {
    let public = match url.host() {
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        Some(Host::Domain(_)) => true,
        None => false,
    };
    match public {
        true => Ok(()),
        false => Err(FetchError::PrivateAddress),
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// True if the IANA registry of special-purpose addresses (RFC 6890) has it as global, and it is not multicast.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        // Shared address space, 100.64.0.0/10 (RFC 6598).
        || (a == 100 && b & 0xC0 == 64)
        // IETF protocol assignments, 192.0.0.0/24, and the old relays of 6to4, 192.88.99.0/24.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        // Benchmarking, 198.18.0.0/15 (RFC 2544).
        || (a == 198 && b & 0xFE == 18)
        // Multicast, reserved, broadcast.
        || a >= 224;
    !special
}

/// Global unicast, 2000::/3, without its special parts. An address that wraps an IPv4 one is as public as that.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let bytes = address.octets();
    let v4 = |at: usize| {
        let [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    if address.to_ipv4_mapped().is_some() {
        return v4(12);
    }
    match address.segments() {
        // NAT64 (RFC 6052).
        [0x64, 0xFF9B, 0, 0, 0, 0, ..] => v4(12),
        // 6to4 (RFC 3056).
        [0x2002, ..] => v4(2),
        // IETF protocol assignments, Teredo among them, 2001::/23, and documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xDB8 => false,
        [0x3FFF, second, ..] if second < 0x1000 => false,
        [first, ..] => first & 0xE000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for (text, public) in [
            ("40.126.32.133", true),
            ("1.1.1.1", true),
            ("100.128.0.1", true),
            ("172.32.0.1", true),
            ("198.20.0.1", true),
            ("2603:1026:3000::1", true),
            ("::ffff:1.1.1.1", true),
            ("64:ff9b::101:101", true),
            ("2002:101:101::1", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("100.64.0.1", false),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.88.99.1", false),
            ("192.168.0.1", false),
            ("198.18.0.1", false),
            ("203.0.113.1", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::7f00:1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("64:ff9b::a00:1", false),
            ("64:ff9b:1::1", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("2002:a00:1::1", false),
            ("3fff::1", false),
            ("fc00::1", false),
            ("fd12::1", false),
            ("fe80::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(text.parse().unwrap()), public, "{text}");
        }
    }

    #[test]
    fn an_address_in_place_of_a_name_is_looked_at_in_every_spelling() {
        for (url, refused) in [
            ("https://1.1.1.1/", false),
            ("https://idp.example/", false),
            ("https://127.0.0.1/", true),
            ("https://2130706433/", true),
            ("https://0x7f.1/", true),
            ("https://[::1]/", true),
            ("https://[::ffff:10.0.0.1]/", true),
        ] {
            let found = check_literal(&Url::parse(url).unwrap());
            assert_eq!(found.is_err(), refused, "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_for_loopback_is_not_resolved() {
        let name = "localhost".parse().unwrap();
        assert!(PublicOnly.resolve(name).await.is_err());
    }
}
