//! Evaluating a filter on one resource.

use serde_json::Map;
use serde_json::Value;

use super::Comparison;
use super::Node;
use super::Operator;
use super::literal::Literal;
use crate::scim::path::AttributePath;

pub(super) fn holds(node: &Node, document: &Map<String, Value>) -> bool {
    match node {
        Node::And(nodes) => nodes.iter().all(|node| holds(node, document)),
        Node::Or(nodes) => nodes.iter().any(|node| holds(node, document)),
        Node::Not(node) => !holds(node, document),
        Node::Present(path) => path.values(document).into_iter().any(is_value),
        Node::Compare(comparison) => compares(comparison, &comparison.path.values(document)),
        Node::Element(path, inner) => path
            .elements(document)
            .into_iter()
            .any(|element| holds_for_element(inner, element)),
    }
}

/// True if the inner filter of a value path holds for one value of the attribute.
pub(in crate::scim) fn holds_for_element(node: &Node, element: &Value) -> bool {
    match node {
        Node::And(nodes) => nodes.iter().all(|node| holds_for_element(node, element)),
        Node::Or(nodes) => nodes.iter().any(|node| holds_for_element(node, element)),
        Node::Not(node) => !holds_for_element(node, element),
        Node::Present(path) => part(path, element).is_some_and(is_value),
        Node::Compare(comparison) => {
            let values = match part(&comparison.path, element) {
                Some(Value::Array(values)) => values.iter().collect(),
                value => value.into_iter().collect::<Vec<_>>(),
            };
            compares(comparison, &values)
        }
        // The grammar has no value path within another.
        Node::Element(..) => false,
    }
}

/// A sub-attribute of a value; the value itself where there is none.
fn part<'a>(path: &AttributePath, element: &'a Value) -> Option<&'a Value> {
    match path.sub_attribute() {
        Some(part) => element.get(&part.name),
        None => Some(element),
    }
}

/// One of several values is enough (RFC 7644 §3.4.2.2); where there is none, it equals null and differs from all else.
pub(super) fn compares(comparison: &Comparison, values: &[&Value]) -> bool {
    let Comparison {
        operator, literal, ..
    } = comparison;
    if values.is_empty() {
        return match operator {
            Operator::Eq => *literal == Literal::Null,
            Operator::Ne => *literal != Literal::Null,
            _ => false,
        };
    }
    values
        .iter()
        .any(|value| literal.compares(*operator, value))
}

fn is_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(parts) => !parts.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}
