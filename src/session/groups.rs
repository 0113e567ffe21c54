//! The groups of a person, from both sides. The directory decides about every group that it has: there membership counts, as it
//! is now, and a claim adds nothing. A claimed group that the directory does not have is kept as the identity provider named
//! it, and marked. Where the claim was too long to be sent (`groups.link`), the directory alone answers.

use std::collections::HashSet;

use crate::directory::GroupId;
use crate::directory::Memberships;
use crate::directory::UserGroup;
use crate::saml::Attributes;
use crate::saml::claim;

/// A group of a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The server's name for it; `None` for one that is only claimed.
    pub id: Option<GroupId>,
    /// The identity provider's name for it, in Entra the object id: the group's `externalId`, or the claim as it was
    /// signed.
    pub object_id: Option<String>,
    /// Its name for people; `None` for one that is only claimed, or has none.
    pub display_name: Option<String>,
    /// The way in which the person belongs to it.
    pub standing: MembershipKind,
}

/// The way in which a person belongs to a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MembershipKind {
    /// The directory has the group, and the person is one of its members.
    Direct,
    /// The directory has the group, and another group among its members holds the person.
    Nested,
    /// The identity provider named it at sign-on, and the directory has no such group.
    Claimed,
}

impl Group {
    /// The text that people see: the name, or else the object id, or else the server's own id.
    pub fn label(&self) -> &str {
        let id = self.id.as_ref().map(GroupId::as_str);
        let label = self.display_name.as_deref().or(self.object_id.as_deref());
        label.or(id).unwrap_or_default()
    }

    fn held(group: UserGroup) -> Group {
        Group {
            id: Some(group.id),
            object_id: group.external_id,
            display_name: group.display_name,
            standing: match group.direct {
                true => MembershipKind::Direct,
                false => MembershipKind::Nested,
            },
        }
    }

    fn claimed(object_id: &str) -> Group {
        Group {
            id: None,
            object_id: Some(object_id.to_owned()),
            display_name: None,
            standing: MembershipKind::Claimed,
        }
    }
}

/// The groups of a person: those of the directory, then those that are only claimed, each once.
///
/// ```
/// use entrada::directory::Memberships;
/// use entrada::saml::Attributes;
/// use entrada::session::groups;
///
/// let (nobody, nothing) = (Memberships::default(), Attributes::default());
/// assert!(groups(nobody, &nothing).is_empty());
/// ```
pub fn groups(memberships: Memberships, attributes: &Attributes) -> Vec<Group> {
    let provisioned = memberships.provisioned.iter();
    let mut seen: HashSet<String> = provisioned.map(|id| id.to_ascii_lowercase()).collect();
    let held: Vec<Group> = memberships.groups.into_iter().map(Group::held).collect();
    let own = held.iter().filter_map(|group| group.object_id.as_deref());
    seen.extend(own.map(str::to_ascii_lowercase));
    let claimed = claimed(attributes).iter();
    let only_claimed = claimed.filter(|id| seen.insert(id.to_ascii_lowercase()));
    let only_claimed: Vec<Group> = only_claimed.map(|id| Group::claimed(id)).collect();
    [held, only_claimed].concat()
}

/// The groups that the identity provider named at sign-on.
pub(crate) fn claimed(attributes: &Attributes) -> &[String] {
    attributes.values(claim::GROUPS)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::directory::is_guid;
    use crate::directory::same_object;

    const ADMINS: &str = "0aaaaaaa-0000-4000-8000-00000000000b";
    const READERS: &str = "0ccccccc-0000-4000-8000-00000000000d";

    fn id(number: u8) -> GroupId {
        GroupId::from_random([number; 16])
    }

    fn held(number: u8, name: &str, external_id: Option<&str>, direct: bool) -> UserGroup {
        UserGroup {
            id: id(number),
            external_id: external_id.map(str::to_owned),
            display_name: Some(name.to_owned()),
            direct,
        }
    }

    fn attributes(name: &str, values: &[&str]) -> Attributes {
        serde_json::from_value(json!([{"name": name, "values": values}])).unwrap()
    }

    fn summary(groups: &[Group]) -> Vec<(&str, MembershipKind)> {
        let pair = |group: &'_ Group| group.standing;
        groups.iter().map(|of| (of.label(), pair(of))).collect()
    }

    #[test]
    fn membership_is_direct_or_nested_and_a_claim_beside_it_adds_nothing() {
        let memberships = Memberships {
            groups: vec![
                held(1, "Admins", Some(ADMINS), true),
                held(2, "Staff", None, false),
            ],
            provisioned: vec![ADMINS.to_owned()],
        };
        let claims = attributes(claim::GROUPS, &[ADMINS]);
        let found = groups(memberships, &claims);
        let expected = [
            ("Admins", MembershipKind::Direct),
            ("Staff", MembershipKind::Nested),
        ];
        assert_eq!(summary(&found), expected);
        assert_eq!(found[0].id, Some(id(1)));
        assert_eq!(found[0].object_id.as_deref(), Some(ADMINS));
    }

    #[test]
    fn a_claim_that_contradicts_the_directory_counts_for_nothing_in_whatever_case() {
        for (claimed, provisioned) in [
            (ADMINS.to_owned(), ADMINS.to_owned()),
            (ADMINS.to_uppercase(), ADMINS.to_owned()),
            (ADMINS.to_owned(), ADMINS.to_uppercase()),
            (ADMINS.to_owned(), ADMINS.replacen("aaa", "AaA", 1)),
        ] {
            let memberships = Memberships {
                groups: vec![],
                provisioned: vec![provisioned],
            };
            let claims = attributes(claim::GROUPS, &[&claimed]);
            assert_eq!(groups(memberships, &claims), [], "{claimed}");
        }
    }

    #[test]
    fn a_claim_that_nobody_provisioned_stays_as_it_was_signed_and_comes_once() {
        let upper = READERS.to_uppercase();
        let claims = attributes(claim::GROUPS, &[&upper, READERS, ADMINS]);
        let found = groups(Memberships::default(), &claims);
        let expected = [
            (upper.as_str(), MembershipKind::Claimed),
            (ADMINS, MembershipKind::Claimed),
        ];
        assert_eq!(summary(&found), expected);
        assert!(found.iter().all(|group| group.id.is_none()));
    }

    #[test]
    fn overage_is_answered_from_the_directory() {
        let memberships = Memberships {
            groups: vec![held(1, "Admins", Some(ADMINS), true)],
            provisioned: vec![],
        };
        let link = "https://graph.microsoft.com/v1.0/users/1/getMemberObjects";
        let claims = attributes(claim::GROUPS_LINK, &[link]);
        let found = groups(memberships, &claims);
        assert_eq!(summary(&found), [("Admins", MembershipKind::Direct)]);
    }

    #[test]
    fn an_object_is_the_same_in_whatever_case_only_if_it_is_a_guid() {
        assert!(same_object(ADMINS, &ADMINS.to_uppercase()));
        assert!(!same_object(ADMINS, READERS));
        assert!(same_object("staff", "staff"));
        assert!(!same_object("staff", "Staff"));
        assert!(!is_guid(&ADMINS.replace('-', "0")));
        assert!(!is_guid(&ADMINS.replace('b', "g")));
    }
}
