//! Groups that may not stand beside each other, and users and groups of an earlier version that do.

use super::DirectoryError;
use super::DirectoryView;
use super::GroupLookup;
use super::GroupRecord;
use super::UserRecord;
use super::is_guid;
use crate::scim::Resource;
use crate::scim::fold;

/// The attribute by which two groups would be one: `externalId` where both have the same, a GUID in whatever case; `displayName`
/// where the names are equal, in whatever case, and one of them has no `externalId` that tells them apart.
pub fn rivalry(one: &Resource, other: &Resource) -> Option<&'static str> {
    match (one.external_id(), other.external_id()) {
        (Some(one), Some(other)) => is_same(one, other).then_some("externalId"),
        _ => {
            let names = one.display_name().zip(other.display_name());
            let equal = names.is_some_and(|(one, other)| fold(one) == fold(other));
            equal.then_some("displayName")
        }
    }
}

/// The attribute by which a group that becomes `after` would be the same as one of these others, and was not before.
pub fn new_rivalry(
    before: Option<&Resource>,
    after: &Resource,
    others: &[GroupRecord],
) -> Option<&'static str> {
    let mut new = others.iter().filter_map(|other| {
        let other = &other.record().resource;
        let rivalry = rivalry(after, other)?;
        let known = before.is_some_and(|before| self::rivalry(before, other).is_some());
        (!known).then_some(rivalry)
    });
    new.next()
}

/// The groups, but for this one, that have its `externalId`, in whatever case of ASCII letters, or its name, in whatever case; a few of
/// each at most. [`new_rivalry`] finds the consequences.
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
        found.extend(view.matching_groups(&lookup).await?);
    }
    found.retain(|other| other.record().id != group.record().id);
    Ok(found)
}

fn is_same(one: &str, other: &str) -> bool {
    match is_guid(one) {
        true => one.eq_ignore_ascii_case(other),
        false => one == other,
    }
}

/// Users and groups of a connection that an earlier version admitted, and this one would not.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Collisions {
    /// Users whose names have one key.
    pub users: Vec<Vec<UserRecord>>,
    /// Groups that are the same by [`rivalry`].
    pub groups: Vec<Vec<GroupRecord>>,
    /// Users whose names hold what a name may not hold by now.
    pub names: Vec<UserRecord>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
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
            assert_eq!(rivalry(&one, &other), expected);
            assert_eq!(rivalry(&other, &one), expected);
        }
    }
}
