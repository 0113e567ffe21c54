//! The bearer token of each request: the Secret Token, or an access token that is fetched as Entra fetches one, kept, and
//! renewed shortly before its end or once it is refused.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;
use reqwest::header;
use url::Url;
use url::form_urlencoded;

use super::error::Failure;
use super::http;
use super::kept_token::KeptToken;
use super::log::Log;
use super::log::LogLine;
use super::log::Step;
use super::settings_error::SettingsError;
use super::sign_in::SignIn;
use super::token_answer::AccessToken;
use super::token_answer::read;
use crate::address::shown;
use crate::oauth::JWT_BEARER;
use crate::ports::Clock;
use crate::practice::client_assertion::AssertionSource;
use crate::practice::client_assertion::Assertions;
use crate::practice::state::RegisteredApp;
use crate::practice::state::State;

/// The parts of this identity provider that a sign-in uses besides its settings.
#[derive(Clone, Copy)]
pub(in crate::practice) struct SignInContext<'a> {
    pub(in crate::practice) clock: &'a dyn Clock,
    pub(in crate::practice) kept: &'a KeptToken,
    /// The source of assertions, for a federation.
    pub(in crate::practice) assertions: Option<AssertionSource<'a>>,
}

/// The context in which an app is signed in to.
pub(super) fn signing<'a>(state: &'a State, entry: &'a RegisteredApp) -> SignInContext<'a> {
    SignInContext {
        clock: state.clock(),
        kept: &entry.job.kept,
        assertions: Some(AssertionSource::Made(Assertions::new(state, entry))),
    }
}

pub(super) struct Access<'a> {
    sign_in: &'a SignIn,
    endpoint: Option<Url>,
    http: reqwest::Client,
    context: SignInContext<'a>,
    log: &'a Log,
}

impl<'a> Access<'a> {
    pub(super) fn new(
        sign_in: &'a SignIn,
        http: reqwest::Client,
        context: SignInContext<'a>,
        log: &'a Log,
    ) -> Result<Access<'a>, SettingsError> {
        Ok(Access {
            sign_in,
            endpoint: sign_in.token_endpoint()?,
            http,
            context,
            log,
        })
    }

    /// The bearer token for a request.
    pub(super) async fn bearer(&self) -> Result<String, Failure> {
        let endpoint = match (self.sign_in, &self.endpoint) {
            (SignIn::Token(token), _) => return Ok(token.clone()),
            (_, Some(endpoint)) => endpoint,
            (_, None) => return Err(Failure::Machine("there is no Token Endpoint".to_owned())),
        };
        let mut kept = self.context.kept.lock().await;
        let now = self.context.clock.now();
        if let Some(token) = kept.usable(now) {
            return Ok(token.to_owned());
        }
        let fetched = self.fetch(endpoint).await?;
        kept.keep(&fetched, now);
        Ok(fetched.token)
    }

    /// Fetches an access token beside the one that is kept.
    pub(super) async fn access_token(&self) -> Result<AccessToken, Failure> {
        match &self.endpoint {
            Some(endpoint) => self.fetch(endpoint).await,
            None => Err(Failure::Machine("there is no Token Endpoint".to_owned())),
        }
    }

    /// Forgets an access token that was refused; says whether another can be had.
    pub(super) async fn refused(&self, token: &str) -> bool {
        if matches!(self.sign_in, SignIn::Token(_)) {
            return false;
        }
        self.context.kept.lock().await.forget(token);
        true
    }

    /// The name of what is shown to the server, in words of the provisioning page.
    pub(super) fn credential(&self) -> &'static str {
        match self.sign_in {
            SignIn::Token(_) => "Secret Token",
            SignIn::ClientCredentials { .. } | SignIn::Federation { .. } => "access token",
        }
    }

    /// Fetches an access token; a busy server is asked again.
    pub(super) async fn fetch(&self, endpoint: &Url) -> Result<AccessToken, Failure> {
        let request = self.request().await?;
        let mut tries = 0;
        loop {
            let (status, fetched, wait) = self.send(endpoint.clone(), &request).await;
            self.note(endpoint, status, &fetched);
            if status != Some(429) || tries == http::RETRIES {
                return fetched;
            }
            tries += 1;
            tokio::time::sleep(wait).await;
        }
    }

    async fn request(&self) -> Result<TokenRequest, Failure> {
        match self.sign_in {
            SignIn::Token(_) => Err(Failure::Machine("no access token is needed".to_owned())),
            SignIn::ClientCredentials {
                client_id,
                client_secret,
                ..
            } => Ok(TokenRequest::with_secret(client_id, client_secret)),
            SignIn::Federation {
                client_id,
                audience,
                ..
            } => {
                let Some(assertions) = self.context.assertions else {
                    let reason = "there is no assertion to sign in with";
                    return Err(Failure::Machine(reason.to_owned()));
                };
                let assertion = assertions.assertion(audience.as_deref()).await;
                let assertion = assertion.map_err(|error| Failure::Machine(error.to_string()))?;
                Ok(TokenRequest::with_assertion(
                    &assertion,
                    client_id.as_deref(),
                ))
            }
        }
    }

    async fn send(
        &self,
        endpoint: Url,
        request: &TokenRequest,
    ) -> (Option<u16>, Result<AccessToken, Failure>, Duration) {
        let mut sending = self
            .http
            .post(endpoint)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(request.body.clone());
        if let Some(basic) = &request.basic {
            sending = sending.header(header::AUTHORIZATION, basic);
        }
        let response = match sending.send().await {
            Ok(response) => response,
            Err(error) => return (None, Err(http::unreachable(error)), Duration::ZERO),
        };
        let (status, wait) = (response.status().as_u16(), http::retry_after(&response));
        let body = http::body(response).await;
        let fetched = body.and_then(|body| read(self.sign_in, status, &body));
        (Some(status), fetched, wait)
    }

    fn note(&self, endpoint: &Url, status: Option<u16>, fetched: &Result<AccessToken, Failure>) {
        let outcome = match fetched {
            Ok(token) => match token.lifetime {
                Some(lifetime) => {
                    format!("an access token for {} seconds", lifetime.as_secs())
                }
                None => "an access token without an end".to_owned(),
            },
            Err(failure) => failure.to_string(),
        };
        self.log.append(LogLine {
            at: Timestamp::now(),
            step: Step::SignIn,
            request: Some(("POST", shown(endpoint.as_str()).into_owned())),
            status,
            outcome,
        });
    }
}

/// A request for an access token.
struct TokenRequest {
    basic: Option<String>,
    body: String,
}

/// The forms in which a client secret is sent, beside itself: percent-encoded, and within the header of HTTP Basic.
pub(in crate::practice) fn forms_of_secret(client_id: &str, client_secret: &str) -> Vec<String> {
    let request = TokenRequest::with_secret(client_id, client_secret);
    let basic = request.basic.as_deref();
    let basic = basic
        .and_then(|basic| basic.strip_prefix("Basic "))
        .map(str::to_owned);
    let encoded = utf8_percent_encode(client_secret, RESERVED).to_string();
    basic.into_iter().chain([encoded]).collect()
}

impl TokenRequest {
    /// Both halves are encoded (RFC 6749 §2.3.1): a colon in a Client Identifier would end it.
    fn with_secret(client_id: &str, client_secret: &str) -> TokenRequest {
        let encoded = |half| utf8_percent_encode(half, RESERVED);
        let both = format!("{}:{}", encoded(client_id), encoded(client_secret));
        TokenRequest {
            basic: Some(format!("Basic {}", STANDARD.encode(both))),
            body: form(&[GRANT]),
        }
    }

    /// As Entra writes it, in this order; `scope` is in its examples.
    fn with_assertion(assertion: &str, client_id: Option<&str>) -> TokenRequest {
        let mut fields = vec![GRANT];
        fields.extend(client_id.map(|client_id| ("client_id", client_id)));
        fields.extend([
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
            ("scope", "scim"),
        ]);
        TokenRequest {
            basic: None,
            body: form(&fields),
        }
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
/// All but the unreserved characters (RFC 3986 §2.3), which stand for themselves in every form of percent-encoding.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
