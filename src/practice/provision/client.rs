//! Requests to the app's SCIM server, each with its line in the log.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header;
use reqwest::header::HeaderMap;
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
use super::token_answer::AccessToken;
use crate::scim::LIST_RESPONSE;
use crate::scim::ResourceKind;

pub(in crate::practice) struct Client<'a> {
    http: reqwest::Client,
    endpoint: Url,
    access: Access<'a>,
    log: &'a Log,
}

pub(in crate::practice) struct Call<'a> {
    pub(in crate::practice) step: Step,
    pub(in crate::practice) method: Method,
    /// Such as `/Users`.
    pub(in crate::practice) endpoint: &'static str,
    pub(in crate::practice) id: Option<&'a str>,
    /// The parameters behind the path.
    pub(in crate::practice) query: Vec<(&'static str, String)>,
    pub(in crate::practice) body: Option<Value>,
    pub(in crate::practice) subject: &'a str,
}

impl<'a> Call<'a> {
    /// A request of Entra's. Groups are never read with their members.
    pub(in crate::practice) fn new(
        step: Step,
        method: Method,
        kind: ResourceKind,
        subject: &'a str,
    ) -> Call<'a> {
        let without_members = kind == ResourceKind::Group && method == Method::GET;
        let query = without_members.then(|| ("excludedAttributes", "members".to_owned()));
        Call {
            step,
            method,
            endpoint: kind.endpoint(),
            id: None,
            query: query.into_iter().collect(),
            body: None,
            subject,
        }
    }
}

#[derive(Debug)]
pub(in crate::practice) struct ScimResponse {
    pub(in crate::practice) status: u16,
    pub(in crate::practice) headers: HeaderMap,
    /// Null where it has none, or none in JSON.
    pub(in crate::practice) body: Value,
    /// The beginning of a body that is no JSON.
    pub(in crate::practice) text: String,
}

impl<'a> Client<'a> {
    pub(in crate::practice) fn new(
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

    /// Fetches an access token beside the one that requests are sent with.
    pub(in crate::practice) async fn access_token(&self) -> Result<AccessToken, Failure> {
        self.access.access_token().await
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
        let mut call = Call::new(step, Method::GET, kind, value);
        call.query.push(("filter", filter));
        listed(&self.call(call).await?)
    }

    /// Sends a request, and fails for what the server refuses.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<ScimResponse, Failure> {
        let answer = self.exchange(call).await?;
        match self.refusal(&answer) {
            None => Ok(answer),
            Some(failure) => Err(failure),
        }
    }

    /// Sends a request, and gives the answer whatever its status is. A busy server is asked again, and so is
    /// one that refuses an access token: with a new token, once.
    pub(in crate::practice) async fn exchange(
        &self,
        call: Call<'_>,
    ) -> Result<ScimResponse, Failure> {
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
            let sent = sent.map(|(answer, _)| answer);
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

    fn address(&self, call: &Call<'_>) -> Url {
        let mut url = self.endpoint.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(call.endpoint.trim_start_matches('/'));
            segments.extend(call.id);
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
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
        let headers = response.headers().clone();
        let bytes = http::body(response).await?;
        let (body, text) = match serde_json::from_slice(&bytes) {
            Ok(body) => (body, String::new()),
            Err(_) => (Value::Null, String::from_utf8_lossy(&bytes).into_owned()),
        };
        let answer = ScimResponse {
            status,
            headers,
            body,
            text: text.chars().take(MAX_DETAIL).collect(),
        };
        Ok((answer, after))
    }

    fn note(&self, call: &Call<'_>, path: &str, sent: &Result<ScimResponse, Failure>) {
        let status = sent.as_ref().ok().map(|answer| answer.status);
        let outcome = match sent {
            Ok(answer) => match self.refusal(answer) {
                None => format!("{}: {}", call.subject, done(answer)),
                Some(failure) => format!("{}: {failure}", call.subject),
            },
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

    /// The failure that an answer is, if it is one.
    fn refusal(&self, answer: &ScimResponse) -> Option<Failure> {
        match answer.status {
            200..=299 => None,
            status @ (401 | 403) => Some(Failure::Credentials {
                status,
                credential: self.access.credential(),
            }),
            status => Some(Failure::Refused {
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
pub(in crate::practice) fn detail(body: &Value) -> String {
    let text = |name| body.get(name).and_then(Value::as_str);
    let said = match (text("scimType"), text("detail")) {
        (Some(kind), Some(detail)) => format!("{kind}: {detail}"),
        (Some(text), None) | (None, Some(text)) => text.to_owned(),
        (None, None) => "no SCIM error".to_owned(),
    };
    said.chars().take(MAX_DETAIL).collect()
}

/// The id of a resource; `None` where it has none, or one that would lead to another address than its own.
pub(in crate::practice) fn id_of(resource: &Value) -> Option<&str> {
    let id = resource.get("id")?.as_str()?;
    let leads_elsewhere = matches!(id, "" | "." | "..") || id.contains(char::is_control);
    (!leads_elsewhere).then_some(id)
}

/// Entra takes nothing but a `ListResponse` for an answer to a filter.
pub(in crate::practice) fn listed(answer: &ScimResponse) -> Result<Vec<Value>, Failure> {
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
