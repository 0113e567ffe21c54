//! A connection as it is shown, and the addresses to paste into Entra for it. Keys and documents are left out.

use std::borrow::Cow;

use serde::Serialize;
use serde::Serializer;
use serde_json::Map;
use serde_json::Value;

use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::SETTINGS;
use crate::connection::plain;

/// A connection as it is shown: without keys and documents, and with harmless addresses.
#[derive(Serialize)]
pub struct View {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) trust: Map<String, Value>,
    #[serde(flatten, serialize_with = "as_map")]
    facts: Vec<(&'static str, Value)>,
    /// The facts in words, each with its label, in their order.
    #[serde(skip)]
    pub(crate) lines: Vec<(&'static str, String)>,
}

impl View {
    /// The connection on a site of this address.
    pub fn of(connection: &Connection, base_url: &BaseUrl) -> View {
        let facts = SETTINGS.iter();
        let facts = facts.filter_map(|setting| setting.fact.zip(setting.value));
        let mut facts: Vec<_> = facts.collect();
        facts.sort_by_key(|(fact, _)| fact.place);
        let mut trust = connection.trust().facts();
        trust.retain(|key, _| key == "kind" || TRUST.iter().any(|(known, _)| known == key));
        let mut lines = Vec::new();
        for (key, label) in TRUST {
            let texts = match trust.get(key) {
                Some(Value::Null) if key == "file" => vec!["a document".to_owned()],
                value => plain(value.unwrap_or(&Value::Null), connection),
            };
            lines.extend(texts.into_iter().map(|text| (label, text)));
        }
        let mut view = View {
            id: connection.id().to_string(),
            display_name: connection.display_name().to_owned(),
            trust,
            facts: Vec::new(),
            lines,
        };
        for (fact, value) in facts {
            let value = value(connection, Some(base_url));
            let lines = (fact.text)(&value, connection).into_iter();
            view.lines.extend(lines.map(|line| (fact.label, line)));
            view.facts.push((fact.key, value));
        }
        view
    }

    /// Its settings, one a line, each with its label.
    pub(crate) fn facts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut facts = vec![
            ("Connection", Cow::from(&self.id)),
            ("Display name", Cow::from(&self.display_name)),
        ];
        let lines = self.lines.iter();
        facts.extend(lines.map(|(label, line)| (*label, Cow::from(line))));
        facts
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let facts = self.facts().into_iter();
        facts
            .map(|(label, value)| format!("{label:21}  {value}"))
            .collect()
    }
}

fn as_map<S: Serializer>(
    facts: &[(&'static str, Value)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(facts.iter().map(|(key, value)| (key, value)))
}

/// The labels of what a source of trust is made of.
const TRUST: [(&str, &str); 7] = [
    ("url", "Metadata URL"),
    ("base_url", "Metadata query"),
    ("file", "Metadata file"),
    ("fingerprints", "Fingerprint"),
    ("idp_entity_id", "IdP entity ID"),
    ("sso_url", "Sign-on"),
    ("slo_url", "Logout"),
];

/// The addresses to paste into Entra.
#[derive(Serialize)]
pub struct ForEntra {
    pub(crate) identifier: String,
    pub(crate) reply_url: String,
    pub(crate) sign_on_url: String,
    pub(crate) logout_url: String,
    pub(crate) tenant_url: String,
}

impl ForEntra {
    /// The addresses of a connection on a site of this address.
    pub fn of(connection: &Connection, base_url: &BaseUrl) -> ForEntra {
        let id = connection.id();
        ForEntra {
            identifier: connection.sp_entity_id(base_url),
            reply_url: connection.acs_url(base_url),
            sign_on_url: base_url.saml(id, "login"),
            logout_url: base_url.saml(id, "slo"),
            tenant_url: base_url.scim(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::admin::connections::WrittenConnection;

    #[test]
    fn a_difference_has_the_name_and_the_value_that_are_shown() {
        let written = json!({
            "id": "acme", "display-name": "Acme", "sp-entity-id": "urn:acme", "acs-url": "https://app.example/saml/acme/acs",
            "relay-state": "/home", "relay-state-target": ["/reports"], "host": ["acme.example"], "email-domain": ["acme.example"],
            "unlisted": true, "allow-idp-initiated": true, "sign-on": "just-in-time", "link-rule": "email", "group-change": "refresh",
            "seats": 25, "session-idle": 900, "session-lifetime": 1800, "tenant": "contoso", "name-id-format": "urn:format",
            "authn-context": ["urn:class"], "request-binding": "post", "scim-rate": 7, "scim-burst": 9,
        });
        let written: WrittenConnection = serde_json::from_value(written).unwrap();
        let acme = Connection::builder("acme").metadata_url("https://idp.example/?key=hush");
        let acme = written.given.apply(acme).build().unwrap();
        let base_url: BaseUrl = "https://app.example".parse().unwrap();
        let shown = serde_json::to_value(View::of(&acme, &base_url)).unwrap();
        let told = Connection::differences(None, &acme);
        assert!(told.len() > 20, "{told:?}");
        for change in told {
            let shown = &shown[change.name.replace('-', "_")];
            match (change.name.as_str(), change.after.unwrap()) {
                ("trust", Value::Object(facts)) => {
                    let shown = shown.as_object().unwrap();
                    for (key, fact) in shown {
                        assert_eq!(facts[key], *fact, "{key}");
                    }
                }
                (name, after) => assert_eq!(after, *shown, "{name}"),
            }
        }
    }
}
