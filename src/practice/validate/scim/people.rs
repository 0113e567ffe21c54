//! Microsoft's tests of users, with the requests that Entra sends.

use serde_json::Value;
use serde_json::json;

use super::case_error::CaseError;
use super::case_error::ensure;
use super::server::Server;
use super::server::excerpt;
use super::server::has_value;
use super::server::shortened;
use super::test_tenant::TestTenant;
use crate::practice::provision::MANAGER;
use crate::practice::provision::id_of;
use crate::scim::ResourceKind;

const USER: ResourceKind = ResourceKind::User;

pub(super) async fn create(server: &Server<'_>) -> Result<String, CaseError> {
    let mut tenant = TestTenant::new(server).await;
    let ada = tenant.person();
    tenant.cycle().await?;
    tenant.has_person(&ada).await
}

pub(super) async fn update(server: &Server<'_>) -> Result<String, CaseError> {
    let mut tenant = TestTenant::new(server).await;
    let ada = tenant.person();
    tenant.cycle().await?;
    tenant.edit(&ada, |person| {
        person.display_name += " changed";
        person.given_name = "Augusta".to_owned();
        person.job_title = Some("Countess".to_owned());
        person.department = Some("Analysis".to_owned());
        person.mail = Some(format!("changed.{}", person.user_principal_name));
    });
    tenant.cycle().await?;
    tenant.has_person(&ada).await
}

pub(super) async fn disable(server: &Server<'_>) -> Result<String, CaseError> {
    let mut tenant = TestTenant::new(server).await;
    let ada = tenant.person();
    tenant.cycle().await?;
    tenant.edit(&ada, |person| person.enabled = false);
    tenant.cycle().await?;
    has_value(&tenant.get(USER, &ada).await?, "/active", &json!(false))?;
    Ok("active is false".to_owned())
}

pub(super) async fn delete(server: &Server<'_>) -> Result<String, CaseError> {
    let mut tenant = TestTenant::new(server).await;
    let ada = tenant.person();
    tenant.cycle().await?;
    let id = tenant.id(USER, &ada).await?;
    tenant.directory.delete_person(&ada);
    tenant.directory.purge_person(&ada);
    tenant.cycle().await?;
    let answer = server.read(USER, &id).await?;
    let is_disabled = answer.status == 200 && answer.body["active"] == false;
    ensure(
        answer.status == 404 || is_disabled,
        "status 404 for a GET of whom was deleted, or active false",
        || excerpt(&answer),
    )?;
    Ok(match is_disabled {
        true => "disabled".to_owned(),
        false => "gone: status 404".to_owned(),
    })
}

pub(super) async fn update_manager(server: &Server<'_>) -> Result<String, CaseError> {
    let mut tenant = TestTenant::new(server).await;
    let (ada, first, second) = (tenant.person(), tenant.person(), tenant.person());
    for manager in [Some(first), Some(second), None] {
        tenant.edit(&ada, |person| person.manager.clone_from(&manager));
        tenant.cycle().await?;
        let expected = match &manager {
            Some(manager) => Some(tenant.id(USER, manager).await?),
            None => None,
        };
        has_manager(&tenant.get(USER, &ada).await?, expected.as_deref())?;
    }
    Ok("set, changed and removed".to_owned())
}

/// Fails unless the manager of a user is this one.
pub(super) fn has_manager(user: &Value, expected: Option<&str>) -> Result<(), CaseError> {
    let manager = MANAGER.read(user);
    let value = manager
        .as_ref()
        .map_or(&Value::Null, |manager| &manager["value"]);
    let found = value.as_str().filter(|found| !found.is_empty());
    let expected_words = match expected {
        Some(id) => format!("manager.value {id:?}"),
        None => "no manager".to_owned(),
    };
    ensure(found == expected, &expected_words, || match &manager {
        Some(manager) => format!("manager {}", shortened(&manager.to_string())),
        None => "no manager".to_owned(),
    })
}

pub(super) async fn restore(server: &Server<'_>) -> Result<String, CaseError> {
    let mut tenant = TestTenant::new(server).await;
    let ada = tenant.person();
    tenant.cycle().await?;
    let id = tenant.id(USER, &ada).await?;
    tenant.assign(&ada, false);
    tenant.cycle().await?;
    let left = server.get(USER, &id).await?;
    has_value(&left, "/active", &json!(false))?;
    tenant.assign(&ada, true);
    // By then Entra may look for the user anew.
    tenant.forget().await;
    let summary = tenant.cycle().await?;
    let again = tenant.get(USER, &ada).await?;
    ensure(
        summary.created == 0 && id_of(&again) == Some(&*id),
        "the user under the same id as before",
        || "a second user".to_owned(),
    )?;
    has_value(&again, "/active", &json!(true))?;
    Ok("disabled, and active again under the same id".to_owned())
}

pub(super) async fn on_demand(server: &Server<'_>) -> Result<String, CaseError> {
    let mut tenant = TestTenant::new(server).await;
    let ada = tenant.person();
    tenant.cycle().await?;
    tenant.edit(&ada, |person| {
        person.job_title = Some("Countess".to_owned())
    });
    tenant.forget().await;
    let summary = tenant.cycle().await?;
    ensure(summary.matched == 1, "the user found by userName", || {
        "a second user was made".to_owned()
    })?;
    tenant.has_person(&ada).await
}
