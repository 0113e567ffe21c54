//! The sessions that a store keeps.

use async_trait::async_trait;
use jiff::Timestamp;

use super::last::LastSignOn;
use super::last::LastSignOnOf;
use super::record::SessionId;
use super::record::SessionRecord;
use super::rows::SessionTx;
use super::rows::SignOnTx;
use crate::connection::ConnectionId;
use crate::directory::Lock;
use crate::directory::UserId;
use crate::ports::StoreError;
use crate::ports::TxOutcome;
use crate::ports::TxWork;
use crate::token::TokenHash;

/// The sessions that a list asks for. The default asks for all live ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SessionFilter {
    /// Only those of this connection.
    pub connection: Option<ConnectionId>,
    /// Only those of the person with this NameID value.
    pub name_id: Option<String>,
    /// Only those of this user.
    pub user: Option<UserId>,
    /// Only those of these ids, if there are any.
    pub ids: Vec<SessionId>,
    /// At most so many, newest first; all if `None`.
    pub limit: Option<u32>,
}

/// Keeps sessions.
///
/// Every method fails where the store cannot answer; other reasons are named.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session of a token, if it is live at `now`: not over, and either of a user who is active and has been since it
    /// was opened, or of nobody in the directory, over a connection without SCIM credentials and without users. What another process has
    /// changed counts at once.
    /// A person counts as not signed on where the store cannot answer.
    async fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError>;

    /// Runs work on the sessions of all connections in one transaction, which locks each row when it finds it; the functions of [`crate::session`] that open and end sessions are the
    /// ways to call this. All that it changed is on disk when this returns [`TxOutcome::Commit`], and nothing in any other case.
    async fn change_sessions(&self, work: TxWork<SessionTx>) -> Result<TxOutcome, StoreError>;

    /// Notes that a session was used.
    async fn touch_session(&self, token: &TokenHash, now: Timestamp) -> Result<(), StoreError>;

    /// Runs a sign-on that the directory governs on the rows of a connection in one transaction that holds a lock;
    /// `Session::sign_on` is the way to call this. All that it changed is on disk when this returns [`TxOutcome::Commit`], and nothing in any other case.
    async fn sign_on(
        &self,
        connection: &ConnectionId,
        lock: Lock,
        work: TxWork<SignOnTx>,
    ) -> Result<TxOutcome, StoreError>;

    /// The last sign-on of each person that the question means, the latest first.
    async fn last_sign_ons(
        &self,
        connection: &ConnectionId,
        of: &LastSignOnOf,
    ) -> Result<Vec<LastSignOn>, StoreError>;

    /// Live sessions, newest first.
    async fn sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError>;

    /// Says whether somebody has ever signed on over a connection; false for one that is not there.
    async fn has_signed_on(&self, connection: &ConnectionId) -> Result<bool, StoreError>;

    /// The number of live sessions of a filter, whatever its limit.
    async fn count_sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let filter = SessionFilter {
            limit: None,
            ..filter.clone()
        };
        Ok(self.sessions(&filter, now).await?.len() as u64)
    }
}
