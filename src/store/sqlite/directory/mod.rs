//! The directory as rows: users, groups, and who belongs to which group. Attributes stand as JSON beside the columns that
//! they are found by.

mod belonging;
mod collisions;
mod list;
mod members;
#[cfg(test)]
mod plans;
mod rows;
mod terms;
mod transaction;
mod write;

use async_trait::async_trait;

pub(super) use self::transaction::Rows;
use super::Cause;
use super::Db;
use super::SqliteStore;
use super::ready::ready;
use super::statement::first;
use crate::connection::ConnectionId;
use crate::directory::Belonging;
use crate::directory::Collisions;
use crate::directory::Counts;
use crate::directory::Directory;
use crate::directory::DirectoryDoor;
use crate::directory::DirectoryError;
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::Listed;
use crate::directory::MemberPage;
use crate::directory::MemberPosition;
use crate::directory::Named;
use crate::directory::Query;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::ports::StoreError;
use crate::ports::Verdict;
use crate::ports::Work;
use crate::scim::GroupRef;

#[async_trait]
impl Directory for SqliteStore {
    async fn user(
        &self,
        connection: &ConnectionId,
        id: &UserId,
    ) -> Result<Option<UserRecord>, DirectoryError> {
        let (connection, id) = (connection.clone(), id.clone());
        let found = self.read(move |db| rows::find(db, &connection, id.as_str()));
        Ok(found.await?)
    }

    async fn group(
        &self,
        connection: &ConnectionId,
        id: &GroupId,
    ) -> Result<Option<GroupRecord>, DirectoryError> {
        let (connection, id) = (connection.clone(), id.clone());
        let found = self.read(move |db| rows::find(db, &connection, id.as_str()));
        Ok(found.await?)
    }

    async fn users(
        &self,
        connection: &ConnectionId,
        query: &Query,
    ) -> Result<Listed<UserRecord>, DirectoryError> {
        let (connection, query) = (connection.clone(), query.clone());
        self.list(move |db| Ok(list::list(db, &connection, &query)))
            .await?
    }

    async fn groups(
        &self,
        connection: &ConnectionId,
        query: &Query,
    ) -> Result<Listed<GroupRecord>, DirectoryError> {
        let (connection, query) = (connection.clone(), query.clone());
        self.list(move |db| Ok(list::list(db, &connection, &query)))
            .await?
    }

    async fn members(
        &self,
        connection: &ConnectionId,
        group: &GroupId,
        after: Option<MemberPosition>,
        count: u64,
    ) -> Result<MemberPage, DirectoryError> {
        let (connection, group) = (connection.clone(), group.clone());
        self.list(move |db| Ok(members::page(db, &connection, group.as_str(), after, count)))
            .await?
    }

    async fn groups_of(
        &self,
        connection: &ConnectionId,
        users: &[UserId],
    ) -> Result<Vec<Vec<GroupRef>>, DirectoryError> {
        let (connection, users) = (connection.clone(), users.to_vec());
        self.list(move |db| {
            let ids: Vec<&str> = users.iter().map(UserId::as_str).collect();
            Ok(members::groups_of(db, &connection, &ids))
        })
        .await?
    }

    async fn belonging(
        &self,
        connection: &ConnectionId,
        user: &UserId,
        asked: &[String],
    ) -> Result<Belonging, DirectoryError> {
        let (connection, user, asked) = (connection.clone(), user.clone(), asked.to_vec());
        self.scan(move |db| Ok(belonging::of(db, &connection, &user, &asked)))
            .await?
    }

    async fn named(
        &self,
        connection: Option<&ConnectionId>,
        name: &str,
    ) -> Result<Vec<(ConnectionId, Named)>, DirectoryError> {
        let (connection, name) = (connection.cloned(), name.to_owned());
        let found = self.scan(move |db| belonging::named(db, connection.as_ref(), &name));
        Ok(found.await?)
    }

    async fn counts(&self, connection: &ConnectionId) -> Result<Counts, DirectoryError> {
        let connection = connection.clone();
        let found = self.read(move |db| counts(db, &connection));
        Ok(found.await?)
    }

    async fn collisions(&self, connection: &ConnectionId) -> Result<Collisions, DirectoryError> {
        let connection = connection.clone();
        self.list(move |db| Ok(collisions::all(db, &connection)))
            .await?
    }

    async fn run(
        &self,
        connection: &ConnectionId,
        work: Work<DirectoryDoor>,
    ) -> Result<Verdict, StoreError> {
        let connection = connection.clone();
        let done = self.writer.write(move |db| {
            let mut rows = Rows { db, connection };
            Undone::unless_kept(ready(work.run(&mut rows))?)
        });
        Undone::verdict(done.await)
    }
}

fn counts(db: &Db, connection: &ConnectionId) -> Result<Counts, Cause> {
    let counts = first(db, list::COUNTS, [connection.as_str()], |row| {
        let count = |column| -> Result<u64, Cause> { Ok(row.get::<_, i64>(column)?.try_into()?) };
        Ok(Counts {
            users: count("users")?,
            active_users: count("active_users")?,
            groups: count("groups")?,
        })
    })?;
    Ok(counts.unwrap_or_default())
}

/// The work does not want its changes; the writer rolls back what ends with an error.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("undone")]
pub(super) struct Undone;

impl Undone {
    pub(super) fn unless_kept(verdict: Verdict) -> Result<(), Cause> {
        match verdict {
            Verdict::Keep => Ok(()),
            Verdict::Undo => Err(Undone.into()),
        }
    }

    /// What the writer says of a piece of work.
    pub(super) fn verdict(done: Result<(), Cause>) -> Result<Verdict, StoreError> {
        match done {
            Ok(()) => Ok(Verdict::Keep),
            Err(cause) if cause.is::<Undone>() => Ok(Verdict::Undo),
            Err(cause) => Err(StoreError::new(cause)),
        }
    }
}

pub(super) fn failed(cause: impl Into<Cause>) -> DirectoryError {
    DirectoryError::Store(StoreError::new(cause))
}
