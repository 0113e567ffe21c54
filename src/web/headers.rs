//! The headers that every answer of ours carries.

use std::sync::LazyLock;

use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::Response;
use axum::http::StatusCode;
use axum::http::header;

use crate::ui::Look;
use crate::ui::content_security_policy;

pub(super) fn set<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    let policy = headers.entry(header::CONTENT_SECURITY_POLICY);
    policy.or_insert_with(|| POLICY.clone());
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Says with a 503 when to try again: what fails for the site as a whole is over soon, or somebody sees to it.
pub(super) fn try_again<B>(mut response: Response<B>) -> Response<B> {
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .entry(header::RETRY_AFTER)
            .or_insert(AGAIN);
    }
    response
}

/// Seconds in which a standby takes over, or a database starts.
const AGAIN: HeaderValue = HeaderValue::from_static("5");

/// The policy of whatever is no page.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    HeaderValue::try_from(content_security_policy(Look::Site.style(), None, REST))
        .expect("names, and hashes in base64, are visible ASCII")
});

/// The rest of the policy of a page whose forms come back to the site.
pub(super) const REST: &str = "form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Not `no-referrer`: browsers would say `Origin: null` of our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];
