use serde_json::Value;
use serde_json::json;

use super::request::BULK_REQUEST;
use super::run::BULK_RESPONSE;
use super::*;
use crate::scim::ScimError;
use crate::scim::Version;

fn parse(operations: Value) -> Result<BulkRequest, ScimError> {
    BulkRequest::parse(
        json!({"schemas": [BULK_REQUEST], "Operations": operations}),
        10,
    )
}

fn post(kind: &str, bulk_id: &str, data: Value) -> Value {
    json!({"method": "POST", "path": format!("/{kind}"), "bulkId": bulk_id, "data": data})
}

/// Does all operations; `fails` says which user names are refused. What was done, one line each, and the statuses.
fn run(mut run: BulkRun, fails: &str) -> (Vec<String>, Vec<String>) {
    let mut done = Vec::new();
    while let Some(operation) = run.next() {
        let id = operation
            .id
            .clone()
            .unwrap_or_else(|| format!("id{}", done.len()));
        done.push(format!(
            "{} {} {}",
            operation.method.name(),
            id,
            operation.data
        ));
        let refused = !fails.is_empty() && operation.data.to_string().contains(fails);
        run.done(match refused {
            true => Err(ScimError::Uniqueness {
                attribute: "userName",
            }),
            false => Ok(BulkDone {
                status: if operation.method == BulkMethod::Post {
                    201
                } else {
                    200
                },
                location: format!("https://x/v2{}/{id}", operation.kind.endpoint()),
                id,
                version: Some(Version(1)),
            }),
        });
    }
    let response = run.response();
    let operations = response["Operations"].as_array().unwrap();
    let statuses = operations
        .iter()
        .map(|of| of["status"].as_str().unwrap().to_owned());
    (done, statuses.collect())
}

#[test]
fn operations_are_done_in_order_and_answered_in_order() {
    let request = parse(json!([
        post("Users", "a", json!({"userName": "a"})),
        {"method": "patch", "path": "/Users/7", "version": "W/\"3\"", "data": {"x": 1}},
        {"method": "DELETE", "path": "/Groups/8"},
    ]));
    let (done, statuses) = run(request.unwrap().run(), "");
    assert_eq!(
        done,
        [
            r#"POST id0 {"userName":"a"}"#,
            r#"PATCH 7 {"x":1}"#,
            "DELETE 8 null"
        ]
    );
    assert_eq!(statuses, ["201", "200", "200"]);
}

#[test]
fn an_answer_has_what_its_operation_had() {
    let mut run = parse(json!([post("Users", "a", json!({"userName": "a"})), {"method": "PUT", "path": "/Users/7", "data": {}}]))
        .unwrap()
        .run();
    run.next();
    run.done(Ok(BulkDone {
        status: 201,
        id: "1".to_owned(),
        location: "https://x/v2/Users/1".to_owned(),
        version: Some(Version(1)),
    }));
    run.next();
    run.done(Err(ScimError::NoEndpoint));
    let expected = json!({"schemas": [BULK_RESPONSE], "Operations": [
        {"method": "POST", "bulkId": "a", "location": "https://x/v2/Users/1", "status": "201", "version": "W/\"1\""},
        {"method": "PUT", "status": "404", "response": ScimError::NoEndpoint.to_json()},
    ]});
    assert_eq!(run.response(), expected);
}

#[test]
fn references_go_forward_and_stand_in_paths_and_filters() {
    let request = parse(json!([
        {"method": "PATCH", "path": "/Groups/bulkId:g", "data": {"Operations": [
            {"op": "remove", "path": "members[value eq \"bulkId:u\"]"},
            {"op": "add", "path": "members", "value": [{"value": "bulkId:u", "$ref": "../Users/bulkId:u"}]},
        ]}},
        post("Groups", "g", json!({"displayName": "not a \"quoted\" bulkId:u"})),
        post("Users", "u", json!({"userName": "u"})),
    ]));
    let (done, _) = run(request.unwrap().run(), "");
    assert!(
        done[0].starts_with("POST id0") && done[0].contains("not a"),
        "{done:?}"
    );
    assert!(done[0].contains("bulkId:u"), "a word is no reference");
    assert!(done[1].starts_with("POST id1"));
    assert!(done[2].starts_with("PATCH id0"), "{done:?}");
    assert!(done[2].contains(r#"members[value eq \"id1\"]"#), "{done:?}");
    assert!(
        done[2].contains(r#""value":"id1""#) && done[2].contains("../Users/id1"),
        "{done:?}"
    );
}

#[test]
fn a_circle_of_groups_is_opened_by_adding_members_late() {
    let request = parse(json!([
        post(
            "Groups",
            "a",
            json!({"displayName": "A", "members": [{"value": "bulkId:b"}, {"value": "x"}]})
        ),
        post(
            "Groups",
            "b",
            json!({"displayName": "B", "members": [{"value": "bulkId:a"}]})
        ),
    ]));
    let (done, statuses) = run(request.unwrap().run(), "");
    assert_eq!(
        done[0],
        r#"POST id0 {"displayName":"A","members":[{"value":"x"}]}"#
    );
    assert_eq!(
        done[1],
        r#"POST id1 {"displayName":"B","members":[{"value":"id0"}]}"#
    );
    assert!(done[2].starts_with("PATCH id0") && done[2].contains(r#"[{"value":"id1"}]"#));
    assert_eq!(statuses, ["201", "201"]);
}

#[test]
fn a_circle_that_cannot_be_opened_is_a_conflict() {
    let manager =
        |id: &str| json!({"userName": "x", "urn": {"manager": {"value": format!("bulkId:{id}")}}});
    let request = parse(json!([
        post("Users", "a", manager("b")),
        post("Users", "b", manager("a")),
        post("Users", "c", json!({"userName": "c"})),
    ]));
    let (done, statuses) = run(request.unwrap().run(), "");
    assert_eq!(done.len(), 1);
    assert_eq!(statuses, ["409", "409", "201"]);
}

#[test]
fn what_refers_to_a_failure_or_to_nothing_fails_too() {
    let group =
        |id: &str| json!({"displayName": "G", "members": [{"value": format!("bulkId:{id}")}]});
    let request = parse(json!([
        post("Users", "u", json!({"userName": "taken"})),
        post("Groups", "g", group("u")),
        post("Groups", "h", group("nobody")),
    ]));
    let (done, statuses) = run(request.unwrap().run(), "taken");
    assert_eq!(done.len(), 1);
    assert_eq!(statuses, ["409", "409", "409"]);
}

#[test]
fn after_so_many_errors_nothing_more_is_done() {
    let operations: Vec<_> = (0..5)
        .map(|n| post("Users", &n.to_string(), json!({"userName": "taken"})))
        .collect();
    for (fail_on_errors, done) in [(json!(null), 5), (json!(1), 1), (json!(3), 3)] {
        let body = json!({"schemas": [BULK_REQUEST], "failOnErrors": fail_on_errors, "Operations": operations});
        let request = BulkRequest::parse(body, 10).unwrap();
        assert_eq!(
            run(request.run(), "taken").1.len(),
            done,
            "{fail_on_errors}"
        );
    }
}

#[test]
fn an_operation_that_makes_no_sense_fails_alone() {
    let request = parse(json!([
        5,
        {"method": "GET", "path": "/Users/1"},
        {"method": "POST", "path": "/Users", "data": {}},
        {"method": "POST", "path": "/Users/1", "bulkId": "a", "data": {}},
        {"method": "PUT", "path": "/Users", "data": {}},
        {"method": "PUT", "path": "/Users/1"},
        {"method": "DELETE", "path": "/Usersx/1"},
        {"method": "DELETE", "path": "/Users/1/2"},
        {"method": "DELETE", "path": "/Users/1"},
    ]));
    let (done, statuses) = run(request.unwrap().run(), "");
    assert_eq!(done, ["DELETE 1 null"]);
    assert_eq!(
        statuses,
        [
            "400", "400", "400", "400", "400", "400", "400", "400", "200"
        ]
    );
}

#[test]
fn what_is_no_bulk_request_is_refused_whole() {
    let user = |id: &str| post("Users", id, json!({"userName": "a"}));
    assert_eq!(
        parse(json!({})).err().unwrap().scim_type(),
        Some("invalidSyntax")
    );
    assert_eq!(
        parse(json!([user("a"), user("a")]))
            .err()
            .unwrap()
            .scim_type(),
        Some("invalidSyntax")
    );
    let many: Vec<_> = (0..11).map(|n| user(&n.to_string())).collect();
    assert_eq!(parse(json!(many)).err().unwrap().status(), 413);
    assert!(parse(json!(many[..10])).is_ok());
    let body = json!({"schemas": [BULK_REQUEST], "failOnErrors": 0, "Operations": []});
    assert_eq!(
        BulkRequest::parse(body, 10).err().unwrap().scim_type(),
        Some("invalidValue")
    );
}

/// A chain of references that is written backwards is done forwards.
#[test]
fn a_long_chain_of_references_is_done_in_its_own_order() {
    let group = |n: usize| {
        let members = json!([{"value": format!("bulkId:{}", n + 1)}]);
        post(
            "Groups",
            &n.to_string(),
            json!({"displayName": n.to_string(), "members": members}),
        )
    };
    let mut operations: Vec<_> = (0..999).map(group).collect();
    operations.push(post("Users", "999", json!({"userName": "u"})));
    let body = json!({"schemas": [BULK_REQUEST], "Operations": operations});
    let (done, statuses) = run(BulkRequest::parse(body, 1000).unwrap().run(), "");
    assert_eq!((done.len(), statuses.len()), (1000, 1000));
    assert!(done[0].contains("userName"));
    assert!(done[999].contains(r#""displayName":"0""#));
}

#[test]
fn what_is_wrong_with_an_operation_says_which_and_what() {
    let request = parse(json!([
        post("Users", "a", json!({"userName": "a"})),
        "text",
        {"method": "PATCH", "path": "/Users/7", "data": {"Operations": [{"value": "bulkId:nobody"}]}},
        {"method": "DELETE", "path": "/Users/bulkId:ghost"},
    ]));
    let mut run = request.unwrap().run();
    while run.next().is_some() {
        run.done(Err(ScimError::NoEndpoint));
    }
    let detail = |index: usize| run.response()["Operations"][index]["response"]["detail"].clone();
    assert_eq!(detail(1), "expected an object as operation 2 of Operations");
    let expected = "bulkId: expected a reference to an operation that succeeded, found ";
    assert_eq!(detail(2), format!("{expected}\"nobody\""));
    assert_eq!(detail(3), format!("{expected}\"ghost\""));
}
