//! The words of a change: as Entra writes them, and as it does with `aadOptscim062020` on the Tenant URL.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::target::Target;
use crate::scim::PATCH_OP;

/// In which words changes are sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// Entra's own: operations with a capital, booleans as texts, members that are removed by their value.
    Usual,
    /// With `aadOptscim062020`: nearly that of RFC 7644 §3.5.2.
    Compliant,
}

/// One change of an attribute.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::practice) struct AttributeChange {
    pub(in crate::practice) target: Target,
    pub(in crate::practice) kind: ChangeKind,
}

#[derive(Clone, PartialEq, Debug)]
pub(in crate::practice) enum ChangeKind {
    /// The app has no value of it.
    Add(Value),
    /// The app has another.
    Replace(Value),
    /// The app has one that was sent, and the directory has none any more.
    Clear,
}

impl Dialect {
    pub(in crate::practice) fn patch(self, changes: &[AttributeChange]) -> Value {
        match self {
            Dialect::Usual => operations(changes.iter().map(usual).collect()),
            Dialect::Compliant => operations(compliant(changes)),
        }
    }

    pub(in crate::practice) fn add_members(self, ids: &[String]) -> Value {
        let op = match self {
            Dialect::Usual => "Add",
            Dialect::Compliant => "add",
        };
        operations(vec![
            json!({"op": op, "path": "members", "value": self.members(ids)}),
        ])
    }

    /// The body of a PATCH that removes members from a group. The usual form names them in `value`, to which the RFC
    /// gives no meaning: read literally, it would empty the group.
    pub(in crate::practice) fn remove_members(self, ids: &[String]) -> Value {
        match self {
            Dialect::Usual => operations(vec![
                json!({"op": "Remove", "path": "members", "value": self.members(ids)}),
            ]),
            Dialect::Compliant => {
                let one = |id: &String| json!({"op": "remove", "path": format!("members[value eq {}]", json!(id))});
                operations(ids.iter().map(one).collect())
            }
        }
    }

    fn members(self, ids: &[String]) -> Value {
        let member = |id: &String| match self {
            Dialect::Usual => json!({"$ref": null, "value": id}),
            Dialect::Compliant => json!({"value": id}),
        };
        ids.iter().map(member).collect()
    }

    pub(in crate::practice) fn manager(self, id: &str) -> Value {
        match self {
            Dialect::Usual => json!(id),
            Dialect::Compliant => json!({ "value": id }),
        }
    }
}

fn operations(operations: Vec<Value>) -> Value {
    json!({"schemas": [PATCH_OP], "Operations": operations})
}

/// An operation for each attribute; a value is cleared by the empty text.
fn usual(change: &AttributeChange) -> Value {
    let (op, value) = match &change.kind {
        ChangeKind::Add(value) => ("Add", text_of(value)),
        ChangeKind::Replace(value) => ("Replace", text_of(value)),
        ChangeKind::Clear => ("Replace", json!("")),
    };
    json!({"op": op, "path": change.target.path(), "value": value})
}

fn text_of(value: &Value) -> Value {
    match value {
        Value::Bool(true) => json!("True"),
        Value::Bool(false) => json!("False"),
        value => value.clone(),
    }
}

/// Attributes of several values first, each with its path; the others together in one operation without a path, whose
/// keys are paths. A single one has its path.
fn compliant(changes: &[AttributeChange]) -> Vec<Value> {
    let mut operations = Vec::new();
    let (mut added, mut replaced) = (Vec::new(), Vec::new());
    for change in changes {
        let path = change.target.path();
        match &change.kind {
            ChangeKind::Clear => operations.push(json!({"op": "remove", "path": path})),
            ChangeKind::Add(value) if change.target.has_filter() => {
                operations.push(json!({"op": "add", "path": path, "value": value}));
            }
            ChangeKind::Replace(value) if change.target.has_filter() => {
                operations.push(json!({"op": "replace", "path": path, "value": value}));
            }
            ChangeKind::Add(value) => added.push((path, value.clone())),
            ChangeKind::Replace(value) => replaced.push((path, value.clone())),
        }
    }
    operations.extend(together("add", added));
    operations.extend(together("replace", replaced));
    operations
}

fn together(op: &str, mut values: Vec<(String, Value)>) -> Option<Value> {
    if values.len() > 1 {
        return Some(json!({"op": op, "value": values.into_iter().collect::<Map<_, _>>()}));
    }
    let (path, value) = values.pop()?;
    Some(json!({"op": op, "path": path, "value": value}))
}

#[cfg(test)]
mod tests {
    use super::super::target::ACTIVE;
    use super::super::target::DISPLAY_NAME;
    use super::super::target::MANAGER;
    use super::*;

    const EMAIL: Target = Target::Work("emails", "value");
    const GIVEN_NAME: Target = Target::Part("name", "givenName");

    fn change(target: Target, kind: ChangeKind) -> AttributeChange {
        AttributeChange { target, kind }
    }

    fn body(dialect: Dialect, changes: &[AttributeChange]) -> Value {
        let body = dialect.patch(changes);
        assert_eq!(body["schemas"], json!([PATCH_OP]));
        body["Operations"].clone()
    }

    #[test]
    fn a_user_is_disabled_by_a_text_or_by_a_boolean() {
        let disable = [change(ACTIVE, ChangeKind::Replace(json!(false)))];
        assert_eq!(
            body(Dialect::Usual, &disable),
            json!([{"op": "Replace", "path": "active", "value": "False"}])
        );
        assert_eq!(
            body(Dialect::Compliant, &disable),
            json!([{"op": "replace", "path": "active", "value": false}])
        );
    }

    #[test]
    fn several_attributes_go_one_by_one_or_together_without_a_path() {
        let changes = [
            change(DISPLAY_NAME, ChangeKind::Replace(json!("Ada King"))),
            change(EMAIL, ChangeKind::Replace(json!("ada@x.example"))),
            change(GIVEN_NAME, ChangeKind::Replace(json!("Ada"))),
            change(
                Target::Enterprise("department"),
                ChangeKind::Replace(json!("R")),
            ),
            change(Target::Plain("title"), ChangeKind::Add(json!("Dr"))),
        ];
        let department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
        assert_eq!(
            body(Dialect::Usual, &changes),
            json!([
                {"op": "Replace", "path": "displayName", "value": "Ada King"},
                {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "ada@x.example"},
                {"op": "Replace", "path": "name.givenName", "value": "Ada"},
                {"op": "Replace", "path": department, "value": "R"},
                {"op": "Add", "path": "title", "value": "Dr"},
            ])
        );
        assert_eq!(
            body(Dialect::Compliant, &changes),
            json!([
                {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ada@x.example"},
                {"op": "add", "path": "title", "value": "Dr"},
                {"op": "replace", "value": {"displayName": "Ada King", "name.givenName": "Ada", department: "R"}},
            ])
        );
    }

    #[test]
    fn a_value_is_cleared_by_the_empty_text_or_by_remove() {
        let changes = [change(MANAGER, ChangeKind::Clear)];
        let path = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
        assert_eq!(
            body(Dialect::Usual, &changes),
            json!([{"op": "Replace", "path": path, "value": ""}])
        );
        assert_eq!(
            body(Dialect::Compliant, &changes),
            json!([{"op": "remove", "path": path}])
        );
    }

    #[test]
    fn members_are_removed_by_value_or_by_a_filter() {
        let ids = ["a".to_owned(), "b".to_owned()];
        assert_eq!(
            Dialect::Usual.remove_members(&ids)["Operations"],
            json!([{"op": "Remove", "path": "members",
                "value": [{"$ref": null, "value": "a"}, {"$ref": null, "value": "b"}]}])
        );
        assert_eq!(
            Dialect::Compliant.remove_members(&ids)["Operations"],
            json!([
                {"op": "remove", "path": "members[value eq \"a\"]"},
                {"op": "remove", "path": "members[value eq \"b\"]"},
            ])
        );
        assert_eq!(
            Dialect::Compliant.add_members(&ids[..1])["Operations"],
            json!([{"op": "add", "path": "members", "value": [{"value": "a"}]}])
        );
    }
}
