//! The people who may sign on: provisioned people, everybody, and how many.

use entrada::admin::Admin;
use entrada::admin::connections;
use entrada::admin::credentials;
use entrada::admin::credentials::NewCredential;
use entrada::connection::Connection;
use entrada::connection::LinkRule;
use entrada::connection::SignOnPolicy;
use entrada::ports::Actor;
use entrada::provisioning::SecretKind;
use entrada::saml::claim;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::ADA;
use super::EVE;
use super::Governed;
use super::Person;
use crate::site::Site;

async fn find(site: &Governed, name: &str) -> Value {
    let filter = format!("/Users?filter=userName%20eq%20%22{name}%22");
    let (status, found) = site.scim("GET", &filter, Value::Null).await;
    assert_eq!(status, 200, "{found}");
    found["Resources"][0].clone()
}

fn ada() -> Person {
    Person::of_entra(ADA, "ada@contoso.example")
        .claiming(claim::DISPLAY_NAME, &["Ada Lovelace"])
        .claiming(claim::GIVEN_NAME, &["Ada"])
        .claiming(claim::SURNAME, &["Lovelace"])
}

#[tokio::test]
async fn just_in_time_makes_a_user_and_keeps_it_up_to_date() {
    let site = Governed::provisioned(ConnectionBuilder::just_in_time).await;
    let first = site.let_in(&ada()).await;
    let user = site.user_of(&first).await.unwrap();
    let found = find(&site, "ada@contoso.example").await;
    assert_eq!(found["id"], json!(user));
    assert_eq!(found["externalId"], ADA);
    assert_eq!(found["displayName"], "Ada Lovelace");
    assert_eq!(found["name"]["familyName"], "Lovelace");
    assert_eq!(found["emails"][0]["value"], "ada@contoso.example");
    let married = ada()
        .claiming(claim::NAME, &["ada.married@contoso.example"])
        .claiming(claim::SURNAME, &["King"]);
    let second = site.let_in(&married).await;
    assert_eq!(site.user_of(&second).await, Some(user.clone()));
    let found = find(&site, "ada.married@contoso.example").await;
    assert_eq!(
        (&found["id"], &found["name"]["familyName"]),
        (&json!(user), &json!("King"))
    );
}

#[tokio::test]
async fn users_made_by_sign_on_are_not_provisioned_when_only_provisioned_people_come_in() {
    let site = Governed::provisioned(ConnectionBuilder::just_in_time).await;
    site.let_in(&ada()).await;
    let present = site.store.connection(&"acme".parse().unwrap()).await;
    let present = present.unwrap().unwrap();
    let mut changed = serde_json::to_value(&present).unwrap();
    changed["sign_on"] = json!("provisioned-only");
    let changed: Connection = serde_json::from_value(changed).unwrap();
    put_connection(&*site.store, &changed, Timestamp::now())
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(120)).await;
    site.is_turned_away(&ada(), "user-not-provisioned").await;
    // Provisioning that finds the user there makes it its own.
    let user = find(&site, "ada@contoso.example").await;
    let id = user["id"].as_str().unwrap();
    site.set(id, "displayName", json!("A. Lovelace")).await;
    site.let_in(&ada()).await;
}

#[tokio::test]
async fn who_signed_on_before_the_first_token_comes_in_after_it() {
    let mut site = Governed::open(|connection| connection).await;
    let before = site.let_in(&ada()).await;
    let acme = "acme".parse().unwrap();
    let admin = Admin::new(
        site.store.clone(),
        site.site.clock.clone(),
        Actor::CommandLine,
    );
    let new = NewCredential {
        kind: SecretKind::Bearer,
        lifetime: SignedDuration::from_hours(24),
        label: None,
    };
    let made = credentials::create(&admin, &acme, new).await.unwrap();
    assert!(made.beginning.switches);
    site.token = Some(made.credential.secret_text(&made.secret));
    tokio::time::sleep(std::time::Duration::from_millis(120)).await;
    assert!(!site.knows(&before).await, "she signs on once more");
    let after = site.let_in(&ada()).await;
    let user = site.user_of(&after).await.unwrap();
    assert_eq!(site.hire_ada().await, user.to_string());
    let policy = async || {
        let present = site.store.connection(&acme).await.unwrap();
        present.unwrap().sign_on().policy
    };
    // The code of the app names no policy, and starts again.
    Site::over(site.store.clone(), |connection| connection).await;
    assert_eq!(policy().await, SignOnPolicy::JustInTimeUntilProvisioned);
    Site::over(site.store.clone(), |connection| {
        connection.sign_on(SignOnPolicy::ProvisionedOnly)
    })
    .await;
    assert_eq!(policy().await, SignOnPolicy::ProvisionedOnly);
}

#[tokio::test]
async fn a_connection_that_comes_back_serves_its_token_and_no_cookie_from_before() {
    let site = Governed::provisioned(|connection| connection).await;
    site.hire_ada().await;
    let before = site.let_in(&ada()).await;
    let acme = "acme".parse().unwrap();
    let admin = Admin::new(
        site.store.clone(),
        site.site.clock.clone(),
        Actor::CommandLine,
    );
    let pause = || tokio::time::sleep(std::time::Duration::from_millis(120));
    connections::remove(&admin, &acme).await.unwrap();
    pause().await;
    assert_eq!(site.scim("GET", "/Users", Value::Null).await.0, 401);
    connections::restore(&admin, &acme, None, &acme)
        .await
        .unwrap();
    pause().await;
    assert_eq!(find(&site, "ada@contoso.example").await["externalId"], ADA);
    assert!(!site.knows(&before).await);
    site.let_in(&ada()).await;
}

#[tokio::test]
async fn an_imported_user_closes_the_door_to_everybody_else() {
    let site = Governed::open(|connection| connection).await;
    let cookies = site.let_in(&ada()).await;
    assert!(site.knows(&cookies).await);
    let acme = entrada::directory::Scope::by_default("acme".parse().unwrap(), site.site.now());
    let schemas = entrada::scim::Schemas::standard();
    let of = schemas.resource_type(entrada::scim::ResourceKind::User);
    let body = json!({ "userName": "eve@contoso.example", "externalId": EVE });
    let draft = entrada::scim::Draft::read(body, of).unwrap().created();
    let id = entrada::directory::UserId::from_random([7; 16]);
    let origin = entrada::directory::Origin::Provisioned;
    let eve = entrada::directory::UserRecord::new(
        &id,
        acme.connection.clone(),
        origin,
        draft.resource,
        acme.now,
    );
    entrada::directory::transact(&*site.store, &acme, move |directory| {
        Box::pin(async move { directory.insert_user(&eve).await })
    })
    .await
    .unwrap();
    assert!(!site.knows(&cookies).await);
    tokio::time::sleep(std::time::Duration::from_millis(120)).await;
    site.is_turned_away(&ada(), "user-not-provisioned").await;
    site.let_in(&Person::of_entra(EVE, "eve@contoso.example"))
        .await;
}

#[tokio::test]
async fn a_user_made_by_sign_on_who_was_deactivated_stays_out() {
    let site = Governed::provisioned(ConnectionBuilder::just_in_time).await;
    let cookies = site.let_in(&ada()).await;
    let user = site.user_of(&cookies).await.unwrap();
    site.set(&user, "active", json!(false)).await;
    assert!(!site.knows(&cookies).await);
    site.is_turned_away(&ada(), "user-inactive").await;
}

#[tokio::test]
async fn what_provisioning_has_touched_is_no_longer_the_claims_business() {
    let site = Governed::provisioned(ConnectionBuilder::just_in_time).await;
    let cookies = site.let_in(&ada()).await;
    let user = site.user_of(&cookies).await.unwrap();
    site.set(&user, "displayName", json!("A. Lovelace")).await;
    site.let_in(&ada()).await;
    let found = find(&site, "ada@contoso.example").await;
    assert_eq!(found["displayName"], "A. Lovelace");
}

#[tokio::test]
async fn a_name_that_another_user_has_makes_no_second_user() {
    let site = Governed::provisioned(ConnectionBuilder::just_in_time).await;
    site.hire(json!({ "userName": "Ada@contoso.example", "externalId": "ada" }))
        .await;
    site.is_turned_away(&ada(), "user-name-taken").await;
    // Nor does a user take over a name: all stays as it was until the name is free.
    let eve = Person::of_entra(EVE, "eve@contoso.example");
    let cookies = site.let_in(&eve).await;
    let user = site.user_of(&cookies).await;
    let renamed = Person::of_entra(EVE, "ada@contoso.example");
    let cookies = site.let_in(&renamed).await;
    assert_eq!(site.user_of(&cookies).await, user);
    assert_eq!(find(&site, "eve@contoso.example").await["id"], json!(user));
}

#[tokio::test]
async fn a_person_without_an_address_signs_on_as_well() {
    let site = Governed::provisioned(ConnectionBuilder::just_in_time).await;
    let person = Person::named("ada@contoso.example").claiming(claim::OBJECT_ID, &[ADA]);
    let cookies = site.let_in(&person).await;
    let user = site.user_of(&cookies).await.unwrap();
    let found = find(&site, "ada@contoso.example").await;
    assert_eq!(found["id"], json!(user));
    assert_eq!(found["emails"], Value::Null);
}

#[tokio::test]
async fn provisioning_takes_over_whom_the_rule_means_or_is_told_that_the_name_is_taken() {
    let until = SignOnPolicy::JustInTimeUntilProvisioned;
    for (policy, rule, external_id, expected) in [
        (SignOnPolicy::JustInTime, LinkRule::ObjectId, ADA, 409),
        (until, LinkRule::ObjectId, ADA, 201),
        (until, LinkRule::ObjectId, "ada", 409),
        (until, LinkRule::UserPrincipalName, "ada", 201),
    ] {
        let settings = |connection: ConnectionBuilder| connection.sign_on(policy).link_rule(rule);
        let site = Governed::provisioned(settings).await;
        let cookies = site.let_in(&ada()).await;
        let user = site.user_of(&cookies).await.unwrap();
        let body = json!({
            "userName": "ada@contoso.example",
            "externalId": external_id,
            "displayName": "A. Lovelace",
        });
        let (status, answer) = site.scim("POST", "/Users", body).await;
        assert_eq!(
            status, expected,
            "{policy:?} {rule:?} {external_id}: {answer}"
        );
        if status == 201 {
            assert_eq!(answer["id"], json!(user), "a second user was made");
            assert_eq!(answer["displayName"], "A. Lovelace");
            assert!(site.knows(&cookies).await, "the session goes on");
            site.let_in(&ada()).await;
            let found = find(&site, "ada@contoso.example").await;
            assert_eq!(found["displayName"], "A. Lovelace");
        }
    }
}

#[tokio::test]
async fn seats_are_refused_on_either_side_and_released_by_leavers() {
    let site = Governed::provisioned(|connection| connection.just_in_time().seats(1)).await;
    let cookies = site.let_in(&ada()).await;
    let eve = Person::of_entra(EVE, "eve@contoso.example");
    site.is_turned_away(&eve, "seats-taken").await;
    let body = json!({ "userName": "eve@contoso.example", "externalId": EVE });
    let (status, error) = site.scim("POST", "/Users", body.clone()).await;
    assert_eq!(
        (status, &error["scimType"]),
        (400, &json!("invalidValue")),
        "{error}"
    );
    assert!(
        error["detail"].as_str().unwrap().contains("seats"),
        "{error}"
    );
    let user = site.user_of(&cookies).await.unwrap();
    site.set(&user, "active", json!(false)).await;
    let (status, _) = site.scim("POST", "/Users", body).await;
    assert_eq!(status, 201);
    site.let_in(&eve).await;
}

#[tokio::test]
async fn without_provisioning_everybody_whom_the_identity_provider_vouches_for_comes_in() {
    let site = Governed::open(|connection| connection).await;
    let cookies = site.let_in(&Person::named("anybody")).await;
    assert_eq!(site.user_of(&cookies).await, None);
}

use entrada::configuration::danger::put_connection;
use entrada::connection::ConnectionBuilder;
