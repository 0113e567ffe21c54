//! Members of groups, in the words of Entra and of the RFC.

use reqwest::Method;
use serde_json::json;

use crate::practice::provision::Step;
use crate::practice::validate::scim::case_error::CaseError;
use crate::practice::validate::scim::case_error::ensure;
use crate::practice::validate::scim::requests::has_members;
use crate::practice::validate::scim::server::Server;
use crate::practice::validate::scim::server::excerpt;
use crate::scim::ResourceKind;

pub(super) async fn removed_by_value(server: &Server<'_>) -> Result<String, CaseError> {
    let (ada, bob) = (server.user().await?, server.user().await?);
    let sales = server.group(&[&ada, &bob]).await?;
    let gone = json!([{"$ref": null, "value": bob.id}]);
    let operations = json!([{"op": "Remove", "path": "members", "value": gone}]);
    has_members(&server.patch(&sales, operations).await?, &[&ada])?;
    Ok("the one that value names is gone, and nobody else".to_owned())
}

pub(super) async fn removed_by_filter(server: &Server<'_>) -> Result<String, CaseError> {
    let (ada, bob) = (server.user().await?, server.user().await?);
    let sales = server.group(&[&ada, &bob]).await?;
    let path = format!("members[value eq {}]", json!(bob.id));
    let operations = json!([{"op": "remove", "path": path}]);
    has_members(&server.patch(&sales, operations).await?, &[&ada])?;
    Ok("the one that the filter means is gone, and nobody else".to_owned())
}

pub(super) async fn added_twice(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    let sales = server.group(&[&ada]).await?;
    let operations = json!([{"op": "Add", "path": "members", "value": [{"value": ada.id}]}]);
    has_members(&server.patch(&sales, operations).await?, &[&ada])?;
    Ok("a member once".to_owned())
}

pub(super) async fn excluded(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    let sales = server.group(&[&ada]).await?;
    let mut call = server.call(Step::Read, Method::GET, ResourceKind::Group);
    call.id = Some(&sales.id);
    call.query
        .push(("excludedAttributes", "members".to_owned()));
    let answer = server.ask(call).await?;
    let is_without = answer.status == 200 && answer.body["members"].is_null();
    let expected = "the group without members for excludedAttributes=members";
    ensure(
        is_without && answer.body["id"] == sales.id,
        expected,
        || excerpt(&answer),
    )?;
    Ok("the group without members".to_owned())
}
