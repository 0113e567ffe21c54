//! Limits on the part of a request that is looked at before it is refused, with the reason for each number. The bytes
//! of a body are counted outside, before there is any JSON.

use std::fmt;

use serde_json::Value;

use super::ScimError;
use super::error::excerpt;
use crate::json;

/// Bytes of a filter. Entra's have about 100; a request line of 8 KiB, which most proxies allow, holds two of these.
pub(crate) const FILTER_LENGTH: usize = 4096;

/// Groups, negations and value paths open at once in a filter: people nest three, and the recursion of the parser is
/// far from any stack's end.
pub(crate) const FILTER_DEPTH: usize = 32;

/// Comparisons in one filter: more than a hundred names in one query are better asked for in pages.
pub(crate) const FILTER_TERMS: usize = 128;

/// Operations in one PatchOp, after one without a path has become one for each attribute; and attributes that a POST or PUT
/// writes, by name or by path. Entra sends as many as there are mapped attributes, under a hundred; a client that sends a
/// member an operation is led to use an array.
pub(crate) const PATCH_OPERATIONS: usize = 1000;

/// Comparisons in the paths of one request: two for each operation, where Entra's have one. Each looks at all values of an
/// attribute while nobody else can write.
pub(crate) const PATH_TERMS: usize = 2 * PATCH_OPERATIONS;

/// Members named in one request: the largest groups of Entra that anybody provisions. The body of a group has room for them
/// at 80 bytes each, where Entra's have 50.
pub(crate) const MEMBERS: usize = 100_000;

/// Descriptions of members to remove in one PATCH, such as `members[display co "x"]`: each has the whole group looked at
/// while nobody else can write. Entra names members by their ids, which costs nothing of the kind.
pub(crate) const MEMBER_FILTERS: usize = 16;

/// Bytes of one resource as JSON, without members, after each operation. Users of Entra have two or three thousand; a page of a thousand of the
/// largest takes 128 MB.
pub(crate) const RESOURCE: usize = 128 * 1024;

/// Values of one multi-valued attribute; the members of a group are counted apart.
pub(crate) const VALUES: usize = 200;

/// Names in one JSON object, known or not. The User of RFC 7643 with EnterpriseUser has under 40.
pub(crate) const NAMES: usize = 1000;

/// Objects and arrays open at once. A Bulk request around a PATCH around an address has eight.
pub(crate) const JSON_DEPTH: usize = 32;

/// Bytes of one text, and of one name in JSON. The longest real one is a certificate or a picture's address.
pub(crate) const TEXT_LENGTH: usize = 65_536;

/// Names in `attributes` or `excludedAttributes`.
pub(crate) const PROJECTED: usize = 200;

/// Bytes of a cursor: ours have under 1000.
pub(crate) const CURSOR_LENGTH: usize = 4096;

/// Extension schemas in one configuration.
pub(crate) const EXTENSIONS: usize = 16;

/// Attributes of an extension, and sub-attributes of one attribute.
pub(crate) const EXTENSION_ATTRIBUTES: usize = 200;

/// Characters of an attribute's name in an extension, of a canonical value, and of a schema's name.
pub(crate) const NAME_LENGTH: usize = 64;

/// Characters of an extension's URN.
pub(crate) const URN_LENGTH: usize = 255;

/// Names that the log keeps of what one request said in vain. Entra maps fewer attributes than that.
pub(crate) const OVERLOOKED: usize = 20;

pub(super) fn check_count(count: usize, limit: usize, what: &'static str) -> Result<(), ScimError> {
    match count <= limit {
        true => Ok(()),
        false => Err(ScimError::TooMany { what, limit }),
    }
}

/// Holds a JSON value against [`JSON_DEPTH`], [`NAMES`] and [`TEXT_LENGTH`], and looks for names that are there twice but
/// for their case. It keeps its own stack, so that no nesting can exhaust the thread's.
pub(super) fn check(value: &Value) -> Result<(), ScimError> {
    check_from(value, 1)
}

/// The same for an operation of a message, which stands in an array in an object.
pub(super) fn check_operation(operation: &Value) -> Result<(), ScimError> {
    check_from(operation, 3)
}

/// Looks through a value whose own level is `depth`.
fn check_from(value: &Value, depth: usize) -> Result<(), ScimError> {
    let mut open = vec![(value, depth)];
    while let Some((part, depth)) = open.pop() {
        let expected = match part {
            _ if depth > JSON_DEPTH => "JSON of at most 32 levels",
            Value::Object(names) if names.len() > NAMES => "an object of at most 1000 names",
            Value::Object(names) if names.keys().any(|name| name.len() > TEXT_LENGTH) => {
                "names of at most 65536 bytes"
            }
            Value::String(text) if text.len() > TEXT_LENGTH => "texts of at most 65536 bytes",
            Value::Array(values) => {
                open.extend(values.iter().map(|value| (value, depth + 1)));
                continue;
            }
            Value::Object(names) => {
                if let Some(name) = json::twice_in_any_case(names) {
                    return Err(ScimError::NameTwice(excerpt(name)));
                }
                open.extend(names.values().map(|value| (value, depth + 1)));
                continue;
            }
            _ => continue,
        };
        return Err(match place(value, part) {
            Some(place) => ScimError::syntax(format!("{expected}, found others at {place}")),
            None => ScimError::syntax(expected),
        });
    }
    Ok(())
}

/// The place of a part: `name.givenName`, `Operations[2].value`, with numbers from 1.
fn place(value: &Value, part: &Value) -> Option<String> {
    let mut steps = Vec::new();
    find(value, part, &mut steps);
    let place: String = steps.iter().map(Step::to_string).collect();
    let place = place.trim_start_matches('.');
    (!place.is_empty()).then(|| excerpt(place))
}

/// Walks to a part, and leaves the steps to it. It goes no deeper than JSON may, and holds one way at a time: a body has
/// room for a long name above very many values.
fn find<'a>(value: &'a Value, part: &Value, steps: &mut Vec<Step<'a>>) -> bool {
    if std::ptr::eq(value, part) {
        return true;
    }
    if steps.len() > JSON_DEPTH {
        return false;
    }
    let mut is_within = |step, inner| {
        steps.push(step);
        let found = find(inner, part, steps);
        if !found {
            steps.pop();
        }
        found
    };
    match value {
        Value::Array(values) => {
            let mut numbered = values.iter().enumerate();
            numbered.any(|(index, inner)| is_within(Step::Value(index + 1), inner))
        }
        Value::Object(parts) => {
            let mut named = parts.iter();
            named.any(|(name, inner)| is_within(Step::Name(name), inner))
        }
        _ => false,
    }
}

/// A step from a value to one within it.
enum Step<'a> {
    /// To the value of a name.
    Name(&'a str),
    /// To a value of an array, counted from 1.
    Value(usize),
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Name(name) => write!(f, ".{}", excerpt(name)),
            Step::Value(number) => write!(f, "[{number}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The walk once copied all names above a value for each value: some 30 GB for this body of 2 MB.
    #[test]
    fn the_place_of_a_part_is_found_without_a_copy_of_the_names_above_each_value() {
        let many = json!(vec![json!([]); 250_000]);
        let name = "z".repeat(FILTER_LENGTH);
        let below = (2..JSON_DEPTH - 2).fold(many, |inner, _| json!({ &name: inner }));
        let text = "x".repeat(TEXT_LENGTH + 1);
        let body = json!({"a": text, &name: below});
        let error = check(&body).unwrap_err().to_string();
        assert_eq!(
            error,
            "expected texts of at most 65536 bytes, found others at a"
        );
        let body = json!({ &name: [1, { &name: { "b": text } }] });
        let error = check(&body).unwrap_err().to_string();
        assert!(error.contains("found others at zzz"), "{error}");
        assert!(error.chars().count() < 300, "{error}");
    }

    #[test]
    fn a_name_is_no_longer_than_a_text() {
        let name = |length: usize| json!({"a": [{ "x".repeat(length): 1 }]});
        assert_eq!(check(&name(TEXT_LENGTH)), Ok(()));
        let error = check(&name(TEXT_LENGTH + 1)).unwrap_err();
        assert_eq!(error.scim_type(), Some("invalidSyntax"));
        let expected = "expected names of at most 65536 bytes, found others at a[1]";
        assert_eq!(error.to_string(), expected);
    }
}
