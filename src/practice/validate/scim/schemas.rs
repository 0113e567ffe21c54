//! The schemas that a server shows (RFC 7643 §7).

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::practice::provision::ENTERPRISE_USER;

/// The names of the attributes of each schema, in lower case; `name.givenname` for a part.
#[derive(Debug)]
pub(super) struct ServedSchemas(BTreeMap<String, BTreeSet<String>>);

impl ServedSchemas {
    /// Reads the answer of `/Schemas`: a `ListResponse`, or the bare array that some servers answer with. `None` for anything else.
    pub(super) fn read(body: &Value) -> Option<ServedSchemas> {
        let schemas = match body {
            Value::Array(schemas) => schemas,
            body => body["Resources"].as_array()?,
        };
        let mut read = BTreeMap::new();
        for schema in schemas {
            let mut names = BTreeSet::new();
            for attribute in attributes(schema, "attributes") {
                let name = name(attribute)?;
                for part in attributes(attribute, "subAttributes") {
                    names.insert(format!("{name}.{}", self::name(part)?));
                }
                names.insert(name);
            }
            read.insert(schema["id"].as_str()?.to_lowercase(), names);
        }
        Some(ServedSchemas(read))
    }

    pub(super) fn has_groups(&self) -> bool {
        self.0.contains_key(&GROUP.to_lowercase())
    }

    /// The attributes of Entra's mapping that are in no schema: those of users, and those of groups where there are any.
    pub(super) fn missing(&self) -> Vec<String> {
        let of_groups = self.has_groups().then_some((GROUP, OF_GROUPS));
        let all = [(USER, OF_USERS), (ENTERPRISE_USER, OF_ENTERPRISE)];
        let all = all.into_iter().chain(of_groups);
        let missing = all.flat_map(|(schema, names)| {
            let known = self.0.get(&schema.to_lowercase());
            let missing = names.iter().filter(move |name| {
                let name = name.to_lowercase();
                !known.is_some_and(|known| known.contains(&name))
            });
            missing.map(move |name| {
                let (_, short) = schema.rsplit_once("schemas:").unwrap_or(("", schema));
                format!("{name} of {short}")
            })
        });
        missing.collect()
    }
}

fn attributes<'v>(of: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    of[name].as_array().into_iter().flatten()
}

fn name(attribute: &Value) -> Option<String> {
    Some(attribute["name"].as_str()?.to_lowercase())
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The attributes of users in Entra's mapping, but for `id`.
const OF_USERS: &[&str] = &[
    "userName",
    "active",
    "displayName",
    "title",
    "emails.value",
    "emails.type",
    "name.givenName",
    "name.familyName",
    "name.formatted",
    "addresses.formatted",
    "addresses.type",
    "externalId",
];
const OF_ENTERPRISE: &[&str] = &["department", "manager"];
const OF_GROUPS: &[&str] = &["displayName", "externalId", "members"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_schema_has_is_named_with_its_schema() {
        let attributes = |names: &[&str]| -> Value {
            let one = |name: &&str| json!({ "name": name });
            names.iter().map(one).collect()
        };
        let body = json!({"Resources": [
            {"id": GROUP, "attributes": attributes(&["DisplayName", "members"])},
            {"id": ENTERPRISE_USER, "attributes": attributes(OF_ENTERPRISE)},
        ]});
        let schemas = ServedSchemas::read(&body).unwrap();
        let missing = schemas.missing();
        assert_eq!(missing.len(), OF_USERS.len() + 1);
        assert!(missing.contains(&"externalId of core:2.0:Group".to_owned()));
        assert!(missing.contains(&"name.givenName of core:2.0:User".to_owned()));
    }

    #[test]
    fn what_is_no_list_of_schemas_is_not_read() {
        for body in [
            json!(null),
            json!("<html>"),
            json!({"Resources": 7}),
            json!({"Resources": [{"id": 7}]}),
            json!({"Resources": [{"id": "urn:a", "attributes": [{"name": true}]}]}),
        ] {
            assert!(ServedSchemas::read(&body).is_none(), "{body}");
        }
        let bare = json!([{"id": GROUP, "attributes": []}]);
        assert!(ServedSchemas::read(&bare).unwrap().has_groups());
    }
}
