//! Connections that were removed: their copies, and how they come back.

use std::sync::Arc;

use serde_json::json;

use super::metadata::claim;
use super::metadata::state;
use super::people::find;
use super::people::group;
use super::people::group_id;
use super::people::insert;
use super::people::insert_group;
use super::people::log_entry;
use super::people::user;
use super::people::user_id;
use super::people::user_of;
use super::people::view;
use super::people::write;
use super::provisioning::credential;
use super::samples::at;
use super::samples::connection;
use super::samples::copy;
use super::samples::hostile_texts;
use super::samples::id;
use super::samples::keep_copy;
use super::samples::session;
use super::samples::with_connections;
use super::sign_on::open;
use super::sign_on::person;
use super::sign_on::session_of;
use super::sign_on::within;
use crate::configuration::Restoration;
use crate::configuration::append_log;
use crate::configuration::purge_connection;
use crate::configuration::remove_connection;
use crate::configuration::restore_connection;
use crate::connection::KEPT_FOR;
use crate::connection::LinkRule;
use crate::directory::add_credential;
use crate::directory::revoke_credential;
use crate::ports::Actor;
use crate::provisioning::LogQuery;
use crate::scim::MemberRef;
use crate::scim::MembershipChange;
use crate::scim::ResourceKind;
use crate::session::Claims;
use crate::session::LastSignOn;
use crate::session::LastSignOnOf;
use crate::session::SessionFilter;
use crate::session::Subject;
use crate::store::Stale;
use crate::store::Store;

async fn remove(store: &Arc<dyn Store>, slug: &str, seconds: i64) {
    let removed = remove_connection(&**store, &id(slug), at(seconds), &Actor::App).await;
    let removed = removed.expect("the store answers");
    assert!(removed.is_some(), "it was there");
}

async fn restore(store: &Arc<dyn Store>, slug: &str, as_slug: &str, seconds: i64) -> Restoration {
    let (from, to) = (id(slug), id(as_slug));
    let restored = restore_connection(&**store, &from, None, &to, at(seconds), &Actor::App);
    restored.await.expect("the store answers")
}

pub(super) async fn who_has_signed_on_over_a_connection_is_known_until_it_goes(
    store: Arc<dyn Store>,
) {
    let has = async || {
        let has = store.has_signed_on(&id("acme")).await;
        has.expect("the store answers")
    };
    assert!(!has().await);
    with_connections(&store).await;
    assert!(!has().await);
    open(&store, &session(1)).await;
    assert!(has().await);
    let other = store.has_signed_on(&id("bolt")).await;
    assert!(!other.expect("the store answers"));
    let purged = purge_connection(&*store, &id("acme"), at(1), &Actor::App).await;
    assert_eq!(purged.expect("the store answers"), Some(1));
    with_connections(&store).await;
    assert!(!has().await, "a connection of the same id is another one");
}

pub(super) async fn a_removed_connection_comes_back_with_its_directory_and_no_session(
    store: Arc<dyn Store>,
) {
    with_connections(&store).await;
    keep_copy(&store, "acme", &copy(b"<a/>")).await;
    let versions = async || {
        let versions = store.metadata_versions().await;
        versions.expect("the store answers")
    };
    let before = versions().await;
    let bob = user_of("bolt", 9, json!({"userName": "bob@example.com"}));
    for user in [&person(1), &person(2), &bob] {
        insert(&store, user).await.expect("the user is kept");
    }
    insert_group(&store, &group(3, "Board")).await;
    insert_group(&store, &group(4, "Staff")).await;
    let joined = write(&store, "acme", |directory| {
        Box::pin(async move {
            let ada = MemberRef {
                id: user_id(1).to_string(),
                kind: None,
            };
            let added = MembershipChange::Add(vec![ada]);
            directory
                .change_members(&group_id(3), &added, &view())
                .await
        })
    });
    joined.await.expect("she joins");
    let nested = write(&store, "acme", |directory| {
        Box::pin(async move {
            let board = MemberRef {
                id: group_id(3).to_string(),
                kind: Some(ResourceKind::Group),
            };
            let added = MembershipChange::Add(vec![board]);
            directory
                .change_members(&group_id(4), &added, &view())
                .await
        })
    });
    nested.await.expect("a group is in another one");
    for number in [1, 2] {
        let added = add_credential(&*store, &credential(number)).await;
        added.expect("the credential is kept");
    }
    let revoked = revoke_credential(&*store, &credential(2).id, at(2)).await;
    assert!(revoked.expect("the store answers"));
    let logged = log_entry("acme", "person-1@example.com", 201);
    let appended = append_log(&*store, std::slice::from_ref(&logged)).await;
    appended.expect("the entry is appended");
    open(&store, &session_of(1, 1)).await;

    for (from, to) in [("acme", "acme"), ("acme", "core")] {
        remove(&store, from, 2).await;
        assert_eq!(find(&store, from, 1).await, None);
        let Restoration::Done(kept) = restore(&store, from, to, 3).await else {
            panic!("there is a copy");
        };
        assert_eq!((kept.users, kept.groups, kept.tokens), (2, 2, 1));
        let found = store.connection(&id(to)).await.expect("the store answers");
        let expected = connection(to, "https://idp.example/metadata");
        assert_eq!(found, Some(expected));
        let ada = user_of(
            to,
            1,
            json!({"userName": "person-1@example.com", "active": true}),
        );
        assert_eq!(find(&store, to, 1).await, Some(ada));
        assert_eq!(find(&store, "bolt", 9).await, Some(bob.clone()));
        let counts = store.counts(&id(to)).await.expect("the store answers");
        assert_eq!(
            (counts.users, counts.active_users, counts.groups),
            (2, 2, 2)
        );
        let ada = [user_id(1)];
        let groups = store.groups_of(&id(to), &ada).await.expect("an answer");
        let groups: Vec<_> = groups[0].iter().map(|group| &group.id).collect();
        assert_eq!(groups.len(), 2, "by way of a group too: {groups:?}");
        let found = store.credential(&credential(2).id).await;
        let found = found.expect("the store answers").expect("the credential");
        assert_eq!(found.revoked, Some(at(2)));
        let found = store.credential(&credential(1).id).await;
        let found = found.expect("the store answers").expect("the credential");
        assert_eq!(
            (found.connection, found.expires),
            (id(to), credential(1).expires)
        );
        let log = store.log(&LogQuery::default()).await.expect("an answer");
        assert_eq!(log.len(), 1);
        assert_eq!(log[0].entry.connection, id(to));
        let found = store.metadata_copy(to).await.expect("the store answers");
        assert_eq!(found.map(|copy| copy.document), Some(b"<a/>".to_vec()));
        assert!(
            versions()
                .await
                .iter()
                .all(|version| !before.contains(version))
        );
        let live = store.count_sessions(&SessionFilter::default(), at(3)).await;
        assert_eq!(live.expect("the store answers"), 0);
        let has = store.has_signed_on(&id(to)).await;
        assert!(has.expect("the store answers"));
        let kept = store.kept_connections().await.expect("the store answers");
        assert_eq!(kept, [], "what came back is no copy any more");
    }
}

pub(super) async fn a_restored_connection_knows_who_is_who_and_waits_for_no_refresh(
    store: Arc<dyn Store>,
) {
    with_connections(&store).await;
    insert(&store, &person(1)).await.expect("the user is kept");
    let last = LastSignOn {
        at: at(1),
        claims: Claims {
            issuer: "https://idp.example/".to_owned(),
            name_id: session(1).name_id,
            authn_instant: at(0),
            attributes: session_of(1, 1).attributes,
        },
        user: Some(user_id(1)),
        refused: None,
    };
    let noted = last.clone();
    within(&store, move |directory| {
        Box::pin(async move {
            let ada = Subject::restored("ada".to_owned());
            directory.link(&ada, &user_id(1), LinkRule::NameId).await?;
            directory.rows.note_sign_on(&noted).await
        })
    })
    .await;
    let claimed = claim(&store, "acme", 7, at(1)).await;
    assert!(claimed.expect("nobody else").lease.is_some());
    remove(&store, "acme", 2).await;
    restore(&store, "acme", "acme", 3).await;
    assert_eq!(state(&store, "acme").await.lease, None);
    let linked = within(&store, |directory| {
        Box::pin(async move {
            let ada = Subject::restored("ada".to_owned());
            let user = directory.rows.linked(&ada, LinkRule::NameId).await?;
            Ok(user.map(|user| user.id()))
        })
    });
    assert_eq!(linked.await, Some(user_id(1)));
    let of_ada = LastSignOnOf::User(user_id(1));
    let found = store.last_sign_ons(&id("acme"), &of_ada).await;
    assert_eq!(found.expect("the store answers"), [last]);
}

pub(super) async fn a_kept_connection_is_forgotten_after_thirty_days_and_no_earlier(
    store: Arc<dyn Store>,
) {
    with_connections(&store).await;
    insert(&store, &person(1)).await.expect("the user is kept");
    remove(&store, "acme", 2).await;
    let days = KEPT_FOR.as_secs();
    let late = restore(&store, "acme", "acme", 2 + days).await;
    assert_eq!(late, Restoration::NoCopy, "also where nobody has swept");
    let kept = store.kept_connections().await.expect("the store answers");
    assert_eq!((kept.len(), kept[0].until), (1, at(2 + days)));
    let gone = store.forget(Stale::KeptConnections, at(1)).await;
    assert_eq!(gone.expect("the store answers"), 0);
    let gone = store.forget(Stale::KeptConnections, at(2)).await;
    assert!(gone.expect("the store answers") > 1, "its rows and itself");
    let kept = store.kept_connections().await.expect("the store answers");
    assert_eq!(kept, []);
}

pub(super) async fn restoring_over_a_connection_writes_nothing(store: Arc<dyn Store>) {
    with_connections(&store).await;
    insert(&store, &person(1)).await.expect("the user is kept");
    remove(&store, "acme", 2).await;
    let revision = store.revision().await.expect("the store answers");
    for (from, to) in [("acme", "bolt"), ("bolt", "acme")] {
        let refused = restore(&store, from, to, 3).await;
        assert!(!matches!(refused, Restoration::Done(_)), "{from} as {to}");
    }
    let now = store.revision().await.expect("the store answers");
    assert_eq!(now, revision);
    with_connections(&store).await;
    assert_eq!(restore(&store, "acme", "acme", 4).await, Restoration::Taken);
    assert_eq!(find(&store, "acme", 1).await, None);
    let kept = store.kept_connections().await.expect("the store answers");
    assert_eq!(kept.len(), 1);
}

pub(super) async fn a_connection_that_is_purged_leaves_no_copy(store: Arc<dyn Store>) {
    let purge = async || {
        let purged = purge_connection(&*store, &id("acme"), at(3), &Actor::App).await;
        purged.expect("the store answers")
    };
    assert_eq!(purge().await, None);
    with_connections(&store).await;
    remove(&store, "acme", 2).await;
    remove(&store, "bolt", 2).await;
    with_connections(&store).await;
    assert_eq!(purge().await, Some(0));
    assert_eq!(
        restore(&store, "acme", "acme", 4).await,
        Restoration::NoCopy
    );
    assert_eq!(purge().await, None);
    let bob = user_of("bolt", 9, json!({"userName": "bob@example.com"}));
    insert(&store, &bob).await.expect("the user is kept");
    remove(&store, "bolt", 5).await;
    let kept = store.kept_connections().await.expect("the store answers");
    assert_eq!(kept.len(), 2, "both copies of the other one");
    assert!(kept[0].removed > kept[1].removed);
}

pub(super) async fn hostile_texts_survive_being_kept(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let hostile = (1..).zip(hostile_texts());
    let users = hostile.map(|(number, text)| {
        let name = format!("person-{number}@example.com");
        user(
            number,
            json!({"userName": name, "displayName": text, "externalId": text}),
        )
    });
    let users: Vec<_> = users.collect();
    for user in &users {
        insert(&store, user).await.expect("the user is kept");
    }
    remove(&store, "acme", 20).await;
    let restored = restore(&store, "acme", "acme", 21).await;
    assert!(matches!(restored, Restoration::Done(_)));
    for (number, user) in (1..).zip(users) {
        assert_eq!(find(&store, "acme", number).await, Some(user));
    }
}
