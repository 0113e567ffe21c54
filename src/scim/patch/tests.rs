use serde_json::Value;
use serde_json::json;

use super::*;
use crate::scim::Draft;
use crate::scim::ResourceKind;
use crate::scim::Schemas;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub(super) fn request(kind: ResourceKind, operations: Value) -> Result<PatchRequest, ScimError> {
    let schemas = Schemas::standard();
    let body = json!({"schemas": [PATCH_OP], "Operations": operations});
    PatchRequest::parse(body, schemas.resource_type(kind))
}

fn user(body: Value) -> Resource {
    let schemas = Schemas::standard();
    let draft = Draft::read(body, schemas.resource_type(ResourceKind::User));
    draft.unwrap().resource
}

pub(super) fn patch(before: Value, operations: Value) -> Result<Patched, ScimError> {
    let schemas = Schemas::standard();
    let patch = request(ResourceKind::User, operations)?;
    patch.apply(&user(before), schemas.resource_type(ResourceKind::User))
}

fn after(before: Value, operation: Value) -> (Value, Vec<String>) {
    let patched = patch(before, json!([operation.clone()]));
    let patched = patched.unwrap_or_else(|error| panic!("{operation}: {error}"));
    let attributes = Value::Object(patched.resource.attributes().clone());
    (attributes, patched.changed)
}

pub(super) fn refused(before: Value, operation: Value) -> Option<&'static str> {
    let error = patch(before, json!([operation.clone()])).err();
    let error = error.unwrap_or_else(|| panic!("{operation}"));
    assert_eq!(error.status(), 400, "{operation}");
    error.scim_type()
}

pub(super) fn emails() -> Value {
    json!({"userName": "ada", "emails": [
        {"type": "work", "value": "w", "primary": true},
        {"type": "home", "value": "h"},
    ]})
}

#[test]
fn add_replace_and_remove_one_value() {
    let ada = json!({"userName": "ada", "title": "Dr"});
    for (operation, expected, changed) in [
        (
            json!({"op": "add", "path": "nickName", "value": "A"}),
            json!({"userName": "ada", "title": "Dr", "nickName": "A"}),
            vec!["nickName"],
        ),
        (
            json!({"op": "add", "path": "title", "value": "Prof"}),
            json!({"userName": "ada", "title": "Prof"}),
            vec!["title"],
        ),
        (
            json!({"op": "replace", "path": "nickName", "value": "A"}),
            json!({"userName": "ada", "title": "Dr", "nickName": "A"}),
            vec!["nickName"],
        ),
        (
            json!({"op": "remove", "path": "title"}),
            json!({"userName": "ada"}),
            vec!["title"],
        ),
        (
            json!({"op": "remove", "path": "nickName"}),
            ada.clone(),
            vec![],
        ),
        (
            json!({"op": "replace", "path": "title", "value": "Dr"}),
            ada.clone(),
            vec![],
        ),
    ] {
        let (found, names) = after(ada.clone(), operation.clone());
        assert_eq!(found, expected, "{operation}");
        assert_eq!(names, changed, "{operation}");
    }
}

#[test]
fn a_complex_value_keeps_the_parts_that_are_not_named() {
    let ada = json!({"userName": "ada", "name": {"givenName": "Ada", "familyName": "King"}});
    for op in ["add", "replace"] {
        let (found, changed) = after(
            ada.clone(),
            json!({"op": op, "path": "name", "value": {"familyName": "Lovelace", "middleName": "B"}}),
        );
        let expected = json!({"givenName": "Ada", "familyName": "Lovelace", "middleName": "B"});
        assert_eq!(found["name"], expected);
        assert_eq!(changed, ["name.familyName", "name.middleName"]);
    }
    let (found, _) = after(ada.clone(), json!({"op": "remove", "path": "name"}));
    assert_eq!(found, json!({"userName": "ada"}));
    let (found, _) = after(ada, json!({"op": "remove", "path": "name.givenName"}));
    assert_eq!(found["name"], json!({"familyName": "King"}));
}

#[test]
fn add_adds_a_value_once_and_replace_replaces_all() {
    let home = json!({"type": "home", "value": "h"});
    let other = json!({"type": "other", "value": "o"});
    let (found, changed) = after(
        emails(),
        json!({"op": "add", "path": "emails", "value": [home, other]}),
    );
    assert_eq!(found["emails"].as_array().unwrap().len(), 3);
    assert_eq!(changed, ["emails"]);
    let (_, changed) = after(
        emails(),
        json!({"op": "add", "path": "emails", "value": [home]}),
    );
    assert!(changed.is_empty());
    let (found, _) = after(
        emails(),
        json!({"op": "replace", "path": "emails", "value": [other]}),
    );
    assert_eq!(found["emails"], json!([other]));
    let (found, _) = after(
        emails(),
        json!({"op": "replace", "path": "emails", "value": []}),
    );
    assert_eq!(found, json!({"userName": "ada"}));
}

#[test]
fn a_filter_chooses_the_values() {
    let (found, _) = after(
        emails(),
        json!({"op": "replace", "path": "emails[type eq \"home\"].value", "value": "new"}),
    );
    assert_eq!(found["emails"][1], json!({"type": "home", "value": "new"}));
    let (found, _) = after(
        emails(),
        json!({"op": "replace", "path": "emails[type eq \"home\"]", "value": {"type": "other", "value": "new"}}),
    );
    assert_eq!(found["emails"][1], json!({"type": "other", "value": "new"}));
    let (found, _) = after(
        emails(),
        json!({"op": "add", "path": "emails[type eq \"home\"]", "value": {"display": "D"}}),
    );
    assert_eq!(
        found["emails"][1],
        json!({"type": "home", "value": "h", "display": "D"})
    );
    let (found, _) = after(
        emails(),
        json!({"op": "remove", "path": "emails[type eq \"work\" or value sw \"h\"]"}),
    );
    assert_eq!(found, json!({"userName": "ada"}));
    let (found, _) = after(
        emails(),
        json!({"op": "remove", "path": "emails[type eq \"home\"].type"}),
    );
    assert_eq!(found["emails"][1], json!({"value": "h"}));
}

#[test]
fn a_path_without_filter_means_a_part_of_each_value() {
    let (found, _) = after(
        emails(),
        json!({"op": "replace", "path": "emails.type", "value": "x"}),
    );
    assert_eq!(found["emails"][0]["type"], "x");
    assert_eq!(found["emails"][1]["type"], "x");
}

#[test]
fn a_second_primary_moves_the_primary() {
    for operation in [
        json!({"op": "add", "path": "emails", "value": [{"type": "other", "value": "o", "primary": true}]}),
        json!({"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}),
        json!({"op": "add", "path": "emails[type eq \"home\"]", "value": {"primary": true}}),
    ] {
        let (found, _) = after(emails(), operation.clone());
        let found = found["emails"].as_array().unwrap();
        assert_eq!(found[0]["primary"], json!(false), "{operation}");
        let primary = found.iter().filter(|email| email["primary"] == json!(true));
        assert_eq!(primary.count(), 1, "{operation}");
    }
}

#[test]
fn one_failure_leaves_the_resource_as_it_was() {
    let before = user(emails());
    let schemas = Schemas::standard();
    let patch = request(
        ResourceKind::User,
        json!([
            {"op": "replace", "path": "title", "value": "Dr"},
            {"op": "remove", "path": "userName"},
        ]),
    );
    let of = schemas.resource_type(ResourceKind::User);
    assert!(patch.unwrap().apply(&before, of).is_err());
    assert_eq!(before, user(emails()));
}

#[test]
fn no_operations_change_nothing() {
    let patched = patch(emails(), json!([])).unwrap();
    assert!(patched.changed.is_empty());
    assert_eq!(patched.resource, user(emails()));
}

#[test]
fn what_no_schema_has_is_overlooked_by_its_name_and_the_rest_is_done() {
    let unknown = "urn:example:other:2.0:User";
    for (operation, name) in [
        (
            json!({"op": "replace", "path": "shoeSize", "value": 42}),
            "shoeSize",
        ),
        (json!({"op": "remove", "path": "shoeSize"}), "shoeSize"),
        (
            json!({"op": "add", "path": "shoes[type eq \"x\"].value", "value": "v"}),
            "shoes.value",
        ),
        (
            json!({"op": "add", "path": "name.shoe", "value": "v"}),
            "name.shoe",
        ),
        (
            json!({"op": "add", "path": "emails.shoe", "value": "v"}),
            "emails.shoe",
        ),
        (
            json!({"op": "add", "path": "emails[type eq \"work\"].shoe", "value": "v"}),
            "emails.shoe",
        ),
        (
            json!({"op": "remove", "path": "emails[shoe eq \"work\"]"}),
            "emails.shoe",
        ),
        (
            json!({"op": "add", "path": format!("{unknown}:x"), "value": "v"}),
            "urn:example:other:2.0:User:x",
        ),
        (
            json!({"op": "add", "path": unknown, "value": {"x": 1}}),
            unknown,
        ),
        (
            json!({"op": "add", "path": format!("{ENTERPRISE}:shoe"), "value": "v"}),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:shoe",
        ),
        (json!({"op": "add", "value": {"shoeSize": 42}}), "shoeSize"),
        (json!({"op": "add", "value": {"a b": 42}}), "a b"),
        (json!({"op": "add", "value": {unknown: {"x": 1}}}), unknown),
        (
            json!({"op": "add", "value": {ENTERPRISE: {"shoe": 1}}}),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:shoe",
        ),
        (
            json!({"op": "add", "path": "name", "value": {"shoe": 1}}),
            "name.shoe",
        ),
        (
            json!({"op": "replace", "path": "emails", "value": [{"shoe": 1}]}),
            "emails.shoe",
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": {"shoe": 1}}),
            "emails.shoe",
        ),
    ] {
        let operations = json!([operation, {"op": "add", "path": "title", "value": "Dr"}]);
        let request = request(ResourceKind::User, operations).unwrap();
        assert_eq!(request.overlooked(), [name], "{operation}");
        let schemas = Schemas::standard();
        let patched = request.apply(&user(emails()), schemas.resource_type(ResourceKind::User));
        assert_eq!(patched.unwrap().changed, ["title"], "{operation}");
    }
    // Known attributes that clients may not write are not reported.
    let known = json!([{"op": "add", "value": {"id": "7", "meta": {}, "password": "x", "groups": [], "schemas": []}}]);
    assert!(
        request(ResourceKind::User, known)
            .unwrap()
            .overlooked()
            .is_empty()
    );
}

#[test]
fn nothing_named_changes_nothing() {
    let before = json!({"userName": "ada", "name": {"givenName": "Ada"}, "emails": emails()["emails"],
        "addresses": [{"type": "work", "locality": "London"}], ENTERPRISE: {"department": "R"}});
    for op in ["add", "replace"] {
        for operation in [
            json!({"op": op, "path": "name", "value": {}}),
            json!({"op": op, "path": "name", "value": [{}]}),
            json!({"op": op, "path": "name", "value": "{}"}),
            json!({"op": op, "path": "emails", "value": {}}),
            json!({"op": op, "path": "emails", "value": [{}]}),
            json!({"op": op, "path": "emails", "value": [{}, {}]}),
            json!({"op": op, "path": "addresses[type eq \"work\"]", "value": {}}),
            json!({"op": op, "path": "addresses[type eq \"work\"]", "value": [{}]}),
            json!({"op": op, "path": "addresses[type eq \"home\"]", "value": {}}),
            json!({"op": op, "path": ENTERPRISE, "value": {}}),
            json!({"op": op, "path": crate::scim::schema::USER, "value": {}}),
            json!({"op": op, "value": {}}),
            json!({"op": op, "value": {"name": {}, "emails": [{}], ENTERPRISE: {}, crate::scim::schema::USER: {}}}),
        ] {
            assert_eq!(
                after(before.clone(), operation.clone()),
                (before.clone(), vec![]),
                "{operation}"
            );
        }
    }
}

#[test]
fn the_urn_of_the_resource_is_the_resource_itself() {
    let core = crate::scim::schema::USER;
    for operation in [
        json!({"op": "add", "path": core, "value": {"title": "Dr"}}),
        json!({"op": "add", "value": {core: {"title": "Dr"}}}),
        json!({"op": "add", "value": {format!("{core}:title"): "Dr"}}),
        json!({"op": "add", "value": {format!("{core}.title"): "Dr"}}),
    ] {
        let (found, changed) = after(json!({"userName": "ada"}), operation.clone());
        assert_eq!(
            found,
            json!({"userName": "ada", "title": "Dr"}),
            "{operation}"
        );
        assert_eq!(changed, ["title"]);
    }
    let removal = json!({"op": "remove", "path": core});
    assert_eq!(refused(emails(), removal), Some("noTarget"));
}

#[test]
fn an_extension_is_written_whole_by_attribute_and_removed() {
    let ada = json!({"userName": "ada"});
    let by_path = json!({"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "R"});
    let whole = json!({"op": "add", "path": ENTERPRISE, "value": {"department": "R"}});
    let nested = json!({"op": "add", "value": {ENTERPRISE: {"department": "R"}}});
    for operation in [by_path, whole, nested] {
        let (found, changed) = after(ada.clone(), operation);
        assert_eq!(found[ENTERPRISE], json!({"department": "R"}));
        assert_eq!(changed, [format!("{ENTERPRISE}:department")]);
    }
    let with = json!({"userName": "ada", ENTERPRISE: {"department": "R"}});
    for path in [ENTERPRISE.to_owned(), format!("{ENTERPRISE}:department")] {
        let (found, _) = after(with.clone(), json!({"op": "remove", "path": path}));
        assert_eq!(found, ada);
    }
}
