//! Microsoft's tests by SCIM requests alone: written as RFC 7644 has them, without the engine.

use serde_json::Value;
use serde_json::json;

use super::case_error::CaseError;
use super::case_error::ensure;
use super::case_error::mismatch;
use super::people::has_manager;
use super::server::Made;
use super::server::Server;
use super::server::has_value;
use super::server::shortened;
use super::test_tenant::DOMAIN;
use crate::practice::provision::ENTERPRISE_USER;
use crate::practice::provision::MANAGER;
use crate::scim::ResourceKind;

const USER: ResourceKind = ResourceKind::User;
const GROUP: ResourceKind = ResourceKind::Group;

impl Server<'_> {
    /// A user who has what most servers ask for.
    pub(super) fn new_user(&self) -> Value {
        let name = self.created.name();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("{name}{DOMAIN}"),
            "externalId": name,
            "displayName": name,
            "active": true,
            "name": {"givenName": "Ada", "familyName": "King"},
            "emails": [{"type": "work", "primary": true, "value": format!("{name}{DOMAIN}")}],
        })
    }

    pub(super) fn new_group(&self) -> Value {
        let name = self.created.name();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": name,
            "externalId": name,
        })
    }

    pub(super) async fn user(&self) -> Result<Made, CaseError> {
        self.create(USER, self.new_user()).await
    }

    /// A group, if the server has any, with these members.
    pub(super) async fn group(&self, members: &[&Made]) -> Result<Made, CaseError> {
        self.needs_groups().await?;
        let mut group = self.new_group();
        let members: Vec<Value> = members.iter().map(|one| json!({"value": one.id})).collect();
        if !members.is_empty() {
            group["members"] = members.into();
        }
        self.create(GROUP, group).await
    }
}

pub(super) async fn null_update(server: &Server<'_>) -> Result<String, CaseError> {
    let mut body = server.new_user();
    body["title"] = json!("Analyst");
    let ada = server.create(USER, body).await?;
    let set = json!([{"op": "replace", "path": "title", "value": "Analyst"}]);
    for nothing in [json!(""), Value::Null] {
        has_value(
            &server.patch(&ada, set.clone()).await?,
            "/title",
            &json!("Analyst"),
        )?;
        let clear = json!([{"op": "replace", "path": "title", "value": nothing}]);
        let cleared = server.patch(&ada, clear).await?;
        let title = &cleared["title"];
        ensure(
            title.is_null() || *title == "",
            &format!("no title after it was replaced by {nothing}"),
            || format!("title {}", shortened(&title.to_string())),
        )?;
    }
    Ok("cleared by \"\" and by null".to_owned())
}

pub(super) async fn create_user(server: &Server<'_>) -> Result<String, CaseError> {
    let body = server.new_user();
    let ada = server.create(USER, body.clone()).await?;
    let read = server.get(USER, &ada.id).await?;
    for resource in [&ada.resource, &read] {
        same(
            &body,
            resource,
            &["/userName", "/externalId", "/active", "/name/familyName"],
        )?;
    }
    Ok(format!(
        "status 201, and the same by GET /Users/{}",
        shortened(&ada.id)
    ))
}

pub(super) async fn update_user(server: &Server<'_>) -> Result<String, CaseError> {
    let ada = server.user().await?;
    let operations = json!([
        {"op": "replace", "path": "displayName", "value": format!("{} changed", ada.resource["externalId"].as_str().unwrap_or_default())},
        {"op": "replace", "path": "name.familyName", "value": "Lovelace"},
        {"op": "add", "path": "title", "value": "Countess"},
    ]);
    let changed = server.patch(&ada, operations.clone()).await?;
    has_value(&changed, "/displayName", &operations[0]["value"])?;
    has_value(&changed, "/name/familyName", &json!("Lovelace"))?;
    has_value(&changed, "/title", &json!("Countess"))?;
    same(&ada.resource, &changed, &["/userName", "/name/givenName"])?;
    Ok("changed, and the rest as before".to_owned())
}

pub(super) async fn create_group(server: &Server<'_>) -> Result<String, CaseError> {
    server.needs_groups().await?;
    let body = server.new_group();
    let sales = server.create(GROUP, body.clone()).await?;
    let read = server.get(GROUP, &sales.id).await?;
    for resource in [&sales.resource, &read] {
        same(&body, resource, &["/displayName", "/externalId"])?;
    }
    Ok(format!(
        "status 201, and the same by GET /Groups/{}",
        shortened(&sales.id)
    ))
}

pub(super) async fn update_group(server: &Server<'_>) -> Result<String, CaseError> {
    server.needs_groups().await?;
    let ada = server.user().await?;
    let sales = server.group(&[]).await?;
    let name = json!(format!("{}-renamed", sales.name));
    let operations = json!([
        {"op": "replace", "path": "displayName", "value": name},
        {"op": "add", "path": "members", "value": [{"value": ada.id}]},
    ]);
    let changed = server.patch(&sales, operations).await?;
    has_value(&changed, "/displayName", &name)?;
    has_members(&changed, &[&ada])?;
    Ok("renamed, with the member".to_owned())
}

pub(super) async fn update_manager(server: &Server<'_>) -> Result<String, CaseError> {
    let (ada, first) = (server.user().await?, server.user().await?);
    let second = server.user().await?;
    let path = MANAGER.path();
    let add = |manager: &Made| json!([{"op": "add", "path": path, "value": {"value": manager.id}}]);
    let mut replace = add(&second);
    replace[0]["op"] = json!("replace");
    has_manager(&server.patch(&ada, add(&first)).await?, Some(&first.id))?;
    has_manager(&server.patch(&ada, replace).await?, Some(&second.id))?;
    let remove = json!([{"op": "remove", "path": path}]);
    has_manager(&server.patch(&ada, remove).await?, None)?;
    Ok(format!("set, changed and removed in {ENTERPRISE_USER}"))
}

/// Fails unless both have the same at these places.
fn same(expected: &Value, found: &Value, pointers: &[&str]) -> Result<(), CaseError> {
    for pointer in pointers {
        let expected = expected.pointer(pointer).unwrap_or(&Value::Null);
        has_value(found, pointer, expected)?;
    }
    Ok(())
}

/// Fails unless these, and nobody else, are the members.
pub(super) fn has_members(group: &Value, expected: &[&Made]) -> Result<(), CaseError> {
    let found = super::server::members_of(group)?;
    let mut ids: Vec<&str> = expected.iter().map(|one| one.id.as_str()).collect();
    ids.sort_unstable();
    match found == ids {
        true => Ok(()),
        false => Err(mismatch(
            format!("the members [{}]", ids.join(", ")),
            format!("[{}]", found.join(", ")),
        )),
    }
}
