//! Attributes of extensions, as Entra writes them.

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

const BADGE: &str = "urn:example:params:scim:schemas:badge:1.0:User";

pub(super) fn with_badge() -> Schemas {
    let badge = json!({"id": BADGE, "name": "Badge", "resource": "User", "attributes": [
        {"name": "tags", "multiValued": true}, {"name": "code"}, {"name": "lost", "type": "boolean"},
        {"name": "floors", "type": "integer", "multiValued": true},
        {"name": "doors", "type": "complex", "multiValued": true, "subAttributes": [{"name": "value"}, {"name": "keys", "multiValued": true}]},
    ]});
    Schemas::with_extensions(&[serde_json::from_value(badge).unwrap()]).unwrap()
}

/// What a badge is after one operation.
fn badge_after(before: Value, operation: Value) -> Value {
    let schemas = with_badge();
    let user = schemas.resource_type(ResourceKind::User);
    let before = Draft::read(json!({"userName": "a", BADGE: before}), user).unwrap();
    let body = json!({"schemas": [PATCH_OP], "Operations": [operation]});
    let patched =
        PatchRequest::parse(body, user).and_then(|patch| patch.apply(&before.resource, user));
    let patched = patched.unwrap_or_else(|error| panic!("{operation}: {error}"));
    patched.resource.attributes()[BADGE].clone()
}

#[test]
fn simple_values_in_an_object_are_unwrapped_wherever_they_come() {
    let before = json!({"tags": ["a"], "code": "x", "lost": true, "floors": [1]});
    for (name, wrapped, plain) in [
        ("tags", json!([{"value": "1"}]), json!(["1"])),
        (
            "tags",
            json!([{"Value": "1", "type": "x", "$ref": null}, "2"]),
            json!(["1", "2"]),
        ),
        ("tags", json!({"value": "1"}), json!(["1"])),
        ("code", json!([{"value": "1"}]), json!("1")),
        ("code", json!({"VALUE": "1"}), json!("1")),
        ("code", json!(["1"]), json!("1")),
        ("lost", json!([{"value": "False"}]), json!(false)),
        ("floors", json!([{"value": 7}]), json!([7])),
    ] {
        let path = format!("{BADGE}:{name}");
        for (operation, adds) in [
            (
                json!({"op": "Replace", "path": path, "value": wrapped}),
                false,
            ),
            (
                json!({"op": "Replace", "path": name, "value": wrapped}),
                false,
            ),
            (json!({"op": "Replace", "value": {&path: wrapped}}), false),
            (json!({"op": "Replace", "value": {name: wrapped}}), false),
            (
                json!({"op": "Replace", "value": {BADGE: {name: wrapped}}}),
                false,
            ),
            (
                json!({"op": "Replace", "path": BADGE, "value": {name: wrapped}}),
                false,
            ),
            (json!({"op": "Add", "path": path, "value": wrapped}), true),
        ] {
            let found = badge_after(before.clone(), operation.clone());
            let expected = match (adds, &before[name], &plain) {
                (true, Value::Array(old), Value::Array(new)) => {
                    json!([old.as_slice(), new.as_slice()].concat())
                }
                _ => plain.clone(),
            };
            assert_eq!(found[name], expected, "{operation}");
        }
        let schemas = with_badge();
        let user = schemas.resource_type(ResourceKind::User);
        let posted = Draft::read(json!({"userName": "a", BADGE: {name: wrapped}}), user).unwrap();
        assert_eq!(
            posted.resource.attributes()[BADGE][name],
            plain,
            "{wrapped}"
        );
    }
}

#[test]
fn simple_values_are_removed_as_they_were_added() {
    let before = json!({"tags": ["1", "2", "3"], "code": "x"});
    for (operation, expected) in [
        (
            json!({"op": "Remove", "path": "tags", "value": [{"value": "1"}]}),
            json!(["2", "3"]),
        ),
        (
            json!({"op": "Remove", "path": format!("{BADGE}:tags"), "value": [{"value": "1"}, {"VALUE": "3"}]}),
            json!(["2"]),
        ),
        (
            json!({"op": "Remove", "path": "tags", "value": ["1", "2"]}),
            json!(["3"]),
        ),
        (
            json!({"op": "Remove", "path": "tags", "value": "2"}),
            json!(["1", "3"]),
        ),
        (
            json!({"op": "Remove", "path": "tags[value eq \"2\"]"}),
            json!(["1", "3"]),
        ),
        (
            json!({"op": "Remove", "path": "tags[value eq \"2\"].value"}),
            json!(["1", "3"]),
        ),
        (
            json!({"op": "Remove", "path": "tags", "value": [{"value": "9"}]}),
            json!(["1", "2", "3"]),
        ),
        (
            json!({"op": "Remove", "path": "tags.value", "value": [{"value": "1"}]}),
            json!(["2", "3"]),
        ),
    ] {
        assert_eq!(
            badge_after(before.clone(), operation.clone())["tags"],
            expected,
            "{operation}"
        );
    }
    let gone = badge_after(
        before,
        json!({"op": "Remove", "path": "code", "value": [{"value": "x"}]}),
    );
    assert_eq!(gone.get("code"), None);
}

#[test]
fn extension_attributes_without_their_urn() {
    for (operation, name, expected) in [
        (
            json!({"op": "Add", "path": "manager", "value": "7"}),
            "manager",
            json!({"value": "7"}),
        ),
        (
            json!({"op": "Replace", "path": "Manager.value", "value": "7"}),
            "manager",
            json!({"value": "7"}),
        ),
        (
            json!({"op": "Add", "path": "department", "value": "R"}),
            "department",
            json!("R"),
        ),
        (
            json!({"op": "Add", "value": {"DEPARTMENT": "R"}}),
            "department",
            json!("R"),
        ),
        (
            json!({"op": "Add", "value": {"manager": "7"}}),
            "manager",
            json!({"value": "7"}),
        ),
        (
            json!({"op": "Add", "value": {"manager.value": "7"}}),
            "manager",
            json!({"value": "7"}),
        ),
        (
            json!({"op": "Add", "path": format!("{ENTERPRISE}.department"), "value": "R"}),
            "department",
            json!("R"),
        ),
        (
            json!({"op": "Add", "value": {format!("{ENTERPRISE}.department"): "R"}}),
            "department",
            json!("R"),
        ),
        (
            json!({"op": "Add", "path": format!("{ENTERPRISE}.manager.value"), "value": "7"}),
            "manager",
            json!({"value": "7"}),
        ),
    ] {
        assert_eq!(
            after(ada(), json!([operation]))[ENTERPRISE][name],
            expected,
            "{operation}"
        );
    }
    for key in [
        "department",
        "Department",
        &format!("{ENTERPRISE}.department"),
    ] {
        let posted = draft(json!({"userName": "a", key: "R"}));
        assert_eq!(
            posted.resource.attributes()[ENTERPRISE]["department"],
            "R",
            "{key}"
        );
    }
    let before = json!({"userName": "ada@example.com", "active": true, ENTERPRISE: {"manager": {"value": "1"}}});
    for operation in [
        json!({"op": "Remove", "path": "manager"}),
        json!({"op": "Replace", "path": "manager", "value": {}}),
        json!({"op": "Replace", "value": {"manager": ""}}),
    ] {
        assert_eq!(
            after(before.clone(), json!([operation])),
            ada(),
            "{operation}"
        );
    }
}
