//! Promises of groups and their members.

use std::sync::Arc;

use serde_json::json;

use super::people::find;
use super::people::group;
use super::people::group_id;
use super::people::insert;
use super::people::insert_group;
use super::people::resource;
use super::people::user;
use super::people::user_id;
use super::people::user_of;
use super::people::view;
use super::people::write;
use super::samples::at;
use super::samples::id;
use super::samples::with_connections;
use crate::directory::Counts;
use crate::directory::DirectoryError;
use crate::directory::MembersChanged;
use crate::scim::MemberRef;
use crate::scim::MembershipChange;
use crate::scim::PATCH_OP;
use crate::scim::PatchRequest;
use crate::scim::ResourceKind;
use crate::store::Store;

/// Users 1 to 5 and groups 10 to 12.
async fn with_people(store: &Arc<dyn Store>) {
    with_connections(store).await;
    for number in 1..=5 {
        let name = format!("person-{number}");
        let person = user(number, json!({"userName": name, "displayName": name}));
        insert(store, &person).await.expect("the user is kept");
    }
    let other = user_of("bolt", 6, json!({"userName": "other"}));
    insert(store, &other).await.expect("the user is kept");
    for (number, name) in [(10, "ten"), (11, "eleven"), (12, "twelve")] {
        insert_group(store, &group(number, name)).await;
    }
}

fn refs(ids: &[String]) -> Vec<MemberRef> {
    let member = |id: &String| MemberRef {
        id: id.clone(),
        kind: None,
    };
    ids.iter().map(member).collect()
}

fn people(numbers: &[u32]) -> Vec<String> {
    numbers
        .iter()
        .map(|number| user_id(*number).to_string())
        .collect()
}

async fn change(
    store: &Arc<dyn Store>,
    group: u32,
    change: MembershipChange,
) -> Result<MembersChanged, DirectoryError> {
    write(store, "acme", move |directory| {
        Box::pin(async move {
            let view = view();
            directory
                .change_members(&group_id(group), &change, &view)
                .await
        })
    })
    .await
}

async fn members(store: &Arc<dyn Store>, group: u32) -> Vec<String> {
    let page = store
        .members(&id("acme"), &group_id(group), None, 100)
        .await;
    let page = page.expect("the store answers");
    assert_eq!(page.next, None);
    page.members.into_iter().map(|member| member.id).collect()
}

fn counted(added: u64, removed: u64) -> MembersChanged {
    MembersChanged { added, removed }
}

pub(super) async fn a_group_comes_back_as_it_was_and_keeps_its_members(store: Arc<dyn Store>) {
    with_people(&store).await;
    let found = store.group(&id("acme"), &group_id(10)).await;
    assert_eq!(found.expect("the store answers"), Some(group(10, "ten")));
    let elsewhere = store.group(&id("bolt"), &group_id(10)).await;
    assert_eq!(elsewhere.expect("the store answers"), None);
    let added = change(&store, 10, MembershipChange::Add(refs(&people(&[1])))).await;
    assert_eq!(added.expect("the member is added"), counted(1, 0));

    let resource = resource(ResourceKind::Group, json!({"displayName": "10"}));
    let renamed = group(10, "ten").changed(resource, at(60));
    let kept = renamed.clone();
    let replaced = write(&store, "acme", |directory| {
        Box::pin(async move { directory.replace_group(&kept).await })
    });
    replaced.await.expect("the group is replaced");
    let found = store.group(&id("acme"), &group_id(10)).await;
    assert_eq!(found.expect("the store answers"), Some(renamed.clone()));
    assert_eq!(members(&store, 10).await, people(&[1]));

    for expected in [true, false] {
        let again = renamed.clone();
        let gone = write(&store, "acme", move |directory| {
            Box::pin(async move {
                let gone = directory.delete_group(&group_id(10)).await?;
                let replaced = directory.replace_group(&again).await;
                assert!(matches!(replaced, Err(DirectoryError::NotFound)));
                Ok(gone)
            })
        });
        assert_eq!(gone.await.expect("the store answers"), expected);
    }
    assert!(find(&store, "acme", 1).await.is_some(), "its members stay");
    let counts = store.counts(&id("acme")).await.expect("the store answers");
    assert_eq!(
        counts,
        Counts {
            users: 5,
            active_users: 0,
            groups: 2
        }
    );
}

pub(super) async fn members_come_and_go_by_name(store: Arc<dyn Store>) {
    with_people(&store).await;
    let nested = group_id(11).to_string();
    let mut both = people(&[1, 2]);
    both.push(nested.clone());
    for (done, expected, left) in [
        (
            MembershipChange::Add(refs(&both)),
            counted(3, 0),
            both.clone(),
        ),
        (
            MembershipChange::Add(refs(&both)),
            counted(0, 0),
            both.clone(),
        ),
        (
            MembershipChange::Add(refs(&people(&[3, 3]))),
            counted(1, 0),
            [people(&[1, 2, 3]), vec![nested.clone()]].concat(),
        ),
        (
            MembershipChange::Remove(people(&[1, 5])),
            counted(0, 1),
            [people(&[2, 3]), vec![nested.clone()]].concat(),
        ),
        (
            MembershipChange::Remove(vec!["nobody".to_owned()]),
            counted(0, 0),
            [people(&[2, 3]), vec![nested.clone()]].concat(),
        ),
        (
            MembershipChange::Remove(vec![nested.clone()]),
            counted(0, 1),
            people(&[2, 3]),
        ),
        (
            MembershipChange::Replace(refs(&people(&[3, 4]))),
            counted(1, 1),
            people(&[3, 4]),
        ),
        (
            MembershipChange::Replace(refs(&people(&[3, 4]))),
            counted(0, 0),
            people(&[3, 4]),
        ),
        (MembershipChange::Clear, counted(0, 2), vec![]),
        (MembershipChange::Clear, counted(0, 0), vec![]),
    ] {
        let changed = change(&store, 10, done.clone()).await;
        assert_eq!(changed.expect("the members change"), expected, "{done:?}");
        assert_eq!(members(&store, 10).await, left, "{done:?}");
    }
    for done in [
        MembershipChange::Clear,
        MembershipChange::Add(Vec::new()),
        MembershipChange::Add(refs(&["nobody".to_owned()])),
    ] {
        let gone = change(&store, 13, done.clone()).await;
        assert!(matches!(gone, Err(DirectoryError::NotFound)), "{done:?}");
    }
}

pub(super) async fn members_that_a_filter_describes_go(store: Arc<dyn Store>) {
    with_people(&store).await;
    let mut all = people(&[1, 2, 3]);
    all.push(group_id(11).to_string());
    let added = change(&store, 10, MembershipChange::Add(refs(&all))).await;
    added.expect("the members are added");
    for (path, left) in [
        ("members[display eq \"PERSON-2\"]", vec![0, 2, 3]),
        ("members[type eq \"Group\"]", vec![0, 2]),
    ] {
        let body = json!({"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": path}]});
        let view = view();
        let of = view.schemas().resource_type(ResourceKind::Group);
        let patch = PatchRequest::parse(body, of).expect("a sound patch");
        let ten = group(10, "ten");
        let patched = patch.apply(&ten.record().resource, of);
        let membership = patched.expect("a patch of members").membership;
        let [described @ MembershipChange::RemoveWhere(_)] = membership.as_slice() else {
            panic!("{membership:?}");
        };
        let removed = change(&store, 10, described.clone()).await;
        assert_eq!(removed.expect("they go"), counted(0, 1), "{path}");
        let left: Vec<String> = left
            .into_iter()
            .map(|index: usize| all[index].clone())
            .collect();
        assert_eq!(members(&store, 10).await, left, "{path}");
    }
}

pub(super) async fn unknown_members_are_refused_by_name(store: Arc<dyn Store>) {
    with_people(&store).await;
    let nul = format!("{}\0", user_id(2));
    for unknown in [
        user_id(7).to_string(),
        user_id(6).to_string(),
        nul,
        "'".to_owned(),
    ] {
        let ids = vec![user_id(1).to_string(), unknown.clone()];
        for refused in [
            MembershipChange::Add(refs(&ids)),
            MembershipChange::Replace(refs(&ids)),
        ] {
            match change(&store, 10, refused).await {
                Err(DirectoryError::UnknownMembers(ids)) => {
                    assert_eq!(ids, std::slice::from_ref(&unknown))
                }
                other => panic!("{unknown}: {other:?}"),
            }
        }
        assert_eq!(members(&store, 10).await, Vec::<String>::new());
    }
}

pub(super) async fn members_are_read_in_parts(store: Arc<dyn Store>) {
    with_people(&store).await;
    let mut all = people(&[1, 2, 3, 4, 5]);
    all.extend([group_id(11).to_string(), group_id(12).to_string()]);
    let added = change(&store, 10, MembershipChange::Add(refs(&all))).await;
    added.expect("the members are added");
    for count in 1..=8 {
        let mut read = Vec::new();
        let mut after = None;
        loop {
            let page = store
                .members(&id("acme"), &group_id(10), after, count)
                .await;
            let page = page.expect("the store answers");
            assert!(page.members.len() as u64 <= count);
            read.extend(page.members);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let ids: Vec<_> = read.iter().map(|member| member.id.clone()).collect();
        assert_eq!(ids, all, "{count} at a time");
        assert_eq!(read[0].display.as_deref(), Some("person-1"));
        assert_eq!(read[0].kind, ResourceKind::User);
        assert_eq!(read[5].display.as_deref(), Some("eleven"));
        assert_eq!(read[5].kind, ResourceKind::Group);
    }
    let elsewhere = store.members(&id("bolt"), &group_id(10), None, 10).await;
    let elsewhere = elsewhere.expect("the store answers");
    assert!(elsewhere.members.is_empty());
}

pub(super) async fn groups_of_a_user_are_direct_and_indirect_also_in_a_circle(
    store: Arc<dyn Store>,
) {
    with_people(&store).await;
    // 10 holds 11 holds 12 holds 10, and 12 holds itself.
    for (outer, inner) in [(10, 11), (11, 12), (12, 10), (12, 12)] {
        let inner = refs(&[group_id(inner).to_string()]);
        let added = change(&store, outer, MembershipChange::Add(inner)).await;
        added.expect("the group is added");
    }
    for (to, member) in [(12, 1), (10, 1), (11, 2)] {
        let added = change(&store, to, MembershipChange::Add(refs(&people(&[member])))).await;
        added.expect("the user is added");
    }
    let users = [user_id(2), user_id(9), user_id(1), user_id(3), user_id(6)];
    let groups = store.groups_of(&id("acme"), &users).await;
    let groups = groups.expect("the store answers");
    let seen: Vec<Vec<(&str, bool)>> = groups
        .iter()
        .map(|of| {
            let pair = |group: &'_ crate::scim::GroupRef| group.direct;
            of.iter()
                .map(|group| (group.display.as_deref().unwrap_or_default(), pair(group)))
                .collect()
        })
        .collect();
    let expected = [
        vec![("eleven", true), ("ten", false), ("twelve", false)],
        vec![],
        vec![("eleven", false), ("ten", true), ("twelve", true)],
        vec![],
        vec![],
    ];
    assert_eq!(seen, expected);

    let gone = write(&store, "acme", |directory| {
        Box::pin(async move { directory.delete_user(&user_id(1)).await })
    });
    assert!(gone.await.expect("the store answers"));
    assert_eq!(members(&store, 10).await, [group_id(11).to_string()]);
}
