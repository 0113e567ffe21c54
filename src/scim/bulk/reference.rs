//! References to resources that the same request creates: `bulkId:xyz`, as a whole text, behind a slash in an address, or
//! in quotation marks in the path of a PATCH operation.

use std::collections::HashMap;

use serde_json::Value;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum BulkIdState {
    Pending,
    Created(String),
    Failed,
}

/// The bulkIds of a request, with what has become of each.
pub(super) type BulkIds = HashMap<String, BulkIdState>;

const PREFIX: &str = "bulkId:";

/// The bulkIds that a value mentions. It goes as deep as JSON was allowed to be.
pub(super) fn mentioned(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            found.extend(parts(text).into_iter().filter_map(|part| match part {
                Part::Reference(id) => Some(id.to_owned()),
                Part::Text(_) => None,
            }))
        }
        Value::Array(values) => values.iter().for_each(|value| mentioned(value, found)),
        Value::Object(parts) => parts.values().for_each(|value| mentioned(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Puts ids in the place of bulkIds that are known.
pub(super) fn resolve(value: &mut Value, ids: &BulkIds) {
    match value {
        Value::String(text) => *text = resolved(text, ids),
        Value::Array(values) => values.iter_mut().for_each(|value| resolve(value, ids)),
        Value::Object(parts) => parts.values_mut().for_each(|value| resolve(value, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

pub(super) fn resolved(text: &str, ids: &BulkIds) -> String {
    let part = |part| match part {
        Part::Text(text) => text,
        Part::Reference(bulk_id) => match ids.get(bulk_id) {
            Some(BulkIdState::Created(id)) => id.as_str(),
            _ => bulk_id,
        },
    };
    parts(text).into_iter().map(part).collect()
}

enum Part<'a> {
    Text(&'a str),
    Reference(&'a str),
}

fn parts(text: &str) -> Vec<Part<'_>> {
    if let Some(id) = text.strip_prefix(PREFIX) {
        return vec![Part::Reference(id)];
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = next(rest) {
        let (before, reference) = rest.split_at(at);
        let id = &reference[PREFIX.len()..];
        let end = id.find(['"', '/', ' ', ']']).unwrap_or(id.len());
        parts.extend([Part::Text(before), Part::Reference(&id[..end])]);
        rest = &id[end..];
    }
    parts.push(Part::Text(rest));
    parts
}

/// The position of the next reference: behind a quotation mark or a slash, so that no other word counts.
fn next(text: &str) -> Option<usize> {
    let mut found = text.match_indices(PREFIX).map(|(at, _)| at);
    found.find(|at| text[..*at].ends_with(['"', '/']))
}
