//! The columns of a table of users: each is the path of a SCIM PATCH, such as `name.givenName` or
//! `emails[type eq "work"].value`, as Entra's attribute mappings name them.

use serde_json::Map;
use serde_json::Number;
use serde_json::Value;
use serde_json::json;

use crate::admin::people::patch;
use crate::scim::AttributePath;
use crate::scim::ResourceType;
use crate::scim::ScimError;
use crate::scim::schema::Attribute;
use crate::scim::schema::AttributeType;
use crate::scim::schema::Mutability;

/// A column of an export.
#[derive(Clone, PartialEq, Debug)]
pub struct Column {
    path: String,
    extension: Option<String>,
    attribute: String,
    kind: Option<&'static str>,
    part: Option<String>,
}

/// The columns of an export: everything of one value, and of several values those that Entra's default mappings fill.
pub(super) fn exported(of: &ResourceType) -> Vec<Column> {
    let mut columns = vec![Column::plain("id"), Column::plain("externalId")];
    let core = of.core().attributes().iter();
    for attribute in core.filter(|attribute| is_written(attribute)) {
        match attribute.multi_valued {
            true => columns.extend(several(attribute)),
            false => columns.extend(single(None, attribute)),
        }
    }
    for schema in of.extensions() {
        let attributes = schema.attributes().iter();
        let written =
            attributes.filter(|attribute| is_written(attribute) && !attribute.multi_valued);
        columns.extend(written.flat_map(|attribute| single(Some(schema.id()), attribute)));
    }
    columns
}

/// True for an attribute that clients write and read back: a password is never kept.
fn is_written(attribute: &Attribute) -> bool {
    !matches!(
        attribute.mutability,
        Mutability::ReadOnly | Mutability::WriteOnly
    )
}

fn single(extension: Option<&str>, attribute: &Attribute) -> Vec<Column> {
    let whole = Column {
        path: match extension {
            Some(urn) => format!("{urn}:{}", attribute.name),
            None => attribute.name.clone(),
        },
        extension: extension.map(str::to_owned),
        attribute: attribute.name.clone(),
        kind: None,
        part: None,
    };
    if attribute.kind != AttributeType::Complex {
        return vec![whole];
    }
    let parts = attribute.sub_attributes.iter();
    let parts = parts.filter(|part| is_written(part) && !part.name.starts_with('$'));
    let column = |part: &std::sync::Arc<Attribute>| Column {
        path: format!("{}.{}", whole.path, part.name),
        part: Some(part.name.clone()),
        ..whole.clone()
    };
    parts.map(column).collect()
}

fn several(attribute: &Attribute) -> Vec<Column> {
    let typed = TYPED.iter().filter(|(name, ..)| *name == attribute.name);
    let columns = typed.flat_map(|(name, kinds, parts)| {
        let pairs = kinds
            .iter()
            .flat_map(|kind| parts.iter().map(move |part| (*kind, *part)));
        pairs.map(move |(kind, part)| Column {
            path: format!("{name}[type eq \"{kind}\"].{part}"),
            extension: None,
            attribute: (*name).to_owned(),
            kind: Some(kind),
            part: Some(part.to_owned()),
        })
    });
    columns.collect()
}

/// An attribute of several values, the types of those that have columns, and their parts.
type Typed = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const TYPED: [Typed; 3] = [
    ("emails", &["work", "home", "other"], &["value"]),
    ("phoneNumbers", &["work", "mobile", "fax"], &["value"]),
    (
        "addresses",
        &["work"],
        &[
            "formatted",
            "streetAddress",
            "locality",
            "region",
            "postalCode",
            "country",
        ],
    ),
];

impl Column {
    fn plain(name: &str) -> Column {
        Column {
            path: name.to_owned(),
            extension: None,
            attribute: name.to_owned(),
            kind: None,
            part: None,
        }
    }

    /// The heading, which is the path of an attribute.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn take(&self, user: &mut Map<String, Value>) -> Option<String> {
        let holder = match &self.extension {
            Some(urn) => user.get_mut(urn)?.as_object_mut()?,
            None => user,
        };
        let value = match (&self.kind, &self.part) {
            (_, None) => holder.remove(&self.attribute)?,
            (None, Some(part)) => holder
                .get_mut(&self.attribute)?
                .as_object_mut()?
                .remove(part)?,
            (Some(kind), Some(part)) => {
                let values = holder.get_mut(&self.attribute)?.as_array_mut()?;
                let mut values = values.iter_mut();
                values
                    .find(|value| is_of(value, kind))?
                    .as_object_mut()?
                    .remove(part)?
            }
        };
        match value {
            Value::String(text) => Some(text),
            value => Some(value.to_string()),
        }
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    let found = value.get("type").and_then(Value::as_str);
    found.is_some_and(|found| found.eq_ignore_ascii_case(kind))
}

/// The attributes of which something is left after all columns have taken theirs, but for `type` and `primary`.
pub(super) fn left_over(user: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let left = user.iter().filter(|(name, _)| *name != "schemas");
    left.filter(|(_, value)| holds_something(value))
        .map(|(name, _)| name.as_str())
}

fn holds_something(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().any(holds_something),
        Value::Object(parts) => parts.iter().any(|(name, part)| {
            !["type", "primary"].contains(&name.as_str()) && holds_something(part)
        }),
        _ => true,
    }
}

/// Holds the heading of a table against the schemas: every column but `id` must be a path that can be written.
pub(super) fn check(heading: &str, of: &ResourceType) -> Result<(), ScimError> {
    match is_given_by_the_server(heading) {
        true => Ok(()),
        // A path that parses is written here to no user at all.
        false => match patch(&[json!({ "op": "remove", "path": heading })], of) {
            Ok(patch) if patch.overlooked().is_empty() => Ok(()),
            Ok(_) => Err(ScimError::value(
                heading,
                "the name of an attribute that a schema has",
            )),
            Err(error) => Err(error),
        },
    }
}

/// The operation that a cell stands for; `None` for one that says nothing. Extensions have numbers, cells only text.
pub(super) fn operation(heading: &str, cell: &str, of: &ResourceType) -> Option<Value> {
    let says_something = !cell.is_empty() && !is_given_by_the_server(heading);
    let number = || is_number(heading, of).then(|| cell.parse::<Number>().ok())?;
    let value = || number().map_or_else(|| json!(cell), Value::Number);
    says_something.then(|| json!({ "op": "replace", "path": heading, "value": value() }))
}

/// True for the path of a number. The standard's users have none.
fn is_number(heading: &str, of: &ResourceType) -> bool {
    let path = AttributePath::parse(heading, of);
    let attribute = path.as_ref().map(AttributePath::leaf);
    attribute.is_some_and(|attribute| {
        matches!(
            attribute.kind,
            AttributeType::Integer | AttributeType::Decimal
        )
    })
}

fn is_given_by_the_server(heading: &str) -> bool {
    heading.eq_ignore_ascii_case("id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::Draft;
    use crate::scim::Resource;
    use crate::scim::ResourceKind;
    use crate::scim::Schemas;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    fn user() -> Map<String, Value> {
        let schemas = Schemas::standard();
        let of = schemas.resource_type(ResourceKind::User);
        let body = json!({
            "userName": "ada", "externalId": "7", "active": true,
            "name": {"givenName": "Ada", "familyName": "King"},
            "emails": [{"value": "w@x.example", "type": "work"}, {"value": "h@x.example", "type": "home"}],
            "addresses": [{"type": "work", "locality": "London"}],
            ENTERPRISE: {"department": "R", "manager": {"value": "9"}},
        });
        let draft = Draft::read(body, of).unwrap();
        draft.resource.attributes().clone()
    }

    #[test]
    fn every_column_is_a_path_that_can_be_written() {
        let schemas = Schemas::standard();
        let of = schemas.resource_type(ResourceKind::User);
        let columns = exported(of);
        for column in &columns {
            assert_eq!(check(&column.path, of), Ok(()), "{}", column.path);
        }
        assert!(!columns.iter().any(|column| column.path == "password"));
        for bad in ["shoeSize", "meta.created", "groups", "emails[", ""] {
            assert!(check(bad, of).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_user_of_columns_alone_comes_back_from_its_cells() {
        let schemas = Schemas::standard();
        let of = schemas.resource_type(ResourceKind::User);
        let (user, mut left) = (user(), user());
        let cells = exported(of).into_iter().filter_map(|column| {
            let value = column.take(&mut left)?;
            operation(&column.path, &value, of)
        });
        let operations: Vec<_> = cells.collect();
        assert_eq!(left_over(&left).collect::<Vec<_>>(), Vec::<&str>::new());
        let nothing = Resource::restored(ResourceKind::User, Map::new());
        let patched = patch(&operations, of).unwrap().apply(&nothing, of).unwrap();
        assert_eq!(*patched.resource.attributes(), user);
    }

    #[test]
    fn a_cell_becomes_a_number_where_an_extension_has_one() {
        let declaration = json!({
            "id": "urn:example:badge",
            "name": "Badge",
            "resource": "User",
            "attributes": [{"name": "floor", "type": "integer"}, {"name": "door", "type": "string"}],
        });
        let declaration = serde_json::from_value(declaration).unwrap();
        let schemas = Schemas::with_extensions(&[declaration]).unwrap();
        let of = schemas.resource_type(ResourceKind::User);
        let value = |path, cell| operation(path, cell, of).map(|of| of["value"].clone());
        assert_eq!(value("urn:example:badge:floor", "7"), Some(json!(7)));
        assert_eq!(value("URN:example:badge:FLOOR", "7"), Some(json!(7)));
        assert_eq!(value("urn:example:badge:floor", "top"), Some(json!("top")));
        assert_eq!(value("urn:example:badge:door", "7"), Some(json!("7")));
        assert_eq!(value("title", "7"), Some(json!("7")));
        assert_eq!(value("title", ""), None);
    }

    #[test]
    fn what_has_no_column_is_left_over() {
        let schemas = Schemas::standard();
        let of = schemas.resource_type(ResourceKind::User);
        let mut left = user();
        left.insert("roles".to_owned(), json!([{"value": "admin"}]));
        let second = json!({"value": "second@x.example", "type": "work"});
        left["emails"].as_array_mut().unwrap().push(second);
        for column in exported(of) {
            column.take(&mut left);
        }
        let mut names: Vec<_> = left_over(&left).collect();
        names.sort_unstable();
        assert_eq!(names, ["emails", "roles"]);
    }
}
