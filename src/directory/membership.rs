//! The rules of a change of members: the rows that it means, and what follows from it for events and sessions.

use std::collections::HashSet;

use super::MemberRows;
use super::Scope;
use super::Touched;
use crate::event::Event;
use crate::event::GroupMember;
use crate::event::Happened;
use crate::scim::Member;
use crate::scim::MemberFilter;
use crate::scim::MemberRef;
use crate::scim::MembershipChange;

/// The rows that a change of members means: those that go, and then those that come.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Plan {
    pub(super) going: Option<MemberRows>,
    /// Their ids, each once.
    pub(super) coming: Vec<String>,
}

impl Plan {
    /// The plan of a change. `members` are those that the group has: a [`MembershipChange::RemoveWhere`] alone looks at them.
    pub(super) fn of(change: &MembershipChange, members: &[Member], base: &str) -> Plan {
        let (going, coming) = match change {
            MembershipChange::Add(members) => (None, ids(members)),
            MembershipChange::Remove(ids) => (Some(MemberRows::Remove(ids.clone())), Vec::new()),
            MembershipChange::RemoveWhere(filter) => {
                let ids = described(filter, members, base);
                (Some(MemberRows::Remove(ids)), Vec::new())
            }
            MembershipChange::Replace(members) => {
                let ids = ids(members);
                (Some(MemberRows::KeepOnly(ids.clone())), ids)
            }
            MembershipChange::Clear => (Some(MemberRows::KeepOnly(Vec::new())), Vec::new()),
        };
        Plan { going, coming }
    }
}

/// The ids of all whom any of these changes would bring, each once.
pub(super) fn coming(changes: &[MembershipChange]) -> Vec<String> {
    ids(changes.iter().flat_map(|change| match change {
        MembershipChange::Add(members) | MembershipChange::Replace(members) => members.as_slice(),
        MembershipChange::Remove(_)
        | MembershipChange::RemoveWhere(_)
        | MembershipChange::Clear => &[],
    }))
}

fn ids<'a>(members: impl IntoIterator<Item = &'a MemberRef>) -> Vec<String> {
    let mut seen = HashSet::new();
    let ids = members.into_iter().map(|member| &member.id);
    ids.filter(|id| seen.insert(*id)).cloned().collect()
}

fn described(filter: &MemberFilter, members: &[Member], base: &str) -> Vec<String> {
    let described = members.iter().filter(|member| filter.matches(member, base));
    described.map(|member| member.id.clone()).collect()
}

/// The events of members that came or went: users first, then groups. `happened` makes one of the group and the member.
pub(super) fn events<'a>(
    scope: &'a Scope,
    happened: fn(String, GroupMember) -> Happened,
    group: &'a str,
    touched: &'a Touched,
) -> impl Iterator<Item = Event> + Send + 'a {
    let users = touched.users.iter();
    let users = users.map(|user| GroupMember::User(user.to_string()));
    let groups = touched.groups.iter();
    let groups = groups.map(|group| GroupMember::Group(group.to_string()));
    let members = users.chain(groups);
    members.map(move |member| scope.event(happened(group.to_owned(), member)))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::directory::GroupId;
    use crate::directory::UserId;

    fn refs(ids: &[&str]) -> Vec<MemberRef> {
        let member = |id: &&str| MemberRef {
            id: (*id).to_owned(),
            kind: None,
        };
        ids.iter().map(member).collect()
    }

    fn texts(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn a_change_means_rows_that_go_and_rows_that_come_each_once() {
        let plan = |change| Plan::of(&change, &[], "");
        let rows = |going, coming: &[&str]| Plan {
            going,
            coming: texts(coming),
        };
        for (change, expected) in [
            (
                MembershipChange::Add(refs(&["a", "b", "a"])),
                rows(None, &["a", "b"]),
            ),
            (
                MembershipChange::Remove(texts(&["a"])),
                rows(Some(MemberRows::Remove(texts(&["a"]))), &[]),
            ),
            (
                MembershipChange::Replace(refs(&["a", "a"])),
                rows(Some(MemberRows::KeepOnly(texts(&["a"]))), &["a"]),
            ),
            (
                MembershipChange::Clear,
                rows(Some(MemberRows::KeepOnly(Vec::new())), &[]),
            ),
        ] {
            assert_eq!(plan(change.clone()), expected, "{change:?}");
        }
    }

    #[test]
    fn a_member_is_told_as_a_user_or_by_the_id_of_the_group() {
        let scope = Scope::by_default("acme".parse().unwrap(), Timestamp::UNIX_EPOCH);
        let (user, group) = (UserId::from_random([1; 16]), GroupId::from_random([2; 16]));
        let touched = Touched {
            users: vec![user.clone()],
            groups: vec![group.clone()],
        };
        assert_eq!(touched.count(), 2);
        let added = |group, member| Happened::MemberAdded { group, member };
        let told: Vec<Event> = events(&scope, added, "board", &touched).collect();
        let event = |member| scope.event(added("board".to_owned(), member));
        let user = event(GroupMember::User(user.to_string()));
        let group = event(GroupMember::Group(group.to_string()));
        assert_eq!(told, [user, group]);
    }
}
