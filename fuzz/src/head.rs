//! Heads of requests: what is read of one before anybody is known names and labels, and a stranger is nobody else.

use std::net::IpAddr;
use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::Request;
use axum::http::request::Parts;
use entrada::web::ReadHead;
use entrada::web::read_head;

/// Reads the first line as the path of a request, and each of the rest as a header.
pub fn head(data: &[u8]) {
    let Some(parts) = parts(data) else { return };
    let (stranger, proxy) = (read(&parts, STRANGER), read(&parts, PROXY));
    for head in [&stranger, &proxy] {
        assert!((1..=128).contains(&head.id.len()), "{head:?}");
        assert!(head.id.bytes().all(is_of_an_id), "{head:?}");
        assert!(head.path.chars().all(|c| !c.is_control() && c != '@'));
        for (text, digits) in head.trace.iter().flat_map(|(a, b)| [(a, 32), (b, 16)]) {
            let is_hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
            assert!(text.len() == digits && text.bytes().all(is_hex), "{head:?}");
            assert!(text.bytes().any(|c| c != b'0'), "{head:?}");
        }
    }
    let host = parts.headers.get("host");
    let host = host.and_then(|host| host.to_str().ok());
    assert_eq!(stranger.client, Some(STRANGER.into()));
    assert_eq!(stranger.host.as_deref(), host);
    if !parts.uri.path().starts_with("/scim") {
        let named = parts.headers.get_all("x-request-id");
        assert!(named.iter().all(|id| *id != *stranger.id), "{stranger:?}");
    }
    // Whatever a client writes stands before what its proxy adds.
    let mut added = parts;
    for (name, value) in [FORWARDED_FOR, FORWARDED_HOST] {
        added.headers.append(name, HeaderValue::from_static(value));
    }
    let proxied = read(&added, PROXY);
    let client: IpAddr = FORWARDED_FOR.1.parse().unwrap();
    assert_eq!(proxied.client, Some(client));
    assert_eq!(proxied.host.as_deref(), Some(FORWARDED_HOST.1));
}

/// True for bytes that are a head.
pub fn accepts(data: &[u8]) -> bool {
    parts(data).is_some()
}

fn parts(data: &[u8]) -> Option<Parts> {
    let mut lines = data.split(|byte| *byte == b'\n');
    let (mut parts, ()) = Request::get(lines.next()?).body(()).ok()?.into_parts();
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        parts.headers.append(name, value);
    }
    Some(parts)
}

fn read(parts: &Parts, peer: [u8; 4]) -> ReadHead {
    let mut parts = parts.clone();
    let peer = ConnectInfo(SocketAddr::from((peer, 443)));
    parts.extensions.insert(peer);
    read_head(&parts, &["10.0.0.0/8".to_owned()]).unwrap()
}

fn is_of_an_id(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"-_.:".contains(&c)
}

const PROXY: [u8; 4] = [10, 0, 0, 1];
const STRANGER: [u8; 4] = [192, 0, 2, 1];
const FORWARDED_FOR: (&str, &str) = ("x-forwarded-for", "198.51.100.7");
const FORWARDED_HOST: (&str, &str) = ("x-forwarded-host", "app.example.com");
