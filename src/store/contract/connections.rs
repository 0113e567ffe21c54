//! Promises of the store of connections and of the metadata cache.

use std::sync::Arc;

use super::samples::answer;
use super::samples::at;
use super::samples::connection;
use super::samples::copy;
use super::samples::hostile_texts;
use super::samples::id;
use super::samples::keep_copy;
use super::samples::request;
use super::samples::session;
use super::samples::with_connections;
use crate::configuration::ChangeOutcome;
use crate::configuration::ConfigLock;
use crate::configuration::ConfigTx;
use crate::configuration::ConnectionChange;
use crate::configuration::change_connection;
use crate::configuration::danger::put_connection;
use crate::configuration::first_base_url;
use crate::configuration::put_base_url;
use crate::configuration::remove_connection;
use crate::configuration::replace_connection;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::crypto::Certificate;
use crate::crypto::Fingerprint;
use crate::crypto::SigningKey;
use crate::event::EventKind;
use crate::event::EventQuery;
use crate::metadata::KeyHistory;
use crate::metadata::SeenCertificates;
use crate::ports::Actor;
use crate::ports::TxOutcome;
use crate::ports::TxWork;
use crate::session::SessionFilter;
use crate::session::TakenRequest;
use crate::session::open_session;
use crate::store::Store;

pub(super) async fn connections_are_listed_in_order_and_replaced(store: Arc<dyn Store>) {
    let listed = store.connections().await.expect("the store answers");
    assert_eq!(listed, []);
    let urls = ["https://idp.example/new", "https://idp.example/old"];
    for (slug, url) in [("bolt", urls[0]), ("acme", urls[1]), ("acme", urls[0])] {
        let kept = put_connection(&*store, &connection(slug, url), at(0)).await;
        kept.expect("the connection is kept");
    }
    let listed = store.connections().await.expect("the store answers");
    let expected = ["acme", "bolt"].map(|slug| connection(slug, urls[0]));
    assert_eq!(listed, expected);
    let found = store.connection(&id("acme")).await;
    assert_eq!(found.expect("the store answers"), Some(expected[0].clone()));
    let missing = store.connection(&id("nobody")).await;
    assert_eq!(missing.expect("the store answers"), None);
}

pub(super) async fn of_two_who_change_what_they_read_none_is_lost(store: Arc<dyn Store>) {
    let [before, one, two] = ["before", "one", "two"]
        .map(|path| connection("acme", &format!("https://idp.example/{path}")));
    let replace = async |present: Option<&Connection>, new: &Connection| {
        let replaced = replace_connection(&*store, present, new, None, at(0)).await;
        let stored = store.connection(&id("acme")).await;
        (
            replaced.expect("the store answers"),
            stored.expect("the store answers"),
        )
    };
    assert_eq!(
        replace(Some(&before), &one).await,
        (false, None),
        "there is none"
    );
    assert_eq!(replace(None, &before).await, (true, Some(before.clone())));
    assert_eq!(replace(None, &one).await, (false, Some(before.clone())));
    // Both have read `before`.
    assert_eq!(
        replace(Some(&before), &one).await,
        (true, Some(one.clone()))
    );
    let revision = store.revision().await.expect("the store answers");
    assert_eq!(
        replace(Some(&before), &two).await,
        (false, Some(one.clone()))
    );
    assert_eq!(store.revision().await.expect("the store answers"), revision);
    assert_eq!(replace(Some(&one), &two).await, (true, Some(two.clone())));
    assert!(store.revision().await.expect("the store answers") > revision);
}

pub(super) async fn a_connection_comes_with_its_copy_and_its_events_or_not_at_all(
    store: Arc<dyn Store>,
) {
    let pinned = |pin: &str| {
        let pin = Fingerprint::parse(&pin.repeat(32)).expect("a fingerprint");
        let acme =
            Connection::builder("acme").fingerprint(pin, "urn:idp", "https://idp.example/sso");
        acme.build().expect("a connection")
    };
    let (one, two, three) = (pinned("AA"), pinned("BB"), pinned("CC"));
    let replace = async |present: Option<&Connection>, new: &Connection, document: &[u8]| {
        let copy = copy(document);
        let replaced = replace_connection(&*store, present, new, Some(&copy), at(3));
        let replaced = replaced.await.expect("the store answers");
        let kept = store
            .metadata_copy("acme")
            .await
            .expect("the store answers");
        let query = EventQuery {
            kind: Some(EventKind::TrustChanged),
            ..EventQuery::default()
        };
        let told = store.events(&query).await.expect("the store answers");
        let told = told.into_iter().map(|told| {
            assert_eq!(told.event.at, at(3));
            told.event.detail().unwrap_or_default()
        });
        let document = kept.map(|copy| copy.document).unwrap_or_default();
        (replaced, document, told.collect::<Vec<_>>())
    };
    let pin = |connection: &Connection| connection.trust().pins()[0].to_string();
    let mut told = vec![format!("added {}", pin(&one))];
    let done = replace(None, &one, b"<a/>").await;
    assert_eq!(done, (true, b"<a/>".to_vec(), told.clone()), "trust begins");
    // Nothing is left of the slower one: neither a copy nor an event.
    let late = replace(Some(&three), &two, b"<b/>").await;
    assert_eq!(late, (false, b"<a/>".to_vec(), told.clone()));
    told.extend([
        format!("added {}", pin(&two)),
        format!("retired {}", pin(&one)),
    ]);
    let done = replace(Some(&one), &two, b"<c/>").await;
    assert_eq!(done, (true, b"<c/>".to_vec(), told.clone()));
    let removed = remove_connection(&*store, &id("acme"), at(4), &Actor::App).await;
    assert!(removed.expect("the store answers").is_some());
    told.push(format!("added {}", pin(&three)));
    let done = replace(None, &three, b"<d/>").await;
    assert_eq!(done, (true, b"<d/>".to_vec(), told), "trust begins anew");
}

pub(super) async fn pinned_certificates_come_with_their_connection_or_not_at_all(
    store: Arc<dyn Store>,
) {
    let ([one, two], [old, new]) = two_pinned();
    let begun = change(&store, None, &one, &[&old], 1).await;
    assert_eq!(begun, ChangeOutcome::Changed);
    let first = kept(&store).await;
    assert_eq!(first.1.end_of(old.fingerprint()), Some(old.not_after()));
    assert_eq!(first.2, 2, "it came, and one certificate is trusted");

    // Somebody else has changed it meanwhile.
    let late = change(&store, Some(&two), &two, &[&new], 2).await;
    assert_eq!((late, kept(&store).await), (ChangeOutcome::Late, first));

    let done = change(&store, Some(&one), &two, &[&new, &old], 3).await;
    assert_eq!(done, ChangeOutcome::Changed);
    let (connection, history, told) = kept(&store).await;
    assert_eq!((connection, told), (Some(two), 5));
    let [retired, active] = history.keys() else {
        panic!("two certificates are on record: {history:?}")
    };
    assert_eq!(
        (retired.fingerprint, retired.retired),
        (old.fingerprint(), Some(at(3)))
    );
    assert_eq!(
        (active.fingerprint, active.retired),
        (new.fingerprint(), None)
    );
    assert_eq!(
        (active.not_after, active.source.as_str()),
        (new.not_after(), "a file")
    );
}

pub(super) async fn an_end_of_a_pinned_certificate_alone_is_no_change_of_trust(
    store: Arc<dyn Store>,
) {
    let ([one, _], [old, _]) = two_pinned();
    let begun = change(&store, None, &one, &[], 1).await;
    assert_eq!(begun, ChangeOutcome::Changed);
    let revision = store.revision().await.expect("the store answers");
    let (_, history, told) = kept(&store).await;
    assert_eq!(history.end_of(old.fingerprint()), None);

    let noted = change(&store, Some(&one), &one, &[&old], 2).await;
    assert_eq!(noted, ChangeOutcome::Unchanged);
    let (_, history, still_told) = kept(&store).await;
    assert_eq!(history.end_of(old.fingerprint()), Some(old.not_after()));
    assert_eq!(still_told, told);
    assert_eq!(store.revision().await.expect("the store answers"), revision);
}

/// Two states of `acme`, each with a certificate that it pins.
fn two_pinned() -> ([Connection; 2], [Certificate; 2]) {
    let key = SigningKey::generate_p256().expect("a key");
    let certificates = [1, 2].map(|serial| {
        let made = Certificate::self_signed(&key, "pinned", serial, at(0), at(5000));
        made.expect("a certificate")
    });
    let connections = certificates.each_ref().map(|one| {
        let acme = Connection::builder("acme");
        let acme = acme.fingerprint(one.fingerprint(), "urn:idp", "https://idp.example/sso");
        acme.build().expect("a connection")
    });
    (connections, certificates)
}

async fn change(
    store: &Arc<dyn Store>,
    present: Option<&Connection>,
    wanted: &Connection,
    met: &[&Certificate],
    second: i64,
) -> ChangeOutcome {
    let met = SeenCertificates {
        source: "a file".to_owned(),
        certificates: met.iter().copied().cloned().collect(),
    };
    let change = ConnectionChange {
        present: present.cloned().into(),
        wanted: wanted.clone(),
        copy: None,
        met: vec![met],
        by: Actor::CommandLine,
        now: at(second),
    };
    let outcome = change_connection(&**store, &change).await;
    outcome.expect("the store answers")
}

/// The connection `acme`, its certificates on record, and the number of events.
async fn kept(store: &Arc<dyn Store>) -> (Option<Connection>, KeyHistory, usize) {
    let connection = store.connection(&id("acme")).await;
    let record = store.refresh_record("acme").await;
    let events = store.events(&EventQuery::default()).await;
    (
        connection.expect("the store answers"),
        record.expect("the store answers").history,
        events.expect("the store answers").len(),
    )
}

/// Gives `acme` a metadata copy, a request and a session.
async fn fill(store: &Arc<dyn Store>) {
    with_connections(store).await;
    keep_copy(store, "acme", &copy(b"<a/>")).await;
    let remembered = store.remember_request(&request(1)).await;
    remembered.expect("the request is remembered");
    let opened = open_session(&**store, &session(1)).await;
    opened.expect("the session is opened");
}

pub(super) async fn a_replaced_connection_keeps_what_is_below_it(store: Arc<dyn Store>) {
    fill(&store).await;
    let new = connection("acme", "https://idp.example/new");
    let replaced = put_connection(&*store, &new, at(1)).await;
    replaced.expect("the connection is replaced");
    let metadata = store.metadata_copy("acme").await;
    assert_eq!(metadata.expect("the store answers"), Some(copy(b"<a/>")));
    let found = store.session(&session(1).token, at(1)).await;
    assert_eq!(found.expect("the store answers"), Some(session(1)));
    let taken = store
        .take_request(&id("acme"), &request(1).id, answer(&request(1)), at(0))
        .await;
    let taken = taken.expect("the store answers");
    assert_eq!(taken, TakenRequest::Taken(request(1)));
}

pub(super) async fn a_removed_connection_takes_everything_along(store: Arc<dyn Store>) {
    fill(&store).await;
    let mut over_bolt = session(2);
    over_bolt.connection = id("bolt");
    let opened = open_session(&*store, &over_bolt).await;
    opened.expect("the session is opened");
    for expected in [true, false] {
        let removed = remove_connection(&*store, &id("acme"), at(2), &Actor::App).await;
        assert_eq!(removed.expect("the store answers").is_some(), expected);
    }
    let found = store.session(&session(1).token, at(1)).await;
    assert_eq!(found.expect("the store answers"), None);
    with_connections(&store).await;

    let metadata = store.metadata_copy("acme").await;
    assert_eq!(metadata.expect("the store answers"), None);
    let taken = store
        .take_request(&id("acme"), &request(1).id, answer(&request(1)), at(0))
        .await;
    assert_eq!(taken.expect("the store answers"), TakenRequest::Unknown);
    let sessions = store.sessions(&SessionFilter::default(), at(1)).await;
    assert_eq!(sessions.expect("the store answers"), [over_bolt]);
}

pub(super) async fn the_revision_grows_with_every_change(store: Arc<dyn Store>) {
    let mut last = store.revision().await.expect("the store answers");
    let mut grown = async |store: &Arc<dyn Store>| {
        let now = store.revision().await.expect("the store answers");
        std::mem::replace(&mut last, now) < now
    };
    let acme = connection("acme", "https://idp.example/metadata");
    let change = "the change is kept";

    put_connection(&*store, &acme, at(1)).await.expect(change);
    assert!(grown(&store).await, "a new connection");
    put_connection(&*store, &acme, at(1)).await.expect(change);
    assert!(grown(&store).await, "a replaced connection");
    keep_copy(&store, "acme", &copy(b"<a/>")).await;
    assert!(grown(&store).await, "a new metadata copy");
    keep_copy(&store, "acme", &copy(b"<b/>")).await;
    assert!(grown(&store).await, "a replaced metadata copy");
    open_session(&*store, &session(1)).await.expect(change);
    assert!(!grown(&store).await, "a session changes no connection");
    remove_connection(&*store, &id("acme"), at(2), &Actor::App)
        .await
        .expect(change);
    assert!(grown(&store).await, "a removed connection");
    remove_connection(&*store, &id("acme"), at(2), &Actor::App)
        .await
        .expect(change);
    assert!(!grown(&store).await, "a connection that was not there");
}

pub(super) async fn a_metadata_copy_is_kept_byte_for_byte_and_replaced(store: Arc<dyn Store>) {
    with_connections(&store).await;
    let missing = store.metadata_copy("acme").await;
    assert_eq!(missing.expect("the store answers"), None);
    let first = copy(b"\xef\xbb\xbf<a>\r\n\0\xff'</a>");
    let mut second = copy(b"");
    second.etag = None;
    second.last_modified = Some("Sat, 01 Jan 2028 00:00:00 GMT".to_owned());
    second.fetched = at(5);
    for written in [first, second] {
        keep_copy(&store, "acme", &written).await;
        let read = store.metadata_copy("acme").await;
        assert_eq!(read.expect("the store answers"), Some(written));
    }
    let other = store.metadata_copy("bolt").await;
    assert_eq!(other.expect("the store answers"), None);
}

pub(super) async fn a_metadata_copy_needs_its_connection(store: Arc<dyn Store>) {
    for text in hostile_texts() {
        let read = store.metadata_copy(&text).await;
        assert_eq!(read.expect("the store answers"), None);
    }
    let before = store.revision().await.expect("the store answers");
    let lock = ConfigLock::Connection(id("gone"));
    let work = TxWork::<ConfigTx>::new(|rows| {
        Box::pin(async {
            let revision = rows.bump_revision().await.expect("the revision grows");
            let (gone, copy) = (id("gone"), copy(b"<a/>"));
            let put = rows.put_metadata_copy(&gone, &copy, revision).await;
            assert!(put.is_err(), "there is no such connection");
            TxOutcome::Rollback
        })
    });
    let done = store.change_configuration(&lock, work).await;
    assert_eq!(done.expect("the store answers"), TxOutcome::Rollback);
    let after = store.revision().await.expect("the store answers");
    assert_eq!(after, before, "nothing of it is left");
}

pub(super) async fn of_two_first_addresses_one_is_kept(store: Arc<dyn Store>) {
    let urls: [BaseUrl; 2] =
        ["https://a.example", "https://b.example"].map(|text| text.parse().expect("an address"));
    let (one, other) = tokio::join!(
        first_base_url(&*store, &urls[0]),
        first_base_url(&*store, &urls[1])
    );
    let kept = store.base_url().await.expect("the store answers");
    let said = [one, other].map(|said| Some(said.expect("the store answers")));
    assert_eq!(said, [kept.clone(), kept]);
}

pub(super) async fn the_first_base_url_stays_until_another_is_put(store: Arc<dyn Store>) {
    let url = |text: &str| -> BaseUrl { text.parse().expect("an address") };
    let kept = async || store.base_url().await.expect("the store answers");
    assert_eq!(kept().await, None);
    let (first, second) = (url("https://a.example"), url("https://b.example/wiki"));
    let set = first_base_url(&*store, &first).await;
    assert_eq!(set.expect("kept"), first);
    let set = first_base_url(&*store, &second).await;
    assert_eq!(set.expect("answered"), first);
    assert_eq!(kept().await, Some(first));
    put_base_url(&*store, &second).await.expect("kept");
    assert_eq!(kept().await, Some(second));
}
