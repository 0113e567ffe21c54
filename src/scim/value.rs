//! Holding a value against its attribute (RFC 7643 §2.3): types, required sub-attributes, one primary, names spelled as
//! the schema spells them. What the dialect of a client needs was done before.

use std::collections::HashSet;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;
use serde_json::Map;
use serde_json::Value;

use super::ScimError;
use super::date_time;
use super::limits;
use super::schema::Attribute;
use super::schema::AttributeType;

/// The value that an attribute is assigned; `None` for null and for no values at all, which are the same
/// (RFC 7643 §2.5). `name` is the path of the attribute, for the error.
pub(super) fn assigned(
    attribute: &Attribute,
    name: &str,
    value: Value,
) -> Result<Option<Value>, ScimError> {
    if !attribute.multi_valued {
        return element(attribute, name, value);
    }
    let elements = match value {
        Value::Null => return Ok(None),
        Value::Array(elements) => elements,
        _ => return Err(ScimError::value(name, "an array")),
    };
    if elements.len() > limits::VALUES {
        return Err(ScimError::value(name, "at most 200 values"));
    }
    let mut kept: Vec<Value> = Vec::with_capacity(elements.len());
    for value in elements {
        kept.extend(element(attribute, name, value)?);
    }
    let kept = distinct(kept);
    check_primary(name, &kept)?;
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

/// One value of an attribute, multi-valued or not.
pub(super) fn element(
    attribute: &Attribute,
    name: &str,
    value: Value,
) -> Result<Option<Value>, ScimError> {
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (AttributeType::Complex, Value::Object(parts)) => complex(attribute, name, parts),
        (kind, value) => match simple(kind, &value) {
            None => Ok(Some(value)),
            Some(expected) => Err(ScimError::value(name, expected)),
        },
    }
}

/// Puts names in the schema's spelling, and leaves out those that clients do not write or no schema has.
fn complex(
    attribute: &Attribute,
    name: &str,
    parts: Map<String, Value>,
) -> Result<Option<Value>, ScimError> {
    let mut kept = Map::new();
    for (key, value) in parts {
        let part = attribute.sub_attribute(&key);
        let Some(part) = part.filter(|part| part.is_written_by_clients()) else {
            continue;
        };
        let name = format!("{name}.{}", part.name);
        if let Some(value) = assigned(part, &name, value)? {
            kept.insert(part.name.clone(), value);
        }
    }
    check_required(attribute, name, &kept)?;
    Ok((!kept.is_empty()).then_some(Value::Object(kept)))
}

/// A complex value that is there at all has its required parts.
fn check_required(
    attribute: &Attribute,
    name: &str,
    parts: &Map<String, Value>,
) -> Result<(), ScimError> {
    let mut required = attribute.sub_attributes.iter().filter(|part| part.required);
    match required.find(|part| !parts.contains_key(&part.name)) {
        Some(part) if !parts.is_empty() => Err(ScimError::value(
            format!("{name}.{}", part.name),
            "a value, since the attribute is required",
        )),
        _ => Ok(()),
    }
}

/// The values in their order, each once.
pub(super) fn distinct(mut values: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::with_capacity(values.len());
    let is_new: Vec<bool> = values.iter().map(|value| seen.insert(value)).collect();
    let mut is_new = is_new.into_iter();
    values.retain(|_| is_new.next() == Some(true));
    values
}

/// At most one value is the primary one (RFC 7643 §2.4).
pub(super) fn check_primary(name: &str, elements: &[Value]) -> Result<(), ScimError> {
    let primary = elements.iter().filter(|element| is_primary(element));
    match primary.count() {
        0 | 1 => Ok(()),
        _ => Err(ScimError::value(name, "at most one primary value")),
    }
}

pub(super) fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// The kind of value that was expected; `None` if the value is of it.
fn simple(kind: AttributeType, value: &Value) -> Option<&'static str> {
    let text = value.as_str();
    let (valid, expected) = match kind {
        // SQLite ends a text that comes out of JSON at its first NUL: what is found by it would be another text.
        _ if text.is_some_and(|text| text.contains('\0')) => {
            (false, "a text without the character U+0000")
        }
        AttributeType::String => (text.is_some(), "a text"),
        AttributeType::Reference => (text.is_some(), "a URI"),
        AttributeType::Boolean => (value.is_boolean(), "true or false"),
        AttributeType::Decimal => (value.is_number(), "a number"),
        AttributeType::Integer => (value.is_i64(), "an integer"),
        AttributeType::DateTime => (
            text.is_some_and(|text| date_time::parse(text).is_some()),
            "a date with time and zone",
        ),
        AttributeType::Binary => (text.is_some_and(is_base64), "base64"),
        AttributeType::Complex => (false, "an object"),
    };
    (!valid).then_some(expected)
}

/// Either alphabet, padded or not (RFC 7643 §2.3.6 names both).
fn is_base64(text: &str) -> bool {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&alphabet::STANDARD, &alphabet::URL_SAFE]
        .into_iter()
        .any(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).is_ok())
}
