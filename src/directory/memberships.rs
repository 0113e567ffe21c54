//! To which groups users belong, with what other systems call them, and which group has a name.

use super::DirectoryError;
use super::DirectoryView;
use super::GROUPS;
use super::GroupId;
use super::GroupLookup;
use super::GroupRecord;
use super::GroupSelection;
use super::SCAN;
use super::UserGroup;
use super::UserId;
use crate::scim::GroupRef;

/// The groups of one person, as one state of the directory has them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Memberships {
    /// The groups of the user, direct ones and those that hold them through other groups, by name.
    pub groups: Vec<UserGroup>,
    /// The object ids, among those asked about, that some group of the connection has or ever had, whoever its members
    /// are. They are in lower case.
    pub provisioned: Vec<String>,
}

/// The group that has a name, in one connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Named {
    /// This one alone.
    One(GroupId),
    /// Several: the name says nothing.
    Several,
}

pub(super) async fn groups_of(
    view: &mut dyn DirectoryView,
    users: &[UserId],
) -> Result<Vec<Vec<GroupRef>>, DirectoryError> {
    let held = view.user_groups(users, GROUPS).await?;
    let held = held.ok_or(DirectoryError::TooMany {
        what: "groups of users in one answer, which excludedAttributes=groups leaves out",
        limit: GROUPS,
    })?;
    let refs = |groups: Vec<UserGroup>| groups.into_iter().map(GroupRef::from).collect();
    Ok(held.into_iter().map(refs).collect())
}

pub(super) async fn memberships(
    view: &mut dyn DirectoryView,
    user: &UserId,
    asked: &[String],
) -> Result<Memberships, DirectoryError> {
    let held = view.user_groups(std::slice::from_ref(user), SCAN).await?;
    let held = held.ok_or(DirectoryError::TooMany {
        what: "groups of a user",
        limit: SCAN,
    })?;
    let asked: Vec<String> = asked.iter().map(|id| id.to_ascii_lowercase()).collect();
    let provisioned = match asked.is_empty() {
        true => Vec::new(),
        false => view.known_objects(&asked).await?,
    };
    Ok(Memberships {
        groups: held.into_iter().flatten().collect(),
        provisioned,
    })
}

pub(super) async fn named(
    view: &mut dyn DirectoryView,
    name: &str,
) -> Result<Option<Named>, DirectoryError> {
    let lookup = GroupLookup::Bearer(name.to_owned());
    let found = view.groups(&GroupSelection::Named(&lookup)).await?;
    Ok(group_named(&found, name))
}

/// The group that a name means, among the groups that have its key; those of exactly that name come first. The name itself counts: a door opens for no
/// group that only looks alike.
fn group_named(found: &[GroupRecord], name: &str) -> Option<Named> {
    let mut named = found.iter().filter(|group| {
        let own = group.record().resource.display_name();
        own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    });
    let first = named.next()?;
    Some(match named.next() {
        None => Named::One(first.id()),
        Some(_) => Named::Several,
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::scim::Resource;
    use crate::scim::ResourceKind;

    fn group(number: u8, name: &str) -> GroupRecord {
        let attributes = serde_json::Map::from_iter([("displayName".to_owned(), json!(name))]);
        GroupRecord::new(
            &GroupId::from_random([number; 16]),
            "acme".parse().unwrap(),
            Resource::restored(ResourceKind::Group, attributes),
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn a_name_is_borne_by_one_group_or_says_nothing() {
        let kiosk = [group(1, "\u{212a}iosk"), group(2, "Kiosk")];
        let one = |group: &GroupRecord| Some(Named::One(group.id()));
        assert_eq!(group_named(&[], "kiosk"), None);
        assert_eq!(group_named(&kiosk, "KIOSK"), one(&kiosk[1]));
        assert_eq!(group_named(&kiosk, "\u{212a}IOSK"), one(&kiosk[0]));
        let two = [group(1, "Board"), group(2, "BOARD")];
        assert_eq!(group_named(&two, "board"), Some(Named::Several));
    }
}
