//! Requests that the server does not take, and the form in which it says so.

use std::num::NonZeroU32;

use entrada::connection::ScimRate;
use reqwest::Method;
use serde_json::json;

use crate::scim::Scim;
use crate::scim::answer;

#[tokio::test]
async fn a_connection_sends_as_much_as_its_rate_allows() {
    let rate = ScimRate {
        per_second: NonZeroU32::new(1).unwrap(),
        burst: NonZeroU32::new(5).unwrap(),
    };
    let scim = Scim::with(|connection| connection.scim_rate(rate)).await;
    // A stranger's requests do not count.
    for _ in 0..10 {
        answer(scim.anonymous(Method::GET, "/acme/v2/Users"))
            .await
            .is_error(401, None);
    }
    for _ in 0..5 {
        assert_eq!(scim.get("/Users").await.status, 200);
    }
    let mut refused = scim.get("/Users").await;
    for _ in 0..5 {
        if refused.status == 429 {
            break;
        }
        refused = scim.get("/Users").await;
    }
    refused.is_error(429, None);
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn an_operation_of_a_bulk_request_counts_as_a_request() {
    let rate = ScimRate {
        per_second: NonZeroU32::new(1).unwrap(),
        burst: NonZeroU32::new(30).unwrap(),
    };
    let scim = Scim::with(|connection| connection.scim_rate(rate)).await;
    let user = |number: usize| json!({"method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": {"userName": format!("user-{number}")}});
    let bulk = |from: usize, count: usize| {
        let operations: Vec<_> = (from..from + count).map(user).collect();
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
        json!({"schemas": schemas, "Operations": operations})
    };
    let done = scim.post("/Bulk", bulk(0, 25)).await;
    assert_eq!(done.body["Operations"].as_array().map(Vec::len), Some(25));
    let refused = scim.post("/Bulk", bulk(25, 25)).await;
    refused.is_error(429, None);
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    // None of them was done, and single requests go on.
    assert_eq!(scim.get("/Users").await.body["totalResults"], 25);
}

#[tokio::test]
async fn the_default_rate_has_room_for_400_at_once() {
    let scim = Scim::start().await;
    for _ in 0..100 {
        assert_eq!(scim.get("/ServiceProviderConfig").await.status, 200);
    }
    assert_eq!(ScimRate::default().per_second.get(), 100);
    assert_eq!(ScimRate::default().burst.get(), 400);
}

#[tokio::test]
async fn a_body_has_at_most_a_mebibyte() {
    let scim = Scim::start().await;
    for length in [1024 * 1024 + 1, 3 * 1024 * 1024] {
        let request = scim
            .request(Method::POST, "/Users")
            .body(" ".repeat(length));
        answer(request).await.is_error(413, None);
    }
    let mut body = json!({"userName": "ada"}).to_string();
    body.push_str(&" ".repeat(1024 * 1024 - body.len()));
    let request = scim.request(Method::POST, "/Users").body(body);
    assert_eq!(answer(request).await.status, 201);
    let entry = scim.logged(|entry| entry.status == 413).await;
    assert_eq!(entry.credential.as_ref(), Some(&scim.credential.id));
}

#[tokio::test]
async fn json_comes_under_either_name() {
    let scim = Scim::start().await;
    let body = |n: usize| json!({"userName": format!("ada-{n}")}).to_string();
    for (n, content_type) in [
        "application/scim+json",
        "application/json",
        "application/json; charset=utf-8",
        "application/scim+json;charset=\"UTF-8\"",
    ]
    .into_iter()
    .enumerate()
    {
        let request = scim
            .request(Method::POST, "/Users")
            .header("content-type", content_type);
        let created = answer(request.body(body(n))).await;
        assert_eq!(created.status, 201, "{content_type}");
        assert_eq!(created.header("content-type"), "application/scim+json");
    }
    for content_type in [
        "text/plain",
        "application/xml",
        "application/json; charset=utf-16",
    ] {
        let request = scim
            .request(Method::POST, "/Users")
            .header("content-type", content_type);
        answer(request.body(body(9))).await.is_error(415, None);
    }
    assert_eq!(scim.get("/Users").await.body["totalResults"], 4);
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_done_is_said_in_scim() {
    let scim = Scim::start().await;
    let id = scim.user("ada").await;
    for path in ["/nowhere", "/Users/1/2", "/Bulk/1"] {
        scim.get(path).await.is_error(404, None);
    }
    let user = format!("/Users/{id}");
    for (method, path, allow) in [
        (Method::DELETE, "/Users", "GET, HEAD, POST"),
        (Method::PATCH, "/Users", "GET, HEAD, POST"),
        (Method::POST, user.as_str(), "GET, HEAD, PUT, PATCH, DELETE"),
        (Method::GET, "/Bulk", "POST"),
        (Method::GET, "/.search", "POST"),
        (Method::POST, "/Schemas", "GET, HEAD"),
        (Method::OPTIONS, "/ServiceProviderConfig", "GET, HEAD"),
        (Method::PUT, "", "GET, HEAD"),
    ] {
        let refused = answer(scim.request(method.clone(), path)).await;
        assert_eq!(refused.header("allow"), allow, "{method} {path}");
        refused.is_error(405, None);
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        answer(scim.request(method, "/Me"))
            .await
            .is_error(501, None);
    }
    let below = |path: &str| scim.anonymous(Method::GET, path).bearer_auth(&scim.token);
    answer(below("/acme/v1/Users"))
        .await
        .is_error(400, Some("invalidVers"));
    answer(below("/acme/v3.1/Users"))
        .await
        .is_error(400, Some("invalidVers"));
    answer(below("/acme/Users")).await.is_error(404, None);
    // Addresses that were joined carelessly.
    for path in [
        "/acme/v2/Users/",
        "/acme/v2//users",
        "/acme//v2/Users",
        "//acme/v2/Users",
    ] {
        assert_eq!(answer(below(path)).await.body["totalResults"], 1, "{path}");
    }
    let head = answer(scim.request(Method::HEAD, &user)).await;
    assert_eq!((head.status, head.header("etag")), (200, "W/\"1\""));
}

#[tokio::test]
async fn a_request_has_a_name_in_both_logs() {
    let scim = Scim::start().await;
    let named = scim
        .request(Method::POST, "/Users")
        .header("client-request-id", "7f-1");
    let named = answer(named.body("{\"userName\": \"ada\"}")).await;
    assert_eq!(named.header("x-request-id"), "7f-1");
    assert_eq!(scim.log().await[0].request_id.as_deref(), Some("7f-1"));
    let other = scim.get("/Users").await;
    assert_eq!(other.header("x-request-id").len(), 32);
    let stranger = answer(scim.anonymous(Method::GET, "/acme/v2/Users")).await;
    assert_eq!(stranger.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn a_store_that_fails_is_an_error_of_ours_and_opens_nothing() {
    let scim = Scim::start().await;
    let id = scim.user("ada").await;
    scim.lose("users");
    for path in [
        "/Users",
        &format!("/Users/{id}"),
        "/Users?filter=userName eq \"ada\"",
    ] {
        let failed = scim.get(path).await;
        failed.is_error(503, None);
        assert_eq!(
            failed.body["detail"],
            "the server cannot answer now; try again"
        );
    }
    scim.post("/Users", json!({"userName": "grace"}))
        .await
        .is_error(503, None);
    scim.lose("scim_credentials");
    scim.get("/ServiceProviderConfig").await.is_error(503, None);
}
