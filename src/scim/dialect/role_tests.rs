//! Entra's roles, which come as JSON within a text.

use serde_json::json;

use super::tests::ada;
use super::tests::after;
use super::tests::draft;
use crate::scim::PATCH_OP;
use crate::scim::PatchRequest;
use crate::scim::ResourceKind;
use crate::scim::Schemas;

#[test]
fn roles_as_json_in_a_text() {
    let role = json!({"value": "Admin", "display": "Administrator", "primary": true});
    for value in [
        json!(role.to_string()),
        json!([role.to_string()]),
        json!(json!([role]).to_string()),
    ] {
        let operation = json!({"op": "Add", "path": "roles", "value": value});
        assert_eq!(
            after(ada(), json!([operation]))["roles"],
            json!([role]),
            "{operation}"
        );
        let posted = draft(json!({"userName": "a", "roles": value}));
        assert_eq!(posted.resource.attributes()["roles"], json!([role]));
    }
}

#[test]
fn roles_with_json_in_their_value() {
    let packed = json!({"id": "06b0", "value": "Admin", "displayName": "Administrator"});
    let text = packed.to_string();
    let expected = json!([{"value": "Admin", "display": "Administrator"}]);
    for value in [
        json!([{"value": text}]),
        json!([{"VALUE": text}]),
        json!({"vaLue": format!(" {text}")}),
        json!([{"value": text.replace("value", "Value").replace("displayName", "DISPLAYNAME")}]),
        // The same without the envelope.
        json!(text),
        json!([text]),
        json!(format!("[{text}]")),
        json!([packed]),
        json!([{"id": "06b0", "value": "Admin", "DisplayName": "Administrator"}]),
    ] {
        for operation in [
            json!({"op": "Add", "path": "roles", "value": value}),
            json!({"op": "Replace", "path": "Roles", "value": value}),
            json!({"op": "Replace", "value": {"roles": value}}),
        ] {
            assert_eq!(
                after(ada(), json!([operation]))["roles"],
                expected,
                "{operation}"
            );
            let body = json!({"schemas": [PATCH_OP], "Operations": [operation]});
            let schemas = Schemas::standard();
            let patch = PatchRequest::parse(body, schemas.resource_type(ResourceKind::User));
            assert!(patch.unwrap().overlooked().is_empty(), "{operation}");
        }
        let posted = draft(json!({"userName": "a", "roles": value}));
        assert_eq!(posted.resource.attributes()["roles"], expected, "{value}");
        // A removal in the same words takes away what was given.
        let before = json!({"userName": "a", "roles": [{"value": "Admin"}, {"value": "Reader"}]});
        let operation = json!({"op": "Remove", "path": "roles", "value": value});
        assert_eq!(
            after(before, json!([operation]))["roles"],
            json!([{"value": "Reader"}])
        );
    }
}

#[test]
fn roles_with_json_in_their_value_by_a_path_to_it() {
    let role = json!({"id": "1", "value": "Admin", "displayName": "Administrator"}).to_string();
    let expected = json!([{"value": "Admin", "display": "Administrator", "primary": true}]);
    for op in ["Add", "Replace"] {
        let operation =
            json!([{"op": op, "path": "roles[primary eq \"True\"].value", "value": role}]);
        assert_eq!(after(ada(), operation.clone())["roles"], expected);
        let before = json!({"userName": "a", "roles": [{"value": "Reader", "primary": true}]});
        assert_eq!(after(before, operation)["roles"], expected);
    }
    let bare = json!([{"op": "Add", "value": {"roles[primary eq \"True\"].value": role}}]);
    assert_eq!(after(ada(), bare)["roles"], expected);
}

/// Found by the fuzz target `scim_patch`.
#[test]
fn a_role_that_was_unpacked_stays_as_it_is() {
    let packed = json!([{"vaLue": "{\"value\":\"W\",\"x\":\"X\"}", "primary": "True"}]);
    let expected = json!([{"value": "W", "primary": true}]);
    let operation = json!({"op": "Add", "path": "roles", "value": packed});
    let found = after(ada(), json!([operation]));
    assert_eq!(found["roles"], expected);
    assert_eq!(draft(found).resource.attributes()["roles"], expected);
    // Two levels deep it is somebody's text.
    let inner = json!({"value": json!({"value": "W"}).to_string()}).to_string();
    let found = after(
        ada(),
        json!([{"op": "Add", "path": "roles", "value": [{"value": inner}]}]),
    );
    assert_eq!(found["roles"], json!([{"value": inner}]));
    assert_eq!(
        draft(found).resource.attributes()["roles"],
        json!([{"value": inner}])
    );
}

#[test]
fn a_second_primary_role_moves_the_primary() {
    let before = json!({"userName": "a", "roles": [{"value": "Reader", "primary": true}]});
    let operation =
        json!({"op": "Add", "path": "roles", "value": [{"value": "Admin", "primary": "True"}]});
    let expected = json!([
        {"value": "Reader", "primary": false},
        {"value": "Admin", "primary": true},
    ]);
    assert_eq!(after(before, json!([operation]))["roles"], expected);
}
