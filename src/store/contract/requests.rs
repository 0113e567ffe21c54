//! Promises of the store of pending requests.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::samples::TICK;
use super::samples::answer;
use super::samples::at;
use super::samples::hostile_texts;
use super::samples::id;
use super::samples::request;
use super::samples::with_connections;
use crate::saml::MessageId;
use crate::saml::ReturnPath;
use crate::session::PendingRequest;
use crate::session::RequestAnswer;
use crate::session::TakenRequest;
use crate::session::Vouched;
use crate::store::Store;

async fn take(store: &Arc<dyn Store>, connection: &str, number: u32) -> TakenRequest {
    take_at(store, connection, number, at(0)).await
}

async fn take_at(
    store: &Arc<dyn Store>,
    connection: &str,
    number: u32,
    now: Timestamp,
) -> TakenRequest {
    take_with(
        store,
        connection,
        &request(number),
        answer(&request(number)),
        now,
    )
    .await
}

async fn take_with(
    store: &Arc<dyn Store>,
    connection: &str,
    request: &PendingRequest,
    answer: RequestAnswer,
    now: Timestamp,
) -> TakenRequest {
    let connection = id(connection);
    let taken = store.take_request(&connection, &request.id, answer, now);
    taken.await.expect("the store answers")
}

async fn remember(store: &Arc<dyn Store>, request: &PendingRequest) {
    let kept = store.remember_request(request).await;
    kept.expect("the request is remembered");
}

pub(super) async fn a_request_is_taken_once_and_unchanged(store: Arc<dyn Store>) {
    with_connections(&store).await;
    remember(&store, &request(1)).await;
    remember(&store, &request(2)).await;
    let taken = take(&store, "acme", 1).await;
    assert_eq!(taken, TakenRequest::Taken(request(1)));
    let again = take(&store, "acme", 1).await;
    assert_eq!(again, used(1, at(0)));
    let never = take(&store, "acme", 3).await;
    assert_eq!(never, TakenRequest::Unknown);
    let other = take(&store, "acme", 2).await;
    assert_eq!(other, TakenRequest::Taken(request(2)));
}

pub(super) async fn of_fifty_takers_one_gets_the_request(store: Arc<dyn Store>) {
    with_connections(&store).await;
    remember(&store, &request(1)).await;
    let mut takers = JoinSet::new();
    for _ in 0..50 {
        let store = Arc::clone(&store);
        takers.spawn(async move { take(&store, "acme", 1).await });
    }
    let mut answers = takers.join_all().await;
    answers.retain(|answer| *answer != used(1, at(0)));
    assert_eq!(answers, [TakenRequest::Taken(request(1))]);
}

pub(super) async fn a_request_of_another_connection_stays(store: Arc<dyn Store>) {
    with_connections(&store).await;
    remember(&store, &request(1)).await;
    for stranger in ["bolt", "nobody"] {
        let taken = take(&store, stranger, 1).await;
        assert_eq!(taken, TakenRequest::Unknown);
        let late = take_at(&store, stranger, 1, at(100)).await;
        assert_eq!(late, TakenRequest::Unknown);
    }
    let taken = take(&store, "acme", 1).await;
    assert_eq!(taken, TakenRequest::Taken(request(1)));
}

pub(super) async fn an_expired_request_is_gone_after_one_answer(store: Arc<dyn Store>) {
    with_connections(&store).await;
    remember(&store, &request(1)).await;
    remember(&store, &request(2)).await;
    let taken = take_at(&store, "acme", 1, at(60)).await;
    assert_eq!(taken, TakenRequest::Expired, "a deadline is exclusive");
    let again = take_at(&store, "acme", 1, at(0)).await;
    assert_eq!(again, TakenRequest::Unknown);
    let in_time = take_at(&store, "acme", 2, at(60) - TICK).await;
    assert_eq!(in_time, TakenRequest::Taken(request(2)));
}

pub(super) async fn a_request_needs_its_connection_and_a_fresh_id(store: Arc<dyn Store>) {
    let early = store.remember_request(&request(1)).await;
    assert!(early.is_err(), "its connection is not there yet");
    with_connections(&store).await;
    remember(&store, &request(1)).await;
    let changed = PendingRequest {
        connection: id("bolt"),
        ..request(1)
    };
    let twice = store.remember_request(&changed).await;
    assert!(twice.is_err(), "another request has this id");
    let taken = take(&store, "acme", 1).await;
    assert_eq!(taken, TakenRequest::Taken(request(1)));
}

pub(super) async fn beyond_capacity_the_oldest_requests_make_room(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let oldest = PendingRequest {
        expires: at(50),
        ..request(0)
    };
    remember(&store, &oldest).await;
    let capacity = u32::try_from(PendingRequest::CAPACITY).expect("a capacity of four bytes");
    let mut waves = JoinSet::new();
    for wave in 1..=WAVES {
        let store = Arc::clone(&store);
        waves.spawn(async move {
            for number in (wave..capacity).step_by(WAVES as usize) {
                remember(&store, &request(number)).await;
            }
        });
    }
    waves.join_all().await;

    // It is full to the last place: all are there, the oldest too.
    let taken = take(&store, "acme", 0).await;
    assert_eq!(taken, TakenRequest::Taken(oldest.clone()));
    remember(&store, &request(capacity)).await;
    let pushed_out = take(&store, "acme", 0).await;
    assert_eq!(pushed_out, TakenRequest::Unknown);
    for number in [1, capacity - 1, capacity] {
        let taken = take(&store, "acme", number).await;
        assert_eq!(taken, TakenRequest::Taken(request(number)));
    }
}

pub(super) async fn long_pages_to_return_to_count_for_what_they_take(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let oldest = PendingRequest {
        expires: at(50),
        ..request(0)
    };
    remember(&store, &oldest).await;
    let room = PendingRequest::MAX_BYTES / PendingRequest::bytes_with(ReturnPath::MAX_LENGTH);
    let room = u32::try_from(room).expect("some thousands");
    let mut waves = JoinSet::new();
    for wave in 1..=WAVES {
        let store = Arc::clone(&store);
        waves.spawn(async move {
            for number in (wave..room).step_by(WAVES as usize) {
                remember(&store, &long(number)).await;
            }
        });
    }
    waves.join_all().await;
    for number in room..room + 2 {
        remember(&store, &long(number)).await;
    }
    let pushed_out = take(&store, "acme", 0).await;
    assert_eq!(pushed_out, TakenRequest::Unknown);
    let taken = take(&store, "acme", room + 1).await;
    assert_eq!(taken, TakenRequest::Taken(long(room + 1)));
}

/// A request with the longest page to return to.
fn long(number: u32) -> PendingRequest {
    let path = format!("/{}", "a".repeat(ReturnPath::MAX_LENGTH - 1));
    PendingRequest {
        return_path: ReturnPath::parse(&path).expect("a local path"),
        ..request(number)
    }
}

/// So many callers fill the store side by side.
const WAVES: u32 = 250;

pub(super) async fn hostile_message_ids_are_data(store: Arc<dyn Store>) {
    with_connections(&store).await;
    for text in hostile_texts() {
        let Some(id) = MessageId::from_text(&text) else {
            continue;
        };
        let request = PendingRequest {
            id: id.clone(),
            ..request(1)
        };
        remember(&store, &request).await;
        let taken = take_with(&store, "acme", &request, answer(&request), at(0)).await;
        assert_eq!(taken, TakenRequest::Taken(request));
    }
}

pub(super) async fn an_answer_from_elsewhere_uses_no_request_up(store: Arc<dyn Store>) {
    with_connections(&store).await;
    // Requests with even numbers are passive.
    let (asks, passive) = (request(1), request(2));
    for request in [&asks, &passive] {
        remember(&store, request).await;
        let own = answer(request);
        for stranger in [
            RequestAnswer {
                browser: None,
                ..own
            },
            RequestAnswer {
                browser: Some(super::samples::request(3).browser),
                ..own
            },
            RequestAnswer {
                relay_state: None,
                ..own
            },
            RequestAnswer {
                relay_state: Some(super::samples::request(3).relay_state),
                ..own
            },
        ] {
            for vouched in [Vouched::Signed, Vouched::Nobody] {
                let stranger = RequestAnswer {
                    vouched,
                    ..stranger
                };
                let taken = take_with(&store, "acme", request, stranger, at(0)).await;
                assert_eq!(taken, TakenRequest::Kept(request.clone()), "{stranger:?}");
            }
        }
    }
    let unvouched = |request: &PendingRequest| RequestAnswer {
        vouched: Vouched::Nobody,
        ..answer(request)
    };
    let taken = take_with(&store, "acme", &asks, unvouched(&asks), at(0)).await;
    assert_eq!(taken, TakenRequest::Kept(asks.clone()), "it may ask");
    let taken = take_with(&store, "bolt", &passive, unvouched(&passive), at(0)).await;
    assert_eq!(taken, TakenRequest::Unknown);
    for expected in [TakenRequest::Taken(passive.clone()), used(2, at(0))] {
        let taken = take_with(&store, "acme", &passive, unvouched(&passive), at(0)).await;
        assert_eq!(taken, expected);
    }
    let taken = take(&store, "acme", 1).await;
    assert_eq!(taken, TakenRequest::Taken(asks));
}

pub(super) async fn a_request_that_was_used_is_known_for_a_while(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let long = PendingRequest {
        expires: at(3600),
        ..request(1)
    };
    remember(&store, &long).await;
    let taken = take(&store, "acme", 1).await;
    assert_eq!(taken, TakenRequest::Taken(long.clone()));
    let end = at(0) + PendingRequest::MEMORY;
    let remembered = TakenRequest::Used(PendingRequest {
        expires: end,
        ..long
    });
    // Anybody who brings the RelayState is told, in any browser, since its cookie is gone by then.
    let elsewhere = RequestAnswer {
        browser: None,
        ..answer(&request(1))
    };
    let again = take_with(&store, "acme", &request(1), elsewhere, end - TICK).await;
    assert_eq!(again, remembered);
    let stranger = answer(&request(2));
    let again = take_with(&store, "acme", &request(1), stranger, at(1)).await;
    assert_eq!(again, TakenRequest::Unknown);
    assert_eq!(
        take_at(&store, "bolt", 1, at(1)).await,
        TakenRequest::Unknown
    );
    assert_eq!(take_at(&store, "acme", 1, end).await, TakenRequest::Unknown);
}

/// A request whose answer came at `now`.
fn used(number: u32, now: Timestamp) -> TakenRequest {
    let request = request(number);
    TakenRequest::Used(PendingRequest {
        expires: request.expires.min(now + PendingRequest::MEMORY),
        ..request
    })
}
