//! Reading the directory: the rows of one connection as a store gives them to those who look, and the way to them.

use async_trait::async_trait;

use super::Counts;
use super::DirectoryError;
use super::GroupId;
use super::GroupLookup;
use super::GroupRecord;
use super::Lookup;
use super::MemberPage;
use super::MemberPosition;
use super::RowSelection;
use super::UserGroup;
use super::UserId;
use super::UserRecord;
use crate::ports::StoreError;
use crate::ports::TxKind;
use crate::scim::ResourceKind;
use crate::scim::Term;

/// The rows of the directory of one connection, for reading. All that one piece of work reads is of one state.
///
/// Each method fails where the store does.
#[async_trait]
pub trait DirectoryView: Send {
    /// The user, if there is one.
    async fn user(&mut self, id: &UserId) -> Result<Option<UserRecord>, DirectoryError> {
        Ok(self.users(&UserSelection::Id(id)).await?.pop())
    }

    /// The group, if there is one.
    async fn group(&mut self, id: &GroupId) -> Result<Option<GroupRecord>, DirectoryError> {
        Ok(self.groups(&GroupSelection::Id(id)).await?.pop())
    }

    /// A selection of users.
    async fn users(
        &mut self,
        selection: &UserSelection<'_>,
    ) -> Result<Vec<UserRecord>, DirectoryError>;

    /// A selection of groups.
    async fn groups(
        &mut self,
        selection: &GroupSelection<'_>,
    ) -> Result<Vec<GroupRecord>, DirectoryError>;

    /// The number of users, or of groups, that meet these terms, counted up to `most`.
    async fn count_rows(
        &mut self,
        kind: ResourceKind,
        terms: &[Term],
        most: u64,
    ) -> Result<u64, DirectoryError>;

    /// A part of a group's members; see [`Directory::members`](super::Directory::members).
    async fn members(
        &mut self,
        group: &GroupId,
        after: Option<MemberPosition>,
        count: u64,
    ) -> Result<MemberPage, DirectoryError>;

    /// The groups of each of these users, direct ones and those that hold them through other groups, by name. None for a user
    /// that the connection does not have. Groups that hold each other end the search, not the answer. `None` where there are more
    /// than `most` together.
    async fn user_groups(
        &mut self,
        users: &[UserId],
        most: usize,
    ) -> Result<Option<Vec<Vec<UserGroup>>>, DirectoryError>;

    /// Those of these ids that some group has, or ever had, as its `externalId`, in lower case; so are the ids.
    async fn known_objects(&mut self, ids: &[String]) -> Result<Vec<String>, DirectoryError>;

    /// The numbers of users and groups.
    async fn counts(&mut self) -> Result<Counts, DirectoryError>;
}

/// A selection of users of a connection.
#[derive(Clone, Copy, Debug)]
pub enum UserSelection<'a> {
    /// The one of an id.
    Id(&'a UserId),
    /// Those of a name, [`Lookup::MOST`] at most. Whom it means is for
    /// [`DirectoryTransaction::users_named`](super::DirectoryTransaction::users_named) to say.
    Named(&'a Lookup),
    /// Those of a list.
    Rows(RowSelection<'a>),
    /// Those who share the [key](crate::scim::user_name_key) of their name with another one, by that key: the first few.
    SharingNames,
    /// Those whose names are not of printable ASCII characters alone: the next few behind an id, in the order of ids.
    UnusualNames(&'a str),
}

/// A selection of groups of a connection.
#[derive(Clone, Copy, Debug)]
pub enum GroupSelection<'a> {
    /// The one of an id.
    Id(&'a GroupId),
    /// Those of a name, [`GroupLookup::MOST`] at most, in the order of the lookup.
    Named(&'a GroupLookup),
    /// Those of a list.
    Rows(RowSelection<'a>),
    /// Those that share an `externalId` with another one but for the case of ASCII letters, by that id: the first few.
    SharingExternalIds,
    /// Those that share a `displayName` but for its case, not all of them with an `externalId`, by that name: the first few.
    SharingNames,
}

/// An estimate of the rows that a look at the directory reads. A store may answer small ones at once, and keep large ones apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Weight {
    /// One question about a few rows that an index leads to.
    LookUp,
    /// Some hundred rows.
    Scan,
    /// A list: up to thousands of rows, which may have to be evaluated.
    List,
}

/// The way to the rows of one connection's directory for reading.
pub enum ViewTx {}

impl TxKind for ViewTx {
    type Rows<'r> = dyn DirectoryView + 'r;
    /// The error of the store, if that is how the work ended: the store may run the work again, or else returns it.
    type End = Result<(), StoreError>;
}
