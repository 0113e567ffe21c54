//! Promises of the replay cache.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::samples::TICK;
use super::samples::at;
use super::samples::id;
use super::samples::key;
use super::samples::with_connections;
use crate::configuration::remove_connection;
use crate::ports::Actor;
use crate::saml::Admission;
use crate::store::Store;

pub(super) async fn a_key_is_admitted_once(store: Arc<dyn Store>) {
    let admitted = [
        store.admit(key(1), at(60), at(0)).await,
        store.admit(key(2), at(60), at(0)).await,
        store.admit(key(1), at(60), at(0)).await,
        store.admit(key(1), at(60), at(30)).await,
    ]
    .map(|answer| answer.expect("the cache answers"));
    let expected = [
        Admission::First,
        Admission::First,
        Admission::Replayed,
        Admission::Replayed,
    ];
    assert_eq!(admitted, expected);
}

pub(super) async fn of_fifty_callers_one_is_first(store: Arc<dyn Store>) {
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        let store = Arc::clone(&store);
        callers.spawn(async move { store.admit(key(1), at(60), at(0)).await });
    }
    let mut first = 0;
    for answer in callers.join_all().await {
        first += usize::from(answer.expect("the cache answers") == Admission::First);
    }
    assert_eq!(first, 1);
}

pub(super) async fn a_key_is_kept_through_its_last_moment(store: Arc<dyn Store>) {
    let until = at(60);
    for (now, expected) in [
        (at(0), Admission::First),
        (until - TICK, Admission::Replayed),
        (until, Admission::Replayed),
        (until + TICK, Admission::First),
    ] {
        let answer = store.admit(key(1), until, now).await;
        assert_eq!(answer.expect("the cache answers"), expected, "at {now}");
    }
}

pub(super) async fn the_latest_deadline_of_a_key_counts(store: Arc<dyn Store>) {
    for (until, now, expected) in [
        (at(60), at(0), Admission::First),
        (at(120), at(30), Admission::Replayed),
        (at(40), at(30), Admission::Replayed),
        (at(120), at(120), Admission::Replayed),
    ] {
        let answer = store.admit(key(1), until, now).await;
        assert_eq!(answer.expect("the cache answers"), expected, "at {now}");
    }
}

pub(super) async fn a_key_outlives_its_connection(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let first = store.admit(key(1), at(60), at(0)).await;
    assert_eq!(first.expect("the cache answers"), Admission::First);
    let removed = remove_connection(&*store, &id("acme"), at(2), &Actor::App).await;
    assert!(removed.expect("the connection is removed").is_some());
    let again = store.admit(key(1), at(60), at(0)).await;
    assert_eq!(again.expect("the cache answers"), Admission::Replayed);
}
