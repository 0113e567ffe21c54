//! How much of a request is looked at before it is refused, with the reason for each number. The octets of a body
//! are counted outside, before there is any JSON.

use serde_json::Value;

use super::ScimError;
use super::error::excerpt;
use super::json;

/// Octets of a filter. Entra's have about 100; a request line of 8 KiB, which most proxies allow, holds two of these.
pub const FILTER_LENGTH: usize = 4096;

/// Groups, negations and value paths open at once in a filter: people nest three, and the recursion of the parser is
/// far from any stack's end.
pub const FILTER_DEPTH: usize = 32;

/// Comparisons in one filter: more than a hundred names in one query are better asked for in pages.
pub const FILTER_TERMS: usize = 128;

/// Operations in one PatchOp, after one without a path has become one for each attribute. Entra sends as many as there
/// are mapped attributes, under a hundred; a client that sends a member an operation is led to use an array.
pub const PATCH_OPERATIONS: usize = 1000;

/// Members named in one request: the largest groups of Entra that anybody provisions. The body of a group has room for them
/// at 80 bytes each, where Entra's have 50.
pub const MEMBERS: usize = 100_000;

/// Descriptions of members to remove in one PATCH, such as `members[display co "x"]`: each has the whole group looked at
/// while nobody else can write. Entra names members by their ids, which costs nothing of the kind.
pub const MEMBER_FILTERS: usize = 16;

/// Octets of one resource as JSON, without members. Users of Entra have two or three thousand; a page of a thousand of the
/// largest takes 128 MB.
pub const RESOURCE: usize = 128 * 1024;

/// Values of one multi-valued attribute; the members of a group are counted apart.
pub const VALUES: usize = 200;

/// Names in one JSON object, known or not. The User of RFC 7643 with EnterpriseUser has under 40.
pub const NAMES: usize = 1000;

/// Objects and arrays open at once. A Bulk request around a PATCH around an address has eight.
pub const JSON_DEPTH: usize = 32;

/// Octets of one text. The longest real one is a certificate or a picture's address.
pub const TEXT_LENGTH: usize = 65_536;

/// Names in `attributes` or `excludedAttributes`.
pub const PROJECTED: usize = 200;

/// Octets of a cursor: ours have under 1000.
pub const CURSOR_LENGTH: usize = 4096;

/// Extension schemas in one configuration.
pub const EXTENSIONS: usize = 16;

/// Attributes of an extension, and sub-attributes of one attribute.
pub const EXTENSION_ATTRIBUTES: usize = 200;

/// Characters of an attribute's name in an extension, of a canonical value, and of a schema's name.
pub const NAME_LENGTH: usize = 64;

/// Characters of an extension's URN.
pub const URN_LENGTH: usize = 255;

/// Names that the log keeps of what one request said in vain. Entra maps fewer attributes than that.
pub const OVERLOOKED: usize = 20;

/// Holds a JSON value against [`JSON_DEPTH`], [`NAMES`] and [`TEXT_LENGTH`], and looks for names that are there twice but
/// for their case. It keeps its own stack, so that no nesting can exhaust the thread's.
///
/// # Errors
/// `invalidSyntax` for what is too deep, too wide or too long, and for a name that is there twice.
pub(super) fn check(value: &Value) -> Result<(), ScimError> {
    check_from(value, 1)
}

/// The same for an operation of a message, which stands in an array in an object.
///
/// # Errors
/// As [`check`], with the place within the operation.
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
            Value::String(text) if text.len() > TEXT_LENGTH => "texts of at most 65536 octets",
            Value::Array(values) => {
                open.extend(values.iter().map(|value| (value, depth + 1)));
                continue;
            }
            Value::Object(names) => {
                if let Some(name) = json::twice(names) {
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

/// The place of a part: `name.givenName`, `Operations[2].value`, with numbers from 1. It goes no deeper than JSON may.
fn place(value: &Value, part: &Value) -> Option<String> {
    let mut open = vec![(value, Vec::new())];
    while let Some((value, steps)) = open.pop() {
        if std::ptr::eq(value, part) {
            let place: String = steps.concat();
            let place = place.trim_start_matches('.');
            return (!place.is_empty()).then(|| excerpt(place));
        }
        if steps.len() > JSON_DEPTH {
            continue;
        }
        let inner = |step: String| [steps.as_slice(), &[step]].concat();
        match value {
            Value::Array(values) => {
                let numbered = values.iter().enumerate().filter(|(_, value)| holds(value));
                open.extend(
                    numbered.map(|(index, value)| (value, inner(format!("[{}]", index + 1)))),
                );
            }
            Value::Object(parts) => {
                let holding = parts.iter().filter(|(_, value)| holds(value));
                open.extend(holding.map(|(name, value)| (value, inner(format!(".{name}")))));
            }
            _ => {}
        }
    }
    None
}

/// True for a value that can be, or hold, something beyond a limit.
fn holds(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() > TEXT_LENGTH,
        Value::Array(_) | Value::Object(_) => true,
        _ => false,
    }
}
