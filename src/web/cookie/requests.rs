//! The cookies of requests under way. Each has one of its own, named after the request: several tabs that begin at once do
//! not overwrite each other's. On plain-HTTP loopback they are `Lax`, since the practice identity provider is on the same host.

use std::cmp::Reverse;

use axum::http::HeaderMap;
use jiff::Timestamp;

use super::header::SameSite;
use super::header::SetCookie;
use super::header::SetCookies;
use super::header::find;
use super::header::pairs;
use crate::crypto::sha256;
use crate::saml::MessageId;
use crate::session::PendingRequest;
use crate::text::hex;
use crate::token::Token;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::web) enum UnderWay {
    /// A sign-on: the cookie holds the token that binds it to this browser.
    SignOn,
    /// A sign-out everywhere: the cookie holds the ID of its request.
    Logout,
}

#[derive(Clone, Debug)]
pub(in crate::web) struct RequestCookies {
    pub(super) plain_http: bool,
    pub(super) sign_on: String,
    pub(super) logout: String,
}

impl RequestCookies {
    /// The token that binds a sign-on to this browser.
    pub(in crate::web) fn browser(
        &self,
        headers: &HeaderMap,
        request: &MessageId,
    ) -> Option<Token> {
        let own = self.name(UnderWay::SignOn, request.as_str());
        let text = match find(headers, &own).value() {
            Some(value) => value.split_once('.')?.0,
            // The former version had one cookie for all requests; those that were under way come to their end.
            None => find(headers, &self.sign_on).value()?,
        };
        Token::parse(text)
    }

    /// True if this browser is signing out everywhere by this request.
    pub(in crate::web) fn is_signing_out(&self, headers: &HeaderMap, request: &str) -> bool {
        let own = self.name(UnderWay::Logout, request);
        let sent = find(headers, &own).value();
        let sent = sent.and_then(|value| value.split_once('.'));
        let former = || find(headers, &self.logout).value();
        sent.map(|(id, _)| id).or_else(former) == Some(request)
    }

    /// Remembers a request in this browser. The identity provider's answer may be a cross-site POST, so the cookie is
    /// `SameSite=None`. Of many requests the oldest are forgotten.
    pub(in crate::web) fn begin(
        &self,
        headers: &HeaderMap,
        what: UnderWay,
        request: &MessageId,
        secret: &str,
        now: Timestamp,
    ) -> SetCookies {
        let name = self.name(what, request.as_str());
        let value = format!("{secret}.{}", now.as_second());
        let begun = self.cookie(name, value);
        let begun = begun.kept_for(PendingRequest::LIFETIME.as_secs());
        let room = MAX_BYTES.saturating_sub(begun.name.len() + begun.value.len());
        let surplus = self.surplus(headers, what, room, now);
        let set = SetCookies::default().add(&begun);
        surplus.into_iter().fold(set, |set, name| {
            set.add(&self.cookie(name.to_owned(), String::new()).removal())
        })
    }

    /// Forgets a request that is over, if this browser sent its cookie.
    pub(in crate::web) fn finish(
        &self,
        headers: &HeaderMap,
        what: UnderWay,
        request: &str,
    ) -> SetCookies {
        let mut set = SetCookies::default();
        for name in [self.name(what, request), self.logout.clone()] {
            let is_over = match what {
                UnderWay::SignOn => name != self.logout,
                UnderWay::Logout => true,
            };
            if is_over && pairs(headers).any(|(other, _)| other == name.as_bytes()) {
                set = set.add(&self.cookie(name, String::new()).removal());
            }
        }
        set
    }

    /// The names of the requests under way that there is no room for beside a new one: those that cannot be read or are
    /// over, and then the oldest.
    fn surplus<'a>(
        &self,
        headers: &'a HeaderMap,
        what: UnderWay,
        room: usize,
        now: Timestamp,
    ) -> Vec<&'a str> {
        let now = now.as_second();
        let mut all: Vec<(&str, usize, i64)> = pairs(headers)
            .filter_map(|(name, value)| {
                let name = str::from_utf8(name).ok()?;
                self.is_of(what, name)
                    .then(|| (name, name.len() + value.len(), begun_at(value)))
            })
            .collect();
        // Of those of one second the browser sends the older first (RFC 6265 §5.4).
        all.reverse();
        all.sort_by_key(|(_, _, begun)| Reverse(*begun));
        let (mut count, mut bytes) = (1, 0);
        all.retain(|(_, size, begun)| {
            let is_live = (now - PendingRequest::LIFETIME.as_secs()..=now + SKEW).contains(begun);
            let fits = is_live && count < MAX_UNDER_WAY && bytes + size <= room;
            if fits {
                count += 1;
                bytes += size;
            }
            !fits
        });
        all.into_iter()
            .map(|(name, _, _)| name)
            .take(MAX_FORGOTTEN)
            .collect()
    }

    /// True for the name of a cookie of ours, that of the former version included.
    pub(super) fn has(&self, name: &str) -> bool {
        [UnderWay::SignOn, UnderWay::Logout]
            .into_iter()
            .any(|what| name == self.stem(what) || self.is_of(what, name))
    }

    fn is_of(&self, what: UnderWay, name: &str) -> bool {
        let rest = name.strip_prefix(self.stem(what));
        let hash = rest.and_then(|rest| rest.strip_prefix('-'));
        hash.is_some_and(|hash| {
            hash.len() == 2 * HASH && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }

    /// The name of the cookie of a request: its ID may be long, and comes from outside.
    fn name(&self, what: UnderWay, request: &str) -> String {
        let hash = sha256(request.as_bytes());
        let hash = hex(&hash[..HASH]);
        format!("{}-{hash}", self.stem(what))
    }

    fn stem(&self, what: UnderWay) -> &str {
        match what {
            UnderWay::SignOn => &self.sign_on,
            UnderWay::Logout => &self.logout,
        }
    }

    /// A cookie that may come along with a cross-site POST.
    pub(super) fn cookie(&self, name: String, value: String) -> SetCookie {
        let same_site = match self.plain_http {
            true => SameSite::Lax,
            false => SameSite::None,
        };
        SetCookie::new(name, value, same_site, !self.plain_http)
    }
}

/// The second at which a request began, by its cookie; the beginning of time if the cookie does not say.
fn begun_at(value: &[u8]) -> i64 {
    let text = str::from_utf8(value).unwrap_or_default();
    let second = text.rsplit_once('.').map(|(_, second)| second.parse().ok());
    second.flatten().unwrap_or(i64::MIN)
}

/// Bytes of a request's hash in the name of its cookie: 64 bits, and a collision costs one of one's own sign-ons.
const HASH: usize = 8;
/// Requests that one browser has under way, at most.
const MAX_UNDER_WAY: usize = 8;
/// Bytes of the cookies of all of them, at most: proxies admit 4 to 8 kB for all headers.
const MAX_BYTES: usize = 2048;
/// Cookies that are taken away by one answer: the headers of an answer are bounded too.
const MAX_FORGOTTEN: usize = 12;
/// Seconds that the clocks of two nodes may be apart.
const SKEW: i64 = 180;

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header;

    use super::super::Cookies;
    use super::*;

    fn site(base_url: &str) -> RequestCookies {
        Cookies::of(&base_url.parse().unwrap()).requests
    }

    fn id(number: u8) -> MessageId {
        MessageId::from_random([number; MessageId::RANDOM_BYTES])
    }

    /// A browser's cookies: what `set` says is added to `jar`, or taken out.
    fn keep(jar: &mut Vec<(String, String)>, set: SetCookies) {
        let mut headers = HeaderMap::new();
        set.put_into(&mut headers);
        for cookie in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            jar.retain(|(other, _)| other != name);
            if !cookie.contains("Max-Age=0") {
                jar.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    fn sent(jar: &[(String, String)]) -> HeaderMap {
        let pairs: Vec<String> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::try_from(pairs.join("; ")).unwrap(),
        );
        headers
    }

    #[test]
    fn of_many_requests_the_oldest_are_forgotten() {
        let cookies = site("https://app.example.com");
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let mut jar = Vec::new();
        for number in 0..20 {
            let token = Token::from_random([number; 32]);
            let now = now
                .checked_add(jiff::SignedDuration::from_secs(number.into()))
                .unwrap();
            let set = cookies.begin(
                &sent(&jar),
                UnderWay::SignOn,
                &id(number),
                &token.reveal(),
                now,
            );
            keep(&mut jar, set);
            // The order that a browser sends them in says nothing where the seconds do.
            jar.reverse();
            assert!(jar.len() <= MAX_UNDER_WAY);
            let bytes: usize = jar
                .iter()
                .map(|(name, value)| name.len() + value.len())
                .sum();
            assert!(bytes <= MAX_BYTES, "{bytes}");
        }
        for number in 0..20 {
            let known = cookies.browser(&sent(&jar), &id(number));
            let expected = (number >= 12).then(|| Token::from_random([number; 32]).hash());
            assert_eq!(known.map(|token| token.hash()), expected, "{number}");
        }
    }

    #[test]
    fn what_is_over_or_unreadable_goes_first_and_so_does_what_is_too_long() {
        let cookies = site("https://app.example.com");
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let name = |number| cookies.name(UnderWay::SignOn, id(number).as_str());
        let mut jar = vec![
            (name(1), "unreadable".to_owned()),
            (name(2), format!("{}.1799996399", "A".repeat(43))),
            (name(3), format!("{}.1800000999", "A".repeat(43))),
            (name(4), format!("{}.1799999999", "A".repeat(2000))),
            (name(5), format!("{}.1799999999", "A".repeat(43))),
            ("theme".to_owned(), "x".repeat(3000)),
        ];
        let set = cookies.begin(&sent(&jar), UnderWay::SignOn, &id(9), &"B".repeat(43), now);
        keep(&mut jar, set);
        let names: Vec<&str> = jar.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [name(5).as_str(), "theme", name(9).as_str()]);
    }

    #[test]
    fn a_sign_on_and_a_sign_out_of_one_name_are_two_things() {
        for base_url in ["https://app.example.com", "http://localhost:8080"] {
            let cookies = site(base_url);
            let now = Timestamp::from_second(1_800_000_000).unwrap();
            let mut jar = Vec::new();
            let token = Token::from_random([7; 32]);
            let begun = cookies.begin(&sent(&jar), UnderWay::SignOn, &id(1), &token.reveal(), now);
            keep(&mut jar, begun);
            assert!(!cookies.is_signing_out(&sent(&jar), id(1).as_str()));
            let set = cookies.begin(&sent(&jar), UnderWay::Logout, &id(2), id(2).as_str(), now);
            keep(&mut jar, set);
            assert!(cookies.is_signing_out(&sent(&jar), id(2).as_str()));
            assert!(cookies.browser(&sent(&jar), &id(2)).is_none());
            assert!(cookies.browser(&sent(&jar), &id(1)).is_some());
            let finished = cookies.finish(&sent(&jar), UnderWay::SignOn, id(1).as_str());
            keep(&mut jar, finished);
            let finished = cookies.finish(&sent(&jar), UnderWay::Logout, id(2).as_str());
            keep(&mut jar, finished);
            assert_eq!(jar, []);
        }
    }
}
