//! Microsoft's tests of groups, with the requests that Entra sends.

use super::departure::Departure;
use super::departure::ensure;
use super::server::Server;
use super::server::excerpt;
use super::server::members_of;
use super::story::Story;
use crate::scim::ResourceKind;

const GROUP: ResourceKind = ResourceKind::Group;

pub(super) async fn create(server: &Server<'_>) -> Result<String, Departure> {
    server.needs_groups().await?;
    let mut story = Story::new(server).await;
    let sales = story.group(&[]);
    story.cycle().await?;
    story.has_group(&sales).await
}

pub(super) async fn update(server: &Server<'_>) -> Result<String, Departure> {
    server.needs_groups().await?;
    let mut story = Story::new(server).await;
    let ada = story.person();
    let sales = story.group(&[&ada]);
    story.cycle().await?;
    if let Some(group) = story.directory.group_mut(&sales) {
        group.name += "-renamed";
    }
    story.cycle().await?;
    story.has_group(&sales).await?;
    has_members(&story, &sales, &[&ada]).await?;
    Ok("renamed, with its member".to_owned())
}

pub(super) async fn delete(server: &Server<'_>) -> Result<String, Departure> {
    server.needs_groups().await?;
    let mut story = Story::new(server).await;
    let sales = story.group(&[]);
    story.cycle().await?;
    let id = story.id(GROUP, &sales).await?;
    story.assign(&sales, false);
    story.cycle().await?;
    let answer = server.read(GROUP, &id).await?;
    let expected = "status 404 for a GET of what was deleted";
    ensure(answer.status == 404, expected, || excerpt(&answer))?;
    Ok("gone: status 404".to_owned())
}

pub(super) async fn add_member(server: &Server<'_>) -> Result<String, Departure> {
    server.needs_groups().await?;
    let mut story = Story::new(server).await;
    let (ada, bob) = (story.person(), story.person());
    let sales = story.group(&[&ada]);
    story.cycle().await?;
    story.directory.set_member(&sales, &bob, true);
    story.cycle().await?;
    has_members(&story, &sales, &[&ada, &bob]).await?;
    Ok("two members, the new one and the one before".to_owned())
}

pub(super) async fn remove_member(server: &Server<'_>) -> Result<String, Departure> {
    server.needs_groups().await?;
    let mut story = Story::new(server).await;
    let (ada, bob, eve) = (story.person(), story.person(), story.person());
    let sales = story.group(&[&ada, &bob, &eve]);
    story.cycle().await?;
    has_members(&story, &sales, &[&ada, &bob, &eve]).await?;
    story.directory.set_member(&sales, &bob, false);
    story.cycle().await?;
    has_members(&story, &sales, &[&ada, &eve]).await?;
    Ok("the one who left is gone, and the two others stayed".to_owned())
}

pub(super) async fn on_demand(server: &Server<'_>) -> Result<String, Departure> {
    server.needs_groups().await?;
    let mut story = Story::new(server).await;
    let ada = story.person();
    let sales = story.group(&[&ada]);
    story.cycle().await?;
    story.forget().await;
    let bob = story.person();
    story.directory.set_member(&sales, &bob, true);
    let summary = story.cycle().await?;
    ensure(
        summary.matched == 2,
        "the group found by displayName",
        || "a second group was made".to_owned(),
    )?;
    has_members(&story, &sales, &[&ada, &bob]).await?;
    Ok("found again, with both members".to_owned())
}

pub(super) async fn restore(server: &Server<'_>) -> Result<String, Departure> {
    server.needs_groups().await?;
    let mut story = Story::new(server).await;
    let ada = story.person();
    let sales = story.group(&[&ada]);
    story.cycle().await?;
    story.assign(&sales, false);
    story.cycle().await?;
    story.assign(&sales, true);
    story.cycle().await?;
    story.has_group(&sales).await?;
    has_members(&story, &sales, &[&ada]).await?;
    Ok("there again, with its member".to_owned())
}

/// Fails unless these people, and nobody else, are the members of a group.
async fn has_members(story: &Story<'_>, group: &str, people: &[&str]) -> Result<(), Departure> {
    let found = members_of(&story.get(GROUP, group).await?)?;
    let expected = story.ids(people).await?;
    let words = format!("the members {}", expected.join(", "));
    ensure(found == expected, &words, || match found.is_empty() {
        true => "no members".to_owned(),
        false => found.join(", "),
    })
}
