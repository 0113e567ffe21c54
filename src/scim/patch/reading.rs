//! Reading what a request writes: paths, keys and values become operations, in Entra's dialect or the RFC's. POST, PUT and
//! PATCH come this way alike.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use super::once::Once;
use super::operation::Action;
use super::operation::Operation;
use super::operation::PatchAction;
use super::operation::Target;
use crate::scim::ScimError;
use crate::scim::dialect;
use crate::scim::filter::Expected;
use crate::scim::filter::Node;
use crate::scim::filter::Parser;
use crate::scim::filter::PatchPath;
use crate::scim::limits;
use crate::scim::member;
use crate::scim::overlooked::Overlooked;
use crate::scim::path::AttributePath;
use crate::scim::schema::Attribute;
use crate::scim::schema::AttributeType;
use crate::scim::schema::Mutability;
use crate::scim::schema::ResourceType;
use crate::scim::value;

/// A request, or one operation of a PATCH, on its way to operations.
pub(in crate::scim) struct Reading<'a> {
    index: usize,
    action: Action,
    of: &'a ResourceType,
    once: Once,
    /// Comparisons in the paths so far.
    terms: usize,
    pub(in crate::scim) overlooked: Overlooked,
    pub(in crate::scim) operations: Vec<Operation>,
}

impl<'a> Reading<'a> {
    /// Begins to read what replaces all that there is: a POST or PUT.
    pub(in crate::scim) fn new(of: &'a ResourceType) -> Reading<'a> {
        Reading {
            index: 0,
            action: Action::Replace,
            of,
            once: Once::default(),
            terms: 0,
            overlooked: Overlooked::default(),
            operations: Vec::new(),
        }
    }

    /// Goes on to an operation of a PATCH.
    pub(super) fn begin(&mut self, index: usize) {
        self.index = index;
        self.once = Once::default();
    }

    pub(super) fn acts(&mut self, action: Action) {
        self.action = action;
    }

    /// Reads an operation with a path. What no schema has is overlooked, as in a POST: an error here would hold up all
    /// else that Entra sends along.
    pub(super) fn at(&mut self, path: &str, value: Option<Value>) -> Result<(), ScimError> {
        let parsed = self.parsed(path)?;
        match parsed.map_err(|error| error.in_path(path))? {
            PatchPath::Attribute(path, _) if path.is_of("schemas") => Ok(()),
            PatchPath::Attribute(path, filter) => {
                check_mutability(&path)?;
                self.on_attribute(path, filter, value)
            }
            PatchPath::Extension(urn) => self.on_extension(&urn, value),
            PatchPath::Core => self.on_resource(value),
            PatchPath::Unknown(name) => {
                self.overlooked.note(&name);
                Ok(())
            }
        }
    }

    /// Reads the value of an operation on the resource itself: it holds the attributes to write (RFC 7644 §3.5.2.1). A
    /// removal needs a path (§3.5.2.2).
    pub(super) fn on_resource(&mut self, value: Option<Value>) -> Result<(), ScimError> {
        match (self.action, value) {
            (Action::Remove, _) => Err(ScimError::NoTarget {
                expected: "a path of what to remove",
            }),
            (_, Some(Value::Object(attributes))) => self.assignments(attributes),
            _ => Err(ScimError::syntax("an object in value, or a path")),
        }
    }

    /// Reads attributes without a path: those that clients write, by name, by dotted name, by URN, or by a path with a
    /// filter. All others are overlooked (RFC 7643 §2.2, RFC 7644 §3.3); a known one with a path or filter that cannot be read
    /// is an error, as in the path of an operation: its value would be lost.
    pub(in crate::scim) fn assignments(
        &mut self,
        attributes: Map<String, Value>,
    ) -> Result<(), ScimError> {
        for (name, value) in attributes {
            self.once.next(&name);
            match self.parsed(&name)? {
                Ok(PatchPath::Attribute(path, filter)) => {
                    if check_mutability(&path).is_ok() {
                        self.on_attribute(path, filter, Some(value))?;
                    }
                }
                Ok(PatchPath::Extension(urn)) => self.on_extension(&urn, Some(value))?,
                Ok(PatchPath::Core) => self.on_resource(Some(value))?,
                Ok(PatchPath::Unknown(unknown)) => self.overlooked.note(&unknown),
                Err(error) => return Err(error.in_name(&name)),
            }
        }
        Ok(())
    }

    /// Reads a path, and counts its comparisons.
    fn parsed(&mut self, path: &str) -> Result<Result<PatchPath, Expected>, ScimError> {
        let mut parser = Parser::new(path, self.of);
        let parsed = parser.path();
        self.terms += parser.terms();
        limits::check_count(
            self.terms,
            limits::PATH_TERMS,
            "comparisons in the paths of one request",
        )?;
        Ok(parsed)
    }

    fn on_extension(&mut self, urn: &Arc<str>, value: Option<Value>) -> Result<(), ScimError> {
        let cleared = matches!(&value, None | Some(Value::Null))
            || value.as_ref().and_then(Value::as_str) == Some("");
        match value {
            Some(Value::Object(attributes)) if self.action != Action::Remove => {
                let named = |(name, value)| (format!("{urn}:{name}"), value);
                self.assignments(attributes.into_iter().map(named).collect())
            }
            _ if self.action == Action::Remove || cleared => {
                self.push(Target::Extension(Arc::clone(urn)), PatchAction::Remove)
            }
            _ => Err(ScimError::value(&**urn, "an object")),
        }
    }

    fn on_attribute(
        &mut self,
        path: AttributePath,
        filter: Option<Node>,
        value: Option<Value>,
    ) -> Result<(), ScimError> {
        let leaf = path.leaf();
        if leaf.mutability == Mutability::WriteOnly {
            return Ok(());
        }
        let removes = self.action == Action::Remove;
        let role = value.as_ref().filter(|_| !removes);
        let parts = role.map(|value| dialect::role_parts(&path, value));
        if let Some(parts) = parts.transpose()?.flatten() {
            for (part, value) in parts {
                self.on_attribute(part, filter.clone(), Some(value))?;
            }
            return Ok(());
        }
        if leaf.kind != AttributeType::Complex {
            for name in value.as_ref().map(dialect::company).unwrap_or_default() {
                self.overlooked.note(&format!("{path}.{name}"));
            }
        }
        let value = match is_element(&path, &filter) {
            // One value takes the place of one, or is laid over it.
            true => value
                .map(|value| dialect::element(leaf, value))
                .transpose()?,
            false => value.map(|value| dialect::value(leaf, value)).transpose()?,
        };
        if let Some(value) = &value {
            self.overlooked.note_parts(&path, value);
            if !removes && dialect::names_nothing(leaf, value) {
                return Ok(());
            }
        }
        if leaf.kind == AttributeType::Complex && !leaf.multi_valued && !removes {
            return self.on_parts(path, value.unwrap_or_default());
        }
        let change = match path.is_of("members") {
            true => self.of_members(&path, &filter, value)?,
            false => self.change(&path, &filter, value)?,
        };
        if let Some(change) = change {
            self.push(Target::Attribute(path, filter), change)?;
        }
        Ok(())
    }

    fn push(&mut self, target: Target, change: PatchAction) -> Result<(), ScimError> {
        limits::check_count(
            self.operations.len() + 1,
            limits::PATCH_OPERATIONS,
            "attributes to write in one request",
        )?;
        self.once.write(&target, &change)?;
        self.operations.push(Operation {
            index: self.index,
            target,
            change,
        });
        Ok(())
    }

    /// Writing one complex value is writing each part that it names; parts that it does not name stay (RFC 7644 §3.5.2.3).
    fn on_parts(&mut self, path: AttributePath, value: Value) -> Result<(), ScimError> {
        let parts = match value {
            Value::Object(parts) => parts,
            Value::Null => {
                return self.push(Target::Attribute(path, None), PatchAction::Clear);
            }
            _ => return Err(ScimError::value(path.to_string(), "an object")),
        };
        let known = parts.into_iter().filter_map(|(name, value)| {
            let part = path.sub(&name)?;
            check_mutability(&part).is_ok().then_some((part, value))
        });
        // `value` before `$ref`: writing another value drops the reference that belonged to the old one.
        let mut known: Vec<_> = known.collect();
        known.sort_by_key(|(part, _)| part.leaf().name != "value");
        for (part, value) in known {
            self.on_attribute(part, None, Some(value))?;
        }
        Ok(())
    }

    /// The change of the values of an attribute; `None` if there is none.
    fn change(
        &self,
        path: &AttributePath,
        filter: &Option<Node>,
        value: Option<Value>,
    ) -> Result<Option<PatchAction>, ScimError> {
        let leaf = path.leaf();
        let all = leaf.multi_valued && !is_element(path, filter);
        let value = value.unwrap_or_default();
        let cleared = |how| dialect::cleared(path).map_or(how, PatchAction::Replace);
        if self.action == Action::Remove {
            let named = all.then(|| dialect::named(leaf, value));
            let named = named.transpose()?.flatten();
            let removed = || cleared(PatchAction::Remove);
            return Ok(Some(named.map_or_else(removed, PatchAction::RemoveNamed)));
        }
        let name = path.to_string();
        let value = match leaf.multi_valued && !all {
            true => value::element(leaf, &name, value)?,
            false => value::assigned(leaf, &name, value)?,
        };
        Ok(match (self.action, value) {
            (Action::Add, Some(value)) => Some(PatchAction::Add(value)),
            (_, Some(value)) => Some(PatchAction::Replace(value)),
            // Adding nothing to several values leaves them.
            (Action::Add, None) if all => None,
            (_, None) => Some(cleared(PatchAction::Clear)),
        })
    }

    /// The change of members. Their parts are immutable (RFC 7643 §4.2): a member comes or goes.
    fn of_members(
        &self,
        path: &AttributePath,
        filter: &Option<Node>,
        value: Option<Value>,
    ) -> Result<Option<PatchAction>, ScimError> {
        let immutable = || ScimError::Mutability {
            attribute: path.to_string(),
            mutability: "immutable",
        };
        if path.sub_attribute().is_some() {
            return Err(immutable());
        }
        let attribute = path.attribute();
        if let Some(filter) = filter {
            return match (self.action, dialect::described(filter)) {
                (Action::Remove, _) => Ok(Some(PatchAction::Remove)),
                (Action::Add, Some(parts)) => {
                    let members = member::members(attribute, Value::Object(parts))?;
                    Ok(Some(PatchAction::AddMembers(members)))
                }
                _ => Err(immutable()),
            };
        }
        let absent = value.is_none();
        let value = value.unwrap_or_default();
        Ok(match self.action {
            Action::Add => {
                let members = member::members(attribute, value)?;
                (!members.is_empty()).then_some(PatchAction::AddMembers(members))
            }
            Action::Replace => Some(PatchAction::ReplaceMembers(member::members(
                attribute, value,
            )?)),
            // Only a `remove` without any value empties a group: one whose value is empty names nobody.
            Action::Remove if absent => Some(PatchAction::Remove),
            Action::Remove => {
                let named = dialect::named(attribute, value)?.unwrap_or_default();
                let members = member::members(attribute, Value::Array(named))?;
                Some(PatchAction::RemoveMembers(members))
            }
        })
    }
}

/// True if one of several values is meant. A filter belongs to the attribute before it: behind one, a sub-attribute has as
/// many values as it has elsewhere.
fn is_element(path: &AttributePath, filter: &Option<Node>) -> bool {
    path.sub_attribute().is_none() && path.attribute().multi_valued && filter.is_some()
}

/// Refuses what a client may not write at all; what it writes to a `writeOnly` attribute is dropped further on.
fn check_mutability(path: &AttributePath) -> Result<(), ScimError> {
    let read_only = |attribute: &Attribute| attribute.mutability == Mutability::ReadOnly;
    if read_only(path.attribute()) || read_only(path.leaf()) {
        return Err(ScimError::Mutability {
            attribute: path.to_string(),
            mutability: "readOnly",
        });
    }
    Ok(())
}
