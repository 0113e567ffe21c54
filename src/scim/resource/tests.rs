use serde_json::Value;
use serde_json::json;

use super::*;
use crate::scim::PATCH_OP;
use crate::scim::PatchRequest;
use crate::scim::Schemas;

const BADGE: &str = "urn:example:params:scim:schemas:badge:1.0:User";
const BASE: &str = "https://app.example.com/scim/acme/v2";

fn schemas() -> Schemas {
    let badge = json!({
        "id": BADGE, "name": "Badge", "resource": "User", "attributes": [
            {"name": "number", "type": "integer", "mutability": "immutable"},
            {"name": "colour", "required": true},
            {"name": "issued", "type": "dateTime"},
            {"name": "weight", "type": "decimal"},
            {"name": "keys", "multiValued": true, "caseExact": true},
        ],
    });
    Schemas::with_extensions(&[serde_json::from_value(badge).unwrap()]).unwrap()
}

fn read(body: Value) -> Result<Draft, ScimError> {
    Draft::read(body, schemas().resource_type(ResourceKind::User))
}

fn refused(body: Value) -> (Option<&'static str>, String) {
    let error = read(body).err().unwrap();
    (error.scim_type(), error.to_string())
}

#[test]
fn values_are_of_the_types_of_the_schema() {
    for (name, value) in [
        ("title", json!(5)),
        ("title", json!(["Dr", "Prof"])),
        ("title", json!({"unit": "x"})),
        ("active", json!("yes")),
        ("name", json!("Ada")),
        ("name", json!({"givenName": {}, "familyName": 5})),
        ("emails", json!([5])),
        ("emails", json!([{"value": 5}])),
        (
            "emails",
            json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]),
        ),
        ("x509Certificates", json!([{"value": "not base64!"}])),
        (BADGE, json!("x")),
        (BADGE, json!({"colour": "red", "number": 1.5})),
        (BADGE, json!({"colour": "red", "weight": "heavy"})),
        (BADGE, json!({"colour": "red", "issued": "yesterday"})),
        (BADGE, json!({"colour": "red", "keys": [1]})),
        (BADGE, json!({"number": 1})),
        ("userName", json!(null)),
    ] {
        let mut body = json!({"userName": "ada"});
        body[name] = value.clone();
        assert_eq!(refused(body).0, Some("invalidValue"), "{name}: {value}");
    }
    let sound = read(
        json!({"userName": "ada", "x509Certificates": [{"value": "MIIB"}],
        BADGE: {"colour": "red", "number": 1, "weight": 1.5, "issued": "2026-11-22T09:30:00Z", "keys": ["a", "A"]}}),
    );
    assert!(sound.is_ok());
}

#[test]
fn a_refusal_names_the_attribute_and_no_value() {
    let (_, detail) = refused(json!({"userName": "ada@example.com", "NAME": {"GIVENNAME": 4711}}));
    assert_eq!(detail, "name.givenName: expected a text");
}

#[test]
fn a_body_is_an_object_within_the_limits() {
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    let wide: Map<String, Value> = (0..1001).map(|n| (format!("a{n}"), json!(1))).collect();
    for body in [
        json!([]),
        json!("ada"),
        json!({"userName": "ada", "unknown": deep}),
        json!({"userName": "ada", "unknown": wide}),
        json!({"userName": "ada", "title": "x".repeat(65_537)}),
        json!({"userName": "ada", "USERNAME": "eve"}),
        json!({"userName": "ada", "name": {"givenName": "a", "GivenName": "b"}}),
        json!({"userName": "ada", "unknown": [{"x": {"a": 1, "A": 2}}]}),
    ] {
        assert_eq!(refused(body).0, Some("invalidSyntax"));
    }
    assert!(read(json!({"userName": "ada", "title": "x".repeat(65_536)})).is_ok());
}

#[test]
fn a_user_is_created_active_unless_the_client_says_otherwise() {
    let created = |body| read(body).unwrap().created().resource;
    assert!(created(json!({"userName": "ada"})).is_active());
    assert!(!created(json!({"userName": "ada", "active": false})).is_active());
}

#[test]
fn active_that_is_cleared_is_false_in_every_request() {
    let schemas = schemas();
    let of = schemas.resource_type(ResourceKind::User);
    let ada = read(json!({"userName": "ada", "active": true})).unwrap();
    let is_false = |resource: &Resource| resource.attributes()["active"] == json!(false);
    for nothing in [json!(null), json!(""), json!([])] {
        let body = json!({"userName": "ada", "ACTIVE": nothing});
        assert!(is_false(&read(body.clone()).unwrap().created().resource));
        let put = read(body).unwrap().replacing(&ada.resource, of).unwrap();
        assert!(is_false(&put.resource));
        assert_eq!(put.changed, ["active"]);
    }
    for operation in [
        json!({"op": "remove", "path": "active"}),
        json!({"op": "Remove", "path": "active", "value": "True"}),
        json!({"op": "replace", "path": "active", "value": null}),
        json!({"op": "add", "path": "Active", "value": ""}),
        json!({"op": "replace", "value": {"active": null}}),
        json!({"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": [""]}),
    ] {
        let body = json!({"schemas": [PATCH_OP], "Operations": [operation]});
        let patched = PatchRequest::parse(body, of)
            .unwrap()
            .apply(&ada.resource, of);
        let patched = patched.unwrap();
        assert!(is_false(&patched.resource), "{operation}");
        assert_eq!(patched.changed, ["active"], "{operation}");
    }
}

#[test]
fn what_no_schema_has_is_overlooked_by_its_name() {
    let draft = read(json!({
        "userName": "ada", "shoeSize": 42, "name": {"x": 1, "givenName": "Ada"}, "emails": [{"value": "a", "y": 1}, {"Y": 2}],
        "urn:example:other": {"z": 1}, BADGE: {"colour": "red", "w": 1}, "id": "7", "meta": {}, "schemas": ["urn:x"],
    }));
    let mut overlooked = draft.unwrap().overlooked;
    overlooked.sort();
    let mut expected = vec!["emails.y", "name.x", "shoeSize", "urn:example:other"];
    let badge = format!("{BADGE}:w");
    expected.push(&badge);
    expected.sort_unstable();
    assert_eq!(overlooked, expected);
}

#[test]
fn a_leaver_stays_out_unless_a_client_says_otherwise() {
    let schemas = schemas();
    let of = schemas.resource_type(ResourceKind::User);
    let leaver = read(json!({"userName": "ada", "active": false}))
        .unwrap()
        .resource;
    let put = |body| read(body).unwrap().replacing(&leaver, of).unwrap();
    assert!(!put(json!({"userName": "ada"})).resource.is_active());
    assert!(
        put(json!({"userName": "ada", "active": true}))
            .resource
            .is_active()
    );
    let body = json!({"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": "active"}]});
    let patched = PatchRequest::parse(body, of)
        .unwrap()
        .apply(&leaver, of)
        .unwrap();
    assert!(!patched.resource.is_active());
}

#[test]
fn a_put_clears_what_it_does_not_mention_and_says_what_changed() {
    let schemas = schemas();
    let of = schemas.resource_type(ResourceKind::User);
    let old = read(json!({"userName": "ada", "title": "Dr", "name": {"givenName": "Ada"}}));
    let old = old.unwrap().resource;
    let put = read(json!({"userName": "ada", "name": {"familyName": "King"}})).unwrap();
    let replaced = put.replacing(&old, of).unwrap();
    assert_eq!(
        replaced.changed,
        ["name.familyName", "name.givenName", "title"]
    );
    let same = read(json!({"USERNAME": "ada", "title": "Dr", "name": {"givenName": "Ada"}}));
    assert!(
        same.unwrap()
            .replacing(&old, of)
            .unwrap()
            .changed
            .is_empty()
    );
}

#[test]
fn an_immutable_attribute_is_written_once() {
    let schemas = schemas();
    let of = schemas.resource_type(ResourceKind::User);
    let badge = |badge: Value| read(json!({"userName": "ada", BADGE: badge})).unwrap();
    let old = badge(json!({"number": 1, "colour": "red"})).resource;
    let number = |resource: &Resource| resource.attributes()[BADGE]["number"].clone();

    let kept = badge(json!({"colour": "blue"}))
        .replacing(&old, of)
        .unwrap();
    assert_eq!(number(&kept.resource), 1);
    let other = badge(json!({"number": 2, "colour": "red"}));
    let error = other.clone().replacing(&old, of).err().unwrap();
    assert_eq!(error.scim_type(), Some("mutability"));
    let none = badge(json!({"colour": "red"})).resource;
    assert_eq!(number(&other.replacing(&none, of).unwrap().resource), 2);

    let path = format!("{BADGE}:number");
    for (operation, refused) in [
        (json!({"op": "replace", "path": path, "value": 2}), true),
        (json!({"op": "remove", "path": path}), true),
        (json!({"op": "replace", "path": path, "value": 1}), false),
    ] {
        let body = json!({"schemas": [PATCH_OP], "Operations": [operation]});
        let patched = PatchRequest::parse(body, of).unwrap().apply(&old, of);
        let scim_type = patched.err().and_then(|error| error.scim_type());
        assert_eq!(scim_type, refused.then_some("mutability"), "{operation}");
    }
}

#[test]
fn the_members_of_a_group_are_read_beside_it() {
    let schemas = schemas();
    let of = schemas.resource_type(ResourceKind::Group);
    let draft = Draft::read(
        json!({"displayName": "Sales", "members": [{"value": "a"}, {"value": "a"}, {"value": "b", "type": "group"}]}),
        of,
    );
    let draft = draft.unwrap();
    assert_eq!(draft.resource.attributes().len(), 1);
    let found: Vec<_> = draft
        .members
        .iter()
        .map(|of| (of.id.as_str(), of.kind))
        .collect();
    assert_eq!(found, [("a", None), ("b", Some(ResourceKind::Group))]);
    let nameless = json!({"displayName": "Sales", "members": [{"display": "Ada"}]});
    let error = Draft::read(nameless, of).err().unwrap();
    assert_eq!(error.scim_type(), Some("invalidValue"));
}

#[test]
fn a_document_has_what_the_server_knows() {
    let schemas = schemas();
    let of = schemas.resource_type(ResourceKind::User);
    let record = Record {
        id: "7".to_owned(),
        resource: read(json!({"schemas": ["urn:x"], "userName": "ada", BADGE: {"colour": "red"}}))
            .unwrap()
            .resource,
        created: "2026-11-22T09:30:00Z".parse().unwrap(),
        last_modified: "2026-11-22T09:30:00.1239Z".parse().unwrap(),
        version: Version(3),
    };
    let groups = [GroupRef {
        id: "g".to_owned(),
        display: Some("Sales".to_owned()),
        direct: false,
    }];
    let document = record.document(of, Relations::Groups(&groups), BASE);
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", BADGE],
        "id": "7", "userName": "ada", "active": false, BADGE: {"colour": "red"},
        "groups": [{"value": "g", "display": "Sales", "type": "indirect", "$ref": format!("{BASE}/Groups/g")}],
        "meta": {
            "resourceType": "User", "location": format!("{BASE}/Users/7"), "version": "W/\"3\"",
            "created": "2026-11-22T09:30:00.000Z", "lastModified": "2026-11-22T09:30:00.123Z",
        },
    });
    assert_eq!(Value::Object(document), expected);
}

#[test]
fn debug_shows_nothing_about_people() {
    let resource = read(json!({"userName": "ada"})).unwrap().resource;
    assert_eq!(format!("{resource:?}"), "Resource(User, redacted)");
}

#[test]
fn the_primary_address_comes_first() {
    let body =
        json!({"userName": "a", "emails": [{"value": "b"}, {"value": "c", "primary": true}]});
    assert_eq!(read(body).unwrap().resource.emails(), ["c", "b"]);
}

#[test]
fn what_is_beyond_a_limit_says_where_it_stands() {
    let long = "x".repeat(70_000);
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    for (body, end) in [
        (
            json!({"userName": "a", "name": {"givenName": long}}),
            " at name.givenName",
        ),
        (
            json!({"emails": [{"value": "a"}, {"value": long}]}),
            " at emails[2].value",
        ),
        (json!({"userName": "a", "nickName": long}), " at nickName"),
    ] {
        let (_, detail) = refused(body);
        assert_eq!(
            detail,
            format!("expected texts of at most 65536 bytes, found others{end}")
        );
    }
    let (_, detail) = refused(json!({"userName": "a", "photos": deep}));
    let expected = "expected JSON of at most 32 levels, found others at photos[1][1]";
    assert!(detail.starts_with(expected), "{detail}");
}
