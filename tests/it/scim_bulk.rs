//! Bulk requests over HTTP.

use entrada::provisioning::LogOperation;
use serde_json::Value;
use serde_json::json;

use crate::scim::BASE;
use crate::scim::Scim;

fn bulk(operations: Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": operations,
    })
}

#[tokio::test]
async fn operations_refer_to_what_others_create() {
    let scim = Scim::start().await;
    let done = scim
        .post(
            "/Bulk",
            bulk(json!([
                {"method": "POST", "path": "/Groups", "bulkId": "g",
                 "data": {"displayName": "Engines", "members": [{"value": "bulkId:u"}]}},
                {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": "ada"}},
                {"method": "PATCH", "path": "/Users/bulkId:u", "data": {
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{"op": "add", "path": "title", "value": "Countess"}],
                }},
            ])),
        )
        .await;
    assert_eq!(done.status, 200, "{done:?}");
    let urn = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
    assert_eq!(done.body["schemas"], json!([urn]));
    let operations = done.body["Operations"].as_array().unwrap();
    let statuses: Vec<_> = operations
        .iter()
        .map(|of| of["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["201", "201", "200"]);
    let location = operations[1]["location"].as_str().unwrap();
    let path = location.strip_prefix(BASE).unwrap();
    let user = scim.get(path).await;
    assert_eq!(user.body["title"], "Countess");
    assert_eq!(user.body["groups"][0]["display"], "Engines");
    let log = scim.log().await;
    let operations: Vec<_> = log.iter().rev().map(|entry| entry.operation).collect();
    assert_eq!(
        operations,
        [
            LogOperation::Create,
            LogOperation::Create,
            LogOperation::Patch
        ]
    );
    assert_eq!(log[0].request_id, log[2].request_id);
}

#[tokio::test]
async fn what_fails_fails_alone_and_the_client_says_when_to_stop() {
    let scim = Scim::start().await;
    let ada = scim.user("ada").await;
    let operations = json!([
        {"method": "POST", "path": "/Users", "bulkId": "1", "data": {"userName": "ADA"}},
        {"method": "POST", "path": "/Users", "bulkId": "2", "data": {"userName": "grace"}},
        {"method": "DELETE", "path": "/Users/7"},
        {"method": "PUT", "path": format!("/Users/{ada}"), "version": "W/\"9\"", "data": {"userName": "ada"}},
        {"method": "DELETE", "path": format!("/Users/{ada}"), "version": "W/\"1\""},
    ]);
    let mut stopping = bulk(operations.clone());
    stopping["failOnErrors"] = json!(1);
    let stopped = scim.post("/Bulk", stopping).await;
    assert_eq!(stopped.body["Operations"].as_array().unwrap().len(), 1);
    assert_eq!(scim.get("/Users").await.names(), ["ada"]);

    let done = scim.post("/Bulk", bulk(operations)).await;
    let operations = done.body["Operations"].as_array().unwrap();
    let statuses: Vec<_> = operations
        .iter()
        .map(|of| of["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["409", "201", "404", "412", "204"]);
    assert_eq!(operations[0]["response"]["scimType"], "uniqueness");
    assert_eq!(operations[0]["bulkId"], "1");
    assert_eq!(scim.get("/Users").await.names(), ["grace"]);
    let refused = scim.logged(|entry| entry.status == 412).await;
    assert_eq!(refused.operation, LogOperation::Replace);
}

#[tokio::test]
async fn a_bulk_request_is_bounded() {
    let scim = Scim::start().await;
    let operation = json!({"method": "DELETE", "path": "/Users/7"});
    let body = bulk(json!(vec![operation; 1001]));
    scim.post("/Bulk", body).await.is_error(413, None);
    let bare = json!({"Operations": []});
    scim.post("/Bulk", bare)
        .await
        .is_error(400, Some("invalidSyntax"));
    // Two MiB are too many for a user, and not for this.
    let photo = "x".repeat(50_000);
    let data = json!({"userName": "ada", "x": vec![photo; 42]});
    scim.post("/Users", data.clone()).await.is_error(413, None);
    let one = json!([{"method": "POST", "path": "/Users", "bulkId": "1", "data": data}]);
    let done = scim.post("/Bulk", bulk(one)).await;
    assert_eq!(done.body["Operations"][0]["status"], "201", "{done:?}");
}
