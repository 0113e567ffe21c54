//! Changes in Entra's words: each habit by itself.

use serde_json::Value;
use serde_json::json;

use crate::practice::provision::ENTERPRISE_USER;
use crate::practice::validate::scim::case_error::CaseError;
use crate::practice::validate::scim::case_error::ensure;
use crate::practice::validate::scim::server::Server;
use crate::practice::validate::scim::server::excerpt;
use crate::practice::validate::scim::server::has_value;
use crate::scim::ResourceKind;

/// Changes a user, and looks for a value in a place afterwards.
async fn changes(
    server: &Server<'_>,
    operations: Value,
    pointer: &str,
    expected: Value,
) -> Result<String, CaseError> {
    let ada = server.user().await?;
    let changed = server.patch(&ada, operations).await?;
    has_value(&changed, pointer, &expected)?;
    Ok(format!("{} is {expected}", pointer.trim_start_matches('/')))
}

pub(super) async fn capitals(server: &Server<'_>) -> Result<String, CaseError> {
    let operations = json!([
        {"op": "Replace", "path": "displayName", "value": "entrada-validate-changed"},
        {"op": "Add", "path": "title", "value": "Analyst"},
    ]);
    changes(server, operations, "/title", json!("Analyst")).await
}

pub(super) async fn booleans(server: &Server<'_>) -> Result<String, CaseError> {
    let operations = json!([{"op": "replace", "path": "active", "value": "False"}]);
    changes(server, operations, "/active", json!(false)).await
}

pub(super) async fn dotted_path(server: &Server<'_>) -> Result<String, CaseError> {
    let operations = json!([{"op": "replace", "path": "name.givenName", "value": "Augusta"}]);
    changes(server, operations, "/name/givenName", json!("Augusta")).await
}

pub(super) async fn path_with_filter(server: &Server<'_>) -> Result<String, CaseError> {
    let path = "emails[type eq \"work\"].value";
    let value = json!("changed@example.com");
    let operations = json!([{"op": "replace", "path": path, "value": value}]);
    changes(server, operations, "/emails/0/value", value).await
}

/// RFC 7644 §3.5.2.3 has an error for it; Entra sends it for the first value.
pub(super) async fn path_with_filter_that_meets_none(
    server: &Server<'_>,
) -> Result<String, CaseError> {
    let path = "addresses[type eq \"work\"].formatted";
    let value = json!("Building 1");
    let operations = json!([{"op": "add", "path": path, "value": value}]);
    changes(server, operations, "/addresses/0/formatted", value).await
}

pub(super) async fn extension_path(server: &Server<'_>) -> Result<String, CaseError> {
    let path = format!("{ENTERPRISE_USER}:department");
    let operations = json!([{"op": "add", "path": path, "value": "Research"}]);
    let pointer = format!("/{ENTERPRISE_USER}/department");
    changes(server, operations, &pointer, json!("Research")).await
}

pub(super) async fn without_path(server: &Server<'_>) -> Result<String, CaseError> {
    let operations = json!([{"op": "replace", "value": {"title": "Analyst", "active": false}}]);
    changes(server, operations, "/title", json!("Analyst")).await
}

/// The form of `aadOptscim062020`.
pub(super) async fn paths_as_keys(server: &Server<'_>) -> Result<String, CaseError> {
    let operations =
        json!([{"op": "replace", "value": {"name.givenName": "Augusta", "title": "Analyst"}}]);
    changes(server, operations, "/name/givenName", json!("Augusta")).await
}

pub(super) async fn no_operations(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    let answer = server.patched(&ada, json!([])).await?;
    let expected = "status 200 or 204 for a PATCH without operations";
    ensure(matches!(answer.status, 200 | 204), expected, || {
        excerpt(&answer)
    })?;
    let read = server.get(ResourceKind::User, &ada.id).await?;
    has_value(&read, "/userName", &ada.resource["userName"])?;
    Ok(format!("status {}, and nothing changed", answer.status))
}
