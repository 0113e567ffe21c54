//! Changes of the members of a group, which need not be loaded.

use super::Operation;
use super::Target;
use super::operation::PatchAction;
use crate::scim::filter::Comparison;
use crate::scim::filter::Literal;
use crate::scim::filter::Node;
use crate::scim::filter::Operator;
use crate::scim::member::MemberFilter;
use crate::scim::member::MemberRef;

/// A change to the members of a group. Adding a member that is there and removing one that is not are success.
#[derive(Clone, PartialEq, Debug)]
pub enum MembershipChange {
    /// These come.
    Add(Vec<MemberRef>),
    /// Those with these ids go.
    Remove(Vec<String>),
    /// Those that the filter describes go; this alone has to look at all of them.
    RemoveWhere(MemberFilter),
    /// These stay or come, all others go.
    Replace(Vec<MemberRef>),
    /// All go.
    Clear,
}

impl Operation {
    pub(in crate::scim) fn membership(&self) -> MembershipChange {
        match (&self.change, &self.target) {
            (PatchAction::AddMembers(members), _) => MembershipChange::Add(members.clone()),
            (PatchAction::ReplaceMembers(members), _) if members.is_empty() => {
                MembershipChange::Clear
            }
            (PatchAction::ReplaceMembers(members), _) => MembershipChange::Replace(members.clone()),
            (PatchAction::RemoveMembers(members), _) => {
                let ids = members.iter().map(|member| member.id.clone());
                MembershipChange::Remove(ids.collect())
            }
            (_, Target::Attribute(_, Some(filter))) => match ids(filter) {
                Some(ids) => MembershipChange::Remove(ids),
                None => MembershipChange::RemoveWhere(MemberFilter(filter.clone())),
            },
            _ => MembershipChange::Clear,
        }
    }
}

/// Adds a change to those before it; neighbours of one kind become one, so that a store does them in one go.
pub(in crate::scim) fn push(changes: &mut Vec<MembershipChange>, change: MembershipChange) {
    match (changes.last_mut(), change) {
        (Some(MembershipChange::Add(before)), MembershipChange::Add(members)) => {
            before.extend(members);
        }
        (Some(MembershipChange::Remove(before)), MembershipChange::Remove(ids)) => {
            before.extend(ids);
        }
        (_, change) => changes.push(change),
    }
}

/// The ids of `members[value eq "id"]`, or of several with `or` between them.
fn ids(filter: &Node) -> Option<Vec<String>> {
    match filter {
        Node::Or(nodes) => nodes.iter().try_fold(Vec::new(), |mut all, node| {
            all.extend(ids(node)?);
            Some(all)
        }),
        Node::Compare(Comparison {
            path,
            operator: Operator::Eq,
            literal: Literal::Exact(id),
        }) if path.leaf().name == "value" => Some(vec![id.clone()]),
        _ => None,
    }
}
