//! Promises of the store of sessions.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::samples::TICK;
use super::samples::at;
use super::samples::hostile_texts;
use super::samples::id;
use super::samples::session;
use super::samples::told;
use super::samples::with_connections;
use crate::directory::SessionSelection;
use crate::event::EndReason;
use crate::event::Happened;
use crate::saml::Admission;
use crate::saml::NameId;
use crate::saml::ReplayKey;
use crate::session::Logout;
use crate::session::LogoutOutcome;
use crate::session::Opening;
use crate::session::SessionFilter;
use crate::session::SessionRecord;
use crate::session::log_out;
use crate::session::open_session;
use crate::session::open_session_once;
use crate::session::revoke;
use crate::session::sign_out;
use crate::store::Store;

async fn open(store: &Arc<dyn Store>, record: &SessionRecord) {
    let opened = open_session(&**store, record).await;
    opened.expect("the session is opened");
}

async fn list(store: &Arc<dyn Store>, filter: SessionFilter, seconds: i64) -> Vec<SessionRecord> {
    let listed = store.sessions(&filter, at(seconds)).await;
    let listed = listed.expect("the store answers");
    let counted = store.count_sessions(&filter, at(seconds)).await;
    let counted = counted.expect("the store answers");
    assert!(filter.limit.is_some() || counted == listed.len() as u64);
    assert!(counted >= listed.len() as u64);
    listed
}

pub(super) async fn a_session_is_found_by_its_token_until_it_expires(store: Arc<dyn Store>) {
    with_connections(&store).await;
    open(&store, &session(1)).await;
    for (now, expected) in [
        (at(1), Some(session(1))),
        (at(1000) - TICK, Some(session(1))),
        (at(1000), None),
    ] {
        let found = store.session(&session(1).token, now).await;
        assert_eq!(found.expect("the store answers"), expected, "at {now}");
    }
    let stranger = store.session(&session(2).token, at(1)).await;
    assert_eq!(stranger.expect("the store answers"), None);
}

pub(super) async fn a_session_needs_its_connection_and_a_fresh_token(store: Arc<dyn Store>) {
    let early = open_session(&*store, &session(1)).await;
    assert!(early.is_err(), "its connection is not there yet");
    with_connections(&store).await;
    open(&store, &session(1)).await;
    let changed = SessionRecord {
        issuer: "https://evil.example/".to_owned(),
        ..session(1)
    };
    let twice = open_session(&*store, &changed).await;
    assert!(twice.is_err(), "another session has this token");
    let found = store.session(&session(1).token, at(1)).await;
    assert_eq!(found.expect("the store answers"), Some(session(1)));
}

pub(super) async fn a_session_ends_once_by_its_token(store: Arc<dyn Store>) {
    with_connections(&store).await;
    open(&store, &session(1)).await;
    open(&store, &session(2)).await;
    for expected in [true, false] {
        let ended = sign_out(&*store, &session(1).token, at(2)).await;
        assert_eq!(ended.expect("the store answers"), expected);
    }
    let ended = store.session(&session(1).token, at(2)).await;
    assert_eq!(ended.expect("the store answers"), None);
    let other = store.session(&session(2).token, at(2)).await;
    assert_eq!(other.expect("the store answers"), Some(session(2)));
}

pub(super) async fn a_session_ends_once_by_its_handle(store: Arc<dyn Store>) {
    with_connections(&store).await;
    open(&store, &session(1)).await;
    open(&store, &session(2)).await;
    for expected in [true, false] {
        let revoked = revoke(&*store, &[session(1).id], at(2), None).await;
        let revoked = revoked.expect("the store answers");
        assert_eq!(revoked.contains(session(1).id.as_str()), expected);
    }
    let ended = store.session(&session(1).token, at(2)).await;
    assert_eq!(ended.expect("the store answers"), None);
    let other = store.session(&session(2).token, at(2)).await;
    assert_eq!(other.expect("the store answers"), Some(session(2)));
}

pub(super) async fn live_sessions_are_listed_newest_first_and_filtered(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let over_bolt = SessionRecord {
        connection: id("bolt"),
        name_id: session(1).name_id,
        ..session(3)
    };
    let short = SessionRecord {
        expires: at(50),
        ..session(4)
    };
    for record in [&session(2), &session(1), &short, &over_bolt] {
        open(&store, record).await;
    }
    let everything = SessionFilter::default();
    let of_acme = SessionFilter {
        connection: Some(id("acme")),
        ..SessionFilter::default()
    };
    let of_person = SessionFilter {
        name_id: Some(session(1).name_id.value),
        ..SessionFilter::default()
    };
    let of_both = SessionFilter {
        connection: Some(id("acme")),
        ..of_person.clone()
    };
    let newest = SessionFilter {
        limit: Some(1),
        ..of_acme.clone()
    };
    let none = SessionFilter {
        limit: Some(0),
        ..SessionFilter::default()
    };
    let (one, two) = (session(1), session(2));
    for (filter, seconds, expected) in [
        (&everything, 49, vec![&short, &over_bolt, &two, &one]),
        (&everything, 50, vec![&over_bolt, &two, &one]),
        (&everything, 1000, vec![]),
        (&of_acme, 50, vec![&two, &one]),
        (&of_person, 50, vec![&over_bolt, &one]),
        (&of_both, 50, vec![&one]),
        (&newest, 50, vec![&two]),
        (&none, 50, vec![]),
    ] {
        let listed = list(&store, filter.clone(), seconds).await;
        assert_eq!(listed.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

pub(super) async fn hostile_names_are_data(store: Arc<dyn Store>) {
    with_connections(&store).await;
    for (number, text) in (0..).zip(hostile_texts()) {
        let mut record = session(number);
        record.name_id.value = text.clone();
        record.session_index = Some(text.clone());
        record.issuer = text.clone();
        open(&store, &record).await;
        let found = store.session(&record.token, at(0)).await;
        assert_eq!(found.expect("the store answers"), Some(record.clone()));
        let of_person = SessionFilter {
            name_id: Some(text),
            ..SessionFilter::default()
        };
        assert_eq!(list(&store, of_person, 0).await, [record]);
    }
}

/// A logout over `acme` in the request of this number.
fn logout(number: u32, sessions: SessionSelection) -> Logout {
    Logout {
        request: ReplayKey::of("https://idp.example/", &format!("logout {number}")),
        until: at(60),
        sessions,
    }
}

async fn end(store: &Arc<dyn Store>, logout: &Logout) -> LogoutOutcome {
    let ended = log_out(&**store, logout, at(1)).await;
    ended.expect("the store answers")
}

/// A session with an index that an identity provider counts, or with the ID of its assertion.
fn indexed(number: u32, person: &str, index: &str, index_is_assertion_id: bool) -> SessionRecord {
    SessionRecord {
        session_index: Some(index.to_owned()),
        index_is_assertion_id,
        name_id: NameId {
            value: person.to_owned(),
            ..session(number).name_id
        },
        ..session(number)
    }
}

pub(super) async fn a_logout_ends_the_sessions_of_its_connection_that_it_means(
    store: Arc<dyn Store>,
) {
    with_connections(&store).await;
    let elsewhere = |record: SessionRecord| SessionRecord {
        connection: id("bolt"),
        ..record
    };
    let without_index = SessionRecord {
        session_index: None,
        ..indexed(9, "adele", "", false)
    };
    for record in [
        indexed(1, "adele", "1", false),
        indexed(2, "bernd", "1", false),
        indexed(3, "adele", "2", false),
        indexed(4, "adele", "_a4", true),
        indexed(5, "bernd", "_a5", true),
        indexed(6, "carla", "_a6", true),
        elsewhere(indexed(7, "adele", "1", false)),
        elsewhere(indexed(8, "adele", "_a4", true)),
        without_index,
    ] {
        open(&store, &record).await;
    }
    let sessions = |indexes: &[&str], person: Option<&str>| SessionSelection::Indexes {
        connection: id("acme"),
        indexes: indexes.iter().map(|&index| index.to_owned()).collect(),
        name_id: person.map(str::to_owned),
    };
    let hostile = SessionSelection::Indexes {
        connection: id("acme"),
        indexes: hostile_texts().to_vec(),
        name_id: Some(hostile_texts()[0].clone()),
    };
    // The sessions that are left after each of them, by the second in which they were opened.
    for (number, (scope, left)) in (0..).zip([
        (hostile, vec![9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (
            sessions(&["1"], Some("carla")),
            vec![9, 8, 7, 6, 5, 4, 3, 2, 1],
        ),
        (
            sessions(&["1"], Some("adele")),
            vec![9, 8, 7, 6, 5, 4, 3, 2],
        ),
        (
            sessions(&["_a4", "_a5"], Some("another name")),
            vec![9, 8, 7, 6, 3, 2],
        ),
        (sessions(&["_a6"], None), vec![9, 8, 7, 3, 2]),
        (
            SessionSelection::Person(id("acme"), "adele".to_owned()),
            vec![8, 7, 2],
        ),
        (
            SessionSelection::Person(id("acme"), "adele".to_owned()),
            vec![8, 7, 2],
        ),
        (sessions(&["1"], None), vec![8, 7]),
    ]) {
        let before = list(&store, SessionFilter::default(), 10).await.len();
        let ended = end(&store, &logout(number, scope.clone())).await;
        let found = list(&store, SessionFilter::default(), 10).await;
        let found: Vec<i64> = found
            .iter()
            .map(|one| one.opened.as_second() - at(0).as_second())
            .collect();
        assert_eq!(found, left, "{scope:?}");
        assert_eq!(
            ended,
            LogoutOutcome::Ended((before - left.len()) as u64),
            "{scope:?}"
        );
    }
}

pub(super) async fn a_logout_request_ends_sessions_once(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let order = logout(
        1,
        SessionSelection::Person(id("acme"), session(1).name_id.value),
    );
    open(&store, &session(1)).await;
    assert_eq!(end(&store, &order).await, LogoutOutcome::Ended(1));
    open(&store, &session(1)).await;
    assert_eq!(end(&store, &order).await, LogoutOutcome::Replayed);
    assert_eq!(
        list(&store, SessionFilter::default(), 1).await,
        [session(1)]
    );
}

pub(super) async fn an_assertion_opens_one_session_and_ends_those_it_replaces(
    store: Arc<dyn Store>,
) {
    with_connections(&store).await;
    open(&store, &session(1)).await;
    let opening = |number: u32| Opening {
        assertion: ReplayKey::of("https://idp.example/", "_a"),
        until: at(60),
        record: session(number),
        replaces: vec![session(1).token],
    };
    let broken = Opening {
        record: SessionRecord {
            connection: id("nobody"),
            ..session(9)
        },
        ..opening(9)
    };
    let refused = open_session_once(&*store, broken, at(1)).await;
    assert!(refused.is_err(), "its connection is not there");
    for (number, expected) in [(2, Admission::First), (3, Admission::Replayed)] {
        let admitted = open_session_once(&*store, opening(number), at(1)).await;
        assert_eq!(admitted.expect("the store answers"), expected);
    }
    let left = list(&store, SessionFilter::default(), 4).await;
    assert_eq!(
        left,
        [session(2)],
        "the replaced one is over, the replayed one never was"
    );
    let told = told(&store).await.into_iter();
    let told: Vec<_> = told.map(|event| event.happened).collect();
    let opened = |number| Happened::SessionOpened {
        session: session(number).id.to_string(),
        user: None,
    };
    let replaced = Happened::SessionEnded {
        session: session(1).id.to_string(),
        user: None,
        reason: EndReason::Replaced,
    };
    let expected = [opened(1), replaced, opened(2)];
    assert_eq!(told, expected);
}

pub(super) async fn a_bad_opening_harms_none_that_comes_with_it(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let opening = |number: u32, assertion: &str, connection: &str| Opening {
        assertion: ReplayKey::of("https://idp.example/", assertion),
        until: at(60),
        record: SessionRecord {
            connection: id(connection),
            ..session(number)
        },
        replaces: Vec::new(),
    };
    let first = opening(1, "_a", "acme");
    let twice = opening(2, "_a", "acme");
    let homeless = opening(3, "_b", "nobody");
    let last = opening(4, "_b", "acme");
    let (first, twice, homeless, last) = tokio::join!(
        open_session_once(&*store, first, at(1)),
        open_session_once(&*store, twice, at(1)),
        open_session_once(&*store, homeless, at(1)),
        open_session_once(&*store, last, at(1)),
    );
    let expect = |answer: Result<Admission, _>| answer.expect("the store answers");
    let same = [expect(first), expect(twice)];
    assert!(same.contains(&Admission::First) && same.contains(&Admission::Replayed));
    // The one that has no connection may come after the other one with its assertion, and is then a replay.
    assert!(
        !matches!(homeless, Ok(Admission::First)),
        "its connection is not there"
    );
    assert_eq!(expect(last), Admission::First, "its assertion was not used");
    assert_eq!(list(&store, SessionFilter::default(), 5).await.len(), 2);
}

pub(super) async fn many_sign_ons_at_once_are_all_kept(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let mut people = JoinSet::new();
    for number in 0..300 {
        let store = Arc::clone(&store);
        people.spawn(async move {
            let opening = Opening {
                assertion: ReplayKey::of("https://idp.example/", &number.to_string()),
                until: at(60),
                record: session(number),
                replaces: Vec::new(),
            };
            open_session_once(&*store, opening, at(1)).await
        });
    }
    for admitted in people.join_all().await {
        assert_eq!(admitted.expect("the store answers"), Admission::First);
    }
    assert_eq!(list(&store, SessionFilter::default(), 0).await.len(), 300);
    for number in 0..300 {
        let found = store.session(&session(number).token, at(1)).await;
        assert_eq!(found.expect("the store answers"), Some(session(number)));
    }
}
