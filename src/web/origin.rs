//! The check of where a form comes from, for every form of ours. `SameSite=Lax` keeps the session cookie from forms of other
//! sites; a neighbour, another host of the same domain, is no other site to a browser, so what the browser says decides.

use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::header;
use url::Url;

/// True for a form that comes from a page under the origin of `base_url`, as far as the browser says: in `Sec-Fetch-Site` (Fetch
/// Metadata §2.3), older ones in `Origin`, and those with neither in `Referer`. Whoever says nothing is no browser of today, and
/// nobody's page can make one say nothing: `SameSite` has to do for it.
pub(crate) fn is_from_here(headers: &HeaderMap, base_url: &str) -> bool {
    let is_ours = |address: &str| match (Url::parse(address), Url::parse(base_url)) {
        (Ok(address), Ok(base)) => address.origin().is_tuple() && address.origin() == base.origin(),
        _ => false,
    };
    match one(headers, &HeaderName::from_static("sec-fetch-site")) {
        // The person did it themselves, by a reload or a restored tab.
        SingleHeader::Valid("same-origin" | "none") => return true,
        SingleHeader::Missing => {}
        SingleHeader::Valid(_) | SingleHeader::Invalid => return false,
    }
    for name in [header::ORIGIN, header::REFERER] {
        match one(headers, &name) {
            SingleHeader::Valid(address) => return is_ours(address),
            SingleHeader::Missing => {}
            SingleHeader::Invalid => return false,
        }
    }
    true
}

/// A header that a request may have once.
enum SingleHeader<'a> {
    Missing,
    Valid(&'a str),
    /// Several times, or unreadably.
    Invalid,
}

fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> SingleHeader<'a> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => SingleHeader::Missing,
        (Some(value), None) => value
            .to_str()
            .map_or(SingleHeader::Invalid, SingleHeader::Valid),
        (Some(_), Some(_)) => SingleHeader::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_the_browser_says_decides() {
        let (site, origin, referer) = ("sec-fetch-site", "origin", "referer");
        for (said, expected) in [
            (&[][..], true),
            (&[(site, "same-origin")], true),
            (&[(site, "none")], true),
            (&[(site, "same-site")], false),
            (&[(site, "cross-site")], false),
            (&[(site, "Same-Origin")], false),
            (&[(site, "")], false),
            (&[(site, "same-origin"), (site, "same-site")], false),
            (
                &[(site, "same-origin"), (origin, "https://evil.example")],
                true,
            ),
            (
                &[(site, "same-site"), (origin, "https://app.example.com")],
                false,
            ),
            (&[(origin, "https://app.example.com")], true),
            (&[(origin, "https://APP.example.com:443")], true),
            (&[(origin, "https://app.example.com:8443")], false),
            (&[(origin, "http://app.example.com")], false),
            (&[(origin, "https://evil.example.com")], false),
            (&[(origin, "https://app.example.com.evil.example")], false),
            (&[(origin, "null")], false),
            (&[(origin, "")], false),
            (
                &[
                    (origin, "https://app.example.com"),
                    (origin, "https://evil.example"),
                ],
                false,
            ),
            (
                &[(origin, "null"), (referer, "https://app.example.com/")],
                false,
            ),
            (&[(referer, "https://app.example.com/wiki/page?x")], true),
            (
                &[(referer, "https://evil.example.com/https://app.example.com/")],
                false,
            ),
            (&[(referer, "https://app.example.com@evil.example/")], false),
            (&[(referer, "data:text/html,x")], false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in said {
                headers.append(*name, HeaderValue::from_static(value));
            }
            for base_url in ["https://app.example.com", "https://app.example.com/wiki"] {
                assert_eq!(is_from_here(&headers, base_url), expected, "{said:?}");
            }
        }
    }
}
