//! Filters: whatever parses can be evaluated, and what a store's indexes answer with what is left says the same.

use entrada::scim::Filter;
use entrada::scim::Indexed;
use entrada::scim::Operator;
use entrada::scim::ResourceKind;
use entrada::scim::Schemas;
use entrada::scim::Term;
use entrada::scim::TermValue;
use entrada::scim::fold;
use entrada::scim::user_name_key;
use jiff::Timestamp;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// Reads the bytes as a filter of users and of groups.
pub fn scim_filter(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let schemas = Schemas::standard();
    let all = ResourceKind::ALL.map(|kind| schemas.resource_type(kind));
    for of in all {
        let Ok(filter) = Filter::parse_among(text, of, &all) else {
            assert!(Filter::parse(text, of).is_err(), "{text}");
            continue;
        };
        if let Ok(alone) = Filter::parse(text, of) {
            assert_eq!(alone, filter, "{text}");
        }
        let plan = filter.plan();
        for document in documents() {
            let by_terms = plan.terms.iter().all(|term| holds(term, &document));
            let left = plan.left.as_ref();
            let by_plan = by_terms && left.is_none_or(|left| left.matches(&document));
            assert_eq!(filter.matches(&document), by_plan, "{text}");
        }
    }
}

/// The answer of a store, on the plain reading of a term.
fn holds(term: &Term, document: &Map<String, Value>) -> bool {
    values(term.attribute, document)
        .into_iter()
        .any(|value| match (&term.value, value) {
            (TermValue::Text(wanted), Value::String(found)) => {
                let exact = matches!(
                    term.attribute,
                    Indexed::Id | Indexed::ExternalId | Indexed::Member | Indexed::Group
                );
                let found = match term.attribute {
                    _ if exact => found.clone(),
                    Indexed::UserName => user_name_key(found),
                    _ => fold(found),
                };
                match term.operator {
                    Operator::Eq => found == *wanted,
                    Operator::Sw => found.starts_with(wanted.as_str()),
                    other => panic!("{other:?} is no lookup of texts"),
                }
            }
            (TermValue::Boolean(wanted), value) => {
                assert_eq!(term.operator, Operator::Eq);
                value == &json!(wanted)
            }
            (TermValue::Instant(wanted), Value::String(found)) => {
                let found: Timestamp = found.parse().expect("our own documents have times");
                match term.operator {
                    Operator::Eq => found == *wanted,
                    Operator::Gt => found > *wanted,
                    Operator::Ge => found >= *wanted,
                    Operator::Lt => found < *wanted,
                    Operator::Le => found <= *wanted,
                    other => panic!("{other:?} is no lookup of times"),
                }
            }
            _ => false,
        })
}

fn values<'a>(attribute: Indexed, document: &'a Map<String, Value>) -> Vec<&'a Value> {
    let (name, part) = match attribute {
        Indexed::Id => ("id", None),
        Indexed::ExternalId => ("externalId", None),
        Indexed::UserName => ("userName", None),
        Indexed::DisplayName => ("displayName", None),
        Indexed::Active => ("active", None),
        Indexed::Email => ("emails", Some("value")),
        Indexed::Member => ("members", Some("value")),
        Indexed::Group => ("groups", Some("value")),
        Indexed::Created => ("meta", Some("created")),
        Indexed::LastModified => ("meta", Some("lastModified")),
    };
    let elements = match document.get(name) {
        Some(Value::Array(elements)) => elements.iter().collect(),
        other => Vec::from_iter(other),
    };
    let of = |element: &'a Value| match part {
        Some(part) => element.get(part),
        None => Some(element),
    };
    elements.into_iter().filter_map(of).collect()
}

fn documents() -> [Map<String, Value>; 3] {
    let full = json!({
        "id": "7", "externalId": "E", "userName": "Ada@example.com", "displayName": "Ada", "active": true,
        "name": {"givenName": "Ada", "familyName": "King"}, "title": "",
        "emails": [{"type": "work", "value": "a", "primary": true}, {"type": "home", "value": "H"}],
        "groups": [{"value": "g", "type": "direct"}],
        "members": [{"value": "7", "type": "User"}, {"value": "g", "type": "Group"}],
        "meta": {"created": "2026-11-22T09:30:00.000Z", "lastModified": "2026-11-23T09:30:00.000Z"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R", "manager": {"value": "8"}},
    });
    let bare = json!({"id": "8", "userName": "b", "active": false});
    [full, bare, json!({})].map(|document| match document {
        Value::Object(document) => document,
        _ => Map::new(),
    })
}
