//! The place of an attribute in a SCIM resource.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::scim::ResourceKind;

/// An attribute of a SCIM resource, by the ways in which Entra's mapping names them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::practice) enum Target {
    /// `title`
    Plain(&'static str),
    /// `name.givenName`
    Part(&'static str, &'static str),
    /// `emails[type eq "work"].value`
    Work(&'static str, &'static str),
    /// An attribute of the enterprise extension.
    Enterprise(&'static str),
}

impl Target {
    pub(in crate::practice) fn path(self) -> String {
        match self {
            Target::Plain(name) => name.to_owned(),
            Target::Part(name, part) => format!("{name}.{part}"),
            Target::Work(name, part) => format!("{name}[type eq \"work\"].{part}"),
            Target::Enterprise(name) => format!("{ENTERPRISE_USER}:{name}"),
        }
    }

    pub(super) fn has_filter(self) -> bool {
        matches!(self, Target::Work(..))
    }

    /// The value in a resource. A boolean is recognised as a text too.
    pub(in crate::practice) fn read(self, resource: &Value) -> Option<Value> {
        let found = match self {
            Target::Plain(name) => resource.get(name),
            Target::Part(name, part) => resource.get(name).and_then(|parent| parent.get(part)),
            Target::Work(name, part) => {
                let mut values = resource.get(name)?.as_array()?.iter();
                let work = values.find(|value| value["type"] == "work");
                work.and_then(|value| value.get(part))
            }
            Target::Enterprise(name) => resource.get(ENTERPRISE_USER)?.get(name),
        };
        match found? {
            Value::Null => None,
            Value::String(text) if self == ACTIVE => Some(json!(text.eq_ignore_ascii_case("true"))),
            value => Some(value.clone()),
        }
    }

    /// Writes a value into a resource that will be created.
    pub(super) fn write(self, resource: &mut Map<String, Value>, value: Value) {
        match self {
            Target::Plain(name) => {
                resource.insert(name.to_owned(), value);
            }
            Target::Part(name, part) => {
                resource.entry(name).or_insert_with(|| json!({}))[part] = value;
            }
            Target::Enterprise(part) => {
                resource.entry(ENTERPRISE_USER).or_insert_with(|| json!({}))[part] = value;
            }
            Target::Work(name, part) => {
                let only = json!([{"primary": true, "type": "work", part: value}]);
                resource.insert(name.to_owned(), only);
            }
        }
    }
}

/// The attribute that has the name of an object.
pub(in crate::practice) fn name_of(kind: ResourceKind) -> Target {
    match kind {
        ResourceKind::User => USER_NAME,
        ResourceKind::Group => DISPLAY_NAME,
    }
}

pub(in crate::practice) const USER_NAME: Target = Target::Plain("userName");
pub(in crate::practice) const ACTIVE: Target = Target::Plain("active");
pub(in crate::practice) const DISPLAY_NAME: Target = Target::Plain("displayName");
pub(in crate::practice) const EXTERNAL_ID: Target = Target::Plain("externalId");
pub(in crate::practice) const MANAGER: Target = Target::Enterprise("manager");

pub(in crate::practice) const ENTERPRISE_USER: &str =
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
