//! Pins that each hot statement finds its rows by an index, whatever SQLite's planner makes of a later change.

use jiff::Timestamp;

use super::collisions;
use super::list;
use super::members;
use super::write;
use crate::connection::ConnectionId;
use crate::directory::GroupRecord;
use crate::directory::SessionSelection;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::event::EventPart;
use crate::event::EventQuery;
use crate::provisioning::LogQuery;
use crate::scim::Filter;
use crate::scim::ResourceKind;
use crate::scim::Schemas;
use crate::store::SqliteStore;
use crate::store::records::Dialect;
use crate::store::records::list_events;
use crate::store::records::list_log;
use crate::store::sqlite::session_deletion;
use crate::token::TokenHash;

async fn plan(store: &SqliteStore, statement: &str) -> String {
    let statement = format!("EXPLAIN QUERY PLAN {statement}");
    let steps = store.scan(move |db| {
        let mut prepared = db.prepare(&statement)?;
        // Its parameters stay NULL.
        let steps = prepared.raw_query().mapped(|row| row.get("detail"));
        Ok(steps.collect::<rusqlite::Result<Vec<String>>>()?)
    });
    steps.await.unwrap().join("\n")
}

async fn assert_by(store: &SqliteStore, statement: &str, indexes: &[&str]) {
    let plan = plan(store, statement).await;
    for index in indexes {
        assert!(plan.contains(index), "{statement}\n{plan}\nwithout {index}");
    }
    let mut scans = plan.lines().filter(|step| step.starts_with("SCAN"));
    let of_the_request = |step: &str| {
        let known = [
            "SCAN t",
            "SCAN up",
            "SCAN below",
            "SCAN down",
            "SCAN CONSTANT ROW",
            "SCAN held",
        ];
        step.contains("VIRTUAL TABLE") || known.contains(&step)
    };
    assert!(scans.all(of_the_request), "{statement}\n{plan}");
}

#[tokio::test]
async fn lookups_lists_and_pages_use_their_indexes() {
    let store = SqliteStore::in_memory().await.unwrap();
    let schemas = Schemas::standard();
    for (kind, filter, indexes) in [
        (
            ResourceKind::User,
            "userName eq \"a\"",
            &["users_by_name_key (connection=? AND name_key=?)"][..],
        ),
        (
            ResourceKind::User,
            "externalId eq \"a\"",
            &["users_by_external_id"],
        ),
        (
            ResourceKind::User,
            "displayName eq \"a\"",
            &["users_by_display_name"],
        ),
        (ResourceKind::User, "id eq \"a\"", &["users_by_id"]),
        (ResourceKind::User, "active eq true", &["users_by_active"]),
        (
            ResourceKind::User,
            "userName sw \"a\"",
            &["users_by_name_key"],
        ),
        (
            ResourceKind::User,
            "emails.value eq \"a\"",
            &[
                "r USING INTEGER PRIMARY KEY",
                "e USING PRIMARY KEY (connection=? AND email_key=?)",
            ],
        ),
        (
            ResourceKind::User,
            "groups.value eq \"a\"",
            &[
                "r USING INTEGER PRIMARY KEY",
                "groups_by_id",
                "m USING PRIMARY KEY (group_seq=?)",
            ],
        ),
        (
            ResourceKind::User,
            "meta.lastModified gt \"2026-11-22T00:00:00Z\"",
            &["users_by_modified"],
        ),
        (ResourceKind::User, "", &["users_by_id (connection=?)"]),
        (
            ResourceKind::Group,
            "displayName eq \"a\"",
            &["groups_by_display_name"],
        ),
        (
            ResourceKind::Group,
            "externalId eq \"a\"",
            &["groups_by_external_id"],
        ),
        (
            ResourceKind::Group,
            "members.value eq \"a\"",
            &[
                "users_by_id",
                "group_users_by_user",
                "group_groups_by_member",
            ],
        ),
    ] {
        let of = schemas.resource_type(kind);
        let terms = Filter::parse(filter, of).map_or(Vec::new(), |filter| filter.plan().terms);
        assert_eq!(terms.len(), usize::from(!filter.is_empty()), "{filter}");
        let statement = match kind {
            ResourceKind::User => list::page::<UserRecord>(&terms, None),
            ResourceKind::Group => list::page::<GroupRecord>(&terms, None),
        };
        assert_by(&store, &statement, indexes).await;
    }
}

#[tokio::test]
async fn pages_behind_a_resource_begin_there_and_need_no_sorting() {
    let store = SqliteStore::in_memory().await.unwrap();
    let statement = list::page::<UserRecord>(&[], Some("a"));
    let plan = plan(&store, &statement).await;
    assert_eq!(
        plan,
        "SEARCH r USING INDEX users_by_id (connection=? AND id>?)"
    );
}

#[tokio::test]
async fn membership_goes_by_the_rows_that_are_named() {
    let store = SqliteStore::in_memory().await.unwrap();
    for (statement, indexes) in [
        (members::GROUP, &["groups_by_id"][..]),
        (members::KNOWN, &["users_by_id", "groups_by_id"]),
        (members::ADD_USERS, &["users_by_id (connection=? AND id=?)"]),
        (
            members::ADD_GROUPS,
            &["groups_by_id (connection=? AND id=?)"],
        ),
        (
            members::REMOVE_USERS,
            &["group_users USING PRIMARY KEY (group_seq=? AND user_seq=?)"],
        ),
        (
            members::REMOVE_GROUPS,
            &["group_groups USING PRIMARY KEY (group_seq=? AND member_seq=?)"],
        ),
        (
            members::MEMBER_USERS,
            &["m USING PRIMARY KEY (group_seq=? AND user_seq>?)"],
        ),
        (
            members::MEMBER_GROUPS,
            &["m USING PRIMARY KEY (group_seq=? AND member_seq>?)"],
        ),
        (
            members::GROUPS_OF,
            &[
                "users_by_id",
                "group_users_by_user",
                "group_groups_by_member",
            ],
        ),
        (
            members::KNOWN_OBJECTS,
            &["SEARCH o USING PRIMARY KEY (connection=? AND object_key=?)"],
        ),
        (write::REPLACE_USER, &["users_by_id"]),
        (
            members::SIGNED_ON,
            &[
                "groups_by_id (connection=? AND id=?)",
                "users_by_id (connection=? AND id=?)",
                "n USING PRIMARY KEY (group_seq=?)",
                "m USING PRIMARY KEY (group_seq=?)",
                "sessions_by_user (user_seq=?)",
            ],
        ),
        (
            write::REQUIRE_PROOF,
            &["users_by_id (connection=? AND id=?)"],
        ),
        (write::DELETE_USER, &["users_by_id"]),
        (write::FORGET_EMAILS, &["user_emails_by_user"]),
        (write::REPLACE_GROUP, &["groups_by_id"]),
        (write::DELETE_GROUP, &["groups_by_id"]),
    ] {
        assert_by(&store, statement, indexes).await;
    }
}

#[tokio::test]
async fn groups_that_are_alike_are_found_by_their_indexes() {
    let store = SqliteStore::in_memory().await.unwrap();
    for (condition, index) in [
        (
            collisions::BY_OBJECT,
            "groups_by_object_key (connection=? AND <expr>=?)",
        ),
        (
            collisions::BY_NAME,
            "groups_by_display_name (connection=? AND display_name_key=?)",
        ),
        (
            collisions::BY_BEARER,
            "groups_by_display_name (connection=? AND display_name_key=?)",
        ),
    ] {
        let statement = format!("SELECT r.seq FROM {condition}");
        let plan = plan(&store, &statement).await;
        assert!(plan.contains(index), "{plan}");
    }
}

#[tokio::test]
async fn the_log_is_read_by_connection_subject_and_number() {
    let store = SqliteStore::in_memory().await.unwrap();
    let any = LogQuery {
        connection: "acme".parse().ok(),
        ..LogQuery::default()
    };
    let subject = LogQuery {
        subject: Some("ada".to_owned()),
        ..any.clone()
    };
    let after = LogQuery {
        after: Some(1),
        ..LogQuery::default()
    };
    for (query, index) in [
        (any, "provisioning_log_by_connection (connection=?)"),
        (
            subject,
            "provisioning_log_by_subject (connection=? AND subject_key=?)",
        ),
        (after, "INTEGER PRIMARY KEY (rowid>?)"),
    ] {
        let statement = list_log(Dialect::Sqlite, &query).text;
        let plan = plan(&store, &statement).await;
        assert!(
            plan.contains(index) && !plan.contains("TEMP B-TREE"),
            "{plan}"
        );
    }
}

#[tokio::test]
async fn the_events_of_a_user_or_a_group_are_found_by_an_index() {
    let store = SqliteStore::in_memory().await.unwrap();
    let id = Some("0f8fad5b-d9cb-469f-a165-70867728950e".to_owned());
    for part in [EventPart::Earliest, EventPart::Latest] {
        let all = EventQuery {
            connection: "acme".parse().ok(),
            part,
            ..EventQuery::default()
        };
        let of_user = EventQuery {
            user: id.clone(),
            ..all.clone()
        };
        let of_group = EventQuery {
            group: id.clone(),
            ..all
        };
        for (query, index) in [
            (of_user, "events_by_user (user=?"),
            (of_group, "events_by_group (group_id=?"),
        ] {
            let statement = list_events(Dialect::Sqlite, &query).unwrap().text;
            let plan = plan(&store, &statement).await;
            assert!(
                plan.contains(index) && !plan.contains("TEMP B-TREE"),
                "{plan}"
            );
        }
    }
}

#[tokio::test]
async fn sessions_are_taken_by_indexes_and_in_their_order() {
    let store = SqliteStore::in_memory().await.unwrap();
    let acme: ConnectionId = "acme".parse().unwrap();
    let user = UserId::from_random([1; 16]);
    let token = TokenHash::from_bytes([1; 32]);
    for (whose, index) in [
        (SessionSelection::Tokens(vec![token]), "(token=?)"),
        (SessionSelection::Handles(vec!["a".to_owned()]), "(id=?)"),
        (
            SessionSelection::Users(acme.clone(), vec![user]),
            "sessions_by_user (user_seq=?)",
        ),
        (
            SessionSelection::Expired(Timestamp::UNIX_EPOCH),
            "sessions_by_expires (expires<?)",
        ),
        (
            SessionSelection::Idle(Timestamp::UNIX_EPOCH),
            "sessions_by_idle_end (<expr><?)",
        ),
    ] {
        let statement = format!(
            "{}{}",
            session_deletion::FIND,
            session_deletion::selection(&whose).text
        );
        let plan = plan(&store, &statement).await;
        assert!(
            plan.contains(index) && !plan.contains("TEMP B-TREE"),
            "{plan}"
        );
    }
    let some = session_deletion::some_of_users(&acme, &[UserId::from_random([1; 16])], 0, 500);
    let plan = plan(&store, &some.text).await;
    for index in [
        "COVERING INDEX sessions_by_user (user_seq=? AND rowid>?)",
        "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)",
    ] {
        assert!(plan.contains(index), "{plan}");
    }
}
