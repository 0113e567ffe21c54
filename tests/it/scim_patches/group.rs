//! A group, as a model of two fields.

use std::collections::BTreeSet;

use proptest::collection::btree_set;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

use super::VALUES;
use super::value;

/// Users that can be members.
pub(super) const POOL: usize = 4;

#[derive(Clone, Debug)]
pub(super) enum GroupStep {
    Rename(usize),
    Add(BTreeSet<usize>),
    RemoveByValue(BTreeSet<usize>),
    RemoveByFilter(usize),
    Replace(BTreeSet<usize>),
    Clear,
}

#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Group {
    pub(super) name: Option<usize>,
    pub(super) members: BTreeSet<usize>,
}

pub(super) fn group_step() -> impl Strategy<Value = GroupStep> {
    let some = || btree_set(0..POOL, 0..POOL);
    prop_oneof![
        (0..VALUES.len()).prop_map(GroupStep::Rename),
        some().prop_map(GroupStep::Add),
        btree_set(0..POOL, 1..POOL).prop_map(GroupStep::RemoveByValue),
        (0..POOL).prop_map(GroupStep::RemoveByFilter),
        some().prop_map(GroupStep::Replace),
        Just(GroupStep::Clear),
    ]
}

impl Group {
    /// Takes a step; says the operation that makes a server take it.
    pub(super) fn step(&mut self, step: &GroupStep, pool: &[String]) -> Value {
        let values = |members: &BTreeSet<usize>| {
            let member = |number: &usize| json!({"value": pool[*number]});
            members.iter().map(member).collect::<Vec<_>>()
        };
        match step {
            GroupStep::Rename(name) => {
                self.name = Some(*name);
                json!({"op": "Replace", "path": "DisplayName", "value": VALUES[*name]})
            }
            GroupStep::Add(members) => {
                self.members.extend(members);
                json!({"op": "Add", "path": "members", "value": values(members)})
            }
            GroupStep::RemoveByValue(members) => {
                self.members.retain(|member| !members.contains(member));
                json!({"op": "Remove", "path": "members", "value": values(members)})
            }
            GroupStep::RemoveByFilter(member) => {
                self.members.remove(member);
                json!({"op": "remove", "path": format!("members[value eq \"{}\"]", pool[*member])})
            }
            GroupStep::Replace(members) => {
                self.members.clone_from(members);
                json!({"op": "replace", "path": "members", "value": values(members)})
            }
            GroupStep::Clear => {
                self.members.clear();
                json!({"op": "remove", "path": "members"})
            }
        }
    }
}

pub(super) fn read_group(document: &Value, pool: &[String]) -> Group {
    let members = document["members"].as_array().cloned().unwrap_or_default();
    let count = members.len();
    let name = document["displayName"]
        .as_str()
        .filter(|name| *name != "group");
    let number = |member: &Value| pool.iter().position(|id| member["value"] == *id).unwrap();
    let group = Group {
        name: name.map(value),
        members: members.iter().map(number).collect(),
    };
    assert_eq!(group.members.len(), count, "each once: {document}");
    group
}
