//! The cookies. Over `https` all carry the `__Host-` prefix, so no other host and no plain-HTTP page can set them; on
//! plain-HTTP loopback, where that prefix is unavailable, they go without it and without `Secure`.

pub(super) mod doubled;
pub(crate) mod header;
pub(super) mod requests;

use axum::http::HeaderMap;
use url::Host;
use url::Url;

use self::header::SameSite;
use self::header::SetCookie;
use self::header::SetCookies;
use self::header::doubled;
use self::header::find;
use self::requests::RequestCookies;
use crate::connection::BaseUrl;
use crate::connection::ConnectionId;
use crate::saml::MessageId;
use crate::site::Browser;
use crate::token::Token;
use crate::token::TokenHash;

#[derive(Clone, Debug)]
pub(super) struct Cookies {
    plain_http: bool,
    session: String,
    choice: String,
    pub(super) requests: RequestCookies,
    /// The domains for which a neighbour can set cookies that come to this host.
    domains: Vec<String>,
}

impl Cookies {
    pub(super) fn of(base_url: &BaseUrl) -> Cookies {
        let plain_http = base_url.is_plain_http();
        let prefix = if plain_http { "" } else { "__Host-" };
        let name = |what: &str| format!("{prefix}entrada-{what}");
        Cookies {
            plain_http,
            session: name("session"),
            choice: name("connection"),
            requests: RequestCookies {
                plain_http,
                sign_on: name("request"),
                logout: name("logout"),
            },
            domains: domains(base_url),
        }
    }

    /// The token of the session cookie.
    pub(super) fn session(&self, headers: &HeaderMap) -> Option<Token> {
        Token::parse(find(headers, &self.session).value()?)
    }

    /// The session cookie. It lasts as long as the browser: when the session ends is the store's word.
    pub(super) fn set_session(&self, token: &Token) -> SetCookie {
        self.cookie(self.session.clone(), token.reveal())
    }

    pub(super) fn clear_session(&self) -> SetCookie {
        let cookie = self.cookie(self.session.clone(), String::new());
        cookie.removal()
    }

    /// The connection that was chosen in this browser before. No secret, and proof of nothing.
    pub(super) fn choice<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        find(headers, &self.choice).value()
    }

    pub(super) fn set_choice(&self, connection: &ConnectionId) -> SetCookie {
        let cookie = self.cookie(self.choice.clone(), connection.to_string());
        cookie.kept_for(CHOICE)
    }

    pub(super) fn doubled<'a>(&self, headers: &'a HeaderMap) -> Vec<&'a str> {
        doubled(headers, |name| self.is_ours(name))
    }

    /// Takes all cookies of these names away, whoever has set them.
    pub(super) fn expire(&self, names: &[&str], path: &str) -> SetCookies {
        names.iter().fold(SetCookies::default(), |set, name| {
            let cookie = match self.requests.has(name) {
                true => self.requests.cookie((*name).to_owned(), String::new()),
                false => self.cookie((*name).to_owned(), String::new()),
            };
            set.remove_everywhere(&cookie, path, &self.domains)
        })
    }

    fn is_ours(&self, name: &str) -> bool {
        name == self.session || name == self.choice || self.requests.has(name)
    }

    fn cookie(&self, name: String, value: String) -> SetCookie {
        SetCookie::new(name, value, SameSite::Lax, !self.plain_http)
    }
}

/// The host and the domains above it, down to two labels. Browsers that know `__Host-` overlook a removal with a domain,
/// and have nothing to remove.
fn domains(base_url: &BaseUrl) -> Vec<String> {
    let url = Url::parse(base_url.as_str()).ok();
    let Some(Host::Domain(host)) = url.as_ref().and_then(Url::host) else {
        return Vec::new();
    };
    let ends = host.match_indices('.').map(|(at, _)| &host[at + 1..]);
    let all = std::iter::once(host).chain(ends);
    all.filter(|name| name.contains('.'))
        .take(MAX_DOMAINS)
        .map(str::to_owned)
        .collect()
}

/// Seconds for which a choice of a connection is remembered: a year, which is about what browsers keep at most.
const CHOICE: i64 = 365 * 24 * 60 * 60;
/// Domains above a host.
const MAX_DOMAINS: usize = 5;

/// A browser by the cookies of its request.
pub(super) struct Shown<'a> {
    pub(super) cookies: &'a Cookies,
    pub(super) headers: &'a HeaderMap,
}

impl Browser for Shown<'_> {
    fn session(&self) -> Option<TokenHash> {
        let token = self.cookies.session(self.headers);
        token.map(|token| token.hash())
    }

    fn began(&self, request: &MessageId) -> Option<TokenHash> {
        let token = self.cookies.requests.browser(self.headers, request);
        token.map(|token| token.hash())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_end_above_two_labels() {
        let all = |base_url: &str| Cookies::of(&base_url.parse::<BaseUrl>().unwrap()).domains;
        let expected = ["wiki.app.example.com", "app.example.com", "example.com"];
        assert_eq!(all("https://wiki.app.example.com"), expected);
        for base_url in [
            "http://localhost:8080",
            "http://127.0.0.1:1",
            "https://[::1]",
        ] {
            assert!(all(base_url).is_empty(), "{base_url}");
        }
    }
}
