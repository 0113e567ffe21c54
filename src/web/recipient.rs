//! The recipient of an answer: a browser gets a page, and a program JSON.

use axum::Json;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::response::Response;

use super::Entrada;
use super::headers;
use super::pages::Page;

/// The one who made a request, as far as an answer depends on it.
#[derive(Clone, Debug)]
pub(super) struct Recipient {
    entrada: Entrada,
    is_browser: bool,
    /// The languages that they read.
    accepted: Option<HeaderValue>,
}

impl Recipient {
    pub(super) fn of(parts: &Parts, entrada: &Entrada) -> Recipient {
        Recipient {
            entrada: entrada.clone(),
            is_browser: is_browser(parts),
            accepted: parts.headers.get(header::ACCEPT_LANGUAGE).cloned(),
        }
    }

    /// The refusal that they get in place of what they asked for, outside the routes of ours too.
    pub(super) fn refuse(&self, status: StatusCode, code: &str, page: Page) -> Response {
        if !self.is_browser {
            return refuse(status, code);
        }
        let response = headers::try_again(page.answer(status));
        let drawn = self
            .entrada
            .inner
            .pages
            .drawn(response, self.accepted.as_ref());
        headers::set(drawn)
    }
}

/// A browser asks for a page; a program does not.
pub(super) fn is_browser(parts: &Parts) -> bool {
    let accept = parts.headers.get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The refusal that a program gets in place of an answer.
pub(super) fn refuse(status: StatusCode, code: &str) -> Response {
    let body = Json(serde_json::json!({ "error": code }));
    let refusal = (status, [(header::CACHE_CONTROL, "no-store")], body);
    headers::try_again(refusal.into_response())
}
