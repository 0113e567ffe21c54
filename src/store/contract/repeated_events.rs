//! Promises about events that repeat each other, of which the first is kept.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::events::append;
use super::events::event;
use super::events::expiring;
use super::events::given;
use super::events::read;
use super::events::updated;
use super::samples::at;
use super::samples::id;
use super::samples::with_connections;
use crate::configuration::remove_connection;
use crate::event::Event;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::ports::Actor;
use crate::store::Stale;
use crate::store::Store;

pub(super) async fn of_events_that_repeat_each_other_the_first_is_kept(store: Arc<dyn Store>) {
    let all = [
        event("acme", 1, expiring(30)),
        event("acme", 2, expiring(30)),
        event("acme", 3, expiring(7)),
        event("bolt", 4, expiring(30)),
        event("acme", 5, updated("ada")),
        event("acme", 5, updated("ada")),
    ];
    append(&store, &all).await;
    append(&store, &all[..4]).await;
    let latest = given(&store).await.latest;
    assert_eq!(latest, 5, "a repeat has no number");
    let found = read(&store, EventQuery::default()).await;
    let found: Vec<&Event> = found.iter().map(|one| &one.event).collect();
    let [first, _, level, elsewhere, change, again] = &all;
    assert_eq!(found, [first, level, elsewhere, change, again]);

    // Forgotten with its event, a key is no repeat any more.
    let gone = store.forget(Stale::Events, at(2)).await;
    assert_eq!(gone.expect("the store answers"), 1);
    append(&store, &all[..2]).await;
    let query = EventQuery {
        part: EventPart::Latest,
        limit: 1,
        ..EventQuery::default()
    };
    let last = read(&store, query).await;
    assert_eq!(last[0].event, *first);
}

pub(super) async fn a_connection_made_anew_is_told_of_anew(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let [acme, bolt] = ["acme", "bolt"].map(|slug| event(slug, 1, expiring(30)));
    append(&store, &[acme.clone(), bolt.clone()]).await;
    let removed = remove_connection(&*store, &id("acme"), at(2), &Actor::App).await;
    assert!(removed.expect("the store answers").is_some());
    with_connections(&store).await;
    append(&store, &[acme.clone(), acme.clone(), bolt.clone()]).await;
    let query = EventQuery {
        kind: Some(acme.kind()),
        ..EventQuery::default()
    };
    let told = read(&store, query).await;
    let told: Vec<Event> = told.into_iter().map(|one| one.event).collect();
    assert_eq!(told, [acme.clone(), bolt, acme]);
}

pub(super) async fn of_many_who_tell_the_same_at_once_one_is_heard(store: Arc<dyn Store>) {
    let mut tellers = JoinSet::new();
    for second in 0..16 {
        let store = Arc::clone(&store);
        tellers.spawn(async move {
            append(&store, &[event("acme", second, expiring(1))]).await;
        });
    }
    tellers.join_all().await;
    assert_eq!(read(&store, EventQuery::default()).await.len(), 1);
}
