//! The filters that Entra looks for objects by.

use serde_json::json;

use crate::practice::validate::scim::case_error::CaseError;
use crate::practice::validate::scim::server::Made;
use crate::practice::validate::scim::server::Server;

async fn finds(server: &Server<'_>, made: &Made, filter: String) -> Result<String, CaseError> {
    server.find_only(made, &filter).await?;
    Ok(format!("one resource for {filter}"))
}

fn external_id(made: &Made) -> String {
    made.resource["externalId"].to_string()
}

pub(super) async fn user_name(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    server.user().await?;
    finds(server, &ada, format!("userName eq {}", json!(ada.name))).await
}

pub(super) async fn user_name_in_another_case(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    server.user().await?;
    let name = json!(ada.name.to_uppercase());
    finds(server, &ada, format!("userName eq {name}")).await
}

pub(super) async fn user_external_id(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    server.user().await?;
    finds(server, &ada, format!("externalId eq {}", external_id(&ada))).await
}

pub(super) async fn and(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    server.user().await?;
    let filter = format!("userName eq {} and active eq true", json!(ada.name));
    finds(server, &ada, filter).await
}

pub(super) async fn group_name(server: &Server<'_>) -> Result<String, CaseError> {
    let sales = server.group(&[]).await?;
    server.group(&[]).await?;
    finds(
        server,
        &sales,
        format!("displayName eq {}", json!(sales.name)),
    )
    .await
}

pub(super) async fn group_external_id(server: &Server<'_>) -> Result<String, CaseError> {
    let sales = server.group(&[]).await?;
    server.group(&[]).await?;
    finds(
        server,
        &sales,
        format!("externalId eq {}", external_id(&sales)),
    )
    .await
}
