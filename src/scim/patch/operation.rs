//! One operation, resolved against the schemas: what to do, to which attribute, with a value that fits.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use crate::scim::ScimError;
use crate::scim::dialect;
use crate::scim::filter::Node;
use crate::scim::filter::Parser;
use crate::scim::filter::PatchPath;
use crate::scim::member;
use crate::scim::member::MemberRef;
use crate::scim::path::AttributePath;
use crate::scim::path::Resolved;
use crate::scim::schema::Attribute;
use crate::scim::schema::AttributeType;
use crate::scim::schema::Mutability;
use crate::scim::schema::ResourceType;
use crate::scim::value;

/// What an operation does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::scim) enum Action {
    Add,
    Replace,
    Remove,
}

/// An operation on one attribute.
#[derive(Clone, PartialEq)]
pub(in crate::scim) struct Operation {
    /// Its place in the request, for errors.
    pub(in crate::scim) index: usize,
    pub(in crate::scim) target: Target,
    pub(in crate::scim) change: Change,
}

/// What an operation is done to.
#[derive(Clone, PartialEq)]
pub(in crate::scim) enum Target {
    /// An attribute or sub-attribute, of the values that meet the filter where there is one.
    Attribute(AttributePath, Option<Node>),
    /// All that an extension holds.
    Extension(Arc<str>),
}

/// What is done.
#[derive(Clone, PartialEq)]
pub(in crate::scim) enum Change {
    /// The value is added to what there is; one value takes the place of another.
    Add(Value),
    /// The value takes the place of what there is.
    Replace(Value),
    /// Everything at the target goes, because of a removal.
    Remove,
    /// Everything at the target goes, because null was written to it.
    Clear,
    /// These values go, of a multi-valued attribute.
    RemoveNamed(Vec<Value>),
    /// These members come.
    AddMembers(Vec<MemberRef>),
    /// These members take the place of all others.
    ReplaceMembers(Vec<MemberRef>),
    /// These members go.
    RemoveMembers(Vec<MemberRef>),
}

/// The operations that one with a path stands for.
pub(super) fn operations(
    index: usize,
    action: Action,
    path: PatchPath,
    value: Option<Value>,
    of: &ResourceType,
) -> Result<Vec<Operation>, ScimError> {
    match path {
        PatchPath::Attribute(path, _) if path.is_of("schemas") => Ok(Vec::new()),
        PatchPath::Attribute(path, filter) => {
            check_mutability(&path)?;
            on_attribute(index, action, path, filter, value)
        }
        PatchPath::Other(Resolved::Extension(urn)) => on_extension(index, action, urn, value, of),
        // A POST overlooks such a schema too; an error here would hold up all else that Entra sends along.
        PatchPath::Other(Resolved::UnknownExtension) => Ok(Vec::new()),
        PatchPath::Other(_) => Err(ScimError::InvalidPath {
            position: 0,
            expected: "an attribute that the schemas have",
        }),
    }
}

/// The operations that attributes without a path stand for: those that clients write, by name, by dotted name, by URN, or
/// by a path with a filter. All others are overlooked (RFC 7643 §2.2, RFC 7644 §3.3).
pub(in crate::scim) fn assignments(
    index: usize,
    action: Action,
    attributes: Map<String, Value>,
    of: &ResourceType,
) -> Result<Vec<Operation>, ScimError> {
    value::check_names(&attributes)?;
    let mut operations = Vec::new();
    for (name, value) in attributes {
        match Parser::new(&name, of).path() {
            Ok(PatchPath::Attribute(path, filter)) if check_mutability(&path).is_ok() => {
                operations.extend(on_attribute(index, action, path, filter, Some(value))?);
            }
            Ok(PatchPath::Other(Resolved::Extension(urn))) => {
                operations.extend(on_extension(index, action, urn, Some(value), of)?);
            }
            _ => {}
        }
    }
    Ok(operations)
}

/// Whether a client may write to it at all; what it writes to a `writeOnly` attribute is dropped further on.
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

fn on_extension(
    index: usize,
    action: Action,
    urn: Arc<str>,
    value: Option<Value>,
    of: &ResourceType,
) -> Result<Vec<Operation>, ScimError> {
    let cleared = matches!(&value, None | Some(Value::Null))
        || value.as_ref().and_then(Value::as_str) == Some("");
    match value {
        Some(Value::Object(attributes)) if action != Action::Remove => {
            let named = |(name, value)| (format!("{urn}:{name}"), value);
            assignments(
                index,
                action,
                attributes.into_iter().map(named).collect(),
                of,
            )
        }
        _ if action == Action::Remove || cleared => Ok(vec![Operation {
            index,
            target: Target::Extension(urn),
            change: Change::Remove,
        }]),
        _ => Err(ScimError::value(&*urn, "an object")),
    }
}

fn on_attribute(
    index: usize,
    action: Action,
    path: AttributePath,
    filter: Option<Node>,
    value: Option<Value>,
) -> Result<Vec<Operation>, ScimError> {
    if path.leaf().mutability == Mutability::WriteOnly {
        return Ok(Vec::new());
    }
    let one_complex = path.leaf().kind == AttributeType::Complex && !path.leaf().multi_valued;
    if one_complex && action != Action::Remove {
        return on_parts(index, action, path, value.unwrap_or_default());
    }
    let change = match path.is_of("members") {
        true => of_members(action, &path, &filter, value)?,
        false => change(action, &path, &filter, value)?,
    };
    let target = Target::Attribute(path, filter);
    Ok(Vec::from_iter(change.map(|change| Operation {
        index,
        target,
        change,
    })))
}

/// Writing one complex value is writing each part that it names; parts that it does not name stay (RFC 7644 §3.5.2.3).
fn on_parts(
    index: usize,
    action: Action,
    path: AttributePath,
    value: Value,
) -> Result<Vec<Operation>, ScimError> {
    let name = path.to_string();
    let parts = match dialect::value(path.leaf(), value) {
        Value::Object(parts) => parts,
        Value::Null => {
            return Ok(vec![Operation {
                index,
                target: Target::Attribute(path, None),
                change: Change::Clear,
            }]);
        }
        _ => return Err(ScimError::value(name, "an object")),
    };
    value::check_names(&parts)?;
    let known = parts.into_iter().filter_map(|(name, value)| {
        let part = path.sub(&name)?;
        check_mutability(&part).is_ok().then_some((part, value))
    });
    // `value` before `$ref`: writing another value drops the reference that belonged to the old one.
    let mut known: Vec<_> = known.collect();
    known.sort_by_key(|(part, _)| part.leaf().name != "value");
    let mut operations = Vec::new();
    for (part, value) in known {
        operations.extend(on_attribute(index, action, part, None, Some(value))?);
    }
    Ok(operations)
}

/// What to do with the values of an attribute; `None` if nothing.
fn change(
    action: Action,
    path: &AttributePath,
    filter: &Option<Node>,
    value: Option<Value>,
) -> Result<Option<Change>, ScimError> {
    let all = path.leaf().multi_valued && filter.is_none();
    let value = value.unwrap_or_default();
    if action == Action::Remove {
        let named = all.then(|| dialect::named(path.leaf(), value)).flatten();
        return Ok(Some(named.map_or(Change::Remove, Change::RemoveNamed)));
    }
    let name = path.to_string();
    let element = path.leaf().multi_valued && !all;
    let value = match element {
        // One value takes the place of one, or is laid over it.
        true => {
            let value = match value {
                Value::Array(mut values) if values.len() == 1 => values.remove(0),
                value => value,
            };
            value::element(path.leaf(), &name, dialect::element(path.leaf(), value))?
        }
        false => value::assigned(path.leaf(), &name, dialect::value(path.leaf(), value))?,
    };
    Ok(match (action, value) {
        (Action::Add, Some(value)) => Some(Change::Add(value)),
        (_, Some(value)) => Some(Change::Replace(value)),
        // To add nothing to several values is to leave them.
        (Action::Add, None) if all => None,
        (_, None) => Some(Change::Clear),
    })
}

/// What to do with members. Their parts are immutable (RFC 7643 §4.2): a member comes or goes.
fn of_members(
    action: Action,
    path: &AttributePath,
    filter: &Option<Node>,
    value: Option<Value>,
) -> Result<Option<Change>, ScimError> {
    if path.sub_attribute().is_some() {
        return Err(ScimError::Mutability {
            attribute: path.to_string(),
            mutability: "immutable",
        });
    }
    let attribute = path.attribute();
    let absent = value.is_none();
    let value = value.unwrap_or_default();
    if let Some(filter) = filter {
        return match (action, dialect::described(filter)) {
            (Action::Remove, _) => Ok(Some(Change::Remove)),
            (Action::Add, Some(parts)) => {
                let members = member::members(attribute, Value::Object(parts))?;
                Ok(Some(Change::AddMembers(members)))
            }
            _ => Err(ScimError::Mutability {
                attribute: path.to_string(),
                mutability: "immutable",
            }),
        };
    }
    Ok(match action {
        Action::Add => {
            let members = member::members(attribute, value)?;
            (!members.is_empty()).then_some(Change::AddMembers(members))
        }
        Action::Replace => Some(Change::ReplaceMembers(member::members(attribute, value)?)),
        // Nothing empties a group but a `remove` without any value: one whose value is empty names nobody.
        Action::Remove if absent => Some(Change::Remove),
        Action::Remove => {
            let named = dialect::named(attribute, value).unwrap_or_default();
            let members = member::members(attribute, Value::Array(named))?;
            Some(Change::RemoveMembers(members))
        }
    })
}
