//! Claims and provisioned data that contradict each other, and the rule for each.

use serde_json::json;

use super::ADA;
use super::EVE;
use super::Governed;
use super::Person;

#[tokio::test]
async fn two_users_with_one_external_id_let_nobody_in() {
    let site = Governed::provisioned(|connection| connection).await;
    let first = site.hire_ada().await;
    let ada = Person::of_entra(ADA, "ada@contoso.example");
    let cookies = site.let_in(&ada).await;
    let body = json!({ "userName": "twin@contoso.example", "externalId": ADA });
    let twin = site.hire(body).await;
    site.is_turned_away(&ada, "user-ambiguous").await;
    assert!(site.knows(&cookies).await, "who is in stays in");
    // In other letters it is the same id.
    site.set(&twin, "externalId", json!(ADA.to_ascii_uppercase()))
        .await;
    site.is_turned_away(&ada, "user-ambiguous").await;
    site.set(&twin, "externalId", json!(EVE)).await;
    let cookies = site.let_in(&ada).await;
    assert_eq!(site.user_of(&cookies).await, Some(first));
}

#[tokio::test]
async fn by_object_id_provisioning_has_the_last_word() {
    let site = Governed::provisioned(|connection| connection).await;
    let user = site.hire_ada().await;
    let ada = Person::of_entra(ADA, "ada@contoso.example");
    site.let_in(&ada).await;
    // Her account was made anew at the identity provider, and provisioning says so.
    site.set(&user, "externalId", json!(EVE)).await;
    site.is_turned_away(&ada, "user-not-provisioned").await;
    let anew = Person::of_entra(EVE, "ada@contoso.example");
    let cookies = site.let_in(&anew).await;
    assert_eq!(site.user_of(&cookies).await, Some(user));
}

#[tokio::test]
async fn a_user_of_another_connection_is_nobody_here() {
    let site = Governed::provisioned(|connection| connection).await;
    site.hire_ada().await;
    // The connection `second` is not provisioned: there the identity provider's word is enough, and no user is reached.
    let begun = site.site.begin("/saml/second/login").await;
    let response = entrada::practice::EntraResponse::new(
        &crate::site::issuer(),
        "https://app.example.com/saml/second/metadata",
        "https://app.example.com/saml/second/acs",
    );
    let response = response
        .ids("_r", "_a")
        .issued(site.site.now())
        .in_response_to(&begun.id)
        .claim(entrada::saml::claim::TENANT_ID, [crate::site::TENANT]);
    let xml = Person::of_entra(ADA, "ada@contoso.example")
        .said(response)
        .signed(entrada::practice::Sign::Assertion, &site.site.signer)
        .unwrap();
    let browser = crate::site::Browser::with(&begun.page.cookies);
    let page = site
        .site
        .post_to("second", &xml, &begun.relay_state, browser)
        .await;
    assert_eq!(site.user_of(&page.cookies).await, None);
}
