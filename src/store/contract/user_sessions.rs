//! Promises about the sessions of users, whom the directory changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::people::insert;
use super::people::user_id;
use super::samples::at;
use super::samples::id;
use super::samples::scope;
use super::samples::session;
use super::samples::with_connections;
use super::sign_on::change;
use super::sign_on::kinds;
use super::sign_on::open;
use super::sign_on::person;
use super::sign_on::session_of;
use super::sign_on::turned;
use crate::directory::DirectoryError;
use crate::directory::SessionSelection;
use crate::directory::UserRecord;
use crate::directory::end_sessions;
use crate::event::EndReason;
use crate::event::EventKind;
use crate::event::EventQuery;
use crate::session::SessionFilter;
use crate::session::SessionRecord;
use crate::session::change_sessions;
use crate::session::open_session;
use crate::store::Store;

async fn is_live(store: &Arc<dyn Store>, record: &SessionRecord) -> bool {
    let found = store.session(&record.token, at(5)).await;
    found.expect("the store answers").is_some()
}

async fn replace(store: &Arc<dyn Store>, user: UserRecord) {
    let replaced = change(store, scope("acme"), move |directory| {
        Box::pin(async move { directory.replace_user(&user).await })
    });
    replaced.await.expect("the user is replaced");
}

pub(super) async fn a_session_needs_a_user_who_is_active(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let early = open_session(&*store, &session_of(1, 1)).await;
    assert!(early.is_err(), "nobody has provisioned the user");
    insert(&store, &turned(&person(1), false))
        .await
        .expect("the user is kept");
    let inactive = open_session(&*store, &session_of(1, 1)).await;
    assert!(inactive.is_err(), "the user is not active");
    replace(&store, person(1)).await;
    open(&store, &session_of(1, 1)).await;
    assert!(is_live(&store, &session_of(1, 1)).await);
}

pub(super) async fn deactivation_ends_all_sessions_and_reactivation_revives_none(
    store: Arc<dyn Store>,
) {
    with_connections(&store).await;
    for number in [1, 2] {
        insert(&store, &person(number))
            .await
            .expect("the user is kept");
    }
    for record in [session_of(1, 1), session_of(2, 1), session_of(3, 2)] {
        open(&store, &record).await;
    }
    replace(&store, turned(&person(1), false)).await;
    assert!(!is_live(&store, &session_of(1, 1)).await);
    assert!(!is_live(&store, &session_of(2, 1)).await);
    assert!(is_live(&store, &session_of(3, 2)).await, "somebody else's");
    replace(&store, turned(&person(1), true)).await;
    assert!(!is_live(&store, &session_of(1, 1)).await, "it is revived");
    let told = kinds(&store).await;
    let ended = (EventKind::SessionEnded, Some("user-deactivated".to_owned()));
    assert_eq!(told.iter().filter(|one| **one == ended).count(), 2);
    assert!(told.contains(&(EventKind::UserDeactivated, None)));
    assert!(told.contains(&(EventKind::UserReactivated, None)));
}

pub(super) async fn a_user_who_is_gone_has_no_sessions(store: Arc<dyn Store>) {
    with_connections(&store).await;
    insert(&store, &person(1)).await.expect("the user is kept");
    open(&store, &session_of(1, 1)).await;
    let gone = change(&store, scope("acme"), |directory| {
        Box::pin(async move { directory.delete_user(&user_id(1)).await })
    });
    assert!(gone.await.expect("the store answers"));
    assert!(!is_live(&store, &session_of(1, 1)).await);
    let filter = SessionFilter::default();
    let listed = store.sessions(&filter, at(5)).await;
    assert_eq!(listed.expect("the store answers"), []);
    let ended = (EventKind::SessionEnded, Some("user-deleted".to_owned()));
    assert!(kinds(&store).await.contains(&ended));
}

pub(super) async fn work_that_is_undone_ends_no_session(store: Arc<dyn Store>) {
    with_connections(&store).await;
    insert(&store, &person(1)).await.expect("the user is kept");
    open(&store, &session_of(1, 1)).await;
    let undone: Result<(), DirectoryError> = change(&store, scope("acme"), |directory| {
        Box::pin(async move {
            directory.delete_user(&user_id(1)).await?;
            Err(DirectoryError::NotFound)
        })
    })
    .await;
    assert!(undone.is_err());
    assert!(is_live(&store, &session_of(1, 1)).await);
    let ended = |one: &(EventKind, Option<String>)| one.0 == EventKind::SessionEnded;
    assert!(!kinds(&store).await.iter().any(ended));
}

/// However many sessions end with one change, each is over and told of once.
pub(super) async fn any_number_of_sessions_ends_with_one_change(store: Arc<dyn Store>) {
    const MANY: u32 = 1201;
    with_connections(&store).await;
    for number in 10..10 + MANY {
        open(&store, &session(number)).await;
    }
    let over_bolt = SessionRecord {
        connection: id("bolt"),
        ..session(2)
    };
    open(&store, &over_bolt).await;
    insert(&store, &person(1)).await.expect("the user is kept");
    let left = store.sessions(&SessionFilter::default(), at(5)).await;
    assert_eq!(left.expect("the store answers"), [over_bolt]);
    let query = EventQuery {
        kind: Some(EventKind::SessionEnded),
        limit: 2 * u64::from(MANY),
        ..EventQuery::default()
    };
    let ended = store.events(&query).await.expect("the store answers");
    let handles: BTreeSet<_> = ended.iter().map(|one| one.event.session()).collect();
    assert_eq!((ended.len(), handles.len()), (MANY as usize, MANY as usize));
    let begun = Some("provisioning-began".to_owned());
    assert!(ended.iter().all(|one| one.event.detail() == begun));
}

pub(super) async fn sessions_of_a_user_are_listed_and_ended_together(store: Arc<dyn Store>) {
    with_connections(&store).await;
    for number in [1, 2] {
        insert(&store, &person(number))
            .await
            .expect("the user is kept");
    }
    for record in [session_of(1, 1), session_of(2, 1), session_of(3, 2)] {
        open(&store, &record).await;
    }
    let of_one = SessionFilter {
        user: Some(user_id(1)),
        ..SessionFilter::default()
    };
    let listed = store.sessions(&of_one, at(5)).await;
    let listed = listed.expect("the store answers");
    assert_eq!(listed, [session_of(2, 1), session_of(1, 1)]);
    let end_all_of = async |connection, user| {
        let whose = SessionSelection::Users(id(connection), vec![user_id(user)]);
        let ended = change_sessions(&*store, move |rows| {
            let reason = EndReason::Revoked;
            Box::pin(async move { end_sessions(rows, &whose, reason, at(5), None).await })
        });
        ended.await
    };
    let ended = end_all_of("acme", 1).await;
    assert_eq!(ended.expect("the store answers"), 2);
    assert!(is_live(&store, &session_of(3, 2)).await);
    let elsewhere = end_all_of("bolt", 2).await;
    assert_eq!(elsewhere.expect("the store answers"), 0);
}

pub(super) async fn a_request_is_noted_and_time_does_not_go_back(store: Arc<dyn Store>) {
    with_connections(&store).await;
    open(&store, &session(1)).await;
    for (noted, expected) in [(7, 7), (3, 7)] {
        let touched = store.touch_session(&session(1).token, at(noted)).await;
        touched.expect("the store answers");
        let found = store.session(&session(1).token, at(8)).await;
        let found = found.expect("the store answers").expect("it is live");
        assert_eq!(found.seen, at(expected));
    }
}
