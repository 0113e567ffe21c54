//! Refusals of values and filters: they name the attribute, and the log says the same.

use entrada::provisioning::LogOperation;
use reqwest::Method;
use serde_json::json;

use crate::scim::Scim;
use crate::scim::answer;
use crate::scim_values::detail;
use crate::scim_values::raw;

#[tokio::test]
async fn a_refusal_names_operation_attribute_and_member_and_the_log_says_the_same() {
    let scim = Scim::start().await;
    let ada = scim.user("ada").await;
    let (user, group) = (
        format!("/Users/{ada}"),
        format!("/Groups/{}", scim.group("g", &[]).await),
    );
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (path, operations, expected) in [
        (
            &user,
            json!([{"op": "Add", "path": "title", "value": "Dr"}, {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": 5}]),
            "operation 2 (replace, path emails[type eq \"work\"].value): emails.value: expected a text".to_owned(),
        ),
        (
            &group,
            json!([{"op": "Add", "path": "members", "value": [{"value": ada}]}, {"op": "Add", "path": "members", "value": [{"value": nobody}]}]),
            format!("operation 2 (add, path members): members: expected ids of users and groups of this connection, found no {nobody}"),
        ),
        (
            &group,
            json!([{"op": "Add", "path": "members", "value": [{"value": ada}, {"display": "Eve"}]}]),
            "operation 1 (add, path members): members: expected the id of a member in value, for number 2 of them".to_owned(),
        ),
        (
            &group,
            json!([{"op": "Replace", "path": "members[value eq \"x\"].value", "value": "y"}]),
            "operation 1 (replace, path members[value eq \"x\"].value): members.value is immutable".to_owned(),
        ),
    ] {
        let refused = scim.patch(path, operations).await;
        assert_eq!(refused.status, 400);
        assert_eq!(detail(&refused), expected);
        let logged = scim.logged(|entry| entry.detail.as_ref() == Some(&expected)).await;
        assert_eq!((logged.status, logged.operation), (400, LogOperation::Patch));
    }
    scim.user("eve").await;
    let rename = json!([
        {"op": "Add", "path": "title", "value": "Dr"},
        {"op": "Replace", "path": "userName", "value": "EVE"},
    ]);
    let refused = scim.patch(&user, rename).await;
    refused.is_error(409, Some("uniqueness"));
    assert_eq!(
        detail(&refused),
        "operation 2 (replace, path userName): another resource has this userName"
    );
    let posted = scim
        .post(
            "/Groups",
            json!({"displayName": "h", "members": [{"value": nobody}]}),
        )
        .await;
    assert!(
        detail(&posted).ends_with(&format!("found no {nobody}")),
        "{posted:?}"
    );
    let twice = scim.post("/Users", json!({"userName": "ADA"})).await;
    assert_eq!(detail(&twice), "another resource has this userName");
}

#[tokio::test]
async fn a_refusal_says_what_it_is_about_and_nothing_else() {
    let scim = Scim::start().await;
    for path in [
        "/Schemas",
        "/ResourceTypes",
        "/ServiceProviderConfig",
        "/Schemas/urn:x",
    ] {
        let refused = scim.get(&format!("{path}?filter=id eq \"x\"")).await;
        refused.is_error(403, None);
        assert!(detail(&refused).contains("filter"), "{refused:?}");
        assert!(detail(&refused).contains("the credentials are not the reason"));
    }
    for (content_type, expected) in [
        (
            "application/json; charset=utf-16",
            "Content-Type: expected the charset utf-8, or none",
        ),
        (
            "application/scim+json;charset=iso-8859-1",
            "Content-Type: expected the charset utf-8, or none",
        ),
        (
            "text/plain",
            "Content-Type: expected application/scim+json or application/json",
        ),
        (
            "text/plain; charset=utf-16",
            "Content-Type: expected application/scim+json or application/json",
        ),
    ] {
        let request = scim.request(Method::POST, "/Users");
        let refused = answer(request.header("content-type", content_type).body("{}")).await;
        refused.is_error(415, None);
        assert_eq!(detail(&refused), expected);
    }
    for (body, expected) in [
        ("", "expected JSON in the body, found nothing"),
        (
            "{\"userName\": \"ada\",\n  \"title\" \"Dr\"}",
            "the body, line 2, character 11: expected JSON",
        ),
        (
            "{\"userName\": ",
            "the body, line 1, character 13: expected more, since the JSON breaks off",
        ),
        (
            "{\"userName\": \"a\\u0000b\"}",
            "userName: expected a text without the character U+0000",
        ),
        ("[]", "expected an object"),
    ] {
        let refused = raw(&scim, Method::POST, "/Users", body).await;
        assert_eq!(
            (refused.status, detail(&refused)),
            (400, expected),
            "{body}"
        );
    }
    let many: Vec<_> = (0..1001)
        .map(|_| json!({"op": "remove", "path": "title"}))
        .collect();
    let path = format!("/Users/{}", scim.user("ada").await);
    let refused = scim.patch(&path, json!(many)).await;
    assert_eq!(
        detail(&refused),
        "expected at most 1000 operations in one PATCH"
    );
    assert_eq!(
        detail(&scim.get("/nowhere").await),
        "there is no such endpoint"
    );
    assert_eq!(
        detail(&scim.get("/Users/7").await),
        "there is no user with the id \"7\""
    );
    assert_eq!(
        detail(
            &scim
                .delete("/Groups/2819c223-7f76-453a-919d-413861904646")
                .await
        ),
        "there is no group with the id \"2819c223-7f76-453a-919d-413861904646\""
    );
    for path in ["/Schemas/urn:x", "/ResourceTypes/urn:x"] {
        let said = detail(&scim.get(path).await).to_owned();
        assert!(said.ends_with("with the id \"urn:x\""), "{said}");
    }
}

#[tokio::test]
async fn a_name_that_is_there_twice_is_refused_everywhere() {
    let scim = Scim::start().await;
    let user = format!("/Users/{}", scim.user("ada").await);
    let group = format!("/Groups/{}", scim.group("g", &[]).await);
    let patch = |operation: &str| {
        format!(
            r#"{{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{operation}]}}"#
        )
    };
    let bulk = |data: &str| {
        format!(
            r#"{{"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [{{"method": "POST", "path": "/Users", "bulkId": "1", "data": {data}}}]}}"#
        )
    };
    let search = r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": 1, "COUNT": 2}"#;
    let post = r#"{"userName": "eve", "userName": "mallory"}"#;
    for (method, path, body, name) in [
        (Method::POST, "/Users", post.to_owned(), "userName"),
        (
            Method::POST,
            "/Users",
            r#"{"userName": "eve", "USERNAME": "mallory"}"#.to_owned(),
            "USERNAME",
        ),
        (
            Method::POST,
            "/Users",
            r#"{"userName": "eve", "emails": [{"value": "a", "Value": "b"}]}"#.to_owned(),
            "Value",
        ),
        (
            Method::POST,
            "/Users",
            r#"{"userName": "eve", "x": {"y": [{"z": 1, "z": 1}]}}"#.to_owned(),
            "z",
        ),
        (Method::PUT, &user, post.to_owned(), "userName"),
        (
            Method::POST,
            "/Groups",
            r#"{"displayName": "g", "displayname": "h"}"#.to_owned(),
            "displayname",
        ),
        (
            Method::PUT,
            &group,
            r#"{"displayName": "g", "members": [], "members": []}"#.to_owned(),
            "members",
        ),
        (
            Method::PATCH,
            &user,
            patch(r#"{"op": "add", "op": "remove", "path": "title"}"#),
            "op",
        ),
        (
            Method::PATCH,
            &user,
            patch(r#"{"op": "add", "path": "title", "Path": "nickName", "value": "x"}"#),
            "Path",
        ),
        (
            Method::PATCH,
            &user,
            patch(r#"{"op": "add", "value": {"title": "a", "TITLE": "b"}}"#),
            "TITLE",
        ),
        (
            Method::PATCH,
            &user,
            patch(
                r#"{"op": "add", "path": "name", "value": {"givenName": "a", "givenName": "b"}}"#,
            ),
            "givenName",
        ),
        (
            Method::PATCH,
            &group,
            patch(r#"{"op": "add", "path": "members", "value": [{"value": "a", "value": "b"}]}"#),
            "value",
        ),
        (Method::POST, "/Bulk", bulk(post), "userName"),
        (Method::POST, "/Users/.search", search.to_owned(), "COUNT"),
        (Method::POST, "/.search", search.to_owned(), "COUNT"),
    ] {
        let refused = raw(&scim, method.clone(), path, &body).await;
        refused.is_error(400, Some("invalidSyntax"));
        let said =
            format!("expected each name once in an object, in whatever case, found {name:?} again");
        assert!(
            detail(&refused).ends_with(&said),
            "{method} {path}: {refused:?}"
        );
        assert!(detail(&refused).starts_with("the body, line 1, character "));
    }
    assert_eq!(scim.get("/Users").await.names(), ["ada"]);
}

#[tokio::test]
async fn a_filter_without_quotation_marks_is_taken_or_refused_with_the_remedy() {
    let scim = Scim::start().await;
    let boss = scim.user("boss").await;
    let body = json!({"userName": "ada@example.com", "externalId": "jyoung", "manager": boss});
    let ada = scim.post("/Users", body).await.id();
    for filter in [
        "externalId eq jyoung".to_owned(),
        "userName eq Ada@Example.com".to_owned(),
        format!("id eq {ada} and manager eq {boss}"),
        format!("(manager eq {boss})"),
    ] {
        let found = scim.get(&format!("/Users?filter={filter}")).await;
        assert_eq!(found.names(), ["ada@example.com"], "{filter}");
    }
    for filter in [
        "displayName eq Ada King",
        "userName eq 'ada@example.com'",
        "userName eq true",
    ] {
        let refused = scim.get(&format!("/Users?filter={filter}")).await;
        refused.is_error(400, Some("invalidFilter"));
        assert!(detail(&refused).contains("in double quotes"), "{refused:?}");
    }
}
