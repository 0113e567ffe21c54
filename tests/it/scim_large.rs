//! Requests that would make the server look at, or say, too much: `tooMany` over HTTP, and the requests that still
//! work.

use entrada::directory::DirectoryError;
use entrada::directory::GROUPS;
use entrada::directory::GroupId;
use entrada::directory::GroupRecord;
use entrada::directory::Origin;
use entrada::directory::SCAN;
use entrada::directory::Scope;
use entrada::directory::UserId;
use entrada::directory::UserRecord;
use entrada::directory::View;
use entrada::directory::transact;
use entrada::ports::Clock;
use entrada::scim::MemberRef;
use entrada::scim::MembershipChange;
use entrada::scim::Resource;
use entrada::scim::ResourceKind;
use entrada::scim::Schemas;
use serde_json::Value;
use serde_json::json;

use crate::scim::BASE;
use crate::scim::Scim;
use crate::scim::connection_id;

fn bytes(kind: u8, number: usize) -> [u8; 16] {
    let mut bytes = [kind; 16];
    bytes[..4].copy_from_slice(&(number as u32).to_be_bytes());
    bytes
}

fn user_id(number: usize) -> UserId {
    UserId::from_random(bytes(1, number))
}

fn group_id(number: usize) -> GroupId {
    GroupId::from_random(bytes(2, number))
}

fn resource(kind: ResourceKind, attributes: Value) -> Resource {
    Resource::restored(kind, attributes.as_object().cloned().unwrap())
}

/// Puts users into the store, in one transaction.
pub(crate) async fn put_users(scim: &Scim, count: usize) {
    let (acme, now) = (connection_id("acme"), scim.clock.now());
    let user = |number: usize| {
        let attributes = json!({"userName": format!("user-{number}"), "title": "Engineer"});
        let resource = resource(ResourceKind::User, attributes);
        UserRecord::new(
            &user_id(number),
            acme.clone(),
            Origin::Provisioned,
            resource,
            now,
        )
    };
    let users: Vec<_> = (0..count).map(user).collect();
    let scope = Scope::by_default(acme.clone(), now);
    let added = transact(&*scim.store, &scope, move |directory| {
        Box::pin(async move {
            for user in &users {
                directory.insert_user(user).await?;
            }
            Ok::<_, DirectoryError>(())
        })
    });
    added.await.unwrap();
}

/// Groups: each holds the one before, and the first holds so many users.
async fn put_nested_groups(scim: &Scim, count: usize, users: usize) {
    let (acme, now) = (connection_id("acme"), scim.clock.now());
    let view = View::new(Schemas::standard().into(), BASE);
    let groups = acme.clone();
    let scope = Scope::by_default(acme.clone(), now);
    let added = transact(&*scim.store, &scope, move |directory| {
        Box::pin(async move {
            for number in 0..count {
                let attributes = json!({"displayName": format!("group-{number}")});
                let resource = resource(ResourceKind::Group, attributes);
                let group = GroupRecord::new(&group_id(number), groups.clone(), resource, now);
                directory.insert_group(&group).await?;
                let ids: Vec<String> = match number {
                    0 => (0..users).map(|user| user_id(user).to_string()).collect(),
                    _ => vec![group_id(number - 1).to_string()],
                };
                let members = ids.into_iter().map(|id| MemberRef { id, kind: None });
                let change = MembershipChange::Add(members.collect());
                directory
                    .change_members(&group_id(number), &change, &view)
                    .await?;
            }
            Ok::<_, DirectoryError>(())
        })
    });
    added.await.unwrap();
}

#[tokio::test]
async fn a_filter_without_an_index_is_evaluated_on_so_many_and_no_more() {
    let scim = Scim::start().await;
    put_users(&scim, SCAN).await;
    let all = scim
        .get("/Users?filter=title eq \"engineer\"&count=1")
        .await;
    assert_eq!(all.body["totalResults"], SCAN, "{all:?}");
    scim.user("one-more").await;
    for query in [
        "filter=title pr",
        "filter=title pr&startIndex=9999",
        "filter=active eq true or title pr",
        "sortBy=title",
    ] {
        let refused = scim.get(&format!("/Users?{query}")).await;
        refused.is_error(400, Some("tooMany"));
    }
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "title pr",
    });
    let refused = scim.post("/Users/.search", search).await;
    refused.is_error(400, Some("tooMany"));
    // A query that an index narrows, one that needs no evaluation, and a walk by cursor still work.
    for (query, total) in [
        ("filter=userName eq \"USER-7\" and title pr", json!(1)),
        ("sortBy=userName", json!(SCAN + 1)),
        ("filter=title pr&cursor=", Value::Null),
    ] {
        let list = scim.get(&format!("/Users?{query}")).await;
        assert_eq!(list.status, 200, "{query}: {list:?}");
        assert_eq!(list.body["totalResults"], total, "{query}");
        assert!(!list.names().is_empty());
    }
}

#[tokio::test]
async fn a_patch_of_too_many_operations_is_refused_and_changes_nothing() {
    let scim = Scim::start().await;
    let path = format!("/Users/{}", scim.user("ada").await);
    let title =
        |number: usize| json!({"op": "Replace", "path": "title", "value": number.to_string()});
    let operations = |count: usize| Value::Array((0..count).map(title).collect());
    let refused = scim.patch(&path, operations(1001)).await;
    refused.is_error(400, Some("tooMany"));
    assert_eq!(scim.get(&path).await.body.get("title"), None);
    let done = scim.patch(&path, operations(1000)).await;
    assert_eq!(done.body["title"], "999");
}

#[tokio::test]
async fn the_groups_of_a_page_are_bounded() {
    const NESTED: usize = 400;
    let scim = Scim::start().await;
    let users = GROUPS / NESTED;
    put_users(&scim, users + 1).await;
    put_nested_groups(&scim, NESTED, users).await;
    let counted = |list: &Value| {
        let users = list["Resources"].as_array().unwrap().iter();
        users
            .map(|user| user["groups"].as_array().map_or(0, Vec::len))
            .sum::<usize>()
    };
    let all = scim.get("/Users?count=1000&attributes=groups").await;
    assert_eq!((all.status, counted(&all.body)), (200, GROUPS));

    let last = user_id(users);
    let operation = json!([{"op": "add", "path": "members", "value": [{"value": last.as_str()}]}]);
    let path = format!("/Groups/{}", group_id(0));
    assert_eq!(scim.patch(&path, operation).await.status, 204);
    for query in ["count=1000", "count=1000&attributes=groups"] {
        let refused = scim.get(&format!("/Users?{query}")).await;
        refused.is_error(400, Some("tooMany"));
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains("excludedAttributes=groups"), "{detail}");
    }
    let without = scim
        .get("/Users?count=1000&excludedAttributes=groups")
        .await;
    assert_eq!(without.body["itemsPerPage"], users + 1);
    let page = scim.get("/Users?count=100&attributes=groups").await;
    assert_eq!((page.status, counted(&page.body)), (200, 100 * NESTED));
    let one = scim.get(&format!("/Users/{last}")).await;
    assert_eq!(one.body["groups"].as_array().unwrap().len(), NESTED);
    // Looked at by a filter, they count against what is evaluated.
    let refused = scim.get("/Users?filter=groups.display co \"group\"").await;
    refused.is_error(400, Some("tooMany"));
}

#[tokio::test]
async fn what_was_done_is_answered_as_done_when_its_groups_cannot_be_read() {
    let scim = Scim::start().await;
    let path = format!("/Users/{}", scim.user("ada").await);
    scim.lose("group_groups");
    let operation = json!([{"op": "Replace", "path": "title", "value": "Countess"}]);
    let done = scim.patch(&path, operation).await;
    assert_eq!(
        (done.status, &done.body["title"]),
        (200, &json!("Countess"))
    );
    assert_eq!(done.body.get("groups"), None);
    let done = scim
        .put(&path, json!({"userName": "ada", "title": "Lady"}))
        .await;
    assert_eq!((done.status, &done.body["title"]), (200, &json!("Lady")));
    let made = scim.post("/Users", json!({"userName": "grace"})).await;
    assert_eq!(made.status, 201, "{made:?}");
    let read = scim.get(&format!("{path}?excludedAttributes=groups")).await;
    assert_eq!(read.body["title"], "Lady");
    // A client that only reads is told that it failed.
    scim.get(&path).await.is_error(503, None);
}

/// An entry as Entra writes it.
fn member(id: impl std::fmt::Display) -> Value {
    json!({"value": id.to_string()})
}

#[tokio::test]
async fn a_group_of_50_000_arrives_in_one_patch() {
    let scim = Scim::start().await;
    put_users(&scim, 50_000).await;
    let id = scim.group("Everybody", &[]).await;
    let members: Vec<Value> = (0..50_000).map(|number| member(user_id(number))).collect();
    let patch = json!([{"op": "Add", "path": "members", "value": members}]);
    assert!(patch.to_string().len() > 2_400_000);
    let path = format!("/Groups/{id}");
    let patched = scim.patch(&path, patch).await;
    assert_eq!(patched.status, 204, "{patched:?}");
    let group = scim.get(&path).await;
    let members = group.body["members"].as_array().map(Vec::len);
    assert_eq!(members, Some(50_000));
}

#[tokio::test]
async fn members_are_counted_before_bytes_end() {
    let scim = Scim::start().await;
    let path = format!("/Groups/{}", scim.group("Everybody", &[]).await);
    let members: Vec<Value> = (0..100_001).map(|number| member(user_id(number))).collect();
    let patch = json!([{"op": "Add", "path": "members", "value": members}]);
    scim.patch(&path, patch)
        .await
        .is_error(400, Some("tooMany"));
    let body = json!({"displayName": "All", "members": members});
    scim.post("/Groups", body)
        .await
        .is_error(400, Some("tooMany"));
    // So many are looked for, and nobody is there.
    let patch = json!([{"op": "Add", "path": "members", "value": members[..100_000]}]);
    let refused = scim.patch(&path, patch).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_ne!(refused.body["scimType"], "tooMany");
    let long = json!({"displayName": " ".repeat(8 * 1024 * 1024)});
    scim.post("/Groups", long).await.is_error(413, None);
}
