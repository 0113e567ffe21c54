//! Users over HTTP.

use entrada::directory::add_credential;
use entrada::provisioning::LogOperation;
use entrada::scim::ExtensionDeclaration;
use reqwest::Method;
use serde_json::json;

use crate::scim::Answer;
use crate::scim::BASE;
use crate::scim::Scim;
use crate::scim::answer;
use crate::scim::patch_op;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[tokio::test]
async fn a_user_is_created_read_changed_and_deleted_and_each_step_is_logged() {
    let scim = Scim::start().await;
    let body = json!({
        "schemas": [USER], "userName": "ada@example.com", "externalId": "1",
        "name": {"givenName": "Ada"}, "password": "secret",
    });
    let created = scim.post("/Users", body).await;
    assert_eq!(created.status, 201, "{created:?}");
    let id = created.id();
    let location = format!("{BASE}/Users/{id}");
    assert_eq!(created.header("location"), location);
    assert_eq!(created.header("etag"), "W/\"1\"");
    assert_eq!(created.header("content-type"), "application/scim+json");
    assert_eq!(created.body["meta"]["location"], json!(location));
    assert_eq!(created.body["active"], json!(true));
    assert_eq!(created.body.get("password"), None);

    let path = format!("/Users/{id}");
    let read = scim.get(&path).await;
    assert_eq!((read.status, &read.body), (200, &created.body));

    scim.clock.advance(jiff::SignedDuration::from_secs(5));
    let replace = json!([{"op": "replace", "path": "name.familyName", "value": "Lovelace"}]);
    let patched = scim.patch(&path, replace).await;
    assert_eq!(patched.status, 200);
    assert_eq!(patched.header("etag"), "W/\"2\"");
    assert_eq!(
        patched.body["name"],
        json!({"givenName": "Ada", "familyName": "Lovelace"})
    );
    assert_eq!(
        patched.body["meta"]["lastModified"],
        "2026-11-22T10:00:05.000Z"
    );

    let body = json!({"schemas": [USER], "userName": "ada@example.com"});
    let replaced = scim.put(&path, body).await;
    assert_eq!(replaced.status, 200);
    assert_eq!(replaced.body.get("name"), None);
    assert_eq!(replaced.body["active"], json!(true));

    let deleted = scim.delete(&path).await;
    assert_eq!((deleted.status, deleted.body), (204, json!(null)));
    scim.get(&path).await.is_error(404, None);
    scim.delete(&path).await.is_error(404, None);

    let log = scim.log().await;
    let done: Vec<_> = log.iter().filter(|entry| entry.status < 400).collect();
    let operations: Vec<_> = done
        .iter()
        .rev()
        .map(|entry| (entry.operation, entry.status))
        .collect();
    let expected = [
        (LogOperation::Create, 201),
        (LogOperation::Patch, 200),
        (LogOperation::Replace, 200),
        (LogOperation::Delete, 204),
    ];
    assert_eq!(operations, expected);
    for entry in &done {
        assert_eq!(entry.subject.as_deref(), Some("ada@example.com"));
        assert_eq!(entry.resource.as_deref(), Some(id.as_str()));
        assert_eq!(entry.credential.as_ref(), Some(&scim.credential.id));
        assert!(entry.request_id.is_some());
    }
    assert_eq!(done[2].changed, ["name.familyName"]);
    assert_eq!(
        done[3].changed,
        ["userName", "name.givenName", "active", "externalId"]
    );
}

#[tokio::test]
async fn a_taken_user_name_is_refused_in_whatever_case_and_the_log_says_who_it_was() {
    let scim = Scim::start().await;
    let ada = scim.user("ada@example.com").await;
    let grace = scim.user("grace@example.com").await;
    let twice = json!({"userName": "ADA@example.com"});
    scim.post("/Users", twice.clone())
        .await
        .is_error(409, Some("uniqueness"));
    let path = format!("/Users/{grace}");
    scim.put(&path, twice)
        .await
        .is_error(409, Some("uniqueness"));
    let rename = json!([{"op": "replace", "path": "userName", "value": "Ada@Example.com"}]);
    scim.patch(&path, rename.clone())
        .await
        .is_error(409, Some("uniqueness"));
    assert_eq!(scim.get(&path).await.body["userName"], "grace@example.com");
    // Its own name in another case is free.
    let own = scim.patch(&format!("/Users/{ada}"), rename).await;
    assert_eq!(own.body["userName"], "Ada@Example.com");

    let refused = scim
        .logged(|entry| entry.operation == LogOperation::Create && entry.status == 409)
        .await;
    assert_eq!(refused.scim_type.as_deref(), Some("uniqueness"));
    assert_eq!(refused.subject.as_deref(), Some("ADA@example.com"));
    let refused = scim
        .logged(|entry| entry.operation == LogOperation::Patch && entry.status == 409)
        .await;
    assert_eq!(refused.subject.as_deref(), Some("grace@example.com"));
}

#[tokio::test]
async fn a_version_holds_off_whoever_has_another_in_mind() {
    let scim = Scim::start().await;
    let path = format!("/Users/{}", scim.user("ada").await);
    let with = async |method: Method, header: &str, version: &str| -> Answer {
        let body = match method {
            Method::PATCH => patch_op(json!([{"op": "add", "path": "title", "value": version}])),
            _ => json!({"userName": "ada", "title": version}),
        };
        let request = scim.request(method, &path).header(header, version);
        answer(request.body(body.to_string())).await
    };
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        with(method.clone(), "if-match", "W/\"7\"")
            .await
            .is_error(412, None);
        with(method, "if-none-match", "*").await.is_error(412, None);
    }
    assert_eq!(scim.get(&path).await.header("etag"), "W/\"1\"");
    assert_eq!(
        with(Method::PATCH, "if-match", "W/\"1\"")
            .await
            .header("etag"),
        "W/\"2\""
    );
    assert_eq!(
        with(Method::PUT, "if-match", "\"2\"").await.header("etag"),
        "W/\"3\""
    );
    let same = answer(
        scim.request(Method::GET, &path)
            .header("if-none-match", "W/\"3\""),
    )
    .await;
    assert_eq!(
        (same.status, same.header("etag"), &same.body),
        (304, "W/\"3\"", &json!(null))
    );
    let other = answer(
        scim.request(Method::GET, &path)
            .header("if-none-match", "W/\"2\""),
    )
    .await;
    assert_eq!(other.status, 200);
    assert_eq!(with(Method::DELETE, "if-match", "*").await.status, 204);
}

#[tokio::test]
async fn bad_input_has_its_status_and_leaves_the_user_as_it_was() {
    let scim = Scim::start().await;
    let path = format!("/Users/{}", scim.user("ada").await);
    let before = scim.get(&path).await.body;
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    let many = vec![json!({"value": "a@b.example"}); 1];
    let emails: Vec<_> = (0..201)
        .map(|n| json!({"value": format!("{n}@b.example")}))
        .collect();
    for (method, body, status, scim_type) in [
        (Method::POST, json!({}), 400, "invalidValue"),
        (Method::POST, json!({"userName": ""}), 400, "invalidValue"),
        (Method::POST, json!({"userName": 7}), 400, "invalidValue"),
        (Method::POST, json!([]), 400, "invalidSyntax"),
        (
            Method::POST,
            json!({"userName": "b", "x": deep}),
            400,
            "invalidSyntax",
        ),
        (
            Method::POST,
            json!({"userName": "b", "emails": emails}),
            400,
            "invalidValue",
        ),
        (
            Method::PUT,
            json!({"userName": "ada", "active": "perhaps"}),
            400,
            "invalidValue",
        ),
        (
            Method::PUT,
            json!({"userName": "ada", "emails": "a", "EMAILS": many}),
            400,
            "invalidSyntax",
        ),
        (
            Method::PATCH,
            json!({"Operations": []}),
            400,
            "invalidSyntax",
        ),
        (
            Method::PATCH,
            patch_op(json!([{"op": "move", "path": "title"}])),
            400,
            "invalidSyntax",
        ),
        (
            Method::PATCH,
            patch_op(json!([{"op": "add", "path": "emails[", "value": "x"}])),
            400,
            "invalidPath",
        ),
        (
            Method::PATCH,
            patch_op(json!([{"op": "remove"}])),
            400,
            "noTarget",
        ),
        (
            Method::PATCH,
            patch_op(json!([{"op": "replace", "path": "id", "value": "7"}])),
            400,
            "mutability",
        ),
        (
            Method::PATCH,
            patch_op(json!([
                {"op": "add", "path": "title", "value": "Countess"},
                {"op": "add", "path": "active", "value": "perhaps"},
            ])),
            400,
            "invalidValue",
        ),
    ] {
        let to = if method == Method::POST {
            "/Users"
        } else {
            &path
        };
        let answer = scim.send(method.clone(), to, body.clone()).await;
        assert_eq!(answer.status, status, "{method} {body}: {answer:?}");
        answer.is_error(status, Some(scim_type));
    }
    let broken = scim.request(Method::POST, "/Users").body("{\"userName\": ");
    answer(broken).await.is_error(400, Some("invalidSyntax"));
    assert_eq!(scim.get(&path).await.body, before);
    assert_eq!(scim.get("/Users").await.body["totalResults"], 1);
    for id in ["7", "ADA", "00000000-0000-4000-8000-000000000000", "%00"] {
        scim.get(&format!("/Users/{id}")).await.is_error(404, None);
    }
}

#[tokio::test]
async fn a_client_reads_what_it_asks_for_after_a_change_too() {
    let scim = Scim::start().await;
    let body = json!({"userName": "ada", "title": "Countess", "displayName": "Ada"});
    let created = scim.post("/Users?attributes=title", body).await;
    let keys = |answer: &Answer| {
        let mut keys: Vec<_> = answer.body.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&created), ["id", "schemas", "title"]);
    let path = format!("/Users/{}", created.id());
    let read = scim
        .get(&format!("{path}?excludedAttributes=title,meta,name"))
        .await;
    assert_eq!(
        keys(&read),
        ["active", "displayName", "id", "schemas", "userName"]
    );
    let both = scim
        .get(&format!("{path}?attributes=title&excludedAttributes=meta"))
        .await;
    both.is_error(400, Some("invalidValue"));
}

#[tokio::test]
async fn a_user_of_another_connection_does_not_exist() {
    let scim = Scim::start().await;
    let id = scim.user("ada").await;
    let (second, secret) = crate::scim::credential(
        "second",
        entrada::provisioning::SecretKind::Bearer,
        jiff::SignedDuration::from_hours(1),
        &*scim.clock,
    );
    add_credential(&*scim.store, &second).await.unwrap();
    let token = second.secret_text(&secret);
    let ask = |method: Method, path: String| {
        let request = scim.anonymous(method, &format!("/second/v2{path}"));
        answer(request.bearer_auth(&token).body("{\"userName\": \"ada\"}"))
    };
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        ask(method, format!("/Users/{id}"))
            .await
            .is_error(404, None);
    }
    let list = ask(Method::GET, "/Users".to_owned()).await;
    assert_eq!(list.body["totalResults"], 0);
    // The name is free there.
    let created = ask(Method::POST, "/Users".to_owned()).await;
    assert_eq!(created.status, 201);
    assert_eq!(scim.get(&format!("/Users/{id}")).await.status, 200);
}

#[tokio::test]
async fn an_extension_of_the_settings_is_kept_returned_and_listed() {
    let urn = "urn:example:params:scim:schemas:badge:1.0:User";
    let badge: ExtensionDeclaration = serde_json::from_value(json!({
        "id": urn, "name": "Badge", "resource": "User",
        "attributes": [{"name": "badgeNumber", "type": "integer"}],
    }))
    .unwrap();
    let scim = Scim::with(|connection| connection.scim_extension(badge.clone())).await;
    let body = json!({
        "userName": "ada", urn: {"badgeNumber": 7}, ENTERPRISE: {"department": "Engines"},
        "urn:example:unknown": {"a": 1},
    });
    let created = scim.post("/Users", body).await;
    assert_eq!(created.body[urn], json!({"badgeNumber": 7}));
    assert_eq!(created.body["schemas"], json!([USER, ENTERPRISE, urn]));
    let found = scim
        .get(&format!("/Users?filter={urn}:badgeNumber eq 7"))
        .await;
    assert_eq!(found.names(), ["ada"]);
    assert_eq!(
        scim.get(&format!("/Schemas/{urn}")).await.body["name"],
        "Badge"
    );
    let types = scim.get("/ResourceTypes/User").await;
    assert_eq!(types.body["schemaExtensions"][1]["schema"], urn);
}
