//! Groups over HTTP.

use serde_json::Value;
use serde_json::json;

use crate::scim::Answer;
use crate::scim::BASE;
use crate::scim::Scim;

/// The ids of the members, sorted.
fn members(group: &Answer) -> Vec<String> {
    let members = group.body["members"].as_array();
    let ids = members
        .into_iter()
        .flatten()
        .map(|of| of["value"].as_str().unwrap().to_owned());
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    ids
}

fn sorted<'a>(ids: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut ids: Vec<String> = ids.into_iter().cloned().collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn members_come_and_go_by_patch_and_nobody_else_is_touched() {
    let scim = Scim::start().await;
    let (ada, grace, mary) = (
        scim.user("ada").await,
        scim.user("grace").await,
        scim.user("mary").await,
    );
    let path = format!("/Groups/{}", scim.group("Engines", &[]).await);
    let add = |ids: &[&String]| {
        let ids: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
        json!([{"op": "Add", "path": "members", "value": ids}])
    };
    let added = scim.patch(&path, add(&[&ada, &grace, &mary])).await;
    assert_eq!((added.status, &added.body), (204, &json!(null)));
    assert_eq!(added.header("etag"), "W/\"2\"");
    let again = scim.patch(&path, add(&[&ada])).await;
    assert_eq!(
        (again.status, again.header("etag")),
        (204, "W/\"2\""),
        "nothing has changed"
    );
    let read = scim.get(&path).await;
    assert_eq!(members(&read), sorted([&ada, &grace, &mary]));
    let one = read.body["members"]
        .as_array()
        .unwrap()
        .iter()
        .find(|of| of["value"] == json!(ada));
    let expected = json!({
        "value": ada, "$ref": format!("{BASE}/Users/{ada}"), "type": "User",
    });
    assert_eq!(one, Some(&expected));

    for remove in [
        json!([{"op": "Remove", "path": "members", "value": [{"value": ada}]}]),
        json!([{"op": "Remove", "path": "members", "value": [{"value": ada}]}]),
        json!([{"op": "remove", "path": format!("members[value eq \"{grace}\"]")}]),
    ] {
        assert_eq!(scim.patch(&path, remove).await.status, 204);
    }
    assert_eq!(members(&scim.get(&path).await), [mary.as_str()]);
    let log = scim.log().await;
    let changed: Vec<_> = log
        .iter()
        .take(5)
        .map(|entry| entry.changed.join(","))
        .collect();
    assert_eq!(changed, ["members", "", "members", "", "members"]);
}

#[tokio::test]
async fn members_are_not_read_where_they_are_excluded() {
    let scim = Scim::start().await;
    let ada = scim.user("ada").await;
    let path = format!("/Groups/{}", scim.group("Engines", &[&ada]).await);
    assert_eq!(members(&scim.get(&path).await), [ada.as_str()]);
    for path in [
        format!("{path}?excludedAttributes=members"),
        format!("{path}?attributes=displayName"),
    ] {
        let read = scim.get(&path).await;
        assert_eq!((read.status, read.body.get("members")), (200, None));
    }
    let list = "/Groups?excludedAttributes=members&filter=displayName eq \"ENGINES\"";
    let list = scim.get(list).await;
    assert_eq!(list.names(), ["Engines"]);
    assert_eq!(list.body["Resources"][0].get("members"), None);
    let list = scim.get("/Groups").await;
    assert_eq!(list.body["Resources"][0]["members"][0]["value"], json!(ada));
}

#[tokio::test]
async fn a_patch_of_a_group_shows_what_it_is_asked_for() {
    let scim = Scim::start().await;
    let ada = scim.user("ada").await;
    let path = format!(
        "/Groups/{}?attributes=members",
        scim.group("Engines", &[&ada]).await
    );
    let rename = json!([{"op": "replace", "value": {"displayName": "Looms"}}]);
    let patched = scim.patch(&path, rename).await;
    assert_eq!(patched.status, 200);
    assert_eq!(members(&patched), [ada.as_str()]);
    assert_eq!(patched.body.get("displayName"), None);
}

#[tokio::test]
async fn an_unknown_member_refuses_the_whole_request() {
    let scim = Scim::start().await;
    let ada = scim.user("ada").await;
    let path = format!("/Groups/{}", scim.group("Engines", &[&ada]).await);
    let before = scim.get(&path).await.body;
    let nobody = "00000000-0000-4000-8000-000000000000";
    let change = json!([
        {"op": "replace", "path": "displayName", "value": "Looms"},
        {"op": "add", "path": "members", "value": [{"value": nobody}]},
    ]);
    scim.patch(&path, change)
        .await
        .is_error(400, Some("invalidValue"));
    let body = json!({"displayName": "Looms", "members": [{"value": nobody}]});
    scim.put(&path, body.clone())
        .await
        .is_error(400, Some("invalidValue"));
    scim.post("/Groups", body)
        .await
        .is_error(400, Some("invalidValue"));
    assert_eq!(scim.get(&path).await.body, before);
    assert_eq!(scim.get("/Groups").await.body["totalResults"], 1);
}

#[tokio::test]
async fn a_put_has_the_members_that_it_names_and_no_others() {
    let scim = Scim::start().await;
    let (ada, grace) = (scim.user("ada").await, scim.user("grace").await);
    let path = format!("/Groups/{}", scim.group("Engines", &[&ada]).await);
    let body = json!({"displayName": "Engines", "members": [{"value": grace}]});
    let replaced = scim.put(&path, body).await;
    assert_eq!((replaced.status, members(&replaced)), (200, vec![grace]));
    let emptied = scim.put(&path, json!({"displayName": "Engines"})).await;
    assert_eq!(emptied.body.get("members"), None);
}

#[tokio::test]
async fn a_user_shows_the_groups_that_hold_it_and_those_that_hold_these() {
    let scim = Scim::start().await;
    let ada = scim.user("ada").await;
    let inner = scim.group("Inner", &[&ada]).await;
    let outer = scim.group("Outer", &[&inner]).await;
    // A circle ends by itself.
    let circle = json!([{"op": "add", "path": "members", "value": [{"value": outer}]}]);
    assert_eq!(
        scim.patch(&format!("/Groups/{inner}"), circle).await.status,
        204
    );
    let read = scim.get(&format!("/Users/{ada}")).await;
    let groups: Vec<_> = read.body["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| (&of["value"], &of["type"]))
        .collect();
    assert_eq!(
        groups,
        [
            (&json!(inner), &json!("direct")),
            (&json!(outer), &json!("indirect"))
        ]
    );
    let found = scim
        .get(&format!("/Users?filter=groups.value eq \"{outer}\""))
        .await;
    assert_eq!(found.names(), ["ada"]);

    assert_eq!(scim.delete(&format!("/Groups/{inner}")).await.status, 204);
    let read = scim.get(&format!("/Users/{ada}")).await;
    assert_eq!(read.body.get("groups"), None);
    assert_eq!(scim.delete(&format!("/Users/{ada}")).await.status, 204);
}
