//! A request as it arrives, before its body.

use std::time::Instant;

use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::header;
use axum::http::request::Parts;
use jiff::Timestamp;

use crate::scim_service::Conditions;
use crate::scim_service::Method;
use crate::scim_service::ScimRequest;

pub(super) struct Arrival {
    /// The moment at which it came, by the site's clock: its credential is held against it. A change is made at the moment at which
    /// the body is complete, which may be half a minute later.
    pub(super) at: Timestamp,
    pub(super) request_id: String,
    pub(super) started: Instant,
    pub(super) parts: Parts,
}

impl Arrival {
    /// The segment behind `/scim`, and what follows it.
    pub(super) fn place(&self) -> (&str, &str) {
        let path = self.parts.uri.path();
        let below = path.strip_prefix("/scim").unwrap_or(path);
        let below = below.trim_start_matches('/');
        below.split_at(below.find('/').unwrap_or(below.len()))
    }

    fn header(&self, name: HeaderName) -> Option<String> {
        header(&self.parts.headers, name)
    }

    /// The request without its body. `path` is the part after the connection.
    pub(super) fn request(&self, path: &str) -> ScimRequest {
        ScimRequest {
            method: Method::named(self.parts.method.as_str()),
            path: path.to_owned(),
            query: self.parts.uri.query().unwrap_or_default().to_owned(),
            content_type: self.header(header::CONTENT_TYPE),
            conditions: Conditions {
                if_match: self.header(header::IF_MATCH),
                if_none_match: self.header(header::IF_NONE_MATCH),
            },
            body: Vec::new(),
        }
    }
}

/// The values of a header, which may be there several times. One that is no text is none: it fits nothing.
fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let values = headers.get_all(name).iter();
    let values: Vec<&str> = values
        .map(|value| value.to_str().unwrap_or_default())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}
