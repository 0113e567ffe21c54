//! Changing groups and their members within a transaction, by the pure rules of [`super::membership`].

use super::DirectoryError;
use super::DirectoryRow;
use super::DirectoryTransaction;
use super::GroupId;
use super::GroupRecord;
use super::MemberRows;
use super::Put;
use super::SCAN;
use super::SessionClaims;
use super::SessionSelection;
use super::Touched;
use super::UserId;
use super::View;
use super::collisions::alike;
use super::collisions::new_collision;
use super::end_sessions::AT_A_TIME;
use super::end_sessions::refreshed;
use super::listing::TOO_MANY;
use super::membership;
use super::membership::Plan;
use crate::connection::GroupChange;
use crate::event::EndReason;
use crate::event::Event;
use crate::event::Happened;
use crate::scim::Member;
use crate::scim::MembershipChange;
use crate::scim::Resource;

impl DirectoryTransaction<'_> {
    /// Refuses a group that would be the same as another one, and was not before. Groups that were the same in an earlier
    /// version may change in every other way.
    pub(crate) async fn check_group(
        &mut self,
        before: Option<&Resource>,
        group: &GroupRecord,
    ) -> Result<(), DirectoryError> {
        let others = alike(&mut *self.rows, group).await?;
        match new_collision(before, &group.record().resource, &others) {
            None => Ok(()),
            Some(attribute) => Err(DirectoryError::GroupTaken(attribute)),
        }
    }

    /// Adds a group without members.
    ///
    /// Fails where the store does, or does not hold the connection.
    pub async fn insert_group(&mut self, group: &GroupRecord) -> Result<(), DirectoryError> {
        self.rows.put_group(group, Put::New).await?;
        let group = group.id().to_string();
        self.tell_of(Happened::GroupCreated { group }).await
    }

    /// Puts a group in the place of the one of the same id; its members stay. A group that has other members alone was not
    /// updated: each of them has an event of its own.
    ///
    /// # Errors
    /// [`DirectoryError::NotFound`], and a store that fails.
    pub async fn replace_group(&mut self, group: &GroupRecord) -> Result<(), DirectoryError> {
        let id = group.id();
        let before = self.rows.group(&id).await?;
        let before = before.ok_or(DirectoryError::NotFound)?;
        self.rows.put_group(group, Put::Changed).await?;
        match before.record().resource == group.record().resource {
            true => Ok(()),
            false => {
                let group = id.to_string();
                self.tell_of(Happened::GroupUpdated { group }).await
            }
        }
    }

    /// Removes a group, also from the groups that it belongs to; says whether there was one. Its members stay in the
    /// directory; their sessions become what the scope's rules say of a change of groups.
    ///
    /// Fails where the store does.
    pub async fn delete_group(&mut self, id: &GroupId) -> Result<bool, DirectoryError> {
        let members = Touched {
            groups: vec![id.clone()],
            ..Touched::default()
        };
        self.regroup(&members).await?;
        let deleted = self.rows.remove(&DirectoryRow::Group(id.clone())).await?;
        if deleted {
            let group = id.to_string();
            self.tell_of(Happened::GroupDeleted { group }).await?;
        }
        Ok(deleted)
    }

    /// Changes the members of a group, by the rows that the change names; says how many came and went, and does to the
    /// sessions of these, and of those whom they hold, what the scope's rules say. Whoever calls
    /// this gives the group its next version, if any did. `view` is what a [`MembershipChange::RemoveWhere`] describes.
    ///
    /// # Errors
    /// [`DirectoryError::NotFound`] for the group, [`DirectoryError::UnknownMembers`] for those that would be added,
    /// [`DirectoryError::TooMany`] where a description would have to be held against more than
    /// [`SCAN`] members, and a store that fails.
    pub async fn change_members(
        &mut self,
        group: &GroupId,
        change: &MembershipChange,
        view: &View,
    ) -> Result<MembersChanged, DirectoryError> {
        if self.rows.group(group).await?.is_none() {
            return Err(DirectoryError::NotFound);
        }
        self.check_members(std::slice::from_ref(change)).await?;
        self.apply_member_change(group, change, view).await
    }

    /// Refuses changes of members that would bring somebody whom the directory does not hold. Whoever writes more than one
    /// change asks this of all of them before the first row.
    pub(crate) async fn check_members(
        &mut self,
        changes: &[MembershipChange],
    ) -> Result<(), DirectoryError> {
        let coming = membership::coming(changes);
        if coming.is_empty() {
            return Ok(());
        }
        let unknown = self.rows.unknown_members(&coming).await?;
        match unknown.is_empty() {
            true => Ok(()),
            false => Err(DirectoryError::UnknownMembers(unknown)),
        }
    }

    /// Does [`DirectoryTransaction::change_members`] with a change that [`DirectoryTransaction::check_members`] has let pass;
    /// unknown members are left out.
    pub(crate) async fn apply_member_change(
        &mut self,
        group: &GroupId,
        change: &MembershipChange,
        view: &View,
    ) -> Result<MembersChanged, DirectoryError> {
        let members = match change {
            MembershipChange::RemoveWhere(_) => self.all_members(group).await?,
            _ => Vec::new(),
        };
        let Plan { going, coming } = Plan::of(change, &members, view.base());
        let coming = (!coming.is_empty()).then_some(MemberRows::Add(coming));
        let removed = self.change_rows(group, going).await?;
        let added = self.change_rows(group, coming).await?;
        let group = group.as_str();
        let come: fn(_, _) -> _ = |group, member| Happened::MemberAdded { group, member };
        let gone: fn(_, _) -> _ = |group, member| Happened::MemberRemoved { group, member };
        for (happened, touched) in [(come, &added), (gone, &removed)] {
            let told = membership::events(self.scope, happened, group, touched);
            self.tell(told).await?;
        }
        let changed = MembersChanged {
            added: added.count(),
            removed: removed.count(),
        };
        self.regroup(&added.and(removed)).await?;
        Ok(changed)
    }

    async fn change_rows(
        &mut self,
        group: &GroupId,
        change: Option<MemberRows>,
    ) -> Result<Touched, DirectoryError> {
        match change {
            Some(change) => self.rows.change_members(group, &change).await,
            None => Ok(Touched::default()),
        }
    }

    /// The members of a group that is small enough to look at all.
    async fn all_members(&mut self, group: &GroupId) -> Result<Vec<Member>, DirectoryError> {
        let page = self.rows.members(group, None, SCAN as u64).await?;
        match page.next {
            None => Ok(page.members),
            Some(_) => Err(TOO_MANY),
        }
    }

    /// The users among these, and all whom the groups among them hold, have other groups now, or will have in a moment.
    async fn regroup(&mut self, touched: &Touched) -> Result<(), DirectoryError> {
        let rule = self.scope.rules.group_change;
        if rule == GroupChange::Keep || touched.count() == 0 {
            return Ok(());
        }
        let Touched { users, groups } = touched;
        let now = self.scope.now;
        for some in self.rows.signed_on(users, groups).await?.chunks(AT_A_TIME) {
            match rule {
                GroupChange::Keep => {}
                // What the identity provider claimed of groups counts no longer.
                GroupChange::Refresh => self.refresh_sessions(some).await?,
                GroupChange::Reauthenticate => {
                    self.rows.require_proof(some, now).await?;
                    let whose =
                        SessionSelection::Users(self.scope.connection.clone(), some.to_vec());
                    self.end_sessions(&whose, EndReason::GroupsChanged).await?;
                }
            }
        }
        Ok(())
    }

    /// However many sessions the users have, a bounded number of them is in memory at a time.
    async fn refresh_sessions(&mut self, users: &[UserId]) -> Result<(), DirectoryError> {
        let mut after = 0;
        loop {
            let part = self.rows.session_claims(users, after, AT_A_TIME).await?;
            let Some(last) = part.last() else {
                return Ok(());
            };
            after = last.number;
            let ends = part.len() < AT_A_TIME;
            self.judge_again(part).await?;
            if ends {
                return Ok(());
            }
        }
    }

    async fn judge_again(&mut self, sessions: Vec<SessionClaims>) -> Result<(), DirectoryError> {
        let now = self.scope.now;
        let mut live = Vec::with_capacity(sessions.len());
        for claims in sessions.into_iter().filter(|claims| claims.expires > now) {
            let attributes = claims.judged_again();
            self.rows.put_claims(&claims.token, &attributes).await?;
            live.push(claims.session);
        }
        Ok(self
            .rows
            .append_events(&refreshed(&live, self.scope))
            .await?)
    }

    /// Tells of any number of events: they are made a bounded number at a time.
    async fn tell(
        &mut self,
        mut events: impl Iterator<Item = Event> + Send,
    ) -> Result<(), DirectoryError> {
        loop {
            let some: Vec<Event> = events.by_ref().take(AT_A_TIME).collect();
            if some.is_empty() {
                return Ok(());
            }
            self.rows.append_events(&some).await?;
        }
    }
}

/// The members that a change brought and took. One who was there already did not come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MembersChanged {
    /// New members.
    pub added: u64,
    /// Members that are gone.
    pub removed: u64,
}
