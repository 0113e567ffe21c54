//! One meaning of each name and value, wherever a request has it.

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

pub(crate) fn bulk(operations: Value) -> Value {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    json!({"schemas": schemas, "Operations": operations})
}

/// Sends a body as it stands.
pub(crate) async fn raw(scim: &Scim, method: Method, path: &str, body: &str) -> Answer {
    answer(scim.request(method, path).body(body.to_owned())).await
}

#[track_caller]
pub(crate) fn detail(answer: &Answer) -> &str {
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
