//! Guards for every page of the board: headers that keep a browser from doing more than is meant, and forms that only
//! our own pages can send.

use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;

use super::pages;

/// Sets the security headers that an answer does not have.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        let entry = response.headers_mut().entry(name);
        entry.or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Refuses what another site has a browser send. The session cookie is `SameSite=Lax`, so that such a form comes without it;
/// this holds for other hosts of the same domain, too. `origin` is ours.
pub(super) async fn own_forms_only(
    State(origin): State<String>,
    request: Request,
    next: Next,
) -> Response {
    match request.method().is_safe() || is_own(request.headers(), &origin) {
        true => next.run(request).await,
        false => (StatusCode::FORBIDDEN, pages::foreign_form()).into_response(),
    }
}

/// Browsers say where a form comes from: in `Sec-Fetch-Site`, and older ones in `Origin` alone. What says nothing is no
/// browser, and has no business here.
fn is_own(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).map(HeaderValue::as_bytes);
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site == b"same-origin",
        None => text(header::ORIGIN) == Some(origin.as_bytes()),
    }
}

const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Not `no-referrer`: browsers would leave `Origin` out as well.
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];
