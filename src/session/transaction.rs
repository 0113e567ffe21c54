//! A sign-on in one transaction of the store: what it may read and write beside the directory itself.

use std::sync::Arc;
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;

use super::last::LastSignOn;
use super::record::SessionRecord;
use super::record::Sessions;
use super::subject::Subject;
use crate::connection::LinkRule;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTransaction;
use crate::directory::Doing;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::directory::Verdict;
use crate::event::Event;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::saml::ReplayKey;
use crate::token::TokenHash;

/// The directory of a connection while somebody signs on. Nobody else changes it in between: a user who is active here is
/// active until the session is open.
#[async_trait]
pub trait SignOnTransaction: DirectoryTransaction {
    /// Admits an assertion once; see [`ReplayCache::admit`](crate::saml::ReplayCache::admit).
    ///
    /// # Errors
    /// A store that fails.
    async fn admit(
        &mut self,
        key: ReplayKey,
        until: Timestamp,
    ) -> Result<Admission, DirectoryError>;

    /// The user that a subject is tied to, by this rule.
    ///
    /// # Errors
    /// A store that fails.
    async fn linked(
        &mut self,
        subject: &Subject,
        rule: LinkRule,
    ) -> Result<Option<UserRecord>, DirectoryError>;

    /// The subject that a user is tied to, by this rule or by any.
    ///
    /// # Errors
    /// A store that fails.
    async fn subject_of(
        &mut self,
        user: &UserId,
        rule: Option<LinkRule>,
    ) -> Result<Option<Subject>, DirectoryError>;

    /// Ties a subject to a user; an earlier tie of either is gone.
    ///
    /// # Errors
    /// A store that fails or does not hold the user.
    async fn link(
        &mut self,
        subject: &Subject,
        user: &UserId,
        rule: LinkRule,
    ) -> Result<(), DirectoryError>;

    /// Forgets the subject that a user is tied to, and says so in an event; says whether there was one.
    ///
    /// # Errors
    /// A store that fails.
    async fn unlink(&mut self, user: &UserId) -> Result<bool, DirectoryError>;

    /// Since when the user must prove anew who they are, if they must.
    ///
    /// # Errors
    /// A store that fails.
    async fn authn_since(&mut self, user: &UserId) -> Result<Option<Timestamp>, DirectoryError>;

    /// Opens a session, bound to its user as the user is now, and ends those that it takes the place of.
    ///
    /// # Errors
    /// A store that fails, that does not hold the connection, or whose user is not there and active; and a token that is
    /// another session's.
    async fn open_session(
        &mut self,
        record: &SessionRecord,
        replaces: &[TokenHash],
    ) -> Result<(), DirectoryError>;

    /// Remembers the sign-on as the last one of the person.
    ///
    /// # Errors
    /// A store that fails.
    async fn note_sign_on(&mut self, last: &LastSignOn) -> Result<(), DirectoryError>;

    /// Appends an event.
    ///
    /// # Errors
    /// A store that fails.
    async fn append_event(&mut self, event: &Event) -> Result<(), DirectoryError>;
}

/// What is done in the transaction of a sign-on.
pub type SignOnWork =
    Box<dyn for<'t> FnOnce(&'t mut dyn SignOnTransaction) -> Doing<'t, Verdict> + Send>;

/// Runs `work` in one transaction: all of it is on disk when this returns `Ok`, and nothing of it in any other case.
pub(super) async fn transact<T, W>(
    sessions: &dyn Sessions,
    scope: &Scope,
    work: W,
) -> Result<T, DirectoryError>
where
    T: Send + 'static,
    W: for<'t> FnOnce(&'t mut dyn SignOnTransaction) -> Doing<'t, Result<T, DirectoryError>>,
    W: Send + 'static,
{
    carry_out(sessions, scope, Verdict::Keep, work).await
}

/// Runs `work` in a transaction that is undone, whatever comes of it: it may look, and try.
pub(super) async fn undone<T, W>(
    sessions: &dyn Sessions,
    scope: &Scope,
    work: W,
) -> Result<T, DirectoryError>
where
    T: Send + 'static,
    W: for<'t> FnOnce(&'t mut dyn SignOnTransaction) -> Doing<'t, Result<T, DirectoryError>>,
    W: Send + 'static,
{
    carry_out(sessions, scope, Verdict::Undo, work).await
}

async fn carry_out<T, W>(
    sessions: &dyn Sessions,
    scope: &Scope,
    of_success: Verdict,
    work: W,
) -> Result<T, DirectoryError>
where
    T: Send + 'static,
    W: for<'t> FnOnce(&'t mut dyn SignOnTransaction) -> Doing<'t, Result<T, DirectoryError>>,
    W: Send + 'static,
{
    let outcome = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&outcome);
    let work: SignOnWork = Box::new(move |transaction| {
        Box::pin(async move {
            let result = work(transaction).await;
            let verdict = match result {
                Ok(_) => of_success,
                Err(_) => Verdict::Undo,
            };
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(result);
            }
            verdict
        })
    });
    sessions.sign_on(scope, work).await?;
    let result = outcome.lock().ok().and_then(|mut slot| slot.take());
    result.unwrap_or_else(|| Err(StoreError::new(NotRun).into()))
}

/// A store said that it had run the work, and had not.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the work of a sign-on was not run")]
struct NotRun;
