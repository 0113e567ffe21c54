//! The BulkRequest message (RFC 7644 §3.7).

use std::collections::HashSet;

use serde_json::Map;
use serde_json::Value;

use crate::scim::ResourceKind;
use crate::scim::ScimError;
use crate::scim::error::excerpt;
use crate::scim::json::named;
use crate::scim::json::take;
use crate::scim::limits;
use crate::scim::patch::check_schema;

pub(super) const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// The method of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BulkMethod {
    /// Creates a resource.
    Post,
    /// Replaces one.
    Put,
    /// Changes one.
    Patch,
    /// Removes one.
    Delete,
}

impl BulkMethod {
    const ALL: [BulkMethod; 4] = [
        BulkMethod::Post,
        BulkMethod::Put,
        BulkMethod::Patch,
        BulkMethod::Delete,
    ];

    /// As HTTP spells it.
    pub fn name(self) -> &'static str {
        match self {
            BulkMethod::Post => "POST",
            BulkMethod::Put => "PUT",
            BulkMethod::Patch => "PATCH",
            BulkMethod::Delete => "DELETE",
        }
    }
}

/// A Bulk request. An operation that makes no sense fails alone, when its turn comes.
#[derive(Clone, PartialEq)]
pub struct BulkRequest {
    pub(super) fail_on_errors: Option<u64>,
    pub(super) operations: Vec<Parsed>,
}

/// An operation, with what the answer to it says in any case.
#[derive(Clone, PartialEq)]
pub(super) struct Parsed {
    pub(super) method: Option<BulkMethod>,
    pub(super) bulk_id: Option<String>,
    pub(super) operation: Result<Target, ScimError>,
}

#[derive(Clone, PartialEq)]
pub(super) struct Target {
    pub(super) kind: ResourceKind,
    /// The id in the path, possibly a bulkId.
    pub(super) id: Option<String>,
    pub(super) version: Option<String>,
    pub(super) data: Value,
}

impl BulkRequest {
    /// Reads a Bulk request of at most `most` operations. Its bytes are counted outside.
    ///
    /// # Errors
    /// `invalidSyntax` for what is no BulkRequest or has a bulkId twice, 413 for too many operations.
    pub fn parse(body: Value, most: usize) -> Result<BulkRequest, ScimError> {
        limits::check(&body)?;
        let Value::Object(mut body) = body else {
            return Err(ScimError::syntax("an object"));
        };
        check_schema(&body, BULK_REQUEST)?;
        let fail_on_errors = match named(&body, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(number) => {
                let number = number.as_u64().filter(|number| *number > 0);
                Some(number.ok_or(ScimError::value("failOnErrors", "a number above 0"))?)
            }
        };
        let Some(Value::Array(operations)) = take(&mut body, "Operations") else {
            return Err(ScimError::syntax("an array in Operations"));
        };
        if operations.len() > most {
            return Err(ScimError::PayloadTooLarge {
                what: "operations in one request",
                limit: most,
            });
        }
        let operations: Vec<Parsed> = operations
            .into_iter()
            .enumerate()
            .map(|(index, operation)| parsed(index, operation))
            .collect();
        check_bulk_ids(&operations)?;
        Ok(BulkRequest {
            fail_on_errors,
            operations,
        })
    }
}

/// A bulkId names one resource.
fn check_bulk_ids(operations: &[Parsed]) -> Result<(), ScimError> {
    let mut seen = HashSet::new();
    let mut ids = operations.iter().filter_map(|of| of.bulk_id.as_deref());
    match ids.find(|id| !seen.insert(*id)) {
        None => Ok(()),
        Some(id) => {
            let found = excerpt(id);
            Err(ScimError::syntax(format!(
                "each bulkId once, found {found:?} again"
            )))
        }
    }
}

fn parsed(index: usize, operation: Value) -> Parsed {
    let Value::Object(mut operation) = operation else {
        return Parsed {
            method: None,
            bulk_id: None,
            operation: Err(ScimError::syntax(format!(
                "an object as operation {} of Operations",
                index + 1
            ))),
        };
    };
    let text = |name: &str| named(&operation, name).and_then(Value::as_str);
    let method = text("method").and_then(|name| {
        let mut all = BulkMethod::ALL.into_iter();
        all.find(|method| method.name().eq_ignore_ascii_case(name))
    });
    let bulk_id = text("bulkId")
        .filter(|id| !id.is_empty())
        .map(str::to_owned);
    Parsed {
        method,
        operation: target(method, bulk_id.as_deref(), &mut operation),
        bulk_id,
    }
}

fn target(
    method: Option<BulkMethod>,
    bulk_id: Option<&str>,
    operation: &mut Map<String, Value>,
) -> Result<Target, ScimError> {
    let method = method.ok_or(ScimError::syntax("POST, PUT, PATCH or DELETE in method"))?;
    let path = named(operation, "path").and_then(Value::as_str);
    let (kind, id) = place(path.unwrap_or_default()).ok_or(ScimError::syntax(
        "/Users or /Groups in path, with an id but for POST",
    ))?;
    if (method == BulkMethod::Post) != id.is_none() {
        return Err(ScimError::syntax("an id in path, but for POST"));
    }
    if method == BulkMethod::Post && bulk_id.is_none() {
        return Err(ScimError::syntax("a bulkId for POST"));
    }
    let id = id.map(str::to_owned);
    let version = named(operation, "version").and_then(Value::as_str);
    let version = version.map(str::to_owned);
    let data = take(operation, "data").unwrap_or_default();
    if method != BulkMethod::Delete && !data.is_object() {
        return Err(ScimError::syntax("an object in data"));
    }
    Ok(Target {
        kind,
        id,
        version,
        data,
    })
}

/// `/Users`, or `/Users/id`.
fn place(path: &str) -> Option<(ResourceKind, Option<&str>)> {
    let mut kinds = ResourceKind::ALL.into_iter();
    kinds.find_map(|kind| {
        let rest = path.strip_prefix(kind.endpoint())?;
        match rest.strip_prefix('/') {
            None | Some("") if rest.len() < 2 && !rest.starts_with(|c| c != '/') => {
                Some((kind, None))
            }
            Some(id) if !id.contains(['/', '?', '#']) => Some((kind, Some(id))),
            _ => None,
        }
    })
}
