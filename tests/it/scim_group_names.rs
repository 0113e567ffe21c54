//! Groups that are the same: by what the identity provider calls them, or by name where that does not tell.

use entrada::directory::add_credential;
use serde_json::Value;
use serde_json::json;
use tokio::task::JoinSet;

use crate::scim::Scim;
use crate::scim::patch_op;

const BOARD: &str = "0aaaaaaa-0000-4000-8000-00000000000b";
const STAFF: &str = "0ccccccc-0000-4000-8000-00000000000d";

fn group(name: &str, object: Option<&str>) -> Value {
    match object {
        Some(object) => json!({ "displayName": name, "externalId": object }),
        None => json!({ "displayName": name }),
    }
}

#[tokio::test]
async fn a_group_that_is_there_already_is_not_made_again() {
    let upper = BOARD.to_ascii_uppercase();
    for (first, second, expected) in [
        (
            group("Board", Some(BOARD)),
            group("Board", Some(BOARD)),
            409,
        ),
        (
            group("Board", Some(BOARD)),
            group("Other", Some(BOARD)),
            409,
        ),
        (
            group("Board", Some(BOARD)),
            group("Other", Some(&upper)),
            409,
        ),
        (group("Board", Some("x")), group("Other", Some("x")), 409),
        (group("Board", Some("x")), group("Other", Some("X")), 201),
        (group("Board", None), group("Board", None), 409),
        (group("Board", None), group("BOARD", None), 409),
        (group("Board", Some(BOARD)), group("Board", None), 409),
        (group("Board", None), group("Board", Some(BOARD)), 409),
        (
            group("Board", Some(BOARD)),
            group("Board", Some(STAFF)),
            201,
        ),
        (group("Board", None), group("Staff", None), 201),
        (group("Board", None), group("Staff", Some(STAFF)), 201),
    ] {
        let scim = Scim::start().await;
        let made = scim.post("/Groups", first.clone()).await;
        assert_eq!(made.status, 201, "{made:?}");
        let again = scim.post("/Groups", second.clone()).await;
        assert_eq!(again.status, expected, "{first} {second}");
        if expected == 409 {
            again.is_error(409, Some("uniqueness"));
        }
        let total = scim.get("/Groups").await.body["totalResults"].clone();
        assert_eq!(total, if expected == 201 { 2 } else { 1 });
        // In Bulk it is the same.
        let post = |id: &str, data: &Value| json!({ "method": "POST", "path": "/Groups", "bulkId": id, "data": data });
        let bulk = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [post("b", &second)],
        });
        let bulk = scim.post("/Bulk", bulk).await;
        assert_eq!(bulk.body["Operations"][0]["status"], "409", "{bulk:?}");
        // Once the first is deleted there is room.
        assert_eq!(
            scim.delete(&format!("/Groups/{}", made.id())).await.status,
            204
        );
        if expected == 409 {
            let made = scim.post("/Groups", second).await;
            assert_eq!(made.status, 201, "{made:?}");
        }
    }
}

#[tokio::test]
async fn a_change_makes_no_two_groups_the_same() {
    let scim = Scim::start().await;
    let person = scim.user("ada").await;
    let make = async |name: &str, object: Option<&str>| {
        let made = scim.post("/Groups", group(name, object)).await;
        assert_eq!(made.status, 201, "{made:?}");
        format!("/Groups/{}", made.id())
    };
    make("Board", Some(BOARD)).await;
    let staff = make("Staff", Some(STAFF)).await;
    let plain = make("Plain", None).await;
    let replace =
        |path: &str, value: &str| json!([{ "op": "Replace", "path": path, "value": value }]);
    let members = json!({ "op": "Add", "path": "members", "value": [{ "value": person }] });
    for (path, operations) in [
        (&staff, replace("externalId", BOARD)),
        (&staff, replace("externalId", &BOARD.to_ascii_uppercase())),
        (&plain, replace("displayName", "Board")),
        (&plain, replace("displayName", "STAFF")),
        (&plain, replace("externalId", BOARD)),
        (
            &staff,
            json!([{ "op": "Remove", "path": "externalId" }, replace("displayName", "board")[0]]),
        ),
        (&plain, json!([members, replace("displayName", "Board")[0]])),
    ] {
        let patched = scim.patch(path, operations.clone()).await;
        patched.is_error(409, Some("uniqueness"));
        let bulk = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{ "method": "PATCH", "path": path, "data": patch_op(operations.clone()) }],
        });
        let bulk = scim.post("/Bulk", bulk).await;
        assert_eq!(bulk.body["Operations"][0]["status"], "409", "{operations}");
    }
    scim.put(&plain, group("Board", None))
        .await
        .is_error(409, Some("uniqueness"));
    scim.put(&plain, group("Plain", Some(STAFF)))
        .await
        .is_error(409, Some("uniqueness"));
    // Nothing of what was refused was done.
    let read = scim.get(&plain).await;
    assert_eq!(read.body["displayName"], "Plain");
    assert_eq!(read.body["members"], Value::Null);
    // Two groups that both have ids may share a name, and a group may be put as it is.
    let patched = scim.patch(&staff, replace("displayName", "Board")).await;
    assert_eq!(patched.status, 204, "{patched:?}");
    let put = scim.put(&staff, group("Board", Some(STAFF))).await;
    assert_eq!(put.status, 200, "{put:?}");
    let removed = json!([{ "op": "Remove", "path": "externalId" }]);
    let removed = scim.patch(&staff, removed).await;
    removed.is_error(409, Some("uniqueness"));
    let patched = scim.patch(&plain, replace("externalId", "plain")).await;
    assert_eq!(patched.status, 204, "{patched:?}");
}

#[tokio::test]
async fn of_twenty_posts_at_once_one_makes_the_group() {
    for body in [group("Board", Some(BOARD)), group("Board", None)] {
        let scim = Scim::start().await;
        let mut posts = JoinSet::new();
        for _ in 0..20 {
            let request = scim.request(reqwest::Method::POST, "/Groups");
            let request = request
                .header("content-type", "application/scim+json")
                .body(body.to_string());
            posts.spawn(crate::scim::answer(request));
        }
        let mut statuses: Vec<u16> = posts.join_all().await.iter().map(|of| of.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses[0], 201);
        assert!(
            statuses[1..].iter().all(|status| *status == 409),
            "{statuses:?}"
        );
    }
}

#[tokio::test]
async fn another_connection_has_groups_of_its_own() {
    let scim = Scim::start().await;
    let store = &scim.store;
    assert_eq!(scim.post("/Groups", group("Board", None)).await.status, 201);
    let year = jiff::SignedDuration::from_hours(24);
    let kind = entrada::provisioning::SecretKind::Bearer;
    let (credential, secret) = crate::scim::credential("second", kind, year, &*scim.clock);
    add_credential(&**store, &credential).await.unwrap();
    let request = scim.anonymous(reqwest::Method::POST, "/second/v2/Groups");
    let request = request
        .bearer_auth(credential.secret_text(&secret))
        .header("content-type", "application/scim+json")
        .body(group("Board", None).to_string());
    assert_eq!(crate::scim::answer(request).await.status, 201);
}

#[tokio::test]
async fn a_patch_that_would_make_a_group_the_same_as_another_names_its_operation() {
    let scim = Scim::start().await;
    let board = group("Board", Some(BOARD));
    assert_eq!(scim.post("/Groups", board).await.status, 201);
    let staff = scim.post("/Groups", group("Staff", Some(STAFF))).await;
    let path = format!("/Groups/{}", staff.body["id"].as_str().unwrap());
    for (operations, operation) in [
        (
            json!([
                {"op": "Add", "path": "members", "value": []},
                {"op": "Replace", "path": "externalId", "value": BOARD},
            ]),
            "operation 2 (replace, path externalId): ",
        ),
        (
            json!([
                {"op": "Replace", "path": "displayName", "value": "Board"},
                {"op": "Remove", "path": "externalId"},
            ]),
            "operation 1 (replace, path displayName): ",
        ),
    ] {
        let refused = scim.patch(&path, operations.clone()).await;
        refused.is_error(409, Some("uniqueness"));
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.starts_with(operation), "{operations}: {detail}");
    }
}
