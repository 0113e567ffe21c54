//! Extension schemas that a configuration declares (RFC 7643 §3.3), held against everything that could later make a
//! name mean two things.

use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use super::Attribute;
use super::AttributeType;
use super::Mutability;
use super::ResourceKind;
use super::Returned;
use super::Schema;
use super::Schemas;
use super::Uniqueness;
use crate::scim::limits;

/// An extension schema, as a configuration declares it.
///
/// ```
/// use entrada::scim::{ExtensionDeclaration, Schemas};
///
/// let declaration: ExtensionDeclaration = serde_json::from_str(r#"{
///     "id": "urn:example:params:scim:schemas:badge:1.0:User",
///     "name": "Badge", "resource": "User",
///     "attributes": [{"name": "badgeNumber", "type": "integer"}]
/// }"#)?;
/// assert!(Schemas::with_extensions(&[declaration]).is_ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExtensionDeclaration {
    /// The URN, under which the attributes stand in a resource.
    pub id: String,
    /// A name for people to read.
    pub name: String,
    /// Its purpose.
    #[serde(default)]
    pub description: String,
    /// The kind of resource that it extends.
    pub resource: ResourceKind,
    /// Its attributes, at least one.
    pub attributes: Vec<AttributeDeclaration>,
}

/// An attribute of an extension. What is left out is as RFC 7643 §2.2 has it by default.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttributeDeclaration {
    /// The name: a letter, then letters, digits, hyphens and underscores.
    pub name: String,
    /// The type of each value.
    #[serde(rename = "type", default)]
    pub kind: AttributeType,
    /// True if there can be several values.
    #[serde(default)]
    pub multi_valued: bool,
    /// Its purpose.
    #[serde(default)]
    pub description: String,
    /// True if there must be a value wherever the extension is used.
    #[serde(default)]
    pub required: bool,
    /// True if upper and lower case differ.
    #[serde(default)]
    pub case_exact: bool,
    /// The rule for when it may be written; `writeOnly` is refused, as nothing would ever read it.
    #[serde(default)]
    pub mutability: Mutability,
    /// The rule for when it is returned.
    #[serde(default)]
    pub returned: Returned,
    /// Usual values.
    #[serde(default)]
    pub canonical_values: Vec<String>,
    /// The types of target that a reference may lead to.
    #[serde(default)]
    pub reference_types: Vec<String>,
    /// The parts of a complex attribute; they cannot be complex themselves.
    #[serde(default)]
    pub sub_attributes: Vec<AttributeDeclaration>,
}

/// A declaration of an extension that does not hold.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// The URN is none that can be told apart from what follows it.
    #[error(
        "{0:?} is no URN of an extension: expected urn: and at most 255 letters, digits, dots, colons, hyphens and underscores"
    )]
    Urn(String),
    /// The URN is another schema's, or the beginning of another's.
    #[error("{0:?} is, begins or continues the URN of another schema")]
    UrnTaken(String),
    /// A name is none.
    #[error(
        "{0:?} is no name: expected a letter, then letters, digits, hyphens and underscores, 64 at most"
    )]
    Name(String),
    /// Two attributes have one name, or differ in case alone.
    #[error("there are two attributes {0:?}")]
    NameTaken(String),
    /// Only a complex attribute has sub-attributes, it has at least one, and none of them is complex.
    #[error(
        "{0:?}: expected sub-attributes in a complex attribute, there alone, and not complex themselves"
    )]
    SubAttributes(String),
    /// Nothing would ever read it.
    #[error("{0:?} is writeOnly, so nothing would ever read it")]
    WriteOnly(String),
    /// More than there may be, or nothing.
    #[error("expected 1 to {limit} {what}, found {found}")]
    Count {
        /// The things that are counted.
        what: &'static str,
        /// The most that there may be.
        limit: usize,
        /// The number found.
        found: usize,
    },
}
debug_as_sentence!(ExtensionError);

impl Schemas {
    /// The standard's schemas and further extensions.
    ///
    /// # Errors
    /// A declaration that does not hold: a URN or name that is none, is there already or could be read in two ways, or
    /// more of something than there may be.
    pub fn with_extensions(
        declarations: &[ExtensionDeclaration],
    ) -> Result<Schemas, ExtensionError> {
        if declarations.len() > limits::EXTENSIONS {
            return Err(ExtensionError::Count {
                what: "extensions",
                limit: limits::EXTENSIONS,
                found: declarations.len(),
            });
        }
        let mut schemas = Schemas::standard();
        for declaration in declarations {
            let schema = schema(declaration)?;
            check_urn(&schemas, &schema)?;
            let extended = match declaration.resource {
                ResourceKind::User => &mut schemas.user,
                ResourceKind::Group => &mut schemas.group,
            };
            extended.extensions.push(schema);
        }
        Ok(schemas)
    }
}

fn schema(declaration: &ExtensionDeclaration) -> Result<Schema, ExtensionError> {
    Ok(Schema {
        id: Arc::from(declaration.id.as_str()),
        name: declaration.name.clone(),
        description: declaration.description.clone(),
        attributes: attributes(&declaration.attributes, true)?,
    })
}

/// A URN that begins another would make `urn:a:b:c` both a schema and the attribute `c` of `urn:a:b`.
fn check_urn(schemas: &Schemas, schema: &Schema) -> Result<(), ExtensionError> {
    let of = |c: u8| c.is_ascii_alphanumeric() || b":._-".contains(&c);
    let id = schema.id().to_ascii_lowercase();
    let inner = id.strip_prefix("urn:").unwrap_or_default();
    let valid = inner.contains(':')
        && !inner.starts_with(':')
        && !inner.ends_with(':')
        && id.len() <= limits::URN_LENGTH
        && id.bytes().all(of);
    if !valid {
        return Err(ExtensionError::Urn(schema.id().to_owned()));
    }
    let begins = |short: &str, long: &str| long.starts_with(&format!("{short}:"));
    let types = [&schemas.user, &schemas.group];
    let mut present = types
        .iter()
        .flat_map(|of| of.extensions.iter().chain([&of.core]));
    let taken = present.any(|other| {
        let other = other.id().to_ascii_lowercase();
        other == id || begins(&other, &id) || begins(&id, &other)
    });
    if taken {
        return Err(ExtensionError::UrnTaken(schema.id().to_owned()));
    }
    Ok(())
}

fn attributes(
    declarations: &[AttributeDeclaration],
    may_be_complex: bool,
) -> Result<Vec<Arc<Attribute>>, ExtensionError> {
    let found = declarations.len();
    if !(1..=limits::EXTENSION_ATTRIBUTES).contains(&found) {
        return Err(ExtensionError::Count {
            what: "attributes",
            limit: limits::EXTENSION_ATTRIBUTES,
            found,
        });
    }
    let mut attributes: Vec<Arc<Attribute>> = Vec::with_capacity(found);
    for declaration in declarations {
        let attribute = attribute(declaration, may_be_complex)?;
        if super::attribute::find(&attributes, &attribute.name).is_some() {
            return Err(ExtensionError::NameTaken(attribute.name));
        }
        attributes.push(Arc::new(attribute));
    }
    Ok(attributes)
}

fn attribute(
    declaration: &AttributeDeclaration,
    may_be_complex: bool,
) -> Result<Attribute, ExtensionError> {
    let name = declaration.name.clone();
    check_name(&name)?;
    let complex = declaration.kind == AttributeType::Complex;
    if complex && !may_be_complex || complex == declaration.sub_attributes.is_empty() {
        return Err(ExtensionError::SubAttributes(name));
    }
    if declaration.mutability == Mutability::WriteOnly {
        return Err(ExtensionError::WriteOnly(name));
    }
    check_texts("canonical values", &declaration.canonical_values)?;
    check_texts("reference types", &declaration.reference_types)?;
    let parts = match complex {
        true => attributes(&declaration.sub_attributes, false)?,
        false => Vec::new(),
    };
    Ok(Attribute {
        name,
        kind: declaration.kind,
        multi_valued: declaration.multi_valued,
        description: declaration.description.clone(),
        required: declaration.required,
        has_default: false,
        case_exact: declaration.case_exact,
        mutability: declaration.mutability,
        returned: declaration.returned,
        // The store has no index over extensions, so it could not keep such a promise.
        uniqueness: Uniqueness::None,
        canonical_values: declaration.canonical_values.clone(),
        reference_types: declaration.reference_types.clone(),
        sub_attributes: parts,
    })
}

fn check_name(name: &str) -> Result<(), ExtensionError> {
    if name.len() <= limits::NAME_LENGTH && is_name(name) {
        Ok(())
    } else {
        Err(ExtensionError::Name(name.to_owned()))
    }
}

/// True if the text is an attribute's name (RFC 7643 §2.1); `$ref`, the one exception of the standard, does not count.
pub(in crate::scim) fn is_name(name: &str) -> bool {
    let inner = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.bytes().all(inner)
}

fn check_texts(what: &'static str, texts: &[String]) -> Result<(), ExtensionError> {
    if texts.len() > limits::EXTENSION_ATTRIBUTES {
        return Err(ExtensionError::Count {
            what,
            limit: limits::EXTENSION_ATTRIBUTES,
            found: texts.len(),
        });
    }
    let long = texts.iter().find(|text| text.len() > limits::NAME_LENGTH);
    long.map_or(Ok(()), |text| Err(ExtensionError::Name(text.clone())))
}
