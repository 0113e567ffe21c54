//! The server that is validated, as the cases speak to it: requests that are written out, made by the engine's client.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use tokio::sync::OnceCell;

use super::case_error::CaseError;
use super::case_error::ensure;
use super::case_error::found;
use super::case_error::mismatch;
use super::created_objects::CreatedObjects;
use super::schemas::ServedSchemas;
use crate::practice::client_assertion::AssertionSource;
use crate::practice::provision::Call;
use crate::practice::provision::Client;
use crate::practice::provision::Provisioning;
use crate::practice::provision::ScimResponse;
use crate::practice::provision::SignIn;
use crate::practice::provision::SignInContext;
use crate::practice::provision::Step;
use crate::practice::provision::detail;
use crate::practice::provision::forms_of_secret;
use crate::practice::provision::id_of;
use crate::practice::provision::listed;
use crate::practice::provision::name_of;
use crate::scim::PATCH_OP;
use crate::scim::ResourceKind;

pub(super) struct Server<'a> {
    pub(super) settings: &'a Provisioning,
    pub(super) client: Client<'a>,
    pub(super) signing: SignInContext<'a>,
    pub(super) created: CreatedObjects,
    /// The time for a whole case, and for one request of the removal.
    pub(super) timeout: Duration,
    /// Read by the first case that asks for them.
    pub(super) schemas: OnceCell<Result<ServedSchemas, CaseError>>,
}

/// An object that was made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) kind: ResourceKind,
    pub(super) id: String,
    pub(super) name: String,
    /// The resource in the answer.
    pub(super) resource: Value,
}

impl Server<'_> {
    pub(super) fn call<'c>(&self, step: Step, method: Method, kind: ResourceKind) -> Call<'c> {
        let mut call = Call::new(step, method, kind, "validation");
        call.query.clear();
        call
    }

    /// The answer, whatever its status is.
    pub(super) async fn ask(&self, call: Call<'_>) -> Result<ScimResponse, CaseError> {
        Ok(self.client.exchange(call).await?)
    }

    /// The secrets that the server was sent, and may repeat.
    pub(super) async fn secrets(&self) -> Vec<String> {
        let mut secrets = match &self.settings.sign_in {
            SignIn::Token(secret) => vec![secret.clone()],
            SignIn::ClientCredentials {
                client_id,
                client_secret,
                ..
            } => {
                let mut forms = forms_of_secret(client_id, client_secret);
                forms.push(client_secret.clone());
                forms
            }
            SignIn::Federation { .. } => Vec::new(),
        };
        let assertion = match self.signing.assertions {
            Some(AssertionSource::Given(assertion)) => Some(assertion.to_owned()),
            _ => None,
        };
        let kept = self.signing.kept.token().await;
        secrets.extend(assertion.into_iter().chain(kept));
        secrets
    }

    pub(super) fn too_slow(&self) -> CaseError {
        CaseError::NoAnswer(format!("no answer within {:?}", self.timeout))
    }

    /// Makes an object, whose name carries the mark of this run.
    pub(super) async fn create(&self, kind: ResourceKind, body: Value) -> Result<Made, CaseError> {
        let name = name_of(kind).read(&body);
        let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
        let answer = self.post(kind, &body).await?;
        ensure(answer.status == 201, "status 201 for a POST", || {
            excerpt(&answer)
        })?;
        self.made(kind, name, answer).await
    }

    /// The answer to a POST of a marked object, which is remembered for the removal.
    pub(super) async fn post(
        &self,
        kind: ResourceKind,
        body: &Value,
    ) -> Result<ScimResponse, CaseError> {
        let name = name_of(kind).read(body);
        let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
        self.created.sending(kind, name);
        let mut call = self.call(Step::Create, Method::POST, kind);
        call.body = Some(body.clone());
        self.ask(call).await
    }

    /// The object of a POST that succeeded, once a GET by its id has shown it. One with another name is not ours: nothing may be done to it,
    /// and it may become no member of anything.
    pub(super) async fn made(
        &self,
        kind: ResourceKind,
        name: &str,
        answer: ScimResponse,
    ) -> Result<Made, CaseError> {
        let shown = name_in(kind, &answer.body).unwrap_or_default();
        let id = id_of(&answer.body).map(str::to_owned);
        let id = id.filter(|_| shown.to_lowercase() == name.to_lowercase());
        let expected = "a POST that is answered with the resource, its id and its name";
        let id = id.ok_or_else(|| mismatch(expected, excerpt(&answer)))?;
        self.get(kind, &id).await?;
        self.created.made(kind, name, &id);
        Ok(Made {
            kind,
            id,
            name: name.to_owned(),
            resource: answer.body,
        })
    }

    /// The answer to a GET by id, with the members of a group.
    pub(super) async fn read(
        &self,
        kind: ResourceKind,
        id: &str,
    ) -> Result<ScimResponse, CaseError> {
        let mut call = self.call(Step::Read, Method::GET, kind);
        call.id = Some(id);
        self.ask(call).await
    }

    /// The object as it is now. One with another name is not ours, whatever the server has said: it is neither changed nor shown.
    pub(super) async fn get(&self, kind: ResourceKind, id: &str) -> Result<Value, CaseError> {
        let answer = self.read(kind, id).await?;
        let expected = "a GET by id that is answered with the resource";
        let name = name_in(kind, &answer.body).unwrap_or_default();
        let is_it = answer.body["id"] == id && self.created.is_ours(&name);
        let is_it = is_it && answer.status == 200;
        ensure(is_it, expected, || excerpt(&answer))?;
        Ok(answer.body)
    }

    /// Changes an object of ours, and gives it as it is afterwards.
    pub(super) async fn patch(&self, made: &Made, operations: Value) -> Result<Value, CaseError> {
        let answer = self.patched(made, operations.clone()).await?;
        ensure(
            matches!(answer.status, 200 | 204),
            &format!("status 200 or 204 for a PATCH with {operations}"),
            || excerpt(&answer),
        )?;
        self.get(made.kind, &made.id).await
    }

    /// The answer to a PATCH.
    pub(super) async fn patched(
        &self,
        made: &Made,
        operations: Value,
    ) -> Result<ScimResponse, CaseError> {
        let mut call = self.call(Step::Update, Method::PATCH, made.kind);
        call.id = Some(&made.id);
        call.body = Some(json!({"schemas": [PATCH_OP], "Operations": operations}));
        self.ask(call).await
    }

    /// The resources that a filter finds.
    pub(super) async fn find(
        &self,
        kind: ResourceKind,
        filter: &str,
    ) -> Result<Vec<Value>, CaseError> {
        let mut call = self.call(Step::Match, Method::GET, kind);
        call.query.push(("filter", filter.to_owned()));
        let answer = self.ask(call).await?;
        listed(&answer).map_err(|_| {
            let expected = format!("a ListResponse for the filter {filter}");
            mismatch(expected, excerpt(&answer))
        })
    }

    /// The only object that a filter finds, which must be this one.
    pub(super) async fn find_only(&self, made: &Made, filter: &str) -> Result<(), CaseError> {
        let found = self.find(made.kind, filter).await?;
        let ids: Vec<&str> = found.iter().filter_map(id_of).collect();
        let expected = format!("the one {} that {filter} means", made.kind.name());
        ensure(ids == [made.id.as_str()], &expected, || match ids.len() {
            0 => "none".to_owned(),
            1 => "another one".to_owned(),
            count => format!("{count} of them"),
        })
    }

    /// Fails for a server that has no groups: as Microsoft's validator does, by the schema.
    pub(super) async fn needs_groups(&self) -> Result<(), CaseError> {
        let expected = "a Group schema in /Schemas";
        match self.schemas().await {
            Ok(schemas) if schemas.has_groups() => Ok(()),
            Ok(_) => Err(mismatch(expected, "none")),
            Err(CaseError::Mismatch { found, .. }) => Err(mismatch(expected, found)),
            Err(other) => Err(other.clone()),
        }
    }

    pub(super) async fn schemas(&self) -> &Result<ServedSchemas, CaseError> {
        let read = async || {
            let call = Call {
                endpoint: "/Schemas",
                ..self.call(Step::Read, Method::GET, ResourceKind::User)
            };
            let answer = self.ask(call).await?;
            let read = match answer.status {
                200 => ServedSchemas::read(&answer.body),
                _ => None,
            };
            read.ok_or_else(|| found(excerpt(&answer)))
        };
        self.schemas.get_or_init(read).await
    }
}

pub(super) fn name_in(kind: ResourceKind, resource: &Value) -> Option<String> {
    let name = name_of(kind).read(resource)?;
    name.as_str().map(str::to_owned)
}

/// An answer that was not expected, in few words. Of one that succeeded the form alone: it may be about people whom nobody asked for.
pub(super) fn excerpt(answer: &ScimResponse) -> String {
    let status = answer.status;
    let is_success = (200..=299).contains(&status);
    match (&answer.body, answer.text.as_str()) {
        (Value::Null, "") => format!("status {status} without a body"),
        (Value::Null, _) if is_success => format!("status {status} with what is no JSON"),
        (Value::Null, text) => format!("status {status} with what is no JSON: {}", shortened(text)),
        (Value::Object(_), _) if !is_success => {
            format!("status {status}: {}", detail(&answer.body))
        }
        (body, _) => format!("status {status} with {}", form_of(body)),
    }
}

/// The form of a value, without what it says.
fn form_of(value: &Value) -> String {
    let members = |members: &serde_json::Map<String, Value>| {
        let names = members.keys().take(MAX_MEMBERS).map(String::as_str);
        shortened(&names.collect::<Vec<_>>().join(", "))
    };
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(_) => "a text".to_owned(),
        Value::Array(elements) => format!("a list of {}", elements.len()),
        Value::Object(object) if object.is_empty() => "an object without members".to_owned(),
        Value::Object(object) => format!("an object of {}", members(object)),
    }
}

pub(super) fn shortened(text: &str) -> String {
    cut(text, MAX_FOUND)
}

/// The beginning of a text, marked where it goes on.
pub(super) fn cut(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// An attribute that must have one value.
pub(super) fn has_value(
    resource: &Value,
    pointer: &str,
    expected: &Value,
) -> Result<(), CaseError> {
    let value = resource.pointer(pointer).unwrap_or(&Value::Null);
    let name = pointer.trim_start_matches('/').replace('/', ".");
    ensure(
        value == expected,
        &format!("{name} {expected}"),
        || match value {
            Value::Null => format!("no {name}"),
            value => format!("{name} {}", shortened(&value.to_string())),
        },
    )
}

/// The ids among the members of a group.
pub(super) fn members_of(group: &Value) -> Result<Vec<String>, CaseError> {
    let members = match &group["members"] {
        Value::Null => return Ok(Vec::new()),
        Value::Array(members) => members,
        other => return Err(found(format!("members {}", shortened(&other.to_string())))),
    };
    let ids = members.iter().map(|member| member["value"].as_str());
    let ids: Option<Vec<String>> = ids.map(|id| id.map(str::to_owned)).collect();
    let mut ids = ids.ok_or_else(|| found("members without a value"))?;
    ids.sort();
    Ok(ids)
}

/// Names of members in a report.
const MAX_MEMBERS: usize = 20;
/// Characters of a server's text in a report.
const MAX_FOUND: usize = 200;
