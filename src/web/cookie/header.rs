//! The header `Cookie` as it came, and `Set-Cookie` as it leaves. Names are compared byte for byte: a browser keeps other
//! hosts from setting a name that begins with `__Host-`, and only that very spelling of it. A reader that decodes names,
//! folds their case or trims more than RFC 6265 does takes `%5F_Host-…` of a neighbour for ours.

use std::collections::HashSet;
use std::convert::Infallible;
use std::str;

use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::IntoResponseParts;
use axum::response::ResponseParts;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sent<'a> {
    Nothing,
    One(&'a str),
    /// A value that no cookie of ours has, or several cookies: a browser keeps one of each name of ours, so somebody else
    /// has set another, and nobody can tell which is which.
    Unusable,
}

impl<'a> Sent<'a> {
    pub(crate) fn value(self) -> Option<&'a str> {
        match self {
            Sent::One(value) => Some(value),
            Sent::Nothing | Sent::Unusable => None,
        }
    }
}

pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Sent<'a> {
    let mut found = pairs(headers).filter(|(other, _)| *other == name.as_bytes());
    match (found.next(), found.next()) {
        (None, _) => Sent::Nothing,
        (Some((_, value)), None) => str::from_utf8(value).map_or(Sent::Unusable, Sent::One),
        (Some(_), Some(_)) => Sent::Unusable,
    }
}

/// The names that came more than once, of those that are `ours`, in the order of the header; a few at most.
pub(crate) fn doubled(headers: &HeaderMap, ours: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut seen = HashSet::new();
    let mut doubled = Vec::new();
    for name in pairs(headers).filter_map(|(name, _)| str::from_utf8(name).ok()) {
        if ours(name) && !seen.insert(name) && !doubled.contains(&name) {
            doubled.push(name);
        }
        if doubled.len() == MAX_DOUBLED {
            break;
        }
    }
    doubled
}

pub(crate) fn warn_doubled(names: &[&str]) {
    tracing::warn!(
        event = "cookie-doubled",
        code = "cookie-doubled",
        cookies = names.join(" "),
        "a cookie came more than once, and counts as none: another host, or another path, has set one of its name"
    );
}

/// The pairs of all `Cookie` headers (RFC 6265 §4.2.1, §5.4). A pair without a name or without `=` is skipped, and harms none
/// beside it. White space around a pair goes; within the name nothing does.
pub(crate) fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    let fields = headers.get_all(header::COOKIE).into_iter();
    fields
        .flat_map(|field| field.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let pair = trim(pair);
            let end = pair.iter().position(|byte| *byte == b'=')?;
            (end > 0).then(|| (&pair[..end], trim(&pair[end + 1..])))
        })
}

/// Takes spaces and tabs away at both ends, and nothing else that anybody calls white space.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// The cases in which a browser sends a cookie along with a request that another site has made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SameSite {
    /// With a link that the person follows.
    Lax,
    None,
}

/// A cookie to set: for this host and all its paths, out of reach of scripts.
#[derive(Clone, Debug)]
pub(crate) struct SetCookie {
    pub(crate) name: String,
    /// Letters, digits, `-`, `_` and `.` alone.
    pub(crate) value: String,
    same_site: SameSite,
    /// True if it is for `https` alone.
    secure: bool,
    /// For how many seconds the browser keeps it; until it is closed if there is none.
    max_age: Option<i64>,
}

impl SetCookie {
    pub(crate) fn new(name: String, value: String, same_site: SameSite, secure: bool) -> SetCookie {
        SetCookie {
            name,
            value,
            same_site,
            secure,
            max_age: None,
        }
    }

    pub(crate) fn kept_for(self, seconds: i64) -> SetCookie {
        SetCookie {
            max_age: Some(seconds),
            ..self
        }
    }

    pub(crate) fn removal(self) -> SetCookie {
        let value = String::new();
        SetCookie { value, ..self }.kept_for(0)
    }

    /// The header's text, for another path and the domain of a cookie that somebody else has set.
    fn text(&self, path: &str, domain: Option<&str>) -> String {
        let mut text = format!("{}={}; HttpOnly", self.name, self.value);
        match self.same_site {
            SameSite::Lax => text.push_str("; SameSite=Lax"),
            SameSite::None => text.push_str("; SameSite=None"),
        }
        if self.secure {
            text.push_str("; Secure");
        }
        text.push_str("; Path=");
        text.push_str(path);
        if let Some(domain) = domain {
            text.push_str("; Domain=");
            text.push_str(domain);
        }
        if let Some(seconds) = self.max_age {
            text.push_str(&format!("; Max-Age={seconds}"));
        }
        text
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct SetCookies(Vec<String>);

impl SetCookies {
    pub(crate) fn add(mut self, cookie: &SetCookie) -> SetCookies {
        self.0.push(cookie.text("/", None));
        self
    }

    /// Takes a cookie away under every path and domain from which one of its name may have come to `path`.
    pub(crate) fn remove_everywhere(
        mut self,
        cookie: &SetCookie,
        path: &str,
        domains: &[String],
    ) -> SetCookies {
        let cookie = cookie.clone().removal();
        self = self.add(&cookie);
        let ends = path.match_indices('/').map(|(at, _)| at).skip(1);
        let ends = ends.chain([path.len()]).filter(|end| *end > 1);
        let plain = path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b';');
        let of_domains = domains.iter().map(|domain| cookie.text("/", Some(domain)));
        self.0.extend(of_domains);
        for end in ends.take(MAX_DEPTH).filter(|_| plain) {
            self.0.push(cookie.text(&path[..end], None));
        }
        self
    }

    /// Adds the headers before those of an answer: what its handler sets has the last word, and the first claim to room.
    pub(crate) fn put_before(self, headers: &mut HeaderMap) {
        let set = headers.get_all(header::SET_COOKIE).iter().count();
        self.put_into(headers);
        let mut all: Vec<HeaderValue> = headers
            .get_all(header::SET_COOKIE)
            .iter()
            .cloned()
            .collect();
        all.rotate_left(set);
        headers.remove(header::SET_COOKIE);
        for cookie in all {
            headers.append(header::SET_COOKIE, cookie);
        }
    }

    /// Adds the headers that an answer has room for: proxies refuse one whose headers are too large. What is taken away is
    /// taken away by the next answer then.
    pub(crate) fn put_into(self, headers: &mut HeaderMap) {
        let set = headers.get_all(header::SET_COOKIE).iter();
        let (mut count, mut bytes) = set.fold((0, 0), |(count, bytes), value| {
            (count + 1, bytes + size(value.as_bytes()))
        });
        for text in self.0 {
            let size = size(text.as_bytes());
            if count == MAX_SET || bytes + size > MAX_SET_BYTES {
                continue;
            }
            // Names, values, paths and domains are of printable ASCII.
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.append(header::SET_COOKIE, value);
                count += 1;
                bytes += size;
            }
        }
    }
}

impl IntoResponseParts for SetCookies {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        self.put_into(parts.headers_mut());
        Ok(parts)
    }
}

fn size(value: &[u8]) -> usize {
    header::SET_COOKIE.as_str().len() + ": \r\n".len() + value.len()
}

/// Headers `Set-Cookie` of one answer.
const MAX_SET: usize = 20;
/// Bytes of all of them: proxies admit 4 to 8 kB for all headers of an answer.
const MAX_SET_BYTES: usize = 2048;
/// Names that are dealt with in one answer: there are four of ours, and eight requests under way.
const MAX_DOUBLED: usize = 12;
/// Paths under which a cookie is taken away, counted from the root.
const MAX_DEPTH: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "__Host-entrada-session";

    fn headers(fields: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(header::COOKIE, HeaderValue::from_bytes(field).unwrap());
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_beside_whatever_else_came() {
        for field in [
            &b"__Host-entrada-session=x"[..],
            b" \t__Host-entrada-session=x \t",
            b"a=1;__Host-entrada-session=x;b=2",
            b"theme=caf\xc3\xa9; __Host-entrada-session=x",
            b"a=\xff\x80; __Host-entrada-session=x; b\xff=1",
            b";;;=; =; nothing; __Host-entrada-session=x",
            b"a=\"; __Host-entrada-session=x; b=\"",
            b"=__Host-entrada-session=y; __Host-entrada-session=x",
            b"%5F_Host-entrada-session=y; __Host-entrada-session=x",
            b"__host-entrada-session=y; __HOST-ENTRADA-SESSION=y; __Host-entrada-session=x",
            b"__Host-entrada-session =y; __Host-entrada-session=x",
            b"\xc2\xa0__Host-entrada-session=y; __Host-entrada-session=x",
            b"\xe2\x80\x80__Host-entrada-session=y; __Host-entrada-session=x",
            b"$Version=1; $Path=/; __Host-entrada-session=x",
        ] {
            let headers = headers(&[field]);
            let shown = String::from_utf8_lossy(field);
            assert_eq!(find(&headers, NAME), Sent::One("x"), "{shown}");
            assert!(doubled(&headers, |name| name == NAME).is_empty(), "{shown}");
        }
    }

    #[test]
    fn what_looks_like_our_name_is_not_our_name() {
        for field in [
            &b"%5F_Host-entrada-session=x"[..],
            b"%5f%5FHost-entrada-session=x",
            b"_%5FHost%2Dentrada%2Dsession=x",
            b"__Host-entrada-session%20=x",
            b"__Host-entrada-session\t=x",
            b"__Host-entrada-session",
            b"=__Host-entrada-session=x",
            b"\"__Host-entrada-session\"=x",
            b"__Host-entrada-session\0".strip_suffix(b"\0").unwrap(),
            b"a,__Host-entrada-session=x",
            b"a=b,__Host-entrada-session=x",
            b"\x80__Host-entrada-session=x",
            b"__Host-entrada-session\xff=x",
            b"",
            b";",
        ] {
            let shown = String::from_utf8_lossy(field);
            assert_eq!(find(&headers(&[field]), NAME), Sent::Nothing, "{shown}");
        }
    }

    #[test]
    fn a_value_is_taken_as_it_came() {
        for (field, value) in [
            (&b"__Host-entrada-session="[..], ""),
            (b"__Host-entrada-session=a%20b", "a%20b"),
            (b"__Host-entrada-session=\"x\"", "\"x\""),
            (b"__Host-entrada-session=a=b", "a=b"),
        ] {
            assert_eq!(find(&headers(&[field]), NAME), Sent::One(value));
        }
        let raw = headers(&[b"__Host-entrada-session=\xff"]);
        assert_eq!(find(&raw, NAME), Sent::Unusable);
    }

    #[test]
    fn a_name_that_came_twice_counts_as_none() {
        for fields in [
            &[&b"__Host-entrada-session=x; __Host-entrada-session=y"[..]][..],
            &[b"__Host-entrada-session=x;__Host-entrada-session=x"],
            &[
                b"__Host-entrada-session=x; a=b",
                b"__Host-entrada-session=x",
            ],
            &[b"__Host-entrada-session=x; __Host-entrada-session=\xff"],
            &[b"__Host-entrada-session=; __Host-entrada-session=x"],
        ] {
            let headers = headers(fields);
            assert_eq!(find(&headers, NAME), Sent::Unusable);
            assert_eq!(doubled(&headers, |name| name == NAME), [NAME]);
            assert!(doubled(&headers, |name| name == "other").is_empty());
        }
    }

    #[test]
    fn a_cookie_is_taken_away_wherever_it_may_have_been_set() {
        let cookie = SetCookie {
            name: "n".to_owned(),
            value: "v".to_owned(),
            same_site: SameSite::Lax,
            secure: true,
            max_age: None,
        };
        let mut headers = HeaderMap::new();
        let domains = ["example.com".to_owned()];
        let all = SetCookies::default().remove_everywhere(&cookie, "/saml/acme", &domains);
        all.put_into(&mut headers);
        let set: Vec<&str> = headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        let removal = "n=; HttpOnly; SameSite=Lax; Secure; Path=";
        assert_eq!(
            set,
            [
                format!("{removal}/; Max-Age=0"),
                format!("{removal}/; Domain=example.com; Max-Age=0"),
                format!("{removal}/saml; Max-Age=0"),
                format!("{removal}/saml/acme; Max-Age=0"),
            ]
        );
    }

    #[test]
    fn what_an_answer_sets_is_bounded_and_its_handler_comes_first() {
        let cookie = |name: String| SetCookie {
            name,
            value: "v".repeat(43),
            same_site: SameSite::None,
            secure: true,
            max_age: None,
        };
        let domains: Vec<String> = (0..5)
            .map(|level| "x.".repeat(level) + "example.com")
            .collect();
        for path in ["/a/b/c/d/e/f/g/h/i", &format!("/{}", "p".repeat(4000))] {
            let mut headers = HeaderMap::new();
            let own = cookie("own".to_owned());
            SetCookies::default().add(&own).put_into(&mut headers);
            let doubled = (0..MAX_DOUBLED).fold(SetCookies::default(), |set, number| {
                let cookie = cookie(format!("__Host-entrada-request-{number:016}"));
                set.remove_everywhere(&cookie, path, &domains)
            });
            doubled.put_before(&mut headers);
            let all: Vec<&HeaderValue> = headers.get_all(header::SET_COOKIE).iter().collect();
            let bytes: usize = all.iter().map(|value| size(value.as_bytes())).sum();
            assert!(all.len() > 10 && all.len() <= MAX_SET, "{}", all.len());
            assert!(bytes <= MAX_SET_BYTES, "{bytes}");
            let last = all.last().unwrap().to_str().unwrap();
            assert!(last.starts_with("own=v"), "{last}");
        }
    }
}
