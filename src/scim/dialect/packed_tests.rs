//! JSON inside of texts, and values under two names.

use serde_json::Value;
use serde_json::json;

use super::tests::ENTERPRISE;
use super::tests::ada;
use super::tests::after;
use super::tests::draft;
use crate::scim::Draft;
use crate::scim::PATCH_OP;
use crate::scim::PatchRequest;
use crate::scim::ResourceKind;
use crate::scim::Schemas;

/// The error of a POST, and of a PATCH without a path.
fn refusals(parts: Value) -> [String; 2] {
    let schemas = Schemas::standard();
    let user = schemas.resource_type(ResourceKind::User);
    let operation = json!({"op": "Replace", "value": parts});
    let patch = PatchRequest::parse(
        json!({"schemas": [PATCH_OP], "Operations": [operation]}),
        user,
    );
    let mut body = parts.clone();
    if body.get("userName").is_none() {
        body["userName"] = json!("a");
    }
    [Draft::read(body, user).err(), patch.err()].map(|error| {
        let error = error.unwrap_or_else(|| panic!("{parts}"));
        assert_eq!(error.scim_type(), Some("invalidValue"), "{parts}: {error}");
        error.to_string()
    })
}

#[test]
fn a_packed_role_is_unpacked_wherever_its_text_stands() {
    let text = r#"{"value":"Admin","displayName":"Q"}"#;
    let roles = json!([{"value": "Admin", "display": "Q"}]);
    for sent in [
        json!([{"value": [text]}]),
        json!([{"value": {"value": text}}]),
        json!([{"VALUE": {"Value": text}}]),
        json!([{"value": [{"value": text}]}]),
        json!({"value": [text]}),
        json!({"value": text}),
        json!([text]),
        json!(text),
        json!(format!("[{text}]")),
        json!([format!("[{text}]")]),
        json!([{"value": r#"{"value":["Admin"],"displayName":"Q"}"#}]),
        json!([{"value": r#"{"value":{"value":"Admin"},"displayName":"Q"}"#}]),
    ] {
        for op in ["Add", "Replace"] {
            let operation = json!({"op": op, "path": "roles", "value": sent});
            let found = after(ada(), json!([operation]));
            assert_eq!(found["roles"], roles, "{op} {sent}");
            let again = draft(found.clone());
            assert_eq!(Value::Object(again.resource.attributes().clone()), found);
        }
        let posted = draft(json!({"userName": "a", "roles": sent}));
        assert_eq!(posted.resource.attributes()["roles"], roles, "{sent}");
    }
    for value in [json!(text), json!([text]), json!({"value": text})] {
        let path = "roles[primary eq \"True\"].value";
        let found = after(ada(), json!([{"op": "Add", "path": path, "value": value}]));
        let expected = json!([{"value": "Admin", "display": "Q", "primary": true}]);
        assert_eq!(found["roles"], expected, "{value}");
    }
}

#[test]
fn a_name_twice_in_a_packed_text_is_refused() {
    let text = r#"{"value":"a","Value":"b"}"#;
    for parts in [
        json!({"roles": text}),
        json!({"roles": [text]}),
        json!({"roles": format!("[{text}]")}),
        json!({"roles": [{"value": text}]}),
        json!({"roles": [{"value": [text]}]}),
        json!({"emails": text}),
        json!({"name": r#"{"givenName":"a","givenName":"b"}"#}),
        json!({"roles[primary eq \"True\"].value": text}),
        json!({ENTERPRISE: {"manager": text}}),
    ] {
        for error in refusals(parts.clone()) {
            assert!(
                error.contains("each name once in its JSON"),
                "{parts}: {error}"
            );
        }
    }
    // A text that is none of ours to read stays a text.
    let posted = draft(json!({"userName": "a", "title": text, "name": {"givenName": text}}));
    assert_eq!(posted.resource.attributes()["title"], text);
}

#[test]
fn two_values_under_two_names_of_one_attribute_are_refused() {
    const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
    let department = format!("{ENTERPRISE}:department");
    for (parts, names) in [
        (
            json!({"userName": "a", format!("{CORE}:userName"): "b"}),
            ["userName".to_owned(), format!("{CORE}:userName")],
        ),
        (
            json!({"name": {"givenName": "a"}, "name.givenName": "b"}),
            ["name".to_owned(), "name.givenName".to_owned()],
        ),
        (
            json!({"department": "x", ENTERPRISE: {"department": "y"}}),
            ["department".to_owned(), department.clone()],
        ),
        (
            json!({"department": "x", &department: "y"}),
            ["department".to_owned(), department.clone()],
        ),
        (
            json!({&department: "x", format!("{ENTERPRISE}.department"): "y"}),
            [department.clone(), format!("{ENTERPRISE}.department")],
        ),
        (
            json!({"title": "x", CORE: {"title": "y"}}),
            ["title".to_owned(), "title".to_owned()],
        ),
        (
            json!({"emails": [{"value": "a"}], format!("{CORE}:emails"): [{"value": "b"}]}),
            ["emails".to_owned(), format!("{CORE}:emails")],
        ),
        (
            json!({"department": "x", ENTERPRISE: null}),
            ["department".to_owned(), ENTERPRISE.to_owned()],
        ),
        (
            json!({format!("{CORE}:name"): null, "name.givenName": "x"}),
            [format!("{CORE}:name"), "name.givenName".to_owned()],
        ),
    ] {
        for error in refusals(parts.clone()) {
            for name in &names {
                assert!(error.contains(&format!("{name:?}")), "{parts}: {error}");
            }
        }
    }
    for parts in [
        json!({"userName": "a", format!("{CORE}:userName"): "a"}),
        json!({"userName": "a", "department": "x", ENTERPRISE: {"department": "x"}}),
        json!({"userName": "a", "name": {"givenName": "a"}, "name.familyName": "b"}),
        json!({"userName": "a", "emails": [{"value": "a"}], "emails[type eq \"work\"].value": "b"}),
    ] {
        draft(parts);
    }
    // Operations come one after another: the later one counts.
    let twice = json!([
        {"op": "Replace", "path": "title", "value": "a"},
        {"op": "Replace", "value": {"title": "b"}},
        {"op": "Replace", "value": {"title": "c"}},
    ]);
    assert_eq!(after(ada(), twice)["title"], "c");
}
