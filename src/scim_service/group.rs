//! Changes of groups, within their transaction. Of the members, only those that a change names are touched.

use super::change::Write;
use super::change::WriteContext;
use super::change::all_attributes;
use super::change::patch_status;
use super::log;
use super::refusal::Refusal;
use super::refusal::Refused;
use super::stored::Stored;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTransaction;
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::MembersChanged;
use crate::directory::new_rivalry;
use crate::scim::Draft;
use crate::scim::MembershipChange;
use crate::scim::PatchRequest;
use crate::scim::PatchedGroup;
use crate::scim::Resource;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

/// Makes a change of one group.
pub(super) async fn make(
    directory: &mut DirectoryTransaction<'_>,
    change: WriteContext,
    id: GroupId,
    write: Write,
) -> Result<Stored, Refusal> {
    match write {
        Write::Create(draft) => create(directory, change, id, draft).await,
        Write::Replace(draft) => replace(directory, change, id, draft).await,
        Write::Patch(patch) => self::patch(directory, change, id, patch).await,
        Write::Delete => delete(directory, change, id).await,
    }
}

async fn create(
    directory: &mut DirectoryTransaction<'_>,
    change: WriteContext,
    id: GroupId,
    draft: Draft,
) -> Result<Stored, Refusal> {
    let mut changed = all_attributes(&draft, change.of(ResourceKind::Group))?;
    let connection = change.entry.connection.clone();
    let group = GroupRecord::new(&id, connection, draft.resource, change.occasion.now);
    let members = MembershipChange::Add(draft.members);
    check_rivals(directory, None, &group).await?;
    directory
        .check_members(std::slice::from_ref(&members))
        .await?;
    directory.insert_group(&group).await?;
    let moved = directory.move_members(&id, &members, &change.view).await?;
    if moved != MembersChanged::default() {
        changed.push(MEMBERS.to_owned());
    }
    let entry = change.logged(group.record(), 201, changed);
    directory.append_log(&entry).await?;
    Ok(Stored::Group(group))
}

async fn replace(
    directory: &mut DirectoryTransaction<'_>,
    change: WriteContext,
    id: GroupId,
    draft: Draft,
) -> Result<Stored, Refusal> {
    let group = known(directory, &change, &id).await?;
    let of = change.of(ResourceKind::Group);
    let patched = draft.replacing(&group.record().resource, of);
    let patched = patched.map(|patched| PatchedGroup {
        resource: patched.resource,
        changed: patched.changed,
        membership: vec![match draft.members.is_empty() {
            true => MembershipChange::Clear,
            false => MembershipChange::Replace(draft.members),
        }],
    });
    settle(directory, &change, group, patched, 200, &Refusal::from).await
}

async fn patch(
    directory: &mut DirectoryTransaction<'_>,
    change: WriteContext,
    id: GroupId,
    patch: PatchRequest,
) -> Result<Stored, Refusal> {
    let group = known(directory, &change, &id).await?;
    let of = change.of(ResourceKind::Group);
    let patched = patch.apply_to_group(&group.record().resource, of);
    let status = patch_status(ResourceKind::Group);
    let refused = |error: DirectoryError| {
        let (member, taken) = match &error {
            DirectoryError::UnknownMembers(ids) => (ids.first().cloned(), None),
            DirectoryError::GroupTaken(attribute) => (None, Some(*attribute)),
            _ => (None, None),
        };
        Refusal::from(error).said(|said| match (member, taken) {
            (Some(id), _) => patch.of_member(&id, said),
            // A name is taken too when the `externalId` that told two groups apart goes.
            (_, Some(attribute)) => {
                patch.of_attribute("externalId", patch.of_attribute(attribute, said))
            }
            _ => said,
        })
    };
    settle(directory, &change, group, patched, status, &refused).await
}

async fn delete(
    directory: &mut DirectoryTransaction<'_>,
    change: WriteContext,
    id: GroupId,
) -> Result<Stored, Refusal> {
    let group = known(directory, &change, &id).await?;
    directory.delete_group(&id).await?;
    let entry = change.logged(group.record(), 204, Vec::new());
    directory.append_log(&entry).await?;
    Ok(Stored::Group(group))
}

async fn known(
    directory: &mut DirectoryTransaction<'_>,
    change: &WriteContext,
    id: &GroupId,
) -> Result<GroupRecord, Refusal> {
    let group = directory.group(id).await?;
    let group =
        group.ok_or_else(|| ScimError::no_resource(ResourceKind::Group, &id.to_string()))?;
    let checked = change.conditions.check(group.record().version);
    checked.map_err(|error| Refusal::from(error).about(log::name(group.record())))?;
    Ok(group)
}

/// Keeps what a change has made of a group, and makes a new version if anything has changed. `refused` says what a refusal
/// of the directory means for the request.
async fn settle(
    directory: &mut DirectoryTransaction<'_>,
    change: &WriteContext,
    group: GroupRecord,
    patched: Result<PatchedGroup, ScimError>,
    status: u16,
    refused: Refused<'_>,
) -> Result<Stored, Refusal> {
    let name = log::name(group.record()).map(str::to_owned);
    let about = |refusal: Refusal| refusal.about(name.as_deref());
    let patched = patched.map_err(|error| about(error.into()))?;
    let mut changed = patched.changed;
    let id = group.id();
    if !changed.is_empty() {
        let before = &group.record().resource;
        let after = group.clone();
        let after = after.changed(patched.resource.clone(), change.occasion.now);
        let checked = check_rivals(directory, Some(before), &after).await;
        checked.map_err(|error| about(refused(error)))?;
    }
    let checked = directory.check_members(&patched.membership).await;
    checked.map_err(|error| about(refused(error)))?;
    for membership in &patched.membership {
        let done = directory.move_members(&id, membership, &change.view);
        let done = done.await.map_err(|error| about(refused(error)))?;
        if done != MembersChanged::default() && !changed.iter().any(|name| name == MEMBERS) {
            changed.push(MEMBERS.to_owned());
        }
    }
    let group = match changed.is_empty() {
        true => group,
        false => {
            let group = group.changed(patched.resource, change.occasion.now);
            directory.replace_group(&group).await?;
            group
        }
    };
    let entry = change.logged(group.record(), status, changed);
    directory.append_log(&entry).await?;
    Ok(Stored::Group(group))
}

/// No group may be the same as another one. Those that were the same in an earlier version may change in every other way.
async fn check_rivals(
    directory: &mut DirectoryTransaction<'_>,
    before: Option<&Resource>,
    group: &GroupRecord,
) -> Result<(), DirectoryError> {
    let others = directory.alike(group).await?;
    match new_rivalry(before, &group.record().resource, &others) {
        None => Ok(()),
        Some(attribute) => Err(DirectoryError::GroupTaken(attribute)),
    }
}

const MEMBERS: &str = "members";
