//! The ways in which sessions end from outside a sign-on: the person signs out, the identity provider or an admin ends them, or their
//! time is over. Each is one transaction, and each end has its event.

use std::collections::HashSet;

use jiff::Timestamp;

use super::logout::Logout;
use super::logout::LogoutOutcome;
use super::record::SessionId;
use super::rows::SessionRows;
use super::rows::SessionTx;
use super::sessions::Sessions;
use crate::directory::AT_A_TIME;
use crate::directory::HeldSession;
use crate::directory::SessionSelection;
use crate::directory::end_sessions;
use crate::directory::end_some_sessions;
use crate::event::EndReason;
use crate::ports::Actor;
use crate::ports::StoreError;
use crate::ports::TxFuture;
use crate::ports::TxOutcome;
use crate::ports::TxResult;
use crate::saml::Admission;
use crate::token::TokenHash;

/// Ends the session of a token, whose person signs out; says whether there was one.
///
/// Fails where the store does.
pub async fn sign_out(
    sessions: &(impl Sessions + ?Sized),
    token: &TokenHash,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let whose = SessionSelection::Tokens(vec![*token]);
    let ended = end_some(sessions, whose, EndReason::SignedOut, now, None).await?;
    Ok(!ended.is_empty())
}

/// Ends the sessions of these handles, in bounded batches; returns the handles of those that were there. The events name the actor who
/// works on the site; there is none where a person ends sessions of their own. After an error, the batches before have ended.
pub(crate) async fn revoke(
    sessions: &(impl Sessions + ?Sized),
    ids: &[SessionId],
    now: Timestamp,
    by: Option<&Actor>,
) -> Result<HashSet<String>, StoreError> {
    let mut ended = HashSet::new();
    for ids in ids.chunks(AT_A_TIME) {
        let whose = SessionSelection::Handles(ids.iter().map(ToString::to_string).collect());
        let taken = end_some(sessions, whose, EndReason::Revoked, now, by).await?;
        ended.extend(taken.into_iter().map(|held| held.handle));
    }
    Ok(ended)
}

/// Admits a logout request and ends the sessions that it means, in one atomic and durable step: a crash leaves both
/// done or neither. Of a request that was used before, nothing is ended.
/// After an error, none has ended, and the request is not used.
pub(crate) async fn log_out(
    sessions: &(impl Sessions + ?Sized),
    logout: &Logout,
    now: Timestamp,
) -> Result<LogoutOutcome, StoreError> {
    let Logout {
        request,
        until,
        sessions: whose,
    } = logout.clone();
    transact(sessions, move |rows| {
        Box::pin(async move {
            if rows.admit(request, until, now).await? != Admission::First {
                return Ok(LogoutOutcome::Replayed);
            }
            let ended = end_sessions(rows, &whose, EndReason::LoggedOut, now, None).await?;
            Ok(LogoutOutcome::Ended(ended))
        })
    })
    .await
}

/// Ends the sessions whose time is over at `now`, by their lifetime or for want of a request, in bounded batches, so that sign-ons go
/// on in between; says how many there were. Nothing depends on it but the size of the store and the time of their events.
/// After an error, what ended before stays ended.
pub(crate) async fn expire(
    sessions: &(impl Sessions + ?Sized),
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut ended = 0;
    for whose in [SessionSelection::Expired(now), SessionSelection::Idle(now)] {
        loop {
            let some = end_some(sessions, whose.clone(), EndReason::Expired, now, None).await?;
            ended += some.len() as u64;
            if some.len() < AT_A_TIME {
                break;
            }
        }
    }
    Ok(ended)
}

async fn end_some(
    sessions: &(impl Sessions + ?Sized),
    whose: SessionSelection,
    reason: EndReason,
    now: Timestamp,
    by: Option<&Actor>,
) -> Result<Vec<HeldSession>, StoreError> {
    let by = by.cloned();
    transact(sessions, move |rows| {
        Box::pin(async move { end_some_sessions(rows, &whose, reason, now, by.as_ref()).await })
    })
    .await
}

/// Runs `work` in one transaction: all of it is on disk when this returns `Ok`, and nothing of it in any other case.
pub(crate) async fn transact<T, W>(
    sessions: &(impl Sessions + ?Sized),
    work: W,
) -> Result<T, StoreError>
where
    T: Send + 'static,
    W: for<'t> FnOnce(&'t mut dyn SessionRows) -> TxFuture<'t, Result<T, StoreError>>,
    W: Clone + Send + Sync + 'static,
{
    let (work, outcome) = TxResult::of::<SessionTx, _>(TxOutcome::Commit, work);
    sessions.change_sessions(work).await?;
    outcome.take()
}
