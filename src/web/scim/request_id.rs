//! The name of a request, in the client's log and in ours.

use axum::http::HeaderMap;
use axum::http::HeaderName;

use crate::text::hex;

/// The client's own name for the request, where it is one that may stand in a log; else one that is drawn.
pub(super) fn of(headers: &HeaderMap) -> String {
    let mut given = NAMES
        .into_iter()
        .filter_map(|name| headers.get(name)?.to_str().ok());
    match given.find(|name| is_sane(name)) {
        Some(name) => name.to_owned(),
        None => drawn(),
    }
}

/// Nothing that could be taken for a line of a log or a part of a page, and no room for more than a name.
fn is_sane(name: &str) -> bool {
    let of = |c: u8| c.is_ascii_alphanumeric() || b"-_.:".contains(&c);
    (1..=MOST).contains(&name.len()) && name.bytes().all(of)
}

/// Without random numbers the request has no name, and nothing depends on it.
fn drawn() -> String {
    hex(&random::<16>().unwrap_or_default())
}

pub(super) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    openssl::rand::rand_bytes(&mut bytes).ok()?;
    Some(bytes)
}

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// `client-request-id` is what Microsoft's services send.
const NAMES: [HeaderName; 2] = [REQUEST_ID, HeaderName::from_static("client-request-id")];

/// Characters: a UUID has 36, and some proxies put their own name in front.
const MOST: usize = 128;

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_name_is_taken_over_if_it_may_stand_in_a_log() {
        let of = |name: &'static str, value: &str| {
            let value = HeaderValue::from_str(value).unwrap();
            super::of(&HeaderMap::from_iter([(
                HeaderName::from_static(name),
                value,
            )]))
        };
        assert_eq!(of("x-request-id", "a-1_2.3:4"), "a-1_2.3:4");
        assert_eq!(of("client-request-id", "a-1"), "a-1");
        let long = "a".repeat(129);
        for bad in ["", "a b", "a<b", "a\"b", long.as_str()] {
            let drawn = of("x-request-id", bad);
            assert_eq!(drawn.len(), 32, "{bad}");
            assert!(drawn.bytes().all(|c| c.is_ascii_hexdigit()), "{drawn}");
        }
    }
}
