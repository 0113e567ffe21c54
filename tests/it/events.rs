//! The events, as an app reads them.

use std::time::Duration;

use entrada::configuration::append_events;
use entrada::crypto::Fingerprint;
use entrada::event::Event;
use entrada::event::EventQuery;
use entrada::event::Happened;
use entrada::store;
use entrada::store::Stale;
use entrada::store::Store;
use entrada::web::Entrada;
use entrada::web::EventsError;
use jiff::Timestamp;
use tokio::time::timeout;

use crate::command_line::Workspace;

fn event(number: u64) -> Event {
    let user = number.to_string();
    let acme = "acme".parse().unwrap();
    Event::new(&acme, Timestamp::now(), Happened::UserUpdated { user })
}

async fn append(store: &dyn Store, numbers: std::ops::Range<u64>) {
    let events: Vec<Event> = numbers.map(event).collect();
    append_events(store, &events).await.unwrap();
}

async fn entrada(place: &Workspace) -> Entrada {
    let builder = Entrada::builder("https://app.example.com").store(place.database());
    builder.build().await.unwrap()
}

#[tokio::test]
async fn a_reader_has_every_event_once_in_order_beyond_one_page() {
    let place = Workspace::new();
    let entrada = entrada(&place).await;
    let count = EventQuery::LIMIT * 2 + 7;
    append(entrada.store(), 0..count).await;
    let mut events = entrada.events().after(0);
    let mut last = 0;
    for number in 0..count {
        let recorded = events.next().await.unwrap();
        assert_eq!(recorded.event.user(), Some(number.to_string().as_str()));
        assert!(recorded.id > last);
        last = recorded.id;
        assert_eq!(events.position().await.unwrap(), last);
    }

    // One that was killed goes on behind what it remembers.
    let mut again = entrada.events().after(last - 1);
    assert_eq!(again.next().await.unwrap().id, last);
}

#[tokio::test]
async fn a_reader_from_now_on_waits_for_what_another_process_does() {
    let place = Workspace::new();
    let entrada = entrada(&place).await;
    append(entrada.store(), 0..3).await;
    let mut events = entrada.events();
    assert_eq!(events.position().await.unwrap(), 3);
    let waited = timeout(Duration::from_millis(50), events.next()).await;
    assert!(waited.is_err(), "nothing has happened: {waited:?}");

    let other = store::open(&place.database()).await.unwrap();
    append(&*other, 3..4).await;
    let next = events.next().await.unwrap();
    assert_eq!(next.event.user(), Some("3"));
}

#[tokio::test]
async fn a_reader_behind_what_was_forgotten_is_told_so_once_and_goes_on() {
    let place = Workspace::new();
    let entrada = entrada(&place).await;
    append(entrada.store(), 0..3).await;
    let mut slow = entrada.events().after(1);
    let later = Timestamp::now() + jiff::SignedDuration::from_secs(1);
    assert_eq!(
        entrada.store().forget(Stale::Events, later).await.unwrap(),
        3
    );
    append(entrada.store(), 3..4).await;
    match slow.next().await {
        Err(EventsError::Forgotten {
            after: 1,
            forgotten: 3,
        }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(slow.next().await.unwrap().id, 4);
    let mut fresh = entrada.events().after(0);
    assert_eq!(
        fresh.next().await.unwrap().id,
        4,
        "who never read has missed nothing"
    );
}

#[tokio::test]
async fn a_number_that_the_store_has_never_given_is_said_once() {
    let place = Workspace::new();
    let entrada = entrada(&place).await;
    append(entrada.store(), 0..3).await;
    let mut events = entrada.events().after(7);
    match events.next().await {
        Err(EventsError::Unknown {
            after: 7,
            latest: 3,
        }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(events.next().await.unwrap().id, 1);
    let mut events = entrada.events().after(3);
    let waited = timeout(Duration::from_millis(50), events.next()).await;
    assert!(waited.is_err(), "the latest is known: {waited:?}");
}

#[tokio::test]
async fn what_two_processes_tell_in_the_same_moment_is_kept_once() {
    let place = Workspace::new();
    let one = store::open(&place.database()).await.unwrap();
    let two = store::open(&place.database()).await.unwrap();
    let expiring = Happened::CertificateExpiring {
        fingerprint: Fingerprint::of_der(b"certificate"),
        not_after: Timestamp::UNIX_EPOCH,
        days: 7,
    };
    let acme = "acme".parse().unwrap();
    let expiring = Event::new(&acme, Timestamp::UNIX_EPOCH, expiring);
    let tell = async |store: &dyn Store| {
        for _ in 0..8 {
            let told = append_events(store, std::slice::from_ref(&expiring)).await;
            told.unwrap();
        }
    };
    tokio::join!(tell(&*one), tell(&*two));
    let kept = one.events(&EventQuery::default()).await.unwrap();
    let kept: Vec<Event> = kept.into_iter().map(|one| one.event).collect();
    assert_eq!(kept, [expiring]);
}
