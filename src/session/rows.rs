//! The rows of sessions and sign-ons, as a store gives them to a transaction. They are found, locked and written; what follows is
//! decided by [`SignOnTransaction`](super::SignOnTransaction), and by the functions that end sessions.

use async_trait::async_trait;
use jiff::Timestamp;

use super::last::LastSignOn;
use super::record::EncodedSession;
use super::subject::Subject;
use crate::connection::LinkRule;
use crate::directory::DirectoryError;
use crate::directory::DirectoryRows;
use crate::directory::SessionDeletion;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::ports::StoreError;
use crate::ports::TxKind;
use crate::ports::TxOutcome;
use crate::saml::Admission;
use crate::saml::ReplayKey;

/// The rows that sessions of all connections are opened and ended by, within a transaction.
///
/// Each method fails where the store does.
#[async_trait]
pub trait SessionRows: SessionDeletion {
    /// Admits an assertion, or a logout request, once; see [`ReplayCache::admit`](crate::saml::ReplayCache::admit).
    async fn admit(
        &mut self,
        key: ReplayKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Admission, StoreError>;

    /// Keeps a session, bound to its user as the user is now.
    ///
    /// Fails where the store does not hold the connection, the user is not there and active, or the token is another session's.
    async fn insert_session(&mut self, session: &EncodedSession) -> Result<(), StoreError>;
}

/// The way to the sessions of all connections.
pub enum SessionTx {}

impl TxKind for SessionTx {
    type Rows<'r> = dyn SessionRows + 'r;
    type End = TxOutcome;
}

/// The rows of one connection while somebody signs on. Nobody else changes them in between: a user who is active here is
/// active until the session is open.
///
/// Each method fails where the store does.
#[async_trait]
pub trait SignOnRows: DirectoryRows + SessionRows {
    /// The user that a subject is tied to, by this rule.
    async fn linked(
        &mut self,
        subject: &Subject,
        rule: LinkRule,
    ) -> Result<Option<UserRecord>, DirectoryError>;

    /// The subject that a user is tied to, by this rule or by any.
    async fn subject_of(
        &mut self,
        user: &UserId,
        rule: Option<LinkRule>,
    ) -> Result<Option<Subject>, DirectoryError>;

    /// Ties a subject to a user; an earlier tie of either is gone.
    ///
    /// Fails where the store does not hold the user.
    async fn tie(
        &mut self,
        subject: &Subject,
        user: &UserId,
        rule: LinkRule,
        now: Timestamp,
    ) -> Result<(), DirectoryError>;

    /// The time since which the user must prove anew who they are, if they must.
    async fn authn_since(&mut self, user: &UserId) -> Result<Option<Timestamp>, DirectoryError>;

    /// Remembers the sign-on as the last one of the person.
    async fn note_sign_on(&mut self, last: &LastSignOn) -> Result<(), DirectoryError>;
}

/// The way to the rows of one connection while somebody signs on.
pub enum SignOnTx {}

impl TxKind for SignOnTx {
    type Rows<'r> = dyn SignOnRows + 'r;
    type End = TxOutcome;
}
