//! Leavers, and those who come back.

use axum::http::StatusCode;
use entrada::event::EventKind;
use serde_json::json;

use super::ADA;
use super::Governed;
use super::Person;
use crate::site::Browser;

#[tokio::test]
async fn a_leavers_next_click_is_signed_out_and_a_rehire_signs_on_anew() {
    let site = Governed::provisioned(|connection| connection).await;
    let user = site.hire_ada().await;
    let ada = Person::of_entra(ADA, "ada@contoso.example");
    let (laptop, phone) = (site.let_in(&ada).await, site.let_in(&ada).await);
    assert!(site.knows(&laptop).await && site.knows(&phone).await);

    site.set(&user, "active", json!("False")).await;
    for cookies in [&laptop, &phone] {
        assert!(!site.knows(cookies).await);
        let page = site.site.get("/private", Browser::with(cookies)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        assert!(page.location().contains("/saml/login?return=%2Fprivate"));
        let page = site.site.get("/dangerous", Browser::with(cookies)).await;
        assert!(page.location().contains("max_age"));
    }
    site.is_turned_away(&ada, "user-inactive").await;

    site.set(&user, "active", json!("True")).await;
    assert!(!site.knows(&laptop).await, "an old session is revived");
    let cookies = site.let_in(&ada).await;
    assert_eq!(site.user_of(&cookies).await, Some(user));
    let ended = site.told(EventKind::SessionEnded).await;
    assert_eq!(ended, vec![Some("user-deactivated".to_owned()); 2]);
}

#[tokio::test]
async fn a_put_and_a_bulk_request_end_sessions_too() {
    let site = Governed::provisioned(|connection| connection).await;
    let user = site.hire_ada().await;
    let ada = Person::of_entra(ADA, "ada@contoso.example");
    let cookies = site.let_in(&ada).await;
    let body = json!({ "userName": "ada@contoso.example", "externalId": ADA, "active": false });
    let (status, _) = site.scim("PUT", &format!("/Users/{user}"), body).await;
    assert_eq!(status, 200);
    assert!(!site.knows(&cookies).await);

    site.set(&user, "active", json!(true)).await;
    let cookies = site.let_in(&ada).await;
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{ "method": "DELETE", "path": format!("/Users/{user}") }],
    });
    let (status, answer) = site.scim("POST", "/Bulk", bulk).await;
    assert_eq!(status, 200, "{answer}");
    assert!(!site.knows(&cookies).await);
    site.is_turned_away(&ada, "user-not-provisioned").await;
}

#[tokio::test]
async fn a_change_that_leaves_the_user_active_ends_nothing() {
    let site = Governed::provisioned(|connection| connection).await;
    let user = site.hire_ada().await;
    let cookies = site
        .let_in(&Person::of_entra(ADA, "ada@contoso.example"))
        .await;
    site.set(&user, "displayName", json!("Ada L.")).await;
    site.set(&user, "active", json!("True")).await;
    assert!(site.knows(&cookies).await);
}

#[tokio::test]
async fn sessions_of_nobody_in_the_directory_end_when_provisioning_begins() {
    let mut site = Governed::open(|connection| connection).await;
    let ada = Person::of_entra(ADA, "ada@contoso.example");
    let cookies = site.let_in(&ada).await;
    assert_eq!(site.user_of(&cookies).await, None);
    site.create_credential().await;
    assert!(!site.knows(&cookies).await);
    site.is_turned_away(&ada, "user-not-provisioned").await;
    site.hire_ada().await;
    assert!(site.knows(&site.let_in(&ada).await).await);
}
