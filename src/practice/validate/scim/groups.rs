//! Microsoft's tests of groups, with the requests that Entra sends.

use super::case_error::CaseError;
use super::case_error::ensure;
use super::server::Server;
use super::server::excerpt;
use super::server::members_of;
use super::test_tenant::TestTenant;
use crate::scim::ResourceKind;

const GROUP: ResourceKind = ResourceKind::Group;

pub(super) async fn create(server: &Server<'_>) -> Result<String, CaseError> {
    server.needs_groups().await?;
    let mut tenant = TestTenant::new(server).await;
    let sales = tenant.group(&[]);
    tenant.cycle().await?;
    tenant.has_group(&sales).await
}

pub(super) async fn update(server: &Server<'_>) -> Result<String, CaseError> {
    server.needs_groups().await?;
    let mut tenant = TestTenant::new(server).await;
    let ada = tenant.person();
    let sales = tenant.group(&[&ada]);
    tenant.cycle().await?;
    if let Some(group) = tenant.directory.group_mut(&sales) {
        group.name += "-renamed";
    }
    tenant.cycle().await?;
    tenant.has_group(&sales).await?;
    has_members(&tenant, &sales, &[&ada]).await?;
    Ok("renamed, with its member".to_owned())
}

pub(super) async fn delete(server: &Server<'_>) -> Result<String, CaseError> {
    server.needs_groups().await?;
    let mut tenant = TestTenant::new(server).await;
    let sales = tenant.group(&[]);
    tenant.cycle().await?;
    let id = tenant.id(GROUP, &sales).await?;
    tenant.assign(&sales, false);
    tenant.cycle().await?;
    let answer = server.read(GROUP, &id).await?;
    let expected = "status 404 for a GET of what was deleted";
    ensure(answer.status == 404, expected, || excerpt(&answer))?;
    Ok("gone: status 404".to_owned())
}

pub(super) async fn add_member(server: &Server<'_>) -> Result<String, CaseError> {
    server.needs_groups().await?;
    let mut tenant = TestTenant::new(server).await;
    let (ada, bob) = (tenant.person(), tenant.person());
    let sales = tenant.group(&[&ada]);
    tenant.cycle().await?;
    tenant.directory.set_member(&sales, &bob, true);
    tenant.cycle().await?;
    has_members(&tenant, &sales, &[&ada, &bob]).await?;
    Ok("two members, the new one and the one before".to_owned())
}

pub(super) async fn remove_member(server: &Server<'_>) -> Result<String, CaseError> {
    server.needs_groups().await?;
    let mut tenant = TestTenant::new(server).await;
    let (ada, bob, eve) = (tenant.person(), tenant.person(), tenant.person());
    let sales = tenant.group(&[&ada, &bob, &eve]);
    tenant.cycle().await?;
    has_members(&tenant, &sales, &[&ada, &bob, &eve]).await?;
    tenant.directory.set_member(&sales, &bob, false);
    tenant.cycle().await?;
    has_members(&tenant, &sales, &[&ada, &eve]).await?;
    Ok("the one who left is gone, and the two others stayed".to_owned())
}

pub(super) async fn on_demand(server: &Server<'_>) -> Result<String, CaseError> {
    server.needs_groups().await?;
    let mut tenant = TestTenant::new(server).await;
    let ada = tenant.person();
    let sales = tenant.group(&[&ada]);
    tenant.cycle().await?;
    tenant.forget().await;
    let bob = tenant.person();
    tenant.directory.set_member(&sales, &bob, true);
    let summary = tenant.cycle().await?;
    ensure(
        summary.matched == 2,
        "the group found by displayName",
        || "a second group was made".to_owned(),
    )?;
    has_members(&tenant, &sales, &[&ada, &bob]).await?;
    Ok("found again, with both members".to_owned())
}

pub(super) async fn restore(server: &Server<'_>) -> Result<String, CaseError> {
    server.needs_groups().await?;
    let mut tenant = TestTenant::new(server).await;
    let ada = tenant.person();
    let sales = tenant.group(&[&ada]);
    tenant.cycle().await?;
    tenant.assign(&sales, false);
    tenant.cycle().await?;
    tenant.assign(&sales, true);
    tenant.cycle().await?;
    tenant.has_group(&sales).await?;
    has_members(&tenant, &sales, &[&ada]).await?;
    Ok("there again, with its member".to_owned())
}

/// Fails unless these people, and nobody else, are the members of a group.
async fn has_members(
    tenant: &TestTenant<'_>,
    group: &str,
    people: &[&str],
) -> Result<(), CaseError> {
    let found = members_of(&tenant.get(GROUP, group).await?)?;
    let expected = tenant.ids(people).await?;
    let words = format!("the members {}", expected.join(", "));
    ensure(found == expected, &words, || match found.is_empty() {
        true => "no members".to_owned(),
        false => found.join(", "),
    })
}
