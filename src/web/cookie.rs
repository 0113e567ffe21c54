//! The two cookies. Over `https` both carry the `__Host-` prefix, so no other host and no plain-HTTP page can
//! set them; on plain-HTTP loopback, where that prefix is not to be had, they go without it and without
//! `Secure`, and the request cookie is `Lax`, since the practice identity provider is on the same host.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::Cookie;
use axum_extra::extract::cookie::CookieJar;
use axum_extra::extract::cookie::SameSite;

use crate::connection::BaseUrl;
use crate::connection::ConnectionId;
use crate::saml::MessageId;
use crate::token::Token;

/// How the cookies of a site are named and guarded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookies {
    plain_http: bool,
}

impl Cookies {
    pub(super) fn of(base_url: &BaseUrl) -> Cookies {
        Cookies {
            plain_http: base_url.is_plain_http(),
        }
    }

    /// The token of the session cookie.
    pub(super) fn session(self, headers: &HeaderMap) -> Option<Token> {
        read(headers, self.session_name())
    }

    /// The token that binds sign-ons under way to this browser.
    pub(super) fn browser(self, headers: &HeaderMap) -> Option<Token> {
        read(headers, self.browser_name())
    }

    /// The session cookie. It lasts as long as the browser: when the session ends is the store's word.
    pub(super) fn set_session(self, token: &Token) -> Cookie<'static> {
        self.cookie(self.session_name(), token.reveal(), SameSite::Lax)
    }

    /// The request cookie. The identity provider answers with a cross-site POST, so it is `SameSite=None`.
    pub(super) fn set_browser(self, token: &Token) -> Cookie<'static> {
        self.cookie(self.browser_name(), token.reveal(), self.cross_site())
    }

    /// Takes the session cookie away.
    pub(super) fn clear_session(self) -> Cookie<'static> {
        let mut cookie = self.cookie(self.session_name(), String::new(), SameSite::Lax);
        cookie.make_removal();
        cookie
    }

    /// The request by which this browser is signing out everywhere.
    pub(super) fn logout(self, headers: &HeaderMap) -> Option<String> {
        Some(
            CookieJar::from_headers(headers)
                .get(self.logout_name())?
                .value()
                .to_owned(),
        )
    }

    /// Remembers the request by which this browser is signing out everywhere. The answer may be a cross-site POST.
    pub(super) fn set_logout(self, request: &MessageId) -> Cookie<'static> {
        self.set_logout_value(request.as_str().to_owned())
    }

    /// Forgets it.
    pub(super) fn clear_logout(self) -> Cookie<'static> {
        let mut cookie = self.set_logout_value(String::new());
        cookie.make_removal();
        cookie
    }

    /// The connection that was chosen in this browser before. No secret, and proof of nothing.
    pub(super) fn choice(self, headers: &HeaderMap) -> Option<String> {
        Some(
            CookieJar::from_headers(headers)
                .get(self.choice_name())?
                .value()
                .to_owned(),
        )
    }

    /// Remembers a choice.
    pub(super) fn set_choice(self, connection: &ConnectionId) -> Cookie<'static> {
        let mut cookie = self.cookie(self.choice_name(), connection.to_string(), SameSite::Lax);
        cookie.make_permanent();
        cookie
    }

    fn choice_name(self) -> &'static str {
        if self.plain_http {
            "entrada-connection"
        } else {
            "__Host-entrada-connection"
        }
    }

    fn set_logout_value(self, value: String) -> Cookie<'static> {
        self.cookie(self.logout_name(), value, self.cross_site())
    }

    fn cross_site(self) -> SameSite {
        if self.plain_http {
            SameSite::Lax
        } else {
            SameSite::None
        }
    }

    fn logout_name(self) -> &'static str {
        if self.plain_http {
            "entrada-logout"
        } else {
            "__Host-entrada-logout"
        }
    }

    fn session_name(self) -> &'static str {
        if self.plain_http {
            "entrada-session"
        } else {
            "__Host-entrada-session"
        }
    }

    fn browser_name(self) -> &'static str {
        if self.plain_http {
            "entrada-request"
        } else {
            "__Host-entrada-request"
        }
    }

    fn cookie(self, name: &'static str, value: String, same_site: SameSite) -> Cookie<'static> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .secure(!self.plain_http)
            .same_site(same_site)
            .build()
    }
}

fn read(headers: &HeaderMap, name: &str) -> Option<Token> {
    Token::parse(CookieJar::from_headers(headers).get(name)?.value())
}
