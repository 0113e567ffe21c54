//! The settings in which two states of a connection differ.

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde_json::Value;

use super::Connection;
use super::SETTINGS;

/// A setting that has another value than before. Its JSON lacks a value that is too long to be shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct SettingChange {
    /// The name: the key of `connection show --json` with hyphens, such as `link-rule`.
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
    /// are none. A value is the one that was set, as `connection show --json` has it, and may be logged.
    pub fn differences(before: Option<&Connection>, after: &Connection) -> Vec<SettingChange> {
        let mut changes: Vec<SettingChange> = SETTINGS
            .iter()
            .filter_map(|setting| {
                let (name, is) = setting.told(after)?;
                let was = before.and_then(|before| setting.told(before));
                let was = was.map_or(Value::Null, |(_, was)| was);
                let is_unset = before.is_none() && is.as_array().is_some_and(Vec::is_empty);
                (was != is && !is_unset).then(|| SettingChange {
                    name,
                    before: bounded(was),
                    after: bounded(is),
                })
            })
            .collect();
        // What may be shown of two sources can be the same.
        if before.map(Connection::trust) != Some(after.trust()) {
            let was = before.map_or(Value::Null, |before| Value::Object(before.trust().facts()));
            changes.push(SettingChange {
                name: "trust".to_owned(),
                before: bounded(was),
                after: bounded(Value::Object(after.trust().facts())),
            });
        }
        changes.sort_by(|one, other| one.name.cmp(&other.name));
        changes
    }
}

/// A value, unless it is too long.
fn bounded(value: Value) -> Option<Value> {
    (value.to_string().len() <= SHOWN_MAX).then_some(value)
}

/// Bytes of a value at most: an address of 2,000 bytes and what stands beside it.
const SHOWN_MAX: usize = 3_000;

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::connection::AcceptedCredentials;
    use crate::connection::CertificateDates;
    use crate::connection::FrontDoor;
    use crate::connection::GroupChange;
    use crate::connection::LinkRule;
    use crate::connection::OurSide;
    use crate::connection::RequestSigning;
    use crate::connection::ScimRate;
    use crate::connection::ScimSettings;
    use crate::connection::SessionSettings;
    use crate::connection::SignOnPolicy;
    use crate::connection::SignOnSettings;
    use crate::connection::SpKey;
    use crate::connection::SpKeys;
    use crate::connection::TrustSource;
    use crate::crypto::Fingerprint;
    use crate::saml::AuthnContextClass;
    use crate::saml::Binding;
    use crate::saml::RequestOptions;

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
    fn a_time_is_told_in_seconds() {
        let before = acme("https://idp.example/").build().unwrap();
        let idle = Duration::from_secs(900);
        let after = acme("https://idp.example/").session_idle(idle);
        let changes = Connection::differences(Some(&before), &after.build().unwrap());
        let expected = SettingChange {
            name: "session-idle".to_owned(),
            before: Some(Value::Null),
            after: Some(json!(900)),
        };
        assert_eq!(changes, [expected]);
    }

    /// No pattern here passes over a field by `..`: a new one does not compile until somebody decides under which name it is told.
    #[test]
    fn every_field_of_a_connection_is_told() {
        let before = acme("https://idp.example/").build().unwrap();
        let after = with_everything();
        let Connection {
            id: _,
            trust,
            // They have events of their own.
            sp_keys: _,
            our_side,
            sign_on,
            session,
            front_door,
            scim,
        } = after.clone();
        let OurSide {
            entity_id,
            acs_url,
            request_signing: _,
            request_options,
            request_binding,
        } = our_side;
        // The first two belong to a single sign-on.
        let RequestOptions {
            force_authn: _,
            is_passive: _,
            name_id_format,
            authn_context,
        } = request_options;
        let SignOnSettings {
            policy,
            link_rule,
            tenant,
            idp_initiated: _,
            relay_state,
            relay_state_targets,
            certificate_dates: _,
        } = sign_on;
        let SessionSettings { lifetime, idle } = session;
        let FrontDoor {
            display_name,
            hosts,
            email_domains,
            listing: _,
        } = front_door;
        let ScimSettings {
            extensions,
            rate: ScimRate { per_second, burst },
            group_change,
            seats,
            credentials,
        } = scim;
        let expected = [
            ("acs-url", json!(acs_url)),
            ("allow-idp-initiated", json!(true)),
            ("authn-contexts", json!(authn_context)),
            ("display-name", json!(display_name)),
            ("email-domains", json!(email_domains)),
            ("enforce-certificate-dates", json!(true)),
            ("group-change", json!(group_change)),
            ("hosts", json!(hosts)),
            ("link-rule", json!(link_rule)),
            ("listed", json!(false)),
            ("name-id-format", json!(name_id_format)),
            ("relay-state", json!(relay_state)),
            ("relay-state-targets", json!(relay_state_targets)),
            ("request-binding", json!(request_binding)),
            ("scim-burst", json!(burst)),
            ("scim-credentials", json!(credentials)),
            ("scim-extensions", json!(extensions)),
            ("scim-rate", json!(per_second)),
            ("seats", json!(seats)),
            ("session-idle", json!(idle.map(|idle| idle.as_secs()))),
            ("session-lifetime", json!(lifetime.as_secs())),
            ("sign-on", json!(policy)),
            ("sign-requests", json!(true)),
            ("sp-entity-id", json!(entity_id)),
            ("tenant", json!(tenant)),
            ("trust", json!(trust.facts())),
        ];
        let changes = Connection::differences(Some(&before), &after);
        let changes: Vec<_> = changes
            .iter()
            .map(|change| (change.name.as_str(), change.after.clone().unwrap()))
            .collect();
        assert_eq!(changes, expected);
        let keys = SETTINGS.iter().filter_map(|setting| setting.fact);
        let keys: Vec<_> = keys.map(|fact| fact.key.replace('_', "-")).collect();
        for (name, _) in changes {
            let is_known = keys.iter().any(|key| key == name);
            assert!(
                is_known || ["display-name", "trust"].contains(&name),
                "{name}"
            );
        }
    }

    /// A connection of which every setting differs from that of one with nothing set.
    fn with_everything() -> Connection {
        let shoe = json!({
            "id": "urn:example:Shoe", "name": "Shoe", "resource": "User",
            "attributes": [{ "name": "shoeSize", "type": "string" }],
        });
        let options = RequestOptions {
            name_id_format: Some("urn:format".to_owned()),
            authn_context: vec![AuthnContextClass("urn:class".to_owned())],
            ..RequestOptions::default()
        };
        let rate = ScimRate {
            per_second: NonZeroU32::MIN,
            burst: NonZeroU32::MIN,
        };
        let mut all = acme("https://idp.example/other")
            .sp_entity_id("urn:acme")
            .acs_url("https://app.example/saml/acme/acs")
            .request_options(options)
            .request_binding(Binding::HttpPost)
            .scim_credentials(AcceptedCredentials::OAuth)
            .certificate_dates(CertificateDates::Enforced)
            .sign_on(SignOnPolicy::JustInTime)
            .link_rule(LinkRule::Email)
            .tenant("contoso")
            .allow_idp_initiated()
            .default_relay_state("/home")
            .relay_state_target("/reports")
            .session_lifetime(Duration::from_secs(1800))
            .session_idle(Duration::from_secs(900))
            .display_name("Acme")
            .host("acme.example")
            .email_domain("acme.example")
            .unlisted()
            .scim_extension(serde_json::from_value(shoe).unwrap())
            .scim_rate(rate)
            .group_change(GroupChange::Refresh)
            .seats(25)
            .build()
            .unwrap();
        all.our_side.request_signing = RequestSigning::Signed;
        all
    }

    #[test]
    fn sources_that_look_the_same_differ() {
        let [before, after] = ["one", "two"].map(|key| {
            let acme = acme(&format!("https://idp.example/?key={key}"));
            acme.build().unwrap()
        });
        let changes = Connection::differences(Some(&before), &after);
        assert_eq!(names(&changes), ["trust"]);
        assert_eq!(changes[0].before, changes[0].after);
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
