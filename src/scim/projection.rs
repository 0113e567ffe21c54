//! What of a resource is returned (RFC 7644 §3.9): `attributes`, `excludedAttributes`, and each attribute's `returned`.

use serde_json::Map;
use serde_json::Value;

use super::ScimError;
use super::limits;
use super::path::Resolved;
use super::path::resolve;
use super::schema::Attribute;
use super::schema::ResourceType;
use super::schema::Returned;

/// Which attributes a client asks for.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Projection {
    /// What is returned by default.
    #[default]
    Default,
    /// These, and what is always returned.
    Only(Names),
    /// What is returned by default without these.
    Without(Names),
}

/// Names of attributes and sub-attributes, as the schemas spell them.
#[derive(Clone, PartialEq, Debug)]
pub struct Names(Vec<Name>);

/// An attribute, a part of it, or a whole extension.
#[derive(Clone, PartialEq, Debug)]
struct Name {
    extension: Option<String>,
    attribute: Option<String>,
    part: Option<String>,
}

impl Projection {
    /// Reads the two lists of names; empty ones ask for nothing special. Names that no schema has name nothing.
    ///
    /// # Errors
    /// `invalidValue` where both lists are there, since each says what the other may not, and for lists beyond the limit.
    pub fn new(
        attributes: &[&str],
        excluded_attributes: &[&str],
        of: &ResourceType,
    ) -> Result<Projection, ScimError> {
        if attributes.len().max(excluded_attributes.len()) > limits::PROJECTED {
            return Err(ScimError::value("attributes", "at most 200 names"));
        }
        let names =
            |names: &[&str]| Names(names.iter().filter_map(|name| known(name, of)).collect());
        match (attributes.is_empty(), excluded_attributes.is_empty()) {
            (true, true) => Ok(Projection::Default),
            (false, true) => Ok(Projection::Only(names(attributes))),
            (true, false) => Ok(Projection::Without(names(excluded_attributes))),
            (false, false) => Err(ScimError::value(
                "attributes",
                "either attributes or excludedAttributes",
            )),
        }
    }

    /// Whether an attribute at the top of the resource may be returned: what is not, such as `members`, need not be
    /// loaded.
    pub fn wants(&self, attribute: &str) -> bool {
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

    /// The document without what is not to be returned.
    pub fn apply(&self, document: Map<String, Value>, of: &ResourceType) -> Map<String, Value> {
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
        if whole == Asked::Not
            || whole == Asked::Unmentioned && attribute.returned == Returned::Request
        {
            // A part may be asked for by its own name.
            let named = |part: &&std::sync::Arc<Attribute>| {
                self.asks(extension, attribute, Some(part)) == Asked::For
            };
            attribute.sub_attributes.iter().find(named)?;
        }
        self.parts(extension, attribute, whole, value)
    }

    fn parts(
        &self,
        extension: Option<&str>,
        attribute: &Attribute,
        whole: Asked,
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
                let parts = parts.into_iter().filter(|(name, _)| {
                    attribute.sub_attribute(name).is_some_and(|part| {
                        match self.asks(extension, attribute, Some(part)) {
                            Asked::Unmentioned if whole == Asked::For => {
                                part.returned != Returned::Never
                            }
                            asked => asked.returns(part.returned),
                        }
                    })
                });
                let parts: Map<_, _> = parts.collect();
                (!parts.is_empty()).then_some(Value::Object(parts))
            }
            value => Some(value),
        }
    }

    /// What the client says about an attribute or a part of it.
    fn asks(
        &self,
        extension: Option<&str>,
        attribute: &Attribute,
        part: Option<&Attribute>,
    ) -> Asked {
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
            Projection::Default => Asked::Unmentioned,
            Projection::Only(names) if names.0.iter().any(is) => Asked::For,
            Projection::Only(_) => Asked::Not,
            Projection::Without(names) if names.0.iter().any(is) => Asked::Not,
            Projection::Without(_) => Asked::Unmentioned,
        }
    }
}

/// What a client says about an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    For,
    Not,
    Unmentioned,
}

impl Asked {
    fn returns(self, returned: Returned) -> bool {
        match returned {
            Returned::Always => true,
            Returned::Never => false,
            Returned::Default => self != Asked::Not,
            Returned::Request => self == Asked::For,
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
