//! Booleans in texts.

use serde_json::Value;
use serde_json::json;

use crate::scim::schema::Attribute;
use crate::scim::schema::AttributeType;

/// `"True"` and `"False"` where a boolean belongs, in filters too.
pub(in crate::scim) fn boolean(attribute: &Attribute, value: Value) -> Value {
    match (attribute.kind, value.as_str()) {
        (AttributeType::Boolean, Some(text)) if text.eq_ignore_ascii_case("true") => json!(true),
        (AttributeType::Boolean, Some(text)) if text.eq_ignore_ascii_case("false") => json!(false),
        _ => value,
    }
}
