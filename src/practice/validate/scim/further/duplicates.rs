//! Objects that are there already: Entra takes 409 for the answer, and goes on with the one that is there.

use serde_json::Value;
use serde_json::json;

use crate::practice::validate::scim::case_error::CaseError;
use crate::practice::validate::scim::case_error::ensure;
use crate::practice::validate::scim::case_error::mismatch;
use crate::practice::validate::scim::server::Server;
use crate::practice::validate::scim::server::excerpt;
use crate::scim::ResourceKind;

async fn refused(
    server: &Server<'_>,
    kind: ResourceKind,
    name: &str,
    body: &Value,
) -> Result<String, CaseError> {
    let answer = server.post(kind, body).await?;
    let expected = "status 409 for a second one of this name";
    if matches!(answer.status, 200..=299) {
        let found = format!("status {}: it was made", answer.status);
        server.made(kind, name, answer).await?;
        return Err(mismatch(expected, found));
    }
    ensure(answer.status == 409, expected, || excerpt(&answer))?;
    Ok("status 409".to_owned())
}

pub(super) async fn user(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    let mut again = server.new_user();
    again["userName"] = json!(ada.name);
    refused(server, ada.kind, &ada.name, &again).await
}

pub(super) async fn user_in_another_case(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    let mut again = server.new_user();
    let name = ada.name.to_uppercase();
    again["userName"] = json!(name);
    refused(server, ada.kind, &name, &again).await
}

/// The same group once more: a tenant may have two of one name, and each has an externalId of its own.
pub(super) async fn group(server: &Server<'_>) -> Result<String, CaseError> {
    server.needs_groups().await?;
    let group = server.new_group();
    let sales = server.create(ResourceKind::Group, group.clone()).await?;
    refused(server, sales.kind, &sales.name, &group).await
}
