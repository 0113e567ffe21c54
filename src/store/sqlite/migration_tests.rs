//! Migrations that change what was written before them.

use jiff::Timestamp;

use super::SqliteStore;
use super::metadata;
use super::statement::all;
use super::statement::execute;
use crate::configuration::append_events;
use crate::configuration::danger::put_connection;
use crate::connection::Connection;
use crate::connection::MetadataPolicy;
use crate::connection::TrustSource;
use crate::crypto::Fingerprint;
use crate::event::EndReason;
use crate::event::Event;
use crate::event::EventQuery;
use crate::event::Events;
use crate::event::GroupMember;
use crate::event::Happened;
use crate::event::RawEvent;
use crate::metadata::Claim;
use crate::metadata::MetadataCache;
use crate::metadata::MetadataCopy;
use crate::metadata::RefreshPolicy;
use crate::metadata::RefreshRecord;
use crate::metadata::RefreshState;
use crate::metadata::RefreshTrigger;

const IDLE: &str = include_str!("../migrations/sqlite/0015_idle_sessions.sql");

const SCIM_VALUES: &str = include_str!("../migrations/sqlite/0030_scim_values.sql");

const EVENT_FIELDS: &str = include_str!("../migrations/sqlite/0035_event_fields.sql");

const RENAMES: &str = include_str!("../migrations/sqlite/0007_copy_of_entity.sql");

/// An upgrade tells nothing twice, and one row that nobody can read hides no other.
#[tokio::test]
async fn events_of_an_earlier_version_are_read_and_not_repeated() {
    let store = SqliteStore::in_memory().await.unwrap();
    let pin = Fingerprint::of_der(b"pin");
    let before = store.write(move |db| {
        db.execute_batch(
            "DROP INDEX events_by_repeat_key;
            ALTER TABLE events DROP COLUMN repeat_key;
            ALTER TABLE events DROP COLUMN fields;",
        )?;
        let insert = "INSERT INTO events (connection, at, kind, user, group_id, session, detail)
            VALUES (?1, 5, ?2, ?3, ?4, ?5, ?6)";
        let certificate = format!("certificate {pin} on 2027-02-10T10:00:00Z, within 30 days");
        let credential = "credential 0123456789abcdef on 2027-01-31T00:00:00.25Z, within 7 days";
        for (connection, kind, user, group, session, detail) in [
            (
                "acme",
                "expiring",
                None,
                None,
                None,
                Some(certificate.as_str()),
            ),
            (
                "acme",
                "expiring",
                None,
                None,
                None,
                Some(certificate.as_str()),
            ),
            (
                "bolt",
                "expiring",
                None,
                None,
                None,
                Some(certificate.as_str()),
            ),
            ("acme", "expiring", None, None, None, Some(credential)),
            ("acme", "expiring", None, None, None, Some("soon")),
            (
                "acme",
                "member-added",
                None,
                Some("board"),
                None,
                Some("staff"),
            ),
            (
                "acme",
                "session-ended",
                Some("ada"),
                None,
                Some("a"),
                Some("expired"),
            ),
            ("acme", "user-created", None, None, None, None),
        ] {
            execute(db, insert, (connection, kind, user, group, session, detail))?;
        }
        Ok(db.execute_batch(EVENT_FIELDS)?)
    });
    before.await.unwrap();

    let certificate = |days| Happened::CertificateExpiring {
        fingerprint: pin,
        not_after: "2027-02-10T10:00:00Z".parse().unwrap(),
        days,
    };
    let credential = Happened::CredentialExpiring {
        credential: "0123456789abcdef".parse().unwrap(),
        expires: "2027-01-31T00:00:00.25Z".parse().unwrap(),
        days: 7,
    };
    let unknown = |kind: &str, detail: Option<&str>| {
        Happened::Unknown(RawEvent {
            kind: kind.to_owned(),
            detail: detail.map(str::to_owned),
            ..RawEvent::default()
        })
    };
    let member = Happened::MemberAdded {
        group: "board".to_owned(),
        member: GroupMember::Group("staff".to_owned()),
    };
    let ended = Happened::SessionEnded {
        session: "a".to_owned(),
        user: Some("ada".to_owned()),
        reason: EndReason::Expired,
    };
    let mut expected = vec![
        certificate(30),
        certificate(30),
        certificate(30),
        credential.clone(),
        unknown("expiring", Some("soon")),
        member,
        ended,
        unknown("user-created", None),
    ];
    let read = async || -> Vec<Happened> {
        let events = store.events(&EventQuery::default()).await.unwrap();
        events.into_iter().map(|one| one.event.happened).collect()
    };
    assert_eq!(read().await, expected);

    let acme = "acme".parse().unwrap();
    let again = [certificate(30), credential, certificate(7)]
        .map(|happened| Event::new(&acme, Timestamp::UNIX_EPOCH, happened));
    append_events(&store, &again).await.unwrap();
    expected.push(certificate(7));
    assert_eq!(read().await, expected, "a level is new, the rest was told");
}

/// A start without network after an upgrade finds its copies.
#[tokio::test]
async fn copies_that_were_kept_before_are_copies_of_their_entity_afterwards() {
    let url = |entity_id: Option<&str>| TrustSource::MetadataUrl {
        url: "https://idp.example/it's".to_owned(),
        entity_id: entity_id.map(str::to_owned),
        policy: MetadataPolicy::default(),
    };
    let file = TrustSource::MetadataXml {
        xml: "<a/>".to_owned(),
        file: Some("/etc/idp.xml".to_owned()),
        entity_id: Some("urn:file".to_owned()),
    };
    let sources = [url(None), url(Some("urn:idp")), file];
    let store = SqliteStore::in_memory().await.unwrap();
    for (number, source) in sources.iter().enumerate() {
        let connection = Connection::builder(format!("c{number}")).trust(source.clone());
        let connection = connection.build().unwrap();
        let name = source.copy_name().unwrap();
        let before = name.split("#entity=").next().unwrap().to_owned();
        let claim = Claim {
            source: before.clone(),
            trigger: RefreshTrigger::Manual,
            policy: RefreshPolicy::default(),
            holder: 1,
            now: "2026-11-22T10:00:00Z".parse().unwrap(),
        };
        let copy = MetadataCopy {
            url: before,
            document: b"<a/>".to_vec(),
            fetched: claim.now,
            etag: None,
            last_modified: None,
            digest: None,
        };
        put_connection(&store, &connection, claim.now)
            .await
            .unwrap();
        let record = RefreshRecord {
            state: RefreshState::default().claimed(&claim).unwrap(),
            ..RefreshRecord::default()
        };
        let written = store.write(move |db| {
            let id = connection.id().as_str();
            metadata::put(db, id, &copy, 1)?;
            metadata::put_record(db, id, &record)
        });
        written.await.unwrap();
    }
    let renamed = store.write(|db| Ok(db.execute_batch(RENAMES)?));
    renamed.await.unwrap();
    for (number, source) in sources.iter().enumerate() {
        let (id, name) = (format!("c{number}"), source.copy_name().unwrap());
        let copy = store.metadata_copy(&id).await.unwrap().unwrap();
        assert_eq!(copy.url, name);
        let state = store.refresh_record(&id).await.unwrap().state;
        assert_eq!(state.source, name);
        assert!(state.lease.is_some(), "the rest of the state is as it was");
    }
}

/// A session that was opened before the column was there ends by its idle time as well.
#[tokio::test]
async fn the_idle_time_of_a_session_becomes_a_column() {
    let store = SqliteStore::in_memory().await.unwrap();
    let before = store.write(|db| {
        db.execute_batch(
            "DROP INDEX sessions_by_idle_end; ALTER TABLE sessions DROP COLUMN idle;",
        )?;
        db.execute_batch(
            r#"INSERT INTO connections (id, document) VALUES ('acme', '{}');
            INSERT INTO sessions (token, id, connection, name_id, index_is_assertion_id, opened, expires, record)
            VALUES (zeroblob(32), 'a', 'acme', 'ada', 0, 5, 9000000000, '{"idle":{"secs":900,"nanos":500000}}'),
                   (randomblob(32), 'b', 'acme', 'eve', 0, 5, 9000000000, '{"idle":null}'),
                   (randomblob(32), 'c', 'acme', 'bob', 0, 5, 9000000000, '{}');"#,
        )?;
        Ok(db.execute_batch(IDLE)?)
    });
    before.await.unwrap();
    let idle = "SELECT id, idle FROM sessions ORDER BY id";
    let idle = store.scan(move |db| all(db, idle, [], |row| Ok(row.try_into()?)));
    let idle: Vec<(String, Option<i64>)> = idle.await.unwrap();
    let expected = [("a", Some(900_000_500)), ("b", None), ("c", None)];
    assert_eq!(idle, expected.map(|(id, idle)| (id.to_owned(), idle)));
}

/// A user whose `active` had been taken away is found as one who is not active, and so is its resource.
#[tokio::test]
async fn a_user_without_active_becomes_one_who_is_not() {
    let store = SqliteStore::in_memory().await.unwrap();
    let before = store.write(|db| {
        db.execute_batch(
            r#"DROP INDEX provisioning_log_overlooked;
            ALTER TABLE provisioning_log DROP COLUMN detail;
            ALTER TABLE provisioning_log DROP COLUMN overlooked;
            INSERT INTO connections (id, document) VALUES ('acme', '{}');
            INSERT INTO users (connection, id, user_name_key, active, created, modified, version, resource, origin)
            VALUES ('acme', 'a', 'ada', NULL, 5, 5, 1, '{"userName":"ada"}', 'provisioned'),
                   ('acme', 'b', 'bob', 1, 5, 5, 1, '{"userName":"bob","active":true}', 'provisioned'),
                   ('acme', 'c', 'cec', 0, 5, 5, 1, '{"userName":"cec","active":false}', 'provisioned');"#,
        )?;
        Ok(db.execute_batch(SCIM_VALUES)?)
    });
    before.await.unwrap();
    let users = "SELECT id, active, resource FROM users ORDER BY id";
    let users = store.scan(move |db| all(db, users, [], |row| Ok(row.try_into()?)));
    let users: Vec<(String, Option<i64>, String)> = users.await.unwrap();
    let expected = [
        ("a", Some(0), r#"{"userName":"ada","active":false}"#),
        ("b", Some(1), r#"{"userName":"bob","active":true}"#),
        ("c", Some(0), r#"{"userName":"cec","active":false}"#),
    ];
    let expected = expected.map(|(id, active, json)| (id.to_owned(), active, json.to_owned()));
    assert_eq!(users, expected);
}
