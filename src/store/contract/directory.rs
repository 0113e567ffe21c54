//! Promises of the directory.

use std::sync::Arc;

use serde_json::json;

use super::people::find;
use super::people::group;
use super::people::group_id;
use super::people::insert;
use super::people::log_entry;
use super::people::user;
use super::people::user_id;
use super::people::user_of;
use super::people::users;
use super::people::view;
use super::people::write;
use super::samples::at;
use super::samples::hostile_texts;
use super::samples::id;
use super::samples::scope;
use super::samples::told;
use super::samples::with_connections;
use crate::configuration::remove_connection;
use crate::directory::Counts;
use crate::directory::DirectoryError;
use crate::directory::transact;
use crate::event::Event;
use crate::event::EventKind;
use crate::ports::Actor;
use crate::scim::MemberRef;
use crate::scim::MembershipChange;
use crate::store::Store;

pub(super) async fn a_user_comes_back_as_it_was_and_only_to_its_connection(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let ada = user(
        1,
        json!({"userName": "Ada@example.com", "externalId": "e1", "active": true}),
    );
    insert(&store, &ada).await.expect("the user is kept");
    assert_eq!(find(&store, "acme", 1).await, Some(ada.clone()));
    assert_eq!(find(&store, "bolt", 1).await, None);
    assert_eq!(find(&store, "acme", 2).await, None);

    let resource = user(1, json!({"userName": "countess@example.com"}));
    let changed = ada.changed(resource.record().resource.clone(), at(60));
    let replaced = changed.clone();
    write(&store, "acme", |directory| {
        Box::pin(async move { directory.replace_user(&replaced).await })
    })
    .await
    .expect("the user is replaced");
    assert_eq!(find(&store, "acme", 1).await, Some(changed.clone()));

    for expected in [true, false] {
        let (own, ada) = (user_id(1), changed.clone());
        let gone = write(&store, "acme", move |directory| {
            Box::pin(async move {
                let gone = directory.delete_user(&own).await?;
                let replaced = directory.replace_user(&ada).await;
                assert!(matches!(replaced, Err(DirectoryError::NotFound)));
                Ok(gone)
            })
        });
        assert_eq!(gone.await.expect("the store answers"), expected);
    }
    assert_eq!(find(&store, "acme", 1).await, None);
}

pub(super) async fn a_user_name_is_taken_in_whatever_case(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let ada = user(1, json!({"userName": "ADA@Example.com"}));
    insert(&store, &ada).await.expect("the user is kept");
    let same = user(2, json!({"userName": "ada@example.COM"}));
    let taken = insert(&store, &same).await;
    assert!(matches!(taken, Err(DirectoryError::UserNameTaken)));
    let elsewhere = user_of("bolt", 3, json!({"userName": "ada@example.com"}));
    let kept = insert(&store, &elsewhere).await;
    kept.expect("a name is taken within its connection");

    let grace = user(4, json!({"userName": "grace@example.com"}));
    insert(&store, &grace).await.expect("the user is kept");
    let renamed = grace.clone().changed(same.record().resource.clone(), at(1));
    let taken = write(&store, "acme", |directory| {
        Box::pin(async move { directory.replace_user(&renamed).await })
    });
    assert!(matches!(taken.await, Err(DirectoryError::UserNameTaken)));
    assert_eq!(find(&store, "acme", 4).await, Some(grace));
    let counted = store.counts(&id("acme")).await;
    let expected = Counts {
        users: 2,
        active_users: 0,
        groups: 0,
    };
    assert_eq!(counted.expect("the store answers"), expected);
}

/// A refusal is found before anything is written.
pub(super) async fn work_goes_on_after_a_refusal(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let ada = |number| user(number, json!({"userName": "ada@example.com"}));
    insert(&store, &ada(1)).await.expect("the user is kept");
    insert(&store, &user(2, json!({"userName": "eve"})))
        .await
        .expect("the user is kept");
    let kept = write(&store, "acme", move |directory| {
        Box::pin(async move {
            let taken = directory.insert_user(&ada(3)).await;
            assert!(matches!(taken, Err(DirectoryError::UserNameTaken)));
            let renamed = user(2, json!({"userName": "ADA@example.com"}));
            let taken = directory.replace_user(&renamed).await;
            assert!(matches!(taken, Err(DirectoryError::UserNameTaken)));
            directory.insert_group(&group(4, "Staff")).await?;
            let member = |number| MemberRef {
                id: user_id(number).to_string(),
                kind: None,
            };
            let (known, unknown) = (vec![member(1)], vec![member(2), member(9)]);
            let (staff, view) = (group_id(4), view());
            let added = MembershipChange::Add(known);
            directory.change_members(&staff, &added, &view).await?;
            let replaced = MembershipChange::Replace(unknown);
            let refused = directory.change_members(&staff, &replaced, &view).await;
            assert!(matches!(refused, Err(DirectoryError::UnknownMembers(_))));
            directory
                .insert_user(&user(5, json!({"userName": "bob"})))
                .await
        })
    });
    kept.await.expect("the work is kept");
    assert_eq!(find(&store, "acme", 3).await, None);
    assert!(find(&store, "acme", 5).await.is_some());
    let eve = find(&store, "acme", 2).await.expect("she is there");
    assert_eq!(eve.record().resource.user_name(), Some("eve"));
    let members = store.members(&id("acme"), &group_id(4), None, 10).await;
    let members = members.expect("the store answers").members;
    assert_eq!(members[0].id, user_id(1).to_string());
    assert_eq!(members.len(), 1, "nobody came or went");
    let kinds: Vec<EventKind> = told(&store).await.iter().map(Event::kind).collect();
    let expected = [
        EventKind::UserCreated,
        EventKind::UserCreated,
        EventKind::GroupCreated,
        EventKind::MemberAdded,
        EventKind::UserCreated,
    ];
    assert_eq!(kinds, expected);
}

pub(super) async fn work_that_ends_with_an_error_leaves_nothing(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let undone: Result<(), DirectoryError> = write(&store, "acme", |directory| {
        Box::pin(async move {
            let ada = user(1, json!({"userName": "ada@example.com"}));
            directory.insert_user(&ada).await?;
            directory.insert_group(&group(2, "Staff")).await?;
            directory.append_log(&log_entry("acme", "ada", 201)).await?;
            assert!(directory.user(&user_id(1)).await?.is_some());
            Err(DirectoryError::NotFound)
        })
    })
    .await;
    assert!(matches!(undone, Err(DirectoryError::NotFound)));
    assert_eq!(find(&store, "acme", 1).await, None);
    let counted = store.counts(&id("acme")).await;
    assert_eq!(counted.expect("the store answers"), Counts::default());
    let log = store.log(&Default::default()).await;
    assert_eq!(log.expect("the store answers"), []);
}

pub(super) async fn a_user_needs_its_connection(store: Arc<dyn Store>) {
    let ada = user(1, json!({"userName": "ada@example.com"}));
    let refused = insert(&store, &ada).await;
    assert!(matches!(refused, Err(DirectoryError::Store(_))));
    with_connections(&store).await;
    insert(&store, &ada).await.expect("the user is kept");
    let kept = write(&store, "acme", |directory| {
        Box::pin(async move { directory.insert_group(&group(2, "Staff")).await })
    });
    kept.await.expect("the group is kept");
    let removed = remove_connection(&*store, &id("acme"), at(2), &Actor::App).await;
    assert!(removed.expect("the store answers").is_some());
    with_connections(&store).await;
    assert_eq!(find(&store, "acme", 1).await, None);
    let counted = store.counts(&id("acme")).await;
    assert_eq!(counted.expect("the store answers"), Counts::default());
}

pub(super) async fn what_users_say_is_data(store: Arc<dyn Store>) {
    with_connections(&store).await;
    for (number, text) in (1..).zip(hostile_texts()) {
        let resource = json!({
            "userName": text, "externalId": text, "displayName": text,
            "emails": [{"value": text}], "active": true,
        });
        let hostile = user(number, resource);
        insert(&store, &hostile).await.expect("the user is kept");
        assert_eq!(find(&store, "acme", number).await, Some(hostile.clone()));
        let quoted = json!(text).to_string();
        for attribute in ["userName", "externalId", "displayName", "emails.value"] {
            if quoted.len() > 4000 {
                continue;
            }
            let filter = format!("{attribute} eq {quoted}");
            let found = users(&store, &filter, "").await.expect("the store answers");
            assert_eq!(found.resources, std::slice::from_ref(&hostile), "{filter}");
        }
    }
}

pub(super) async fn fifty_requests_for_one_name_make_one_user(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let tries = (0..50).map(|number| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let ada = user(number, json!({"userName": "ada@example.com"}));
            transact(&*store, &scope("acme"), move |directory| {
                Box::pin(async move { directory.insert_user(&ada).await })
            })
            .await
        })
    });
    let mut made = 0;
    for one in tries.collect::<Vec<_>>() {
        match one.await.expect("the task ends") {
            Ok(()) => made += 1,
            Err(error) => assert!(matches!(error, DirectoryError::UserNameTaken)),
        }
    }
    assert_eq!(made, 1);
}
