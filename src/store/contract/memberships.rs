//! Promises of what a user belongs to, and of what a name stands for.

use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use super::people::group_id;
use super::people::insert;
use super::people::resource;
use super::people::user;
use super::people::user_id;
use super::people::user_of;
use super::people::write;
use super::samples::at;
use super::samples::hostile_texts;
use super::samples::id;
use super::samples::with_connections;
use crate::directory::GroupRecord;
use crate::directory::Memberships;
use crate::directory::Named;
use crate::scim::MemberRef;
use crate::scim::MembershipChange;
use crate::scim::ResourceKind;
use crate::store::Store;

const LOWER: &str = "0aaaaaaa-0000-4000-8000-00000000000b";
const MIXED: &str = "0aAAAaaa-0000-4000-8000-00000000000C";

async fn group(store: &Arc<dyn Store>, connection: &str, number: u32, attributes: Value) {
    let resource = resource(ResourceKind::Group, attributes);
    let group = GroupRecord::new(&group_id(number), id(connection), resource, at(0));
    let inserted = write(store, connection, |directory| {
        Box::pin(async move { directory.insert_group(&group).await })
    });
    inserted.await.expect("the group is kept");
}

async fn add(store: &Arc<dyn Store>, to: u32, member: String) {
    let member = MembershipChange::Add(vec![MemberRef {
        id: member,
        kind: None,
    }]);
    let changed = write(store, "acme", move |directory| {
        Box::pin(async move {
            let view = super::people::view();
            directory
                .change_members(&group_id(to), &member, &view)
                .await
        })
    });
    changed.await.expect("the member comes");
}

/// Group 12 holds 11, which holds 10, which holds 12 and the user 1; 13 holds nobody.
async fn with_groups(store: &Arc<dyn Store>) {
    with_connections(store).await;
    let people = [
        user(1, json!({"userName": "ada"})),
        user(2, json!({"userName": "bob"})),
        user_of("bolt", 3, json!({"userName": "ada"})),
    ];
    for person in people {
        insert(store, &person).await.expect("the user is kept");
    }
    for (connection, number, attributes) in [
        (
            "acme",
            10,
            json!({"displayName": "Zebras", "externalId": LOWER}),
        ),
        ("acme", 11, json!({"displayName": "apes"})),
        (
            "acme",
            12,
            json!({"displayName": "Bees", "externalId": "bees"}),
        ),
        (
            "acme",
            13,
            json!({"displayName": "Cats", "externalId": MIXED}),
        ),
        (
            "bolt",
            20,
            json!({"displayName": "zebras", "externalId": LOWER}),
        ),
    ] {
        group(store, connection, number, attributes).await;
    }
    for (to, member) in [(11, 10), (12, 11), (10, 12)] {
        add(store, to, group_id(member).to_string()).await;
    }
    add(store, 10, user_id(1).to_string()).await;
}

async fn memberships(store: &Arc<dyn Store>, slug: &str, user: u32, asked: &[&str]) -> Memberships {
    let asked: Vec<String> = asked.iter().map(|id| (*id).to_owned()).collect();
    let told = store.memberships(&id(slug), &user_id(user), &asked).await;
    told.expect("the store answers")
}

pub(super) async fn a_user_belongs_to_groups_directly_and_through_others(store: Arc<dyn Store>) {
    with_groups(&store).await;
    let told = memberships(&store, "acme", 1, &[]).await;
    let groups = told.groups.iter().map(|group| {
        let name = group.display_name.as_deref().unwrap_or_default();
        (name, group.external_id.as_deref(), group.direct)
    });
    let expected = [
        ("apes", None, false),
        ("Bees", Some("bees"), false),
        ("Zebras", Some(LOWER), true),
    ];
    assert_eq!(groups.collect::<Vec<_>>(), expected);
    assert_eq!(told.groups[2].id, group_id(10));
    for (slug, user) in [("acme", 2), ("acme", 3), ("bolt", 3), ("bolt", 1)] {
        let told = memberships(&store, slug, user, &[]).await;
        assert_eq!(told, Memberships::default(), "{slug} {user}");
    }
}

pub(super) async fn an_object_id_that_a_group_once_had_stays_the_directorys(store: Arc<dyn Store>) {
    with_groups(&store).await;
    let gone = write(&store, "acme", |directory| {
        Box::pin(async move { directory.delete_group(&group_id(10)).await })
    });
    assert!(gone.await.expect("the store answers"));
    let told = memberships(&store, "acme", 1, &[LOWER]).await;
    assert_eq!(told.groups, []);
    assert_eq!(told.provisioned, [LOWER]);
}

pub(super) async fn provisioned_object_ids_are_known_in_whatever_case(store: Arc<dyn Store>) {
    with_groups(&store).await;
    let (upper, lower) = (LOWER.to_uppercase(), MIXED.to_lowercase());
    let asked = [upper.as_str(), &lower, "BEES", "nobody's"];
    for user in [2, 9] {
        let told = memberships(&store, "acme", user, &asked).await;
        assert_eq!(told.groups, []);
        let mut provisioned = told.provisioned;
        provisioned
            .iter_mut()
            .for_each(|id| id.make_ascii_lowercase());
        provisioned.sort_unstable();
        assert_eq!(provisioned, [LOWER, lower.as_str(), "bees"], "user {user}");
    }
    let elsewhere = memberships(&store, "bolt", 3, &[MIXED, LOWER]).await;
    assert_eq!(elsewhere.provisioned, [LOWER]);
    for text in hostile_texts() {
        let told = memberships(&store, "acme", 2, &[&text]).await;
        assert_eq!(told, Memberships::default());
    }
}

pub(super) async fn a_name_stands_for_one_group_of_a_connection_or_for_none(store: Arc<dyn Store>) {
    with_groups(&store).await;
    let named = async |slug: &str, name: &str| -> Option<Named> {
        let named = store.named(&id(slug), name).await;
        named.expect("the store answers")
    };
    let zebras = Some(Named::One(group_id(10)));
    assert_eq!(named("acme", "ZEBRAS").await, zebras);
    assert_eq!(
        named("bolt", "ZEBRAS").await,
        Some(Named::One(group_id(20)))
    );
    assert_eq!(named("acme", "Zebra").await, None);
    assert_eq!(named("acme", LOWER).await, None);
    for text in hostile_texts() {
        assert_eq!(named("acme", &text).await, None);
    }
    // A name that only looks alike opens no door, and closes none.
    group(&store, "acme", 22, json!({"displayName": "Kiosk"})).await;
    group(&store, "acme", 23, json!({"displayName": "\u{212a}iosk"})).await;
    let kiosk = Some(Named::One(group_id(22)));
    assert_eq!(named("acme", "KIOSK").await, kiosk);
    let lookalike = Some(Named::One(group_id(23)));
    assert_eq!(named("acme", "\u{212a}iosk").await, lookalike);
    for number in 30..62 {
        let externally = json!({"displayName": "Kios\u{212a}", "externalId": number.to_string()});
        group(&store, "acme", number, externally).await;
    }
    assert_eq!(named("acme", "KIOSK").await, kiosk, "among many alike");
    assert_eq!(named("acme", "KiOS\u{212a}").await, Some(Named::Several));
    let nobodys = "\u{212a}ios\u{212a}";
    assert_eq!(named("acme", nobodys).await, None, "many are alike");
    group(&store, "acme", 62, json!({"displayName": "kiosk"})).await;
    assert_eq!(named("acme", "Kiosk").await, Some(Named::Several));
    group(&store, "bolt", 21, json!({"displayName": "ZEBRAS"})).await;
    assert_eq!(named("acme", "Zebras").await, zebras);
    assert_eq!(named("bolt", "Zebras").await, Some(Named::Several));
}
