//! Addresses that a browser or a fetcher may be sent to.

use serde::Deserialize;
use serde::Serialize;
use url::Host;
use url::Url;

/// Which addresses a metadata server may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressPolicy {
    /// Any: the admin who types the URL also runs the network.
    #[default]
    Any,
    /// Those of the public internet alone: for sites whose tenants type the URL, and could have it fetch from
    /// inside. Looked at once the name is resolved.
    PublicOnly,
}

/// Whether what goes to `url` is protected on its way: `https`, or `http` that never leaves the machine.
pub(crate) fn is_protected(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        ("http", Some(Host::Domain(name))) => name == "localhost",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_are_protected_and_nothing_else_is() {
        for (text, expected) in [
            ("https://idp.example/saml2", true),
            ("http://127.0.0.1:8081/", true),
            ("http://[::1]/", true),
            ("http://localhost/", true),
            ("http://idp.example/", false),
            ("http://127.0.0.1.example/", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_protected(&Url::parse(text).unwrap()), expected, "{text}");
        }
    }
}
