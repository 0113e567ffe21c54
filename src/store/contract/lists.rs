//! Promises of lists.

use std::sync::Arc;

use serde_json::json;

use super::people::cursor;
use super::people::group;
use super::people::group_id;
use super::people::groups;
use super::people::insert;
use super::people::insert_group;
use super::people::numbers;
use super::people::query;
use super::people::user;
use super::people::user_id;
use super::people::user_of;
use super::people::users;
use super::people::view;
use super::people::write;
use super::samples::at;
use super::samples::id;
use super::samples::with_connections;
use crate::directory::DirectoryError;
use crate::directory::SCAN;
use crate::directory::UserRecord;
use crate::scim::Filter;
use crate::scim::MemberRef;
use crate::scim::MembershipChange;
use crate::scim::ResourceKind;
use crate::store::Store;

/// Users 1 to 6 with something missing here and there, one of them of another connection.
async fn with_users(store: &Arc<dyn Store>) {
    with_connections(store).await;
    for (number, attributes) in [
        (
            1,
            json!({"userName": "ada@example.com", "externalId": "A", "active": true, "displayName": "Ada",
            "emails": [{"value": "Ada@Work.example", "type": "work"}, {"value": "ada@home.example", "type": "home"}]}),
        ),
        (
            2,
            json!({"userName": "Grace@example.com", "externalId": "a", "active": false, "displayName": "grace"}),
        ),
        (
            3,
            json!({"userName": "alan@example.com", "title": "Reader"}),
        ),
        (
            4,
            json!({"userName": "edsger@example.com", "externalId": "E", "active": true, "title": "Professor",
            "emails": [{"value": "ada@work.example", "type": "home"}]}),
        ),
        (
            5,
            json!({"userName": "barbara@example.com", "displayName": "Barbara", "active": true, "title": "reader"}),
        ),
    ] {
        let kept = insert(store, &user(number, attributes)).await;
        kept.expect("the user is kept");
    }
    let other = user_of(
        "bolt",
        6,
        json!({"userName": "ada@example.com", "externalId": "A", "active": true}),
    );
    insert(store, &other).await.expect("the user is kept");
}

pub(super) async fn filters_find_what_they_describe(store: Arc<dyn Store>) {
    with_users(&store).await;
    let time = |second: i64| at(second).to_string();
    for (filter, expected) in [
        ("".to_owned(), vec![1, 2, 3, 4, 5]),
        ("userName eq \"ADA@EXAMPLE.COM\"".to_owned(), vec![1]),
        ("userName sw \"A\"".to_owned(), vec![1, 3]),
        ("userName sw \"\"".to_owned(), vec![1, 2, 3, 4, 5]),
        ("userName eq \"nobody\"".to_owned(), vec![]),
        ("externalId eq \"a\"".to_owned(), vec![2]),
        ("displayName eq \"GRACE\"".to_owned(), vec![2]),
        ("active eq true".to_owned(), vec![1, 4, 5]),
        ("active eq \"False\"".to_owned(), vec![2, 3]),
        ("active eq false".to_owned(), vec![2, 3]),
        ("not (active eq true)".to_owned(), vec![2, 3]),
        (format!("id eq \"{}\"", user_id(3)), vec![3]),
        ("id eq \"nobody\"".to_owned(), vec![]),
        (
            "emails.value eq \"ada@work.example\"".to_owned(),
            vec![1, 4],
        ),
        (
            "emails[type eq \"work\"].value eq \"ada@work.example\"".to_owned(),
            vec![1],
        ),
        (
            "emails[type eq \"work\" and value eq \"ada@work.example\"]".to_owned(),
            vec![1],
        ),
        ("emails co \"HOME\"".to_owned(), vec![1]),
        ("title eq \"READER\"".to_owned(), vec![3, 5]),
        ("title pr and active eq true".to_owned(), vec![4, 5]),
        (
            "title eq \"reader\" or externalId eq \"A\"".to_owned(),
            vec![1, 3, 5],
        ),
        (format!("meta.created gt \"{}\"", time(3)), vec![4, 5]),
        (format!("meta.created ge \"{}\"", time(3)), vec![3, 4, 5]),
        (format!("meta.lastModified lt \"{}\"", time(2)), vec![1]),
        (format!("meta.lastModified le \"{}\"", time(2)), vec![1, 2]),
        (format!("meta.created eq \"{}\"", time(2)), vec![2]),
        (
            format!(
                "meta.created eq \"{}\"",
                time(2).replace('Z', ".000000001Z")
            ),
            vec![],
        ),
        (
            format!(
                "meta.created lt \"{}\"",
                time(2).replace('Z', ".000000001Z")
            ),
            vec![1, 2],
        ),
    ] {
        let found = users(&store, &filter, "").await.expect("the store answers");
        assert_eq!(numbers(&found.resources), expected, "{filter}");
        assert_eq!(found.total, Some(expected.len() as u64), "{filter}");
        let walked = walk(&store, &filter, 2).await;
        assert_eq!(numbers(&walked), expected, "by cursor: {filter}");
    }
}

/// All users of a filter, by cursor.
async fn walk(store: &Arc<dyn Store>, filter: &str, count: u32) -> Vec<UserRecord> {
    let mut all = Vec::new();
    let mut next = Some(String::new());
    while let Some(cursor_text) = next {
        let query = query(
            ResourceKind::User,
            filter,
            &format!("count={count}&cursor={cursor_text}"),
        );
        let page = store.users(&id("acme"), &query).await;
        let page = page.expect("the store answers");
        assert!(page.resources.len() <= count as usize);
        next = page.behind.map(|behind| cursor(&query.list, &behind));
        all.extend(page.resources);
    }
    all
}

pub(super) async fn lists_have_one_order_and_parts(store: Arc<dyn Store>) {
    with_users(&store).await;
    for (filter, parameters, expected, total) in [
        ("", "startIndex=2&count=2", vec![2, 3], 5),
        ("", "startIndex=5&count=2", vec![5], 5),
        ("", "startIndex=6", vec![], 5),
        ("", "count=0", vec![], 5),
        ("active eq true", "count=2", vec![1, 4], 3),
        ("title pr", "startIndex=2&count=1", vec![4], 3),
        ("title pr", "count=0", vec![], 3),
        ("", "sortBy=userName", vec![1, 3, 5, 4, 2], 5),
        (
            "",
            "sortBy=userName&sortOrder=descending&count=2",
            vec![2, 4],
            5,
        ),
        ("", "sortBy=displayName", vec![1, 5, 2, 3, 4], 5),
        (
            "",
            "sortBy=displayName&sortOrder=descending",
            vec![3, 4, 2, 5, 1],
            5,
        ),
        ("", "sortBy=externalId", vec![1, 4, 2, 3, 5], 5),
        (
            "",
            "sortBy=meta.created&sortOrder=descending",
            vec![5, 4, 3, 2, 1],
            5,
        ),
        ("", "sortBy=active", vec![2, 3, 1, 4, 5], 5),
        ("", "sortBy=title", vec![4, 3, 5, 1, 2], 5),
        (
            "title pr",
            "sortBy=title&sortOrder=descending&count=2",
            vec![3, 5],
            3,
        ),
        ("title pr", "sortBy=userName", vec![3, 5, 4], 3),
    ] {
        let found = users(&store, filter, parameters).await;
        let found = found.expect("the store answers");
        assert_eq!(numbers(&found.resources), expected, "{filter} {parameters}");
        assert_eq!(found.total, Some(total), "{filter} {parameters}");
        assert_eq!(found.behind, None, "{filter} {parameters}");
    }
}

pub(super) async fn a_walk_misses_nothing_that_was_there_throughout(store: Arc<dyn Store>) {
    with_connections(&store).await;
    for number in (10..40).step_by(2) {
        let kept = insert(&store, &user(number, named(number))).await;
        kept.expect("the user is kept");
    }
    let mut met = Vec::new();
    let mut next = Some(String::new());
    while let Some(text) = next {
        let query = query(ResourceKind::User, "", &format!("count=4&cursor={text}"));
        let page = store
            .users(&id("acme"), &query)
            .await
            .expect("the store answers");
        next = page.behind.map(|behind| cursor(&query.list, &behind));
        met.extend(numbers(&page.resources));
        // The last one that was met goes, others come before and behind it.
        let last = *met.last().expect("a page is not empty");
        let changed = write(&store, "acme", move |directory| {
            Box::pin(async move {
                directory.delete_user(&user_id(last)).await?;
                directory
                    .insert_user(&user(last - 7, named(last - 7)))
                    .await?;
                directory
                    .insert_user(&user(last + 1, named(last + 1)))
                    .await
            })
        });
        changed.await.expect("the change is kept");
    }
    let throughout: Vec<u32> = (10..40).step_by(2).collect();
    let found: Vec<u32> = met
        .iter()
        .copied()
        .filter(|number| number % 2 == 0)
        .collect();
    assert_eq!(found, throughout);
}

pub(super) fn named(number: u32) -> serde_json::Value {
    json!({"userName": format!("person-{number}"), "active": true})
}

pub(super) async fn what_no_index_answers_is_bounded(store: Arc<dyn Store>) {
    with_connections(&store).await;
    fill(&store, SCAN as u32).await;
    let last = format!("title eq \"title {SCAN}\"");
    let found = users(&store, &last, "")
        .await
        .expect("as many as may be looked at");
    assert_eq!(numbers(&found.resources), [SCAN as u32]);

    let one_more = user(
        SCAN as u32 + 1,
        json!({"userName": "one more", "externalId": "x"}),
    );
    insert(&store, &one_more).await.expect("the user is kept");
    for (filter, parameters) in [(last.as_str(), ""), ("", "sortBy=title")] {
        let refused = users(&store, filter, parameters).await;
        let too_many = matches!(refused, Err(DirectoryError::TooMany { limit: SCAN, .. }));
        assert!(too_many, "{filter} {parameters}");
    }
    let narrowed = format!("externalId eq \"x\" and not ({last})");
    let found = users(&store, &narrowed, "")
        .await
        .expect("the index leaves one over");
    assert_eq!(numbers(&found.resources), [SCAN as u32 + 1]);
    assert_eq!(numbers(&walk(&store, &last, 10).await), [SCAN as u32]);
}

/// Users with titles, 1 to `count`.
async fn fill(store: &Arc<dyn Store>, count: u32) {
    let filled = write(store, "acme", move |directory| {
        Box::pin(async move {
            for number in 1..=count {
                let name = format!("person-{number}");
                let attributes = json!({"userName": name, "title": format!("title {number}")});
                directory.insert_user(&user(number, attributes)).await?;
            }
            Ok(())
        })
    });
    filled.await.expect("the users are kept");
}

pub(super) async fn filters_look_at_members_and_groups(store: Arc<dyn Store>) {
    with_users(&store).await;
    for (number, name) in [(10, "Staff"), (11, "Everybody"), (12, "Empty")] {
        insert_group(&store, &group(number, name)).await;
    }
    let add = |id: String| MembershipChange::Add(vec![MemberRef { id, kind: None }]);
    for (to, member) in [
        (10, user_id(1).to_string()),
        (10, user_id(2).to_string()),
        (11, group_id(10).to_string()),
        (11, user_id(3).to_string()),
    ] {
        let change = add(member);
        let changed = write(&store, "acme", move |directory| {
            Box::pin(async move {
                directory
                    .change_members(&group_id(to), &change, &view())
                    .await
            })
        });
        changed.await.expect("the member is added");
    }
    for (filter, expected) in [
        (
            format!("members.value eq \"{}\"", user_id(1)),
            vec!["Staff"],
        ),
        (
            format!("members.value eq \"{}\"", group_id(10)),
            vec!["Everybody"],
        ),
        ("members[display eq \"ADA\"]".to_owned(), vec!["Staff"]),
        ("members pr".to_owned(), vec!["Staff", "Everybody"]),
        ("displayName eq \"EMPTY\"".to_owned(), vec!["Empty"]),
    ] {
        let found = groups(&store, &filter, "")
            .await
            .expect("the store answers");
        let names: Vec<_> = found
            .resources
            .iter()
            .filter_map(|of| of.record().resource.display_name())
            .collect();
        assert_eq!(names, expected, "{filter}");
    }
    for (filter, expected) in [
        (format!("groups.value eq \"{}\"", group_id(10)), vec![1, 2]),
        (
            format!("groups.value eq \"{}\"", group_id(11)),
            vec![1, 2, 3],
        ),
        ("groups.display eq \"staff\"".to_owned(), vec![1, 2]),
        ("not (groups pr)".to_owned(), vec![4, 5]),
    ] {
        let query = query(ResourceKind::User, &filter, "");
        assert!(
            query
                .list
                .filter
                .as_ref()
                .is_some_and(|filter: &Filter| filter.mentions("groups"))
        );
        let found = store
            .users(&id("acme"), &query)
            .await
            .expect("the store answers");
        assert_eq!(numbers(&found.resources), expected, "{filter}");
    }
}
