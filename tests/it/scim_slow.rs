//! Requests that take too long: what never arrives is refused, what only reads is given up, and what changes something is
//! waited for, so that nothing that was done is answered with an error.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::scim::Scim;
use crate::scim::answer;

const TIMEOUT: Duration = Duration::from_millis(300);

async fn hasty() -> Scim {
    Scim::serving(|server| server.scim_timeout(TIMEOUT)).await
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_refused_and_changes_nothing() {
    let scim = hasty().await;
    let mut stream = TcpStream::connect(scim.address).await.unwrap();
    let part = "{\"userName\": \"ada";
    let head = format!(
        "POST /scim/acme/v2/Users HTTP/1.1\r\nHost: app.example.com\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{part}",
        scim.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    assert!(head.contains("application/scim+json"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["status"], "503");
    assert_eq!(scim.get("/Users").await.body["totalResults"], 0);
}

#[tokio::test]
async fn a_wrong_credential_is_refused_before_a_body_is_read() {
    let scim = Scim::start().await;
    for authorization in [
        "",
        "Authorization: Bearer wrong\r\n",
        "Authorization: Basic YTpi\r\n",
    ] {
        for (method, path) in [("PATCH", "Groups/1"), ("POST", "Users"), ("POST", "Bulk")] {
            let mut stream = TcpStream::connect(scim.address).await.unwrap();
            let head = format!(
                "{method} /scim/acme/v2/{path} HTTP/1.1\r\nHost: app.example.com\r\n{authorization}\
                 Content-Type: application/scim+json\r\nContent-Length: 8000000\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut start = [0; 12];
            let answered = stream.read_exact(&mut start);
            let answered = tokio::time::timeout(Duration::from_secs(10), answered).await;
            answered.expect("nothing else is waited for").unwrap();
            assert_eq!(&start, b"HTTP/1.1 401", "{path}");
        }
    }
}

#[tokio::test]
async fn a_change_that_takes_longer_is_answered_as_what_it_became() {
    let scim = hasty().await;
    let id = scim.user("ada").await;
    let other = scim.database();
    // Another process writes, and takes its time.
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let path = format!("/Users/{id}");
    let disable = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "POST", "path": "/Groups", "bulkId": "1", "data": {"displayName": "Engines"}}],
    });
    let changes = async {
        tokio::join!(
            scim.post("/Users", json!({"userName": "grace"})),
            scim.patch(&path, disable),
            scim.post("/Bulk", bulk),
        )
    };
    let release = async {
        tokio::time::sleep(TIMEOUT * 4).await;
        other.execute_batch("COMMIT").unwrap();
    };
    let ((created, patched, bulk), ()) = tokio::join!(changes, release);
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(
        (patched.status, &patched.body["active"]),
        (200, &json!(false))
    );
    assert_eq!(bulk.body["Operations"][0]["status"], "201", "{bulk:?}");
    let log = scim.log().await;
    assert_eq!(log.len(), 4);
    assert!(log.iter().all(|entry| entry.status < 400), "{log:?}");
    let list = scim.get("/Users?filter=userName eq \"grace\"").await;
    assert_eq!(list.body["totalResults"], 1);
    assert_eq!(scim.get(&path).await.body["active"], json!(false));
}

#[tokio::test]
async fn a_change_that_the_store_cannot_make_is_an_error_and_was_not_made() {
    let scim = hasty().await;
    let other = scim.database();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The store gives up by itself after some seconds.
    let body = json!({"userName": "ada"}).to_string();
    let refused = answer(scim.request(Method::POST, "/Users").body(body)).await;
    refused.is_error(503, None);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(scim.get("/Users").await.body["totalResults"], 0);
    assert_eq!(scim.user("ada").await.len(), 36);
}
