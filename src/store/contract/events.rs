//! Promises of the outbox.

use std::sync::Arc;

use serde_json::Map;
use serde_json::json;

use super::people::insert;
use super::people::user;
use super::people::user_id;
use super::people::write;
use super::samples::at;
use super::samples::hostile_texts;
use super::samples::id;
use super::samples::told;
use super::samples::with_connections;
use crate::configuration::append_events;
use crate::connection::KeyState;
use crate::connection::LinkRule;
use crate::connection::SettingChange;
use crate::connection::SpKeyId;
use crate::crypto::Fingerprint;
use crate::directory::DirectoryError;
use crate::event::EndReason;
use crate::event::Event;
use crate::event::EventKind;
use crate::event::EventNumbers;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::event::GroupMember;
use crate::event::Happened;
use crate::event::RawEvent;
use crate::event::RecordedEvent;
use crate::provisioning::CredentialId;
use crate::store::Stale;
use crate::store::Store;

pub(super) fn event(slug: &str, seconds: i64, happened: Happened) -> Event {
    Event::new(&id(slug), at(seconds), happened)
}

pub(super) fn updated(user: &str) -> Happened {
    let user = user.to_owned();
    Happened::UserUpdated { user }
}

pub(super) fn expiring(days: i64) -> Happened {
    Happened::CertificateExpiring {
        fingerprint: Fingerprint::of_der(b"expiring"),
        not_after: at(9_000_000),
        days,
    }
}

pub(super) async fn append(store: &Arc<dyn Store>, events: &[Event]) {
    let appended = append_events(&**store, events).await;
    appended.expect("the events are appended");
}

pub(super) async fn read(store: &Arc<dyn Store>, query: EventQuery) -> Vec<RecordedEvent> {
    store.events(&query).await.expect("the store answers")
}

pub(super) async fn given(store: &Arc<dyn Store>) -> EventNumbers {
    store.event_numbers().await.expect("the store answers")
}

fn numbers(events: &[RecordedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.id).collect()
}

pub(super) async fn events_come_in_order_behind_a_number(store: Arc<dyn Store>) {
    assert_eq!(given(&store).await.latest, 0);
    let all: Vec<Event> = (0..5)
        .map(|second| event("acme", second, updated("ada")))
        .collect();
    append(&store, &all).await;
    let kept = read(&store, EventQuery::default()).await;
    let events: Vec<Event> = kept.iter().map(|one| one.event.clone()).collect();
    assert_eq!(events, all);
    let ids = numbers(&kept);
    assert!(ids.is_sorted_by(|left, right| left < right), "{ids:?}");
    assert_eq!(given(&store).await.latest, ids[4]);
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
    let opened = |user: Option<&str>| Happened::SessionOpened {
        session: "0123456789abcdef".to_owned(),
        user: user.map(str::to_owned),
    };
    let group = |name: &str| name.to_owned();
    let added = Happened::MemberAdded {
        group: group("board"),
        member: GroupMember::Group(group("staff")),
    };
    let (ada, board) = (
        event("acme", 2, opened(Some("ada"))),
        event("acme", 0, added),
    );
    let bolt = event("bolt", 3, opened(None));
    let staff = group("staff");
    let early = event("acme", 1, Happened::GroupCreated { group: staff });
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
    assert_eq!(told(&store).await, []);
    let bob = user(2, json!({"userName": "bob"}));
    insert(&store, &bob).await.expect("the user is kept");
    let told = told(&store).await.into_iter();
    let told: Vec<_> = told.map(|event| event.happened).collect();
    let user = user_id(2).to_string();
    assert_eq!(told, [Happened::UserCreated { user }]);
}

pub(super) async fn old_events_are_forgotten_in_batches_and_leave_a_mark(store: Arc<dyn Store>) {
    let mut all = vec![event("acme", 0, updated("ada")); 1201];
    all.push(event("acme", 100, updated("eve")));
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
    let mark = async || given(&store).await.forgotten;
    assert_eq!(mark().await, 0);
    let none = store.forget(Stale::Events, at(0)).await;
    assert_eq!(none.expect("the store answers"), 0);
    let gone = store.forget(Stale::Events, at(100)).await;
    assert_eq!(gone.expect("the store answers"), 1201);
    assert_eq!(mark().await, ids[1200]);
    let left = read(&store, EventQuery::default()).await;
    assert_eq!(numbers(&left), &ids[1201..]);

    // A number is never given twice, also when nothing is left.
    let gone = store.forget(Stale::Events, at(101)).await;
    assert_eq!(gone.expect("the store answers"), 1);
    append(&store, &[event("acme", 200, updated("ada"))]).await;
    let left = read(&store, EventQuery::default()).await;
    assert!(left[0].id > ids[1201], "{left:?}");
    assert_eq!(mark().await, ids[1201]);
}

pub(super) async fn what_events_hold_is_data(store: Arc<dyn Store>) {
    for text in hostile_texts() {
        let refused = Happened::SignOnRefused {
            user: Some(text.clone()),
            code: text.clone(),
        };
        let raw = RawEvent {
            kind: text.clone(),
            user: Some(text.clone()),
            group: Some(text.clone()),
            session: Some(text.clone()),
            detail: Some(text.clone()),
            fields: Map::from_iter([(text.clone(), text.as_str().into())]),
        };
        let told = [refused, Happened::Unknown(raw)].map(|happened| event("acme", 0, happened));
        append(&store, &told).await;
        let query = EventQuery {
            user: Some(text),
            ..EventQuery::default()
        };
        let found = read(&store, query).await;
        let found: Vec<Event> = found.into_iter().map(|one| one.event).collect();
        assert_eq!(found, told);
    }
}

pub(super) async fn every_kind_of_event_is_read_as_it_was_written(store: Arc<dyn Store>) {
    let all: Vec<Event> = one_of_each()
        .into_iter()
        .zip(0..)
        .map(|(happened, second)| event("acme", second, happened))
        .collect();
    append(&store, &all).await;
    let found = read(&store, EventQuery::default()).await;
    let found: Vec<Event> = found.into_iter().map(|one| one.event).collect();
    assert_eq!(found, all);
    for kind in EventKind::ALL.iter().copied() {
        let of_kind = all
            .iter()
            .filter(|one| one.happened.kind_name() == kind.name());
        let expected: Vec<&Event> = of_kind.collect();
        let is_known = kind != EventKind::Unknown;
        assert_eq!(!expected.is_empty(), is_known, "{kind}: is there a sample");
        let query = EventQuery {
            kind: Some(kind),
            ..EventQuery::default()
        };
        let found = read(&store, query).await;
        let found: Vec<&Event> = found.iter().map(|one| &one.event).collect();
        assert_eq!(found, expected, "{kind}");
    }
}

/// One of each type of event, and one that is unknown.
fn one_of_each() -> Vec<Happened> {
    let (user, group) = (|| "ada".to_owned(), || "board".to_owned());
    let session = || "0123456789abcdef".to_owned();
    let fingerprint = Fingerprint::of_der(b"certificate");
    let settings = || -> Vec<SettingChange> {
        let seats = json!([{"name": "seats", "before": null, "after": 25}, {"name": "trust"}]);
        serde_json::from_value(seats).expect("settings")
    };
    let key = || -> SpKeyId { "0123456789abcdef".parse().expect("an id") };
    let mut all = vec![
        Happened::UserCreated { user: user() },
        Happened::UserUpdated { user: user() },
        Happened::UserDeactivated { user: user() },
        Happened::UserReactivated { user: user() },
        Happened::UserDeleted { user: user() },
        Happened::GroupCreated { group: group() },
        Happened::GroupUpdated { group: group() },
        Happened::GroupDeleted { group: group() },
        Happened::SessionOpened {
            session: session(),
            user: None,
        },
        Happened::SessionRefreshed {
            session: session(),
            user: Some(user()),
        },
        Happened::SignOnRefused {
            user: None,
            code: "user-not-provisioned".to_owned(),
        },
        Happened::UserUnlinked { user: user() },
        Happened::ConnectionAdded {
            settings: settings(),
        },
        Happened::ConnectionChanged {
            settings: settings(),
        },
        Happened::CertificateTrusted { fingerprint },
        Happened::CertificateRetired { fingerprint },
        Happened::KeyRetired { key: key() },
        expiring(0),
        Happened::CredentialExpiring {
            credential: CredentialId::from_random([1; 8]),
            expires: at(5_000_000),
            days: 60,
        },
        Happened::MetadataRefreshed,
        Happened::MetadataUnchanged,
        Happened::MetadataRejected {
            code: "xml-not-well-formed".to_owned(),
            reason: "it ends at line 3".to_owned(),
        },
        Happened::CopyExpiring {
            valid_until: at(6_000_000),
            days: 7,
        },
        Happened::CopyStale {
            confirmed: at(1),
            days: 1,
        },
        Happened::CopyExpired { valid_until: at(2) },
        Happened::CopyMissing,
        Happened::Unknown(RawEvent {
            kind: "of-a-later-version".to_owned(),
            user: Some(user()),
            fields: Map::from_iter([("colour".to_owned(), "red".into())]),
            ..RawEvent::default()
        }),
    ];
    for member in [GroupMember::User(user()), GroupMember::Group(group())] {
        all.push(Happened::MemberAdded {
            group: group(),
            member: member.clone(),
        });
        all.push(Happened::MemberRemoved {
            group: group(),
            member,
        });
    }
    all.extend(EndReason::ALL.iter().map(|reason| Happened::SessionEnded {
        session: session(),
        user: Some(user()),
        reason: *reason,
    }));
    all.extend(LinkRule::ALL.map(|(_, rule)| Happened::UserLinked { user: user(), rule }));
    let states = [KeyState::Next, KeyState::Active, KeyState::Old];
    all.extend(states.map(|state| Happened::KeyChanged { key: key(), state }));
    all
}

/// Numbers are given in the order in which events become visible: whoever has read up to one has missed none below it.
pub(super) async fn no_reader_passes_over_an_event_of_64_writers(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let (writers, each) = (64, 8);
    let writing: Vec<_> = (0..writers)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0..each {
                    let happened = updated(&format!("{writer}-{number}"));
                    append(&store, &[event("acme", 1, happened)]).await;
                }
            })
        })
        .collect();
    let mut seen = Vec::new();
    let mut after = 0;
    let (mut is_over, mut is_last) = (false, false);
    while !is_last {
        is_last = is_over;
        is_over = writing.iter().all(|writer| writer.is_finished());
        let query = EventQuery {
            after,
            limit: 50,
            ..EventQuery::default()
        };
        let some = read(&store, query).await;
        is_last &= some.is_empty();
        for one in some {
            assert!(one.id > after, "{} after {after}", one.id);
            after = one.id;
            seen.push(one);
        }
        tokio::task::yield_now().await;
    }
    let seen: Vec<_> = seen.into_iter().map(|one| one.event).collect();
    for writer in 0..writers {
        let own = format!("{writer}-");
        let own: Vec<_> = seen
            .iter()
            .filter_map(|event| match &event.happened {
                Happened::UserUpdated { user } => user.strip_prefix(&own),
                _ => None,
            })
            .collect();
        let expected: Vec<_> = (0..each).map(|number| number.to_string()).collect();
        assert_eq!(
            own, expected,
            "the events of one writer come whole and in their order"
        );
    }
}
