//! Names of attributes (RFC 7644 §3.10): `userName`, `name.givenName`, `urn:...:User:department`, in any case.

use std::fmt;
use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use super::schema::Attribute;
use super::schema::AttributeType;
use super::schema::ResourceType;
use super::schema::Schema;
use super::schema::is_name;

/// The name of an attribute or sub-attribute that the schemas know.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AttributePath {
    extension: Option<Arc<str>>,
    attribute: Arc<Attribute>,
    sub_attribute: Option<Arc<Attribute>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Resolved {
    Attribute(AttributePath),
    /// The URN of the resource's own schema: the resource itself.
    Core,
    Extension(Arc<str>),
    /// A name that no schema has, or one under a URN that nobody declared.
    Unknown,
    Malformed,
}

impl AttributePath {
    /// The attribute of this name; `None` if no schema of the resource type has it.
    pub(crate) fn parse(name: &str, of: &ResourceType) -> Option<AttributePath> {
        match resolve(name, of) {
            Resolved::Attribute(path) => Some(path),
            _ => None,
        }
    }

    /// The URN under which the attribute stands; `None` if it stands at the top of the resource.
    pub(crate) fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    pub(crate) fn attribute(&self) -> &Attribute {
        &self.attribute
    }

    pub(crate) fn sub_attribute(&self) -> Option<&Attribute> {
        self.sub_attribute.as_deref()
    }

    pub(crate) fn leaf(&self) -> &Attribute {
        self.sub_attribute.as_ref().unwrap_or(&self.attribute)
    }

    /// True if it is this attribute of the resource's own schema, whatever the sub-attribute.
    pub(super) fn is_of(&self, name: &str) -> bool {
        self.extension.is_none() && self.attribute.name == name
    }

    pub(super) fn new(extension: Option<Arc<str>>, attribute: Arc<Attribute>) -> AttributePath {
        AttributePath {
            extension,
            attribute,
            sub_attribute: None,
        }
    }

    pub(super) fn with(&self, sub_attribute: Arc<Attribute>) -> AttributePath {
        AttributePath {
            sub_attribute: Some(sub_attribute),
            ..self.clone()
        }
    }

    /// The path of the attribute, without its sub-attribute.
    pub(super) fn whole(&self) -> AttributePath {
        AttributePath {
            sub_attribute: None,
            ..self.clone()
        }
    }

    /// The path of this sub-attribute of the same attribute, in any case. Each of several simple values is its own `value`
    /// (RFC 7643 §2.4).
    pub(super) fn sub(&self, name: &str) -> Option<AttributePath> {
        let simple = self.attribute.multi_valued && self.attribute.sub_attributes.is_empty();
        if simple && name.eq_ignore_ascii_case("value") {
            return Some(self.clone());
        }
        let sub_attribute = self.attribute.sub_attribute(name)?;
        Some(self.with(Arc::clone(sub_attribute)))
    }

    /// A complex attribute stands for its `value`, where it has one (RFC 7643 §2.4, RFC 7644 §3.4.2.2).
    pub(super) fn compared(self) -> Option<AttributePath> {
        match self.leaf().kind {
            AttributeType::Complex => self.sub("value"),
            _ => Some(self),
        }
    }

    /// Every value at this path in a document that spells names as the schemas do.
    pub(super) fn values<'a>(&self, document: &'a Map<String, Value>) -> Vec<&'a Value> {
        let sub_attribute = self.sub_attribute();
        let of = |element: &'a Value| match sub_attribute {
            Some(part) => element.get(&part.name),
            None => Some(element),
        };
        self.elements(document).into_iter().filter_map(of).collect()
    }

    /// The values of the attribute, whatever the sub-attribute.
    pub(super) fn elements<'a>(&self, document: &'a Map<String, Value>) -> Vec<&'a Value> {
        let holder = holder(document, self.extension());
        match holder.and_then(|holder| holder.get(&self.attribute.name)) {
            Some(Value::Array(elements)) => elements.iter().collect(),
            Some(element) => vec![element],
            None => Vec::new(),
        }
    }
}

/// As the schemas spell it.
impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.extension {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.attribute.name)?;
        match &self.sub_attribute {
            Some(part) => write!(f, ".{}", part.name),
            None => Ok(()),
        }
    }
}

/// The name alone: the schemas' texts about it would make it a hundred times as long.
impl fmt::Debug for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttributePath({self})")
    }
}

/// The object that holds the attributes of a schema: the document, or the one under the URN of an extension.
pub(super) fn holder<'a>(
    document: &'a Map<String, Value>,
    urn: Option<&str>,
) -> Option<&'a Map<String, Value>> {
    match urn {
        Some(urn) => document.get(urn)?.as_object(),
        None => Some(document),
    }
}

/// Finds what a name stands for, wherever names are read: in paths, as keys, in filters, in `sortBy`, `attributes` and
/// `excludedAttributes`. A name without a URN is looked for in the resource's own schema, and then in the extensions.
pub(super) fn resolve(name: &str, of: &ResourceType) -> Resolved {
    if !starts_with(name, "urn:") {
        let own = within(name, None, |first| of.attribute(first));
        if own != Resolved::Unknown {
            return own;
        }
        let mut extensions = of.extensions().iter();
        let extended = |schema: &Schema| match in_extension(name, schema) {
            Resolved::Unknown => None,
            known => Some(known),
        };
        return extensions.find_map(extended).unwrap_or(Resolved::Unknown);
    }
    // The longest URN counts: one may continue another behind a dot.
    let schemas = of.extensions().iter().chain([of.core()]);
    let named = schemas.filter_map(|schema| Some((schema, after(name, schema.id())?)));
    match named.max_by_key(|(schema, _)| schema.id().len()) {
        Some((schema, "")) if schema.id() == of.core().id() => Resolved::Core,
        Some((schema, "")) => Resolved::Extension(Arc::clone(schema.urn())),
        Some((_, rest)) if rest.trim_start_matches([':', '.']).is_empty() => Resolved::Malformed,
        Some((schema, rest)) if schema.id() == of.core().id() => {
            within(&rest[1..], None, |first| of.attribute(first))
        }
        Some((schema, rest)) => in_extension(&rest[1..], schema),
        None if name.bytes().all(is_of_a_name) => Resolved::Unknown,
        None => Resolved::Malformed,
    }
}

/// Finds what a name without a URN stands for in an extension.
fn in_extension(name: &str, schema: &Schema) -> Resolved {
    within(name, Some(schema.urn()), |first| schema.attribute(first))
}

/// True if a name can hold this byte. `$` is for `$ref`.
pub(super) fn is_of_a_name(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"-_$.:".contains(&c)
}

fn within<'a>(
    name: &str,
    extension: Option<&Arc<str>>,
    find: impl Fn(&str) -> Option<&'a Arc<Attribute>>,
) -> Resolved {
    // Too many colons or dots before a known name are a slip, and a slip must not lose a value.
    let start = name.trim_start_matches([':', '.']);
    let (first, second) = match start.split_once('.') {
        Some((first, second)) => (first, Some(second)),
        None => (start, None),
    };
    let Some(attribute) = find(first) else {
        return Resolved::Unknown;
    };
    let is_part = |part: &str| is_name(part) || part.eq_ignore_ascii_case("$ref");
    if start.len() < name.len() || !second.is_none_or(is_part) {
        return Resolved::Malformed;
    }
    let path = AttributePath::new(extension.cloned(), Arc::clone(attribute));
    match second {
        None => Resolved::Attribute(path),
        Some(second) => path
            .sub(second)
            .map_or(Resolved::Unknown, Resolved::Attribute),
    }
}

/// The rest behind the URN: nothing, or a name behind its colon. Some clients write a dot for the colon.
fn after<'a>(name: &'a str, urn: &str) -> Option<&'a str> {
    let rest = starts_with(name, urn).then(|| &name[urn.len()..])?;
    (rest.is_empty() || rest.starts_with([':', '.'])).then_some(rest)
}

fn starts_with(name: &str, start: &str) -> bool {
    let head = name.as_bytes().get(..start.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::ResourceKind;
    use crate::scim::Schemas;
    use crate::scim::schema::ENTERPRISE_USER;

    fn spelled(name: &str) -> Result<String, Resolved> {
        let schemas = Schemas::standard();
        match resolve(name, schemas.resource_type(ResourceKind::User)) {
            Resolved::Attribute(path) => Ok(path.to_string()),
            other => Err(other),
        }
    }

    #[test]
    fn names_are_found_in_any_case_with_and_without_their_urn() {
        const DEPARTMENT: &str =
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
        for (name, expected) in [
            ("username", "userName"),
            ("NAME.givenname", "name.givenName"),
            ("meta.LastModified", "meta.lastModified"),
            ("groups.$REF", "groups.$ref"),
            (
                "urn:ietf:params:scim:schemas:core:2.0:user:UserName",
                "userName",
            ),
            (DEPARTMENT, DEPARTMENT),
            (&DEPARTMENT.to_uppercase(), DEPARTMENT),
            // Without its URN, and with a dot for the colon, as some clients send it.
            ("department", DEPARTMENT),
            ("DEPARTMENT", DEPARTMENT),
            ("manager", &format!("{ENTERPRISE_USER}:manager")),
            ("Manager.Value", &format!("{ENTERPRISE_USER}:manager.value")),
            (&format!("{ENTERPRISE_USER}.department"), DEPARTMENT),
            (
                &format!("{ENTERPRISE_USER}.manager.value"),
                &format!("{ENTERPRISE_USER}:manager.value"),
            ),
            (
                "urn:ietf:params:scim:schemas:core:2.0:User.name.givenName",
                "name.givenName",
            ),
            // The resource's own attributes come first.
            ("displayName", "displayName"),
        ] {
            assert_eq!(spelled(name).as_deref(), Ok(expected), "{name}");
        }
    }

    #[test]
    fn what_is_no_attribute_says_why() {
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        for (name, expected) in [
            ("", Resolved::Unknown),
            ("a b", Resolved::Unknown),
            ("name.given.Name", Resolved::Malformed),
            ("name..givenName", Resolved::Malformed),
            ("manager..value", Resolved::Malformed),
            (".userName", Resolved::Malformed),
            ("1st", Resolved::Unknown),
            ("shoe.size.x", Resolved::Unknown),
            ("unknown", Resolved::Unknown),
            ("name.unknown", Resolved::Unknown),
            ("manager.unknown", Resolved::Unknown),
            ("urn:example:other:1.0:User:x", Resolved::Unknown),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:unknown",
                Resolved::Unknown,
            ),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:Userdepartment",
                Resolved::Unknown,
            ),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:",
                Resolved::Malformed,
            ),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User..department",
                Resolved::Malformed,
            ),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User::department",
                Resolved::Malformed,
            ),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department",
                Resolved::Malformed,
            ),
            ("urn:ex ample", Resolved::Malformed),
            ("urn:é", Resolved::Malformed),
            (crate::scim::schema::USER, Resolved::Core),
            (enterprise, Resolved::Extension(Arc::from(enterprise))),
        ] {
            assert_eq!(spelled(name), Err(expected), "{name}");
        }
    }
}
