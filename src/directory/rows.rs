//! The rows of one connection's directory, as a store gives them to a transaction. They are found, locked and written; what follows
//! from a change is decided by [`DirectoryTransaction`](super::DirectoryTransaction).

use async_trait::async_trait;
use jiff::Timestamp;

use super::DirectoryError;
use super::DirectoryView;
use super::GroupId;
use super::GroupRecord;
use super::SessionClaims;
use super::SessionDeletion;
use super::UserId;
use super::UserRecord;
use crate::ports::TxKind;
use crate::ports::TxOutcome;
use crate::provisioning::AccessToken;
use crate::provisioning::ClientId;
use crate::provisioning::CredentialId;
use crate::provisioning::ScimCredential;
use crate::saml::Attributes;
use crate::token::TokenHash;

/// The rows of the directory of one connection within a transaction. Nobody else changes them in between, so what was read stays
/// true until the end.
///
/// Each method fails where the store does.
#[async_trait]
pub trait DirectoryRows: DirectoryView + SessionDeletion {
    /// Those of these ids, in their order, that neither a user nor a group has.
    async fn unknown_members(&mut self, ids: &[String]) -> Result<Vec<String>, DirectoryError>;

    /// Of these users, and of all whom these groups hold, directly or through other groups: those who have sessions.
    async fn signed_on(
        &mut self,
        users: &[UserId],
        groups: &[GroupId],
    ) -> Result<Vec<UserId>, DirectoryError>;

    /// Puts a user beside the others, or in the place of the one of the same id.
    ///
    /// Fails with [`DirectoryError::UserNameTaken`] where the store itself keeps names apart, and with
    /// [`DirectoryError::NotFound`] where there is none to be replaced, and where the store does not hold the connection.
    async fn put_user(&mut self, user: &UserRecord, how: Put) -> Result<(), DirectoryError>;

    /// Puts a group beside the others, or in the place of the one of the same id, whose members stay.
    ///
    /// Fails with [`DirectoryError::NotFound`] where there is none to be replaced, and where the store does not hold the connection.
    async fn put_group(&mut self, group: &GroupRecord, how: Put) -> Result<(), DirectoryError>;

    /// Removes a row; says whether it was there.
    async fn remove(&mut self, row: &DirectoryRow) -> Result<bool, DirectoryError>;

    /// From this moment on, or from a later one that was noted before, these users must have proven anew who they are.
    async fn require_proof(
        &mut self,
        users: &[UserId],
        since: Timestamp,
    ) -> Result<(), DirectoryError>;

    /// Sessions of these users behind a number, with their claims, `most` at most, in the order of their numbers.
    async fn session_claims(
        &mut self,
        users: &[UserId],
        after: u64,
        most: usize,
    ) -> Result<Vec<SessionClaims>, DirectoryError>;

    /// Puts claims in the place of those that a session has.
    async fn put_claims(
        &mut self,
        token: &TokenHash,
        attributes: &Attributes,
    ) -> Result<(), DirectoryError>;

    /// Changes the members of a group; returns those that came or went.
    ///
    /// Fails with [`DirectoryError::NotFound`] for the group.
    async fn change_members(
        &mut self,
        group: &GroupId,
        change: &MemberRows,
    ) -> Result<Touched, DirectoryError>;

    /// The credential, if there is one, whichever connection it opens.
    async fn credential(
        &mut self,
        id: &CredentialId,
    ) -> Result<Option<ScimCredential>, DirectoryError>;

    /// Puts a credential beside the others; of the one of the same id, writes its end, its revocation and its successor. The rest of
    /// a credential never changes, but for its last use, which [`note_use`](crate::provisioning::ScimCredentials::note_use) writes
    /// at any moment.
    ///
    /// Fails where the store does not hold the connection.
    async fn put_credential(&mut self, credential: &ScimCredential) -> Result<(), DirectoryError>;

    /// Puts an access token beside the others.
    ///
    /// Fails where the store does not hold its credential.
    async fn put_access_token(&mut self, token: &AccessToken) -> Result<(), DirectoryError>;

    /// Removes all access tokens of a client, whichever of its credentials they were issued for, but those that were put last.
    async fn keep_access_tokens(
        &mut self,
        client: &ClientId,
        last: u32,
    ) -> Result<(), DirectoryError>;
}

/// The way to the rows of one connection's directory.
pub enum DirectoryTx {}

impl TxKind for DirectoryTx {
    type Rows<'r> = dyn DirectoryRows + 'r;
    type End = TxOutcome;
}

/// A row that can be removed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DirectoryRow {
    /// A user, who is then in no group, and tied to nobody.
    User(UserId),
    /// A group, which is then in no other one.
    Group(GroupId),
    /// The tie of a user to a person.
    Tie(UserId),
}

/// The way in which a row is put.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Put {
    /// Beside the others: there is none of its id.
    New,
    /// In the place of the one of its id.
    Changed,
}

/// A change of the member rows of a group, by ids of users and groups. A text that is no such id names nobody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MemberRows {
    /// These come.
    Add(Vec<String>),
    /// These go.
    Remove(Vec<String>),
    /// All but these go.
    KeepOnly(Vec<String>),
}

/// The members that a change has really touched.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Touched {
    /// Users among them.
    pub users: Vec<UserId>,
    /// Groups among them.
    pub groups: Vec<GroupId>,
}

impl Touched {
    pub(super) fn and(mut self, others: Touched) -> Touched {
        self.users.extend(others.users);
        self.groups.extend(others.groups);
        self
    }

    /// Their number.
    pub fn count(&self) -> u64 {
        (self.users.len() + self.groups.len()) as u64
    }
}
