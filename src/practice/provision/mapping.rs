//! The attribute mapping: which attribute of the directory becomes which attribute of SCIM, and where a value stands in
//! a resource.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::dialect::AttributeChange;
use super::dialect::ChangeKind;
use super::settings::ExternalId;
use super::target::ACTIVE;
use super::target::DISPLAY_NAME;
use super::target::ENTERPRISE_USER;
use super::target::EXTERNAL_ID;
use super::target::Target;
use super::target::USER_NAME;
use crate::practice::directory::Group;
use crate::practice::directory::Person;
use crate::scim::ResourceKind;

/// An object as it should be at the app. An attribute without a value is not sent.
#[derive(Clone, PartialEq, Debug, Default)]
pub(in crate::practice) struct DesiredObject(Vec<(Target, Option<Value>)>);

impl DesiredObject {
    /// A person's attributes, in the order of Entra's mapping.
    pub(in crate::practice) fn person(person: &Person, external_id: ExternalId) -> DesiredObject {
        let text = |value: &str| Some(json!(value)).filter(|_| !value.is_empty());
        let optional = |value: &Option<String>| value.as_deref().and_then(text);
        let full_name = format!("{} {}", person.given_name, person.surname);
        let external_id = match external_id {
            ExternalId::MailNickname => person.mail_nickname(),
            ExternalId::ObjectId => &person.object_id,
        };
        DesiredObject(vec![
            (USER_NAME, text(&person.user_principal_name)),
            (ACTIVE, Some(json!(person.enabled))),
            (DISPLAY_NAME, text(&person.display_name)),
            (Target::Plain("title"), optional(&person.job_title)),
            (Target::Work("emails", "value"), optional(&person.mail)),
            (Target::Part("name", "givenName"), text(&person.given_name)),
            (Target::Part("name", "familyName"), text(&person.surname)),
            (Target::Part("name", "formatted"), text(full_name.trim())),
            (
                Target::Work("addresses", "formatted"),
                optional(&person.office),
            ),
            (EXTERNAL_ID, text(external_id)),
            (
                Target::Enterprise("department"),
                optional(&person.department),
            ),
        ])
    }

    /// A group's attributes; its members go by themselves.
    pub(in crate::practice) fn group(group: &Group) -> DesiredObject {
        DesiredObject(vec![
            (DISPLAY_NAME, Some(json!(group.name))),
            (EXTERNAL_ID, Some(json!(group.object_id))),
        ])
    }

    pub(super) fn with_active(mut self, active: bool) -> DesiredObject {
        for (target, value) in &mut self.0 {
            if *target == ACTIVE {
                *value = Some(json!(active));
            }
        }
        self
    }

    pub(super) fn is_active(&self) -> bool {
        self.value(ACTIVE) == Some(&json!(true))
    }

    fn value(&self, target: Target) -> Option<&Value> {
        let (_, value) = self.0.iter().find(|(known, _)| *known == target)?;
        value.as_ref()
    }

    pub(in crate::practice) fn text(&self, target: Target) -> &str {
        self.value(target)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The body of the POST that creates it: a group without members, and with a schema of Microsoft's that nobody declares.
    pub(in crate::practice) fn new_resource(&self, kind: ResourceKind) -> Value {
        let mut resource = Map::new();
        let schemas = match kind {
            ResourceKind::User => [USER, ENTERPRISE_USER],
            ResourceKind::Group => [GROUP, MICROSOFT_GROUP],
        };
        resource.insert("schemas".to_owned(), json!(schemas));
        for (target, value) in &self.0 {
            if let Some(value) = value {
                target.write(&mut resource, value.clone());
            }
        }
        resource.insert("meta".to_owned(), json!({"resourceType": kind.name()}));
        if kind == ResourceKind::User {
            resource.insert("roles".to_owned(), json!([]));
        }
        Value::Object(resource)
    }

    /// The changes to make at the app, whose resource this is. A value without a counterpart in the directory is
    /// cleared if it was sent from here, and is otherwise the app's own.
    pub(in crate::practice) fn changes(
        &self,
        found: &Value,
        sent: &DesiredObject,
    ) -> Vec<AttributeChange> {
        let change = |(target, wanted): &(Target, Option<Value>)| {
            let kind = match (wanted, target.read(found)) {
                (Some(wanted), None) => ChangeKind::Add(wanted.clone()),
                (Some(wanted), Some(found)) if *wanted != found => {
                    ChangeKind::Replace(wanted.clone())
                }
                (None, Some(_)) if sent.value(*target).is_some() => ChangeKind::Clear,
                _ => return None,
            };
            Some(AttributeChange {
                target: *target,
                kind,
            })
        };
        self.0.iter().filter_map(change).collect()
    }
}

/// The person whom a file describes by a user of SCIM. What it does not say comes of the sign-in name; `None` if there is none.
pub(in crate::practice) fn described(resource: &Value) -> Option<Person> {
    let text = |target: Target| {
        let value = target.read(resource)?;
        Some(value.as_str()?.to_owned()).filter(|text| !text.is_empty())
    };
    let named = Person::named(&text(USER_NAME)?);
    let given_name = text(Target::Part("name", "givenName"));
    let surname = match given_name {
        Some(_) => text(Target::Part("name", "familyName")).unwrap_or_default(),
        None => named.surname,
    };
    let given_name = given_name.unwrap_or(named.given_name);
    let full_name = format!("{given_name} {surname}");
    Some(Person {
        object_id: text(EXTERNAL_ID).unwrap_or(named.object_id),
        display_name: text(DISPLAY_NAME).unwrap_or_else(|| full_name.trim().to_owned()),
        given_name,
        surname,
        mail: text(Target::Work("emails", "value")).or(named.mail),
        job_title: text(Target::Plain("title")),
        department: text(Target::Enterprise("department")),
        office: text(Target::Work("addresses", "formatted")),
        enabled: ACTIVE.read(resource) != Some(json!(false)),
        ..named
    })
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const MICROSOFT_GROUP: &str =
    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::practice::Directory;

    fn alice() -> Person {
        Directory::sample().people.remove(0)
    }

    fn wanted(person: &Person) -> DesiredObject {
        DesiredObject::person(person, ExternalId::MailNickname)
    }

    fn paths(changes: &[AttributeChange]) -> Vec<String> {
        changes.iter().map(|change| change.target.path()).collect()
    }

    #[test]
    fn a_created_user_has_each_value_in_its_place_and_no_null() {
        let alice = alice();
        let body = wanted(&alice).new_resource(ResourceKind::User);
        assert_eq!(body["schemas"], json!([USER, ENTERPRISE_USER]));
        assert_eq!(body["userName"], "alice@contoso.example");
        assert_eq!(body["externalId"], "alice");
        assert_eq!(body["active"], true);
        let email = json!([{"primary": true, "type": "work", "value": "alice@contoso.example"}]);
        assert_eq!(body["emails"], email);
        let name = json!({"givenName": "Alice", "familyName": "Arden", "formatted": "Alice Arden"});
        assert_eq!(body["name"], name);
        let department = alice.department.clone().unwrap();
        assert_eq!(body[ENTERPRISE_USER], json!({ "department": department }));
        assert_eq!(body["meta"], json!({"resourceType": "User"}));
        let by_object_id =
            DesiredObject::person(&alice, ExternalId::ObjectId).new_resource(ResourceKind::User);
        assert_eq!(by_object_id["externalId"], alice.object_id);

        let bare = Person {
            mail: None,
            job_title: None,
            ..alice
        };
        let body = wanted(&bare).new_resource(ResourceKind::User);
        assert_eq!((body.get("emails"), body.get("title")), (None, None));
    }

    #[test]
    fn what_the_app_has_already_is_not_sent_again() {
        let (alice, none) = (alice(), DesiredObject::default());
        let mut at_app = wanted(&alice).new_resource(ResourceKind::User);
        assert_eq!(wanted(&alice).changes(&at_app, &none), []);
        at_app["active"] = json!("True");
        assert_eq!(wanted(&alice).changes(&at_app, &none), []);
        at_app["active"] = json!("False");
        at_app["emails"][0]["type"] = json!("home");
        at_app["title"] = Value::Null;
        let changes = wanted(&alice).changes(&at_app, &none);
        assert_eq!(
            paths(&changes),
            ["active", "title", "emails[type eq \"work\"].value"]
        );
        assert_eq!(changes[0].kind, ChangeKind::Replace(json!(true)));
        assert!(matches!(changes[1].kind, ChangeKind::Add(_)));
    }

    #[test]
    fn a_value_is_cleared_only_if_it_was_sent_from_here() {
        let alice = alice();
        let (sent, at_app) = (
            wanted(&alice),
            wanted(&alice).new_resource(ResourceKind::User),
        );
        let bare = wanted(&Person {
            job_title: None,
            ..alice
        });
        assert_eq!(bare.changes(&at_app, &DesiredObject::default()), []);
        let changes = bare.changes(&at_app, &sent);
        let clear = AttributeChange {
            target: Target::Plain("title"),
            kind: ChangeKind::Clear,
        };
        assert_eq!(changes, [clear]);
    }
}
