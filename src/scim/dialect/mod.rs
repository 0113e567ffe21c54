//! What Entra ID sends, and what it means in RFC 7644. This is the one place that knows the difference: whatever comes
//! out of here follows the RFC, and what did so before is left as it was. So there is no switch.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::filter::Comparison;
use super::filter::Literal;
use super::filter::Node;
use super::filter::Operator;
use super::path::AttributePath;
use super::schema::Attribute;
use super::schema::AttributeType;
use super::schema::ResourceType;
use super::schema::Schema;

/// What a value means for an attribute.
///
/// - `"True"` and `"False"` are booleans, where the attribute is.
/// - `""` and `{}` clear the attribute as null does.
/// - An object may be a JSON text inside a string (`roles`).
/// - `manager` may be a text, or stand in an array.
/// - One value of a multi-valued attribute may stand without its array.
pub(super) fn value(attribute: &Attribute, value: Value) -> Value {
    let value = unpacked(attribute, value);
    match (attribute.multi_valued, attribute.kind, value) {
        (true, _, Value::Array(elements)) => elements
            .into_iter()
            .map(|value| element(attribute, value))
            .collect(),
        (true, _, value) => match element(attribute, value) {
            Value::Null => Value::Null,
            value => Value::Array(vec![value]),
        },
        (false, AttributeType::Complex, Value::Array(mut elements)) if elements.len() < 2 => {
            element(attribute, elements.pop().unwrap_or_default())
        }
        (false, _, value) => element(attribute, value),
    }
}

/// What one value of an attribute means.
pub(super) fn element(attribute: &Attribute, value: Value) -> Value {
    let value = unpacked(attribute, value);
    match (attribute.kind, value) {
        (_, Value::String(text)) if text.is_empty() => Value::Null,
        (AttributeType::Complex, Value::Object(parts)) if parts.is_empty() => Value::Null,
        (AttributeType::Complex, Value::Object(parts)) => {
            let parts = app_role(attribute, parts);
            let parts = parts
                .into_iter()
                .map(|(name, value)| part(attribute, name, value));
            Value::Object(parts.collect())
        }
        (AttributeType::Complex, Value::String(text)) => {
            match attribute.sub_attribute("value").is_some() {
                true => json!({ "value": text }),
                false => Value::String(text),
            }
        }
        (_, value) => boolean(attribute, value),
    }
}

fn part(attribute: &Attribute, name: String, value: Value) -> (String, Value) {
    let value = match attribute.sub_attribute(&name) {
        Some(part) => self::value(part, value),
        None => value,
    };
    (name, value)
}

/// `"True"` and `"False"` where a boolean belongs, in filters too.
pub(super) fn boolean(attribute: &Attribute, value: Value) -> Value {
    match (attribute.kind, value.as_str()) {
        (AttributeType::Boolean, Some(text)) if text.eq_ignore_ascii_case("true") => json!(true),
        (AttributeType::Boolean, Some(text)) if text.eq_ignore_ascii_case("false") => json!(false),
        _ => value,
    }
}

/// A JSON text inside a string, where an object or an array of them belongs.
fn unpacked(attribute: &Attribute, value: Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    if attribute.kind == AttributeType::Complex && text.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(text).unwrap_or(value);
    }
    value
}

/// `AppRoleAssignmentsComplex` puts a JSON text of the role into `value`, with its name as `displayName`.
fn app_role(attribute: &Attribute, parts: Map<String, Value>) -> Map<String, Value> {
    let packed = parts
        .get("value")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if attribute.name != "roles" || !packed.starts_with('{') {
        return parts;
    }
    let Ok(Value::Object(role)) = serde_json::from_str(packed) else {
        return parts;
    };
    // One level, no more: what is unpacked must not be unpacked again when it is read again.
    let inner = role.get("value").and_then(Value::as_str);
    if inner.is_none_or(|inner| inner.starts_with('{')) {
        return parts;
    }
    let mut unpacked = parts;
    for (from, to) in [("value", "value"), ("displayName", "display")] {
        if let Some(value) = role.get(from).filter(|value| value.is_string()) {
            unpacked.insert(to.to_owned(), value.clone());
        }
    }
    unpacked
}

/// An attribute of an extension that a filter names without its URN, as Entra does when it asks whether somebody is the
/// manager already: `id eq "…" and manager eq "…"`.
pub(super) fn without_urn(name: &str, of: &ResourceType) -> Option<AttributePath> {
    let qualified = |schema: &Schema| AttributePath::parse(&format!("{}:{name}", schema.id()), of);
    of.extensions().iter().find_map(qualified)
}

/// The name of an operation: Entra writes it with a capital.
pub(super) fn operation(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// The members that `Remove` with a value names: `{"op": "Remove", "path": "members", "value": [{"value": "id"}]}`. RFC
/// 7644 gives such a value no meaning, and a server that overlooks it removes all. `None` where there is no value.
pub(super) fn named(attribute: &Attribute, value: Value) -> Option<Vec<Value>> {
    if value.is_null() || value == json!("") {
        return None;
    }
    match self::value(attribute, value) {
        Value::Array(elements) => Some(elements),
        // An empty object names nothing, so nothing goes.
        _ => Some(Vec::new()),
    }
}

/// The value that a filter describes, where it does nothing but equate: `emails[type eq "work"]` is an address with the
/// type `work`. Entra writes to such a path before there is any such value, and expects it to be made.
pub(super) fn described(filter: &Node) -> Option<Map<String, Value>> {
    match filter {
        Node::And(nodes) => nodes.iter().try_fold(Map::new(), |mut parts, node| {
            parts.extend(described(node)?);
            Some(parts)
        }),
        Node::Compare(Comparison {
            path: Some(path),
            operator: Operator::Eq,
            literal,
        }) => {
            let name = path.sub_attribute()?.name.clone();
            Some(Map::from_iter([(name, as_written(literal)?)]))
        }
        _ => None,
    }
}

fn as_written(literal: &Literal) -> Option<Value> {
    match literal {
        Literal::Exact(text) => Some(json!(text)),
        Literal::Folded { written, .. } => Some(json!(written)),
        Literal::Boolean(value) => Some(json!(value)),
        Literal::Number(value) => Some(json!(value)),
        Literal::Null | Literal::Instant(_) => None,
    }
}

#[cfg(test)]
mod tests;
