//! A browser as a test needs it: it keeps cookies, follows redirects, and signs on as its person where it is sent to the
//! identity provider. It runs no scripts, and clicks nothing.

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::Request;
use axum::http::Response;
use axum::http::header;
use axum::http::request::Builder;
use axum::response::IntoResponse;
use axum::routing::get;
use tower::ServiceExt;
use url::Url;
use url::form_urlencoded::Serializer;

use super::done::done;
use crate::practice::Running;
use crate::saml::post::PostForm;
use crate::web::CurrentUser;
use crate::web::Entrada;

/// A browser of one person at the app under test; `TestSite::browser` makes it.
pub struct TestBrowser<'a> {
    entrada: Entrada,
    idp: &'a Running,
    app: Router,
    /// The person, by object id.
    person: String,
    cookies: Vec<Cookie>,
}

struct Cookie {
    name: String,
    value: String,
    /// True if it comes with the form of another site too.
    crosses: bool,
}

/// The site whose page has a browser send a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    Here,
    Elsewhere,
}

impl<'a> TestBrowser<'a> {
    pub(super) fn new(
        entrada: Entrada,
        idp: &'a Running,
        app: Router,
        person: String,
    ) -> TestBrowser<'a> {
        TestBrowser {
            entrada,
            idp,
            app,
            person,
            cookies: Vec::new(),
        }
    }

    /// Opens a page of the app, and returns the one that is shown in the end: where the app asks for a sign-on, that is done on the
    /// way. Panics for a chain of redirects that does not end.
    pub async fn open(&mut self, path: &str) -> Response<String> {
        let request = self
            .request(Method::GET, path, Sender::Here)
            .body(Body::empty());
        self.follow(request).await
    }

    /// Sends a form of the app's own, and returns the page that is shown in the end.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Response<String> {
        let origin = self.entrada.base_url().to_string();
        let request = self.post(path, Sender::Here, &origin, fields);
        self.follow(request).await
    }

    /// True if the app would know the person: as [`CurrentUser`] asks, without a sign-on.
    pub async fn is_signed_on(&self) -> bool {
        let entrada = self.entrada.clone();
        let known = |user: Option<CurrentUser>| async move { user.is_some().to_string() };
        let app = Router::new().route("/", get(known)).with_state(entrada);
        let request = self
            .request(Method::GET, "/", Sender::Here)
            .body(Body::empty());
        let answer = done(app.oneshot(done(request, NO_REQUEST)).await, NO_ANSWER);
        read(answer).await.body() == "true"
    }

    /// The session, as the value of a `Cookie` header, if there is one.
    pub(super) fn session(&self) -> Option<String> {
        let mut cookies = self.cookies.iter();
        let session = cookies.find(|cookie| cookie.name.ends_with("entrada-session"));
        session.map(Cookie::text)
    }

    async fn follow(&mut self, mut request: axum::http::Result<Request<Body>>) -> Response<String> {
        let base_url = self.entrada.base_url().to_string();
        for _ in 0..HOPS {
            let response = self.send(done(request, NO_REQUEST)).await;
            let Some(next) = next(response.headers(), &base_url) else {
                return response;
            };
            if next.starts_with(&self.idp.sso_url()) {
                request = match self.sign_on(&next).await {
                    Ok(request) => request,
                    Err(refusal) => return refusal,
                };
            } else if next.starts_with(&base_url) {
                request = self
                    .request(Method::GET, &next, Sender::Here)
                    .body(Body::empty());
            } else {
                return response;
            }
        }
        panic!("there are more than {HOPS} redirects in a row")
    }

    /// The form that the identity provider has the browser post to the app, or the page on which it refuses.
    async fn sign_on(
        &self,
        url: &str,
    ) -> Result<axum::http::Result<Request<Body>>, Response<String>> {
        let answer = match self.idp.answer(url, &self.person).await {
            Ok(answer) => answer,
            Err(refusal) => return Err(read(refusal.into_response()).await),
        };
        let form = answer.unwrap_or_else(|| panic!("the identity provider has no answer"));
        let PostForm {
            action,
            field,
            message,
            relay_state,
        } = &form;
        let relay_state = relay_state
            .iter()
            .map(|state| ("RelayState", state.as_str()));
        let fields: Vec<_> = [(*field, message.as_str())]
            .into_iter()
            .chain(relay_state)
            .collect();
        let portal = self.idp.portal_url();
        Ok(self.post(
            action,
            Sender::Elsewhere,
            portal.trim_end_matches('/'),
            &fields,
        ))
    }

    fn post(
        &self,
        address: &str,
        sender: Sender,
        origin: &str,
        fields: &[(&str, &str)],
    ) -> axum::http::Result<Request<Body>> {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let site = match sender {
            Sender::Here => "same-origin",
            Sender::Elsewhere => "cross-site",
        };
        self.request(Method::POST, address, sender)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, origin)
            .header("sec-fetch-site", site)
            .body(Body::from(body))
    }

    /// A request of a browser, for a path or an address of the app.
    fn request(&self, method: Method, address: &str, sender: Sender) -> Builder {
        let base_url = self.entrada.base_url().to_string();
        let path = address.strip_prefix(&base_url).unwrap_or(address);
        let host = base_url.split_once("://").map_or("", |(_, host)| host);
        let cookies = self.cookies.iter();
        let cookies = cookies.filter(|cookie| sender == Sender::Here || cookie.crosses);
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, host)
            .header(header::ACCEPT, "text/html,*/*;q=0.8")
            .header(
                header::COOKIE,
                cookies.map(Cookie::text).collect::<Vec<_>>().join("; "),
            )
    }

    async fn send(&mut self, request: Request<Body>) -> Response<String> {
        let response = done(self.app.clone().oneshot(request).await, NO_ANSWER);
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap_or_default());
        }
        read(response.into_response()).await
    }

    fn keep(&mut self, set_cookie: &str) {
        let pair = set_cookie.split(';').next().unwrap_or_default();
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        self.cookies.retain(|cookie| cookie.name != name);
        if !set_cookie.contains("Max-Age=0") {
            self.cookies.push(Cookie {
                name: name.to_owned(),
                value: value.to_owned(),
                // On loopback all ports are one site.
                crosses: set_cookie.contains("SameSite=None") || !set_cookie.contains("Secure"),
            });
        }
    }
}

impl Cookie {
    fn text(&self) -> String {
        format!("{}={}", self.name, self.value)
    }
}

/// The address that a browser goes to next: by a redirect, or by a page that goes on at once.
fn next(headers: &HeaderMap, base_url: &str) -> Option<String> {
    let text = |name| headers.get(name)?.to_str().ok();
    let refresh = || text(header::REFRESH)?.strip_prefix("0; url=");
    let location = text(header::LOCATION).or_else(refresh)?;
    let base_url = Url::parse(base_url).ok()?;
    base_url.join(location).ok().map(String::from)
}

async fn read(response: axum::response::Response) -> Response<String> {
    let (parts, body) = response.into_parts();
    let body = done(axum::body::to_bytes(body, usize::MAX).await, NO_ANSWER);
    Response::from_parts(parts, String::from_utf8_lossy(&body).into_owned())
}

/// More than a sign-on and the redirects of an app take together.
const HOPS: usize = 20;
const NO_REQUEST: &str = "the request cannot be made";
const NO_ANSWER: &str = "the app does not answer";
