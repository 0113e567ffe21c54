//! The order of a list (RFC 7644 §3.4.2.3).

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Map;
use serde_json::Number;
use serde_json::Value;

use crate::scim::date_time;
use crate::scim::filter::TextKey;
use crate::scim::filter::order;
use crate::scim::path::AttributePath;
use crate::scim::schema::AttributeType;
use crate::scim::schema::ResourceType;
use crate::scim::value::is_primary;

/// The attribute that a list is sorted by, and the direction. Resources with equal values stand in the order of their
/// ids, so that every list has one order.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Sort {
    path: AttributePath,
    descending: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum SortKey {
    /// A text; folded where the attribute does not distinguish case.
    Text(String),
    Number(Number),
    /// A boolean; `false` comes first.
    Boolean(bool),
    Instant(Timestamp),
    /// No value: last in ascending order, first in descending.
    Missing,
}

impl Sort {
    pub(super) fn new(name: &str, descending: bool, of: &ResourceType) -> Option<Sort> {
        let path = AttributePath::parse(name, of)?.compared()?;
        Some(Sort { path, descending })
    }

    pub(crate) fn path(&self) -> &AttributePath {
        &self.path
    }

    pub(crate) fn is_descending(&self) -> bool {
        self.descending
    }

    /// The value of a resource: of several, the primary one, or else the first.
    pub(super) fn key(&self, document: &Map<String, Value>) -> SortKey {
        let elements = self.path.elements(document);
        let primary = elements.iter().find(|element| is_primary(element));
        let element = primary.or(elements.first()).copied();
        let value = match self.path.sub_attribute() {
            Some(part) => element.and_then(|element| element.get(&part.name)),
            None => element,
        };
        value.map_or(SortKey::Missing, |value| self.key_of(value))
    }

    /// Compares two resources: the lesser one comes first.
    pub(crate) fn compare(
        &self,
        left: &Map<String, Value>,
        right: &Map<String, Value>,
    ) -> Ordering {
        let id = |document: &Map<String, Value>| {
            let id = document.get("id").and_then(Value::as_str);
            id.unwrap_or_default().to_owned()
        };
        let ordering = self.key(left).order(&self.key(right));
        let ordering = match self.descending {
            true => ordering.reverse(),
            false => ordering,
        };
        ordering.then_with(|| id(left).cmp(&id(right)))
    }

    fn key_of(&self, value: &Value) -> SortKey {
        let leaf = self.path.leaf();
        match (leaf.kind, value) {
            (AttributeType::DateTime, Value::String(text)) => {
                date_time::parse(text).map_or(SortKey::Missing, SortKey::Instant)
            }
            (_, Value::String(text)) if leaf.case_exact => SortKey::Text(text.clone()),
            (_, Value::String(text)) => SortKey::Text(TextKey::of(leaf).make(text)),
            (_, Value::Number(number)) => SortKey::Number(number.clone()),
            (_, Value::Bool(value)) => SortKey::Boolean(*value),
            _ => SortKey::Missing,
        }
    }
}

impl SortKey {
    /// Ascending. One attribute's keys are all of one type.
    fn order(&self, other: &SortKey) -> Ordering {
        match (self, other) {
            (SortKey::Text(left), SortKey::Text(right)) => left.cmp(right),
            (SortKey::Number(left), SortKey::Number(right)) => {
                order(left, right).unwrap_or(Ordering::Equal)
            }
            (SortKey::Boolean(left), SortKey::Boolean(right)) => left.cmp(right),
            (SortKey::Instant(left), SortKey::Instant(right)) => left.cmp(right),
            (left, right) => {
                let missing = |key: &SortKey| *key == SortKey::Missing;
                missing(left).cmp(&missing(right))
            }
        }
    }
}
