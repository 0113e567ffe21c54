//! The directory as a store keeps it and answers for it.

use async_trait::async_trait;

use super::Collisions;
use super::Counts;
use super::DirectoryError;
use super::DirectoryTx;
use super::DirectoryView;
use super::GroupId;
use super::GroupRecord;
use super::Listed;
use super::MemberPage;
use super::MemberPosition;
use super::Memberships;
use super::Named;
use super::Query;
use super::UserId;
use super::UserRecord;
use super::ViewTx;
use super::Weight;
use super::collisions;
use super::listing;
use super::memberships;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::ports::TxFuture;
use crate::ports::TxOutcome;
use crate::ports::TxResult;
use crate::ports::TxWork;
use crate::scim::GroupRef;

/// Keeps users and groups, and answers for them. A store has two ways in, [`Directory::look`] and [`Directory::run`]; the other methods are
/// looks, each at one state of the directory.
///
/// Every method fails where the store cannot answer; other reasons are named.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Runs work that reads the rows of a connection, all of one state; `look` is the way to call this.
    async fn look(
        &self,
        connection: &ConnectionId,
        weight: Weight,
        work: TxWork<ViewTx>,
    ) -> Result<(), StoreError>;

    /// Runs work on the rows of a connection in one transaction that holds [`Lock::Connection`](super::Lock::Connection); [`transact`](super::transact()) is the way to call this. All of the work's changes
    /// are on disk when this returns [`TxOutcome::Commit`], and none in any other case.
    async fn run(
        &self,
        connection: &ConnectionId,
        work: TxWork<DirectoryTx>,
    ) -> Result<TxOutcome, StoreError>;

    /// The user, if the connection has one of this id.
    async fn user(
        &self,
        connection: &ConnectionId,
        id: &UserId,
    ) -> Result<Option<UserRecord>, DirectoryError> {
        let id = id.clone();
        look(self, connection, Weight::LookUp, |view| {
            Box::pin(async move { view.user(&id).await })
        })
        .await
    }

    /// The group, if the connection has one of this id.
    async fn group(
        &self,
        connection: &ConnectionId,
        id: &GroupId,
    ) -> Result<Option<GroupRecord>, DirectoryError> {
        let id = id.clone();
        look(self, connection, Weight::LookUp, |view| {
            Box::pin(async move { view.group(&id).await })
        })
        .await
    }

    /// A list of users; [`DirectoryError::TooMany`] where more than [`SCAN`](super::SCAN) would have to be looked at.
    async fn users(
        &self,
        connection: &ConnectionId,
        query: &Query,
    ) -> Result<Listed<UserRecord>, DirectoryError> {
        let query = query.clone();
        look(self, connection, Weight::List, |view| {
            Box::pin(async move { listing::list(view, &query).await })
        })
        .await
    }

    /// A list of groups, without their members; fails as for users.
    async fn groups(
        &self,
        connection: &ConnectionId,
        query: &Query,
    ) -> Result<Listed<GroupRecord>, DirectoryError> {
        let query = query.clone();
        look(self, connection, Weight::List, |view| {
            Box::pin(async move { listing::list(view, &query).await })
        })
        .await
    }

    /// A part of a group's members: at most `count` after a place, or from the beginning. None for a group that the
    /// connection does not have.
    async fn members(
        &self,
        connection: &ConnectionId,
        group: &GroupId,
        after: Option<MemberPosition>,
        count: u64,
    ) -> Result<MemberPage, DirectoryError> {
        let group = group.clone();
        look(self, connection, Weight::List, move |view| {
            Box::pin(async move { view.members(&group, after, count).await })
        })
        .await
    }

    /// The groups of each of these users, direct ones and those that hold them through other groups, by name. None for
    /// a user that the connection does not have. Groups that hold each other end the search, not the answer.
    /// [`DirectoryError::TooMany`] where the users have more than [`GROUPS`](super::GROUPS) groups together.
    async fn groups_of(
        &self,
        connection: &ConnectionId,
        users: &[UserId],
    ) -> Result<Vec<Vec<GroupRef>>, DirectoryError> {
        let users = users.to_vec();
        look(self, connection, Weight::List, |view| {
            Box::pin(async move { memberships::groups_of(view, &users).await })
        })
        .await
    }

    /// The groups of a user, and which of the object ids in `asked` a group of the connection has as its `externalId`,
    /// compared without regard to the case of ASCII letters. For a user that the connection does not have, no groups.
    /// [`DirectoryError::TooMany`] for a user of more than [`SCAN`](super::SCAN) groups.
    async fn memberships(
        &self,
        connection: &ConnectionId,
        user: &UserId,
        asked: &[String],
    ) -> Result<Memberships, DirectoryError> {
        let (user, asked) = (user.clone(), asked.to_vec());
        look(self, connection, Weight::Scan, |view| {
            Box::pin(async move { memberships::memberships(view, &user, &asked).await })
        })
        .await
    }

    /// The group of the connection that has this `displayName`, but for the case of ASCII letters. Groups whose names only look alike
    /// count for nothing, however many there are.
    async fn named(
        &self,
        connection: &ConnectionId,
        name: &str,
    ) -> Result<Option<Named>, DirectoryError> {
        let name = name.to_owned();
        look(self, connection, Weight::LookUp, |view| {
            Box::pin(async move { memberships::named(view, &name).await })
        })
        .await
    }

    /// Counts the users and groups of the connection.
    async fn counts(&self, connection: &ConnectionId) -> Result<Counts, DirectoryError> {
        look(self, connection, Weight::LookUp, |view| {
            Box::pin(async move { view.counts().await })
        })
        .await
    }

    /// Users and groups that an earlier version admitted beside each other: of each kind the first few.
    async fn collisions(&self, connection: &ConnectionId) -> Result<Collisions, DirectoryError> {
        look(self, connection, Weight::List, |view| {
            Box::pin(async move { collisions::collisions(view).await })
        })
        .await
    }
}

/// Reads from the directory of a connection: all that `work` reads is of one state. It waits for the rows and for nothing else.
pub(super) async fn look<T, W>(
    directory: &(impl Directory + ?Sized),
    connection: &ConnectionId,
    weight: Weight,
    work: W,
) -> Result<T, DirectoryError>
where
    T: Send + 'static,
    W: for<'t> FnOnce(&'t mut (dyn DirectoryView + 't)) -> TxFuture<'t, Result<T, DirectoryError>>,
    W: Clone + Send + Sync + 'static,
{
    let outcome = TxResult::new();
    let within = outcome.clone();
    let work = TxWork::<ViewTx>::new(move |rows| {
        Box::pin(async move {
            match work(rows).await {
                Err(DirectoryError::Store(error)) => Err(error),
                result => {
                    within.keep(result, TxOutcome::Commit);
                    Ok(())
                }
            }
        })
    });
    directory.look(connection, weight, work).await?;
    outcome.take()
}
