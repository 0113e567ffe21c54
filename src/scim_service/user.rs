//! Changes of users, within their transaction.

use super::log;
use super::refusal::Refusal;
use super::write::Change;
use super::write::Deed;
use super::write::Stored;
use super::write::all_attributes;
use super::write::patch_status;
use crate::directory::DirectoryTransaction;
use crate::directory::Origin;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::scim::Draft;
use crate::scim::PatchRequest;
use crate::scim::Patched;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

/// Makes a change of one user.
pub(super) async fn make(
    directory: &mut dyn DirectoryTransaction,
    change: Change,
    id: UserId,
    deed: Deed,
) -> Result<Stored, Refusal> {
    match deed {
        Deed::Create(draft) => create(directory, change, id, draft).await,
        Deed::Replace(draft) => replace(directory, change, id, draft).await,
        Deed::Patch(patch) => self::patch(directory, change, id, patch).await,
        Deed::Delete => delete(directory, change, id).await,
    }
}

async fn create(
    directory: &mut dyn DirectoryTransaction,
    change: Change,
    id: UserId,
    draft: Draft,
) -> Result<Stored, Refusal> {
    let changed = all_attributes(&draft, change.of(ResourceKind::User))?;
    let connection = change.entry.connection.clone();
    let now = change.occasion.now;
    let user = UserRecord::new(&id, connection, Origin::Provisioned, draft.resource, now);
    directory.insert_user(&user).await?;
    let entry = change.logged(user.record(), 201, changed);
    directory.append_log(&entry).await?;
    Ok(Stored::User(user))
}

async fn replace(
    directory: &mut dyn DirectoryTransaction,
    change: Change,
    id: UserId,
    draft: Draft,
) -> Result<Stored, Refusal> {
    let user = known(directory, &change, &id).await?;
    let of = change.of(ResourceKind::User);
    let patched = draft.replacing(&user.record().resource, of);
    settle(directory, &change, user, patched, 200).await
}

async fn patch(
    directory: &mut dyn DirectoryTransaction,
    change: Change,
    id: UserId,
    patch: PatchRequest,
) -> Result<Stored, Refusal> {
    let user = known(directory, &change, &id).await?;
    let of = change.of(ResourceKind::User);
    let patched = patch.apply(&user.record().resource, of);
    let status = patch_status(ResourceKind::User);
    settle(directory, &change, user, patched, status).await
}

async fn delete(
    directory: &mut dyn DirectoryTransaction,
    change: Change,
    id: UserId,
) -> Result<Stored, Refusal> {
    let user = known(directory, &change, &id).await?;
    directory.delete_user(&id).await?;
    let entry = change.logged(user.record(), 204, Vec::new());
    directory.append_log(&entry).await?;
    Ok(Stored::User(user))
}

/// The user that the change is of, in a version that the client has in mind.
async fn known(
    directory: &mut dyn DirectoryTransaction,
    change: &Change,
    id: &UserId,
) -> Result<UserRecord, Refusal> {
    let user = directory.user(id).await?.ok_or(ScimError::NotFound)?;
    let checked = change.conditions.check(user.record().version);
    checked.map_err(|error| Refusal::from(error).about(log::name(user.record())))?;
    Ok(user)
}

/// Keeps what a change has made of a user. A change that changes nothing makes no new version; it is logged all the same,
/// since the client was told that it is done.
async fn settle(
    directory: &mut dyn DirectoryTransaction,
    change: &Change,
    user: UserRecord,
    patched: Result<Patched, ScimError>,
    status: u16,
) -> Result<Stored, Refusal> {
    let name = log::name(user.record()).map(str::to_owned);
    let about = |refusal: Refusal| refusal.about(name.as_deref());
    let patched = patched.map_err(|error| about(error.into()))?;
    let user = match patched.changed.is_empty() {
        true => user,
        false => {
            let user = user.changed(patched.resource, change.occasion.now);
            let replaced = directory.replace_user(&user).await;
            replaced.map_err(|error| about(error.into()))?;
            user
        }
    };
    let entry = change.logged(user.record(), status, patched.changed);
    directory.append_log(&entry).await?;
    Ok(Stored::User(user))
}
