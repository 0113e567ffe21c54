use serde_json::Value;
use serde_json::json;

use super::tests::request;
use super::*;
use crate::scim::Draft;
use crate::scim::MemberRef;
use crate::scim::ResourceKind;
use crate::scim::Schemas;

fn group(operations: Value) -> Result<Patched, ScimError> {
    let schemas = Schemas::standard();
    let of = schemas.resource_type(ResourceKind::Group);
    let engineering = Draft::read(json!({"displayName": "Engineering"}), of)?.resource;
    request(ResourceKind::Group, operations)?.apply(&engineering, of)
}

fn membership(operations: Value) -> Vec<MembershipChange> {
    let patched = group(operations.clone());
    patched
        .unwrap_or_else(|error| panic!("{operations}: {error}"))
        .membership
}

fn members(ids: &[&str]) -> Vec<MemberRef> {
    let member = |id: &&str| MemberRef {
        id: (*id).to_owned(),
        kind: None,
    };
    ids.iter().map(member).collect()
}

#[test]
fn members_come_and_go_without_being_loaded() {
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    use MembershipChange as PatchAction;
    for (operations, expected) in [
        (
            json!([{"op": "add", "path": "members", "value": [{"value": "a"}, {"value": "b"}, {"value": "a"}]}]),
            vec![PatchAction::Add(members(&["a", "b"]))],
        ),
        (
            json!([{"op": "remove", "path": "members"}]),
            vec![PatchAction::Clear],
        ),
        (
            json!([{"op": "remove", "path": "members[value eq \"a\"]"}]),
            vec![PatchAction::Remove(ids(&["a"]))],
        ),
        (
            json!([{"op": "remove", "path": "members[value eq \"a\" or value eq \"b\"]"}]),
            vec![PatchAction::Remove(ids(&["a", "b"]))],
        ),
        (
            json!([{"op": "replace", "path": "members", "value": [{"value": "a"}]}]),
            vec![PatchAction::Replace(members(&["a"]))],
        ),
        (
            json!([{"op": "replace", "path": "members", "value": []}]),
            vec![PatchAction::Clear],
        ),
        (
            json!([{"op": "add", "value": {"members": [{"value": "a"}]}}]),
            vec![PatchAction::Add(members(&["a"]))],
        ),
        (
            json!([
                {"op": "add", "path": "members", "value": [{"value": "a"}]},
                {"op": "add", "path": "members", "value": [{"value": "b"}]},
                {"op": "remove", "path": "members[value eq \"a\"]"},
                {"op": "add", "path": "members", "value": [{"value": "c"}]},
            ]),
            vec![
                PatchAction::Add(members(&["a", "b"])),
                PatchAction::Remove(ids(&["a"])),
                PatchAction::Add(members(&["c"])),
            ],
        ),
        (
            json!([{"op": "add", "path": "members", "value": []}]),
            vec![],
        ),
    ] {
        assert_eq!(membership(operations.clone()), expected, "{operations}");
    }
}

#[test]
fn members_that_a_filter_describes_are_matched_one_by_one() {
    let changes = membership(json!([{"op": "remove", "path": "members[type eq \"Group\"]"}]));
    let [MembershipChange::RemoveWhere(filter)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    let member = |kind| crate::scim::Member {
        id: "a".to_owned(),
        kind,
        display: None,
    };
    assert!(filter.matches(&member(ResourceKind::Group), "https://app.example.com"));
    assert!(!filter.matches(&member(ResourceKind::User), "https://app.example.com"));
}

#[test]
fn the_parts_of_a_member_do_not_change() {
    for path in [
        "members.value",
        "members[value eq \"a\"].value",
        "members[value eq \"a\"].type",
    ] {
        let error = group(json!([{"op": "replace", "path": path, "value": "b"}]))
            .err()
            .unwrap();
        assert_eq!(error.scim_type(), Some("mutability"), "{path}");
    }
}

#[test]
fn a_groups_own_attributes_change_beside_its_members() {
    let patched = group(json!([
        {"op": "replace", "path": "displayName", "value": "Research"},
        {"op": "add", "path": "members", "value": [{"value": "a", "$ref": "https://x/v2/Groups/a"}]},
    ]));
    let patched = patched.unwrap();
    assert_eq!(patched.resource.display_name(), Some("Research"));
    assert_eq!(patched.changed, ["displayName"]);
    let member = MemberRef {
        id: "a".to_owned(),
        kind: Some(ResourceKind::Group),
    };
    assert_eq!(patched.membership, [MembershipChange::Add(vec![member])]);
}

#[test]
fn null_among_members_names_nobody() {
    let schemas = Schemas::standard();
    let group = schemas.resource_type(ResourceKind::Group);
    for members in [json!([null, {"value": "a"}, null]), json!(["", "a"])] {
        let body = json!({"displayName": "g", "members": members});
        let draft = Draft::read(body, group).ok().unwrap();
        let ids: Vec<_> = draft
            .members
            .iter()
            .map(|member| member.id.as_str())
            .collect();
        assert_eq!(ids, ["a"], "{members}");
        let before = Draft::read(json!({"displayName": "g"}), group)
            .ok()
            .unwrap();
        for op in ["Add", "Replace", "Remove"] {
            let operations = json!([{"op": op, "path": "members", "value": members}]);
            let patch = request(ResourceKind::Group, operations).ok().unwrap();
            let done = patch.apply(&before.resource, group).ok().unwrap();
            let expected = match op {
                "Remove" => MembershipChange::Remove(vec!["a".to_owned()]),
                "Add" => MembershipChange::Add(draft.members.clone()),
                _ => MembershipChange::Replace(draft.members.clone()),
            };
            assert_eq!(done.membership, [expected], "{op} {members}");
        }
    }
}
