//! Changing the directory: all of a request, or nothing of it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;

use async_trait::async_trait;

use super::Directory;
use super::DirectoryError;
use super::GroupId;
use super::GroupRecord;
use super::Listed;
use super::Lookup;
use super::MemberPage;
use super::MemberPosition;
use super::Query;
use super::Scope;
use super::UserId;
use super::UserRecord;
use super::View;
use crate::ports::StoreError;
use crate::provisioning::LogEntry;
use crate::scim::GroupRef;
use crate::scim::MembershipChange;

/// The directory of one connection while a request changes it. Nobody else changes it in between, so what was read
/// stays true until the end.
///
/// An error of a method means that the work must end with an error too: what the store has then is in no certain state
/// until it is undone.
#[async_trait]
pub trait DirectoryTransaction: Send {
    /// The user, if there is one.
    ///
    /// # Errors
    /// A store that fails.
    async fn user(&mut self, id: &UserId) -> Result<Option<UserRecord>, DirectoryError>;

    /// The group, if there is one.
    ///
    /// # Errors
    /// A store that fails.
    async fn group(&mut self, id: &GroupId) -> Result<Option<GroupRecord>, DirectoryError>;

    /// A list of users; see [`Directory::users`].
    ///
    /// # Errors
    /// As for [`Directory::users`].
    async fn users(&mut self, query: &Query) -> Result<Listed<UserRecord>, DirectoryError>;

    /// The users of a name, [`Lookup::MOST`] at most. Whom it means is for [`meant`](super::meant) to say.
    ///
    /// # Errors
    /// A store that fails.
    async fn matching(&mut self, lookup: &Lookup) -> Result<Vec<UserRecord>, DirectoryError>;

    /// A list of groups; see [`Directory::groups`].
    ///
    /// # Errors
    /// As for [`Directory::groups`].
    async fn groups(&mut self, query: &Query) -> Result<Listed<GroupRecord>, DirectoryError>;

    /// A part of a group's members; see [`Directory::members`].
    ///
    /// # Errors
    /// A store that fails.
    async fn members(
        &mut self,
        group: &GroupId,
        after: Option<MemberPosition>,
        count: u64,
    ) -> Result<MemberPage, DirectoryError>;

    /// The groups of each of these users; see [`Directory::groups_of`].
    ///
    /// # Errors
    /// As for [`Directory::groups_of`].
    async fn groups_of(&mut self, users: &[UserId]) -> Result<Vec<Vec<GroupRef>>, DirectoryError>;

    /// How many users are active.
    ///
    /// # Errors
    /// A store that fails.
    async fn active_users(&mut self) -> Result<u64, DirectoryError>;

    /// Adds a user.
    ///
    /// # Errors
    /// [`DirectoryError::UserNameTaken`], [`DirectoryError::SeatsTaken`] for one that is active, and a store that fails or
    /// does not hold the connection.
    async fn insert_user(&mut self, user: &UserRecord) -> Result<(), DirectoryError>;

    /// Puts a user in the place of the one of the same id. One that is active no more loses all sessions, in this very
    /// transaction; one that is active again gets none of them back.
    ///
    /// # Errors
    /// [`DirectoryError::UserNameTaken`], [`DirectoryError::SeatsTaken`] for one that becomes active,
    /// [`DirectoryError::NotFound`], and a store that fails.
    async fn replace_user(&mut self, user: &UserRecord) -> Result<(), DirectoryError>;

    /// Removes a user, also from the groups that it belongs to, and ends all its sessions; says whether there was one.
    ///
    /// # Errors
    /// A store that fails.
    async fn delete_user(&mut self, id: &UserId) -> Result<bool, DirectoryError>;

    /// The groups, but for this one, that have its `externalId`, in whatever case of ASCII letters, or its name, in whatever case;
    /// a few of each at most, and of the name first those without an `externalId`. What follows from them is for
    /// [`new_rivalry`](super::new_rivalry) to say.
    ///
    /// # Errors
    /// A store that fails.
    async fn alike(&mut self, group: &GroupRecord) -> Result<Vec<GroupRecord>, DirectoryError>;

    /// Adds a group without members.
    ///
    /// # Errors
    /// A store that fails or does not hold the connection.
    async fn insert_group(&mut self, group: &GroupRecord) -> Result<(), DirectoryError>;

    /// Puts a group in the place of the one of the same id; its members stay.
    ///
    /// # Errors
    /// [`DirectoryError::NotFound`], and a store that fails.
    async fn replace_group(&mut self, group: &GroupRecord) -> Result<(), DirectoryError>;

    /// Removes a group, also from the groups that it belongs to; says whether there was one. Its members stay in the
    /// directory; their sessions become what the scope's rules say of a change of groups.
    ///
    /// # Errors
    /// A store that fails.
    async fn delete_group(&mut self, id: &GroupId) -> Result<bool, DirectoryError>;

    /// Changes the members of a group, by the rows that the change names; says how many came and went, and does to the
    /// sessions of these, and of those whom they hold, what the scope's rules say. Whoever calls
    /// this gives the group its next version, if any did. `view` is what a [`MembershipChange::RemoveWhere`] describes.
    ///
    /// # Errors
    /// [`DirectoryError::NotFound`] for the group, [`DirectoryError::UnknownMembers`] for those that are to come,
    /// [`DirectoryError::TooMany`] where a description would have to be held against more than
    /// [`SCAN`](super::SCAN) members, and a store that fails.
    async fn change_members(
        &mut self,
        group: &GroupId,
        change: &MembershipChange,
        view: &View,
    ) -> Result<MembersChanged, DirectoryError>;

    /// Appends an entry to the provisioning log: there if the change is, and only then.
    ///
    /// # Errors
    /// A store that fails.
    async fn append_log(&mut self, entry: &LogEntry) -> Result<(), DirectoryError>;
}

/// How many members a change brought and took. One who was there already did not come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MembersChanged {
    /// New members.
    pub added: u64,
    /// Members that are gone.
    pub removed: u64,
}

/// What is done in a transaction, for a [`Directory`] to run; [`transact`] makes it.
pub type Work =
    Box<dyn for<'t> FnOnce(&'t mut dyn DirectoryTransaction) -> Doing<'t, Verdict> + Send>;

/// Work under way.
pub type Doing<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// Whether the work's changes are to be kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// All of them.
    Keep,
    /// None of them.
    Undo,
}

/// Runs `work` in one transaction on the directory of a connection, by its rules. When this returns `Ok`, everything that the work did
/// is on disk; when the work ends with an error, nothing of it is, and the error comes back.
///
/// The work waits for the methods of the transaction and for nothing else: everybody else's changes wait for it.
///
/// ```
/// # #[cfg(feature = "server")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # use entrada::connection::{Connection, Connections};
/// use entrada::directory::{DirectoryError, Origin, Scope, UserId, UserRecord, transact};
/// use entrada::scim::{Draft, ResourceKind, Schemas};
/// # let store = entrada::store::SqliteStore::in_memory().await?;
/// # store.put_connection(&Connection::builder("acme").metadata_url("https://idp.example/").build()?, jiff::Timestamp::UNIX_EPOCH).await?;
///
/// let schemas = Schemas::standard();
/// let user = schemas.resource_type(ResourceKind::User);
/// let draft = Draft::read(serde_json::json!({"userName": "ada@example.com"}), user)?.created();
/// let acme: entrada::connection::ConnectionId = "acme".parse()?;
/// # let (random, now) = ([7; 16], jiff::Timestamp::UNIX_EPOCH);
/// let ada = UserRecord::new(&UserId::from_random(random), acme.clone(), Origin::Provisioned, draft.resource, now);
///
/// let scope = Scope::by_default(acme, now);
/// let version = transact(&store, &scope, move |directory| {
///     Box::pin(async move {
///         directory.insert_user(&ada).await?;
///         Ok::<_, DirectoryError>(ada.record().version)
///     })
/// })
/// .await?;
/// assert_eq!(version.to_string(), "W/\"1\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The work's own, or that of a store that could not keep the changes, or whose work waits for something else.
pub async fn transact<T, E, W>(
    directory: &(impl Directory + ?Sized),
    scope: &Scope,
    work: W,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    W: for<'t> FnOnce(&'t mut dyn DirectoryTransaction) -> Doing<'t, Result<T, E>>,
    W: Send + 'static,
{
    let outcome = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&outcome);
    let work: Work = Box::new(move |transaction| {
        Box::pin(async move {
            let result = work(transaction).await;
            let verdict = match result {
                Ok(_) => Verdict::Keep,
                Err(_) => Verdict::Undo,
            };
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(result);
            }
            verdict
        })
    });
    directory.run(scope, work).await?;
    let result = outcome.lock().ok().and_then(|mut slot| slot.take());
    result.unwrap_or_else(|| Err(StoreError::new(NotRun).into()))
}

/// A store said that it had run the work, and had not.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the work of a transaction was not run")]
struct NotRun;
