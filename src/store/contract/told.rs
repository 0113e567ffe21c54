//! Promises of events that name what was changed, and by whom.

use std::sync::Arc;

use super::samples::at;
use super::samples::connection;
use super::samples::id;
use super::samples::session;
use super::samples::with_connections;
use crate::configuration::ChangeOutcome;
use crate::configuration::ConnectionChange;
use crate::configuration::append_events;
use crate::configuration::change_connection;
use crate::connection::Connection;
use crate::event::Event;
use crate::event::EventQuery;
use crate::event::Happened;
use crate::event::RawEvent;
use crate::ports::Actor;
use crate::session::open_session;
use crate::session::revoke;
use crate::store::Store;

pub(super) async fn a_change_of_settings_is_told_with_its_author(store: Arc<dyn Store>) {
    let seats = |seats: u32| {
        let acme = connection("acme", "https://idp.example/?key=hush").into_builder();
        acme.seats(seats).build().expect("a connection")
    };
    let (one, two) = (seats(1), seats(2));
    let steps = [
        (None, &one, ChangeOutcome::Changed),
        (Some(&one), &two, ChangeOutcome::Changed),
        (Some(&two), &two, ChangeOutcome::Unchanged),
        (Some(&one), &two, ChangeOutcome::Late),
    ];
    let authors = ["app", "console:acme:u-1:s-1", "cli", "cli"];
    for ((present, wanted, expected), by) in steps.into_iter().zip(authors) {
        let change = ConnectionChange {
            present: present.cloned().into(),
            wanted: wanted.clone(),
            copy: None,
            met: Vec::new(),
            by: actor(by),
            now: at(1),
        };
        let outcome = change_connection(&*store, &change).await;
        assert_eq!(outcome.expect("the store answers"), expected);
    }
    let added = Happened::ConnectionAdded {
        settings: Connection::differences(None, &one),
    };
    let changed = Happened::ConnectionChanged {
        settings: Connection::differences(Some(&one), &two),
    };
    let expected = [(added, authors[0]), (changed, authors[1])];
    let expected = expected.map(|(happened, by)| {
        let event = Event::new(&id("acme"), at(1), happened);
        event.by(Some(&actor(by)))
    });
    let told = told(&store).await;
    assert_eq!(told, expected);
    assert!(!format!("{told:?}").contains("hush"));
}

pub(super) async fn an_event_names_the_one_who_did_it(store: Arc<dyn Store>) {
    let later = Happened::Unknown(RawEvent {
        kind: "of-a-later-version".to_owned(),
        ..RawEvent::default()
    });
    let user = "ada".to_owned();
    let known = Happened::UserDeactivated { user };
    let mut all = Vec::new();
    for happened in [known, later] {
        let event = Event::new(&id("acme"), at(1), happened);
        for by in [
            "cli",
            "console:acme:u-1:s-1",
            "setup-link:l-1",
            "webhook:w-1",
        ] {
            all.push(event.clone().by(Some(&actor(by))));
        }
        all.push(event);
    }
    let appended = append_events(&*store, &all).await;
    appended.expect("the events are appended");
    assert_eq!(told(&store).await, all);

    with_connections(&store).await;
    for number in [1, 2] {
        let opened = open_session(&*store, &session(number)).await;
        opened.expect("the session is opened");
    }
    for (number, by) in [(1, Some(Actor::CommandLine)), (2, None)] {
        let ended = revoke(&*store, &[session(number).id], at(2), by.as_ref()).await;
        assert_eq!(ended.expect("the store answers").len(), 1);
        let last = told(&store).await.pop().expect("an event");
        assert_eq!(last.session(), Some(session(number).id.as_str()));
        assert_eq!(last.by, by);
    }
}

fn actor(text: &str) -> Actor {
    text.parse().expect("each text is an actor")
}

async fn told(store: &Arc<dyn Store>) -> Vec<Event> {
    let events = store.events(&EventQuery::default()).await;
    let events = events.expect("the store answers").into_iter();
    events.map(|one| one.event).collect()
}
