//! A value means the same when it is read again.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::extension_tests::with_badge;
use crate::scim::Draft;
use crate::scim::ResourceKind;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Reading what was stored changes nothing, whatever was sent and in whatever case.
    #[test]
    fn what_a_value_means_means_the_same_again(value in any_value()) {
        let schemas = with_badge();
        for kind in ResourceKind::ALL {
            let of = schemas.resource_type(kind);
            let extended = of.extensions().iter().flat_map(|schema| schema.attributes());
            for attribute in of.attributes().chain(extended) {
                for read in [super::value, super::element] {
                    let Ok(once) = read(attribute, value.clone()) else {
                        continue;
                    };
                    prop_assert_eq!(read(attribute, once.clone()), Ok(once), "{}", attribute.name);
                }
                let body = json!({"userName": "a", "displayName": "a", attribute.name.clone(): value});
                if let Ok(draft) = Draft::read(body, of) {
                    let stored = Value::Object(draft.resource.attributes().clone());
                    let again = Draft::read(stored, of).unwrap();
                    prop_assert_eq!(again.resource.attributes(), draft.resource.attributes());
                    prop_assert!(again.overlooked.is_empty());
                }
            }
        }
    }
}

/// Parts whose names differ by more than their case, as every request has them.
fn each_once(parts: BTreeMap<String, Value>) -> Map<String, Value> {
    let mut seen = BTreeSet::new();
    let new = |(name, _): &(String, Value)| seen.insert(name.to_ascii_lowercase());
    parts.into_iter().filter(new).collect()
}

/// Any value: texts with JSON in them, and names in any case.
fn any_value() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        " ",
        "a",
        "True",
        "FALSE",
        "{}",
        "[]",
        "{",
        " {\"Value\":\"x\"}",
        "[{\"a\":1}]",
        "[\"{}\"]",
        "[{\"value\":\"q\"}]",
        "{\"value\":\"Admin\",\"displayName\":\"Q\"}",
        "{\"value\":[\"Admin\"],\"display\":\"Q\"}",
        "{\"value\":{\"value\":\"{\\\"value\\\":\\\"x\\\"}\"}}",
        "{\"value\":1,\"Value\":2}",
    ];
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        (0..3).prop_map(|value| json!(value)),
        prop::sample::select(texts.to_vec()).prop_map(|text| json!(text)),
    ];
    let name = "(value|VALUE|vaLue|type|Primary|display|displayName|DISPLAYNAME|id|\\$ref|keys|givenName|x)";
    leaf.prop_recursive(4, 16, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            inner.clone().prop_map(|value| json!(value.to_string())),
            prop::collection::btree_map(name, inner, 0..3)
                .prop_map(|parts| Value::Object(each_once(parts))),
        ]
    })
}
