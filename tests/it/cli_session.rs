//! `entrada session`.

use entrada::saml::Attributes;
use entrada::saml::NameId;
use entrada::session::Device;
use entrada::session::SessionRecord;
use entrada::session::open_session;
use entrada::token::TokenHash;
use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::json;

use crate::command_line::Workspace;

/// A live session.
pub(crate) fn session(id: &str, connection: &str, name: &str) -> SessionRecord {
    let now = Timestamp::now();
    SessionRecord {
        id: id.parse().unwrap(),
        token: TokenHash::from_bytes([id.as_bytes()[15]; 32]),
        connection: connection.parse().unwrap(),
        issuer: "urn:example:foreign-idp".to_owned(),
        name_id: NameId {
            value: name.to_owned(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_index: Some("_1".to_owned()),
        index_is_assertion_id: true,
        authn_instant: now,
        attributes: Attributes::default(),
        opened: now,
        expires: now + SignedDuration::from_hours(1),
        idle: None,
        seen: now,
        user: None,
        device: Device::default(),
    }
}

/// Puts a live session into the store.
pub(crate) fn sign_on(place: &Workspace, id: &str, connection: &str, name: &str) {
    open(place, &session(id, connection, name));
}

/// Puts this session into the store.
pub(crate) fn open(place: &Workspace, record: &SessionRecord) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = entrada::store::open(&place.database()).await.unwrap();
        open_session(&*store, record).await.unwrap();
    });
}

/// A store with two connections and three sessions.
fn place() -> Workspace {
    let place = Workspace::new();
    place.add("acme");
    place.add("globex");
    sign_on(&place, "0000000000000001", "acme", "alice");
    sign_on(&place, "0000000000000002", "acme", "bob");
    sign_on(&place, "0000000000000003", "globex", "alice");
    place
}

#[test]
fn live_sessions_are_listed_by_connection_and_person() {
    let place = place();
    let count = |arguments: &[&str]| {
        let ran = place
            .run(["session", "list", "--json"].iter().chain(arguments))
            .exits(0);
        ran.json()["sessions"].as_array().unwrap().len()
    };
    assert_eq!(count(&[]), 3);
    assert_eq!(count(&["--connection", "acme"]), 2);
    assert_eq!(count(&["--name-id", "alice"]), 2);
    assert_eq!(count(&["--name-id", "alice", "--connection", "globex"]), 1);
    assert_eq!(count(&["--limit", "1"]), 1);
    let ran = place.run(["session", "list"]).exits(0);
    assert!(
        ran.stdout
            .contains("0000000000000002  acme    bob    since "),
        "{ran:?}"
    );
}

#[test]
fn sessions_are_revoked_by_id_and_by_filter() {
    let place = place();
    let ran = place
        .run(["session", "revoke", "0000000000000001", "--yes", "--json"])
        .exits(0);
    assert_eq!(ran.json(), json!({ "revoked": ["0000000000000001"] }));
    let ran = place
        .run(["session", "revoke", "0000000000000001"])
        .exits(2);
    assert!(
        ran.stderr.contains("no live session 0000000000000001"),
        "{ran:?}"
    );
    let ran = place
        .run([
            "session",
            "revoke",
            "--connection",
            "acme",
            "--yes",
            "--json",
        ])
        .exits(0);
    assert_eq!(ran.json(), json!({ "revoked": ["0000000000000002"] }));
    place.run(["session", "revoke", "--all", "--yes"]).exits(0);
    let ran = place.run(["session", "list"]).exits(0);
    assert!(ran.stdout.contains("Nobody is signed in"), "{ran:?}");
}

#[test]
fn revoking_says_what_it_expects() {
    let place = Workspace::new();
    for arguments in [
        &["session", "revoke"][..],
        &["session", "revoke", "x"],
        &["session"],
    ] {
        let ran = place.run(arguments).exits(2);
        assert!(!ran.stderr.is_empty(), "{ran:?}");
    }
    place
        .run(["session", "revoke", "0000000000000001", "--all"])
        .exits(2);
}
