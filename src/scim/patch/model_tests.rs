//! Random sequences of valid operations, in either dialect, against a model that knows nothing of paths and schemas: a few
//! fields and a map of addresses by type.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

use super::*;
use crate::scim::Draft;
use crate::scim::ResourceKind;
use crate::scim::Schemas;

const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";

#[derive(Clone, Debug)]
enum Step {
    SetField(usize, String),
    ClearField(usize, Clearing),
    SetFieldsWithoutPath(BTreeMap<usize, String>),
    SetActive(bool),
    SetEmail(String, String),
    RemoveEmail(String, bool),
    MakePrimary(String),
    AddEmail(String, String, bool),
    ReplaceEmails(BTreeMap<String, String>),
}

#[derive(Clone, Copy, Debug)]
enum Clearing {
    Remove,
    Null,
    Empty,
}

const FIELDS: [&str; 5] = [
    "title",
    "nickName",
    "name.givenName",
    "name.familyName",
    DEPARTMENT,
];

#[derive(Clone, Default, PartialEq, Debug)]
struct Model {
    fields: BTreeMap<usize, String>,
    active: Option<bool>,
    emails: BTreeMap<String, (String, bool)>,
}

impl Model {
    fn step(&mut self, step: &Step) {
        match step {
            Step::SetField(field, value) => {
                self.fields.insert(*field, value.clone());
            }
            Step::ClearField(field, _) => {
                self.fields.remove(field);
            }
            Step::SetFieldsWithoutPath(fields) => self.fields.extend(fields.clone()),
            Step::SetActive(active) => self.active = Some(*active),
            Step::SetEmail(kind, value) => {
                self.emails
                    .entry(kind.clone())
                    .or_default()
                    .0
                    .clone_from(value);
            }
            Step::RemoveEmail(kind, _) => {
                self.emails.remove(kind);
            }
            Step::MakePrimary(kind) => {
                if self.emails.contains_key(kind) {
                    self.primary(kind);
                }
            }
            Step::AddEmail(kind, value, primary) => {
                if !self.emails.contains_key(kind) {
                    self.emails.insert(kind.clone(), (value.clone(), false));
                    if *primary {
                        self.primary(kind);
                    }
                }
            }
            Step::ReplaceEmails(emails) => {
                let emails = emails.clone().into_iter();
                self.emails = emails.map(|(kind, value)| (kind, (value, false))).collect();
            }
        }
    }

    fn primary(&mut self, kind: &str) {
        for (other, (_, primary)) in &mut self.emails {
            *primary = other == kind;
        }
    }

    /// The operation of a step; `None` where the model says that it is not to be sent.
    fn operation(&self, step: &Step, entra: bool) -> Option<Value> {
        let replace = if entra { "Replace" } else { "replace" };
        let path = |kind: &str, part: &str| format!("emails[type eq \"{kind}\"]{part}");
        Some(match step {
            Step::SetField(field, value) => {
                json!({"op": if entra { "Add" } else { replace }, "path": FIELDS[*field], "value": value})
            }
            Step::ClearField(field, Clearing::Remove) => {
                json!({"op": if entra { "Remove" } else { "remove" }, "path": FIELDS[*field]})
            }
            Step::ClearField(field, Clearing::Null) => {
                json!({"op": replace, "path": FIELDS[*field], "value": null})
            }
            Step::ClearField(field, Clearing::Empty) => {
                json!({"op": replace, "path": FIELDS[*field], "value": ""})
            }
            Step::SetFieldsWithoutPath(fields) => {
                let named = fields
                    .iter()
                    .map(|(field, value)| (FIELDS[*field].to_owned(), json!(value)));
                json!({"op": replace, "value": named.collect::<Map<_, _>>()})
            }
            Step::SetActive(active) if entra => {
                json!({"op": replace, "path": "active", "value": if *active { "True" } else { "False" }})
            }
            Step::SetActive(active) => json!({"op": replace, "path": "active", "value": active}),
            Step::SetEmail(kind, value) => {
                json!({"op": replace, "path": path(kind, ".value"), "value": value})
            }
            Step::RemoveEmail(kind, whole) => {
                let part = if *whole { "" } else { ".value" };
                json!({"op": "remove", "path": path(kind, part)})
            }
            Step::MakePrimary(kind) => {
                self.emails.contains_key(kind).then_some(())?;
                json!({"op": replace, "path": path(kind, ".primary"), "value": true})
            }
            Step::AddEmail(kind, value, primary) => {
                (!self.emails.contains_key(kind)).then_some(())?;
                let mut email = json!({"type": kind, "value": value});
                if *primary {
                    email["primary"] = json!(true);
                }
                json!({"op": "add", "path": "emails", "value": [email]})
            }
            Step::ReplaceEmails(emails) => {
                let emails = emails
                    .iter()
                    .map(|(kind, value)| json!({"type": kind, "value": value}));
                json!({"op": replace, "path": "emails", "value": emails.collect::<Vec<_>>()})
            }
        })
    }
}

fn seen(resource: &Resource) -> Model {
    let document = Value::Object(resource.attributes().clone());
    let text = |pointer: &str| document.pointer(pointer)?.as_str().map(str::to_owned);
    let department = format!("/{}/department", crate::scim::schema::ENTERPRISE_USER);
    let pointers = [
        "/title",
        "/nickName",
        "/name/givenName",
        "/name/familyName",
        &department,
    ];
    let fields = pointers.iter().enumerate();
    let emails = document["emails"].as_array().into_iter().flatten();
    Model {
        fields: fields
            .filter_map(|(field, pointer)| Some((field, text(pointer)?)))
            .collect(),
        active: document["active"].as_bool(),
        emails: emails
            .map(|email| {
                let part = |name: &str| email[name].as_str().unwrap_or_default().to_owned();
                (
                    part("type"),
                    (part("value"), email["primary"] == json!(true)),
                )
            })
            .collect(),
    }
}

fn step() -> impl Strategy<Value = Step> {
    let field = || 0..FIELDS.len();
    let value = || "[a-z]{1,3}";
    let kind = || prop::sample::select(vec!["work", "home", "other"]).prop_map(str::to_owned);
    let clearing = prop::sample::select(vec![Clearing::Remove, Clearing::Null, Clearing::Empty]);
    prop_oneof![
        (field(), value()).prop_map(|(field, value)| Step::SetField(field, value)),
        (field(), clearing).prop_map(|(field, clearing)| Step::ClearField(field, clearing)),
        prop::collection::btree_map(field(), value(), 1..4).prop_map(Step::SetFieldsWithoutPath),
        any::<bool>().prop_map(Step::SetActive),
        (kind(), value()).prop_map(|(kind, value)| Step::SetEmail(kind, value)),
        (kind(), any::<bool>()).prop_map(|(kind, whole)| Step::RemoveEmail(kind, whole)),
        kind().prop_map(Step::MakePrimary),
        (kind(), value(), any::<bool>())
            .prop_map(|(kind, value, primary)| Step::AddEmail(kind, value, primary)),
        prop::collection::btree_map(kind(), value(), 0..3).prop_map(Step::ReplaceEmails),
    ]
}

/// Any value, sensible or not.
fn any_value() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "a",
        "b",
        "work",
        "home",
        "True",
        "False",
        "{}",
        "[\"a\"]",
        "{\"value\":\"x\"}",
        " {\"Value\":\"x\",\"displayName\":\"X\"}",
    ];
    let names = [
        "value",
        "VALUE",
        "type",
        "Primary",
        "display",
        "$ref",
        "givenName",
        "displayName",
        "locality",
        "x",
    ];
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        (0..3).prop_map(|value| json!(value)),
        prop::sample::select(texts.to_vec()).prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(name, inner, 0..4).prop_map(
                |mut parts: BTreeMap<String, Value>| {
                    // No request has a name twice.
                    if parts.contains_key("value") {
                        parts.remove("VALUE");
                    }
                    Value::Object(parts.into_iter().collect())
                }
            ),
        ]
    })
}

/// Any operation on what a schema has, sensible or not.
fn any_operation() -> impl Strategy<Value = Value> {
    let names = [
        "title",
        "active",
        "name",
        "name.givenName",
        "emails",
        "emails.type",
        "emails.primary",
        "roles",
        "roles",
        "addresses",
        "x509Certificates",
        "userName",
        "groups",
        "shoeSize",
        "members",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    ];
    let filters = [
        "",
        "",
        "[type eq \"work\"]",
        "[primary eq true].value",
        "[value eq \"a\"].primary",
        "[type eq \"work\" and value eq \"b\"].type",
        "[not (type pr)]",
        "[value pr].$ref",
        "[value eq \"{\\\"value\\\":\\\"x\\\"}\"].type",
        ".value",
    ];
    let path = (
        prop::sample::select(names.to_vec()),
        prop::sample::select(filters.to_vec()),
    );
    let op = prop::sample::select(vec!["add", "Replace", "remove"]);
    (op, path, any_value(), any::<bool>()).prop_map(|(op, (name, filter), value, bare)| {
        let path = format!("{name}{filter}");
        match bare && op != "remove" {
            true => json!({"op": op, "value": {path: value}}),
            false => json!({"op": op, "path": path, "value": value}),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_accepted_reads_as_itself(
        operations in prop::collection::vec(any_operation(), 1..6),
    ) {
        let schemas = Schemas::standard();
        for kind in ResourceKind::ALL {
            let of = schemas.resource_type(kind);
            let before = json!({"userName": "ada", "displayName": "Ada", "emails": [
                {"type": "work", "value": "a", "primary": true}, {"type": "home", "value": "b"},
            ]});
            let mut resource = Draft::read(before, of).unwrap().resource;
            for operation in &operations {
                let body = json!({"schemas": [PATCH_OP], "Operations": [operation]});
                let patched = PatchRequest::parse(body, of).and_then(|patch| patch.apply(&resource, of));
                let Ok(Patched { resource: after, changed, .. }) = patched else {
                    continue;
                };
                prop_assert_eq!(changed.is_empty(), after == resource);
                let body = Value::Object(after.attributes().clone());
                let again = Draft::read(body, of).unwrap().resource;
                prop_assert_eq!(again.attributes(), after.attributes());
                resource = after;
            }
        }
    }
}

proptest! {
    #[test]
    fn a_user_is_what_the_model_says(
        steps in prop::collection::vec((step(), any::<bool>()), 1..30),
        together in any::<bool>(),
    ) {
        let schemas = Schemas::standard();
        let of = schemas.resource_type(ResourceKind::User);
        let mut user = Draft::read(json!({"userName": "ada"}), of).unwrap().resource;
        let mut model = Model::default();
        let mut operations = Vec::new();
        for (step, entra) in &steps {
            operations.extend(model.operation(step, *entra));
            let before = model.clone();
            model.step(step);
            if !together && !operations.is_empty() {
                let patched = patch(&user, &mut operations, of);
                prop_assert_eq!(patched.changed.is_empty() , patched.resource == user);
                prop_assert!(before == model || !patched.changed.is_empty());
                user = patched.resource;
                prop_assert_eq!(seen(&user), model.clone());
            }
        }
        if !operations.is_empty() {
            user = patch(&user, &mut operations, of).resource;
        }
        prop_assert_eq!(seen(&user), model);
    }

    #[test]
    fn a_membership_is_what_the_model_says(
        steps in prop::collection::vec((0..5_u8, prop::collection::btree_set("[a-f]", 0..4)), 1..20),
    ) {
        let schemas = Schemas::standard();
        let of = schemas.resource_type(ResourceKind::Group);
        let group = Draft::read(json!({"displayName": "g"}), of).unwrap().resource;
        let mut model = BTreeSet::new();
        let mut operations = Vec::new();
        for (what, ids) in &steps {
            let values: Vec<_> = ids.iter().map(|id| json!({"value": id})).collect();
            match (what, ids.first()) {
                (0, _) => {
                    model.extend(ids.clone());
                    operations.push(json!({"op": "Add", "path": "members", "value": values}));
                }
                (1, _) => {
                    model.retain(|id| !ids.contains(id));
                    operations.push(json!({"op": "Remove", "path": "members", "value": values}));
                }
                (2, Some(id)) => {
                    model.remove(id);
                    operations.push(json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")}));
                }
                (3, _) => {
                    model.clone_from(ids);
                    operations.push(json!({"op": "replace", "path": "members", "value": values}));
                }
                _ => {
                    model.clear();
                    operations.push(json!({"op": "remove", "path": "members"}));
                }
            }
        }
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        let patched = PatchRequest::parse(body, of).unwrap().apply(&group, of).unwrap();
        let mut members = BTreeSet::new();
        for change in patched.membership {
            match change {
                MembershipChange::Add(added) => members.extend(added.into_iter().map(|of| of.id)),
                MembershipChange::Remove(ids) => members.retain(|id| !ids.contains(id)),
                MembershipChange::Replace(new) => members = new.into_iter().map(|of| of.id).collect(),
                MembershipChange::Clear => members.clear(),
                MembershipChange::RemoveWhere(filter) => panic!("{filter:?}"),
            }
        }
        prop_assert_eq!(members, model);
        prop_assert!(patched.changed.is_empty());
    }
}

fn patch(user: &Resource, operations: &mut Vec<Value>, of: &ResourceType) -> Patched {
    let body = json!({"schemas": [PATCH_OP], "Operations": std::mem::take(operations)});
    let patched = PatchRequest::parse(body.clone(), of).and_then(|patch| patch.apply(user, of));
    patched.unwrap_or_else(|error| panic!("{error}: {body}"))
}
