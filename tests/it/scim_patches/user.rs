//! A user, as a model of a few fields and a map of addresses by type.

use std::collections::BTreeMap;

use proptest::collection::btree_map;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

use super::VALUES;
use super::value;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
const FIELDS: [&str; 5] = [
    "title",
    "nickName",
    "name.givenName",
    "name.familyName",
    DEPARTMENT,
];
const TYPES: [&str; 3] = ["work", "home", "other"];

#[derive(Clone, Debug)]
pub(super) enum UserStep {
    Set(usize, usize, Spelling),
    Clear(usize, Clearing),
    SetWithoutPath(BTreeMap<usize, usize>),
    Active(bool, bool),
    Manager(Option<usize>, u8),
    SetEmail(usize, usize),
    MakePrimary(usize, bool),
    RemoveEmail(usize),
    ReplaceEmails(BTreeMap<usize, usize>),
    ClearEmails,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Spelling {
    Rfc,
    Entra,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Clearing {
    Remove,
    Null,
    Empty,
}

#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct User {
    fields: BTreeMap<usize, usize>,
    active: Option<bool>,
    manager: Option<usize>,
    /// The value and whether it is the primary one, by type.
    emails: BTreeMap<usize, (usize, bool)>,
}

pub(super) fn user_step() -> impl Strategy<Value = UserStep> {
    let (field, value, kind) = (0..FIELDS.len(), 0..VALUES.len(), 0..TYPES.len());
    let spelling = prop_oneof![Just(Spelling::Rfc), Just(Spelling::Entra)];
    let clearing = prop_oneof![
        Just(Clearing::Remove),
        Just(Clearing::Null),
        Just(Clearing::Empty)
    ];
    let emails = btree_map(kind.clone(), value.clone(), 0..3);
    prop_oneof![
        (field.clone(), value.clone(), spelling).prop_map(|(f, v, s)| UserStep::Set(f, v, s)),
        (field.clone(), clearing).prop_map(|(f, c)| UserStep::Clear(f, c)),
        btree_map(field, value.clone(), 1..4).prop_map(UserStep::SetWithoutPath),
        (any::<bool>(), any::<bool>()).prop_map(|(to, text)| UserStep::Active(to, text)),
        (proptest::option::of(value.clone()), 0..3u8).prop_map(|(v, s)| UserStep::Manager(v, s)),
        (kind.clone(), value).prop_map(|(k, v)| UserStep::SetEmail(k, v)),
        (kind.clone(), any::<bool>()).prop_map(|(k, text)| UserStep::MakePrimary(k, text)),
        kind.prop_map(UserStep::RemoveEmail),
        emails.prop_map(UserStep::ReplaceEmails),
        Just(UserStep::ClearEmails),
    ]
}

impl User {
    /// A user of whom nothing is known but a name is active.
    pub(super) fn created() -> User {
        User {
            active: Some(true),
            ..User::default()
        }
    }

    /// Takes a step; says the operation that makes a server take it.
    pub(super) fn step(&mut self, step: &UserStep) -> Value {
        match step {
            UserStep::Set(field, value, spelling) => {
                self.fields.insert(*field, *value);
                let (path, value) = (FIELDS[*field], VALUES[*value]);
                match spelling {
                    Spelling::Rfc => json!({"op": "replace", "path": path, "value": value}),
                    Spelling::Entra => {
                        json!({"op": "Add", "path": path.to_uppercase(), "value": value})
                    }
                }
            }
            UserStep::Clear(field, clearing) => {
                self.fields.remove(field);
                let path = FIELDS[*field];
                match clearing {
                    Clearing::Remove => json!({"op": "Remove", "path": path}),
                    Clearing::Null => json!({"op": "replace", "path": path, "value": null}),
                    Clearing::Empty => json!({"op": "Replace", "path": path, "value": ""}),
                }
            }
            UserStep::SetWithoutPath(fields) => {
                self.fields.extend(fields);
                let named = |(field, value): (&usize, &usize)| (FIELDS[*field], VALUES[*value]);
                let value: BTreeMap<_, _> = fields.iter().map(named).collect();
                json!({"op": "replace", "value": value})
            }
            UserStep::Active(active, as_text) => {
                self.active = Some(*active);
                let value = match (as_text, active) {
                    (true, true) => json!("True"),
                    (true, false) => json!("False"),
                    (false, active) => json!(active),
                };
                json!({"op": "Replace", "path": "active", "value": value})
            }
            UserStep::Manager(manager, spelling) => {
                self.manager = *manager;
                let path = format!("{ENTERPRISE}:manager");
                let value = match (manager.map(|manager| VALUES[manager]), spelling) {
                    (Some(id), 0) => json!(id),
                    (Some(id), 1) => json!([{"value": id}]),
                    (Some(id), _) => json!({"value": id}),
                    (None, 0) => json!(""),
                    (None, 1) => json!({}),
                    (None, _) => return json!({"op": "Remove", "path": path}),
                };
                json!({"op": "Replace", "path": path, "value": value})
            }
            UserStep::SetEmail(kind, value) => {
                self.emails.entry(*kind).or_default().0 = *value;
                let path = format!("emails[type eq \"{}\"].value", TYPES[*kind]);
                json!({"op": "Replace", "path": path, "value": address(*value)})
            }
            UserStep::MakePrimary(kind, as_text) => self.make_primary(*kind, *as_text),
            UserStep::RemoveEmail(kind) => {
                self.emails.remove(kind);
                json!({"op": "remove", "path": format!("emails[type eq \"{}\"]", TYPES[*kind])})
            }
            UserStep::ReplaceEmails(emails) => {
                let all = emails.iter().map(|(kind, value)| (*kind, (*value, false)));
                self.emails = all.collect();
                json!({"op": "replace", "path": "emails", "value": self.addresses()})
            }
            UserStep::ClearEmails => {
                self.emails.clear();
                json!({"op": "remove", "path": "emails"})
            }
        }
    }

    /// An address is made the primary one, which the others are not any more; where there is none of the type, it comes.
    fn make_primary(&mut self, kind: usize, as_text: bool) -> Value {
        let is_new = !self.emails.contains_key(&kind);
        for (_, primary) in self.emails.values_mut() {
            *primary = false;
        }
        self.emails.entry(kind).or_default().1 = true;
        let primary = match as_text {
            true => json!("True"),
            false => json!(true),
        };
        if is_new {
            let email = json!([{"type": TYPES[kind], "value": address(0), "primary": primary}]);
            return json!({"op": "Add", "path": "emails", "value": email});
        }
        let path = format!("emails[type eq \"{}\"].primary", TYPES[kind]);
        json!({"op": "Replace", "path": path, "value": primary})
    }

    fn addresses(&self) -> Vec<Value> {
        let emails = self.emails.iter();
        let email = |(kind, (value, _)): (&usize, &(usize, bool))| json!({"type": TYPES[*kind], "value": address(*value)});
        emails.map(email).collect()
    }
}

pub(super) fn read_user(document: &Value) -> User {
    let extension = &document[ENTERPRISE];
    let field = |path: &str| match path.rsplit_once([':', '.']) {
        Some(("name", part)) => document["name"][part].as_str(),
        Some((_, name)) => extension[name].as_str(),
        None => document[path].as_str(),
    };
    let fields = FIELDS.iter().enumerate();
    let fields = fields.filter_map(|(number, path)| Some((number, value(field(path)?))));
    let emails = document["emails"].as_array().cloned().unwrap_or_default();
    let count = emails.len();
    let emails = emails.iter().map(|email| {
        let kind = TYPES
            .iter()
            .position(|kind| email["type"] == *kind)
            .unwrap();
        let address = email["value"].as_str().unwrap();
        let found = (0..VALUES.len()).find(|number| self::address(*number) == address);
        (kind, (found.unwrap(), email["primary"] == true))
    });
    let user = User {
        fields: fields.collect(),
        active: document["active"].as_bool(),
        manager: extension["manager"]["value"].as_str().map(value),
        emails: emails.collect(),
    };
    assert_eq!(user.emails.len(), count, "one of each type: {document}");
    user
}

fn address(number: usize) -> String {
    format!("{number}@example.com")
}
