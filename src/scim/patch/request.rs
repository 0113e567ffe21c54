//! The PatchOp message (RFC 7644 §3.5.2).

use serde_json::Map;
use serde_json::Value;

use super::Operation;
use super::operation::Action;
use super::operation::assignments;
use super::operation::operations;
use crate::scim::ScimError;
use crate::scim::dialect;
use crate::scim::filter::Parser;
use crate::scim::limits;
use crate::scim::schema::ResourceType;
use crate::scim::value;

/// The schema of a PatchOp message.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A PATCH whose paths and values fit the schemas of one resource type.
///
/// ```
/// use entrada::scim::{Draft, PatchRequest, ResourceKind, Schemas};
/// use serde_json::json;
///
/// let schemas = Schemas::standard();
/// let user = schemas.resource_type(ResourceKind::User);
/// let ada = Draft::read(json!({"userName": "ada@example.com"}), user)?.resource;
///
/// let patch = PatchRequest::parse(json!({
///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "Replace", "path": "active", "value": "False"}],
/// }), user)?;
/// let patched = patch.apply(&ada, user)?;
/// assert_eq!(patched.changed, ["active"]);
/// assert!(!patched.resource.is_active());
/// # Ok::<(), entrada::scim::ScimError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct PatchRequest {
    pub(super) operations: Vec<Operation>,
}

impl PatchRequest {
    /// Reads a PatchOp, in Entra's dialect or the RFC's. Attributes that no schema has are overlooked where a POST
    /// overlooks them too: in a value without a path, and under a URN that nobody declared.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidPath`, `invalidValue`, `mutability` for a path to what clients do not write, `noTarget`
    /// for a removal without a path, and `tooMany` beyond the limits.
    pub fn parse(body: Value, of: &ResourceType) -> Result<PatchRequest, ScimError> {
        limits::check(&body)?;
        let Value::Object(body) = body else {
            return Err(ScimError::InvalidSyntax("an object"));
        };
        value::check_names(&body)?;
        check_schema(&body, PATCH_OP)?;
        let mut operations = Vec::new();
        for (index, operation) in raw_operations(body)?.into_iter().enumerate() {
            operations.extend(one(index, operation, of)?);
            check_budget(operations.len())?;
        }
        Ok(PatchRequest { operations })
    }
}

/// A message says what it is (RFC 7644 §3.1).
pub(in crate::scim) fn check_schema(
    body: &Map<String, Value>,
    urn: &'static str,
) -> Result<(), ScimError> {
    let schemas = named(body, "schemas").and_then(Value::as_array);
    let is = |schema: &Value| {
        let text = schema.as_str();
        text.is_some_and(|text| text.eq_ignore_ascii_case(urn))
    };
    match schemas.is_some_and(|schemas| schemas.iter().any(is)) {
        true => Ok(()),
        false => Err(ScimError::InvalidSyntax(
            "the schema of the message in schemas",
        )),
    }
}

/// The value of this name, in any case.
pub(in crate::scim) fn named<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let mut entries = body.iter();
    let found = entries.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// Takes the value of this name out, in any case.
pub(in crate::scim) fn take(body: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = body.keys().find(|key| key.eq_ignore_ascii_case(name))?;
    let key = key.clone();
    body.remove(&key)
}

fn raw_operations(mut body: Map<String, Value>) -> Result<Vec<Value>, ScimError> {
    match take(&mut body, "Operations") {
        Some(Value::Array(operations)) if !operations.is_empty() => {
            check_budget(operations.len())?;
            Ok(operations)
        }
        _ => Err(ScimError::InvalidSyntax(
            "at least one operation in Operations",
        )),
    }
}

fn check_budget(operations: usize) -> Result<(), ScimError> {
    match operations <= limits::PATCH_OPERATIONS {
        true => Ok(()),
        false => Err(ScimError::TooMany {
            what: "operations in one PATCH",
            limit: limits::PATCH_OPERATIONS,
        }),
    }
}

fn one(index: usize, operation: Value, of: &ResourceType) -> Result<Vec<Operation>, ScimError> {
    let Value::Object(mut operation) = operation else {
        return Err(ScimError::InvalidSyntax("objects in Operations"));
    };
    value::check_names(&operation)?;
    let action = action(named(&operation, "op"))?;
    let value = take(&mut operation, "value");
    if value.is_none() && action != Action::Remove {
        return Err(ScimError::InvalidSyntax("a value to add or replace"));
    }
    match take(&mut operation, "path") {
        Some(Value::String(path)) if !path.is_empty() => {
            let path = Parser::new(&path, of).path();
            let path = path.map_err(|error| error.in_path())?;
            operations(index, action, path, value, of)
        }
        None | Some(Value::Null | Value::String(_)) => without_path(index, action, value, of),
        Some(_) => Err(ScimError::InvalidSyntax("a text in path")),
    }
}

fn action(name: Option<&Value>) -> Result<Action, ScimError> {
    let name = name.and_then(Value::as_str).map(dialect::operation);
    match name.as_deref() {
        Some("add") => Ok(Action::Add),
        Some("replace") => Ok(Action::Replace),
        Some("remove") => Ok(Action::Remove),
        _ => Err(ScimError::InvalidSyntax("add, replace or remove in op")),
    }
}

/// The value holds the attributes to write (RFC 7644 §3.5.2.1); a removal needs a path (§3.5.2.2).
fn without_path(
    index: usize,
    action: Action,
    value: Option<Value>,
    of: &ResourceType,
) -> Result<Vec<Operation>, ScimError> {
    match (action, value) {
        (Action::Remove, _) => Err(ScimError::NoTarget {
            operation: index,
            expected: "a path of what to remove",
        }),
        (_, Some(Value::Object(attributes))) => assignments(index, action, attributes, of),
        _ => Err(ScimError::InvalidSyntax("an object in value, or a path")),
    }
}
