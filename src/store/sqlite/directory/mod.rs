//! The directory as rows: users, groups, and who belongs to which group. Attributes stand as JSON beside the columns that
//! they are found by.

mod belonging;
mod collisions;
mod list;
mod members;
#[cfg(test)]
mod plans;
mod regroup;
mod rows;
mod terms;
mod transaction;
mod write;

use async_trait::async_trait;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::Transaction as Reading;
use sqlx::pool::PoolConnection;

pub(super) use self::transaction::Rows;
use super::Cause;
use super::SqliteStore;
use crate::connection::ConnectionId;
use crate::directory::Belonging;
use crate::directory::Collisions;
use crate::directory::Counts;
use crate::directory::Directory;
use crate::directory::DirectoryError;
use crate::directory::GroupId;
use crate::directory::GroupRecord;
use crate::directory::Listed;
use crate::directory::MemberPage;
use crate::directory::MemberPosition;
use crate::directory::Named;
use crate::directory::Query;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::Verdict;
use crate::directory::Work;
use crate::ports::StoreError;
use crate::scim::GroupRef;

#[async_trait]
impl Directory for SqliteStore {
    async fn user(
        &self,
        connection: &ConnectionId,
        id: &UserId,
    ) -> Result<Option<UserRecord>, DirectoryError> {
        let mut db = self.reader().await?;
        rows::find(&mut db, connection, id.as_str()).await
    }

    async fn group(
        &self,
        connection: &ConnectionId,
        id: &GroupId,
    ) -> Result<Option<GroupRecord>, DirectoryError> {
        let mut db = self.reader().await?;
        rows::find(&mut db, connection, id.as_str()).await
    }

    async fn users(
        &self,
        connection: &ConnectionId,
        query: &Query,
    ) -> Result<Listed<UserRecord>, DirectoryError> {
        let mut db = self.snapshot().await?;
        list::list(&mut db, connection, query).await
    }

    async fn groups(
        &self,
        connection: &ConnectionId,
        query: &Query,
    ) -> Result<Listed<GroupRecord>, DirectoryError> {
        let mut db = self.snapshot().await?;
        list::list(&mut db, connection, query).await
    }

    async fn members(
        &self,
        connection: &ConnectionId,
        group: &GroupId,
        after: Option<MemberPosition>,
        count: u64,
    ) -> Result<MemberPage, DirectoryError> {
        let mut db = self.snapshot().await?;
        members::page(&mut db, connection, group.as_str(), after, count).await
    }

    async fn groups_of(
        &self,
        connection: &ConnectionId,
        users: &[UserId],
    ) -> Result<Vec<Vec<GroupRef>>, DirectoryError> {
        let mut db = self.reader().await?;
        let ids: Vec<&str> = users.iter().map(UserId::as_str).collect();
        members::groups_of(&mut db, connection, &ids).await
    }

    async fn belonging(
        &self,
        connection: &ConnectionId,
        user: &UserId,
        asked: &[String],
    ) -> Result<Belonging, DirectoryError> {
        belonging::of(&self.readers, connection, user, asked).await
    }

    async fn named(
        &self,
        connection: Option<&ConnectionId>,
        name: &str,
    ) -> Result<Vec<(ConnectionId, Named)>, DirectoryError> {
        belonging::named(&self.readers, connection, name).await
    }

    async fn counts(&self, connection: &ConnectionId) -> Result<Counts, DirectoryError> {
        let mut db = self.reader().await?;
        let found = sqlx::query(list::COUNTS)
            .bind(connection.as_str().to_owned())
            .fetch_optional(&mut *db)
            .await
            .map_err(failed)?;
        let Some(row) = found else {
            return Ok(Counts::default());
        };
        let count = |column| -> Result<u64, DirectoryError> {
            let count: i64 = row.try_get(column).map_err(failed)?;
            u64::try_from(count).map_err(failed)
        };
        Ok(Counts {
            users: count("users")?,
            active_users: count("active_users")?,
            groups: count("groups")?,
        })
    }

    async fn collisions(&self, connection: &ConnectionId) -> Result<Collisions, DirectoryError> {
        let mut db = self.snapshot().await?;
        collisions::all(&mut db, connection).await
    }

    async fn run(&self, scope: &Scope, work: Work) -> Result<Verdict, StoreError> {
        let scope = scope.clone();
        let done = self.writer.write::<()>(Box::new(move |db| {
            Box::pin(async move {
                let mut transaction = Rows { db, scope };
                match work(&mut transaction).await {
                    Verdict::Keep => Ok(()),
                    Verdict::Undo => Err(Undone.into()),
                }
            })
        }));
        Undone::verdict(done.await)
    }
}

impl SqliteStore {
    /// A connection for one statement.
    async fn reader(&self) -> Result<PoolConnection<Sqlite>, DirectoryError> {
        self.directory_readers.acquire().await.map_err(failed)
    }

    /// A connection on which several statements see one state.
    async fn snapshot(&self) -> Result<Reading<'static, Sqlite>, DirectoryError> {
        self.directory_readers.begin().await.map_err(failed)
    }
}

/// The work does not want its changes; the writer rolls back what ends with an error.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("undone")]
pub(super) struct Undone;

impl Undone {
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
