//! Headers that say when to come again (RFC 9111 §5, RFC 9110 §10.2.3).

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::fmt::strtime;
use jiff::tz::Offset;
use reqwest::header;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;

use crate::moment;

/// The time for which an answer stays fresh: `max-age`, less the time that it has spent in caches; else `Expires`,
/// compared with the server's own `Date`. `None` where nothing is said. `no-cache` and `no-store` are no schedule.
pub(super) fn freshness(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers.get_all(header::CACHE_CONTROL).iter();
    let max_age = directives
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|directive| {
            let (name, value) = directive.split_once('=')?;
            let is_max_age = name.trim().eq_ignore_ascii_case("max-age");
            is_max_age.then(|| seconds(value.trim().trim_matches('"')))?
        });
    if let Some(max_age) = max_age {
        let age = text(headers, header::AGE).and_then(seconds);
        return Some(max_age.saturating_sub(age.unwrap_or_default()));
    }
    let expires = date(text(headers, header::EXPIRES)?)?;
    let sent = date(text(headers, header::DATE)?)?;
    Some(Duration::try_from(expires.duration_since(sent)).unwrap_or_default())
}

/// The time for which the server asks to be left alone: in seconds, or until a date.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = text(headers, header::RETRY_AFTER)?;
    let until = || Duration::try_from(date(text)?.duration_since(now)).ok();
    seconds(text).or_else(until)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn seconds(text: &str) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    // A number too large to read is longer than anything that is honoured.
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(u32::MAX).into()))
}

/// Reads an HTTP-date. What is "never" to some servers, the last second of 9999, is the last moment there is.
fn date(text: &str) -> Option<Timestamp> {
    let read = rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    read.or_else(|| {
        let parts = strtime::parse("%a, %d %b %Y %H:%M:%S GMT", text).ok()?;
        let local = parts.to_datetime().ok()?;
        Some(Offset::UTC.to_timestamp(local).unwrap_or(moment::last()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = lines.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, reqwest::header::HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    #[test]
    fn caching_says_how_long_an_answer_stays_fresh() {
        let expires = [
            ("expires", "Sun, 22 Nov 2026 11:00:00 GMT"),
            ("date", "Sun, 22 Nov 2026 10:00:00 GMT"),
        ];
        for (lines, seconds) in [
            (&[("cache-control", "max-age=600")][..], Some(600)),
            (&[("cache-control", "public, Max-Age=\"60\"")], Some(60)),
            (
                &[("cache-control", "max-age=600"), ("age", "100")],
                Some(500),
            ),
            (&[("cache-control", "max-age=600"), ("age", "900")], Some(0)),
            (
                &[("cache-control", "max-age=99999999999999999999")],
                Some(u64::from(u32::MAX)),
            ),
            (&[("cache-control", "no-cache")], None),
            (&[("cache-control", "max-age=-1")], None),
            (&[("cache-control", "s-maxage=5")], None),
            (&expires, Some(3600)),
            (
                &[
                    ("expires", "Fri, 31 Dec 9999 23:59:59 GMT"),
                    ("date", "Thu, 30 Dec 9999 22:00:00 GMT"),
                ],
                Some(0),
            ),
            (&[("expires", "0")], None),
            (&[], None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(freshness(&headers(lines)), expected, "{lines:?}");
        }
    }

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("120", Some(120)),
            ("Sun, 22 Nov 2026 10:05:00 GMT", Some(300)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(251_606_865_600)),
            ("Sun, 22 Nov 2026 09:00:00 GMT", None),
            ("soon", None),
        ] {
            let found = retry_after(&headers(&[("retry-after", text)]), now);
            assert_eq!(found, seconds.map(Duration::from_secs), "{text}");
        }
    }
}
