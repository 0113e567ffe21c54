//! The groups of a person as `user explain` shows them, and the guards that ask for them.

use entrada::connection::ConnectionBuilder;
use entrada::connection::GroupChange;
use entrada::directory::DirectoryError;
use entrada::directory::GroupId;
use entrada::directory::GroupRecord;
use entrada::directory::Scope;
use entrada::directory::View;
use entrada::directory::transact;
use entrada::saml::claim;
use entrada::scim::Draft;
use entrada::scim::MemberRef;
use entrada::scim::MembershipChange;
use entrada::scim::ResourceKind;
use entrada::scim::Schemas;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;

use crate::cli_explain_user::ADA;
use crate::cli_explain_user::EVE;
use crate::cli_explain_user::Governed;
use crate::cli_explain_user::users;
use crate::site::PERSON;

const STAFF: &str = "11111111-AAAA-4F5B-9A8E-0D1C2B3A4F5E";

/// Puts the users of `acme` into a group of this object id.
async fn in_group(governed: &Governed, external_id: &'static str, name: &'static str) {
    let acme: entrada::connection::ConnectionId = "acme".parse().unwrap();
    let listed = governed
        .place
        .run(["user", "list", "--connection", "acme", "--json"]);
    let users = listed.exits(0).json()["users"].as_array().unwrap().clone();
    let members = users.iter().map(|user| MemberRef {
        id: user["id"].as_str().unwrap().to_owned(),
        kind: None,
    });
    let members: Vec<MemberRef> = members.collect();
    let connection = governed.store.connection(&acme).await.unwrap().unwrap();
    let scope = Scope::of(&connection, Timestamp::now());
    let done = transact(&*governed.store, &scope, move |directory| {
        Box::pin(async move {
            let schemas = Schemas::standard();
            let of = schemas.resource_type(ResourceKind::Group);
            let body = serde_json::json!({"displayName": name, "externalId": external_id});
            let draft = Draft::read(body, of).unwrap();
            let id = GroupId::from_random([name.len() as u8; 16]);
            let group = GroupRecord::new(&id, acme, draft.resource, Timestamp::now());
            directory.insert_group(&group).await?;
            let change = MembershipChange::Add(members);
            let view = View::new(Schemas::standard().into(), "");
            directory.change_members(&id, &change, &view).await?;
            Ok::<_, DirectoryError>(())
        })
    });
    done.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_compared_without_case_and_an_overage_is_said() {
    let users = users(&[("ada@example.com", Some(ADA), true)]);
    let governed = Governed::new(|connection| connection, &users).await;
    in_group(&governed, STAFF, "Staff").await;
    in_group(&governed, EVE, "Finance").await;
    let said = vec![
        (claim::OBJECT_ID, ADA),
        (claim::GROUPS, "11111111-aaaa-4f5b-9a8e-0d1c2b3a4f5e"),
        (claim::GROUPS, "22222222-aaaa-4f5b-9a8e-0d1c2b3a4f5e"),
    ];
    assert_eq!(governed.sign_on(&said).await, "let-in");
    let explain = ["user", "explain", "acme", "ada@example.com"];
    let text = governed.place.run(explain).exits(0).stdout;
    for part in [
        &format!("Staff ({STAFF}): provisioned and claimed"),
        &format!("Finance ({EVE}): provisioned only"),
        "22222222-aaaa-4f5b-9a8e-0d1c2b3a4f5e: claimed only",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let groups = governed.explain(PERSON).exits(0).json()["groups"].clone();
    assert_eq!(groups["overage"], false, "{groups}");
    assert_eq!(
        groups["claimed_only"].as_array().unwrap().len(),
        1,
        "{groups}"
    );

    let link = "https://graph.microsoft.com/v1.0/users/1/getMemberObjects";
    let said = vec![(claim::OBJECT_ID, ADA), (claim::GROUPS_LINK, link)];
    assert_eq!(governed.sign_on(&said).await, "let-in");
    let groups = governed.explain(PERSON).exits(0).json()["groups"].clone();
    assert_eq!(groups["overage"], true, "{groups}");
    let text = governed.place.run(explain).exits(0).stdout;
    assert!(text.contains("had too many to name them"), "{text}");
    assert!(!text.contains("provisioned only"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_told_as_guards_see_them() {
    let one = users(&[("ada@example.com", Some(ADA), true)]);
    let governed = Governed::new(|connection| connection, &one).await;
    let said = vec![
        (claim::OBJECT_ID, ADA),
        (claim::GROUPS, "11111111-aaaa-4f5b-9a8e-0d1c2b3a4f5e"),
        (claim::GROUPS, "Staff"),
    ];
    assert_eq!(governed.sign_on(&said).await, "let-in");
    in_group(&governed, STAFF, "Staff").await;
    let groups = |governed: &Governed| governed.explain(PERSON).exits(0).json()["groups"].clone();
    let told = groups(&governed);
    assert_eq!(told["provisioned"][0]["claimed"], true, "{told}");
    assert_eq!(
        told["claimed_only"],
        serde_json::json!(["Staff"]),
        "a name is no object id"
    );
    assert_eq!(told["claimed_no_member"], serde_json::json!([]), "{told}");

    out_of_group(&governed, "Staff").await;
    let told = groups(&governed);
    assert_eq!(told["provisioned"], serde_json::json!([]), "{told}");
    assert_eq!(told["claimed_only"], serde_json::json!(["Staff"]), "{told}");
    let taken_out = serde_json::json!(["11111111-aaaa-4f5b-9a8e-0d1c2b3a4f5e"]);
    assert_eq!(told["claimed_no_member"], taken_out);
    let explain = ["user", "explain", "acme", PERSON];
    let text = governed.place.run(explain).exits(0).stdout;
    assert!(
        text.contains("claimed, but a group of the directory without this person"),
        "{text}"
    );
    assert!(
        text.contains("Tied to      by externalId, nothing remembered"),
        "{text}"
    );
    let show = ["user", "show", "ada@example.com"];
    let text = governed.place.run(show).exits(0).stdout;
    assert!(text.contains("by externalId, nothing remembered"), "{text}");
}

/// Takes the users of `acme` out of a group.
async fn out_of_group(governed: &Governed, name: &'static str) {
    let connection = governed.store.connection(&"acme".parse().unwrap()).await;
    let scope = Scope::of(&connection.unwrap().unwrap(), Timestamp::now());
    let done = transact(&*governed.store, &scope, move |directory| {
        Box::pin(async move {
            let id = GroupId::from_random([name.len() as u8; 16]);
            let view = View::new(Schemas::standard().into(), "");
            directory
                .change_members(&id, &MembershipChange::Clear, &view)
                .await?;
            Ok::<_, DirectoryError>(())
        })
    });
    done.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_must_prove_anew_who_they_are_would_be_let_in_after_that() {
    let users = users(&[("ada@example.com", Some(ADA), true)]);
    let settings =
        |connection: ConnectionBuilder| connection.group_change(GroupChange::Reauthenticate);
    let governed = Governed::new(settings, &users).await;
    let said = vec![(claim::OBJECT_ID, ADA)];
    assert_eq!(governed.sign_on(&said).await, "let-in");
    let opened = |told: Value| told["sessions"].as_array().unwrap().len();
    assert_eq!(
        opened(governed.explain("ada@example.com").exits(0).json()),
        1
    );
    in_group(&governed, STAFF, "Staff").await;
    let told = governed.explain("ada@example.com").exits(0).json();
    assert_eq!(told["expected"]["outcome"], "prove-anew", "{told}");
    assert_eq!(opened(told), 0);
    let before = Timestamp::now() - SignedDuration::from_hours(1);
    governed.sign_on_proven(&said, before).await;
    let told = governed.explain("ada@example.com").exits(0).json();
    assert_eq!(opened(told), 0, "nothing was proven anew");
    governed.sign_on(&said).await;
    let told = governed.explain("ada@example.com").exits(0).json();
    assert_eq!(opened(told), 1, "it was proven anew");
}
