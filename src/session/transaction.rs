//! A sign-on in one transaction of the store: rows are read, the rules are asked, and rows are written with their events.

use super::opening::open;
use super::record::EncodedSession;
use super::record::SessionRecord;
use super::rows::SignOnRows;
use super::rows::SignOnTx;
use super::sessions::Sessions;
use super::subject::Subject;
use crate::connection::LinkRule;
use crate::directory::DirectoryError;
use crate::directory::DirectoryTransaction;
use crate::directory::Lock;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::event::Event;
use crate::event::Happened;
use crate::ports::StoreError;
use crate::ports::TxFuture;
use crate::ports::TxOutcome;
use crate::ports::TxResult;
use crate::token::TokenHash;

/// The directory of a connection while somebody signs on. Nobody else changes it in between: a user who is active here is
/// active until the session is open.
pub(crate) struct SignOnTransaction<'t> {
    pub(crate) rows: &'t mut dyn SignOnRows,
    scope: &'t Scope,
}

impl<'t> SignOnTransaction<'t> {
    pub(crate) fn new(rows: &'t mut dyn SignOnRows, scope: &'t Scope) -> SignOnTransaction<'t> {
        SignOnTransaction { rows, scope }
    }

    pub(crate) fn directory(&mut self) -> DirectoryTransaction<'_> {
        DirectoryTransaction::new(&mut *self.rows, self.scope)
    }

    /// Ties a subject to a user, and says so; an earlier tie of either is gone.
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

    /// Opens a session, bound to its user as the user is now, and ends those that it takes the place of.
    /// Fails where the user is not there and active, or the token is another session's.
    pub(crate) async fn open_session(
        &mut self,
        record: &SessionRecord,
        replaces: &[TokenHash],
    ) -> Result<(), DirectoryError> {
        let (session, now) = (EncodedSession::of(record.clone())?, self.scope.now);
        Ok(open(&mut *self.rows, &session, replaces.to_vec(), now).await?)
    }

    /// Says that a person was turned away, by the code of the reason; perhaps they are this user.
    pub(crate) async fn refuse(
        &mut self,
        user: Option<&UserId>,
        code: &str,
    ) -> Result<(), DirectoryError> {
        let refused = refused(self.scope, user, code);
        Ok(self.rows.append_events(&[refused]).await?)
    }
}

fn linked(scope: &Scope, user: &UserId, rule: LinkRule) -> Event {
    let user = user.to_string();
    scope.event(Happened::UserLinked { user, rule })
}

fn refused(scope: &Scope, user: Option<&UserId>, code: &str) -> Event {
    scope.event(Happened::SignOnRefused {
        user: user.map(ToString::to_string),
        code: code.to_owned(),
    })
}

/// Runs `work` in one transaction. All of it is on disk when this returns `Ok`, if that is what comes of success, and nothing of
/// it in any other case: work that is rolled back may look, and try.
pub(super) async fn transact<T, W>(
    sessions: &dyn Sessions,
    scope: &Scope,
    of_success: TxOutcome,
    work: W,
) -> Result<T, StoreError>
where
    T: Send + 'static,
    W: for<'t> FnOnce(&'t mut SignOnTransaction<'_>) -> TxFuture<'t, Result<T, DirectoryError>>,
    W: Clone + Send + Sync + 'static,
{
    let own = scope.clone();
    let (work, outcome) = TxResult::of::<SignOnTx, _>(of_success, move |rows| {
        Box::pin(async move { work(&mut SignOnTransaction::new(rows, &own)).await })
    });
    sessions
        .sign_on(&scope.connection, lock(scope), work)
        .await?;
    outcome.take().map_err(StoreError::from)
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
    use jiff::Timestamp;

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
