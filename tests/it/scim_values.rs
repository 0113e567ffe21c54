//! One meaning of each name and value, wherever a request has it, and refusals that say what would be right.

use entrada::provisioning::LogOperation;
use entrada::scim::ExtensionDeclaration;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;

use crate::scim::Answer;
use crate::scim::Scim;
use crate::scim::answer;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const BADGE: &str = "urn:example:params:scim:schemas:badge:1.0:User";

async fn with_badges() -> Scim {
    let badge: ExtensionDeclaration = serde_json::from_value(json!({
        "id": BADGE, "name": "Badge", "resource": "User",
        "attributes": [{"name": "tags", "multiValued": true}, {"name": "code"}],
    }))
    .unwrap();
    Scim::with(|connection| connection.scim_extension(badge.clone())).await
}

fn bulk(operations: Value) -> Value {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    json!({"schemas": schemas, "Operations": operations})
}

/// Sends a body as it stands.
async fn raw(scim: &Scim, method: Method, path: &str, body: &str) -> Answer {
    answer(scim.request(method, path).body(body.to_owned())).await
}

#[track_caller]
fn detail(answer: &Answer) -> &str {
    answer.body["detail"].as_str().unwrap()
}

#[tokio::test]
async fn simple_values_in_objects_are_unwrapped_in_post_put_patch_and_bulk() {
    let scim = with_badges().await;
    let wrapped = json!({"tags": [{"value": "1"}], "code": [{"Value": "c"}]});
    let plain = json!({"tags": ["1"], "code": "c"});
    let body = json!({"userName": "ada", BADGE: wrapped});
    let made = scim.post("/Users", body.clone()).await;
    assert_eq!((made.status, &made.body[BADGE]), (201, &plain), "{made:?}");
    let path = format!("/Users/{}", made.id());
    let put = scim.put(&path, body.clone()).await;
    assert_eq!((put.status, &put.body[BADGE]), (200, &plain));
    for (op, value, tags) in [
        ("Add", json!([{"value": "2"}]), json!(["1", "2"])),
        ("Add", json!([{"value": "2"}]), json!(["1", "2"])),
        ("Remove", json!([{"value": "1"}]), json!(["2"])),
        ("Replace", json!([{"VALUE": "3"}]), json!(["3"])),
    ] {
        let operation = json!([{"op": op, "path": format!("{BADGE}:tags"), "value": value}]);
        let patched = scim.patch(&path, operation.clone()).await;
        assert_eq!(patched.status, 200, "{operation}: {patched:?}");
        assert_eq!(patched.body[BADGE]["tags"], tags, "{operation}");
    }
    let data = json!({"userName": "grace", BADGE: wrapped});
    let operation = json!([{"method": "POST", "path": "/Users", "bulkId": "1", "data": data}]);
    let done = scim.post("/Bulk", bulk(operation)).await;
    assert_eq!(done.body["Operations"][0]["status"], "201", "{done:?}");
    let found = scim
        .get("/Users?filter=tags eq \"1\" and code eq \"C\"")
        .await;
    assert_eq!(found.names(), ["grace"]);
}

#[tokio::test]
async fn extension_attributes_mean_the_same_without_their_urn_and_with_a_dot() {
    let scim = Scim::start().await;
    let boss = scim.user("boss").await;
    let body = json!({"userName": "ada", "department": "Engines", "manager": boss});
    let made = scim.post("/Users", body).await;
    assert_eq!(made.body[ENTERPRISE]["department"], "Engines", "{made:?}");
    assert_eq!(made.body[ENTERPRISE]["manager"]["value"], json!(boss));
    let path = format!("/Users/{}", made.id());
    for (name, value) in [
        ("department".to_owned(), "A"),
        (format!("{ENTERPRISE}.department"), "B"),
        ("Department".to_owned(), "C"),
        (format!("{ENTERPRISE}:department"), "D"),
    ] {
        for operation in [
            json!({"op": "Replace", "path": name, "value": value}),
            json!({"op": "Replace", "value": {&name: format!("{value}2")}}),
        ] {
            let patched = scim.patch(&path, json!([operation])).await;
            let department = patched.body[ENTERPRISE]["department"].as_str().unwrap();
            assert!(department.starts_with(value), "{operation}: {patched:?}");
            let found = scim
                .get(&format!("/Users?filter={name} eq \"{department}\""))
                .await;
            assert_eq!(found.names(), ["ada"], "{name}");
        }
        let only = scim.get(&format!("{path}?attributes={name}")).await;
        assert_eq!(
            only.body[ENTERPRISE],
            json!({"department": format!("{value}2")})
        );
        let without = scim.get(&format!("{path}?excludedAttributes={name}")).await;
        assert_eq!(without.body[ENTERPRISE].get("department"), None, "{name}");
        let sorted = scim.get(&format!("/Users?sortBy={name}")).await;
        assert_eq!(sorted.names(), ["ada", "boss"], "{name}");
    }
    for wrong in [
        format!("{ENTERPRISE}:"),
        format!("{ENTERPRISE}/department"),
        format!("{ENTERPRISE}::department"),
    ] {
        let operation = json!([{"op": "Replace", "path": wrong, "value": "x"}]);
        scim.patch(&path, operation)
            .await
            .is_error(400, Some("invalidPath"));
    }
}

#[tokio::test]
async fn a_patch_without_operations_is_success_and_changes_nothing() {
    let scim = Scim::start().await;
    let (ada, group) = (scim.user("ada").await, scim.group("g", &[]).await);
    let (user, group) = (format!("/Users/{ada}"), format!("/Groups/{group}"));
    let patched = scim.patch(&user, json!([])).await;
    assert_eq!(
        (patched.status, &patched.body["userName"]),
        (200, &json!("ada"))
    );
    assert_eq!(patched.header("etag"), "W/\"1\"");
    let patched = scim.patch(&group, json!([])).await;
    assert_eq!((patched.status, patched.header("etag")), (204, "W/\"1\""));
    let data = crate::scim::patch_op(json!([]));
    let operation = json!([{"method": "PATCH", "path": user, "data": data}]);
    let done = scim.post("/Bulk", bulk(operation)).await;
    assert_eq!(done.body["Operations"][0]["status"], "200");
    // Without the name, or with something else under it, it is no PATCH.
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
    for body in [
        json!({"schemas": schemas}),
        json!({"schemas": schemas, "Operations": null}),
    ] {
        let refused = scim.send(Method::PATCH, &user, body).await;
        refused.is_error(400, Some("invalidSyntax"));
    }
}

#[tokio::test]
async fn external_id_is_in_the_schemas_of_users_and_groups() {
    let scim = Scim::start().await;
    for (urn, expected) in [
        (USER, 1),
        ("urn:ietf:params:scim:schemas:core:2.0:Group", 1),
        (ENTERPRISE, 0),
    ] {
        let schema = scim.get(&format!("/Schemas/{urn}")).await.body;
        let attributes = schema["attributes"].as_array().unwrap();
        let named = |name: &str| attributes.iter().filter(|of| of["name"] == name).count();
        assert_eq!((named("externalId"), named("id")), (expected, 0), "{urn}");
        let external = attributes.iter().find(|of| of["name"] == "externalId");
        assert!(external.is_none_or(|of| of["caseExact"] == true && of["type"] == "string"));
    }
}

#[tokio::test]
async fn what_no_schema_has_is_overlooked_and_logged_and_the_rest_is_done() {
    let scim = Scim::start().await;
    let body = json!({"userName": "ada", "shoeSize": 42, "name": {"shoe": 1, "givenName": "Ada"}});
    let made = scim.post("/Users", body.clone()).await;
    assert_eq!(
        (made.status, &made.body["name"]),
        (201, &json!({"givenName": "Ada"}))
    );
    let path = format!("/Users/{}", made.id());
    assert_eq!(scim.put(&path, body).await.status, 200);
    let patched = scim.patch(
        &path,
        json!([
            {"op": "Replace", "path": "shoeSize", "value": 43},
            {"op": "Add", "path": "emails[type eq \"work\"].shoe", "value": "x"},
            {"op": "Remove", "path": "shoes[value eq \"ada@example.com\"]"},
            {"op": "Add", "path": "urn:example:other:2.0:User:shoe", "value": "x"},
            {"op": "Replace", "path": "title", "value": "Dr"},
        ]),
    );
    let patched = patched.await;
    assert_eq!(
        (patched.status, &patched.body["title"]),
        (200, &json!("Dr")),
        "{patched:?}"
    );
    assert_eq!(patched.body.get("emails"), None);
    let group = format!("/Groups/{}", scim.group("g", &[]).await);
    let unknown = json!([{"op": "Add", "path": "mailNickname", "value": "g"}]);
    assert_eq!(scim.patch(&group, unknown).await.status, 204);

    let log = scim.log().await;
    let overlooked = |operation| {
        let entries = log.iter().filter(|entry| entry.operation == operation);
        entries
            .map(|entry| entry.overlooked.clone())
            .collect::<Vec<_>>()
    };
    let names = vec!["shoeSize".to_owned(), "name.shoe".to_owned()];
    assert_eq!(overlooked(LogOperation::Create)[1], names);
    assert_eq!(overlooked(LogOperation::Replace), [names]);
    let names = [
        "shoeSize",
        "emails.shoe",
        "shoes",
        "urn:example:other:2.0:User:shoe",
    ];
    let expected = [
        vec!["mailNickname".to_owned()],
        names.map(str::to_owned).to_vec(),
    ];
    assert_eq!(overlooked(LogOperation::Patch), expected);
}

#[tokio::test]
async fn a_filter_on_what_no_schema_has_is_refused_by_name_and_one_that_nobody_meets_is_empty() {
    let scim = Scim::start().await;
    scim.user("ada").await;
    for (path, name) in [
        ("/Users?filter=mailNickname eq \"a\"", "mailNickname"),
        ("/Users?filter=emails[shoe eq \"a\"]", "emails.shoe"),
        ("/Groups?filter=mailNickname eq \"a\"", "mailNickname"),
        ("/?filter=mailNickname eq \"a\"", "mailNickname"),
        ("/Users?sortBy=mailNickname", "\"mailNickname\""),
    ] {
        let refused = scim.get(path).await;
        let keyword = if path.contains("sortBy") {
            "invalidValue"
        } else {
            "invalidFilter"
        };
        refused.is_error(400, Some(keyword));
        assert!(
            detail(&refused).ends_with(&format!("found {name}")),
            "{refused:?}"
        );
    }
    for path in [
        "/Users?filter=nickName eq \"a\"",
        "/Users?filter=employeeNumber eq \"a\"",
        "/Users?filter=manager eq \"a\"",
        "/Groups?filter=externalId eq \"a\"",
        "/Groups?filter=title eq \"a\"",
        "/?filter=members eq \"a\"",
        "/?filter=members[value eq \"a\"]",
        "/?filter=department eq \"a\"",
    ] {
        let found = scim.get(path).await;
        assert_eq!(
            (found.status, &found.body["totalResults"]),
            (200, &json!(0)),
            "{path}"
        );
    }
    // Each type of resource is asked for what it has.
    scim.group("g", &[]).await;
    let found = scim
        .get("/?filter=userName eq \"ada\" or displayName eq \"g\"")
        .await;
    assert_eq!(found.names(), ["ada", "g"]);
    let logged = scim
        .logged(|entry| entry.operation == LogOperation::Search && entry.status == 400)
        .await;
    assert!(logged.detail.unwrap().contains("expected an attribute"));
}

#[tokio::test]
async fn active_that_is_cleared_is_false_shown_and_found() {
    let scim = Scim::start().await;
    let mut cleared = Vec::new();
    for (name, active) in [("null", json!(null)), ("empty", json!(""))] {
        let made = scim
            .post("/Users", json!({"userName": name, "active": active}))
            .await;
        assert_eq!((made.status, &made.body["active"]), (201, &json!(false)));
        cleared.push(name.to_owned());
    }
    for (number, operation) in [
        json!({"op": "Remove", "path": "active"}),
        json!({"op": "Replace", "path": "active", "value": null}),
        json!({"op": "Replace", "path": "active", "value": ""}),
        json!({"op": "Replace", "value": {"active": null}}),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("patched-{number}");
        let path = format!("/Users/{}", scim.user(&name).await);
        let patched = scim.patch(&path, json!([operation])).await;
        assert_eq!(
            (patched.status, &patched.body["active"]),
            (200, &json!(false)),
            "{operation}"
        );
        assert_eq!(scim.get(&path).await.body["active"], json!(false));
        cleared.push(name);
    }
    let path = format!("/Users/{}", scim.user("put").await);
    let put = scim
        .put(&path, json!({"userName": "put", "active": null}))
        .await;
    assert_eq!(put.body["active"], json!(false));
    cleared.push("put".to_owned());
    cleared.sort();
    scim.user("active").await;
    for filter in [
        "active eq false",
        "active eq \"False\"",
        "active ne true",
        "not (active eq true)",
    ] {
        let found = scim
            .get(&format!("/Users?sortBy=userName&filter={filter}"))
            .await;
        assert_eq!(found.names(), cleared, "{filter}");
    }
    let found = scim.get("/Users?filter=active eq true").await;
    assert_eq!(found.names(), ["active"]);
}

#[tokio::test]
async fn what_is_read_can_be_sent_back_and_nothing_changes() {
    let scim = with_badges().await;
    let boss = scim.user("boss").await;
    let role = json!({"value": "Admin", "displayName": "Administrator"}).to_string();
    let made = scim.post("/Users", json!({
        "USERNAME": "ada", "Active": "False", "manager": boss, "department": "R",
        "roles": [{"vaLue": role, "primary": "True"}, "Reader"], "emails": {"VALUE": "a@b.example", "type": "work"},
        "name.givenName": "Ada", BADGE: {"tags": [{"value": "1"}], "CODE": {"value": "c"}},
    }));
    let made = made.await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/Users/{}", made.id());
    scim.group("g", &[&made.id()]).await;
    let read = scim.get(&path).await;
    let put = scim.put(&path, read.body.clone()).await;
    assert_eq!((put.status, &put.body), (200, &read.body));
    assert_eq!(put.header("etag"), read.header("etag"));
    let replaced = json!([{"op": "replace", "value": read.body}]);
    let patched = scim.patch(&path, replaced).await;
    assert_eq!((patched.status, &patched.body), (200, &read.body));
    assert_eq!(scim.delete(&path).await.status, 204);
    let again = scim.post("/Users", read.body.clone()).await;
    assert_eq!(again.status, 201, "{again:?}");
    for name in [
        "userName", "active", "roles", "emails", "name", ENTERPRISE, BADGE,
    ] {
        assert_eq!(again.body[name], read.body[name], "{name}");
    }
    assert_eq!(
        again.body["roles"][0],
        json!({"value": "Admin", "display": "Administrator", "primary": true})
    );
    let group = scim
        .post(
            "/Groups",
            json!({"displayName": "h", "MEMBERS": [{"VALUE": boss}]}),
        )
        .await;
    let path = format!("/Groups/{}", group.id());
    let read = scim.get(&path).await;
    let put = scim.put(&path, read.body.clone()).await;
    assert_eq!((put.status, &put.body), (200, &read.body));
}

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
