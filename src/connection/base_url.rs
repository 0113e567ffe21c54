//! The address under which people reach the site.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::Serialize;
use url::Url;

use super::ConnectionId;
use crate::address::is_protected;
use crate::saml::ReturnPath;
use crate::text;

/// The public address of the site: scheme, host and port, and perhaps a path, without a slash at the end. It must be `https`;
/// plain `http` is admitted on loopback only, where browsers keep cookies to the machine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl(String);

impl BaseUrl {
    /// The address, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if this is the plain-HTTP loopback of a demo or a test.
    pub fn is_plain_http(&self) -> bool {
        self.0.starts_with("http:")
    }

    /// The path of the address, such as `/wiki`; empty for a site at the root of its host.
    pub fn path(&self) -> &str {
        let host = self.0.find("://").map_or(0, |at| at + 3);
        let path = self.0[host..].find('/').map(|at| &self.0[host + at..]);
        path.unwrap_or_default()
    }

    /// A path of the site as a browser has to ask for it: below [`BaseUrl::path`]. One that begins with it stays as it is.
    pub fn local(&self, path: &ReturnPath) -> ReturnPath {
        path.below(self.path())
    }

    /// The address of one of a connection's SAML routes.
    pub fn saml(&self, connection: &ConnectionId, route: &str) -> String {
        format!("{}/saml/{connection}/{route}", self.0)
    }

    /// The address of a connection's SCIM server (Entra: "Tenant URL").
    pub fn scim(&self, connection: &ConnectionId) -> String {
        format!("{}/scim/{connection}/v2", self.0)
    }

    /// The name of a connection's authorization server (RFC 8414 §2), which issues access tokens to those who provision.
    pub fn oauth_issuer(&self, connection: &ConnectionId) -> String {
        format!("{}{OAUTH}{connection}", self.0)
    }

    /// The address of a connection's token endpoint (Entra: "Token Endpoint").
    pub fn oauth_token(&self, connection: &ConnectionId) -> String {
        format!("{}/token", self.oauth_issuer(connection))
    }
}

/// Below it each connection has its authorization server: not below the SCIM server, as Microsoft asks.
const OAUTH: &str = "/entrada/oauth/";

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<BaseUrl, BaseUrlError> {
        // A parser of addresses passes over some of them.
        if text.contains(' ') || text::has_invisible(text) {
            return Err(BaseUrlError::Invisible);
        }
        let url = Url::parse(text).map_err(|_| BaseUrlError::NotAUrl)?;
        if url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(BaseUrlError::MoreThanAnAddress);
        }
        if !is_protected(&url) {
            return Err(BaseUrlError::NotHttps);
        }
        if !has_plain_path(text) {
            return Err(BaseUrlError::Path);
        }
        Ok(BaseUrl(url.as_str().trim_end_matches('/').to_owned()))
    }
}

/// True if everybody reads the path of an address alike, as it was written: a parser takes some of the rest away, and
/// what begins with two slashes is an address of another host to a browser.
pub(super) fn has_plain_path(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        return false;
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut segments: Vec<&str> = path.split('/').collect();
    segments.pop_if(|last| last.is_empty());
    let plain = |segment: &&str| {
        let decoded: Vec<u8> = percent_decode_str(segment).collect();
        let is_plain = |byte: &u8| !matches!(byte, b'/' | b'\\' | 0..=0x1f | 0x7f);
        !matches!(&decoded[..], b"" | b"." | b"..") && decoded.iter().all(is_plain)
    };
    !host.is_empty() && !host.contains('\\') && segments.iter().all(plain)
}

impl TryFrom<String> for BaseUrl {
    type Error = BaseUrlError;

    fn try_from(text: String) -> Result<BaseUrl, BaseUrlError> {
        text.parse()
    }
}

impl From<BaseUrl> for String {
    fn from(url: BaseUrl) -> String {
        url.0
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The reason why a text is no base address.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It does not parse.
    #[error("the base URL is not a URL; expected something like https://app.example.com")]
    NotAUrl,
    /// It has white space or something in it that nobody sees.
    #[error(
        "the base URL has white space or something in it that nobody sees, as copying leaves it: type it anew"
    )]
    Invisible,
    /// It has a query, a fragment or credentials.
    #[error(
        "the base URL has a query, a fragment or a user name; expected only scheme, host, port and path"
    )]
    MoreThanAnAddress,
    /// Its path has a part that is empty, is `.` or `..`, or has a slash in it, a backslash or a percent-encoded one too.
    #[error(
        "the path of the base URL has a part that is empty, is . or .., or has a slash in it; expected something like https://example.com/app"
    )]
    Path,
    /// It is `http` and not loopback, or another scheme.
    #[error("the base URL is not https; plain http is for loopback addresses only")]
    NotHttps,
}
debug_as_sentence!(BaseUrlError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_http_are_admitted_without_their_last_slash() {
        for (text, kept) in [
            ("https://app.example.com", "https://app.example.com"),
            ("https://app.example.com/", "https://app.example.com"),
            (
                "https://app.example.com/sub/",
                "https://app.example.com/sub",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(text.parse::<BaseUrl>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn a_local_path_is_below_the_path_of_the_address() {
        for (base_url, path, expected) in [
            ("https://h.example", "/", "/"),
            ("https://h.example/", "/wiki", "/wiki"),
            ("https://h.example/wiki", "/", "/wiki/"),
            ("https://h.example/wiki/", "/a?b#c", "/wiki/a?b#c"),
            ("https://h.example/wiki", "/wiki/a", "/wiki/a"),
            ("https://h.example/wiki", "/wiki", "/wiki"),
            ("https://h.example/wiki", "/wiki?a", "/wiki?a"),
            ("https://h.example/wiki", "/wikipedia", "/wiki/wikipedia"),
            ("http://[::1]:8080/a/b", "/a", "/a/b/a"),
        ] {
            let base_url: BaseUrl = base_url.parse().unwrap();
            let local = base_url.local(&ReturnPath::parse(path).unwrap());
            assert_eq!(local.as_str(), expected, "{base_url} {path}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        for (text, error) in [
            ("app.example.com", BaseUrlError::NotAUrl),
            ("http://app.example.com", BaseUrlError::NotHttps),
            ("http://localhost.example.com", BaseUrlError::NotHttps),
            ("javascript:alert(1)", BaseUrlError::NotHttps),
            ("https://a.example/?x", BaseUrlError::MoreThanAnAddress),
            ("https://u:p@a.example/", BaseUrlError::MoreThanAnAddress),
            ("https://a.example//evil.example", BaseUrlError::Path),
            ("https://a.example//", BaseUrlError::Path),
            ("https://a.example/wiki//", BaseUrlError::Path),
            ("https://a.example/wiki//b", BaseUrlError::Path),
            ("https://a.example/\\evil.example", BaseUrlError::Path),
            ("https://a.example\\evil.example", BaseUrlError::Path),
            ("https:\\\\a.example", BaseUrlError::Path),
            ("https:///a.example", BaseUrlError::Path),
            ("https:a.example", BaseUrlError::Path),
            ("https://a.example/.", BaseUrlError::Path),
            ("https://a.example/wiki/../b", BaseUrlError::Path),
            ("https://a.example/wiki/%2E%2e/b", BaseUrlError::Path),
            ("https://a.example/.%2e//evil.example", BaseUrlError::Path),
            ("https://a.example/%2fevil.example", BaseUrlError::Path),
            ("https://a.example/%2Fevil.example", BaseUrlError::Path),
            ("https://a.example/a%5cb", BaseUrlError::Path),
            ("https://a.example/a%0d%0ab", BaseUrlError::Path),
        ] {
            assert_eq!(text.parse::<BaseUrl>(), Err(error), "{text}");
        }
    }
}
