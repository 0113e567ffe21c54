//! The settings in which two states of a connection differ.

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use super::Connection;
use crate::address;
use crate::crypto::Fingerprint;

/// A setting that has another value than before. Its JSON lacks a value that is too long to be shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct SettingChange {
    /// The name, such as `link-rule`.
    pub name: String,
    /// The value before, as it may be shown; `None` where it is too long to be. A setting that was not made has `null`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub before: Option<Value>,
    /// The value now, likewise.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub after: Option<Value>,
}

/// A value that is there; `null` is one.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Connection {
    /// Lists the settings in which `after` differs from the connection before, or all that a new one has, by name; keys of ours
    /// are none. A value may be shown and logged: of a document it has the SHA-256, and of an address nothing secret.
    pub fn differences(before: Option<&Connection>, after: &Connection) -> Vec<SettingChange> {
        let was = before.map(settings).unwrap_or_default();
        let mut names: Vec<(String, Value)> = settings(after).into_iter().collect();
        names.sort_by(|(one, _), (other, _)| one.cmp(other));
        let changed = names.into_iter().filter_map(|(name, is)| {
            let was = was.get(&name).unwrap_or(&Value::Null);
            let is_change = match before {
                Some(_) => *was != is,
                None => !is_unset(&is),
            };
            is_change.then(|| SettingChange {
                name: name.replace('_', "-"),
                before: shown(was.clone()),
                after: shown(is),
            })
        });
        changed.collect()
    }
}

/// The settings by the names of their fields.
fn settings(connection: &Connection) -> Map<String, Value> {
    // A connection is an object, and all that it holds has JSON.
    let Ok(Value::Object(mut fields)) = serde_json::to_value(connection) else {
        return Map::new();
    };
    for name in NO_SETTINGS {
        fields.remove(name);
    }
    fields
}

fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// A value as it may be shown, unless it is too long.
fn shown(mut value: Value) -> Option<Value> {
    redact(&mut value);
    (value.to_string().len() <= SHOWN_MAX).then_some(value)
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (DOCUMENTS.contains(&name.as_str()), &*value) {
                    (true, Value::String(document)) => {
                        let digest = Fingerprint::of_der(document.as_bytes());
                        *value = Value::String(format!("SHA-256 {digest}"));
                    }
                    _ => redact(value),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(redact),
        Value::String(text) if text.contains("://") || text.contains('?') => {
            *text = address::shown(text).into_owned();
        }
        _ => {}
    }
}

/// The name of the connection, and keys, which have events of their own.
const NO_SETTINGS: [&str; 2] = ["id", "sp_keys"];

/// Fields of a source of trust that hold a document or certificates.
const DOCUMENTS: [&str; 2] = ["xml", "certificates"];

/// Bytes of a value at most: an address of 2,000 bytes and what stands beside it.
const SHOWN_MAX: usize = 3_000;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connection::SpKey;
    use crate::connection::SpKeys;
    use crate::connection::TrustSource;

    fn acme(url: &str) -> crate::connection::ConnectionBuilder {
        Connection::builder("acme").metadata_url(url)
    }

    fn names(changes: &[SettingChange]) -> Vec<&str> {
        changes.iter().map(|change| change.name.as_str()).collect()
    }

    #[test]
    fn a_setting_that_differs_is_named_with_its_values() {
        let before = acme("https://idp.example/").build().unwrap();
        assert_eq!(Connection::differences(Some(&before), &before), []);
        let after = acme("https://idp.example/").seats(25).display_name("Acme");
        let changes = Connection::differences(Some(&before), &after.build().unwrap());
        assert_eq!(names(&changes), ["display-name", "seats"]);
        assert_eq!(changes[1].before, Some(Value::Null));
        assert_eq!(changes[1].after, Some(json!(25)));
    }

    #[test]
    fn of_a_new_connection_the_settings_that_it_has_are_named() {
        let new = acme("https://idp.example/").seats(25).build().unwrap();
        let changes = Connection::differences(None, &new);
        let names = names(&changes);
        assert!(names.contains(&"seats") && names.contains(&"trust"));
        assert!(!names.contains(&"tenant") && !names.contains(&"hosts"));
        assert!(!names.contains(&"id"));
    }

    #[test]
    fn no_value_has_a_secret_or_a_document() {
        let key = SpKey::new("PRIVATE".to_owned(), "PUBLIC".to_owned());
        let keys = SpKeys::none().with_active(key);
        let document = |xml: &str| TrustSource::MetadataXml {
            xml: xml.to_owned(),
            file: None,
            entity_id: None,
        };
        let before = Connection::builder("acme").trust(document("<a/>"));
        let before = before.build().unwrap();
        let mut after = acme("https://idp.example/?secret=hush");
        if let Ok(keys) = keys {
            after = after.sp_keys(keys);
        }
        let changes = Connection::differences(Some(&before), &after.build().unwrap());
        assert_eq!(names(&changes), ["trust"]);
        let text = format!("{changes:?}");
        for secret in ["hush", "PRIVATE", "<a/>"] {
            assert!(!text.contains(secret), "{text}");
        }
        let digest = Fingerprint::of_der(b"<a/>").to_string();
        assert!(
            text.contains(&digest) && text.contains("secret=***"),
            "{text}"
        );
    }

    #[test]
    fn a_long_value_is_left_out() {
        let targets = (0..200).map(|number| format!("/reports/of/the/year/{number}"));
        let before = acme("https://idp.example/").build().unwrap();
        let after = targets.fold(acme("https://idp.example/"), |acme, target| {
            acme.relay_state_target(target)
        });
        let changes = Connection::differences(Some(&before), &after.build().unwrap());
        assert_eq!(names(&changes), ["relay-state-targets"]);
        assert_eq!(changes[0].before, Some(json!([])));
        assert_eq!(changes[0].after, None);
    }
}
