use serde_json::Value;
use serde_json::json;

use super::*;

fn declared(patch: Value) -> Result<Schemas, ExtensionError> {
    let mut declaration = json!({
        "id": "urn:example:params:scim:schemas:badge:1.0:User", "name": "Badge", "resource": "User",
        "attributes": [{"name": "number", "type": "integer"}],
    });
    for (name, value) in patch.as_object().unwrap() {
        declaration[name] = value.clone();
    }
    let declaration: ExtensionDeclaration = serde_json::from_value(declaration).unwrap();
    Schemas::with_extensions(&[declaration])
}

#[test]
fn an_extension_is_declared_with_the_defaults_of_the_standard() {
    let schemas = declared(json!({})).unwrap();
    let user = schemas.resource_type(ResourceKind::User);
    let badge = user
        .extension("URN:example:params:scim:schemas:BADGE:1.0:User")
        .unwrap();
    let number = badge.attribute("NUMBER").unwrap();
    assert_eq!(number.kind, AttributeType::Integer);
    assert_eq!(number.mutability, Mutability::ReadWrite);
    assert_eq!(number.returned, Returned::Default);
    assert!(!number.required && !number.case_exact && !number.multi_valued);
    assert!(
        schemas
            .resource_type(ResourceKind::Group)
            .extensions()
            .is_empty()
    );
}

#[test]
fn a_declaration_that_could_mean_two_things_is_refused() {
    let attribute = |patch: Value| {
        let mut attribute = json!({"name": "number"});
        for (name, value) in patch.as_object().unwrap() {
            attribute[name] = value.clone();
        }
        json!({ "attributes": [attribute] })
    };
    let parts = json!([{"name": "a"}, {"name": "b"}]);
    let many: Vec<Value> = (0..201).map(|n| json!({"name": format!("a{n}")})).collect();
    for (patch, expected) in [
        (json!({"id": "https://example.com/badge"}), "is no URN"),
        (json!({"id": "urn:"}), "is no URN"),
        (json!({"id": "urn:x"}), "is no URN"),
        (json!({"id": "urn:a:b:"}), "is no URN"),
        (json!({"id": "urn:a b:c"}), "is no URN"),
        (
            json!({"id": format!("urn:a:{}", "b".repeat(255))}),
            "is no URN",
        ),
        (json!({"id": USER}), "of another schema"),
        (
            json!({"id": ENTERPRISE_USER.to_uppercase().replace("URN:", "urn:")}),
            "of another schema",
        ),
        (json!({"id": format!("{USER}:more")}), "of another schema"),
        (
            json!({"id": "urn:ietf:params:scim:schemas:core"}),
            "of another schema",
        ),
        (json!({"attributes": []}), "expected 1 to"),
        (json!({"attributes": many}), "expected 1 to"),
        (
            json!({"attributes": [{"name": "a"}, {"name": "A"}]}),
            "two attributes",
        ),
        (attribute(json!({"name": "1st"})), "is no name"),
        (attribute(json!({"name": "a.b"})), "is no name"),
        (attribute(json!({"name": "a b"})), "is no name"),
        (attribute(json!({"name": "a".repeat(65)})), "is no name"),
        (
            attribute(json!({"canonicalValues": ["a".repeat(65)]})),
            "is no name",
        ),
        (
            attribute(json!({"mutability": "writeOnly"})),
            "is writeOnly",
        ),
        (
            attribute(json!({"type": "complex"})),
            "expected sub-attributes",
        ),
        (
            attribute(json!({"subAttributes": parts})),
            "expected sub-attributes",
        ),
        (
            attribute(
                json!({"type": "complex", "subAttributes": [{"name": "c", "type": "complex", "subAttributes": parts}]}),
            ),
            "expected sub-attributes",
        ),
    ] {
        let error = declared(patch.clone()).err();
        let error = error.unwrap_or_else(|| panic!("{patch}"));
        assert!(error.to_string().contains(expected), "{patch}: {error}");
    }
    let complex = attribute(json!({"type": "complex", "subAttributes": parts}));
    assert!(declared(complex).is_ok());
}

#[test]
fn a_declaration_with_an_unknown_word_is_refused() {
    let unknown =
        json!({"id": "urn:a:b", "name": "x", "resource": "User", "attributes": [], "unique": true});
    assert!(serde_json::from_value::<ExtensionDeclaration>(unknown).is_err());
}

#[test]
fn too_many_extensions_are_refused() {
    let one = |n: usize| {
        let declaration = json!({"id": format!("urn:a:b{n}"), "name": "x", "resource": "Group", "attributes": [{"name": "a"}]});
        serde_json::from_value::<ExtensionDeclaration>(declaration).unwrap()
    };
    let declarations: Vec<_> = (0..17).map(one).collect();
    assert!(Schemas::with_extensions(&declarations[..16]).is_ok());
    let error = Schemas::with_extensions(&declarations).err().unwrap();
    assert!(matches!(
        error,
        ExtensionError::Count {
            limit: 16,
            found: 17,
            ..
        }
    ));
}

#[test]
fn clients_read_every_characteristic() {
    let base = "https://app.example.com/scim/acme/v2";
    let schemas = Schemas::standard().to_json(base);
    let ids: Vec<_> = schemas
        .iter()
        .map(|schema| schema["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [USER, ENTERPRISE_USER, GROUP]);
    let attributes = schemas[0]["attributes"].as_array().unwrap();
    let user_name = attributes
        .iter()
        .find(|of| of["name"] == "userName")
        .unwrap();
    assert_eq!(user_name["type"], "string");
    assert_eq!(user_name["uniqueness"], "server");
    assert_eq!(user_name["mutability"], "readWrite");
    assert_eq!(user_name["required"], true);
    let emails = attributes.iter().find(|of| of["name"] == "emails").unwrap();
    assert_eq!(emails["multiValued"], true);
    assert_eq!(
        emails["subAttributes"][2]["canonicalValues"],
        json!(["work", "home", "other"])
    );
    let group = schemas[2]["attributes"].as_array().unwrap();
    assert_eq!(
        group[1]["subAttributes"][1]["referenceTypes"],
        json!(["User", "Group"])
    );
    assert_eq!(
        schemas[0]["meta"]["location"],
        format!("{base}/Schemas/{USER}")
    );
}

#[test]
fn resource_types_list_their_extensions() {
    let types = declared(json!({})).unwrap().resource_types("https://x/v2");
    assert_eq!(types[0]["endpoint"], "/Users");
    let extensions: Vec<_> = types[0]["schemaExtensions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["schema"].clone())
        .collect();
    assert_eq!(
        extensions,
        [
            json!(ENTERPRISE_USER),
            json!("urn:example:params:scim:schemas:badge:1.0:User")
        ]
    );
    assert_eq!(
        types[1]["meta"]["location"],
        "https://x/v2/ResourceTypes/Group"
    );
}

#[test]
fn the_configuration_tells_the_limits() {
    let limits = ServiceLimits {
        bulk_operations: 1000,
        bulk_bytes: 1_048_576,
        page: 200,
        default_page: 100,
    };
    let config = Schemas::standard().service_provider_config(&limits, "https://x/v2");
    assert_eq!(config["bulk"]["maxOperations"], 1000);
    assert_eq!(config["filter"]["maxResults"], 200);
    assert_eq!(config["pagination"]["maxPageSize"], 200);
    assert_eq!(config["pagination"].get("cursorTimeout"), None);
    assert_eq!(config["changePassword"]["supported"], false);
}

#[test]
fn external_id_is_listed_once_for_users_and_groups_and_id_is_not() {
    for schema in Schemas::standard().to_json("https://app.example.com") {
        let attributes = schema["attributes"].as_array().unwrap();
        let named = |name: &str| attributes.iter().filter(|of| of["name"] == name).count();
        let expected = usize::from(schema["id"] != ENTERPRISE_USER);
        assert_eq!(
            (named("externalId"), named("id")),
            (expected, 0),
            "{}",
            schema["id"]
        );
    }
}

#[test]
fn active_always_has_a_value_and_need_not_be_written() {
    let schemas = Schemas::standard();
    let user = schemas.resource_type(ResourceKind::User);
    let active = user.attribute("active").unwrap();
    assert!(active.has_default && !active.required);
    let json = &schemas.to_json("https://app.example.com")[0];
    let attributes = json["attributes"].as_array().unwrap();
    let required = attributes.iter().filter(|of| of["required"] == true);
    let required: Vec<_> = required.map(|of| of["name"].as_str().unwrap()).collect();
    assert_eq!(required, ["userName", "active"]);
}
