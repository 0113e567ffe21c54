//! Changes of users, within their transaction.

use super::change::Write;
use super::change::WriteContext;
use super::change::all_attributes;
use super::change::patch_status;
use super::log;
use super::refusal::Refusal;
use super::refusal::Refused;
use super::stored::Stored;
use crate::connection::LinkRule;
use crate::connection::SignOnPolicy;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTransaction;
use crate::directory::Lookup;
use crate::directory::Origin;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::are_two_objects;
use crate::directory::meant;
use crate::scim::Draft;
use crate::scim::PatchRequest;
use crate::scim::Patched;
use crate::scim::Resource;
use crate::scim::ResourceKind;
use crate::scim::ScimError;

/// Makes a change of one user.
pub(super) async fn make(
    directory: &mut DirectoryTransaction<'_>,
    change: WriteContext,
    id: UserId,
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
    id: UserId,
    draft: Draft,
) -> Result<Stored, Refusal> {
    let changed = all_attributes(&draft, change.of(ResourceKind::User))?;
    let connection = change.entry.connection.clone();
    let now = change.occasion.now;
    if let Some(known) = adoptable(directory, &change, &draft.resource).await? {
        let of = change.of(ResourceKind::User);
        let patched = draft.replacing(&known.record().resource, of);
        return settle(directory, &change, known, patched, 201, &Refusal::from).await;
    }
    let user = UserRecord::new(&id, connection, Origin::Provisioned, draft.resource, now);
    directory.insert_user(&user).await?;
    let entry = change.logged(user.record(), 201, changed);
    directory.append_log(&entry).await?;
    Ok(Stored::User(user))
}

async fn replace(
    directory: &mut DirectoryTransaction<'_>,
    change: WriteContext,
    id: UserId,
    draft: Draft,
) -> Result<Stored, Refusal> {
    let user = known(directory, &change, &id).await?;
    let of = change.of(ResourceKind::User);
    let patched = draft.replacing(&user.record().resource, of);
    settle(directory, &change, user, patched, 200, &Refusal::from).await
}

async fn patch(
    directory: &mut DirectoryTransaction<'_>,
    change: WriteContext,
    id: UserId,
    patch: PatchRequest,
) -> Result<Stored, Refusal> {
    let user = known(directory, &change, &id).await?;
    let of = change.of(ResourceKind::User);
    let patched = patch.apply(&user.record().resource, of);
    let status = patch_status(ResourceKind::User);
    let refused = |error: DirectoryError| {
        let attribute = match &error {
            DirectoryError::SeatsTaken { .. } => "active",
            _ => "userName",
        };
        Refusal::from(error).said(|error| patch.of_attribute(attribute, error))
    };
    settle(directory, &change, user, patched, status, &refused).await
}

async fn delete(
    directory: &mut DirectoryTransaction<'_>,
    change: WriteContext,
    id: UserId,
) -> Result<Stored, Refusal> {
    let user = known(directory, &change, &id).await?;
    directory.delete_user(&id).await?;
    let entry = change.logged(user.record(), 204, Vec::new());
    directory.append_log(&entry).await?;
    Ok(Stored::User(user))
}

/// The user who came by sign-on, and whom this creation means by the connection's rule: where the connection says so,
/// provisioning takes that user over.
async fn adoptable(
    directory: &mut DirectoryTransaction<'_>,
    change: &WriteContext,
    resource: &Resource,
) -> Result<Option<UserRecord>, Refusal> {
    if change.rules.sign_on != SignOnPolicy::JustInTimeUntilProvisioned {
        return Ok(None);
    }
    let mut known = Vec::new();
    for lookup in lookups(change.rules.link_rule, resource) {
        known.extend(meant(directory, &lookup).await?);
    }
    known.dedup_by_key(|user| user.id());
    let only = known.pop().filter(|_| known.is_empty());
    Ok(only.filter(|user| user.origin == Origin::JustInTime && !is_another(user, resource)))
}

/// True if the identity provider's own names say that a resource is of another person, although a name is the same:
/// that name was given to somebody else.
fn is_another(user: &UserRecord, resource: &Resource) -> bool {
    let known = user.record().resource.external_id();
    let pair = known.zip(resource.external_id());
    pair.is_some_and(|(known, named)| are_two_objects(known, named))
}

/// The names that the rule for linking people to users compares, on the side of a resource.
fn lookups(rule: LinkRule, resource: &Resource) -> Vec<Lookup> {
    let owned = |name: Option<&str>| name.map(str::to_owned);
    match rule {
        LinkRule::ObjectId => owned(resource.external_id())
            .map(Lookup::ExternalId)
            .into_iter()
            .collect(),
        LinkRule::UserPrincipalName | LinkRule::NameId => owned(resource.user_name())
            .map(Lookup::UserName)
            .into_iter()
            .collect(),
        LinkRule::Email => resource
            .emails()
            .into_iter()
            .map(|email| Lookup::Email(email.to_owned()))
            .collect(),
    }
}

/// The user that the change is of, in a version that the client has in mind.
async fn known(
    directory: &mut DirectoryTransaction<'_>,
    change: &WriteContext,
    id: &UserId,
) -> Result<UserRecord, Refusal> {
    let user = directory.user(id).await?;
    let user = user.ok_or_else(|| ScimError::no_resource(ResourceKind::User, &id.to_string()))?;
    let checked = change.conditions.check(user.record().version);
    checked.map_err(|error| Refusal::from(error).about(log::name(user.record())))?;
    Ok(user)
}

/// Keeps what a change has made of a user. A change that changes nothing makes no new version; it is logged all the same,
/// since the client was told that it is done. A user who came by sign-on is provisioning's from now on. `refused` says what a
/// refusal of the directory means for the request.
async fn settle(
    directory: &mut DirectoryTransaction<'_>,
    change: &WriteContext,
    user: UserRecord,
    patched: Result<Patched, ScimError>,
    status: u16,
    refused: Refused<'_>,
) -> Result<Stored, Refusal> {
    let name = log::name(user.record()).map(str::to_owned);
    let about = |refusal: Refusal| refusal.about(name.as_deref());
    let patched = patched.map_err(|error| about(error.into()))?;
    let is_adopted = user.origin == Origin::JustInTime;
    let user = match patched.changed.is_empty() && !is_adopted {
        true => user,
        false => {
            let mut changed = user.clone().changed(patched.resource, change.occasion.now);
            changed.origin = Origin::Provisioned;
            let replaced = directory.change_user(&user, &changed).await;
            replaced.map_err(|error| about(refused(error)))?;
            changed
        }
    };
    let entry = change.logged(user.record(), status, patched.changed);
    directory.append_log(&entry).await?;
    Ok(Stored::User(user))
}
