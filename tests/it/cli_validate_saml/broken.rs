//! A proxy before a running server, with one fault: the cases that rest on it fail by name, and no others.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;

use axum::Router;
use axum::body::Body;
use axum::body::Bytes;
use axum::body::HttpBody;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use entrada::session::open_session;
use hyper::body::Frame;
use serde_json::Value;

use super::ENFORCE;
use super::assert_nothing_is_left;
use super::place;
use super::validate;
use crate::child::free_address;
use crate::cli_session::session;
use crate::command_line::Workspace;
use crate::serving::Server;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    /// An app's own page stands in the place of ours: it has the status alone.
    OwnPages,
    /// A response that is refused opens a session all the same.
    EverybodyComesIn,
    /// A logout request is answered, and nothing is done.
    NobodyGoesOut,
    /// A response is answered with 500.
    FailsWith500,
    /// A response is answered with 429, and with a code that would be right.
    BusyWith429,
    /// A response ends the connection before the answer is whole.
    Breaks,
    /// A refusal is an empty page with 200.
    SaysNoReason,
    /// There is no page that begins a sign-on.
    HasNoLogin,
    /// That page is larger than any page.
    LoginIsEndless,
}

struct Proxy {
    fault: Fault,
    listen: String,
    database: String,
    client: reqwest::Client,
    sessions: AtomicUsize,
}

/// Our own cases of the first flow.
const OWN: &[&str] = &[
    "Wrong key",
    "Wrong issuer",
    "Wrong audience",
    "Wrong recipient",
    "Changed",
    "Unsigned",
    "Expired assertion",
    "SP-initiated: Replayed",
];
const SP_WORKING: &str = "SP-initiated: Working certificate";
const SP_EXPIRED: &str = "SP-initiated: Expired certificate";
const SP_LOGOUT: &str = "SP-initiated: Single logout";
const IDP_WORKING: &str = "IdP-initiated: Working certificate";
const IDP_EXPIRED: &str = "IdP-initiated: Expired certificate";
const IDP_LOGOUT: &str = "IdP-initiated: Single logout";
const IDP_REPLAYED: &str = "IdP-initiated: Replayed";

/// The consequences of a fault: the cases that fail, the optional ones that are warnings, and the words of each.
struct Consequences {
    failed: Vec<&'static str>,
    warnings: Vec<&'static str>,
    found: &'static str,
}

impl Fault {
    const ALL: [Fault; 10] = [
        Fault::None,
        Fault::OwnPages,
        Fault::EverybodyComesIn,
        Fault::NobodyGoesOut,
        Fault::FailsWith500,
        Fault::BusyWith429,
        Fault::Breaks,
        Fault::SaysNoReason,
        Fault::HasNoLogin,
        Fault::LoginIsEndless,
    ];

    fn consequences(self) -> Consequences {
        let refusals = [&[SP_EXPIRED, IDP_EXPIRED][..], OWN, &[IDP_REPLAYED]].concat();
        let begins_here = [&[SP_WORKING, SP_EXPIRED][..], OWN].concat();
        let both = [SP_WORKING, SP_EXPIRED, IDP_WORKING, IDP_EXPIRED];
        let all = [&both[..], OWN, &[IDP_REPLAYED]].concat();
        let logouts = vec![SP_LOGOUT, IDP_LOGOUT];
        let (failed, warnings, found) = match self {
            Fault::None | Fault::OwnPages => (vec![], vec![], ""),
            Fault::EverybodyComesIn => (refusals, vec![], "the person is signed on"),
            Fault::NobodyGoesOut => (vec![], logouts, "the session goes on"),
            Fault::FailsWith500 => (all, logouts, "HTTP 500"),
            Fault::BusyWith429 => (all, logouts, "HTTP 429"),
            Fault::Breaks => (all, logouts, "the server cannot be reached"),
            Fault::SaysNoReason => (
                refusals,
                vec![],
                "no session, and no reason that can be read (HTTP 200)",
            ),
            Fault::HasNoLogin => (
                begins_here,
                vec![SP_LOGOUT],
                "expected to be sent to the identity provider",
            ),
            Fault::LoginIsEndless => (begins_here, vec![SP_LOGOUT], "expected a page of"),
        };
        Consequences {
            failed,
            warnings,
            found,
        }
    }
}

/// The names of the cases that came to this.
fn cases(report: &Value, outcome: &str) -> Vec<String> {
    let tests = report["tests"].as_array().unwrap().iter();
    let tests = tests.filter(|test| test["outcome"] == outcome);
    tests
        .map(|test| test["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_fault_fails_the_cases_that_rest_on_it_and_the_others_are_run() {
    for fault in Fault::ALL {
        let Consequences {
            failed,
            warnings,
            found,
        } = fault.consequences();
        let (place, server, base_url) = served(fault).await;
        let ran = validate(&place, &base_url, &["--json"]);
        let report = ran.exits(i32::from(!failed.is_empty())).json();
        assert_eq!(cases(&report, "failed"), failed, "{fault:?}: {report:#}");
        let found_warnings = cases(&report, "warning");
        assert_eq!(found_warnings, warnings, "{fault:?}: {report:#}");
        for test in report["tests"].as_array().unwrap() {
            if test["outcome"] != "passed" {
                let said = test["found"].as_str().unwrap();
                assert!(said.contains(found), "{fault:?}: {test:#}");
            }
        }
        assert_nothing_is_left(&place);
        assert_eq!(server.stop().0, Some(0));
    }
}

/// A site with the connection `acme` whose base URL is that of the proxy.
async fn served(fault: Fault) -> (Workspace, Server, String) {
    let place = place(&["--allow-idp-initiated", ENFORCE]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let listen = free_address().to_string();
    let serve = ["serve", "--listen", &listen, "--base-url", &base_url];
    let server = Server::start(&place, &serve);
    let redirects = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().no_proxy().redirect(redirects);
    let proxy = Arc::new(Proxy {
        fault,
        listen,
        database: place.database(),
        client: client.build().unwrap(),
        sessions: AtomicUsize::new(0),
    });
    let app = Router::new().fallback(answer).with_state(proxy);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (place, server, base_url)
}

async fn answer(
    State(proxy): State<Arc<Proxy>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let is_response = method == Method::POST && uri.path().ends_with("/acs");
    let is_login = uri.path().ends_with("/login");
    let is_logout = uri
        .query()
        .is_some_and(|query| query.contains("SAMLRequest="));
    match proxy.fault {
        Fault::FailsWith500 if is_response => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Fault::BusyWith429 if is_response => {
            let body = "<code>signature-invalid</code>";
            (StatusCode::TOO_MANY_REQUESTS, body).into_response()
        }
        Fault::Breaks if is_response => Body::new(Interrupted).into_response(),
        Fault::HasNoLogin if is_login => StatusCode::NOT_FOUND.into_response(),
        Fault::LoginIsEndless if is_login => "x".repeat(3 * 1024 * 1024).into_response(),
        Fault::NobodyGoesOut if is_logout => "Goodbye".into_response(),
        _ => {
            let (is_refused, passed_on) = proxy.pass_on(method, &uri, headers, body).await;
            match proxy.fault {
                Fault::OwnPages if is_refused => (passed_on.status(), "Sorry").into_response(),
                Fault::SaysNoReason if is_refused => StatusCode::OK.into_response(),
                Fault::EverybodyComesIn if is_refused && is_response => {
                    proxy.sign_on(uri.path()).await;
                    Redirect::to("/").into_response()
                }
                _ => passed_on,
            }
        }
    }
}

impl Proxy {
    /// The answer of the server, and whether it is a refusal.
    async fn pass_on(
        &self,
        method: Method,
        uri: &Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> (bool, Response) {
        let url = format!("http://{}{uri}", self.listen);
        let mut sent = self.client.request(method, url).body(body);
        for (name, value) in &headers {
            sent = sent.header(name, value);
        }
        let got = sent.send().await.unwrap();
        let (status, headers) = (got.status(), got.headers().clone());
        let mut response = (status, got.bytes().await.unwrap()).into_response();
        for (name, value) in &headers {
            let is_of_a_hop = [header::TRANSFER_ENCODING, header::CONNECTION];
            if !is_of_a_hop.contains(name) {
                response.headers_mut().append(name, value.clone());
            }
        }
        (status == StatusCode::FORBIDDEN, response)
    }

    /// Puts a live session over the connection of this path into the store.
    async fn sign_on(&self, path: &str) {
        let connection = path.split('/').nth(2).unwrap();
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        let id = format!("{number:016x}");
        let record = session(&id, connection, "anybody");
        let store = entrada::store::open(&self.database).await.unwrap();
        open_session(&*store, &record).await.unwrap();
    }
}

/// A body that breaks off before its first byte.
struct Interrupted;

impl HttpBody for Interrupted {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(Err(std::io::Error::other("the connection broke"))))
    }
}
