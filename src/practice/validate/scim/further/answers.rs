//! The form of answers: lists, errors, refusals.

use reqwest::Method;
use reqwest::header;
use serde_json::Value;
use serde_json::json;

use crate::practice::guid::guid;
use crate::practice::provision::Client;
use crate::practice::provision::Log;
use crate::practice::provision::Provisioning;
use crate::practice::provision::ScimResponse;
use crate::practice::provision::Step;
use crate::practice::provision::listed;
use crate::practice::provision::name_of;
use crate::practice::validate::scim::case_error::CaseError;
use crate::practice::validate::scim::case_error::ensure;
use crate::practice::validate::scim::case_error::found;
use crate::practice::validate::scim::server::Server;
use crate::practice::validate::scim::server::excerpt;
use crate::scim::ResourceKind;

/// The search for users that the button "Test Connection" sends.
pub(in crate::practice::validate::scim) async fn test_connection(
    server: &Server<'_>,
) -> Result<String, CaseError> {
    nobody(server, ResourceKind::User).await
}

/// The same search for groups.
pub(super) async fn test_connection_of_groups(server: &Server<'_>) -> Result<String, CaseError> {
    nobody(server, ResourceKind::Group).await
}

/// A filter that finds nobody.
fn nobodys(kind: ResourceKind) -> Result<String, CaseError> {
    let stranger = guid().map_err(|error| found(error.to_string()))?;
    Ok(format!("{} eq \"{stranger}\"", name_of(kind).path()))
}

async fn nobody(server: &Server<'_>, kind: ResourceKind) -> Result<String, CaseError> {
    let filter = nobodys(kind)?;
    let listed = server.find(kind, &filter).await?;
    let expected = "an empty list for a value that nobody has";
    ensure(listed.is_empty(), expected, || {
        format!("{} of them", listed.len())
    })?;
    Ok("status 200 with an empty list".to_owned())
}

pub(super) async fn list_response(server: &Server<'_>) -> Result<String, CaseError> {
    server.user().await?;
    let mut call = server.call(Step::Read, Method::GET, ResourceKind::User);
    call.query.push(("count", "1".to_owned()));
    let answer = server.ask(call).await?;
    let total = answer.body["totalResults"].as_u64();
    let is_list = listed(&answer).is_ok_and(|resources| resources.len() == 1);
    let expected = "a ListResponse with totalResults and one resource for count=1";
    ensure(is_list && total >= Some(1), expected, || excerpt(&answer))?;
    Ok("a ListResponse with one resource".to_owned())
}

async fn missing(server: &Server<'_>) -> Result<ScimResponse, CaseError> {
    let stranger = guid().map_err(|error| found(error.to_string()))?;
    server.read(ResourceKind::User, &stranger).await
}

pub(super) async fn missing_resource(server: &Server<'_>) -> Result<String, CaseError> {
    let answer = missing(server).await?;
    let expected = "status 404 for an id that nobody has";
    ensure(answer.status == 404, expected, || excerpt(&answer))?;
    Ok("status 404".to_owned())
}

pub(super) async fn error_body(server: &Server<'_>) -> Result<String, CaseError> {
    let answer = missing(server).await?;
    let schemas = answer.body["schemas"].as_array();
    let is_error = schemas.is_some_and(|schemas| schemas.contains(&json!(ERROR)));
    let status = &answer.body["status"];
    let expected = format!("the schema {ERROR} and the status as a text");
    let status_fits = status.as_str() == Some(&*answer.status.to_string());
    ensure(is_error && status_fits, &expected, || match &answer.body {
        Value::Null => excerpt(&answer),
        body => format!("schemas {}, status {}", body["schemas"], status),
    })?;
    Ok(format!("a SCIM error with the status {status}"))
}

pub(super) async fn wrong_token(server: &Server<'_>) -> Result<String, CaseError> {
    let answer = asked_with(server, "nobody-has-this-token").await?;
    let expected = "status 401 for a token that nobody has";
    ensure(answer.status == 401, expected, || match answer.status {
        // What a stranger was shown is nobody's business here either.
        status @ 200..=299 => format!("status {status}"),
        _ => excerpt(&answer),
    })?;
    Ok("status 401".to_owned())
}

/// The answer to the search of "Test Connection", asked with this bearer token alone.
pub(in crate::practice::validate::scim) async fn asked_with(
    server: &Server<'_>,
    token: &str,
) -> Result<ScimResponse, CaseError> {
    let settings = Provisioning::new(server.settings.tenant_url.as_str(), token);
    let log = Log::default();
    let client = Client::new(&settings, &log, server.signing);
    let client = client.map_err(|error| found(error.to_string()))?;
    let mut call = server.call(Step::Match, Method::GET, ResourceKind::User);
    call.query.push(("filter", nobodys(ResourceKind::User)?));
    Ok(client.exchange(call).await?)
}

pub(super) async fn content_type(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    let answer = server.read(ResourceKind::User, &ada.id).await?;
    let value = answer.headers.get(header::CONTENT_TYPE);
    let value = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    let is_scim = media_type.eq_ignore_ascii_case("application/scim+json");
    ensure(is_scim, "application/scim+json", || match value {
        "" => "none".to_owned(),
        value => value.to_owned(),
    })?;
    Ok(value.to_owned())
}

/// Entra sends no `If-Match`, and lets a server have versions or not.
pub(super) async fn entity_tag(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    let answer = server.read(ResourceKind::User, &ada.id).await?;
    let tag = answer.headers.get(header::ETAG);
    let Some(tag) = tag.and_then(|tag| tag.to_str().ok()) else {
        return Err(CaseError::NotApplicable(
            "the server has no versions".to_owned(),
        ));
    };
    let version = &answer.body["meta"]["version"];
    let expected = format!("meta.version {tag}, as the header ETag has it");
    ensure(*version == tag, &expected, || version.to_string())?;
    Ok(format!("{tag} in both places"))
}

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
