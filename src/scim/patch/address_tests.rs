//! Refusals of what a PATCH asks for name the operation, whatever finds them.

use serde_json::Value;
use serde_json::json;

use super::tests::request;
use super::*;
use crate::scim::Draft;
use crate::scim::ExtensionDeclaration;
use crate::scim::ResourceKind;
use crate::scim::Schemas;
use crate::scim::limits;

const BADGE: &str = "urn:example:params:scim:schemas:badge:1.0:User";

fn schemas() -> Schemas {
    let badge: ExtensionDeclaration = serde_json::from_value(json!({
        "id": BADGE,
        "name": "Badge",
        "resource": "User",
        "attributes": [
            {"name": "number", "type": "string", "required": true},
            {"name": "color", "type": "string"},
        ],
    }))
    .unwrap();
    Schemas::with_extensions(&[badge]).unwrap()
}

fn refused(operations: Value) -> String {
    let schemas = schemas();
    let of = schemas.resource_type(ResourceKind::User);
    let ada = Draft::read(json!({"userName": "ada", BADGE: {"number": "7"}}), of).unwrap();
    let body = json!({"schemas": [PATCH_OP], "Operations": operations});
    let patch = PatchRequest::parse(body, of);
    let patched = patch.and_then(|patch| patch.apply(&ada.resource, of));
    patched.err().unwrap().to_string()
}

#[test]
fn what_is_beyond_a_limit_is_said_of_its_operation() {
    let long = "x".repeat(limits::TEXT_LENGTH + 1);
    let deep = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    let wide = |names: usize| {
        let names = (0..names).map(|n| (n.to_string(), json!(n)));
        Value::Object(names.collect())
    };
    let values: Vec<Value> = (0..=limits::VALUES).map(|n| json!(n.to_string())).collect();
    let names: Vec<(String, Value)> = [("title", "a"), ("TITLE", "b")]
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .into();
    let twice = Value::Object(names.into_iter().collect());
    for (operation, expected) in [
        (
            json!({"op": "Replace", "path": "name.familyName", "value": long}),
            "operation 2 (replace, path name.familyName): expected texts of at most 65536 bytes, found others at value",
        ),
        (
            json!({"op": "add", "value": {"name": {"familyName": long}}}),
            "operation 2 (add, no path): expected texts of at most 65536 bytes, found others at value.name.familyName",
        ),
        (
            json!({"op": "add", "path": "photos", "value": deep(40)}),
            "operation 2 (add, path photos): expected JSON of at most 32 levels, found others at value[1]",
        ),
        (
            json!({"op": "add", "value": wide(limits::NAMES + 1)}),
            "operation 2 (add, no path): expected an object of at most 1000 names, found others at value",
        ),
        (
            json!({"op": "add", "value": twice}),
            "operation 2 (add, no path): expected each name once in an object, in whatever case, found \"",
        ),
        (
            json!({"op": "add", "path": "emails", "value": values}),
            "operation 2 (add, path emails): emails: expected at most 200 values",
        ),
    ] {
        let said = refused(json!([{"op": "add", "path": "nickName", "value": "A"}, operation]));
        assert!(said.starts_with(expected), "{said}");
    }
    // A limit that no single operation exceeds is reported for the whole request.
    let many = vec![json!({"op": "remove", "path": "title"}); limits::PATCH_OPERATIONS + 1];
    assert_eq!(
        refused(json!(many)),
        "expected at most 1000 operations in one PATCH"
    );
}

#[test]
fn an_operation_that_becomes_too_many_is_named() {
    let title = json!({"op": "remove", "path": "title"});
    let mut operations = vec![title; limits::PATCH_OPERATIONS - 1];
    operations.push(json!({"op": "add", "value": {"title": "Dr", "nickName": "A"}}));
    assert_eq!(
        refused(json!(operations)),
        "operation 1000 (add, no path): expected at most 1000 attributes to write in one request"
    );
}

#[test]
fn what_is_wrong_with_the_whole_resource_is_said_of_the_operation_that_caused_it() {
    let photo = |length: usize| json!([{"value": format!("https://x/{}", "p".repeat(length))}]);
    for (operations, expected) in [
        (
            json!([
                {"op": "add", "path": "nickName", "value": "A"},
                {"op": "add", "path": "photos", "value": photo(60_000)},
                {"op": "add", "path": "title", "value": "y".repeat(65_000)},
                {"op": "add", "path": "displayName", "value": "z".repeat(20_000)},
                {"op": "add", "path": "photos", "value": photo(60_000)},
            ]),
            "operation 4 (add, path displayName): expected at most 131072 bytes in one resource"
                .to_owned(),
        ),
        (
            json!([
                {"op": "remove", "path": BADGE},
                {"op": "add", "path": format!("{BADGE}:color"), "value": "red"},
                {"op": "add", "path": "title", "value": "Dr"},
            ]),
            format!(
                "operation 2 (add, path {BADGE}:color): {BADGE}:number: expected a value, since the attribute is required"
            ),
        ),
    ] {
        assert_eq!(refused(operations), expected);
    }
}

#[test]
fn the_filter_on_members_that_is_one_too_many_is_named() {
    let schemas = Schemas::standard();
    let of = schemas.resource_type(ResourceKind::Group);
    let group = Draft::read(json!({"displayName": "Engineering"}), of).unwrap();
    let patched = |filters: usize| {
        let filter = json!({"op": "remove", "path": "members[display co \"x\"]"});
        let mut operations = vec![json!({"op": "add", "path": "externalId", "value": "e"})];
        operations.extend(vec![filter; filters]);
        let patch = request(ResourceKind::Group, json!(operations)).unwrap();
        patch.apply(&group.resource, of).err()
    };
    assert_eq!(patched(limits::MEMBER_FILTERS), None);
    let said = patched(limits::MEMBER_FILTERS + 1).unwrap().to_string();
    assert_eq!(
        said,
        "operation 18 (remove, path members[display co \"x\"]): expected at most 16 filters on members"
    );
}
