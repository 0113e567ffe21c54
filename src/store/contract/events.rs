//! Promises of the outbox.

use std::sync::Arc;

use serde_json::json;

use super::people::insert;
use super::people::user;
use super::people::user_id;
use super::people::write;
use super::samples::at;
use super::samples::hostile_texts;
use super::samples::id;
use super::samples::with_connections;
use crate::directory::DirectoryError;
use crate::event::Event;
use crate::event::EventKind;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::event::RecordedEvent;
use crate::store::Store;

fn event(slug: &str, kind: EventKind, seconds: i64) -> Event {
    Event::new(id(slug), kind, at(seconds))
}

async fn append(store: &Arc<dyn Store>, events: &[Event]) {
    let appended = store.append_events(events).await;
    appended.expect("the events are appended");
}

async fn read(store: &Arc<dyn Store>, query: EventQuery) -> Vec<RecordedEvent> {
    store.events(&query).await.expect("the store answers")
}

fn numbers(events: &[RecordedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.id).collect()
}

pub(super) async fn events_come_in_order_behind_a_number(store: Arc<dyn Store>) {
    let latest = store.latest_event().await;
    assert_eq!(latest.expect("the store answers"), 0);
    let all: Vec<Event> = (0..5)
        .map(|second| event("acme", EventKind::UserUpdated, second))
        .collect();
    append(&store, &all).await;
    let kept = read(&store, EventQuery::default()).await;
    let events: Vec<Event> = kept.iter().map(|one| one.event.clone()).collect();
    assert_eq!(events, all);
    let ids = numbers(&kept);
    assert!(ids.is_sorted_by(|left, right| left < right), "{ids:?}");
    let latest = store.latest_event().await;
    assert_eq!(latest.expect("the store answers"), ids[4]);
    let ask = |after, limit, part| EventQuery {
        after,
        limit,
        part,
        ..EventQuery::default()
    };
    for (query, expected) in [
        (ask(ids[1], 500, EventPart::Earliest), &ids[2..]),
        (ask(ids[1], 2, EventPart::Earliest), &ids[2..4]),
        (ask(0, 2, EventPart::Latest), &ids[3..]),
        (ask(ids[4], 500, EventPart::Earliest), &[]),
        (ask(0, 0, EventPart::Earliest), &[]),
    ] {
        assert_eq!(numbers(&read(&store, query).await), expected);
    }
}

pub(super) async fn events_are_asked_for_by_connection_user_group_kind_and_time(
    store: Arc<dyn Store>,
) {
    let ada = Event {
        user: Some("ada".to_owned()),
        ..event("acme", EventKind::SessionOpened, 2)
    };
    let board = Event {
        group: Some("board".to_owned()),
        ..event("acme", EventKind::MemberAdded, 0)
    };
    let bolt = event("bolt", EventKind::SessionOpened, 3);
    let early = event("acme", EventKind::GroupCreated, 1);
    append(
        &store,
        &[board.clone(), early.clone(), ada.clone(), bolt.clone()],
    )
    .await;
    let all = EventQuery::default;
    let of = |query: EventQuery| read(&store, query);
    let (user, kind) = (Some("ada".to_owned()), Some(EventKind::SessionOpened));
    let (acme, since) = (Some(id("acme")), Some(at(2)));
    let group = Some("board".to_owned());
    for (query, expected) in [
        (EventQuery { group, ..all() }, vec![&board]),
        (EventQuery { user, ..all() }, vec![&ada]),
        (EventQuery { kind, ..all() }, vec![&ada, &bolt]),
        (EventQuery { since, ..all() }, vec![&ada, &bolt]),
        (
            EventQuery {
                connection: acme,
                ..all()
            },
            vec![&board, &early, &ada],
        ),
    ] {
        let found = of(query).await;
        let found: Vec<&Event> = found.iter().map(|one| &one.event).collect();
        assert_eq!(found, expected);
    }
}

pub(super) async fn an_event_is_there_if_its_change_is(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let undone: Result<(), DirectoryError> = write(&store, "acme", |directory| {
        Box::pin(async move {
            directory
                .insert_user(&user(1, json!({"userName": "ada"})))
                .await?;
            Err(DirectoryError::NotFound)
        })
    })
    .await;
    assert!(undone.is_err());
    assert_eq!(read(&store, EventQuery::default()).await, []);
    let bob = user(2, json!({"userName": "bob"}));
    insert(&store, &bob).await.expect("the user is kept");
    let events = read(&store, EventQuery::default()).await;
    let told: Vec<_> = events
        .iter()
        .map(|one| (one.event.kind, &one.event.user))
        .collect();
    assert_eq!(
        told,
        [(EventKind::UserCreated, &Some(user_id(2).to_string()))]
    );
}

pub(super) async fn old_events_are_forgotten_in_batches_and_leave_a_mark(store: Arc<dyn Store>) {
    let mut all = vec![event("acme", EventKind::UserUpdated, 0); 1201];
    all.push(event("acme", EventKind::UserDeleted, 100));
    append(&store, &all).await;
    let ids = numbers(
        &read(
            &store,
            EventQuery {
                limit: 2000,
                ..EventQuery::default()
            },
        )
        .await,
    );
    let mark = async || store.forgotten_events().await.expect("the store answers");
    assert_eq!(mark().await, 0);
    let none = store.forget_events(at(0)).await;
    assert_eq!(none.expect("the store answers"), 0);
    let gone = store.forget_events(at(100)).await;
    assert_eq!(gone.expect("the store answers"), 1201);
    assert_eq!(mark().await, ids[1200]);
    let left = read(&store, EventQuery::default()).await;
    assert_eq!(numbers(&left), &ids[1201..]);

    // A number is never given twice, also when nothing is left.
    let gone = store.forget_events(at(101)).await;
    assert_eq!(gone.expect("the store answers"), 1);
    append(&store, &[event("acme", EventKind::UserCreated, 200)]).await;
    let left = read(&store, EventQuery::default()).await;
    assert!(left[0].id > ids[1201], "{left:?}");
    assert_eq!(mark().await, ids[1201]);
}

pub(super) async fn what_events_hold_is_data(store: Arc<dyn Store>) {
    for text in hostile_texts() {
        let told = Event {
            user: Some(text.clone()),
            group: Some(text.clone()),
            session: Some(text.clone()),
            detail: Some(text.clone()),
            ..event("acme", EventKind::SignOnRefused, 0)
        };
        append(&store, std::slice::from_ref(&told)).await;
        let query = EventQuery {
            user: Some(text),
            ..EventQuery::default()
        };
        let found = read(&store, query).await;
        let found: Vec<&Event> = found.iter().map(|one| &one.event).collect();
        assert_eq!(found, [&told]);
    }
}
