//! Claims and provisioned data that contradict each other, and the rule for each.

use entrada::configuration::danger::put_connection;
use entrada::connection::LinkRule;
use entrada::connection::SignOnPolicy;
use entrada::event::EventKind;
use entrada::saml::claim;
use jiff::Timestamp;
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

#[tokio::test]
async fn an_empty_object_id_is_nobodys_and_two_are_too() {
    for rule in [LinkRule::UserPrincipalName, LinkRule::NameId] {
        let site = Governed::provisioned(|connection| connection.link_rule(rule)).await;
        let ada = site
            .hire(json!({ "userName": "ada@contoso.example" }))
            .await;
        let eve = site
            .hire(json!({ "userName": "eve@contoso.example" }))
            .await;
        for empty in ["", " "] {
            for (name, user) in [("ada@contoso.example", &ada), ("eve@contoso.example", &eve)] {
                let person = Person::of_entra(empty, name);
                let cookies = site.let_in(&person).await;
                assert_eq!(
                    site.user_of(&cookies).await.as_ref(),
                    Some(user),
                    "{rule:?}"
                );
            }
        }
    }
    let site = Governed::provisioned(|connection| connection).await;
    site.hire_ada().await;
    let both = Person::named("ada").claiming(claim::OBJECT_ID, &[ADA, EVE]);
    site.is_turned_away(&both, "user-claim-missing").await;
}

#[tokio::test]
async fn ids_that_are_no_guids_are_compared_to_the_letter() {
    let rule = LinkRule::UserPrincipalName;
    let site = Governed::provisioned(|connection| connection.link_rule(rule)).await;
    let ada = site
        .hire(json!({ "userName": "ada@contoso.example" }))
        .await;
    let eve = site
        .hire(json!({ "userName": "eve@contoso.example" }))
        .await;
    for (id, name, user) in [
        ("aBcd", "ada@contoso.example", &ada),
        ("AbCd", "eve@contoso.example", &eve),
    ] {
        let cookies = site.let_in(&Person::of_entra(id, name)).await;
        assert_eq!(site.user_of(&cookies).await.as_ref(), Some(user));
    }
}

#[tokio::test]
async fn a_user_who_becomes_another_person_keeps_nothing_of_the_first() {
    let rule = LinkRule::UserPrincipalName;
    let site = Governed::provisioned(|connection| connection.link_rule(rule)).await;
    let user = site.hire_ada().await;
    let ada = Person::of_entra(ADA, "ada@contoso.example");
    let cookies = site.let_in(&ada).await;
    site.set(&user, "externalId", json!(ADA.to_ascii_uppercase()))
        .await;
    assert!(site.knows(&cookies).await, "the same id in other letters");
    site.set(&user, "externalId", json!(EVE)).await;
    assert!(!site.knows(&cookies).await);
    let ended = site.told(EventKind::SessionEnded).await;
    assert_eq!(ended, [Some("another-person".to_owned())]);
    let eve = Person::of_entra(EVE, "ada@contoso.example");
    let cookies = site.let_in(&eve).await;
    assert_eq!(site.user_of(&cookies).await, Some(user));
    site.is_turned_away(&ada, "user-linked-to-another").await;
}

#[tokio::test]
async fn provisioning_takes_over_nobody_whose_name_was_given_to_another() {
    let site = Governed::provisioned(|connection| {
        let until = SignOnPolicy::JustInTimeUntilProvisioned;
        connection
            .sign_on(until)
            .link_rule(LinkRule::UserPrincipalName)
    })
    .await;
    let ada = Person::of_entra(ADA, "ada@contoso.example");
    let cookies = site.let_in(&ada).await;
    let body = json!({ "userName": "ada@contoso.example", "externalId": EVE });
    let (status, error) = site.scim("POST", "/Users", body).await;
    assert_eq!((status, &error["scimType"]), (409, &json!("uniqueness")));
    assert!(site.knows(&cookies).await);
}

#[tokio::test]
async fn a_tie_of_another_rule_counts_for_nothing() {
    let site = Governed::provisioned(|connection| connection.link_rule(LinkRule::Email)).await;
    let emails = json!([{ "value": "boss@contoso.example" }]);
    site.hire(json!({ "userName": "boss@contoso.example", "emails": emails }))
        .await;
    let own = site
        .hire(json!({ "userName": "mallory@contoso.example" }))
        .await;
    let mallory = Person::of_entra(EVE, "mallory@contoso.example")
        .claiming(claim::EMAIL, &["boss@contoso.example"]);
    site.let_in(&mallory).await;
    let present = site.store.connection(&"acme".parse().unwrap()).await;
    let mut changed = serde_json::to_value(present.unwrap().unwrap()).unwrap();
    changed["link_rule"] = json!("user-principal-name");
    let changed = serde_json::from_value(changed).unwrap();
    put_connection(&*site.store, &changed, Timestamp::now())
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(120)).await;
    let cookies = site.let_in(&mallory).await;
    assert_eq!(site.user_of(&cookies).await, Some(own));
}

#[tokio::test]
async fn who_is_turned_away_is_tied_to_nobody() {
    let rule = LinkRule::UserPrincipalName;
    let site = Governed::provisioned(|connection| connection.link_rule(rule)).await;
    let body = json!({ "userName": "ada@contoso.example", "active": false });
    let user = site.hire(body).await;
    let namesake = Person::of_entra(EVE, "ada@contoso.example");
    site.is_turned_away(&namesake, "user-inactive").await;
    site.set(&user, "active", json!(true)).await;
    let ada = Person::of_entra(ADA, "ada@contoso.example");
    let cookies = site.let_in(&ada).await;
    assert_eq!(site.user_of(&cookies).await, Some(user));
}
