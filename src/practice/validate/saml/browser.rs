//! A browser as a validation needs it: it keeps the cookies of one site, follows its redirects on our own pages, and runs no
//! scripts.

use std::time::Duration;

use reqwest::Client;
use reqwest::RequestBuilder;
use reqwest::Url;
use reqwest::header;
use reqwest::redirect::Policy;
use url::form_urlencoded::Serializer;

use super::error::ValidationError;
use crate::fetch::BodyError;
use crate::fetch::read_body;
use crate::saml::post::PostForm;

pub(super) struct Browser<'a> {
    http: &'a Client,
    /// The site, to which all requests go.
    base_url: &'a str,
    cookies: Vec<(String, String)>,
}

/// The page that was shown in the end, or the address outside our pages where the browser was sent.
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) body: String,
}

/// The client of all browsers of a run.
pub(super) fn client() -> Result<Client, ValidationError> {
    let client = Client::builder()
        .timeout(TIMEOUT)
        .redirect(Policy::none())
        // A validation is of this server, and not of what stands before the internet.
        .no_proxy()
        .user_agent(concat!("entrada-validate/", env!("CARGO_PKG_VERSION")));
    client.build().map_err(unreachable)
}

impl<'a> Browser<'a> {
    pub(super) fn new(http: &'a Client, base_url: &'a str) -> Browser<'a> {
        Browser {
            http,
            base_url,
            cookies: Vec::new(),
        }
    }

    /// Opens an address of the site.
    pub(super) async fn get(&mut self, url: &str) -> Result<Page, ValidationError> {
        let page = self.send(self.http.get(url)).await?;
        self.follow(page).await
    }

    /// Posts the form of an identity provider.
    pub(super) async fn post(&mut self, form: &PostForm) -> Result<Page, ValidationError> {
        let mut fields = Serializer::new(String::new());
        fields.append_pair(form.field, &form.message);
        if let Some(relay_state) = &form.relay_state {
            fields.append_pair("RelayState", relay_state);
        }
        let request = self
            .http
            .post(&form.action)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "https://login.microsoftonline.com")
            .header("sec-fetch-site", "cross-site")
            .body(fields.finish());
        let page = self.send(request).await?;
        self.follow(page).await
    }

    /// Goes on while the site leads to another page of sign-on: what is beyond is the app's.
    async fn follow(&mut self, mut page: Page) -> Result<Page, ValidationError> {
        let ours = format!("{}/saml/", self.base_url);
        for _ in 0..HOPS {
            match page.location.as_deref().filter(|to| to.starts_with(&ours)) {
                Some(next) => page = self.send(self.http.get(next)).await?,
                None => break,
            }
        }
        Ok(page)
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<Page, ValidationError> {
        let cookies = self.cookies.iter();
        let cookies: Vec<String> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .header(header::ACCEPT, "text/html,*/*;q=0.8")
            .header(header::COOKIE, cookies.join("; "));
        let response = request.send().await.map_err(unreachable)?;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap_or_default());
        }
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|to| to.to_str().ok());
        let base = Url::parse(self.base_url).ok();
        let location = location.and_then(|to| base?.join(to).ok().map(String::from));
        let status = response.status().as_u16();
        let body = read_body(response, BODY_MAX).await;
        let body = body.map_err(|error| match error {
            BodyError::TooLarge => ValidationError::TooLarge(BODY_MAX),
            BodyError::Broken(error) => unreachable(error),
        })?;
        Ok(Page {
            status,
            location,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    fn keep(&mut self, set_cookie: &str) {
        let pair = set_cookie.split(';').next().unwrap_or_default();
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        self.cookies.retain(|(known, _)| known != name);
        if !set_cookie.contains("Max-Age=0") && self.cookies.len() < COOKIES_MAX {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

impl Page {
    /// True for an answer that is none: the server is broken or busy. It is no refusal.
    pub(super) fn has_failed(&self) -> bool {
        self.status >= 500 || self.status == 429
    }

    /// True for a status by which a server refuses a request.
    pub(super) fn has_refused(&self) -> bool {
        (400..=499).contains(&self.status) && !self.has_failed()
    }

    /// The code of the reason on a page of ours that refuses; an app may show another page.
    pub(super) fn code(&self) -> Option<&str> {
        let (_, rest) = self.body.split_once("<code>")?;
        let (code, _) = rest.split_once("</code>")?;
        let is_code = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        let fits = (1..=64).contains(&code.len()) && code.bytes().all(is_code);
        fits.then_some(code)
    }
}

fn unreachable(error: reqwest::Error) -> ValidationError {
    let error = error.without_url();
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    ValidationError::Unreachable(cause.unwrap_or_else(|| error.to_string()))
}

/// A sign-on takes milliseconds; a server under load may take a few seconds.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The pages of a sign-on lead to one more at most.
const HOPS: usize = 5;
/// A page of ours has some kilobytes; an app may draw its own, with a logo.
const BODY_MAX: usize = 2 * 1024 * 1024;
/// A sign-on sets two or three.
const COOKIES_MAX: usize = 32;
