//! The requests of Entra ID and their meaning in RFC 7644. This is the one place that knows the difference: everything
//! that comes out of here follows the RFC, and a request that did so before is left as it was. So there is no switch.

mod boolean;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

pub(super) use self::boolean::boolean;
use super::ScimError;
use super::filter::Comparison;
use super::filter::Literal;
use super::filter::Node;
use super::filter::Operator;
use super::json;
use super::path::AttributePath;
use super::schema::Attribute;
use super::schema::AttributeType;

/// The one meaning of a value for an attribute, wherever the value comes from. What comes out of here comes out again as
/// it is: reading what was stored changes nothing.
///
/// - Parts have the names of the schema, in whatever case they were sent. Names that it does not have stay.
/// - `"True"` and `"False"` are booleans, where the attribute is.
/// - `""` clears the attribute as null does.
/// - An object or an array may be a JSON text inside a string (`roles`).
/// - `manager` may be a text, and `{}` clears it.
/// - A value that is simple may stand in an object, as `{"value": "a"}`.
/// - One value may stand in an array although the attribute has one value, and without it although it has several.
pub(super) fn value(attribute: &Attribute, value: Value) -> Result<Value, ScimError> {
    if !attribute.multi_valued {
        return element(attribute, value);
    }
    let elements = match unpacked(attribute, value)? {
        Value::Array(elements) => elements,
        value => match one(attribute, value)? {
            Value::Null => return Ok(Value::Null),
            value => return Ok(Value::Array(vec![value])),
        },
    };
    let mut values = Vec::with_capacity(elements.len());
    for element in elements {
        let is_text = element.is_string();
        match unpacked(attribute, element)? {
            // Several values may stand in one text.
            Value::Array(packed) if is_text => {
                for value in packed {
                    values.push(one(attribute, value)?);
                }
            }
            value => values.push(one(attribute, value)?),
        }
    }
    Ok(Value::Array(values))
}

/// One value of an attribute that may have several, where one is asked for: it may stand in an array.
pub(super) fn element(attribute: &Attribute, value: Value) -> Result<Value, ScimError> {
    match one(attribute, value)? {
        Value::Array(mut elements) if elements.len() < 2 => {
            element(attribute, elements.pop().unwrap_or_default())
        }
        value => Ok(value),
    }
}

fn one(attribute: &Attribute, value: Value) -> Result<Value, ScimError> {
    match attribute.kind {
        AttributeType::Complex => complex(attribute, value),
        _ => Ok(simple(attribute, value)),
    }
}

fn complex(attribute: &Attribute, value: Value) -> Result<Value, ScimError> {
    Ok(match unpacked(attribute, value)? {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) if attribute.sub_attribute("value").is_some() => {
            json!({ "value": text })
        }
        Value::Object(parts) if parts.is_empty() && attribute.name == "manager" => Value::Null,
        Value::Object(parts) => {
            let parts = spelled(attribute, parts);
            let parts = match attribute.name.as_str() {
                "roles" => app_role(attribute, parts)?,
                _ => parts,
            };
            let parts = parts
                .into_iter()
                .map(|(name, value)| part(attribute, name, value));
            Value::Object(parts.collect::<Result<_, ScimError>>()?)
        }
        value => value,
    })
}

fn part(attribute: &Attribute, name: String, value: Value) -> Result<(String, Value), ScimError> {
    let value = match attribute.sub_attribute(&name) {
        Some(part) => self::value(part, value)?,
        None => value,
    };
    Ok((name, value))
}

fn simple(attribute: &Attribute, mut value: Value) -> Value {
    while let Some(inner) = wrapped(&mut value) {
        value = inner;
    }
    match value {
        Value::String(text) if text.is_empty() => Value::Null,
        value => boolean(attribute, value),
    }
}

/// The value in `{"value": "a"}`, which may have company: an attribute with simple values has no place for more.
fn wrapped(value: &mut Value) -> Option<Value> {
    json::take(value.as_object_mut()?, "value")
}

/// The names beside `value` that no value has, where a value that is simple stands in an object.
pub(super) fn company(value: &Value) -> Vec<&str> {
    const KNOWN: [&str; 5] = ["value", "display", "type", "primary", "$ref"];
    let is = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
    match value {
        Value::Array(elements) => elements.iter().flat_map(company).collect(),
        Value::Object(parts) if parts.keys().any(|name| is(name, "value")) => {
            let names = parts.keys().map(String::as_str);
            let unknown = names.filter(|name| !KNOWN.iter().any(|known| is(name, known)));
            unknown.collect()
        }
        _ => Vec::new(),
    }
}

/// The parts under the names that the schema has for them.
fn spelled(attribute: &Attribute, parts: Map<String, Value>) -> Map<String, Value> {
    let spelled = |(name, value): (String, Value)| match attribute.sub_attribute(&name) {
        Some(part) => (part.name.clone(), value),
        None => (name, value),
    };
    parts.into_iter().map(spelled).collect()
}

/// A JSON text inside a string, where an object or an array of them belongs.
fn unpacked(attribute: &Attribute, value: Value) -> Result<Value, ScimError> {
    let text = value.as_str().unwrap_or_default();
    if attribute.kind == AttributeType::Complex && text.trim_start().starts_with(['{', '[']) {
        return Ok(packed(attribute, text)?.unwrap_or(value));
    }
    Ok(value)
}

/// The JSON in a text, if it is any. A name that is there twice is an error: nobody can say which counts.
fn packed(attribute: &Attribute, text: &str) -> Result<Option<Value>, ScimError> {
    json::inner(text.as_bytes()).map_err(|twice| {
        let expected =
            format!("each name once in its JSON, in whatever case, found {twice:?} again");
        ScimError::value(&*attribute.name, expected)
    })
}

/// An app role, as `AppRoleAssignmentsComplex` and `SingleAppRoleAssignment` send it: its name is `displayName`, its `id`
/// is Entra's own, and all of it may be a JSON text in `value`.
fn app_role(
    attribute: &Attribute,
    mut parts: Map<String, Value>,
) -> Result<Map<String, Value>, ScimError> {
    unwrap_value(attribute, &mut parts)?;
    let text = parts.get("value").and_then(Value::as_str);
    let role = text.map(|text| packed_role(attribute, text)).transpose()?;
    if let Some(role) = role.flatten() {
        let mut role = app_role(attribute, role)?;
        for outweighed in ["type", "primary"] {
            if parts.contains_key(outweighed) {
                role.remove(outweighed);
            }
        }
        parts.extend(role);
    }
    json::take(&mut parts, "id");
    if let Some(name) = json::take(&mut parts, "displayName") {
        parts.entry("display").or_insert(name);
    }
    Ok(parts)
}

/// Takes `value` out of what it may stand in: only then can be seen that it is a packed role.
fn unwrap_value(attribute: &Attribute, parts: &mut Map<String, Value>) -> Result<(), ScimError> {
    if let (Some(value), Some(part)) = (parts.get_mut("value"), attribute.sub_attribute("value")) {
        *value = self::value(part, value.take())?;
    }
    Ok(())
}

/// The role in a text, one level deep and no more: what is unpacked must not be unpacked again when it is read again.
fn packed_role(attribute: &Attribute, text: &str) -> Result<Option<Map<String, Value>>, ScimError> {
    let is_packed = |text: &str| text.trim_start().starts_with('{');
    if !is_packed(text) {
        return Ok(None);
    }
    let Some(Value::Object(role)) = packed(attribute, text)? else {
        return Ok(None);
    };
    let mut role = spelled(attribute, role);
    unwrap_value(attribute, &mut role)?;
    let value = role.get("value").and_then(Value::as_str);
    let is_role = value.is_some_and(|value| !is_packed(value));
    Ok(is_role.then_some(role))
}

/// The parts to write where the `value` of a role is written and is a JSON text of the role, as in
/// `roles[primary eq "True"].value`; `value` comes last, since a filter may be about it.
pub(super) fn role_parts(
    path: &AttributePath,
    value: &Value,
) -> Result<Option<Vec<(AttributePath, Value)>>, ScimError> {
    let attribute = path.attribute();
    let part = path.sub_attribute().filter(|part| part.name == "value");
    let Some(part) = part.filter(|_| attribute.name == "roles") else {
        return Ok(None);
    };
    let value = self::value(part, value.clone())?;
    let Some(role) = packed_role(attribute, value.as_str().unwrap_or_default())? else {
        return Ok(None);
    };
    let parts = app_role(attribute, role)?.into_iter();
    let parts = parts.filter_map(|(name, value)| Some((path.sub(&name)?, value)));
    let mut parts: Vec<_> = parts.collect();
    parts.sort_by_key(|(part, _)| part.leaf().name == "value");
    Ok(Some(parts))
}

/// True for a value that names nothing: `{}`, alone or in an array, or parts alone that the attribute does not have. It changes
/// nothing.
pub(super) fn names_nothing(attribute: &Attribute, value: &Value) -> bool {
    match value {
        Value::Array(elements) => {
            let mut all = elements.iter();
            let nothing = |value: &Value| value.is_object() && names_nothing(attribute, value);
            !elements.is_empty() && all.all(nothing)
        }
        Value::Object(parts) if attribute.kind == AttributeType::Complex => {
            let mut names = parts.keys();
            names.all(|name| attribute.sub_attribute(name).is_none())
        }
        _ => false,
    }
}

/// The value of an attribute that was cleared: a user whose `active` goes away is not active. `None` for nothing.
pub(super) fn cleared(path: &AttributePath) -> Option<Value> {
    path.is_of("active").then_some(Value::Bool(false))
}

/// The name of an operation: Entra writes it with a capital.
pub(super) fn operation(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// The members that `Remove` with a value names: `{"op": "Remove", "path": "members", "value": [{"value": "id"}]}`. RFC
/// 7644 gives such a value no meaning, and a server that overlooks it removes all. `None` where there is no value.
pub(super) fn named(attribute: &Attribute, value: Value) -> Result<Option<Vec<Value>>, ScimError> {
    if value.is_null() || value == json!("") {
        return Ok(None);
    }
    let mut named = match self::value(attribute, value)? {
        Value::Array(elements) => elements,
        _ => Vec::new(),
    };
    // An empty object names nothing, so nothing goes.
    named.retain(|value| !names_nothing(attribute, value));
    Ok(Some(named))
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
            path,
            operator: Operator::Eq,
            literal,
        }) => {
            let name = path.sub_attribute()?.name.clone();
            Some(Map::from_iter([(name, as_written(literal)?)]))
        }
        _ => None,
    }
}

/// The value that a filter describes of an attribute whose values are simple: `tags[value eq "7"]` is `"7"`.
pub(super) fn described_simple(filter: &Node) -> Option<Value> {
    match filter {
        Node::Compare(Comparison {
            path,
            operator: Operator::Eq,
            literal,
        }) if path.sub_attribute().is_none() => as_written(literal),
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
mod extension_tests;
#[cfg(test)]
mod packed_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod role_tests;
#[cfg(test)]
mod tests;
