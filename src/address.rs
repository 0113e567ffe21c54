//! Addresses that a browser or a fetcher may be sent to, and what of them may be shown.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::Serialize;
use url::Host;
use url::Url;

/// The addresses that a metadata server may have.
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

/// True if what goes to `url` is protected on its way: `https`, or `http` that never leaves the machine.
pub(crate) fn is_protected(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        ("http", Some(Host::Domain(name))) => name == "localhost",
        _ => false,
    }
}

pub(crate) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// An address as it may be shown, stored in a log or printed: `***` takes the place of a user name, a password, and the
/// values of parameters whose names say that they are secret. A text that is no address is looked through as well, since
/// an address that was mistyped holds the same secrets.
pub(crate) fn shown(address: &str) -> Cow<'_, str> {
    let (before, query) = match address.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (address, None),
    };
    let secret = query.is_some_and(|query| parameters(query).any(|(name, _)| is_secret(name)));
    let credentials = match Url::parse(address) {
        Ok(url) => has_credentials(&url) || (url.cannot_be_a_base() && userinfo(before).is_some()),
        // The password may hold what ends the host of a valid address.
        Err(_) => address.contains('@'),
    };
    if !secret && !credentials {
        return Cow::Borrowed(address);
    }
    let mut text = match (credentials, userinfo(before), address.rfind('@')) {
        (true, Some((start, host)), _) => format!("{start}{REDACTED}@{host}"),
        (true, None, Some(at)) => return Cow::Owned(format!("{REDACTED}{}", &address[at..])),
        _ => before.to_owned(),
    };
    if let Some(query) = query {
        let pairs = parameters(query).map(|(name, pair)| match is_secret(name) {
            true => Cow::Owned(format!("{name}={REDACTED}")),
            false => Cow::Borrowed(pair),
        });
        text.push('?');
        text.push_str(&pairs.collect::<Vec<_>>().join("&"));
    }
    Cow::Owned(text)
}

/// The parts of an address before and behind its user name and password.
fn userinfo(before_query: &str) -> Option<(&str, &str)> {
    let (rest, host) = before_query.rsplit_once('@')?;
    let start = rest.find(':')?;
    let slashes = rest[start + 1..].len() - rest[start + 1..].trim_start_matches(['/', '\\']).len();
    match slashes {
        0 => Some(("", host)),
        _ => Some((&rest[..start + 1 + slashes], host)),
    }
}

fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&');
    pairs.map(|pair| (pair.split('=').next().unwrap_or_default(), pair))
}

fn is_secret(name: &str) -> bool {
    let name = percent_decode_str(name).decode_utf8_lossy().to_lowercase();
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    SECRET_WITHIN.iter().any(|part| name.contains(part)) || SECRET.contains(&name.as_str())
}

/// The place of what is not shown.
pub(crate) const REDACTED: &str = "***";
const SECRET_WITHIN: [&str; 9] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "accesskey",
    "subscriptionkey",
    "credential",
];
/// `code` is the key of an Azure function, `sig` that of a shared access signature.
const SECRET: [&str; 9] = [
    "key",
    "sig",
    "signature",
    "code",
    "pwd",
    "pass",
    "auth",
    "authorization",
    "jwt",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_addresses_are_not_shown() {
        for (address, expected) in [
            (
                "https://idp.example/m?appid=1",
                "https://idp.example/m?appid=1",
            ),
            (
                "https://idp.example/@scope/m",
                "https://idp.example/@scope/m",
            ),
            (
                "https://idp.example/m?mail=a@b.example",
                "https://idp.example/m?mail=a@b.example",
            ),
            (
                "https://u:p@idp.example/m?appid=1",
                "https://***@idp.example/m?appid=1",
            ),
            ("https://u@idp.example/m", "https://***@idp.example/m"),
            ("https://:p@idp.example/m", "https://***@idp.example/m"),
            ("https:/u:p@idp.example/m", "https:/***@idp.example/m"),
            ("https:\\\\u:p@idp.example/m", "https:\\\\***@idp.example/m"),
            ("https://u:p@ss@idp.example/m", "https://***@idp.example/m"),
            ("https://u:p/w@idp.example/m", "https://***@idp.example/m"),
            ("https://u:p#?w@idp.example:x/m", "***@idp.example:x/m"),
            ("u:p@idp.example/m", "***@idp.example/m"),
            ("postgres://u:p@db/entrada", "postgres://***@db/entrada"),
            (
                "https://idp.example/m?a=b&access_token=x&c",
                "https://idp.example/m?a=b&access_token=***&c",
            ),
            (
                "https://idp.example/m?API-Key=x",
                "https://idp.example/m?API-Key=***",
            ),
            (
                "https://idp.example/m?c%6fde=x",
                "https://idp.example/m?c%6fde=***",
            ),
            (
                "https://idp.example/m?sig=x&sv=1",
                "https://idp.example/m?sig=***&sv=1",
            ),
            ("urn:example:idp", "urn:example:idp"),
        ] {
            assert_eq!(shown(address), expected);
        }
    }

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
