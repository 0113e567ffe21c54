//! Requests to the app's SCIM server, each with its line in the log.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header;
use serde_json::Value;
use serde_json::json;
use url::Url;

use super::access::Access;
use super::access::SignInContext;
use super::error::Failure;
use super::error::ProvisionError;
use super::http;
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
    access: Access<'a>,
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
        signing: SignInContext<'a>,
    ) -> Result<Client<'a>, ProvisionError> {
        let endpoint = settings.endpoint()?;
        settings.check()?;
        let http = http::client()?;
        let access = Access::new(&settings.sign_in, http.clone(), signing, log)?;
        Ok(Client {
            http,
            endpoint,
            access,
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

    /// Sends a request. A busy server is asked again, and so is one that refuses an access token: with a new token, once.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<ScimResponse, Failure> {
        let url = self.address(&call);
        let shown = self.shown(&url);
        let (mut tries, mut renewed) = (0, false);
        loop {
            let token = self.access.bearer().await?;
            let sent = self.send(&call, url.clone(), &token).await;
            let status = sent.as_ref().map_or(0, |(answer, _)| answer.status);
            let wait = match &sent {
                Ok((_, after)) if status == 429 && tries < http::RETRIES => Some(*after),
                _ => None,
            };
            let sent = sent
                .map(|(answer, _)| answer)
                .and_then(|answer| self.accepted(answer));
            self.note(&call, &shown, &sent);
            if let Some(wait) = wait {
                tries += 1;
                tokio::time::sleep(wait).await;
            } else if status == 401 && !renewed && self.access.refused(&token).await {
                renewed = true;
            } else {
                return sent;
            }
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

    async fn send(
        &self,
        call: &Call<'_>,
        url: Url,
        token: &str,
    ) -> Result<(ScimResponse, Duration), Failure> {
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .bearer_auth(token)
            .header(header::ACCEPT, MEDIA_TYPE);
        if let Some(body) = &call.body {
            request = request
                .header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8")
                .body(body.to_string());
        }
        let response = request.send().await.map_err(http::unreachable)?;
        let status = response.status().as_u16();
        let after = http::retry_after(&response);
        let body = http::body(response).await?;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok((ScimResponse { status, body }, after))
    }

    fn note(&self, call: &Call<'_>, path: &str, sent: &Result<ScimResponse, Failure>) {
        let status = match sent {
            Ok(answer) => Some(answer.status),
            Err(Failure::Credentials { status, .. } | Failure::Refused { status, .. }) => {
                Some(*status)
            }
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

    fn accepted(&self, answer: ScimResponse) -> Result<ScimResponse, Failure> {
        match answer.status {
            200..=299 => Ok(answer),
            status @ (401 | 403) => Err(Failure::Credentials {
                status,
                credential: self.access.credential(),
            }),
            status => Err(Failure::Refused {
                status,
                detail: detail(&answer.body),
            }),
        }
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

const MEDIA_TYPE: &str = "application/scim+json, application/json";
/// Characters of an error's detail in the log.
const MAX_DETAIL: usize = 300;
