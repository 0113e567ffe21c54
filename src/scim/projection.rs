//! The part of a resource that is returned (RFC 7644 §3.9): `attributes`, `excludedAttributes`, and each attribute's
//! `returned`.

use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use super::ScimError;
use super::limits;
use super::path::Resolved;
use super::path::resolve;
use super::schema::Attribute;
use super::schema::ResourceType;
use super::schema::Returned;

#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) enum Projection {
    /// Those that are returned by default.
    #[default]
    Default,
    /// These, and those that are always returned.
    Only(Names),
    /// Those that are returned by default, without these.
    Without(Names),
}

/// Names of attributes and sub-attributes, as the schemas spell them.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Names(Vec<Name>);

/// An attribute, a part of it, or a whole extension.
#[derive(Clone, PartialEq, Debug)]
struct Name {
    extension: Option<String>,
    attribute: Option<String>,
    part: Option<String>,
}

impl Projection {
    /// Reads the two lists of names; empty ones ask for nothing special, and names that no schema has name nothing. Both lists
    /// together are `invalidValue`, since each says what the other may not.
    pub(crate) fn new(
        attributes: &[impl AsRef<str>],
        excluded_attributes: &[impl AsRef<str>],
        of: &ResourceType,
    ) -> Result<Projection, ScimError> {
        if attributes.len().max(excluded_attributes.len()) > limits::PROJECTED {
            return Err(ScimError::value("attributes", "at most 200 names"));
        }
        match (attributes.is_empty(), excluded_attributes.is_empty()) {
            (true, true) => Ok(Projection::Default),
            (false, true) => Ok(Projection::Only(Names::of(attributes, of))),
            (true, false) => Ok(Projection::Without(Names::of(excluded_attributes, of))),
            (false, false) => Err(ScimError::value(
                "attributes",
                "either attributes or excludedAttributes",
            )),
        }
    }

    /// True if an attribute at the top of the resource may be returned. One that may not, such as `members`, need not
    /// be loaded.
    pub(crate) fn wants(&self, attribute: &str) -> bool {
        let of =
            |name: &&Name| name.extension.is_none() && name.attribute.as_deref() == Some(attribute);
        match self {
            Projection::Default => true,
            Projection::Only(names) => names.0.iter().any(|name| of(&name)),
            Projection::Without(names) => {
                let mut meant = names.0.iter().filter(of);
                !meant.any(|name| name.part.is_none())
            }
        }
    }

    /// The document without the values that must not be returned.
    pub(crate) fn apply(
        &self,
        document: Map<String, Value>,
        of: &ResourceType,
    ) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, value) in document {
            let value = match (of.attribute(&name), of.extension(&name), value) {
                (Some(attribute), _, value) => self.of_attribute(None, attribute, value),
                (None, Some(schema), Value::Object(values)) => {
                    let values = values.into_iter().filter_map(|(name, value)| {
                        let attribute = schema.attribute(&name)?;
                        Some((
                            name,
                            self.of_attribute(Some(schema.id()), attribute, value)?,
                        ))
                    });
                    let values: Map<_, _> = values.collect();
                    (!values.is_empty()).then_some(Value::Object(values))
                }
                _ => None,
            };
            if let Some(value) = value {
                kept.insert(name, value);
            }
        }
        kept
    }

    fn of_attribute(
        &self,
        extension: Option<&str>,
        attribute: &Attribute,
        value: Value,
    ) -> Option<Value> {
        let whole = self.asks(extension, attribute, None);
        match attribute.returned {
            Returned::Never => return None,
            Returned::Always => return Some(value),
            Returned::Default | Returned::Request => {}
        }
        if attribute.sub_attributes.is_empty() {
            return whole.returns(attribute.returned).then_some(value);
        }
        if whole == Selection::Excluded
            || whole == Selection::Unmentioned && attribute.returned == Returned::Request
        {
            // A part may be asked for by its own name.
            let named = |part: &&Arc<Attribute>| {
                self.asks(extension, attribute, Some(part)) == Selection::Requested
            };
            attribute.sub_attributes.iter().find(named)?;
        }
        self.parts(extension, attribute, whole, value)
    }

    fn parts(
        &self,
        extension: Option<&str>,
        attribute: &Attribute,
        whole: Selection,
        value: Value,
    ) -> Option<Value> {
        match value {
            Value::Array(elements) => {
                let elements = elements
                    .into_iter()
                    .filter_map(|element| self.parts(extension, attribute, whole, element));
                let elements: Vec<_> = elements.collect();
                (!elements.is_empty()).then_some(Value::Array(elements))
            }
            Value::Object(parts) => {
                let is_shown = |name: &str| {
                    let part = attribute.sub_attribute(name);
                    part.is_some_and(|part| self.shows_part(extension, attribute, whole, part))
                };
                let parts = parts.into_iter().filter(|(name, _)| is_shown(name));
                let parts: Map<_, _> = parts.collect();
                (!parts.is_empty()).then_some(Value::Object(parts))
            }
            value => Some(value),
        }
    }

    fn shows_part(
        &self,
        extension: Option<&str>,
        attribute: &Attribute,
        whole: Selection,
        part: &Attribute,
    ) -> bool {
        match self.asks(extension, attribute, Some(part)) {
            // Whoever asks for the attribute asks for its parts.
            Selection::Excluded if whole == Selection::Requested => {
                Selection::Unmentioned.returns(part.returned)
            }
            asked => asked.returns(part.returned),
        }
    }

    /// The client's choice about an attribute or a part of it.
    fn asks(
        &self,
        extension: Option<&str>,
        attribute: &Attribute,
        part: Option<&Attribute>,
    ) -> Selection {
        let is = |name: &Name| {
            name.extension.as_deref() == extension
                && match (&name.attribute, &name.part, part) {
                    (None, _, None) => true,
                    (Some(of), None, None) => *of == attribute.name,
                    (Some(of), Some(wanted), Some(part)) => {
                        *of == attribute.name && *wanted == part.name
                    }
                    _ => false,
                }
        };
        match self {
            Projection::Default => Selection::Unmentioned,
            Projection::Only(names) if names.0.iter().any(is) => Selection::Requested,
            Projection::Only(_) => Selection::Excluded,
            Projection::Without(names) if names.0.iter().any(is) => Selection::Excluded,
            Projection::Without(_) => Selection::Unmentioned,
        }
    }
}

impl Names {
    fn of(names: &[impl AsRef<str>], of: &ResourceType) -> Names {
        let mut each = Vec::new();
        for name in names.iter().filter_map(|name| known(name.as_ref(), of)) {
            if !each.contains(&name) {
                each.push(name);
            }
        }
        Names(each)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Selection {
    Requested,
    Excluded,
    Unmentioned,
}

impl Selection {
    fn returns(self, returned: Returned) -> bool {
        match returned {
            Returned::Always => true,
            Returned::Never => false,
            Returned::Default => self != Selection::Excluded,
            Returned::Request => self == Selection::Requested,
        }
    }
}

fn known(name: &str, of: &ResourceType) -> Option<Name> {
    match resolve(name.trim(), of) {
        Resolved::Attribute(path) => Some(Name {
            extension: path.extension().map(str::to_owned),
            attribute: Some(path.attribute().name.clone()),
            part: path.sub_attribute().map(|part| part.name.clone()),
        }),
        Resolved::Extension(urn) => Some(Name {
            extension: Some(urn.to_string()),
            attribute: None,
            part: None,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::ResourceKind;
    use crate::scim::Schemas;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    fn shown(attributes: &[&str], excluded: &[&str]) -> Value {
        let schemas = Schemas::standard();
        let of = schemas.resource_type(ResourceKind::User);
        let document = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "1",
            "meta": {"version": "W/\"1\"", "resourceType": "User"},
            "userName": "ada", "name": {"givenName": "Ada", "familyName": "King"},
            "emails": [{"value": "w", "type": "work"}, {"value": "h"}],
            "password": "secret", ENTERPRISE: {"department": "R", "division": "D"},
        });
        let projection = Projection::new(attributes, excluded, of).unwrap();
        Value::Object(projection.apply(document.as_object().unwrap().clone(), of))
    }

    fn always(mut rest: Value) -> Value {
        rest["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
        rest["id"] = json!("1");
        rest
    }

    #[test]
    fn by_default_all_is_shown_but_what_never_is() {
        let all = shown(&[], &[]);
        assert_eq!(all.get("password"), None);
        assert_eq!(all.as_object().unwrap().len(), 7);
        assert_eq!(shown(&["password"], &[]), always(json!({})));
    }

    #[test]
    fn only_what_is_asked_for_and_what_always_is() {
        for (attribute, expected) in [
            ("USERNAME", json!({"userName": "ada"})),
            (
                "name",
                json!({"name": {"givenName": "Ada", "familyName": "King"}}),
            ),
            ("name.givenName", json!({"name": {"givenName": "Ada"}})),
            ("emails.type", json!({"emails": [{"type": "work"}]})),
            ("meta.version", json!({"meta": {"version": "W/\"1\""}})),
            ("shoeSize", json!({})),
            (
                ENTERPRISE,
                json!({ENTERPRISE: {"department": "R", "division": "D"}}),
            ),
            (
                &format!("{ENTERPRISE}:division"),
                json!({ENTERPRISE: {"division": "D"}}),
            ),
        ] {
            assert_eq!(shown(&[attribute], &[]), always(expected), "{attribute}");
        }
    }

    #[test]
    fn without_what_is_excluded_but_with_what_always_is() {
        let all = shown(&[], &[]);
        for (attribute, removed) in [
            ("emails", vec!["/emails"]),
            ("name.givenName", vec!["/name/givenName"]),
            ("id", vec![]),
            (ENTERPRISE, vec![]),
        ] {
            let mut expected = all.clone();
            for pointer in removed {
                let (holder, name) = pointer.rsplit_once('/').unwrap();
                let holder = expected.pointer_mut(holder).unwrap();
                holder.as_object_mut().unwrap().remove(name);
            }
            if attribute == ENTERPRISE {
                expected.as_object_mut().unwrap().remove(ENTERPRISE);
            }
            assert_eq!(shown(&[], &[attribute]), expected, "{attribute}");
        }
    }

    #[test]
    fn what_is_not_wanted_need_not_be_loaded() {
        let schemas = Schemas::standard();
        let of = schemas.resource_type(ResourceKind::Group);
        for (attributes, excluded, wanted) in [
            (vec![], vec![], true),
            (vec!["members"], vec![], true),
            (vec!["members.value"], vec![], true),
            (vec!["displayName"], vec![], false),
            (vec![], vec!["members"], false),
            (vec![], vec!["members.display"], true),
        ] {
            let projection = Projection::new(&attributes, &excluded, of).unwrap();
            assert_eq!(
                projection.wants("members"),
                wanted,
                "{attributes:?} {excluded:?}"
            );
        }
    }
}
