//! The ways in which a person finds their user.

use entrada::connection::LinkRule;
use entrada::connection::SignOnPolicy;
use entrada::event::EventKind;
use entrada::saml::claim;
use entrada::session::LastSignOnOf;
use serde_json::json;

use super::ADA;
use super::EVE;
use super::Governed;
use super::Person;

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

#[tokio::test]
async fn by_object_id_whatever_the_names_are() {
    let site = Governed::provisioned(|connection| connection).await;
    let ada = site.hire_ada().await;
    let cookies = site
        .let_in(&Person::of_entra(ADA, "other.name@contoso.example"))
        .await;
    assert_eq!(site.user_of(&cookies).await, Some(ada.clone()));
    // Provisioning renames her; the next sign-on leads to the same user.
    site.set(&ada, "userName", json!("ada.married@contoso.example"))
        .await;
    let cookies = site
        .let_in(&Person::of_entra(ADA, "ada.married@contoso.example"))
        .await;
    assert_eq!(site.user_of(&cookies).await, Some(ada));
}

#[tokio::test]
async fn a_guid_in_upper_case_is_the_same_guid() {
    let site = Governed::provisioned(|connection| connection).await;
    let ada = site.hire_ada().await;
    let shouting = Person::of_entra(&ADA.to_ascii_uppercase(), "ada@contoso.example");
    let cookies = site.let_in(&shouting).await;
    assert_eq!(site.user_of(&cookies).await, Some(ada));
}

#[tokio::test]
async fn never_by_name_or_address_where_the_rule_is_the_object_id() {
    let site = Governed::provisioned(|connection| connection).await;
    let body = json!({
        "userName": "eve@contoso.example",
        "externalId": "eve",
        "emails": [{ "value": "eve@contoso.example" }],
    });
    site.hire(body).await;
    let eve = Person::of_entra(EVE, "eve@contoso.example");
    site.is_turned_away(&eve, "user-not-provisioned").await;
    let nameless = Person::named("eve@contoso.example");
    site.is_turned_away(&nameless, "user-claim-missing").await;
    let told = site.told(EventKind::SignOnRefused).await;
    let codes = ["user-not-provisioned", "user-claim-missing"];
    assert_eq!(told, codes.map(|code| Some(code.to_owned())));
}

#[tokio::test]
async fn by_user_principal_name_and_then_by_who_the_person_is() {
    let rule = LinkRule::UserPrincipalName;
    let site = Governed::provisioned(|connection| connection.link_rule(rule)).await;
    let user = site
        .hire(json!({ "userName": "Ada@contoso.example", "externalId": "ada" }))
        .await;
    let ada = Person::of_entra(ADA, "ada@contoso.example");
    let cookies = site.let_in(&ada).await;
    assert_eq!(site.user_of(&cookies).await, Some(user.clone()));
    // Her name changes at the identity provider first: the tie is remembered.
    let renamed = Person::of_entra(ADA, "ada.married@contoso.example");
    let cookies = site.let_in(&renamed).await;
    assert_eq!(site.user_of(&cookies).await, Some(user));
    assert_eq!(site.told(EventKind::UserLinked).await.len(), 1);
    // Her old name is given to somebody else, while her user still has it.
    let other = Person::of_entra(EVE, "ada@contoso.example");
    site.is_turned_away(&other, "user-linked-to-another").await;
}

#[tokio::test]
async fn a_deleted_users_name_reaches_nothing_of_the_first() {
    for rule in [LinkRule::ObjectId, LinkRule::UserPrincipalName] {
        let site = Governed::provisioned(|connection| connection.link_rule(rule)).await;
        let first = site.hire_ada().await;
        let ada = Person::of_entra(ADA, "ada@contoso.example");
        let cookies = site.let_in(&ada).await;
        let (status, _) = site
            .scim("DELETE", &format!("/Users/{first}"), json!(null))
            .await;
        assert_eq!(status, 204);
        assert!(!site.knows(&cookies).await);
        let body = json!({ "userName": "ada@contoso.example", "externalId": EVE });
        let second = site.hire(body).await;
        let other = Person::of_entra(EVE, "ada@contoso.example");
        let others = site.let_in(&other).await;
        assert_eq!(site.user_of(&others).await, Some(second), "{rule:?}");
        assert!(!site.knows(&cookies).await);
        let code = match rule {
            LinkRule::ObjectId => "user-not-provisioned",
            _ => "user-linked-to-another",
        };
        site.is_turned_away(&ada, code).await;
    }
}

#[tokio::test]
async fn by_name_id_in_whatever_case_and_by_a_persistent_one_for_ever() {
    let site = Governed::provisioned(|connection| connection.link_rule(LinkRule::NameId)).await;
    let user = site.hire(json!({ "userName": "p-4711" })).await;
    let person = Person::named("P-4711").format(PERSISTENT);
    let cookies = site.let_in(&person).await;
    assert_eq!(site.user_of(&cookies).await, Some(user.clone()));
    // Provisioning renames the user; the persistent name still leads there.
    site.set(&user, "userName", json!("ada@contoso.example"))
        .await;
    let cookies = site.let_in(&person).await;
    assert_eq!(site.user_of(&cookies).await, Some(user));
    // An identity provider that changes the format speaks of somebody who is not tied.
    let reformatted = Person::named("ada@contoso.example");
    site.is_turned_away(&reformatted, "user-linked-to-another")
        .await;
}

#[tokio::test]
async fn a_transient_name_is_nobodys() {
    let site = Governed::provisioned(|connection| connection.link_rule(LinkRule::NameId)).await;
    site.hire(json!({ "userName": "passing" })).await;
    let passing = Person::named("passing").format(TRANSIENT);
    site.is_turned_away(&passing, "user-claim-missing").await;
    site.let_in(&Person::named("passing")).await;
}

#[tokio::test]
async fn by_address_only_where_it_is_asked_for_and_of_one_user() {
    let site = Governed::provisioned(|connection| connection.link_rule(LinkRule::Email)).await;
    let emails = json!([{ "type": "work", "value": "Team@contoso.example" }]);
    let user = site
        .hire(json!({ "userName": "ada", "emails": emails }))
        .await;
    let person = Person::named("whoever").claiming(claim::EMAIL, &["team@contoso.example"]);
    let cookies = site.let_in(&person).await;
    assert_eq!(site.user_of(&cookies).await, Some(user));
    site.hire(json!({ "userName": "eve", "emails": emails }))
        .await;
    site.is_turned_away(&person, "user-ambiguous").await;
    let without = Person::of_entra(ADA, "ada").claiming(claim::EMAIL, &[" "]);
    site.is_turned_away(&without, "user-claim-missing").await;
}

/// Names that Unicode's lower case, or its normal form, makes equal: each is somebody else's.
const LOOKALIKES: [(&str, &str); 5] = [
    ("kate@contoso.example", "\u{212a}ate@contoso.example"),
    ("\u{e5}sa@contoso.example", "\u{212b}sa@contoso.example"),
    ("\u{e5}sa@contoso.example", "\u{c5}sa@contoso.example"),
    ("jos\u{e9}@contoso.example", "jose\u{301}@contoso.example"),
    ("bob@contoso.example", "\u{ff42}ob@contoso.example"),
];

#[tokio::test]
async fn a_name_or_an_address_that_only_looks_alike_is_somebody_elses() {
    for rule in [
        LinkRule::UserPrincipalName,
        LinkRule::NameId,
        LinkRule::Email,
    ] {
        for (own, other) in LOOKALIKES {
            let site = Governed::provisioned(|connection| connection.link_rule(rule)).await;
            let body = json!({ "userName": own, "emails": [{ "value": own }] });
            let user = site.hire(body).await;
            let person = |name: &str| {
                Person::named(name)
                    .claiming(claim::NAME, &[name])
                    .claiming(claim::EMAIL, &[name])
            };
            site.is_turned_away(&person(other), "user-not-provisioned")
                .await;
            let cookies = site.let_in(&person(&own.to_ascii_uppercase())).await;
            assert_eq!(site.user_of(&cookies).await, Some(user), "{rule:?} {own}");
            site.is_turned_away(&person(other), "user-not-provisioned")
                .await;
        }
    }
}

#[tokio::test]
async fn a_sign_on_makes_no_user_beside_one_whose_name_only_looks_alike() {
    let site =
        Governed::provisioned(|connection| connection.just_in_time().link_rule(LinkRule::NameId))
            .await;
    site.hire(json!({ "userName": "kate@contoso.example" }))
        .await;
    let other = Person::named("\u{212a}ate@contoso.example");
    site.is_turned_away(&other, "user-name-taken").await;
}

#[tokio::test]
async fn provisioning_takes_no_user_over_whose_name_only_looks_alike() {
    let site = Governed::provisioned(|connection| {
        connection
            .sign_on(SignOnPolicy::JustInTimeUntilProvisioned)
            .link_rule(LinkRule::NameId)
    })
    .await;
    let kate = Person::named("kate@contoso.example");
    let cookies = site.let_in(&kate).await;
    let other = json!({ "userName": "\u{212a}ate@contoso.example" });
    let (status, answer) = site.scim("POST", "/Users", other).await;
    assert_eq!((status, &answer["scimType"]), (409, &json!("uniqueness")));
    let own = json!({ "userName": "KATE@contoso.example" });
    let (status, answer) = site.scim("POST", "/Users", own).await;
    assert_eq!(status, 201, "{answer}");
    let user = site.user_of(&cookies).await;
    assert_eq!(answer["id"].as_str(), user.as_deref());
}

#[tokio::test]
async fn who_only_looks_alike_does_not_take_the_place_of_a_last_sign_on() {
    let rule = LinkRule::NameId;
    let site = Governed::provisioned(|connection| connection.link_rule(rule)).await;
    let user = site
        .hire(json!({ "userName": "kate@contoso.example" }))
        .await;
    site.let_in(&Person::named("kate@contoso.example")).await;
    let other = Person::named("\u{212a}ate@contoso.example");
    site.is_turned_away(&other, "user-not-provisioned").await;
    let acme = "acme".parse().unwrap();
    let of_user = LastSignOnOf::User(user.parse().unwrap());
    let last = site.store.last_sign_ons(&acme, &of_user).await.unwrap();
    assert_eq!(last.len(), 1);
    assert_eq!(last[0].refused, None);
    let of_name = LastSignOnOf::Name("KATE@contoso.example".to_owned());
    let last = site.store.last_sign_ons(&acme, &of_name).await.unwrap();
    assert_eq!(last[0].claims.name_id.value, "kate@contoso.example");
}
