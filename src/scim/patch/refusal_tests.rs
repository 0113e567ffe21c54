use serde_json::Value;
use serde_json::json;

use super::tests::emails;
use super::tests::patch;
use super::tests::refused;
use super::*;
use crate::scim::ResourceKind;
use crate::scim::Schemas;

#[test]
fn what_cannot_be_done_says_why() {
    for (operation, scim_type) in [
        (json!({"op": "remove"}), "noTarget"),
        (
            json!({"op": "remove", "path": "emails[value sw \"x\"]"}),
            "noTarget",
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"x\"]", "value": {"value": "v"}}),
            "noTarget",
        ),
        (
            json!({"op": "replace", "path": "emails[not (type pr)].value", "value": "v"}),
            "noTarget",
        ),
        (
            json!({"op": "replace", "path": "emails[", "value": "v"}),
            "invalidPath",
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"x\"]x", "value": "v"}),
            "invalidPath",
        ),
        (
            json!({"op": "replace", "path": "title b", "value": "v"}),
            "invalidPath",
        ),
        (
            json!({"op": "replace", "path": "title", "value": 5}),
            "invalidValue",
        ),
        (
            json!({"op": "replace", "path": "active", "value": "maybe"}),
            "invalidValue",
        ),
        (
            json!({"op": "replace", "path": "userName", "value": ""}),
            "invalidValue",
        ),
        (
            json!({"op": "replace", "path": "name", "value": "Ada"}),
            "invalidValue",
        ),
        (
            json!({"op": "replace", "path": "name[givenName pr].givenName", "value": "x"}),
            "invalidPath",
        ),
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]}),
            "invalidValue",
        ),
        (json!({"op": "remove", "path": "userName"}), "mutability"),
        (
            json!({"op": "replace", "path": "id", "value": "2"}),
            "mutability",
        ),
        (
            json!({"op": "replace", "path": "meta.version", "value": "2"}),
            "mutability",
        ),
        (
            json!({"op": "add", "path": "groups", "value": [{"value": "g"}]}),
            "mutability",
        ),
        (json!({"op": "move", "path": "title"}), "invalidSyntax"),
        (json!({"op": "add", "path": "title"}), "invalidSyntax"),
        (json!({"op": "add", "value": "x"}), "invalidSyntax"),
        (
            json!({"op": "add", "path": 5, "value": "x"}),
            "invalidSyntax",
        ),
        (
            json!({"op": "add", "OP": "add", "path": "title", "value": "x"}),
            "invalidSyntax",
        ),
        (json!("add"), "invalidSyntax"),
    ] {
        assert_eq!(
            refused(emails(), operation.clone()),
            Some(scim_type),
            "{operation}"
        );
    }
}

/// Found by `whatever_is_accepted_reads_as_itself`.
#[test]
fn what_a_filter_describes_is_held_against_the_schema() {
    for (path, value) in [
        ("x509Certificates[value eq \"a\"].primary", json!(false)),
        ("x509Certificates[value eq \"a\"].display", json!("A")),
    ] {
        let operation = json!({"op": "add", "path": path, "value": value});
        assert_eq!(refused(emails(), operation), Some("invalidValue"), "{path}");
    }
}

#[test]
fn two_values_cannot_become_primary_at_once() {
    let before = json!({"userName": "ada", "roles": [{"value": "a"}, {"value": "b"}]});
    let operation = json!({"op": "replace", "path": "roles.primary", "value": true});
    assert_eq!(refused(before, operation), Some("invalidValue"));
}

#[test]
fn a_message_has_its_schema_and_operations_within_the_budget() {
    let schemas = Schemas::standard();
    let of = schemas.resource_type(ResourceKind::User);
    let operation = json!({"op": "remove", "path": "title"});
    for (body, expected) in [
        (json!([]), "invalidSyntax"),
        (json!({"Operations": [operation]}), "invalidSyntax"),
        (
            json!({"schemas": ["urn:x"], "Operations": [operation]}),
            "invalidSyntax",
        ),
        (json!({"schemas": [PATCH_OP]}), "invalidSyntax"),
        (
            json!({"schemas": [PATCH_OP], "Operations": vec![operation.clone(); 1001]}),
            "tooMany",
        ),
    ] {
        let error = PatchRequest::parse(body, of).err().unwrap();
        assert_eq!(error.scim_type(), Some(expected));
    }
    for operations in [vec![operation; 1000], Vec::new()] {
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        assert!(PatchRequest::parse(body, of).is_ok());
    }
}

#[test]
fn a_refusal_names_the_operation_the_attribute_and_what_would_be_right() {
    for (operation, expected) in [
        (
            json!({"op": "replace", "path": "title", "value": 5}),
            "operation 2 (replace, path title): title: expected a text",
        ),
        (
            json!({"op": "Replace", "path": "emails[type eq \"work\"].value", "value": 5}),
            "operation 2 (replace, path emails[type eq \"work\"].value): emails.value: expected a text",
        ),
        (
            json!({"op": "add", "value": {"active": "maybe"}}),
            "operation 2 (add, no path): active: expected true or false",
        ),
        (
            json!({"op": "replace", "path": "emails[", "value": "v"}),
            "operation 2 (replace, path emails[): path, character 8: expected the name of an attribute",
        ),
        (
            json!({"op": "replace", "path": " ", "value": "v"}),
            "operation 2 (replace, path  ): path: expected the name of an attribute",
        ),
        (
            json!({"op": "add", "value": {"": "v"}}),
            "operation 2 (add, no path): path: expected the name of an attribute, in the name \"\"",
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"é\"]x", "value": "v"}),
            "operation 2 (replace, path emails[type eq \"é\"]x): path, character 20: expected the end",
        ),
        (
            json!({"op": "remove"}),
            "operation 2 (remove, no path): expected a path of what to remove",
        ),
        (
            json!({"op": "move", "path": "title"}),
            "operation 2 (move, path title): expected add, replace or remove in op",
        ),
        (
            json!({"path": "title"}),
            "operation 2 (no op, path title): expected add, replace or remove in op",
        ),
        (
            json!("add"),
            "operation 2 (no op, no path): expected an object",
        ),
        (
            json!({"op": "add", "path": "title"}),
            "operation 2 (add, path title): expected a value to add or replace",
        ),
        (
            json!({"op": "remove", "path": "userName"}),
            "operation 2 (remove, path userName): userName is required",
        ),
        (
            json!({"op": "replace", "path": "id", "value": "2"}),
            "operation 2 (replace, path id): id is readOnly",
        ),
        (
            json!({"op": "remove", "path": "emails[value sw \"x\"]"}),
            "operation 2 (remove, path emails[value sw \"x\"]): expected a value that meets the filter of the path",
        ),
        (
            json!({"op": "add", "path": "title", "value": "a\u{0}b"}),
            "operation 2 (add, path title): title: expected a text without the character U+0000",
        ),
    ] {
        let operations = json!([{"op": "add", "path": "nickName", "value": "A"}, operation]);
        let error = patch(emails(), operations).err().unwrap();
        assert_eq!(error.to_string(), expected, "{operation}");
    }
    let long = json!([{"op": "x".repeat(999), "path": "y".repeat(999)}]);
    let error = patch(emails(), long).err().unwrap().to_string();
    assert!(error.chars().count() < 500, "{error}");
}

#[test]
fn too_many_values_are_refused() {
    let many: Vec<Value> = (0..201).map(|n| json!({"value": n.to_string()})).collect();
    let half =
        |from: usize, to: usize| json!({"op": "add", "path": "emails", "value": many[from..to]});
    let ada = json!({"userName": "ada"});
    assert_eq!(refused(ada.clone(), half(0, 201)), Some("invalidValue"));
    assert!(patch(ada.clone(), json!([half(0, 100), half(100, 200)])).is_ok());
    let error = patch(ada, json!([half(0, 100), half(100, 201)]))
        .err()
        .unwrap();
    assert_eq!(error.scim_type(), Some("invalidValue"));
}
