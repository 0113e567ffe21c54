//! Promises about sessions of those whose groups change.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;

use super::people::group;
use super::people::group_id;
use super::people::insert;
use super::people::insert_group;
use super::people::user_id;
use super::people::view;
use super::samples::at;
use super::samples::hostile_texts;
use super::samples::scope;
use super::samples::session;
use super::samples::with_connections;
use super::sign_on::change;
use super::sign_on::kinds;
use super::sign_on::open;
use super::sign_on::person;
use super::sign_on::session_of;
use super::sign_on::within;
use crate::connection::GroupChange;
use crate::directory::Rules;
use crate::directory::Scope;
use crate::event::EventKind;
use crate::event::EventQuery;
use crate::saml::claim;
use crate::scim::MemberRef;
use crate::scim::MembershipChange;
use crate::session::SessionFilter;
use crate::session::SessionRecord;
use crate::store::Store;

pub(super) async fn a_change_of_groups_reaches_the_sessions_of_all_whom_it_touches(
    store: Arc<dyn Store>,
) {
    with_connections(&store).await;
    // 1 is in Inner (11), which is in Outer (10); 2 in Outer; 3 in neither; 4 in Inner without a session.
    for number in [1, 2, 3, 4] {
        insert(&store, &person(number)).await.expect("kept");
    }
    for (number, name) in [(10, "Outer"), (11, "Inner"), (12, "Top")] {
        insert_group(&store, &group(number, name)).await;
    }
    let outer = [user_id(2).to_string(), group_id(11).to_string()];
    let inner = [user_id(1).to_string(), user_id(4).to_string()];
    for (number, members) in [(10, outer), (11, inner)] {
        members_change(&store, GroupChange::Keep, number, members.to_vec()).await;
    }
    for record in [session_of(1, 1), session_of(2, 2), session_of(3, 3)] {
        open(&store, &record).await;
    }
    let outer = || vec![group_id(10).to_string()];
    members_change(&store, GroupChange::Keep, 12, outer()).await;
    assert_eq!(claimed(&store).await, [Some(1), Some(1), Some(1)]);
    let nobody = delete_group(&store, GroupChange::Refresh, 12).await;
    assert!(nobody);
    assert_eq!(
        claimed(&store).await,
        [Some(0), Some(0), Some(1)],
        "refreshed"
    );
    assert!(!must_prove(&store, 1).await);
    let inner = vec![group_id(11).to_string()];
    remove_members(&store, GroupChange::Reauthenticate, 10, inner).await;
    assert_eq!(claimed(&store).await, [None, Some(0), Some(1)], "ended");
    assert!(must_prove(&store, 1).await);
    assert!(
        !must_prove(&store, 4).await,
        "there was no session to come back to"
    );
    assert!(!must_prove(&store, 3).await);
    let ended = (EventKind::SessionEnded, Some("groups-changed".to_owned()));
    let told = kinds(&store).await;
    assert_eq!(told.iter().filter(|one| **one == ended).count(), 1);
    let refreshed = |one: &&(EventKind, Option<String>)| one.0 == EventKind::SessionRefreshed;
    assert_eq!(told.iter().filter(refreshed).count(), 2);
}

/// As many as no store should have in memory at once.
pub(super) async fn a_change_of_groups_reaches_any_number_of_sessions(store: Arc<dyn Store>) {
    with_connections(&store).await;
    insert(&store, &person(1)).await.expect("kept");
    insert_group(&store, &group(10, "Staff")).await;
    let numbers = 1..=1203;
    let mut opening = JoinSet::new();
    for number in numbers.clone() {
        let store = Arc::clone(&store);
        opening.spawn(async move { open(&store, &session_of(number, 1)).await });
    }
    opening.join_all().await;
    let over = SessionRecord {
        expires: at(0),
        ..session_of(1204, 1)
    };
    open(&store, &over).await;
    let members = vec![user_id(1).to_string()];
    members_change(&store, GroupChange::Refresh, 10, members).await;
    let listed = store.sessions(&SessionFilter::default(), at(5)).await;
    let claims = |record: &SessionRecord| record.attributes.values(claim::GROUPS).len();
    let claims: Vec<usize> = listed.expect("it answers").iter().map(claims).collect();
    assert_eq!(claims, vec![0; 1203]);
    let of_refreshed = EventQuery {
        kind: Some(EventKind::SessionRefreshed),
        limit: 2000,
        ..EventQuery::default()
    };
    let told = store.events(&of_refreshed).await.expect("it answers");
    let mut told: Vec<_> = told.iter().map(|one| one.event.session()).collect();
    told.sort();
    let handles: Vec<_> = numbers
        .map(|number| session(number).id.to_string())
        .collect();
    let mut expected: Vec<_> = handles.iter().map(|id| Some(id.as_str())).collect();
    expected.sort();
    assert_eq!(told, expected, "each once");
}

pub(super) async fn a_change_of_groups_leaves_all_other_claims_as_they_are(store: Arc<dyn Store>) {
    with_connections(&store).await;
    insert(&store, &person(1)).await.expect("kept");
    insert_group(&store, &group(10, "Staff")).await;
    let attributes = |with_groups: bool| {
        let mut said = vec![json!({ "name": claim::NAME, "values": hostile_texts() })];
        if with_groups {
            said.push(json!({ "name": claim::GROUPS, "values": hostile_texts() }));
        }
        serde_json::from_value(json!(said)).expect("attributes as they are kept")
    };
    let opened = SessionRecord {
        attributes: attributes(true),
        ..session_of(1, 1)
    };
    open(&store, &opened).await;
    let members = vec![user_id(1).to_string()];
    members_change(&store, GroupChange::Refresh, 10, members).await;
    let found = store.session(&opened.token, at(5)).await;
    let expected = SessionRecord {
        attributes: attributes(false),
        ..opened
    };
    assert_eq!(found.expect("the store answers"), Some(expected));
}

fn by(group_change: GroupChange) -> Scope {
    Scope {
        rules: Rules {
            group_change,
            ..Rules::default()
        },
        ..scope("acme")
    }
}

async fn members_change(
    store: &Arc<dyn Store>,
    rule: GroupChange,
    group: u32,
    members: Vec<String>,
) {
    let members = members.into_iter().map(|id| MemberRef { id, kind: None });
    let add = MembershipChange::Add(members.collect());
    apply(store, rule, group, add).await;
}

async fn remove_members(
    store: &Arc<dyn Store>,
    rule: GroupChange,
    group: u32,
    members: Vec<String>,
) {
    apply(store, rule, group, MembershipChange::Remove(members)).await;
}

async fn apply(store: &Arc<dyn Store>, rule: GroupChange, group: u32, to: MembershipChange) {
    let changed = change(store, by(rule), move |directory| {
        Box::pin(async move {
            let (group, view) = (group_id(group), view());
            directory.change_members(&group, &to, &view).await.map(drop)
        })
    });
    changed.await.expect("the members change");
}

async fn delete_group(store: &Arc<dyn Store>, rule: GroupChange, group: u32) -> bool {
    let gone = change(store, by(rule), move |directory| {
        Box::pin(async move { directory.delete_group(&group_id(group)).await })
    });
    gone.await.expect("the store answers")
}

/// The number of groups that are claimed in each of the sessions 1 to 3; `None` for one that is over.
async fn claimed(store: &Arc<dyn Store>) -> Vec<Option<usize>> {
    let mut all = Vec::new();
    for number in [1, 2, 3] {
        let found = store.session(&session(number).token, at(5)).await;
        let found = found.expect("the store answers");
        all.push(found.map(|record| record.attributes.values(claim::GROUPS).len()));
    }
    all
}

async fn must_prove(store: &Arc<dyn Store>, number: u32) -> bool {
    let since = within(store, move |directory| {
        Box::pin(async move { directory.rows.authn_since(&user_id(number)).await })
    });
    since.await.is_some()
}
