//! Promises about sign-ons that the directory governs: names, links, seats, and the last sign-on.

use std::sync::Arc;
use std::sync::Mutex;

use serde_json::json;

use super::people::insert;
use super::people::user;
use super::people::user_id;
use super::samples::at;
use super::samples::id;
use super::samples::key;
use super::samples::scope;
use super::samples::session;
use super::samples::told;
use super::samples::with_connections;
use crate::connection::LinkRule;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTransaction;
use crate::directory::Lock;
use crate::directory::Lookup;
use crate::directory::Rules;
use crate::directory::Scope;
use crate::directory::UserRecord;
use crate::directory::UserSelection;
use crate::directory::transact;
use crate::event::EventKind;
use crate::ports::TxFuture;
use crate::ports::TxOutcome;
use crate::ports::TxWork;
use crate::saml::Admission;
use crate::saml::claim;
use crate::session::Claims;
use crate::session::LastSignOn;
use crate::session::LastSignOnOf;
use crate::session::SessionRecord;
use crate::session::SignOnTransaction;
use crate::session::SignOnTx;
use crate::session::Subject;
use crate::session::open_session;
use crate::store::Stale;
use crate::store::Store;

/// A session of the user of this number, with groups claimed.
pub(super) fn session_of(number: u32, of: u32) -> SessionRecord {
    let groups = json!([{ "name": claim::GROUPS, "values": ["a-group"] }]);
    SessionRecord {
        user: Some(user_id(of)),
        attributes: serde_json::from_value(groups).expect("attributes as they are kept"),
        ..session(number)
    }
}

pub(super) fn person(number: u32) -> UserRecord {
    let name = format!("person-{number}@example.com");
    user(number, json!({ "userName": name, "active": true }))
}

pub(super) async fn open(store: &Arc<dyn Store>, record: &SessionRecord) {
    let opened = open_session(&**store, record).await;
    opened.expect("the session is opened");
}

pub(super) async fn change<T: Send + 'static>(
    store: &Arc<dyn Store>,
    scope: Scope,
    work: impl for<'t> FnOnce(
        &'t mut DirectoryTransaction<'_>,
    ) -> TxFuture<'t, Result<T, DirectoryError>>
    + Clone
    + Send
    + Sync
    + 'static,
) -> Result<T, DirectoryError> {
    transact(&**store, &scope, work).await
}

/// The same user, active or not.
pub(super) fn turned(user: &UserRecord, active: bool) -> UserRecord {
    let mut attributes = user.record().resource.attributes().clone();
    attributes.insert("active".to_owned(), json!(active));
    let kind = user.record().resource.kind();
    let resource = crate::scim::Resource::restored(kind, attributes);
    user.clone().changed(resource, at(3))
}

/// Runs work in the transaction of a sign-on, and gives what it found.
pub(super) async fn within<T: Send + 'static>(
    store: &Arc<dyn Store>,
    work: impl for<'t> FnOnce(&'t mut SignOnTransaction<'_>) -> TxFuture<'t, Result<T, DirectoryError>>
    + Clone
    + Send
    + Sync
    + 'static,
) -> T {
    let slot = Arc::new(Mutex::new(None));
    let inner = Arc::clone(&slot);
    let acme = id("acme");
    let done = store.sign_on(
        &acme,
        Lock::Connection,
        TxWork::<SignOnTx>::new(move |rows| {
            Box::pin(async move {
                let acme = scope("acme");
                let mut directory = SignOnTransaction::new(rows, &acme);
                let found = work(&mut directory).await.expect("the store answers");
                *inner.lock().expect("nobody panicked") = Some(found);
                TxOutcome::Commit
            })
        }),
    );
    assert_eq!(done.await.expect("the store answers"), TxOutcome::Commit);
    let found = slot.lock().expect("nobody panicked").take();
    found.expect("the work was run")
}

pub(super) async fn kinds(store: &Arc<dyn Store>) -> Vec<(EventKind, Option<String>)> {
    let told = told(store).await.into_iter();
    told.map(|event| (event.kind(), event.detail())).collect()
}

pub(super) async fn users_are_found_by_each_name_of_theirs(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let guid = "0F8FAD5B-D9CB-469F-A165-70867728950E";
    let email = json!([{ "value": "Ada@Example.com" }]);
    let ada = json!({ "userName": "Ada@example.com", "externalId": guid, "emails": email });
    let twin = json!({ "userName": "eve@example.com", "emails": email, "externalId": "nick" });
    insert(&store, &user(1, ada)).await.expect("kept");
    insert(&store, &user(2, twin)).await.expect("kept");
    for (lookup, expected) in [
        (Lookup::ExternalId(guid.to_owned()), 1),
        (Lookup::ExternalId(guid.to_ascii_lowercase()), 1),
        (Lookup::ExternalId("nick".to_owned()), 1),
        (Lookup::ExternalId("NICK".to_owned()), 0),
        (Lookup::ExternalId("nobody".to_owned()), 0),
        (Lookup::UserName("ADA@EXAMPLE.COM".to_owned()), 1),
        (Lookup::Email("ada@example.com".to_owned()), 2),
        (Lookup::Email("ada".to_owned()), 0),
        (Lookup::UserName("' OR 1=1 --".to_owned()), 0),
    ] {
        let asked = lookup.clone();
        let found = within(&store, move |directory| {
            Box::pin(async move { directory.rows.users(&UserSelection::Named(&asked)).await })
        });
        assert_eq!(found.await.len(), expected, "{lookup:?}");
    }
}

pub(super) async fn a_link_is_one_on_either_side_and_goes_with_its_user(store: Arc<dyn Store>) {
    with_connections(&store).await;
    for number in [1, 2] {
        insert(&store, &person(number)).await.expect("kept");
    }
    let subject = |name: &str| Subject::restored(name.to_owned());
    let link = |name: &'static str, number: u32| {
        within(&store, move |directory| {
            Box::pin(async move {
                let subject = Subject::restored(name.to_owned());
                let rule = LinkRule::NameId;
                directory.link(&subject, &user_id(number), rule).await
            })
        })
    };
    let linked = |name: &'static str| {
        within(&store, move |directory| {
            Box::pin(async move {
                let subject = Subject::restored(name.to_owned());
                let user = directory.rows.linked(&subject, LinkRule::NameId).await?;
                Ok(user.map(|user| user.id()))
            })
        })
    };
    link("ada", 1).await;
    assert_eq!(linked("ada").await, Some(user_id(1)));
    link("ada", 2).await;
    assert_eq!(
        linked("ada").await,
        Some(user_id(2)),
        "one user for a subject"
    );
    link("eve", 2).await;
    assert_eq!(linked("ada").await, None, "one subject for a user");
    let of_user = within(&store, |directory| {
        Box::pin(async move { directory.rows.subject_of(&user_id(2), None).await })
    });
    assert_eq!(of_user.await, Some(subject("eve")));
    let gone = change(&store, scope("acme"), |directory| {
        Box::pin(async move { directory.delete_user(&user_id(2)).await })
    });
    gone.await.expect("the store answers");
    assert_eq!(linked("eve").await, None);
}

pub(super) async fn a_sign_on_admits_an_assertion_once(store: Arc<dyn Store>) {
    with_connections(&store).await;
    for expected in [Admission::First, Admission::Replayed] {
        let admitted = within(&store, |directory| {
            Box::pin(async move { Ok(directory.rows.admit(key(1), at(100), at(0)).await?) })
        });
        assert_eq!(admitted.await, expected);
    }
}

pub(super) async fn the_last_sign_on_of_each_person_is_remembered(store: Arc<dyn Store>) {
    with_connections(&store).await;
    insert(&store, &person(1)).await.expect("kept");
    let last = |seconds: i64, refused: Option<&str>| LastSignOn {
        at: at(seconds),
        claims: Claims {
            issuer: "https://idp.example/".to_owned(),
            name_id: session(1).name_id,
            authn_instant: at(0),
            attributes: session_of(1, 1).attributes,
        },
        user: refused.is_none().then(|| user_id(1)),
        refused: refused.map(str::to_owned),
    };
    let name = LastSignOnOf::Name(session(1).name_id.value.to_ascii_uppercase());
    let acme = id("acme");
    for one in [last(1, Some("user-not-provisioned")), last(2, None)] {
        let noted = one.clone();
        within(&store, move |directory| {
            Box::pin(async move { directory.rows.note_sign_on(&noted).await })
        })
        .await;
        let found = store.last_sign_ons(&acme, &name).await;
        assert_eq!(found.expect("the store answers"), [one]);
    }
    let by_user = LastSignOnOf::User(user_id(1));
    let found = store.last_sign_ons(&acme, &by_user).await;
    assert_eq!(found.expect("the store answers"), [last(2, None)]);
    for (most, expected) in [(0, vec![]), (5, vec![last(2, None)])] {
        let found = store
            .last_sign_ons(&acme, &LastSignOnOf::Latest(most))
            .await;
        assert_eq!(found.expect("the store answers"), expected);
    }
    let elsewhere = store.last_sign_ons(&id("bolt"), &name).await;
    assert_eq!(elsewhere.expect("the store answers"), []);
    for (before, gone) in [(2, 0), (3, 1), (3, 0)] {
        let forgotten = store.forget(Stale::SignOns, at(before)).await;
        assert_eq!(forgotten.expect("the store answers"), gone);
    }
    let found = store.last_sign_ons(&acme, &name).await;
    assert_eq!(found.expect("the store answers"), []);
}

pub(super) async fn seats_are_counted_on_active_users(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let two = Scope {
        rules: Rules {
            seats: Some(2),
            ..Rules::default()
        },
        ..scope("acme")
    };
    let try_insert = |user: UserRecord| {
        change(&store, two.clone(), move |directory| {
            Box::pin(async move { directory.insert_user(&user).await })
        })
    };
    let try_replace = |user: UserRecord| {
        change(&store, two.clone(), move |directory| {
            Box::pin(async move { directory.replace_user(&user).await })
        })
    };
    for number in [1, 2] {
        try_insert(person(number)).await.expect("a seat is free");
    }
    let refused = |result| matches!(result, Err(DirectoryError::SeatsTaken { limit: 2 }));
    assert!(refused(try_insert(person(3)).await));
    let inactive = turned(&person(3), false);
    try_insert(inactive).await.expect("it takes no seat");
    assert!(refused(try_replace(turned(&person(3), true)).await));
    try_replace(turned(&person(1), false))
        .await
        .expect("it leaves");
    try_replace(turned(&person(3), true))
        .await
        .expect("a seat is free");
    let gone = change(&store, two.clone(), |directory| {
        Box::pin(async move { directory.delete_user(&user_id(2)).await })
    });
    gone.await.expect("the store answers");
    try_insert(person(4)).await.expect("a seat is free");
    let counts = store.counts(&id("acme")).await.expect("the store answers");
    assert_eq!((counts.users, counts.active_users), (3, 2));
}
