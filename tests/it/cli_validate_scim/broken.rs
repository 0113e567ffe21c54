//! A proxy before our own server, with one fault: in the requests that it passes on, or in the answers.

mod fault;
mod spoiling;

use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

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
use serde_json::Value;
use serde_json::json;
use tokio::sync::Notify;

pub(super) use self::fault::Fault;
use super::served::off;
use super::validate;
use crate::command_line::Ran;
use crate::command_line::entrada;
use crate::scim_served::Served;

pub(super) struct Broken {
    /// The Tenant URL; the token endpoint is beside it.
    url: String,
    served: Arc<Served>,
    hanging: Arc<Notify>,
    changes: Arc<Mutex<Vec<String>>>,
}

struct Proxy {
    hanging: Arc<Notify>,
    fault: Fault,
    served: Arc<Served>,
    client: reqwest::Client,
    /// The number of access tokens that were issued.
    issued: AtomicUsize,
    /// The requests that change what is there, by method and path.
    changes: Arc<Mutex<Vec<String>>>,
}

impl Broken {
    pub(super) async fn start(fault: Fault) -> Broken {
        let served = Arc::new(Served::with_bystander().await);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/scim", listener.local_addr().unwrap());
        let hanging = Arc::new(Notify::new());
        let changes = Arc::default();
        let redirects = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().no_proxy().redirect(redirects);
        let proxy = Arc::new(Proxy {
            hanging: hanging.clone(),
            fault,
            served: served.clone(),
            client: client.build().unwrap(),
            issued: AtomicUsize::new(0),
            changes: Arc::clone(&changes),
        });
        let app = Router::new().fallback(answer).with_state(proxy);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Broken {
            url,
            served,
            hanging,
            changes,
        }
    }

    /// The requests so far that change or remove something that is there, by method and path.
    pub(super) fn changes(&self) -> Vec<String> {
        let changes = self.changes.lock();
        changes.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The address of the token endpoint: beside the Tenant URL, or wrongly below it.
    pub(super) fn token_url(&self, below: bool) -> String {
        match below {
            true => format!("{}/token", self.url),
            false => self.url.replace("/scim", "/token"),
        }
    }

    /// Waits until somebody waits for an answer in vain.
    pub(super) async fn hangs(&self) {
        self.hanging.notified().await;
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = entrada();
        command.env("ENTRADA_SCIM_TOKEN", &self.served.token);
        command
            .args(["validate", "scim", &self.url])
            .args(arguments);
        command
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The token that opens the server.
    pub(super) fn token(&self) -> &str {
        &self.served.token
    }

    pub(super) async fn run(&self, url: &str, arguments: &[&str]) -> Ran {
        let (url, token) = (url.to_owned(), self.served.token.clone());
        let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        off(move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            validate(&url, &token, &arguments)
        })
        .await
    }

    pub(super) async fn validate_at(&self, url: &str, arguments: &[&str]) -> Ran {
        self.run(url, &[arguments, &["--json"]].concat()).await
    }

    pub(super) async fn validate(&self, arguments: &[&str]) -> Ran {
        self.validate_at(&self.url, arguments).await
    }

    /// The names of everybody behind the proxy.
    pub(super) async fn names(&self) -> Vec<String> {
        self.served.names().await
    }

    pub(super) async fn bystander(&self) -> Value {
        self.served.bystander().await
    }
}

async fn answer(
    State(proxy): State<Arc<Proxy>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path().ends_with("/token") {
        return proxy.token(&headers, &body);
    }
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let mut request = Request {
        method,
        path: uri.path().trim_start_matches("/scim").to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        body,
    };
    if ![Method::GET, Method::POST].contains(&request.method) {
        let changes = proxy.changes.lock();
        let mut changes = changes.unwrap_or_else(PoisonError::into_inner);
        changes.push(format!("{} {}", request.method, request.path));
    }
    if let Some(response) = proxy.instead(&request).await {
        return response;
    }
    proxy.spoil_request(&mut request).await;
    let authorization = headers.get(header::AUTHORIZATION);
    let authorization = match proxy.fault {
        Fault::NoToken => Some(format!("Bearer {}", proxy.served.token)),
        _ => authorization.map(|value| value.to_str().unwrap().to_owned()),
    };
    let mut answer = proxy.pass_on(&request, authorization).await;
    proxy.spoil_answer(&request, &mut answer).await;
    answer.into_response()
}

pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) body: Value,
}

impl Request {
    fn is(&self, method: &Method, path: &str) -> bool {
        self.method == *method && self.path.starts_with(path)
    }

    fn has(&self, text: &str) -> bool {
        self.query.contains(text)
    }

    /// The operations of a PATCH.
    fn operations(&mut self) -> Option<&mut Vec<Value>> {
        self.body.get_mut("Operations")?.as_array_mut()
    }
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let text = match self.body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let mut response = (StatusCode::from_u16(self.status).unwrap(), text).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        response
    }
}

impl Proxy {
    async fn pass_on(&self, request: &Request, authorization: Option<String>) -> Answer {
        let url = format!(
            "{}{}?{}",
            self.served.tenant_url, request.path, request.query
        );
        let mut sent = self.client.request(request.method.clone(), url);
        if let Some(authorization) = authorization {
            sent = sent.header(header::AUTHORIZATION, authorization);
        }
        if !request.body.is_null() {
            sent = sent.header(header::CONTENT_TYPE, "application/scim+json");
            sent = sent.body(request.body.to_string());
        }
        let got = sent.send().await.unwrap();
        let header = |name| {
            let value = got.headers().get(name)?;
            Some((name, value.to_str().unwrap().to_owned()))
        };
        let headers = ["content-type", "etag", "location", "www-authenticate"];
        Answer {
            status: got.status().as_u16(),
            headers: headers.into_iter().filter_map(header).collect(),
            body: serde_json::from_str(&got.text().await.unwrap()).unwrap_or(Value::Null),
        }
    }

    /// The token endpoint: an access token is the server's own token.
    fn token(&self, headers: &HeaderMap, body: &[u8]) -> Response {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
        let mut form = form.iter();
        let assertion = form.find(|(name, _)| name == "client_assertion");
        let has_proof = match assertion {
            Some((_, assertion)) => assertion == ASSERTION || self.fault == Fault::AnyAssertion,
            // "a%3Ab:s%20e%26cret": both halves are percent-encoded first.
            None => {
                let basic = "Basic YSUzQWI6cyUyMGUlMjZjcmV0";
                let found = headers.get(header::AUTHORIZATION);
                found.is_some_and(|found| found == basic) || self.fault == Fault::AnySecret
            }
        };
        let issued = self.issued.fetch_add(1, Ordering::Relaxed);
        let repeats = self.fault == Fault::RepeatsSecrets && issued > 0;
        if !has_proof || repeats {
            let mut refused = json!({"error": "invalid_client"});
            if repeats {
                let basic = headers.get(header::AUTHORIZATION);
                let basic = basic
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or_default();
                let sent = assertion.map_or(basic, |(_, assertion)| assertion);
                let said = format!("it was {sent}, a%3Ab with s%20e%26cret");
                refused["error_description"] = json!(said);
            }
            return (StatusCode::UNAUTHORIZED, refused.to_string()).into_response();
        }
        let mut token = json!({"access_token": self.served.token, "token_type": "Bearer"});
        match self.fault {
            Fault::TokenOpensNothing if issued > 0 => {
                token["access_token"] = json!("opens-nothing");
                token["expires_in"] = json!(3600);
            }
            Fault::TokenIsShort => token["expires_in"] = json!(3599),
            Fault::TokenHasNoEnd => {}
            _ => token["expires_in"] = json!(3600),
        }
        token.to_string().into_response()
    }

    /// An answer without the server.
    async fn instead(&self, request: &Request) -> Option<Response> {
        let by_id = request.path.matches('/').count() > 1;
        let discovery = request.path == "/Schemas";
        match self.fault {
            Fault::PostAnswersHtml if request.method == Method::POST => {
                Some(axum::response::Html("<html>It works</html>").into_response())
            }
            Fault::Redirects if request.method == Method::GET && by_id => {
                Some(axum::response::Redirect::temporary("/elsewhere").into_response())
            }
            Fault::PatchFails if request.method == Method::PATCH => {
                Some((StatusCode::INTERNAL_SERVER_ERROR, "x".repeat(5000)).into_response())
            }
            Fault::PostIsEndless if request.is(&Method::POST, "/Groups") => {
                Some("x".repeat(4 * 1024 * 1024).into_response())
            }
            Fault::DeleteDoesNothing if request.method == Method::DELETE => {
                Some(StatusCode::NO_CONTENT.into_response())
            }
            Fault::PagesHang if request.has("startIndex") => {
                self.hanging.notify_one();
                std::future::pending().await
            }
            Fault::EverythingHangs if !discovery => std::future::pending().await,
            _ => None,
        }
    }
}

/// The assertion that the token endpoint accepts, in the form of a JWT.
pub(super) const ASSERTION: &str = concat!(
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9",
    ".eyJzdWIiOiIwZjZjNGUwYS02ZjBiLTRjMzgtOWEzYy01MmQ1YjJmNWE2YzEifQ",
    ".c2lnbmVkLWJ5LW5vYm9keS1hdC1hbGw"
);
