//! The effect of a change of groups on sessions, by the connection's choice.

use axum::http::StatusCode;
use entrada::connection::GroupChange;
use entrada::event::EventKind;
use serde_json::json;

use super::ADA;
use super::Governed;
use super::Person;
use crate::site::Browser;

const STAFF: &str = "5d1a2b3c-0000-4000-8000-000000000001";

async fn member(choice: GroupChange) -> (Governed, String, String, String) {
    let site = Governed::provisioned(|connection| connection.group_change(choice)).await;
    let user = site.hire_ada().await;
    let group = site.group("Staff", STAFF, &[&user]).await;
    let cookies = site.let_in(&ada()).await;
    (site, user, group, cookies)
}

fn ada() -> Person {
    Person::of_entra(ADA, "ada@contoso.example")
}

#[tokio::test]
async fn kept_sessions_go_on() {
    let (site, user, group, cookies) = member(GroupChange::Keep).await;
    site.part(&group, &user).await;
    assert!(site.knows(&cookies).await);
    assert_eq!(site.told(EventKind::SessionRefreshed).await, []);
}

#[tokio::test]
async fn refreshed_sessions_go_on_and_say_so() {
    let (site, user, group, cookies) = member(GroupChange::Refresh).await;
    site.part(&group, &user).await;
    assert!(site.knows(&cookies).await);
    assert_eq!(site.told(EventKind::SessionRefreshed).await.len(), 1);
    // Nothing changes by removing somebody who is not there.
    site.part(&group, &user).await;
    assert_eq!(site.told(EventKind::SessionRefreshed).await.len(), 1);
}

#[tokio::test]
async fn otherwise_sessions_end_and_the_next_sign_on_proves_anew() {
    let (site, user, group, cookies) = member(GroupChange::Reauthenticate).await;
    site.site.clock.advance(jiff::SignedDuration::from_secs(60));
    site.part(&group, &user).await;
    assert!(!site.knows(&cookies).await);
    let ended = site.told(EventKind::SessionEnded).await;
    assert_eq!(ended, [Some("groups-changed".to_owned())]);
    // A sign-on that rests on an older proof is sent back for a fresh one.
    let before = site.site.now() - jiff::SignedDuration::from_secs(61);
    site.site.clock.advance(jiff::SignedDuration::from_secs(60));
    let page = site.sign_on(&ada().proven(before)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(!page.cookies.contains("entrada-session"));
    let login = page.location();
    assert!(
        login.ends_with("/saml/acme/login?return=%2Fprivate&max_age=0"),
        "{login}"
    );
    let begun = site.site.begin(&crate::site::path_of(&login)).await;
    assert!(
        begun.request.contains("ForceAuthn=\"true\""),
        "{}",
        begun.request
    );
    // The identity provider's clock may be a minute behind ours: what counts is that a fresh proof was asked for.
    let behind = site.site.now() - jiff::SignedDuration::from_secs(90);
    let page = site
        .sign_on_from(&crate::site::path_of(&login), &ada().proven(behind))
        .await;
    assert!(page.cookies.contains("entrada-session"), "{}", page.body);
    assert_eq!(page.location(), "/private");
    assert!(site.knows(&page.cookies).await);
    // From then on the identity provider's own session is fresh enough, here and on other devices.
    let fresh = site.site.now();
    site.site.clock.advance(jiff::SignedDuration::from_mins(30));
    site.let_in(&ada().proven(fresh)).await;
    let page = site.sign_on(&ada().proven(before)).await;
    assert!(
        page.location().ends_with("max_age=0"),
        "an old session on another device"
    );
}

#[tokio::test]
async fn who_has_no_session_signs_on_as_always() {
    let site =
        Governed::provisioned(|connection| connection.group_change(GroupChange::Reauthenticate))
            .await;
    let user = site.hire_ada().await;
    let group = site.group("Staff", STAFF, &[&user]).await;
    site.part(&group, &user).await;
    site.let_in(&ada()).await;
}

#[tokio::test]
async fn a_nested_group_reaches_those_whom_it_holds() {
    let (site, _, group, cookies) = member(GroupChange::Reauthenticate).await;
    let outer = site.group("Everybody", "outer", &[]).await;
    let stranger = site
        .hire(json!({ "userName": "eve@contoso.example" }))
        .await;
    site.join(&outer, &stranger).await;
    assert!(site.knows(&cookies).await);
    site.join(&outer, &group).await;
    assert!(!site.knows(&cookies).await);
}

#[tokio::test]
async fn a_circle_of_groups_comes_to_an_end() {
    let (site, user, group, _) = member(GroupChange::Reauthenticate).await;
    let mut inner = group.clone();
    for depth in 0..20 {
        let outer = site
            .group(&format!("Circle {depth}"), &format!("c{depth}"), &[])
            .await;
        site.join(&outer, &inner).await;
        inner = outer;
    }
    site.join(&group, &inner).await;
    let (_, found) = site
        .scim("GET", &format!("/Users/{user}"), json!(null))
        .await;
    assert_eq!(found["groups"].as_array().unwrap().len(), 21);
    let cookies = {
        let page = site
            .sign_on_from("/saml/acme/login?max_age=0", &ada())
            .await;
        page.cookies
    };
    assert!(site.knows(&cookies).await);
    let page = site.site.get("/private", Browser::with(&cookies)).await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn a_clock_that_was_set_back_locks_nobody_out() {
    let (site, user, group, _) = member(GroupChange::Reauthenticate).await;
    site.site.clock.advance(jiff::SignedDuration::from_hours(1));
    site.part(&group, &user).await;
    site.site
        .clock
        .advance(jiff::SignedDuration::from_hours(-1));
    let page = site.sign_on(&ada()).await;
    assert!(
        page.location().ends_with("max_age=0"),
        "{}",
        page.location()
    );
    let login = crate::site::path_of(&page.location());
    let page = site.sign_on_from(&login, &ada()).await;
    assert!(page.cookies.contains("entrada-session"), "{}", page.body);
}
