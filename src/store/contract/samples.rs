//! Records for the promises: each number gives another one.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::Timestamp;
use openssl::sha;

use crate::configuration::danger::put_connection;
use crate::configuration::replace_connection;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::Scope;
use crate::event::Event;
use crate::event::EventKind;
use crate::event::EventQuery;
use crate::metadata::MetadataCopy;
use crate::saml::Attributes;
use crate::saml::MessageId;
use crate::saml::NameId;
use crate::saml::ReplayKey;
use crate::saml::ReturnPath;
use crate::session::Device;
use crate::session::PendingRequest;
use crate::session::RequestAnswer;
use crate::session::SessionId;
use crate::session::SessionRecord;
use crate::session::Vouched;
use crate::store::Store;
use crate::token::TokenHash;

/// The moment at which the promises are tested, and so many seconds later.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + seconds)
}

/// The smallest step that a store tells apart.
pub(super) const TICK: SignedDuration = SignedDuration::from_micros(1);

pub(super) fn key(number: u32) -> ReplayKey {
    ReplayKey::of("https://idp.example/", &format!("_{number}"))
}

pub(super) fn id(slug: &str) -> ConnectionId {
    slug.parse().expect("the promises use sound slugs")
}

/// The directory of a connection without rules of its own, at the second 0.
pub(super) fn scope(slug: &str) -> Scope {
    Scope::by_default(id(slug), at(0))
}

pub(super) fn connection(slug: &str, metadata_url: &str) -> Connection {
    let built = Connection::builder(slug)
        .metadata_url(metadata_url)
        .allow_idp_initiated()
        .build();
    built.expect("the promises use sound connections")
}

/// Adds the connections `acme` and `bolt`.
pub(super) async fn with_connections(store: &Arc<dyn Store>) {
    for slug in ["acme", "bolt"] {
        put_connection(
            &**store,
            &connection(slug, "https://idp.example/metadata"),
            at(0),
        )
        .await
        .expect("a connection is kept");
    }
}

/// All events, the earliest first, but for those of the connections of [`with_connections`].
pub(super) async fn told(store: &Arc<dyn Store>) -> Vec<Event> {
    let events = store.events(&EventQuery::default()).await;
    let events = events.expect("the store answers").into_iter();
    let events = events.map(|one| one.event);
    events
        .filter(|event| event.kind() != EventKind::ConnectionAdded)
        .collect()
}

/// Keeps a copy of a connection's metadata.
pub(super) async fn keep_copy(store: &Arc<dyn Store>, slug: &str, copy: &MetadataCopy) {
    let present = store.connection(&id(slug)).await;
    let present = present.expect("the store answers").expect("a connection");
    let kept = replace_connection(&**store, Some(&present), &present, Some(copy), at(0)).await;
    assert!(kept.expect("the copy is kept"));
}

fn hash(number: u32, purpose: &str) -> TokenHash {
    TokenHash::from_bytes(sha::sha256(format!("{purpose} {number}").as_bytes()))
}

pub(super) fn message_id(number: u32) -> MessageId {
    let mut bytes = [0; MessageId::RANDOM_BYTES];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    MessageId::from_random(bytes)
}

/// A request over `acme` that expires at the second 60.
pub(super) fn request(number: u32) -> PendingRequest {
    PendingRequest {
        id: message_id(number),
        connection: id("acme"),
        relay_state: hash(number, "relay state"),
        browser: hash(number, "browser"),
        return_path: ReturnPath::parse("/a?b='c'").expect("a local path"),
        previous_session: number.is_multiple_of(2).then(|| hash(number, "previous")),
        passive: number.is_multiple_of(2),
        authn_since: number.is_multiple_of(3).then(|| at(7)),
        expires: at(60),
    }
}

/// The response of the identity provider to a request, in the browser that it left from.
pub(super) fn answer(request: &PendingRequest) -> RequestAnswer {
    RequestAnswer {
        browser: Some(request.browser),
        relay_state: Some(request.relay_state),
        vouched: Vouched::Signed,
    }
}

/// A session over `acme`, opened at the second `number`, that expires at the second 1000.
pub(super) fn session(number: u32) -> SessionRecord {
    let token = hash(number, "session");
    SessionRecord {
        id: handle(&token),
        token,
        connection: id("acme"),
        issuer: "https://idp.example/".to_owned(),
        name_id: NameId {
            value: format!("person-{number}@example.com"),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: Some("https://sp.example/".to_owned()),
        },
        session_index: Some(format!("_{number}")),
        index_is_assertion_id: true,
        authn_instant: at(0),
        attributes: Attributes::default(),
        opened: at(i64::from(number)),
        expires: at(1000),
        idle: None,
        seen: at(i64::from(number)),
        user: None,
        device: Device::default(),
    }
}

fn handle(token: &TokenHash) -> SessionId {
    let hex: String = token.as_bytes()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex.parse().expect("sixteen hexadecimal digits")
}

pub(super) fn copy(document: &[u8]) -> MetadataCopy {
    MetadataCopy {
        url: "https://idp.example/metadata".to_owned(),
        document: document.to_vec(),
        fetched: at(0),
        etag: Some("\"1\"".to_owned()),
        last_modified: None,
        digest: None,
    }
}

/// Text that breaks out of statements, strings and buffers where there is a way out.
pub(super) fn hostile_texts() -> [String; 7] {
    [
        "'; DROP TABLE sessions; --".to_owned(),
        "\"quoted\" `ticks` \\ %_*?".to_owned(),
        "before\0after".to_owned(),
        "\0".to_owned(),
        "$1 ?1 :a @b {} %s".to_owned(),
        "\u{202e}\u{feff}\u{10ffff}ß".to_owned(),
        "x".repeat(10_000),
    ]
}
