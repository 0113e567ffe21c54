//! Attributes and their characteristics (RFC 7643 §2.2 and §7).

use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

/// The type of an attribute's values (RFC 7643 §2.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttributeType {
    /// Unicode text.
    #[default]
    String,
    /// `true` or `false`.
    Boolean,
    /// A number with a fraction.
    Decimal,
    /// A number without one.
    Integer,
    /// A date with a time and a zone.
    DateTime,
    /// Bytes in base64.
    Binary,
    /// A URI, or the address of another resource.
    Reference,
    /// Sub-attributes.
    Complex,
}

/// The rule for when a client may write a value (RFC 7643 §7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Never, by a client.
    ReadOnly,
    /// At any time.
    #[default]
    ReadWrite,
    /// Once.
    Immutable,
    /// At any time, and it is never returned.
    WriteOnly,
}

/// The rule for when a value is returned (RFC 7643 §7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// Always, whatever the client asks for.
    Always,
    /// Never, whatever the client asks for.
    Never,
    /// Unless the client asks for something else.
    #[default]
    Default,
    /// Only where the client asks for it.
    Request,
}

/// The scope in which a value is unique (RFC 7643 §7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Uniqueness {
    /// It need not be unique.
    #[default]
    None,
    /// Among the resources of one server.
    Server,
    /// In the world.
    Global,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Attribute {
    /// The name, as the schema spells it.
    pub name: String,
    /// The type of each value.
    pub kind: AttributeType,
    /// True if there can be several values.
    pub multi_valued: bool,
    /// Its purpose.
    pub description: String,
    /// True if a client must write a value.
    pub required: bool,
    /// True if there is a value although no client wrote one: clients are told that the attribute is required, since it
    /// cannot be removed.
    pub has_default: bool,
    /// True if upper and lower case differ when values are compared.
    pub case_exact: bool,
    /// The rule for when it may be written.
    pub mutability: Mutability,
    /// The rule for when it is returned.
    pub returned: Returned,
    /// The scope in which its values are unique.
    pub uniqueness: Uniqueness,
    /// Usual values; others are taken too (RFC 7643 §7).
    pub canonical_values: Vec<String>,
    /// The types of target that a reference may lead to.
    pub reference_types: Vec<String>,
    /// The parts of a complex attribute.
    pub sub_attributes: Vec<Arc<Attribute>>,
}

impl Attribute {
    /// The sub-attribute of this name, in any case (RFC 7643 §2.1).
    pub(crate) fn sub_attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        find(&self.sub_attributes, name)
    }

    pub(in crate::scim) fn is_written_by_clients(&self) -> bool {
        matches!(
            self.mutability,
            Mutability::ReadWrite | Mutability::Immutable
        )
    }

    pub(super) fn to_json(&self) -> Value {
        let mut json = json!({
            "name": self.name,
            "type": self.kind,
            "multiValued": self.multi_valued,
            "description": self.description,
            "required": self.required || self.has_default,
            "caseExact": self.case_exact,
            "mutability": self.mutability,
            "returned": self.returned,
            "uniqueness": self.uniqueness,
        });
        if !self.canonical_values.is_empty() {
            json["canonicalValues"] = json!(self.canonical_values);
        }
        if !self.reference_types.is_empty() {
            json["referenceTypes"] = json!(self.reference_types);
        }
        if self.kind == AttributeType::Complex {
            let parts = self.sub_attributes.iter().map(|part| part.to_json());
            json["subAttributes"] = parts.collect();
        }
        json
    }
}

/// The attribute of this name, in any case.
pub(super) fn find<'a>(attributes: &'a [Arc<Attribute>], name: &str) -> Option<&'a Arc<Attribute>> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
