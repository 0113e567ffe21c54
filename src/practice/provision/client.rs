//! Requests to the app's SCIM server, each with its line in the log.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::Response;
use reqwest::header;
use reqwest::redirect::Policy;
use serde_json::Value;
use serde_json::json;
use url::Url;

use super::error::Failure;
use super::error::ProvisionError;
use super::log::Log;
use super::log::LogLine;
use super::log::Step;
use super::settings::Provisioning;
use super::target::Target;
use crate::scim::LIST_RESPONSE;
use crate::scim::ResourceKind;

pub(super) struct Client<'a> {
    http: reqwest::Client,
    endpoint: Url,
    token: &'a str,
    log: &'a Log,
}

pub(super) struct Call<'a> {
    pub(super) step: Step,
    pub(super) method: Method,
    pub(super) kind: ResourceKind,
    pub(super) id: Option<&'a str>,
    pub(super) filter: Option<String>,
    pub(super) body: Option<Value>,
    pub(super) subject: &'a str,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        step: Step,
        method: Method,
        kind: ResourceKind,
        subject: &'a str,
    ) -> Call<'a> {
        Call {
            step,
            method,
            kind,
            id: None,
            filter: None,
            body: None,
            subject,
        }
    }
}

#[derive(Debug)]
pub(super) struct ScimResponse {
    pub(super) status: u16,
    /// Null where it has none, or none in JSON.
    pub(super) body: Value,
}

impl<'a> Client<'a> {
    pub(super) fn new(
        settings: &'a Provisioning,
        log: &'a Log,
    ) -> Result<Client<'a>, ProvisionError> {
        let endpoint = settings.endpoint()?;
        settings.check()?;
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            // A redirect would take the token elsewhere.
            .redirect(Policy::none())
            .no_proxy()
            .user_agent(concat!("entrada-practice/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ProvisionError::Machine(error.to_string()))?;
        Ok(Client {
            http,
            endpoint,
            token: &settings.secret_token,
            log,
        })
    }

    pub(super) fn log(&self) -> &'a Log {
        self.log
    }

    /// The resources that the matching attribute finds.
    pub(super) async fn find(
        &self,
        step: Step,
        kind: ResourceKind,
        target: Target,
        value: &str,
    ) -> Result<Vec<Value>, Failure> {
        // A JSON string is what a filter has for a text (RFC 7644 §3.4.2.2).
        let filter = format!("{} eq {}", target.path(), json!(value));
        let call = Call {
            filter: Some(filter),
            ..Call::new(step, Method::GET, kind, value)
        };
        listed(self.call(call).await?)
    }

    /// Sends a request; busy servers are asked again.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<ScimResponse, Failure> {
        let url = self.address(&call);
        let shown = self.shown(&url);
        let mut tries = 0;
        loop {
            let sent = self.send(&call, url.clone()).await;
            let wait = match &sent {
                Ok((answer, after)) if answer.status == 429 && tries < RETRIES => Some(*after),
                _ => None,
            };
            let sent = sent.map(|(answer, _)| answer).and_then(accepted);
            self.note(&call, &shown, &sent);
            let Some(wait) = wait else { return sent };
            tries += 1;
            tokio::time::sleep(wait).await;
        }
    }

    /// Groups are never read with their members.
    fn address(&self, call: &Call<'_>) -> Url {
        let mut url = self.endpoint.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(call.kind.endpoint().trim_start_matches('/'));
            segments.extend(call.id);
        }
        if call.kind == ResourceKind::Group && call.method == Method::GET {
            let mut query = url.query_pairs_mut();
            query.append_pair("excludedAttributes", "members");
        }
        if let Some(filter) = &call.filter {
            url.query_pairs_mut().append_pair("filter", filter);
        }
        url
    }

    async fn send(&self, call: &Call<'_>, url: Url) -> Result<(ScimResponse, Duration), Failure> {
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .bearer_auth(self.token)
            .header(header::ACCEPT, MEDIA_TYPE);
        if let Some(body) = &call.body {
            request = request
                .header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8")
                .body(body.to_string());
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let after = retry_after(&response);
        let body = body(response).await?;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok((ScimResponse { status, body }, after))
    }

    fn note(&self, call: &Call<'_>, path: &str, sent: &Result<ScimResponse, Failure>) {
        let status = match sent {
            Ok(answer) => Some(answer.status),
            Err(Failure::Credentials(status) | Failure::Refused { status, .. }) => Some(*status),
            Err(_) => None,
        };
        let outcome = match sent {
            Ok(answer) => format!("{}: {}", call.subject, done(answer)),
            Err(failure) => format!("{}: {failure}", call.subject),
        };
        self.log.append(LogLine {
            at: Timestamp::now(),
            step: call.step,
            request: Some((name(&call.method), path.to_owned())),
            status,
            outcome,
        });
    }

    /// The part of an address behind the Tenant URL.
    fn shown(&self, url: &Url) -> String {
        let text = url.as_str();
        text.strip_prefix(self.endpoint.as_str())
            .unwrap_or(text)
            .to_owned()
    }
}

fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        _ => "DELETE",
    }
}

fn done(answer: &ScimResponse) -> String {
    match answer.body.get("totalResults").and_then(Value::as_u64) {
        Some(0) => "not found".to_owned(),
        Some(found) => format!("found {found}"),
        None => "done".to_owned(),
    }
}

fn accepted(answer: ScimResponse) -> Result<ScimResponse, Failure> {
    match answer.status {
        200..=299 => Ok(answer),
        status @ (401 | 403) => Err(Failure::Credentials(status)),
        status => Err(Failure::Refused {
            status,
            detail: detail(&answer.body),
        }),
    }
}

/// The text of a SCIM error, or a note that there is none.
fn detail(body: &Value) -> String {
    let text = |name| body.get(name).and_then(Value::as_str);
    let said = match (text("scimType"), text("detail")) {
        (Some(kind), Some(detail)) => format!("{kind}: {detail}"),
        (Some(text), None) | (None, Some(text)) => text.to_owned(),
        (None, None) => "no SCIM error".to_owned(),
    };
    said.chars().take(MAX_DETAIL).collect()
}

/// Entra takes nothing but a `ListResponse` for an answer to a filter.
fn listed(answer: ScimResponse) -> Result<Vec<Value>, Failure> {
    let is_list = answer.body["schemas"]
        .as_array()
        .is_some_and(|schemas| schemas.contains(&json!(LIST_RESPONSE)));
    let resources = match answer.body.get("Resources") {
        None if answer.body["totalResults"] == 0 => Some(Vec::new()),
        Some(Value::Array(resources)) => Some(resources.clone()),
        _ => None,
    };
    match resources.filter(|_| is_list && answer.status == 200) {
        Some(resources) => Ok(resources),
        None => Err(Failure::Unexpected {
            expected: "a ListResponse",
            found: format!("something else with status {}", answer.status),
        }),
    }
}

/// Reads a body chunk by chunk, so that one that is too large is dropped before it is held.
async fn body(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Failure::Unexpected {
                expected: "an answer of at most 1 MiB",
                found: "more".to_owned(),
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn retry_after(response: &Response) -> Duration {
    let header = response.headers().get(header::RETRY_AFTER);
    let seconds = header.and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(1)).min(LONGEST_WAIT)
}

/// The address stands in the log already, and the innermost cause says most.
fn unreachable(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Failure::Unreachable(cause.to_string())
}

const MEDIA_TYPE: &str = "application/scim+json, application/json";
/// Far more than a server takes for one object.
const TIMEOUT: Duration = Duration::from_secs(30);
/// As for metadata: a host that is there answers at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The number of times that a busy server is asked again.
const RETRIES: u32 = 3;
/// However long a server asks to wait: somebody sits before the page.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Bytes of an answer: a user is about two kilobytes, and a list of matches has one.
const MAX_BODY: usize = 1024 * 1024;
/// Characters of an error's detail in the log.
const MAX_DETAIL: usize = 300;
