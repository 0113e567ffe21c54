//! Doing one operation on the attributes of a resource (RFC 7644 §3.5.2.1 to §3.5.2.3).

use serde_json::Map;
use serde_json::Value;

use super::operation::Operation;
use super::operation::PatchAction;
use super::operation::Target;
use crate::scim::ScimError;
use crate::scim::dialect;
use crate::scim::filter::Node;
use crate::scim::filter::holds_for_element;
use crate::scim::limits;
use crate::scim::path::AttributePath;
use crate::scim::schema::Attribute;
use crate::scim::schema::Mutability;
use crate::scim::value;
use crate::scim::value::is_primary;

/// Does an operation. After an error the attributes are in no certain state: callers work on a copy.
pub(in crate::scim) fn apply(
    attributes: &mut Map<String, Value>,
    operation: &Operation,
) -> Result<(), ScimError> {
    let (path, filter) = match &operation.target {
        Target::Extension(urn) => {
            attributes.remove(urn.as_ref());
            return Ok(());
        }
        Target::Attribute(path, filter) => (path, filter.as_ref()),
    };
    let Some(urn) = path.extension() else {
        return on_holder(attributes, operation, path, filter);
    };
    let holder = attributes.remove(urn).unwrap_or_default();
    let mut holder = object(Some(holder));
    on_holder(&mut holder, operation, path, filter)?;
    insert(
        attributes,
        urn,
        (!holder.is_empty()).then_some(Value::Object(holder)),
    );
    Ok(())
}

/// The attributes among which the target stands: the resource itself, or an extension.
fn on_holder(
    holder: &mut Map<String, Value>,
    operation: &Operation,
    path: &AttributePath,
    filter: Option<&Node>,
) -> Result<(), ScimError> {
    let attribute = path.attribute();
    let old = holder.remove(&attribute.name);
    let on = On {
        operation,
        path,
        filter,
    };
    let new = match (path.sub_attribute(), filter) {
        (None, None) => on.whole(old)?,
        (Some(part), None) if !attribute.multi_valued => on.part(part, old)?,
        _ => on.elements(old)?,
    };
    insert(holder, &attribute.name, new);
    Ok(())
}

/// An operation on its way to a value.
struct On<'a> {
    operation: &'a Operation,
    path: &'a AttributePath,
    filter: Option<&'a Node>,
}

impl On<'_> {
    /// All of what the path names.
    fn whole(&self, old: Option<Value>) -> Result<Option<Value>, ScimError> {
        let leaf = self.path.leaf();
        let new = match &self.operation.change {
            PatchAction::Add(added) if leaf.multi_valued => Some(self.united(old.clone(), added)?),
            PatchAction::Add(value) | PatchAction::Replace(value) => Some(value.clone()),
            PatchAction::RemoveNamed(named) => without(old.clone(), named),
            _ => None,
        };
        if new.is_none() && old.is_some() {
            self.check_required(leaf)?;
        }
        if leaf.mutability == Mutability::Immutable && old.is_some() && old != new {
            return Err(self.mutability("immutable"));
        }
        Ok(new)
    }

    /// A part of one complex value.
    fn part(&self, part: &Attribute, old: Option<Value>) -> Result<Option<Value>, ScimError> {
        let mut parts = object(old);
        self.write_part(part, &mut parts)?;
        Ok((!parts.is_empty()).then_some(Value::Object(parts)))
    }

    fn write_part(
        &self,
        part: &Attribute,
        parts: &mut Map<String, Value>,
    ) -> Result<(), ScimError> {
        let before = parts.remove(&part.name);
        let after = self.whole(before.clone())?;
        // An address that belonged to another value is wrong now.
        if part.name == "value" && before != after {
            parts.remove("$ref");
        }
        insert(parts, &part.name, after);
        Ok(())
    }

    /// Some of several values, or a part of each.
    fn elements(&self, old: Option<Value>) -> Result<Option<Value>, ScimError> {
        let before = array(old);
        let matched: Vec<usize> = (0..before.len())
            .filter(|index| self.is_meant(&before[*index]))
            .collect();
        let removes = matches!(
            self.operation.change,
            PatchAction::Remove | PatchAction::Clear | PatchAction::RemoveNamed(_)
        );
        let mut after = before.clone();
        match (removes, matched.is_empty()) {
            (true, true) => self.check_absent()?,
            (false, true) => after.push(self.made()?),
            (_, false) => {
                for index in &matched {
                    after[*index] = self.element(&after[*index])?;
                }
            }
        }
        after.retain(|element| !element.is_null());
        self.settle(&before, after)
    }

    fn is_meant(&self, element: &Value) -> bool {
        let meets = |filter| holds_for_element(filter, element);
        self.filter.is_none_or(meets)
    }

    /// One of the values that are meant, as it is afterwards; null if it goes.
    fn element(&self, old: &Value) -> Result<Value, ScimError> {
        if let Some(part) = self.path.sub_attribute() {
            let mut parts = object(Some(old.clone()));
            self.write_part(part, &mut parts)?;
            let removed = !parts.contains_key(&part.name);
            return Ok(match removed && is_bare(&parts) {
                true => Value::Null,
                false => Value::Object(parts),
            });
        }
        Ok(match &self.operation.change {
            PatchAction::Add(value) => merged(old.clone(), value),
            PatchAction::Replace(value) => self.checked(merged(self.described(), value))?,
            _ => Value::Null,
        })
    }

    /// The value that an operation makes where none is meant: from what the filter describes (see `dialect`).
    fn made(&self) -> Result<Value, ScimError> {
        let described = self
            .filter
            .is_none_or(|filter| dialect::described(filter).is_some());
        match (self.path.sub_attribute(), &self.operation.change) {
            (Some(part), PatchAction::Add(value) | PatchAction::Replace(value)) if described => {
                let mut parts = object(Some(self.described()));
                parts.insert(part.name.clone(), value.clone());
                self.checked(Value::Object(parts))
            }
            (None, PatchAction::Add(value))
                if self.filter.and_then(dialect::described_simple).as_ref() == Some(value) =>
            {
                Ok(value.clone())
            }
            (None, PatchAction::Add(value)) if described => {
                self.checked(merged(self.described(), value))
            }
            _ => Err(self.no_target()),
        }
    }

    /// Checks a value against the schema: what a filter describes was never checked.
    fn checked(&self, value: Value) -> Result<Value, ScimError> {
        let attribute = self.path.attribute();
        let value = dialect::element(attribute, value)?;
        let checked = value::element(attribute, &attribute.name, value)?;
        checked.ok_or_else(|| self.no_target())
    }

    fn described(&self) -> Value {
        let parts = self.filter.and_then(dialect::described);
        parts.map_or(Value::Null, Value::Object)
    }

    /// Removing what is not there is success, for a filter that says just what it means; any other filter that meets
    /// nothing has no target (RFC 7644 §3.5.2.2).
    fn check_absent(&self) -> Result<(), ScimError> {
        let describes = |filter| {
            dialect::described(filter).is_some() || dialect::described_simple(filter).is_some()
        };
        match self.filter.is_none_or(describes) {
            true => Ok(()),
            false => Err(self.no_target()),
        }
    }

    /// Adds values to several, each once.
    fn united(&self, old: Option<Value>, added: &Value) -> Result<Value, ScimError> {
        let before = array(old);
        let mut after = before.clone();
        for value in added.as_array().into_iter().flatten() {
            let same = after.iter().position(|element| is_same(element, value));
            match same {
                Some(index) => after[index] = merged(after[index].take(), value),
                None => after.push(value.clone()),
            }
        }
        let settled = self.settle(&before, after)?;
        Ok(settled.unwrap_or_default())
    }

    /// Holds the new values of an attribute together: one primary, not too many, none changed that must not be.
    fn settle(&self, before: &[Value], mut after: Vec<Value>) -> Result<Option<Value>, ScimError> {
        let attribute = self.path.attribute();
        if attribute.mutability == Mutability::Immutable && !before.is_empty() && after != before {
            return Err(self.mutability("immutable"));
        }
        if after.len() > limits::VALUES {
            return Err(ScimError::value(
                self.path.to_string(),
                "at most 200 values",
            ));
        }
        self.move_primary(before, &mut after)?;
        let after = value::distinct(after);
        Ok((!after.is_empty()).then_some(Value::Array(after)))
    }

    /// The value that has become the primary one takes it from the one that was (RFC 7644 §3.5.2).
    fn move_primary(&self, before: &[Value], after: &mut [Value]) -> Result<(), ScimError> {
        let primary: Vec<usize> = (0..after.len())
            .filter(|index| is_primary(&after[*index]))
            .collect();
        let was = |index: &usize| {
            before
                .iter()
                .any(|old| is_primary(old) && is_same(&after[*index], old))
        };
        let new: Vec<usize> = primary
            .iter()
            .copied()
            .filter(|index| !was(index))
            .collect();
        let chosen = match (primary.as_slice(), new.as_slice()) {
            ([] | [_], _) => return Ok(()),
            (_, [chosen]) => *chosen,
            _ => {
                let name = self.path.attribute().name.clone();
                return Err(ScimError::value(name, "at most one primary value"));
            }
        };
        for index in primary.into_iter().filter(|index| *index != chosen) {
            after[index]["primary"] = Value::Bool(false);
        }
        Ok(())
    }

    fn check_required(&self, leaf: &Attribute) -> Result<(), ScimError> {
        match (leaf.required, &self.operation.change) {
            (false, _) => Ok(()),
            (true, PatchAction::Clear) => Err(ScimError::value(self.path.to_string(), "a value")),
            (true, _) => Err(self.mutability("required")),
        }
    }

    fn mutability(&self, mutability: &'static str) -> ScimError {
        ScimError::Mutability {
            attribute: self.path.to_string(),
            mutability,
        }
    }

    fn no_target(&self) -> ScimError {
        ScimError::NoTarget {
            expected: "a value that meets the filter of the path",
        }
    }
}

/// The values without those that are named, by `value` or, where they have none, by all that they say.
fn without(old: Option<Value>, named: &[Value]) -> Option<Value> {
    let is_named = |element: &Value| named.iter().any(|named| names(named, element));
    let mut kept = array(old);
    kept.retain(|element| !is_named(element));
    (!kept.is_empty()).then_some(Value::Array(kept))
}

fn names(named: &Value, element: &Value) -> bool {
    let Some(named) = named.as_object() else {
        return named == element;
    };
    match named.get("value") {
        Some(value) => element.get("value") == Some(value),
        None => {
            !named.is_empty()
                && named
                    .iter()
                    .all(|(name, value)| element.get(name) == Some(value))
        }
    }
}

/// True if a value is there already: it says all that the new one says, or it has the same `value` and `type`, a pair
/// that should not be there twice (RFC 7643 §2.4).
fn is_same(element: &Value, value: &Value) -> bool {
    let (Some(old), Some(new)) = (element.as_object(), value.as_object()) else {
        return element == value;
    };
    let is_equal = |name: &str| old.get(name) == new.get(name);
    new.contains_key("value") && is_equal("value") && is_equal("type")
        || new.iter().all(|(name, part)| old.get(name) == Some(part))
}

/// One value laid over another.
fn merged(old: Value, new: &Value) -> Value {
    match (old, new) {
        (Value::Object(mut parts), Value::Object(new)) => {
            parts.extend(new.clone());
            Value::Object(parts)
        }
        (_, new) => new.clone(),
    }
}

/// True if nothing is left but parts that describe a value that is gone.
fn is_bare(parts: &Map<String, Value>) -> bool {
    let label = |name: &String| ["type", "primary", "display", "$ref"].contains(&name.as_str());
    parts.keys().all(label)
}

fn insert(holder: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        holder.insert(name.to_owned(), value);
    }
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(parts)) => parts,
        _ => Map::new(),
    }
}

fn array(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(elements)) => elements,
        _ => Vec::new(),
    }
}
