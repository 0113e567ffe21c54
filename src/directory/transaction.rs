//! Changing users within a transaction, by the pure rules of [`super::consequences`].

use super::Counts;
use super::DirectoryError;
use super::DirectoryRow;
use super::DirectoryRows;
use super::GroupId;
use super::GroupRecord;
use super::Listed;
use super::Lookup;
use super::Put;
use super::Query;
use super::Scope;
use super::SessionSelection;
use super::UserId;
use super::UserRecord;
use super::UserSelection;
use super::consequences::Consequences;
use super::consequences::Facts;
use super::consequences::consequences;
use super::consequences::needs_seat;
use super::consequences::new_name;
use super::end_sessions::end_sessions;
use super::listing::list;
use crate::event::EndReason;
use crate::event::Happened;
use crate::provisioning::LogEntry;

/// The directory of one connection while a request changes it. Nobody else changes it in between, so what was read
/// stays true until the end.
///
/// A refusal has written nothing, so that the work may go on after it. After [`DirectoryError::Store`] the work must end with
/// an error too: what the store has then is in no certain state until it is undone.
pub struct DirectoryTransaction<'t> {
    pub(super) rows: &'t mut dyn DirectoryRows,
    pub(super) scope: &'t Scope,
    ended: u64,
}

impl<'t> DirectoryTransaction<'t> {
    /// The directory of a scope's connection; `rows` are the rows of that connection.
    pub fn new(rows: &'t mut dyn DirectoryRows, scope: &'t Scope) -> DirectoryTransaction<'t> {
        DirectoryTransaction {
            rows,
            scope,
            ended: 0,
        }
    }

    /// The number of sessions that have ended by it so far.
    pub(crate) fn ended_sessions(&self) -> u64 {
        self.ended
    }

    /// The user, if there is one.
    ///
    /// Fails where the store does.
    pub async fn user(&mut self, id: &UserId) -> Result<Option<UserRecord>, DirectoryError> {
        self.rows.user(id).await
    }

    /// The group, if there is one.
    ///
    /// Fails where the store does.
    pub async fn group(&mut self, id: &GroupId) -> Result<Option<GroupRecord>, DirectoryError> {
        self.rows.group(id).await
    }

    /// A list of users; see [`Directory::users`](super::Directory::users), also for the errors.
    pub async fn users(&mut self, query: &Query) -> Result<Listed<UserRecord>, DirectoryError> {
        list(&mut *self.rows, query).await
    }

    /// The users whom a name means: those who have it, but for the case of ASCII letters.
    ///
    /// Fails where the store does.
    pub async fn users_named(
        &mut self,
        lookup: &Lookup,
    ) -> Result<Vec<UserRecord>, DirectoryError> {
        let mut found = self.rows.users(&UserSelection::Named(lookup)).await?;
        // Of so many nobody knows whether they are all: whoever asks for one refuses.
        if found.len() < Lookup::MOST {
            found.retain(|user| lookup.is_of(user));
        }
        Ok(found)
    }
}

impl DirectoryTransaction<'_> {
    /// Adds a user. With the first one of a connection, provisioning begins: sessions of nobody in the directory end.
    ///
    /// # Errors
    /// [`DirectoryError::UserNameTaken`], [`DirectoryError::SeatsTaken`] for one that is active, and a store that fails or
    /// does not hold the connection.
    pub async fn insert_user(&mut self, user: &UserRecord) -> Result<(), DirectoryError> {
        let counts = self.rows.counts().await?;
        let follows = self.consequences(None, user, counts).await?;
        self.rows.put_user(user, Put::New).await?;
        self.follow(&user.id(), follows).await
    }

    /// Puts a user in the place of the one of the same id. One that is active no more loses all sessions, in this very
    /// transaction; one that is active again gets none of them back. One that is another person of the identity provider
    /// than before loses the sessions, and the tie to the person.
    ///
    /// # Errors
    /// [`DirectoryError::UserNameTaken`], [`DirectoryError::SeatsTaken`] for one that becomes active,
    /// [`DirectoryError::NotFound`], and a store that fails.
    pub async fn replace_user(&mut self, user: &UserRecord) -> Result<(), DirectoryError> {
        let id = user.id();
        let before = self.rows.user(&id).await?.ok_or(DirectoryError::NotFound)?;
        self.change_user(&before, user).await
    }

    /// Puts a user in the place of `before`, the one of the same id as this transaction has read it; otherwise as
    /// [`DirectoryTransaction::replace_user`].
    pub(crate) async fn change_user(
        &mut self,
        before: &UserRecord,
        user: &UserRecord,
    ) -> Result<(), DirectoryError> {
        let counts = match needs_seat(Some(before), user, &self.scope.rules) {
            true => self.rows.counts().await?,
            false => Counts::default(),
        };
        let follows = self.consequences(Some(before), user, counts).await?;
        self.rows.put_user(user, Put::Changed).await?;
        self.follow(&user.id(), follows).await
    }

    /// Removes a user, also from the groups that it belongs to, and ends all its sessions; says whether there was one.
    ///
    /// Fails where the store does.
    pub async fn delete_user(&mut self, id: &UserId) -> Result<bool, DirectoryError> {
        self.end_sessions_of(id, EndReason::UserDeleted).await?;
        let deleted = self.rows.remove(&DirectoryRow::User(id.clone())).await?;
        if deleted {
            let user = id.to_string();
            self.tell_of(Happened::UserDeleted { user }).await?;
        }
        Ok(deleted)
    }

    /// Forgets the person that a user is tied to, and says so; says whether there was one.
    ///
    /// Fails where the store does.
    pub async fn unlink(&mut self, user: &UserId) -> Result<bool, DirectoryError> {
        let untied = self.rows.remove(&DirectoryRow::Tie(user.clone())).await?;
        if untied {
            let user = user.to_string();
            self.tell_of(Happened::UserUnlinked { user }).await?;
        }
        Ok(untied)
    }

    async fn consequences(
        &mut self,
        before: Option<&UserRecord>,
        user: &UserRecord,
        counts: Counts,
    ) -> Result<Consequences, DirectoryError> {
        let facts = Facts {
            counts,
            name_is_taken: self.is_name_taken(before, user).await?,
        };
        consequences(before, user, &facts, &self.scope.rules)
    }

    async fn is_name_taken(
        &mut self,
        before: Option<&UserRecord>,
        user: &UserRecord,
    ) -> Result<bool, DirectoryError> {
        let Some(name) = new_name(before, user) else {
            return Ok(false);
        };
        let name = Lookup::UserName(name.to_owned());
        let found = self.rows.users(&UserSelection::Named(&name)).await?;
        Ok(found.iter().any(|other| other.id() != user.id()))
    }

    async fn follow(&mut self, user: &UserId, follows: Consequences) -> Result<(), DirectoryError> {
        if follows.begins_provisioning {
            self.begin_provisioning().await?;
        }
        self.tell_of(follows.told).await?;
        if let Some(reason) = follows.ends {
            self.end_sessions_of(user, reason).await?;
        }
        if follows.unties {
            self.unlink(user).await?;
        }
        Ok(())
    }

    async fn end_sessions_of(
        &mut self,
        user: &UserId,
        reason: EndReason,
    ) -> Result<(), DirectoryError> {
        let whose = SessionSelection::Users(self.scope.connection.clone(), vec![user.clone()]);
        self.end_sessions(&whose, reason).await
    }

    /// The connection has its first user, or a credential: sessions of nobody in its directory end, and servers read anew which
    /// connections are provisioned.
    pub(super) async fn begin_provisioning(&mut self) -> Result<(), DirectoryError> {
        let whose = SessionSelection::Nobody(self.scope.connection.clone());
        self.end_sessions(&whose, EndReason::ProvisioningBegan)
            .await?;
        self.rows.bump_revision().await?;
        Ok(())
    }

    pub(super) async fn end_sessions(
        &mut self,
        whose: &SessionSelection,
        reason: EndReason,
    ) -> Result<(), DirectoryError> {
        let Scope { now, by, .. } = self.scope;
        self.ended += end_sessions(&mut *self.rows, whose, reason, *now, by.as_ref()).await?;
        Ok(())
    }

    pub(super) async fn tell_of(&mut self, happened: Happened) -> Result<(), DirectoryError> {
        let event = self.scope.event(happened);
        Ok(self.rows.append_events(&[event]).await?)
    }

    /// Appends an entry to the provisioning log: there if the change is, and only then.
    ///
    /// Fails where the store does.
    pub async fn append_log(&mut self, entry: &LogEntry) -> Result<(), DirectoryError> {
        Ok(self.rows.append_log(std::slice::from_ref(entry)).await?)
    }
}
