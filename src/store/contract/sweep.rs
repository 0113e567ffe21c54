//! Promises of the sweep.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::samples::TICK;
use super::samples::answer;
use super::samples::at;
use super::samples::id;
use super::samples::key;
use super::samples::message_id;
use super::samples::request;
use super::samples::session;
use super::samples::with_connections;
use crate::event::EventKind;
use crate::event::EventQuery;
use crate::saml::Admission;
use crate::session::PendingRequest;
use crate::session::SessionFilter;
use crate::session::SessionRecord;
use crate::session::TakenRequest;
use crate::session::expire;
use crate::session::open_session;
use crate::store::Stale;
use crate::store::Store;

pub(super) async fn a_sweep_removes_the_expired_and_nothing_else(store: Arc<dyn Store>) {
    with_connections(&store).await;
    store.ping().await.expect("the store answers");
    let now = at(100);
    // A row that ends at `now` has expired, but a replay key counts through its last moment.
    for (number, expires) in (1..).zip([now - TICK, now, now + TICK]) {
        let admitted = store.admit(key(number), expires, at(0)).await;
        assert_eq!(admitted.expect("the cache answers"), Admission::First);
        let request = PendingRequest {
            expires,
            ..request(number)
        };
        let remembered = store.remember_request(&request).await;
        remembered.expect("the request is remembered");
        let session = SessionRecord {
            expires,
            ..session(number)
        };
        let opened = open_session(&*store, &session).await;
        opened.expect("the session is opened");
    }
    for (stale, gone) in [(Stale::ReplayKeys, 1), (Stale::PendingRequests, 2)] {
        assert_eq!(forget(&store, stale, now).await, gone, "{stale:?}");
        assert_eq!(forget(&store, stale, now).await, 0, "{stale:?}");
    }
    for ended in [2, 0] {
        assert_eq!(expired(&store, now).await, ended);
    }

    for (number, expected) in [(2, Admission::Replayed), (3, Admission::Replayed)] {
        let admitted = store.admit(key(number), now, now).await;
        assert_eq!(admitted.expect("the cache answers"), expected);
    }
    let taken = store
        .take_request(&id("acme"), &message_id(3), answer(&request(3)), now)
        .await;
    let taken = taken.expect("the store answers");
    assert!(matches!(taken, TakenRequest::Taken(_)), "{taken:?}");
    let live = store.sessions(&SessionFilter::default(), at(0)).await;
    assert_eq!(live.expect("the store answers").len(), 1);
    let connections = store.connections().await;
    assert_eq!(connections.expect("the store answers").len(), 2);
}

pub(super) async fn a_sweep_removes_more_than_one_batch(store: Arc<dyn Store>) {
    const MANY: u32 = 1201;
    for number in 0..MANY {
        let admitted = store.admit(key(number), at(60), at(0)).await;
        assert_eq!(admitted.expect("the cache answers"), Admission::First);
    }
    let gone = forget(&store, Stale::ReplayKeys, at(61)).await;
    assert_eq!(gone, u64::from(MANY));
}

async fn forget(store: &Arc<dyn Store>, stale: Stale, before: Timestamp) -> u64 {
    let forgotten = store.forget(stale, before).await;
    forgotten.expect("the store forgets")
}

async fn expired(store: &Arc<dyn Store>, now: Timestamp) -> u64 {
    expire(&**store, now).await.expect("the store answers")
}

/// A session ends for want of a request, whatever is left of its lifetime, and a request that was noted puts that off.
pub(super) async fn idle_sessions_are_over_and_swept_with_an_event(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let idle = |number: u32, seconds| SessionRecord {
        idle: Some(Duration::from_secs(seconds)),
        ..session(number)
    };
    let (unused, used, patient) = (idle(1, 60), idle(2, 60), idle(3, 600));
    for record in [&unused, &used, &patient, &session(4)] {
        let opened = open_session(&*store, record).await;
        opened.expect("the session is opened");
    }
    let noted = store.touch_session(&used.token, at(50)).await;
    noted.expect("the store answers");
    for (now, live) in [
        (at(61) - TICK, vec![4, 3, 2, 1]),
        (at(61), vec![4, 3, 2]),
        (at(110), vec![4, 3]),
        (at(603), vec![4]),
    ] {
        let listed = store.sessions(&SessionFilter::default(), now).await;
        let listed = listed.expect("the store answers").into_iter();
        let listed: Vec<i64> = listed
            .map(|one| one.opened.as_second() - at(0).as_second())
            .collect();
        assert_eq!(listed, live, "{now}");
        for number in 1..=4 {
            let found = store.session(&session(number).token, now).await;
            let found = found.expect("the store answers").is_some();
            assert_eq!(found, live.contains(&i64::from(number)), "{number} {now}");
        }
    }
    let newest = SessionFilter {
        name_id: Some(unused.name_id.value.clone()),
        limit: Some(1),
        ..SessionFilter::default()
    };
    let listed = store.sessions(&newest, at(61)).await;
    assert_eq!(listed.expect("the store answers"), []);

    assert_eq!(expired(&store, at(61)).await, 1);
    assert_eq!(expired(&store, at(110)).await, 1);
    let query = EventQuery {
        kind: Some(EventKind::SessionEnded),
        ..EventQuery::default()
    };
    let ended = store.events(&query).await.expect("the store answers");
    let ended: Vec<_> = ended
        .iter()
        .map(|one| (one.event.session(), one.event.detail()))
        .collect();
    let expired = Some("expired".to_owned());
    let told = [&unused, &used].map(|record| (Some(record.id.as_str()), expired.clone()));
    assert_eq!(ended, told);
}
