//! The PatchOp message (RFC 7644 §3.5.2).

use serde_json::Map;
use serde_json::Value;

use super::Operation;
use super::Reading;
use super::operation::Action;
use super::operation::PatchAction;
use crate::scim::OperationName;
use crate::scim::ScimError;
use crate::scim::dialect;
use crate::scim::error::excerpt;
use crate::scim::json::named;
use crate::scim::json::take;
use crate::scim::limits;
use crate::scim::schema::ResourceType;

pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

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
    /// The operations of the request, as errors name them.
    names: Vec<OperationName>,
    overlooked: Vec<String>,
}

impl PatchRequest {
    /// Reads a PatchOp, in Entra's dialect or the RFC's. What no schema has is overlooked, in paths and in values; the rest
    /// is done, and [`PatchRequest::overlooked`] names it. One without operations changes nothing.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidPath`, `invalidValue`, `mutability` for a path to what clients do not write, `noTarget`
    /// for a removal without a path, and `tooMany` beyond the limits. What is wrong with an operation names it.
    pub fn parse(body: Value, of: &ResourceType) -> Result<PatchRequest, ScimError> {
        check_limits(&body)?;
        let Value::Object(body) = body else {
            return Err(ScimError::syntax("an object"));
        };
        check_schema(&body, PATCH_OP)?;
        let mut reading = Reading::new(of);
        let mut names = Vec::new();
        for (index, operation) in raw_operations(body)?.into_iter().enumerate() {
            let name = name(index, &operation);
            reading.begin(index);
            let read = one(&mut reading, operation);
            read.map_err(|error| error.of_operation(&name))?;
            names.push(name);
        }
        Ok(PatchRequest {
            operations: reading.operations,
            names,
            overlooked: reading.overlooked.into_names(),
        })
    }

    /// Names in the request that no schema has.
    pub fn overlooked(&self) -> &[String] {
        &self.overlooked
    }

    /// An error as one of the operation that names this member, where one does.
    pub fn of_member(&self, id: &str, error: ScimError) -> ScimError {
        let names = |operation: &&Operation| match &operation.change {
            PatchAction::AddMembers(members) | PatchAction::ReplaceMembers(members) => {
                members.iter().any(|member| member.id == id)
            }
            _ => false,
        };
        match self.operations.iter().find(names) {
            Some(operation) => self.of_operation(operation, error),
            None => error,
        }
    }

    /// An error as one of the last operation that writes an attribute of the resource's own schema, where one does.
    pub fn of_attribute(&self, name: &str, error: ScimError) -> ScimError {
        let mut operations = self.operations.iter().rev();
        match operations.find(|operation| operation.is_of(name)) {
            Some(operation) => self.of_operation(operation, error),
            None => error,
        }
    }

    /// An error of the resource as a whole, as one of its cause: the last operation on the extension that lacks a value.
    pub(super) fn of_whole(&self, error: ScimError) -> ScimError {
        let operations = self.operations.iter();
        let cause = match &error {
            ScimError::InvalidValue { attribute, .. } => {
                operations.rev().find(|of| of.target.is_beside(attribute))
            }
            _ => None,
        };
        match cause {
            Some(operation) => self.of_operation(operation, error),
            None => error,
        }
    }

    pub(super) fn of_operation(&self, operation: &Operation, error: ScimError) -> ScimError {
        match self.names.get(operation.index) {
            Some(name) => error.of_operation(name),
            None => error,
        }
    }
}

/// Holds a message against the limits. What an operation has beyond them is said of the operation.
fn check_limits(body: &Value) -> Result<(), ScimError> {
    limits::check(body).map_err(|error| {
        let operations = body.as_object().and_then(|body| named(body, "Operations"));
        let operations = operations.and_then(Value::as_array).into_iter().flatten();
        let mut errors = operations.enumerate().filter_map(|(index, operation)| {
            let error = limits::check_operation(operation).err()?;
            Some(error.of_operation(&name(index, operation)))
        });
        errors.next().unwrap_or(error)
    })
}

/// An operation as errors name it, whatever else is wrong with it.
fn name(index: usize, operation: &Value) -> OperationName {
    let text = |name: &str| {
        let value = named(operation.as_object()?, name)?;
        value.as_str().filter(|text| !text.is_empty()).map(excerpt)
    };
    OperationName {
        number: index + 1,
        op: dialect::operation(&text("op").unwrap_or_default()),
        path: text("path"),
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
        false => Err(ScimError::syntax(format!("{urn} in schemas"))),
    }
}

fn raw_operations(mut body: Map<String, Value>) -> Result<Vec<Value>, ScimError> {
    match take(&mut body, "Operations") {
        Some(Value::Array(operations)) => {
            let (count, limit) = (operations.len(), limits::PATCH_OPERATIONS);
            limits::check_count(count, limit, "operations in one PATCH")?;
            Ok(operations)
        }
        _ => Err(ScimError::syntax("an array in Operations")),
    }
}

fn one(reading: &mut Reading<'_>, operation: Value) -> Result<(), ScimError> {
    let Value::Object(mut operation) = operation else {
        return Err(ScimError::syntax("an object"));
    };
    let action = action(named(&operation, "op"))?;
    reading.acts(action);
    let value = take(&mut operation, "value");
    if value.is_none() && action != Action::Remove {
        return Err(ScimError::syntax("a value to add or replace"));
    }
    match take(&mut operation, "path") {
        Some(Value::String(path)) if !path.is_empty() => reading.at(&path, value),
        None | Some(Value::Null | Value::String(_)) => reading.on_resource(value),
        Some(_) => Err(ScimError::syntax("a text in path")),
    }
}

fn action(name: Option<&Value>) -> Result<Action, ScimError> {
    let name = name.and_then(Value::as_str).map(dialect::operation);
    match name.as_deref() {
        Some("add") => Ok(Action::Add),
        Some("replace") => Ok(Action::Replace),
        Some("remove") => Ok(Action::Remove),
        _ => Err(ScimError::syntax("add, replace or remove in op")),
    }
}
