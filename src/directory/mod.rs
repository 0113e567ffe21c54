//! The directory: the users and groups of each connection, under sign-on and provisioning alike. [`UserRecord`] and
//! [`GroupRecord`] are what is kept, [`Directory`] what a store answers, and [`transact`] how a request changes it: all
//! of it or nothing.
//!
//! Every record belongs to a connection and is never reached from another. What attributes mean is [`crate::scim`]'s;
//! storing is the adapters' work.

mod belonging;
mod change_rows;
mod consequences;
mod credentials;
mod ending;
mod error;
mod group_transaction;
mod id;
mod listing;
mod lock;
mod lookup;
mod membership;
mod query;
mod reading;
mod record;
mod rivals;
mod rows;
mod scope;
mod transact;
mod transaction;

use async_trait::async_trait;

pub use self::belonging::Belonging;
pub use self::belonging::HeldGroup;
pub use self::belonging::Named;
pub use self::change_rows::ChangeRows;
pub use self::credentials::add_credential;
pub use self::credentials::extend_credential;
pub use self::credentials::revoke_credential;
pub use self::credentials::rotate_credential;
pub use self::ending::HeldSession;
pub use self::ending::SessionClaims;
pub use self::ending::SessionEnds;
pub use self::ending::Whose;
pub use self::ending::end_sessions;
pub use self::ending::end_some_sessions;
pub use self::ending::ended;
pub use self::error::DirectoryError;
pub use self::group_transaction::MembersChanged;
pub use self::id::GroupId;
pub use self::id::ID_OCTETS;
pub use self::id::IdError;
pub use self::id::UserId;
pub use self::listing::RowOrder;
pub use self::listing::RowPlace;
pub use self::listing::RowSelection;
pub use self::lock::Lock;
pub use self::lookup::GroupLookup;
pub use self::lookup::Lookup;
pub use self::lookup::are_two_objects;
pub use self::lookup::is_guid;
pub use self::lookup::meant;
pub use self::query::GROUPS;
pub use self::query::Listed;
pub use self::query::MemberPage;
pub use self::query::MemberPosition;
pub use self::query::PAGE;
pub use self::query::Query;
pub use self::query::SCAN;
pub use self::query::View;
pub use self::query::column;
pub use self::reading::DirectoryView;
pub use self::reading::GroupSelection;
pub use self::reading::UserSelection;
pub use self::reading::ViewDoor;
pub use self::reading::Weight;
pub use self::reading::look;
pub use self::record::GroupRecord;
pub use self::record::Origin;
pub use self::record::UserRecord;
pub use self::rivals::Collisions;
pub use self::rivals::new_rivalry;
pub use self::rivals::rivalry;
pub use self::rows::DirectoryRow;
pub use self::rows::DirectoryRows;
pub use self::rows::MemberRows;
pub use self::rows::Put;
pub use self::rows::Touched;
pub use self::scope::Rules;
pub use self::scope::Scope;
pub use self::transact::DirectoryDoor;
pub use self::transact::transact;
pub use self::transaction::DirectoryTransaction;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::ports::Verdict;
use crate::ports::Work;
use crate::scim::GroupRef;

/// Keeps users and groups, and answers for them. A store has two doors, [`Directory::look`] and [`Directory::run`]; the other methods are
/// looks, each at one state of the directory.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Runs work that reads the rows of a connection, all of one state; [`look`](fn@look) is the way to call this.
    ///
    /// # Errors
    /// A store that fails, before or in the work.
    async fn look(
        &self,
        connection: &ConnectionId,
        weight: Weight,
        work: Work<ViewDoor>,
    ) -> Result<(), StoreError>;

    /// Runs work on the rows of a connection in one transaction that holds [`Lock::Connection`]; [`transact`] is the way to call this. All of the work's changes
    /// are on disk when this returns [`Verdict::Keep`], and none in any other case.
    ///
    /// # Errors
    /// A store that fails, before, in or after the work.
    async fn run(
        &self,
        connection: &ConnectionId,
        work: Work<DirectoryDoor>,
    ) -> Result<Verdict, StoreError>;

    /// The user, if the connection has one of this id.
    ///
    /// # Errors
    /// A store that fails.
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
    ///
    /// # Errors
    /// A store that fails.
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

    /// A list of users.
    ///
    /// # Errors
    /// [`DirectoryError::TooMany`] where more than [`SCAN`] would have to be looked at, [`DirectoryError::SortedCursor`],
    /// and a store that fails.
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

    /// A list of groups, without their members.
    ///
    /// # Errors
    /// As for users.
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
    ///
    /// # Errors
    /// A store that fails.
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
    ///
    /// # Errors
    /// [`DirectoryError::TooMany`] where the users have more than [`GROUPS`] groups together, and a store that fails.
    async fn groups_of(
        &self,
        connection: &ConnectionId,
        users: &[UserId],
    ) -> Result<Vec<Vec<GroupRef>>, DirectoryError> {
        let users = users.to_vec();
        look(self, connection, Weight::List, |view| {
            Box::pin(async move { belonging::groups_of(view, &users).await })
        })
        .await
    }

    /// The groups of a user, and which of the object ids in `asked` a group of the connection has as its `externalId`,
    /// compared without regard to the case of ASCII letters. For a user that the connection does not have, no groups.
    ///
    /// # Errors
    /// [`DirectoryError::TooMany`] for a user of more than [`SCAN`] groups, and a store that fails.
    async fn belonging(
        &self,
        connection: &ConnectionId,
        user: &UserId,
        asked: &[String],
    ) -> Result<Belonging, DirectoryError> {
        let (user, asked) = (user.clone(), asked.to_vec());
        look(self, connection, Weight::Scan, |view| {
            Box::pin(async move { belonging::belonging(view, &user, &asked).await })
        })
        .await
    }

    /// The group of the connection that has this `displayName`, but for the case of ASCII letters. Groups whose names only look alike
    /// count for nothing, however many there are.
    ///
    /// # Errors
    /// A store that fails.
    async fn named(
        &self,
        connection: &ConnectionId,
        name: &str,
    ) -> Result<Option<Named>, DirectoryError> {
        let name = name.to_owned();
        look(self, connection, Weight::LookUp, |view| {
            Box::pin(async move { belonging::named(view, &name).await })
        })
        .await
    }

    /// Counts the users and groups of the connection.
    ///
    /// # Errors
    /// A store that fails.
    async fn counts(&self, connection: &ConnectionId) -> Result<Counts, DirectoryError> {
        look(self, connection, Weight::LookUp, |view| {
            Box::pin(async move { view.counts().await })
        })
        .await
    }

    /// Users and groups that an earlier version admitted beside each other: of each kind the first few.
    ///
    /// # Errors
    /// A store that fails.
    async fn collisions(&self, connection: &ConnectionId) -> Result<Collisions, DirectoryError> {
        look(self, connection, Weight::List, |view| {
            Box::pin(async move { rivals::collisions(view).await })
        })
        .await
    }
}

/// The numbers of resources of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Users, active or not.
    pub users: u64,
    /// Users who may sign on.
    pub active_users: u64,
    /// Groups.
    pub groups: u64,
}
