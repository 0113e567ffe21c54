//! Changes of users and groups, within their transaction. Of the members of a group, only those that a change names are
//! touched.

use std::mem;

use serde_json::Map;

use super::RequestContext;
use super::adoption::adoptable;
use super::log;
use super::refusal::Refusal;
use super::request::Conditions;
use super::stored::ResourceId;
use super::stored::Stored;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTransaction;
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::MembersChanged;
use crate::directory::Origin;
use crate::directory::Rules;
use crate::directory::UserRecord;
use crate::directory::View;
use crate::provisioning::LogEntry;
use crate::scim::Draft;
use crate::scim::MembershipChange;
use crate::scim::PatchRequest;
use crate::scim::Patched;
use crate::scim::Resource;
use crate::scim::ResourceType;
use crate::scim::ScimError;

#[derive(Clone)]
pub(super) enum Write {
    Create(Draft),
    Replace(Draft),
    Patch(PatchRequest),
    Delete,
}

#[derive(Clone)]
pub(super) struct WriteContext {
    pub(super) id: ResourceId,
    pub(super) view: View,
    pub(super) rules: Rules,
    pub(super) context: RequestContext,
    pub(super) conditions: Conditions,
    pub(super) entry: LogEntry,
    pub(super) status: u16,
}

impl WriteContext {
    pub(super) async fn make(
        self,
        directory: &mut DirectoryTransaction<'_>,
        write: Write,
    ) -> Result<Stored, Refusal> {
        if let Write::Create(draft) = write {
            return self.create(directory, draft).await;
        }
        let known = self.known(directory).await?;
        let before = &known.record().resource;
        match write {
            Write::Create(draft) | Write::Replace(draft) => {
                let patched = draft.replacing(before, self.of());
                self.settle(directory, known, patched, None).await
            }
            Write::Patch(patch) => {
                let patched = patch.apply(before, self.of());
                self.settle(directory, known, patched, Some(&patch)).await
            }
            Write::Delete => {
                match &self.id {
                    ResourceId::User(id) => directory.delete_user(id).await?,
                    ResourceId::Group(id) => directory.delete_group(id).await?,
                };
                self.logged(directory, known, Vec::new()).await
            }
        }
    }

    async fn create(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        mut draft: Draft,
    ) -> Result<Stored, Refusal> {
        let members = [MembershipChange::Add(mem::take(&mut draft.members))];
        let nothing = Resource::restored(self.of().kind(), Map::new());
        let new = draft.clone().replacing(&nothing, self.of())?;
        let (connection, now) = (self.entry.connection.clone(), self.context.now);
        let (resource, mut changed) = (new.resource, new.changed);
        let stored = match &self.id {
            ResourceId::User(id) => {
                if let Some(known) = adoptable(directory, &self.rules, &resource).await? {
                    let patched = draft.replacing(&known.record().resource, self.of());
                    let known = Stored::User(known);
                    return self.settle(directory, known, patched, None).await;
                }
                let user = UserRecord::new(id, connection, Origin::Provisioned, resource, now);
                directory.insert_user(&user).await?;
                Stored::User(user)
            }
            ResourceId::Group(id) => {
                let group = GroupRecord::new(id, connection, resource, now);
                directory.check_group(None, &group).await?;
                directory.check_members(&members).await?;
                directory.insert_group(&group).await?;
                let moved = self.apply_member_change(directory, id, &members).await?;
                changed.extend(moved);
                Stored::Group(group)
            }
        };
        self.logged(directory, stored, changed).await
    }

    /// The resource that the change is of, in a version that the client has in mind.
    async fn known(&self, directory: &mut DirectoryTransaction<'_>) -> Result<Stored, Refusal> {
        let stored = match &self.id {
            ResourceId::User(id) => directory.user(id).await?.map(Stored::User),
            ResourceId::Group(id) => directory.group(id).await?.map(Stored::Group),
        };
        let stored = stored.ok_or_else(|| self.id.not_found())?;
        let checked = self.conditions.check(stored.record().version);
        checked.map_err(|error| Refusal::from(error).about(log::name(stored.record())))?;
        Ok(stored)
    }

    /// Keeps what a change has made of a resource. It is logged even if nothing has changed, since the client was told that it
    /// is done. A refusal of a PATCH says which operation is its cause.
    async fn settle(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        known: Stored,
        patched: Result<Patched, ScimError>,
        patch: Option<&PatchRequest>,
    ) -> Result<Stored, Refusal> {
        let name = log::name(known.record()).map(str::to_owned);
        let kept = match patched {
            Ok(patched) => {
                let kept = self.keep(directory, known, patched).await;
                kept.map_err(|error| Refusal::of(error, patch))
            }
            Err(error) => Err(error.into()),
        };
        let (stored, changed) = kept.map_err(|refusal| refusal.about(name.as_deref()))?;
        self.logged(directory, stored, changed).await
    }

    /// Writes a new version if anything has changed, and returns what has. A user who came by sign-on is provisioning's from
    /// now on.
    async fn keep(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        known: Stored,
        patched: Patched,
    ) -> Result<(Stored, Vec<String>), DirectoryError> {
        let (resource, mut changed) = (patched.resource, patched.changed);
        let now = self.context.now;
        let stored = match known {
            Stored::User(user) if changed.is_empty() && user.origin == Origin::Provisioned => {
                Stored::User(user)
            }
            Stored::User(user) => {
                let mut after = user.clone().changed(resource, now);
                after.origin = Origin::Provisioned;
                directory.change_user(&user, &after).await?;
                Stored::User(after)
            }
            Stored::Group(group) => {
                let after = group.clone().changed(resource, now);
                if !changed.is_empty() {
                    let before = &group.record().resource;
                    directory.check_group(Some(before), &after).await?;
                }
                let (id, membership) = (group.id(), patched.membership);
                directory.check_members(&membership).await?;
                changed.extend(
                    self.apply_member_change(directory, &id, &membership)
                        .await?,
                );
                match changed.is_empty() {
                    true => Stored::Group(group),
                    false => {
                        directory.replace_group(&after).await?;
                        Stored::Group(after)
                    }
                }
            }
        };
        Ok((stored, changed))
    }

    /// Moves members that have been checked; returns the name of the attribute if any has come or gone.
    async fn apply_member_change(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        group: &GroupId,
        membership: &[MembershipChange],
    ) -> Result<Option<String>, DirectoryError> {
        let mut moved = false;
        for change in membership {
            let done = directory
                .apply_member_change(group, change, &self.view)
                .await?;
            moved |= done != MembersChanged::default();
        }
        Ok(moved.then(|| "members".to_owned()))
    }

    fn of(&self) -> &ResourceType {
        self.view.schemas().resource_type(self.id.kind())
    }

    async fn logged(
        &self,
        directory: &mut DirectoryTransaction<'_>,
        stored: Stored,
        changed: Vec<String>,
    ) -> Result<Stored, Refusal> {
        let (record, status) = (stored.record(), self.status);
        let entry = log::done(&self.entry, record, status, changed, &self.context);
        directory.append_log(&entry).await?;
        Ok(stored)
    }
}
