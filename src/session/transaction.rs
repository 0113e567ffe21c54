//! A sign-on in one transaction of the store: rows are read, the rules are asked, and rows are written with their events.

use jiff::Timestamp;

use super::last::LastSignOn;
use super::opening::open;
use super::record::EncodedSession;
use super::record::SessionRecord;
use super::rows::SignOnDoor;
use super::rows::SignOnRows;
use super::sessions::Sessions;
use super::subject::Subject;
use crate::connection::LinkRule;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTransaction;
use crate::directory::Lock;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::UserRecord;
use crate::event::Event;
use crate::event::Happened;
use crate::ports::TxFuture;
use crate::ports::TxOutcome;
use crate::ports::TxResult;
use crate::ports::TxWork;
use crate::saml::Admission;
use crate::saml::ReplayKey;
use crate::token::TokenHash;

/// The directory of a connection while somebody signs on. Nobody else changes it in between: a user who is active here is
/// active until the session is open.
pub(crate) struct SignOnTransaction<'t> {
    rows: &'t mut dyn SignOnRows,
    scope: &'t Scope,
}

impl<'t> SignOnTransaction<'t> {
    /// A sign-on by the rules of a scope; `rows` are the rows of its connection.
    pub(crate) fn new(rows: &'t mut dyn SignOnRows, scope: &'t Scope) -> SignOnTransaction<'t> {
        SignOnTransaction { rows, scope }
    }

    /// The directory itself.
    pub(crate) fn directory(&mut self) -> DirectoryTransaction<'_> {
        DirectoryTransaction::new(&mut *self.rows, self.scope)
    }

    /// Admits an assertion once; see [`ReplayCache::admit`](crate::saml::ReplayCache::admit).
    ///
    /// # Errors
    /// A store that fails.
    pub(crate) async fn admit(
        &mut self,
        key: ReplayKey,
        until: Timestamp,
    ) -> Result<Admission, DirectoryError> {
        Ok(self.rows.admit(key, until, self.scope.now).await?)
    }

    /// The user that a subject is tied to, by this rule.
    ///
    /// # Errors
    /// A store that fails.
    pub(crate) async fn linked(
        &mut self,
        subject: &Subject,
        rule: LinkRule,
    ) -> Result<Option<UserRecord>, DirectoryError> {
        self.rows.linked(subject, rule).await
    }

    /// The subject that a user is tied to, by this rule or by any.
    ///
    /// # Errors
    /// A store that fails.
    pub(crate) async fn subject_of(
        &mut self,
        user: &UserId,
        rule: Option<LinkRule>,
    ) -> Result<Option<Subject>, DirectoryError> {
        self.rows.subject_of(user, rule).await
    }

    /// Ties a subject to a user, and says so; an earlier tie of either is gone.
    ///
    /// # Errors
    /// A store that fails or does not hold the user.
    pub(crate) async fn link(
        &mut self,
        subject: &Subject,
        user: &UserId,
        rule: LinkRule,
    ) -> Result<(), DirectoryError> {
        self.rows.tie(subject, user, rule, self.scope.now).await?;
        let linked = linked(self.scope, user, rule);
        Ok(self.rows.append_events(&[linked]).await?)
    }

    /// The time since which the user must prove anew who they are, if they must.
    ///
    /// # Errors
    /// A store that fails.
    pub(crate) async fn authn_since(
        &mut self,
        user: &UserId,
    ) -> Result<Option<Timestamp>, DirectoryError> {
        self.rows.authn_since(user).await
    }

    /// Opens a session, bound to its user as the user is now, and ends those that it takes the place of.
    ///
    /// # Errors
    /// A store that fails, that does not hold the connection, or whose user is not there and active; and a token that is
    /// another session's.
    pub(crate) async fn open_session(
        &mut self,
        record: &SessionRecord,
        replaces: &[TokenHash],
    ) -> Result<(), DirectoryError> {
        let (session, now) = (EncodedSession::of(record.clone())?, self.scope.now);
        Ok(open(&mut *self.rows, &session, replaces.to_vec(), now).await?)
    }

    /// Says that a person was turned away, by the code of the reason; perhaps they are this user.
    ///
    /// # Errors
    /// A store that fails.
    pub(crate) async fn refuse(
        &mut self,
        user: Option<&UserId>,
        code: &str,
    ) -> Result<(), DirectoryError> {
        let refused = refused(self.scope, user, code);
        Ok(self.rows.append_events(&[refused]).await?)
    }

    /// Remembers the sign-on as the last one of the person.
    ///
    /// # Errors
    /// A store that fails.
    pub(crate) async fn note_sign_on(&mut self, last: &LastSignOn) -> Result<(), DirectoryError> {
        self.rows.note_sign_on(last).await
    }
}

fn linked(scope: &Scope, user: &UserId, rule: LinkRule) -> Event {
    let user = user.to_string();
    Event {
        connection: scope.connection.clone(),
        at: scope.now,
        happened: Happened::UserLinked { user, rule },
    }
}

fn refused(scope: &Scope, user: Option<&UserId>, code: &str) -> Event {
    Event {
        connection: scope.connection.clone(),
        at: scope.now,
        happened: Happened::SignOnRefused {
            user: user.map(ToString::to_string),
            code: code.to_owned(),
        },
    }
}

/// Runs `work` in one transaction: all of it is on disk when this returns `Ok`, and nothing of it in any other case.
pub(crate) async fn transact<T, W>(
    sessions: &dyn Sessions,
    scope: &Scope,
    work: W,
) -> Result<T, DirectoryError>
where
    T: Send + 'static,
    W: for<'t> FnOnce(&'t mut SignOnTransaction<'_>) -> TxFuture<'t, Result<T, DirectoryError>>,
    W: Clone + Send + Sync + 'static,
{
    run_in_transaction(sessions, scope, TxOutcome::Commit, work).await
}

/// Runs `work` in a transaction that is undone, whatever comes of it: it may look, and try.
pub(crate) async fn dry_run<T, W>(
    sessions: &dyn Sessions,
    scope: &Scope,
    work: W,
) -> Result<T, DirectoryError>
where
    T: Send + 'static,
    W: for<'t> FnOnce(&'t mut SignOnTransaction<'_>) -> TxFuture<'t, Result<T, DirectoryError>>,
    W: Clone + Send + Sync + 'static,
{
    run_in_transaction(sessions, scope, TxOutcome::Rollback, work).await
}

async fn run_in_transaction<T, W>(
    sessions: &dyn Sessions,
    scope: &Scope,
    of_success: TxOutcome,
    work: W,
) -> Result<T, DirectoryError>
where
    T: Send + 'static,
    W: for<'t> FnOnce(&'t mut SignOnTransaction<'_>) -> TxFuture<'t, Result<T, DirectoryError>>,
    W: Clone + Send + Sync + 'static,
{
    let outcome = TxResult::new();
    let (within, own) = (outcome.clone(), scope.clone());
    let work = TxWork::<SignOnDoor>::new(move |rows| {
        Box::pin(async move {
            let mut transaction = SignOnTransaction::new(rows, &own);
            within.keep(work(&mut transaction).await, of_success)
        })
    });
    sessions
        .sign_on(&scope.connection, lock(scope), work)
        .await?;
    outcome.take()
}

/// The lock of a sign-on: one that may make or change users is held to rules about all of them.
fn lock(scope: &Scope) -> Lock {
    match scope.rules.sign_on.creates_users() {
        true => Lock::Connection,
        false => Lock::Users,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::SignOnPolicy;

    #[test]
    fn a_sign_on_that_may_make_users_locks_the_connection() {
        let mut scope = Scope::by_default("acme".parse().unwrap(), Timestamp::UNIX_EPOCH);
        assert_eq!(lock(&scope), Lock::Users);
        for policy in [
            SignOnPolicy::JustInTime,
            SignOnPolicy::JustInTimeUntilProvisioned,
        ] {
            scope.rules.sign_on = policy;
            assert_eq!(lock(&scope), Lock::Connection);
        }
    }

    #[test]
    fn a_tie_and_a_refusal_are_told_with_the_user_and_the_reason() {
        let scope = Scope::by_default("acme".parse().unwrap(), Timestamp::UNIX_EPOCH);
        let user = UserId::from_random([1; 16]);
        let linked = linked(&scope, &user, LinkRule::Email);
        let expected = Happened::UserLinked {
            user: user.to_string(),
            rule: LinkRule::Email,
        };
        assert_eq!(linked.happened, expected);
        let turned_away = |user: Option<&UserId>| Happened::SignOnRefused {
            user: user.map(ToString::to_string),
            code: "user-inactive".to_owned(),
        };
        let told = refused(&scope, None, "user-inactive");
        assert_eq!(told.happened, turned_away(None));
        let told = refused(&scope, Some(&user), "user-inactive");
        assert_eq!(told.happened, turned_away(Some(&user)));
        assert_eq!((told.connection, told.at), (scope.connection, scope.now));
    }
}
