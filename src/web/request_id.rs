//! The id of a request, which joins its answer, its page and its lines of the log, and the trace of W3C Trace Context that it
//! belongs to. SCIM clients name their requests themselves; of all others a trusted proxy alone does.

use std::net::IpAddr;
use std::time::Instant;

use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tracing::Instrument;

use super::client_address::TrustedProxies;
use crate::text::hex;
use crate::text::is_hex;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that this task answers; drawn anew where a route of an app answers it.
pub(super) fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_else(|_| drawn())
}

/// Names a request, in all lines that are logged for it and in the answer, and logs the end of it. For
/// `middleware::from_fn_with_state`.
pub(super) async fn name(
    State(proxies): State<TrustedProxies>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let id = id_of(&parts, &proxies);
    let (trace, parent) = trace_of(&parts.headers).unzip();
    let path = shown(parts.uri.path());
    // A span of a lower level would be gone where only errors are logged.
    let span =
        tracing::error_span!("request", request = id, trace, parent, method = %parts.method, path);
    let answering = next.run(Request::from_parts(parts, body));
    let answering = CURRENT.scope(id.clone(), answering);
    let mut response = answering.instrument(span.clone()).await;
    span.in_scope(|| log_answer(response.status(), started));
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// All that is taken from a head whoever sends it: the id of the request, its trace, its path for the log, its client, and the host
/// that it asked for. `None` if a proxy is none.
pub fn read_head(parts: &Parts, proxies: &[String]) -> Option<ReadHead> {
    let proxies = TrustedProxies::parse(proxies).ok()?;
    let origin = proxies.origin(parts);
    Some(ReadHead {
        id: id_of(parts, &proxies),
        trace: trace_of(&parts.headers),
        path: shown(parts.uri.path()),
        client: origin.client,
        host: origin.host.map(str::to_owned),
    })
}

/// See [`read_head`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct ReadHead {
    pub id: String,
    pub trace: Option<(String, String)>,
    pub path: String,
    pub client: Option<IpAddr>,
    pub host: Option<String>,
}

fn log_answer(status: StatusCode, started: Instant) {
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let (failed, status) = (status.is_server_error(), status.as_u16());
    match failed {
        true => {
            tracing::error!(
                event = "request-failed",
                status,
                duration_us,
                "a request failed"
            );
        }
        false => tracing::debug!(status, duration_us, "a request was answered"),
    }
}

fn id_of(parts: &Parts, proxies: &TrustedProxies) -> String {
    let given = |names: &[HeaderName]| {
        let values = names.iter().filter_map(|name| parts.headers.get(name));
        let mut texts = values.filter_map(|value| value.to_str().ok());
        texts.find(|id| is_sane(id)).map(str::to_owned)
    };
    match parts.uri.path().starts_with("/scim") {
        true => given(&[REQUEST_ID, CLIENT_REQUEST_ID]).unwrap_or_else(drawn_for_scim),
        false if proxies.sent(parts) => given(&[REQUEST_ID]).unwrap_or_else(drawn),
        false => drawn(),
    }
}

/// True for nothing that could be taken for a line of a log or a part of a page, and no more than a name.
fn is_sane(id: &str) -> bool {
    let of = |c: u8| c.is_ascii_alphanumeric() || b"-_.:".contains(&c);
    (1..=MOST).contains(&id.len()) && id.bytes().all(of)
}

/// An id of 12 characters, which people read out.
fn drawn() -> String {
    random::<9>().map_or_else(|| "-".to_owned(), |id| URL_SAFE_NO_PAD.encode(id))
}

/// Without random numbers the request has no name, and nothing depends on it.
fn drawn_for_scim() -> String {
    hex(&random::<16>().unwrap_or_default())
}

pub(super) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    openssl::rand::rand_bytes(&mut bytes).ok()?;
    Some(bytes)
}

/// The trace and the span of the sender in a `traceparent` (<https://www.w3.org/TR/trace-context/#traceparent-header>). It
/// only labels lines, so it is taken from anybody. Later versions may have more behind these fields.
fn trace_of(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let fields: Vec<&str> = text.split('-').collect();
    let (&[version, trace, parent, flags], rest) = fields.split_first_chunk()?;
    let given = |field: &str, digits| is_hex(field, digits) && field.bytes().any(|c| c != b'0');
    let is_valid = is_hex(version, 2)
        && version != "ff"
        && (version != "00" || rest.is_empty())
        && is_hex(flags, 2)
        && given(trace, 32)
        && given(parent, 16);
    is_valid.then(|| (trace.to_owned(), parent.to_owned()))
}

/// A path for the log: short, and without characters that a terminal obeys, the query, or what may be somebody's name. A SCIM
/// path ends with the endpoint: what follows is whatever a client has put there. Elsewhere no part with an `@` is shown.
pub(super) fn shown(path: &str) -> String {
    // A proxy may keep a path in front of it.
    let start = path.find("/scim/").unwrap_or(path.len());
    let end = path[start..].match_indices('/').nth(ENDPOINT);
    let path = &path[..end.map_or(path.len(), |(end, _)| start + end)];
    let part = |part| match part {
        _ if str::contains(part, '@') || part.contains("%40") => "…",
        other => other,
    };
    let parts: Vec<&str> = path.split('/').map(part).collect();
    let parts = parts.join("/");
    let shown = parts.chars().take(MAX_SHOWN);
    shown.flat_map(char::escape_debug).collect()
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The header that Microsoft's services send.
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
/// Characters of an id: a UUID has 36, and some proxies put their own name in front.
const MOST: usize = 128;
/// The slash behind `/scim/{connection}/v2/Users`.
const ENDPOINT: usize = 4;
const MAX_SHOWN: usize = 200;

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::extract::ConnectInfo;

    use super::*;

    fn id(path: &str, peer: [u8; 4], header: (&str, &str)) -> String {
        let request = Request::get(path).header(header.0, header.1);
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let peer = ConnectInfo(SocketAddr::from((peer, 1)));
        parts.extensions.insert(peer);
        let proxies = TrustedProxies::parse(&["10.0.0.0/8".to_owned()]);
        id_of(&parts, &proxies.unwrap())
    }

    #[test]
    fn a_proxy_names_a_request_and_a_client_that_of_scim_alone() {
        let (proxy, stranger, name) = ([10, 0, 0, 1], [192, 0, 2, 1], "x-request-id");
        let (page, scim) = ("/saml/login", "/scim/acme/v2/Users");
        assert_eq!(id(page, proxy, (name, "a-1_2.3:4")), "a-1_2.3:4");
        assert_eq!(id(scim, stranger, (name, "a-1_2.3:4")), "a-1_2.3:4");
        assert_eq!(id(scim, stranger, ("client-request-id", "a-1")), "a-1");
        assert_eq!(id(page, stranger, (name, "a-1")).len(), 12);
        assert_eq!(id(page, proxy, ("client-request-id", "a-1")).len(), 12);
        let long = "a".repeat(129);
        for bad in ["", "a b", "a<b", "a\"b", long.as_str()] {
            assert_eq!(id(page, proxy, (name, bad)).len(), 12, "{bad}");
            assert!(is_hex(&id(scim, proxy, (name, bad)), 32), "{bad}");
        }
    }

    #[test]
    fn a_trace_is_taken_over_where_it_is_one() {
        let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        let zeros = "0".repeat(32);
        for (text, expected) in [
            (format!("00-{trace}-{parent}-01"), true),
            (format!("01-{trace}-{parent}-01-more"), true),
            (format!("00-{trace}-{parent}-01-more"), false),
            (format!("ff-{trace}-{parent}-01"), false),
            (format!("00-{zeros}-{parent}-01"), false),
            (format!("00-{trace}-0000000000000000-01"), false),
            (format!("00-{}-{parent}-01", trace.to_uppercase()), false),
            (format!("00-{trace}-{parent}-1"), false),
            (format!("00-{trace}-{parent}"), false),
            (String::new(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", text.parse().unwrap());
            let found = trace_of(&headers);
            let taken = expected.then(|| (trace.to_owned(), parent.to_owned()));
            assert_eq!(found, taken, "{text}");
        }
    }

    #[test]
    fn a_path_in_the_log_is_short_harmless_and_names_nobody() {
        for (path, expected) in [
            ("/a\u{1b}[31m\n", "/a\\u{1b}[31m\\n"),
            ("/saml/acme/acs", "/saml/acme/acs"),
            ("/scim/acme/v2/Users/ada", "/scim/acme/v2/Users"),
            ("/wiki/scim/acme/v2/Users/ada/x", "/wiki/scim/acme/v2/Users"),
            ("/SCIM/acme/v2/Users/ada@x.example", "/SCIM/acme/v2/Users/…"),
            ("/of/ada%40x.example/page", "/of/…/page"),
        ] {
            assert_eq!(shown(path), expected);
        }
        assert_eq!(shown(&"/x".repeat(500)).len(), MAX_SHOWN);
    }
}
