//! Answers as HTTP has them. None of them may be kept by anybody on the way (RFC 6749 §5.1).

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::Response;
use serde_json::Value;

use crate::oauth::ErrorCode;
use crate::oauth::error_answer;
use crate::oauth::token_answer;
use crate::site::IssuedToken;
use crate::web::keyed_rate::retry_after;

pub(super) fn granted(token: &IssuedToken) -> Response {
    json(200, &token_answer(&token.text, token.expires_in))
}

pub(super) fn refused(code: ErrorCode, description: &str) -> Response {
    let mut response = json(code.status(), &error_answer(code, description));
    if code == ErrorCode::InvalidClient {
        let scheme = HeaderValue::from_static("Basic realm=\"entrada\"");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, scheme);
    }
    response
}

/// The same with another status than the code has.
pub(super) fn refused_with(status: StatusCode, code: ErrorCode, description: &str) -> Response {
    json(status.as_u16(), &error_answer(code, description))
}

pub(super) fn later(wait: Duration) -> Response {
    let (status, code) = (
        StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::TemporarilyUnavailable,
    );
    let mut response = refused_with(status, code, "expected fewer requests; see Retry-After");
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, retry_after(wait));
    response
}

/// Answers that something is unavailable, and that the client may ask again after `wait`.
pub(super) fn not_now(wait: Duration, description: &str) -> Response {
    let mut response = refused(ErrorCode::TemporarilyUnavailable, description);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, retry_after(wait));
    response
}

/// The store or the server failed: what happened is in the log of the process.
pub(super) fn failed() -> Response {
    refused(
        ErrorCode::ServerError,
        "the server failed; its log says why",
    )
}

pub(super) fn json(status: u16, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}
