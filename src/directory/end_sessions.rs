//! The end of sessions: whose they are, and the event of each. All sessions that end before or at their time end by [`end_sessions`].

use async_trait::async_trait;
use jiff::Timestamp;

use super::ChangeRows;
use super::Scope;
use super::UserId;
use crate::connection::ConnectionId;
use crate::event::EndReason;
use crate::event::Event;
use crate::event::Happened;
use crate::ports::Actor;
use crate::ports::StoreError;
use crate::saml::Attributes;
use crate::saml::claim;
use crate::token::TokenHash;

/// A selection of sessions.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SessionSelection {
    /// Those of these tokens.
    Tokens(Vec<TokenHash>),
    /// Those of these handles.
    Handles(Vec<String>),
    /// Those of these users of a connection.
    Users(ConnectionId, Vec<UserId>),
    /// Those over a connection that are of nobody in its directory.
    Nobody(ConnectionId),
    /// Those over a connection of the person with this NameID value.
    Person(ConnectionId, String),
    /// Those over a connection with these indexes of the identity provider.
    Indexes {
        /// The connection.
        connection: ConnectionId,
        /// The indexes.
        indexes: Vec<String>,
        /// Only those of the person with this NameID value, and those whose index is the ID of their assertion.
        name_id: Option<String>,
    },
    /// Those over a connection.
    Connection(ConnectionId),
    /// Those whose lifetime is over at a moment; the longest over first.
    Expired(Timestamp),
    /// Those that have been without a request for too long at a moment; the longest over first.
    Idle(Timestamp),
}

/// A session as its events name it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldSession {
    /// Its handle.
    pub handle: String,
    /// The connection that it was opened over.
    pub connection: ConnectionId,
    /// Its user in the directory.
    pub user: Option<UserId>,
}

/// A session of a user, with what the identity provider claimed at sign-on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionClaims {
    /// The number of the session in the store.
    pub number: u64,
    /// The session.
    pub session: HeldSession,
    /// The hash of its token.
    pub token: TokenHash,
    /// The moment at which it ends by itself.
    pub expires: Timestamp,
    /// The claims.
    pub attributes: Attributes,
}

impl SessionClaims {
    /// The claims that still count once the groups of the person have changed: those of groups do not.
    pub(super) fn judged_again(&self) -> Attributes {
        let groups = [claim::GROUPS, claim::GROUPS_LINK];
        self.attributes.clone().without(&groups)
    }
}

/// The rows that the end of sessions needs, within a transaction.
///
/// Every method fails where the store cannot answer.
#[async_trait]
pub trait SessionDeletion: ChangeRows {
    /// Removes sessions, `most` at most, whether they are over or not; returns those that were there.
    async fn take_sessions(
        &mut self,
        whose: &SessionSelection,
        most: usize,
    ) -> Result<Vec<HeldSession>, StoreError>;
}

/// Ends sessions, each with its event, which names the actor, if there is one; returns their number. However many end, a bounded
/// number of them is in memory at a time.
pub(crate) async fn end_sessions(
    rows: &mut dyn SessionDeletion,
    whose: &SessionSelection,
    reason: EndReason,
    now: Timestamp,
    by: Option<&Actor>,
) -> Result<u64, StoreError> {
    let mut ended = 0;
    loop {
        let taken = end_some_sessions(rows, whose, reason, now, by).await?.len();
        ended += taken as u64;
        if taken < AT_A_TIME {
            return Ok(ended);
        }
    }
}

/// Ends sessions, [`AT_A_TIME`] at most, each with its event; returns those that were there.
pub(crate) async fn end_some_sessions(
    rows: &mut dyn SessionDeletion,
    whose: &SessionSelection,
    reason: EndReason,
    now: Timestamp,
    by: Option<&Actor>,
) -> Result<Vec<HeldSession>, StoreError> {
    let taken = rows.take_sessions(whose, AT_A_TIME).await?;
    if !taken.is_empty() {
        rows.append_events(&ended(&taken, reason, now, by)).await?;
    }
    Ok(taken)
}

fn ended(
    sessions: &[HeldSession],
    reason: EndReason,
    now: Timestamp,
    by: Option<&Actor>,
) -> Vec<Event> {
    let event = |held: &HeldSession| {
        let ended = Happened::SessionEnded {
            session: held.handle.clone(),
            user: held.user.as_ref().map(ToString::to_string),
            reason,
        };
        Event::new(&held.connection, now, ended).by(by)
    };
    sessions.iter().map(event).collect()
}

/// The events of sessions that are judged again, since the groups of their users have changed.
pub(super) fn refreshed(sessions: &[HeldSession], scope: &Scope) -> Vec<Event> {
    let event = |held: &HeldSession| {
        scope.event(Happened::SessionRefreshed {
            session: held.handle.clone(),
            user: held.user.as_ref().map(ToString::to_string),
        })
    };
    sessions.iter().map(event).collect()
}

/// Sessions that end in one step, and are in memory at once. So many go in a few milliseconds: the wait that a sweep adds to a sign-on.
pub(crate) const AT_A_TIME: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_with_the_session_its_user_and_the_reason() {
        let user = UserId::from_random([1; 16]);
        let session = |user: Option<&UserId>| HeldSession {
            handle: "0123456789abcdef".to_owned(),
            connection: "acme".parse().unwrap(),
            user: user.cloned(),
        };
        let now = Timestamp::UNIX_EPOCH;
        let told = ended(
            &[session(Some(&user)), session(None)],
            EndReason::Revoked,
            now,
            Some(&Actor::CommandLine),
        );
        let scope = Scope::by_default("acme".parse().unwrap(), now).by(&Actor::CommandLine);
        let session_id = || "0123456789abcdef".to_owned();
        let revoked = |user| {
            scope.event(Happened::SessionEnded {
                session: session_id(),
                user,
                reason: EndReason::Revoked,
            })
        };
        assert_eq!(told, [revoked(Some(user.to_string())), revoked(None)]);
        let told = refreshed(&[session(Some(&user))], &scope);
        let expected = Happened::SessionRefreshed {
            session: session_id(),
            user: Some(user.to_string()),
        };
        assert_eq!(told, [scope.event(expected)]);
    }
}
