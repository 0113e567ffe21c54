//! A SCIM server that knows beforehand what it will be asked.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use reqwest::Url;
use serde_json::Value;

use super::TOKEN;

/// A request that must come, and its answer.
#[derive(Debug)]
pub(super) struct Expected {
    method: Method,
    /// Behind the Tenant URL, with the query in clear; `*` stands for anything.
    address: String,
    /// Null for none.
    body: Value,
    status: u16,
    answer: Value,
    retry_after: Option<&'static str>,
    token: &'static str,
}

impl Expected {
    fn new(method: Method, address: &str, body: Value) -> Expected {
        Expected {
            method,
            address: address.to_owned(),
            body,
            status: 204,
            answer: Value::Null,
            retry_after: None,
            token: TOKEN,
        }
    }

    pub(super) fn get(address: &str) -> Expected {
        Expected::new(Method::GET, address, Value::Null)
    }

    pub(super) fn post(address: &str, body: Value) -> Expected {
        Expected::new(Method::POST, address, body)
    }

    /// With 204 for an answer, unless told otherwise.
    pub(super) fn patch(address: &str, body: Value) -> Expected {
        Expected::new(Method::PATCH, address, body)
    }

    /// With 204 for an answer, unless told otherwise.
    pub(super) fn delete(address: &str) -> Expected {
        Expected::new(Method::DELETE, address, Value::Null)
    }

    pub(super) fn answers(self, status: u16, answer: Value) -> Expected {
        Expected {
            status,
            answer,
            ..self
        }
    }

    /// With another bearer token than the usual one.
    pub(super) fn with_token(self, token: &'static str) -> Expected {
        Expected { token, ..self }
    }

    pub(super) fn retry_after(self, seconds: &'static str) -> Expected {
        Expected {
            retry_after: Some(seconds),
            ..self
        }
    }
}

#[derive(Default)]
struct Stage {
    script: VecDeque<Expected>,
    surprises: Vec<String>,
}

/// The server.
pub(super) struct Script {
    url: String,
    stage: Arc<Mutex<Stage>>,
}

impl Script {
    pub(super) async fn start() -> Script {
        let stage = Arc::new(Mutex::new(Stage::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/scim/acme/v2", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(stage.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Script { url, stage }
    }

    /// The Tenant URL.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Sets the requests that must come next.
    pub(super) fn play(&self, script: Vec<Expected>) {
        self.stage.lock().unwrap().script = script.into();
    }

    /// Everything came, in its order, and nothing else.
    #[track_caller]
    pub(super) fn assert_played(&self) {
        let stage = self.stage.lock().unwrap();
        assert!(stage.surprises.is_empty(), "{:#?}", stage.surprises);
        assert!(stage.script.is_empty(), "not sent: {:#?}", stage.script);
    }

    /// True if everything came.
    pub(super) fn is_played(&self) -> bool {
        self.stage.lock().unwrap().script.is_empty()
    }
}

async fn answer(
    State(stage): State<Arc<Mutex<Stage>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut stage = stage.lock().unwrap();
    let found = clear(&uri);
    let Some(expected) = stage.script.pop_front() else {
        stage
            .surprises
            .push(format!("expected nothing, found {method} {found}"));
        return StatusCode::IM_A_TEAPOT.into_response();
    };
    let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
    if method != expected.method || !fits(&expected.address, &found) || sent != expected.body {
        stage.surprises.push(format!(
            "expected {expected:?}, found {method} {found} {sent}"
        ));
    }
    stage
        .surprises
        .extend(bad_headers(&headers, &body, expected.token));
    let status = StatusCode::from_u16(expected.status).unwrap();
    let mut response = match expected.answer {
        Value::Null => status.into_response(),
        answer => {
            let kind = [(header::CONTENT_TYPE, "application/scim+json")];
            (status, kind, answer.to_string()).into_response()
        }
    };
    if let Some(seconds) = expected.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.parse().unwrap());
    }
    response
}

/// The address behind the Tenant URL, with its query decoded.
fn clear(uri: &Uri) -> String {
    let url = Url::parse(&format!("http://server{uri}")).unwrap();
    let path = url
        .path()
        .strip_prefix("/scim/acme/v2")
        .unwrap_or("elsewhere");
    let pairs: Vec<String> = url
        .query_pairs()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    match pairs.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", pairs.join("&")),
    }
}

fn fits(expected: &str, found: &str) -> bool {
    match expected.split_once('*') {
        Some((before, after)) => found.starts_with(before) && found.ends_with(after),
        None => expected == found,
    }
}

fn bad_headers(headers: &HeaderMap, body: &Bytes, token: &str) -> Option<String> {
    let value = |name| headers.get(name).map(|value| value.to_str().unwrap());
    let kind = "application/scim+json; charset=utf-8";
    let authorization = format!("Bearer {token}");
    let sound = value(header::AUTHORIZATION) == Some(authorization.as_str())
        && (body.is_empty() || value(header::CONTENT_TYPE) == Some(kind));
    (!sound).then(|| format!("{headers:?}"))
}
