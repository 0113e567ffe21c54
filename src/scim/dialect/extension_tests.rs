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

#[test]
fn several_values_of_a_part_behind_a_filter() {
    let before = json!({"doors": [{"value": "p", "keys": ["t"]}, {"value": "q", "keys": ["u"]}]});
    let all = |keys: Value| json!([{"value": "p", "keys": keys}, {"value": "q", "keys": ["u"]}]);
    let of_p = "doors[value eq \"p\"].keys";
    for (op, value, keys) in [
        ("Add", json!([{"value": "t2"}]), json!(["t", "t2"])),
        ("Add", json!("c"), json!(["t", "c"])),
        ("Add", json!({"value": "c"}), json!(["t", "c"])),
        ("Add", json!(["a", "b", "t"]), json!(["t", "a", "b"])),
        ("Add", json!([]), json!(["t"])),
        ("Replace", json!(["x"]), json!(["x"])),
        ("Replace", json!("x"), json!(["x"])),
        ("Replace", json!([{"value": "x"}, "y"]), json!(["x", "y"])),
        ("Remove", json!([{"value": "z"}]), json!(["t"])),
    ] {
        for path in [of_p.to_owned(), format!("{BADGE}:{of_p}")] {
            let operation = json!({"op": op, "path": path, "value": value});
            let found = badge_after(before.clone(), operation.clone());
            assert_eq!(found["doors"], all(keys.clone()), "{operation}");
            if op != "Remove" {
                let operation = json!({"op": op, "value": {path: value}});
                let found = badge_after(before.clone(), operation.clone());
                assert_eq!(found["doors"], all(keys.clone()), "{operation}");
            }
        }
    }
    let without = json!([{"value": "p"}, {"value": "q", "keys": ["u"]}]);
    for value in [
        json!([{"value": "t"}]),
        json!("t"),
        json!(["t"]),
        json!(null),
    ] {
        let operation = json!({"op": "Remove", "path": of_p, "value": value});
        assert_eq!(
            badge_after(before.clone(), operation.clone())["doors"],
            without,
            "{operation}"
        );
    }
    let more = json!({"doors": [{"value": "p", "keys": ["t", "s"]}]});
    for (path, value) in [
        (of_p, json!([{"value": "t"}])),
        ("doors[keys eq \"s\"].keys", json!(["t"])),
        ("doors.keys", json!("t")),
    ] {
        let operation = json!({"op": "Remove", "path": path, "value": value});
        let found = badge_after(more.clone(), operation.clone());
        assert_eq!(
            found["doors"],
            json!([{"value": "p", "keys": ["s"]}]),
            "{operation}"
        );
    }
    // If no value meets the filter, one is made, and a removal has nothing to do.
    let code = json!({"code": "c"});
    for (op, value) in [("Add", json!("a")), ("Replace", json!([{"value": "a"}]))] {
        let found = badge_after(
            code.clone(),
            json!({"op": op, "path": of_p, "value": value}),
        );
        assert_eq!(
            found["doors"],
            json!([{"value": "p", "keys": ["a"]}]),
            "{op}"
        );
    }
    let found = badge_after(
        code.clone(),
        json!({"op": "Remove", "path": of_p, "value": ["a"]}),
    );
    assert_eq!(found, code);
}

#[test]
fn a_known_name_that_cannot_be_read_is_an_error_and_an_unknown_one_is_overlooked() {
    let schemas = with_badge();
    let user = schemas.resource_type(ResourceKind::User);
    let patch = |operation: Value| {
        PatchRequest::parse(
            json!({"schemas": [PATCH_OP], "Operations": [operation]}),
            user,
        )
    };
    for name in [
        "emails[type eq 'work'].value",
        "emails[type eq \"work\".value",
        "emails[type = \"work\"].value",
        "emails[type eq \"work\"]value",
        "emails.[type eq \"work\"].value",
        "emails[].value",
        "name[type eq \"work\"].givenName",
        "name..givenName",
        "name.given.Name",
        "userName/x",
        ".userName",
        "tags[value eq 'x']",
        &format!("{ENTERPRISE}/department"),
        &format!("{ENTERPRISE}..department"),
        &format!("{ENTERPRISE}::department"),
        &format!("{ENTERPRISE} department"),
        &format!("{ENTERPRISE}:manager..value"),
        &format!("{BADGE}:doors[value eq 'x'].keys"),
        &format!("emails[value eq \"{}\"].type", "x".repeat(5000)),
    ] {
        let errors = [
            patch(json!({"op": "Replace", "path": name, "value": "x"})).err(),
            patch(json!({"op": "Replace", "value": {name: "x", "title": "T2"}})).err(),
            Draft::read(json!({"userName": "a", name: "x"}), user).err(),
        ];
        for error in errors {
            let error = error.unwrap_or_else(|| panic!("{name}"));
            assert_eq!(error.scim_type(), Some("invalidPath"), "{name}: {error}");
        }
    }
    let error = patch(json!({"op": "Add", "value": {"emails[type eq 'work'].value": "x"}})).err();
    assert_eq!(
        error.unwrap().to_string(),
        "operation 1 (add, no path): path, character 16: expected a text in double quotes, as in userName eq \"ada\", \
         in the name \"emails[type eq 'work'].value\""
    );
    let within = json!({"userName": "a", BADGE: {"doors[value eq 'x'].keys": "k"}});
    assert_eq!(
        Draft::read(within, user).err().unwrap().scim_type(),
        Some("invalidPath")
    );
    for name in [
        "shoe size",
        "1st",
        "shoe/size",
        "shoe.size.x",
        "@odata.type",
        "/userName",
        "shoe[size eq 'x",
        "shoe[a b].c d",
        "größe",
        "$schema",
        &format!("{ENTERPRISE}:shoe size"),
        &format!("{ENTERPRISE}:1st"),
        "urn:example:other:User:shoe size",
        &"x".repeat(5000),
    ] {
        for op in ["Add", "Replace", "Remove"] {
            let read = patch(json!({"op": op, "path": name, "value": "x"}));
            let read = read.unwrap_or_else(|error| panic!("{op} {name}: {error}"));
            assert_eq!(read.overlooked().len(), 1, "{op} {name}");
        }
        let keyed = patch(json!({"op": "Replace", "value": {name: "x", "title": "T"}}))
            .ok()
            .unwrap();
        assert_eq!(keyed.overlooked().len(), 1, "{name}");
        let posted = Draft::read(json!({"userName": "a", name: "x"}), user)
            .ok()
            .unwrap();
        assert_eq!(posted.overlooked.len(), 1, "{name}");
    }
}

#[test]
fn a_simple_value_behind_a_filter_is_made_and_its_company_is_overlooked() {
    let before = json!({"tags": ["1"], "floors": [1]});
    for (operation, name, expected) in [
        (
            json!({"op": "Add", "path": "tags[value eq \"7\"]", "value": "7"}),
            "tags",
            json!(["1", "7"]),
        ),
        (
            json!({"op": "Add", "path": "tags[value eq \"7\"]", "value": {"value": "7"}}),
            "tags",
            json!(["1", "7"]),
        ),
        (
            json!({"op": "Add", "path": "tags[value eq \"7\"].value", "value": ["7"]}),
            "tags",
            json!(["1", "7"]),
        ),
        (
            json!({"op": "Add", "path": "tags[value eq \"1\"]", "value": "1"}),
            "tags",
            json!(["1"]),
        ),
        (
            json!({"op": "Add", "path": "floors[value eq 7]", "value": 7}),
            "floors",
            json!([1, 7]),
        ),
        (
            json!({"op": "Remove", "path": "tags[value eq \"7\"]"}),
            "tags",
            json!(["1"]),
        ),
    ] {
        let found = badge_after(before.clone(), operation.clone());
        assert_eq!(found[name], expected, "{operation}");
    }
    let schemas = with_badge();
    let user = schemas.resource_type(ResourceKind::User);
    let value = json!([{"value": "m2", "foo": "D", "display": "E"}]);
    let found = badge_after(before, json!({"op": "Add", "path": "tags", "value": value}));
    assert_eq!(found["tags"], json!(["1", "m2"]));
    let posted = Draft::read(json!({"userName": "a", BADGE: {"tags": value}}), user)
        .ok()
        .unwrap();
    assert_eq!(posted.resource.attributes()[BADGE]["tags"], json!(["m2"]));
    assert_eq!(posted.overlooked, [format!("{BADGE}:tags.foo")]);
}
