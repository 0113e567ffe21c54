//! Each habit of Entra's by its name, with a payload of the shape that Microsoft's documents show.

use serde_json::Value;
use serde_json::json;

use crate::scim::Draft;
use crate::scim::Filter;
use crate::scim::MembershipChange;
use crate::scim::PATCH_OP;
use crate::scim::PatchRequest;
use crate::scim::Patched;
use crate::scim::ResourceKind;
use crate::scim::Schemas;
use crate::scim::ScimError;

pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub(super) fn draft(body: Value) -> Draft {
    let schemas = Schemas::standard();
    let user = schemas.resource_type(ResourceKind::User);
    Draft::read(body, user).unwrap()
}

fn patched(before: Value, operations: Value) -> Result<Patched, ScimError> {
    let schemas = Schemas::standard();
    let user = schemas.resource_type(ResourceKind::User);
    let body = json!({"schemas": [PATCH_OP], "Operations": operations});
    PatchRequest::parse(body, user)?.apply(&draft(before).resource, user)
}

pub(super) fn after(before: Value, operations: Value) -> Value {
    let patched = patched(before, operations.clone());
    let patched = patched.unwrap_or_else(|error| panic!("{operations}: {error}"));
    Value::Object(patched.resource.attributes().clone())
}

fn membership(operations: Value) -> Vec<MembershipChange> {
    let schemas = Schemas::standard();
    let group = schemas.resource_type(ResourceKind::Group);
    let body = json!({"schemas": [PATCH_OP], "Operations": operations});
    let before = Draft::read(json!({"displayName": "Sales"}), group).unwrap();
    let patch = PatchRequest::parse(body, group).unwrap();
    patch.apply(&before.resource, group).unwrap().membership
}

pub(super) fn ada() -> Value {
    json!({"userName": "ada@example.com", "active": true})
}

fn removed(ids: &[&str]) -> Vec<MembershipChange> {
    let ids = ids.iter().map(|id| (*id).to_owned());
    vec![MembershipChange::Remove(ids.collect())]
}

#[test]
fn operations_with_capitals_and_names_in_any_case() {
    let found = after(
        ada(),
        json!([
            {"op": "Add", "path": "NICKNAME", "value": "A"},
            {"op": "Replace", "path": "name.FamilyName", "value": "King"},
            {"op": "Add", "path": "title", "value": "Dr"},
            {"op": "Remove", "path": "Title"},
        ]),
    );
    assert_eq!(found["nickName"], "A");
    assert_eq!(found["name"], json!({"familyName": "King"}));
    assert_eq!(found.get("title"), None);
}

#[test]
fn booleans_as_texts() {
    for (text, expected) in [
        ("False", false),
        ("false", false),
        ("True", true),
        ("TRUE", true),
    ] {
        for operation in [
            json!({"op": "Replace", "path": "active", "value": text}),
            json!({"op": "Replace", "value": {"active": text}}),
        ] {
            assert_eq!(
                after(ada(), json!([operation]))["active"],
                expected,
                "{operation}"
            );
        }
        let posted = draft(
            json!({"userName": "a", "active": text, "emails": [{"value": "x", "primary": text}]}),
        );
        assert_eq!(posted.resource.attributes()["active"], expected);
        assert_eq!(
            posted.resource.attributes()["emails"][0]["primary"],
            expected
        );
    }
}

#[test]
fn booleans_as_texts_in_the_filter_of_a_path() {
    let before = json!({"userName": "a", "roles": [
        {"value": "Reader"},
        {"value": "Writer", "primary": true},
    ]});
    let operation =
        json!({"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Admin"});
    let found = after(before, json!([operation.clone()]));
    assert_eq!(
        found["roles"][1],
        json!({"value": "Admin", "primary": true})
    );
    assert_eq!(found["roles"][0], json!({"value": "Reader"}));
    // If there is none yet, one is made.
    let found = after(ada(), json!([operation]));
    assert_eq!(found["roles"], json!([{"value": "Admin", "primary": true}]));
}

#[test]
fn remove_members_with_a_value_array_removes_those_alone() {
    for value in [
        json!([{"value": "7b1a"}, {"value": "9c2d"}]),
        json!([{"$ref": null, "value": "7b1a"}, {"$ref": null, "value": "9c2d"}]),
        json!(["7b1a", "9c2d"]),
    ] {
        let operation = json!({"op": "Remove", "path": "members", "value": value});
        assert_eq!(
            membership(json!([operation])),
            removed(&["7b1a", "9c2d"]),
            "{operation}"
        );
    }
    let one = json!([{"op": "Remove", "path": "members", "value": {"value": "7b1a"}}]);
    assert_eq!(membership(one), removed(&["7b1a"]));
}

#[test]
fn remove_members_that_names_nobody_removes_nobody() {
    for value in [json!([]), json!({}), json!(""), json!(null)] {
        let operation = json!({"op": "Remove", "path": "members", "value": value});
        assert_eq!(membership(json!([operation])), removed(&[]), "{operation}");
    }
    // The control: without a value it is the RFC's removal of all.
    let all = json!([{"op": "Remove", "path": "members"}]);
    assert_eq!(membership(all), [MembershipChange::Clear]);
}

#[test]
fn remove_members_by_a_filter() {
    let operation = json!({"op": "Remove", "path": "members[value eq \"7b1a\"]"});
    assert_eq!(membership(json!([operation])), removed(&["7b1a"]));
}

#[test]
fn a_member_with_a_null_reference() {
    let operation =
        json!({"op": "Add", "path": "members", "value": [{"$ref": null, "value": "7b1a"}]});
    let changes = membership(json!([operation]));
    let [MembershipChange::Add(members)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!(members[0].id, "7b1a");
}

#[test]
fn a_value_is_made_where_the_filter_meets_none() {
    for op in ["Add", "Replace"] {
        let found = after(
            ada(),
            json!([
                {"op": op, "path": "emails[type eq \"work\"].value", "value": "ada@example.com"},
                {"op": op, "path": "addresses[type eq \"work\"].formatted", "value": "1 Main St"},
            ]),
        );
        assert_eq!(
            found["emails"],
            json!([{"type": "work", "value": "ada@example.com"}])
        );
        assert_eq!(
            found["addresses"],
            json!([{"type": "work", "formatted": "1 Main St"}])
        );
    }
}

#[test]
fn two_parts_of_one_new_value() {
    let found = after(
        ada(),
        json!([
            {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Berlin"},
            {"op": "Add", "path": "addresses[type eq \"work\"].country", "value": "DE"},
        ]),
    );
    let expected = json!([{"type": "work", "locality": "Berlin", "country": "DE"}]);
    assert_eq!(found["addresses"], expected);
}

#[test]
fn dotted_names_urns_and_filters_as_keys_of_a_value_without_a_path() {
    let department = format!("{ENTERPRISE}:department");
    let found = after(
        ada(),
        json!([{"op": "Replace", "value": {
            "displayName": "Ada",
            "name.givenName": "Ada",
            "name.familyName": "King",
            "emails[type eq \"work\"].value": "ada@example.com",
            "emails[type eq \"work\"].primary": "True",
            department: "Research",
            "id": "ignored", "schemas": [], "meta": {"resourceType": "User"}, "shoeSize": 42,
        }}]),
    );
    assert_eq!(
        found,
        json!({
            "userName": "ada@example.com", "active": true, "displayName": "Ada",
            "name": {"givenName": "Ada", "familyName": "King"},
            "emails": [{"type": "work", "value": "ada@example.com", "primary": true}],
            ENTERPRISE: {"department": "Research"},
        })
    );
}

#[test]
fn a_urn_as_the_path_itself() {
    let path = format!("{ENTERPRISE}:employeeNumber");
    let found = after(
        ada(),
        json!([{"op": "Add", "path": path, "value": "701984"}]),
    );
    assert_eq!(found[ENTERPRISE], json!({"employeeNumber": "701984"}));
    let path = "urn:ietf:params:scim:schemas:core:2.0:User:title";
    let found = after(ada(), json!([{"op": "Add", "path": path, "value": "Dr"}]));
    assert_eq!(found["title"], "Dr");
}

#[test]
fn a_manager_as_text_array_or_object() {
    let path = format!("{ENTERPRISE}:manager");
    for value in [
        json!("26118915"),
        json!(["26118915"]),
        json!([{"value": "26118915"}]),
        json!({"value": "26118915", "displayName": "John"}),
        json!({"$ref": null, "value": "26118915"}),
    ] {
        let operation = json!({"op": "Add", "path": path, "value": value});
        let found = after(ada(), json!([operation]));
        assert_eq!(
            found[ENTERPRISE]["manager"],
            json!({"value": "26118915"}),
            "{operation}"
        );
    }
    let posted = draft(json!({"userName": "a", ENTERPRISE: {"manager": "26118915"}}));
    let expected = json!({"manager": {"value": "26118915"}});
    assert_eq!(posted.resource.attributes()[ENTERPRISE], expected);
}

#[test]
fn another_manager_drops_the_reference_to_the_first() {
    let before =
        json!({"userName": "a", ENTERPRISE: {"manager": {"value": "1", "$ref": "../Users/1"}}});
    let path = format!("{ENTERPRISE}:manager");
    let replace = |value: Value| json!([{"op": "Replace", "path": path, "value": value}]);
    let found = after(before.clone(), replace(json!("2")));
    assert_eq!(found[ENTERPRISE]["manager"], json!({"value": "2"}));
    let both = json!({"value": "2", "$ref": "../Users/2"});
    let found = after(before, replace(both.clone()));
    assert_eq!(found[ENTERPRISE]["manager"], both);
}

#[test]
fn a_manager_is_removed_by_nothing_at_all_or_by_remove() {
    let before = json!({"userName": "ada@example.com", "active": true, ENTERPRISE: {"manager": {"value": "1"}}});
    let path = format!("{ENTERPRISE}:manager");
    for operation in [
        json!({"op": "Replace", "path": path, "value": ""}),
        json!({"op": "Replace", "path": path, "value": {}}),
        json!({"op": "Replace", "path": path, "value": null}),
        json!({"op": "Replace", "path": path, "value": {"value": ""}}),
        json!({"op": "Replace", "path": path, "value": []}),
        json!({"op": "Remove", "path": path}),
        json!({"op": "Remove", "path": path, "value": ""}),
        json!({"op": "Remove", "path": format!("{path}.value")}),
    ] {
        assert_eq!(
            after(before.clone(), json!([operation])),
            ada(),
            "{operation}"
        );
    }
}

#[test]
fn an_attribute_is_cleared_by_an_empty_text_or_null() {
    let before = json!({"userName": "ada@example.com", "active": true, "title": "Dr",
        "emails": [{"type": "work", "value": "w"}], "name": {"givenName": "Ada"}});
    for nothing in [json!(""), json!(null)] {
        let found = after(
            before.clone(),
            json!([
                {"op": "Replace", "path": "title", "value": nothing},
                {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": nothing},
                {"op": "Add", "path": "name.givenName", "value": nothing},
                {"op": "Replace", "path": "nickName", "value": nothing},
                {"op": "Replace", "path": "emails[type eq \"home\"].value", "value": nothing},
            ]),
        );
        assert_eq!(found, ada());
    }
}

#[test]
fn removing_what_is_absent_is_success() {
    let found = patched(
        ada(),
        json!([
            {"op": "Remove", "path": "title"},
            {"op": "Remove", "path": "emails[type eq \"work\"].value"},
            {"op": "Remove", "path": "emails[type eq \"work\"]"},
            {"op": "Remove", "path": "name.givenName"},
        ]),
    );
    assert!(found.unwrap().changed.is_empty());
}

#[test]
fn a_post_with_nulls_unknown_schemas_and_meta() {
    let posted = draft(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:example:unknown:2.0:User"],
        "externalId": "0a21f0f2", "userName": "ada@example.com", "displayName": null,
        "emails": [{"primary": true, "type": "work", "value": "ada@example.com", "display": null}],
        "name": {"formatted": null, "familyName": "King", "givenName": ""},
        "urn:example:unknown:2.0:User": {"tag": {"deep": [1]}},
        "password": "secret", "roles": [], "shoeSize": 42,
        "meta": {"resourceType": "User"}, "id": null, "groups": [{"value": "x"}],
    }));
    assert_eq!(
        Value::Object(posted.resource.attributes().clone()),
        json!({
            "externalId": "0a21f0f2", "userName": "ada@example.com",
            "emails": [{"primary": true, "type": "work", "value": "ada@example.com"}],
            "name": {"familyName": "King"},
        })
    );
}

#[test]
fn a_patch_under_a_schema_that_nobody_declared_is_overlooked_as_a_post_is() {
    let path = "urn:example:unknown:2.0:User:tag";
    let found = patched(ada(), json!([{"op": "Add", "path": path, "value": "x"}]));
    assert!(found.unwrap().changed.is_empty());
}

#[test]
fn both_dialects_say_the_same() {
    let old = json!([
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "value": {"name.givenName": "Ada", format!("{ENTERPRISE}:department"): "R"}},
        {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "w"},
        {"op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "1"},
    ]);
    let rfc = json!([
        {"op": "replace", "path": "active", "value": false},
        {"op": "add", "value": {"name": {"givenName": "Ada"}, ENTERPRISE: {"department": "R"}}},
        {"op": "add", "path": "emails", "value": [{"type": "work", "value": "w"}]},
        {"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": {"value": "1"}},
    ]);
    assert_eq!(after(ada(), old), after(ada(), rfc));
}

#[test]
fn a_filter_on_the_manager_without_its_urn() {
    let schemas = Schemas::standard();
    let user = schemas.resource_type(ResourceKind::User);
    let filter = Filter::parse("id eq \"1\" and manager eq \"7b1a\"", user).unwrap();
    let managed = |id: &str| json!({"id": "1", (ENTERPRISE): {"manager": {"value": id}}});
    assert!(filter.matches(managed("7b1a").as_object().unwrap()));
    assert!(!filter.matches(managed("8c2b").as_object().unwrap()));
}
