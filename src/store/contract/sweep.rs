//! Promises of the sweep.

use std::sync::Arc;

use super::samples::TICK;
use super::samples::at;
use super::samples::id;
use super::samples::key;
use super::samples::message_id;
use super::samples::request;
use super::samples::session;
use super::samples::with_connections;
use crate::saml::Admission;
use crate::session::PendingRequest;
use crate::session::SessionFilter;
use crate::session::SessionRecord;
use crate::session::TakenRequest;
use crate::store::Store;
use crate::store::Swept;

pub(super) async fn a_sweep_removes_the_expired_and_nothing_else(store: Arc<dyn Store>) {
    with_connections(&store).await;
    store.ping().await.expect("the store answers");
    let now = at(100);
    // What ends at `now` has expired, but a replay key counts through its last moment.
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
        let opened = store.open_session(&session).await;
        opened.expect("the session is opened");
    }
    let swept = store.sweep(now).await.expect("the store sweeps");
    let expected = Swept {
        replay_keys: 1,
        requests: 2,
        sessions: 2,
    };
    assert_eq!(swept, expected);
    let again = store.sweep(now).await.expect("the store sweeps");
    assert_eq!(again, Swept::default());

    for (number, expected) in [(2, Admission::Replayed), (3, Admission::Replayed)] {
        let admitted = store.admit(key(number), now, now).await;
        assert_eq!(admitted.expect("the cache answers"), expected);
    }
    let taken = store.take_request(&id("acme"), &message_id(3), now).await;
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
    let swept = store.sweep(at(61)).await.expect("the store sweeps");
    assert_eq!(swept.replay_keys, u64::from(MANY));
}
