//! Groups that may not exist beside each other, and users and groups of an earlier version that do.

use super::DirectoryError;
use super::DirectoryView;
use super::GroupLookup;
use super::GroupRecord;
use super::GroupSelection;
use super::UserRecord;
use super::UserSelection;
use super::same_object;
use crate::scim::Resource;
use crate::scim::check_user_name;
use crate::scim::fold;
use crate::scim::user_name_key;

/// The attribute by which two groups would be one: `externalId` where both have the same, a GUID in whatever case; `displayName`
/// where the names are equal, in whatever case, and one of them has no `externalId` that tells them apart.
pub(crate) fn collision(one: &Resource, other: &Resource) -> Option<&'static str> {
    match (one.external_id(), other.external_id()) {
        (Some(one), Some(other)) => same_object(one, other).then_some("externalId"),
        _ => {
            let names = one.display_name().zip(other.display_name());
            let equal = names.is_some_and(|(one, other)| fold(one) == fold(other));
            equal.then_some("displayName")
        }
    }
}

/// The attribute by which a group that becomes `after` would be the same as one of these others, and was not before.
pub(super) fn new_collision(
    before: Option<&Resource>,
    after: &Resource,
    others: &[GroupRecord],
) -> Option<&'static str> {
    let mut new = others.iter().filter_map(|other| {
        let other = &other.record().resource;
        let attribute = collision(after, other)?;
        let known = before.is_some_and(|before| collision(before, other).is_some());
        (!known).then_some(attribute)
    });
    new.next()
}

/// Other groups with its `externalId` or name, in whatever case of ASCII letters, a few of each; [`new_collision`] judges them.
pub(super) async fn alike(
    view: &mut dyn DirectoryView,
    group: &GroupRecord,
) -> Result<Vec<GroupRecord>, DirectoryError> {
    let resource = &group.record().resource;
    let object = resource.external_id().map(str::to_owned);
    let name = resource.display_name().map(str::to_owned);
    let lookups = object.map(GroupLookup::ExternalId).into_iter();
    let mut found = Vec::new();
    for lookup in lookups.chain(name.map(GroupLookup::Name)) {
        found.extend(view.groups(&GroupSelection::Named(&lookup)).await?);
    }
    found.retain(|other| other.record().id != group.record().id);
    Ok(found)
}

/// Users and groups of a connection that an earlier version admitted, and this one would not.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Collisions {
    /// Users whose names have one key.
    pub users: Vec<Vec<UserRecord>>,
    /// Groups that are the same by `collision`.
    pub groups: Vec<Vec<GroupRecord>>,
    /// Users whose names hold what a name may not hold by now.
    pub names: Vec<UserRecord>,
}

/// All users and groups of a connection that an earlier version admitted and this one would not, up to a number of each kind.
pub(super) async fn collisions(view: &mut dyn DirectoryView) -> Result<Collisions, DirectoryError> {
    let users = view.users(&UserSelection::SharingNames).await?;
    let objects = view.groups(&GroupSelection::SharingExternalIds).await?;
    let names = view.groups(&GroupSelection::SharingNames).await?;
    let mut groups = sharing(&objects, object_key);
    groups.extend(sharing(&names, name_key));
    Ok(Collisions {
        users: sharing(&users, user_key),
        groups: groups.into_iter().filter_map(colliding).collect(),
        names: refused_names(view).await?,
    })
}

/// Records that share a key, each key by itself. They come in the order of the key.
fn sharing<T: Clone>(records: &[T], key: impl Fn(&T) -> String) -> Vec<Vec<T>> {
    let by_key = records.chunk_by(|one, next| key(one) == key(next));
    let several = by_key.filter(|records| records.len() > 1);
    several.map(<[T]>::to_vec).collect()
}

fn user_key(user: &UserRecord) -> String {
    user_name_key(user.record().resource.user_name().unwrap_or_default())
}

fn object_key(group: &GroupRecord) -> String {
    let id = group.record().resource.external_id();
    id.unwrap_or_default().to_ascii_lowercase()
}

fn name_key(group: &GroupRecord) -> String {
    fold(group.record().resource.display_name().unwrap_or_default())
}

/// Those of these groups that are the same as another one of them.
fn colliding(mut groups: Vec<GroupRecord>) -> Option<Vec<GroupRecord>> {
    let all = groups.clone();
    groups.retain(|one| {
        let mut others = all.iter().filter(|other| other.id() != one.id());
        others.any(|other| collision(&one.record().resource, &other.record().resource).is_some())
    });
    (groups.len() > 1).then_some(groups)
}

async fn refused_names(view: &mut dyn DirectoryView) -> Result<Vec<UserRecord>, DirectoryError> {
    let (mut refused, mut last) = (Vec::new(), String::new());
    while refused.len() < LISTED {
        let users = view.users(&UserSelection::UnusualNames(&last)).await?;
        let Some(user) = users.last() else { break };
        last.clone_from(&user.record().id);
        refused.extend(users.into_iter().filter(|user| {
            let name = user.record().resource.user_name();
            name.is_some_and(|name| check_user_name(name).is_err())
        }));
    }
    refused.truncate(LISTED);
    Ok(refused)
}

/// Names that are listed at most.
const LISTED: usize = 200;

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::directory::GroupId;
    use crate::scim::ResourceKind;

    const GUID: &str = "0aaaaaaa-0000-4000-8000-00000000000b";

    fn group(name: &str, external_id: Option<&str>) -> Resource {
        let mut attributes = serde_json::Map::new();
        attributes.insert("displayName".to_owned(), json!(name));
        attributes.extend(external_id.map(|id| ("externalId".to_owned(), json!(id))));
        Resource::restored(ResourceKind::Group, attributes)
    }

    #[test]
    fn two_groups_are_one_by_their_id_or_where_that_does_not_tell_by_their_name() {
        let upper = GUID.to_ascii_uppercase();
        for (one, other, expected) in [
            (("A", Some(GUID)), ("B", Some(GUID)), Some("externalId")),
            (("A", Some(GUID)), ("B", Some(&upper)), Some("externalId")),
            (("A", Some("x")), ("B", Some("x")), Some("externalId")),
            (("A", Some("x")), ("B", Some("X")), None),
            (("A", Some("x")), ("A", Some("y")), None),
            (("A", None), ("A", None), Some("displayName")),
            (("A", Some("x")), ("A", None), Some("displayName")),
            (("A", None), ("a", Some("x")), Some("displayName")),
            (("A", None), ("B", None), None),
            (("A", None), ("B", Some("x")), None),
        ] {
            let (one, other) = (group(one.0, one.1), group(other.0, other.1));
            assert_eq!(collision(&one, &other), expected);
            assert_eq!(collision(&other, &one), expected);
        }
    }

    #[test]
    fn groups_that_share_a_key_and_are_not_the_same_collide_with_nobody() {
        let record = |number: u8, (name, external_id): (&str, Option<&str>)| {
            let (id, acme) = (GroupId::from_random([number; 16]), "acme".parse().unwrap());
            GroupRecord::new(&id, acme, group(name, external_id), Timestamp::UNIX_EPOCH)
        };
        let all = [
            record(1, ("a", Some("x"))),
            record(2, ("A", Some("y"))),
            record(3, ("b", None)),
            record(4, ("B", Some("z"))),
            record(5, ("B", Some("w"))),
            record(6, ("c", None)),
        ];
        let shared = sharing(&all, name_key);
        let numbers: Vec<usize> = shared.iter().map(Vec::len).collect();
        assert_eq!(
            numbers,
            [2, 3],
            "a name that one group has is no shared one"
        );
        let found: Vec<_> = shared.into_iter().filter_map(colliding).collect();
        assert_eq!(found, [all[2..5].to_vec()]);
        assert_eq!(colliding(vec![all[3].clone(), all[4].clone()]), None);
    }
}
