//! Promises of the metadata cache about refreshing: the right to it, and what came of it.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::json;
use tokio::task::JoinSet;

use super::samples::at;
use super::samples::connection;
use super::samples::copy;
use super::samples::hostile_texts;
use super::samples::id;
use super::samples::keep_copy;
use super::samples::told;
use super::samples::with_connections;
use crate::configuration::ChangeOutcome;
use crate::configuration::ConnectionChange;
use crate::configuration::change_connection;
use crate::configuration::claim_refresh;
use crate::configuration::danger::put_connection;
use crate::configuration::finish_refresh;
use crate::configuration::note_pinned;
use crate::configuration::remove_connection;
use crate::connection::Connection;
use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::crypto::SigningKey;
use crate::metadata::Claim;
use crate::metadata::FinishedRefresh;
use crate::metadata::KeyHistory;
use crate::metadata::Lease;
use crate::metadata::MetadataCopy;
use crate::metadata::NotClaimed;
use crate::metadata::PinnedNote;
use crate::metadata::RefreshFailure;
use crate::metadata::RefreshPolicy;
use crate::metadata::RefreshRecord;
use crate::metadata::RefreshState;
use crate::metadata::RefreshTrigger;
use crate::ports::Actor;
use crate::store::Store;

pub(super) async fn a_copys_version_changes_with_the_copy_alone(store: Arc<dyn Store>) {
    with_connections(&store).await;
    assert_eq!(versions(&store).await, []);
    keep(&store, "acme", b"<a/>").await;
    let first = versions(&store).await;
    assert_eq!(first.len(), 1, "bolt has no copy");
    assert_eq!(first[0].0, "acme");

    keep(&store, "bolt", b"<b/>").await;
    assert!(claim(&store, "acme", 1, at(0)).await.is_ok());
    assert!(finish(&store, "acme", 1, &finished(at(1), None)).await);
    let second = versions(&store).await;
    assert_eq!(second.len(), 2);
    assert_eq!(second[0], first[0], "the copy of acme is the same");

    keep(&store, "acme", b"<c/>").await;
    let third = versions(&store).await;
    assert_ne!(third[0], second[0], "another copy");
    assert_eq!(third[1], second[1], "the copy of bolt is the same");

    assert!(claim(&store, "bolt", 2, at(2)).await.is_ok());
    assert!(finish(&store, "bolt", 2, &finished(at(3), Some(b"<d/>"))).await);
    let fourth = versions(&store).await;
    assert_eq!(fourth[0], third[0], "the copy of acme is the same");
    assert_ne!(fourth[1], third[1], "a copy that a refresh brought");
}

pub(super) async fn the_right_to_refresh_is_recorded_and_one_holder_has_it(store: Arc<dyn Store>) {
    with_connections(&store).await;
    assert_eq!(state(&store, "acme").await, RefreshState::default());
    let claimed = claim(&store, "acme", 7, at(0)).await.expect("nobody else");
    assert_eq!(state(&store, "acme").await, claimed);
    let Some(Lease { holder: 7, until }) = claimed.lease else {
        panic!("the holder's lease, found {:?}", claimed.lease)
    };
    let refused = claim(&store, "acme", 8, at(1)).await;
    assert_eq!(refused, Err(NotClaimed::Held { until }));
    let unchanged = state(&store, "acme").await;
    assert_eq!(unchanged, claimed, "a refusal changes nothing");
    let other = claim(&store, "bolt", 8, at(1)).await;
    assert!(other.is_ok(), "each connection has a right of its own");
}

pub(super) async fn of_fifty_claimants_one_refreshes(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let mut claimants = JoinSet::new();
    for holder in 0..50 {
        let store = Arc::clone(&store);
        claimants.spawn(async move { claim(&store, "acme", holder, at(0)).await });
    }
    let answers = claimants.join_all().await;
    let given: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
    assert_eq!(given.len(), 1);
    assert_eq!(Some(&state(&store, "acme").await), given.first());
}

/// A holder that died keeps nobody waiting; one that was only slow does not write over its successor.
pub(super) async fn a_lease_ends_by_itself_and_its_holder_writes_nothing_after_the_next(
    store: Arc<dyn Store>,
) {
    with_connections(&store).await;
    let first = claim(&store, "acme", 1, at(0)).await.expect("nobody else");
    let until = first.lease.expect("a lease").until;
    let tick = SignedDuration::from_micros(1);
    let held = claim(&store, "acme", 2, until - tick).await;
    assert_eq!(held, Err(NotClaimed::Held { until }));
    let second = claim(&store, "acme", 2, until).await;
    let second = second.expect("the lease has ended");

    let late = finished(until, Some(b"<late/>"));
    assert!(!finish(&store, "acme", 1, &late).await, "not its turn");
    assert!(!finish(&store, "acme", 3, &late).await, "never its turn");
    assert_eq!(state(&store, "acme").await, second);
    assert_eq!(history(&store, "acme").await, KeyHistory::default());
    let copy = store.metadata_copy("acme").await;
    assert_eq!(copy.expect("the store answers"), None);
    assert!(finish(&store, "acme", 2, &late).await);
}

pub(super) async fn what_came_of_a_refresh_is_written_whole(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let before = revision(&store).await;
    assert!(claim(&store, "acme", 1, at(0)).await.is_ok());
    assert_eq!(revision(&store).await, before, "a claim changes no trust");

    let first = finished(at(1), Some(b"\xef\xbb\xbf<a>\r\n\0\xff'</a>"));
    assert!(finish(&store, "acme", 1, &first).await);
    assert_eq!(written(&store, "acme").await, first);
    let after = revision(&store).await;
    assert!(after > before, "a new copy changes trust");
    assert!(
        !finish(&store, "acme", 1, &first).await,
        "a right is used once"
    );

    // A refresh that found nothing new leaves the copy, the history and the revision as they are.
    assert!(claim(&store, "acme", 2, at(100)).await.is_ok());
    let unchanged = FinishedRefresh {
        state: done(at(101)),
        copy: None,
        history: None,
    };
    assert!(finish(&store, "acme", 2, &unchanged).await);
    let expected = FinishedRefresh {
        state: unchanged.state,
        ..first
    };
    assert_eq!(written(&store, "acme").await, expected);
    assert_eq!(revision(&store).await, after);
    let other = state(&store, "bolt").await;
    assert_eq!(
        other,
        RefreshState::default(),
        "another connection's is its own"
    );
}

pub(super) async fn a_refresh_needs_its_connection_and_goes_with_it(store: Arc<dyn Store>) {
    for text in hostile_texts() {
        let read = store.refresh_record(&text).await;
        assert_eq!(read.expect("the store answers"), RefreshRecord::default());
    }
    let claimed = claim(&store, "acme", 1, at(0)).await;
    assert_eq!(claimed, Err(NotClaimed::OtherSource), "there is none");
    assert!(!finish(&store, "acme", 1, &finished(at(0), Some(b"<a/>"))).await);
    assert_eq!(record(&store, "acme").await, RefreshRecord::default());
    with_connections(&store).await;
    assert!(claim(&store, "acme", 1, at(0)).await.is_ok());
    assert!(finish(&store, "acme", 1, &finished(at(1), Some(b"<a/>"))).await);
    assert!(claim(&store, "acme", 2, at(2)).await.is_ok());
    let removed = remove_connection(&*store, &id("acme"), at(2), &Actor::App).await;
    assert!(removed.expect("the connection is removed").is_some());
    let late = finished(at(3), Some(b"<b/>"));
    assert!(
        !finish(&store, "acme", 2, &late).await,
        "nothing to refresh"
    );
    with_connections(&store).await;
    assert_eq!(state(&store, "acme").await, RefreshState::default());
    assert_eq!(history(&store, "acme").await, KeyHistory::default());
    assert_eq!(versions(&store).await, []);
}

pub(super) async fn a_replaced_connection_keeps_its_keys_and_its_schedule(store: Arc<dyn Store>) {
    with_connections(&store).await;
    assert!(claim(&store, "acme", 1, at(0)).await.is_ok());
    let first = finished(at(1), Some(b"<a/>"));
    assert!(finish(&store, "acme", 1, &first).await);
    with_connections(&store).await;
    assert_eq!(written(&store, "acme").await, first);
}

/// The holder began before the connection had another source, or has not read it since.
pub(super) async fn a_slow_refresh_of_another_source_writes_nothing(store: Arc<dyn Store>) {
    with_connections(&store).await;
    assert!(claim(&store, "acme", 1, at(0)).await.is_ok());
    let present = store.connection(&id("acme")).await;
    let other = connection("acme", "https://idp.example/other");
    let change = ConnectionChange {
        present: present.expect("the store answers").into(),
        wanted: other,
        copy: Some(MetadataCopy {
            url: "https://idp.example/other".to_owned(),
            ..copy(b"<other/>")
        }),
        met: Vec::new(),
        by: Actor::CommandLine,
        now: at(1),
    };
    let outcome = change_connection(&*store, &change).await;
    assert_eq!(outcome.expect("the store answers"), ChangeOutcome::Changed);
    assert_eq!(state(&store, "acme").await, RefreshState::default());
    let before = revision(&store).await;

    let late = finished(at(2), Some(b"<late/>"));
    assert!(!finish(&store, "acme", 1, &late).await, "the right is lost");
    let stale = claim(&store, "acme", 2, at(3)).await;
    assert_eq!(stale, Err(NotClaimed::OtherSource));
    assert_eq!(state(&store, "acme").await, RefreshState::default());
    let kept = store.metadata_copy("acme").await;
    assert_eq!(kept.expect("the store answers"), change.copy);
    assert_eq!(history(&store, "acme").await, KeyHistory::default());
    assert_eq!(revision(&store).await, before);
}

/// The connection is as it was; the copy is of something else.
pub(super) async fn a_refresh_with_a_copy_of_another_source_writes_nothing(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let claimed = claim(&store, "acme", 1, at(0)).await.expect("nobody else");
    let (before, events) = (revision(&store).await, told(&store).await);
    let mut stray = finished(at(1), Some(b"<other/>"));
    stray.copy.as_mut().expect("a copy").url = "https://idp.example/other".to_owned();
    assert!(!finish(&store, "acme", 1, &stray).await);
    let expected = FinishedRefresh {
        state: claimed,
        copy: None,
        history: Some(KeyHistory::default()),
    };
    assert_eq!(written(&store, "acme").await, expected);
    assert_eq!(revision(&store).await, before);
    assert_eq!(told(&store).await, events);
}

pub(super) async fn a_pinned_certificate_is_written_down_once(store: Arc<dyn Store>) {
    let (begin, end) = (at(0), at(5000));
    let key = SigningKey::generate_p256().expect("a key");
    let certificate = Certificate::self_signed(&key, "pinned", 1, begin, end);
    let certificate = certificate.expect("a certificate");
    let note = |now| PinnedNote {
        met: vec![certificate.clone()],
        source: "sign-on".to_owned(),
        now,
    };
    let noted = note_pinned(&*store, &id("acme"), &note(at(0))).await;
    assert!(!noted.expect("the store answers"), "there is none");
    with_connections(&store).await;
    let noted = note_pinned(&*store, &id("acme"), &note(at(0))).await;
    assert!(!noted.expect("the store answers"), "it pins nothing");
    pin(&store, certificate.fingerprint(), at(0)).await;
    let (before, refreshing) = (revision(&store).await, state(&store, "acme").await);
    let noted = note_pinned(&*store, &id("acme"), &note(at(1))).await;
    assert!(noted.expect("the store answers"), "it is new");
    let known = history(&store, "acme").await;
    assert_eq!(known.end_of(certificate.fingerprint()), Some(end));
    assert_eq!(state(&store, "acme").await, refreshing);
    let again = note_pinned(&*store, &id("acme"), &note(at(2))).await;
    assert!(!again.expect("the store answers"), "it is known");
    assert_eq!(history(&store, "acme").await, known);
    assert_eq!(history(&store, "bolt").await, KeyHistory::default());
    assert_eq!(revision(&store).await, before, "whom to trust is as it was");

    // A server that still has the connection as it was met it once more.
    pin(&store, Fingerprint::of_der(b"another"), at(3)).await;
    assert_eq!(history(&store, "acme").await.active().count(), 0);
    let retired = history(&store, "acme").await;
    let late = note_pinned(&*store, &id("acme"), &note(at(4))).await;
    assert!(!late.expect("the store answers"), "it is pinned no longer");
    assert_eq!(history(&store, "acme").await, retired);
}

/// Has `acme` pin one certificate.
async fn pin(store: &Arc<dyn Store>, pin: Fingerprint, now: Timestamp) {
    let acme = Connection::builder("acme").fingerprint(pin, "urn:idp", "https://idp.example/sso");
    let acme = acme.build().expect("a connection");
    let pinned = put_connection(&**store, &acme, now).await;
    pinned.expect("the connection is kept");
}

const SOURCE: &str = "https://idp.example/metadata";

fn claim_of(holder: u64, now: Timestamp) -> Claim {
    Claim {
        source: SOURCE.to_owned(),
        trigger: RefreshTrigger::Manual,
        policy: RefreshPolicy::default(),
        holder,
        now,
    }
}

pub(super) async fn claim(
    store: &Arc<dyn Store>,
    connection: &str,
    holder: u64,
    now: Timestamp,
) -> Result<RefreshState, NotClaimed> {
    let claim = claim_of(holder, now);
    let claimed = claim_refresh(&**store, &id(connection), &claim).await;
    claimed.expect("the store answers")
}

async fn finish(
    store: &Arc<dyn Store>,
    connection: &str,
    holder: u64,
    finished: &FinishedRefresh,
) -> bool {
    let written = finish_refresh(&**store, &id(connection), holder, finished).await;
    written.expect("the store answers")
}

/// A state with something in every field, the lease given back.
fn done(now: Timestamp) -> RefreshState {
    RefreshState {
        source: SOURCE.to_owned(),
        last_attempt: Some(now),
        last_success: Some(now),
        failures: 3,
        last_failure: Some(RefreshFailure::new(now, "fetch-status", "'a' \"b\"\r\n\0ß")),
        cache_duration: Some(std::time::Duration::from_millis(1500)),
        next_due: Some(now + SignedDuration::from_hours(1)),
        last_early: Some(now),
        quiet_until: Some(now + SignedDuration::from_mins(5)),
        lease: None,
    }
}

fn finished(now: Timestamp, document: Option<&[u8]>) -> FinishedRefresh {
    let known = json!({"keys": [{
        "fingerprint": "AB".repeat(32),
        "first_seen": at(0),
        "last_seen": now,
        "retired": null,
        "not_after": at(5000),
        "source": SOURCE,
    }]});
    let known = serde_json::from_value(known).expect("a history");
    FinishedRefresh {
        state: done(now),
        copy: document.map(copy),
        history: document.map(|_| known),
    }
}

/// The state, copy and history that the store has of a connection now.
async fn written(store: &Arc<dyn Store>, connection: &str) -> FinishedRefresh {
    let copy = store.metadata_copy(connection).await;
    FinishedRefresh {
        state: state(store, connection).await,
        copy: copy.expect("the store answers"),
        history: Some(history(store, connection).await),
    }
}

async fn record(store: &Arc<dyn Store>, connection: &str) -> RefreshRecord {
    let record = store.refresh_record(connection).await;
    record.expect("the store answers")
}

pub(super) async fn state(store: &Arc<dyn Store>, connection: &str) -> RefreshState {
    record(store, connection).await.state
}

async fn history(store: &Arc<dyn Store>, connection: &str) -> KeyHistory {
    record(store, connection).await.history
}

async fn keep(store: &Arc<dyn Store>, connection: &str, document: &[u8]) {
    keep_copy(store, connection, &copy(document)).await;
}

async fn revision(store: &Arc<dyn Store>) -> u64 {
    store.revision().await.expect("the store answers")
}

/// In the order of the connections.
async fn versions(store: &Arc<dyn Store>) -> Vec<(String, u64)> {
    let versions = store.metadata_versions().await;
    let mut versions = versions.expect("the store answers");
    versions.sort();
    versions
}
