//! The end of sessions: whose they are, and the event of each. All sessions that end before or at their time end by [`end_sessions`].

use async_trait::async_trait;
use jiff::Timestamp;

use super::ChangeRows;
use super::UserId;
use crate::connection::ConnectionId;
use crate::event::EndReason;
use crate::event::Event;
use crate::event::Happened;
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
    /// The one of this handle.
    Handle(String),
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
#[async_trait]
pub trait SessionEnds: ChangeRows {
    /// Removes sessions, `most` at most, whether they are over or not; returns those that were there.
    ///
    /// # Errors
    /// A store that fails.
    async fn take_sessions(
        &mut self,
        whose: &SessionSelection,
        most: usize,
    ) -> Result<Vec<HeldSession>, StoreError>;
}

/// Ends sessions, each with its event; returns their number. However many end, a bounded number of them is in memory at a time.
///
/// # Errors
/// A store that fails.
pub(crate) async fn end_sessions(
    rows: &mut dyn SessionEnds,
    whose: &SessionSelection,
    reason: EndReason,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut ended = 0;
    loop {
        let taken = end_some_sessions(rows, whose, reason, now, AT_A_TIME).await?;
        ended += taken as u64;
        if taken < AT_A_TIME {
            return Ok(ended);
        }
    }
}

/// Ends sessions, `most` at most, each with its event; returns their number.
///
/// # Errors
/// A store that fails.
pub(crate) async fn end_some_sessions(
    rows: &mut dyn SessionEnds,
    whose: &SessionSelection,
    reason: EndReason,
    now: Timestamp,
    most: usize,
) -> Result<usize, StoreError> {
    let taken = rows.take_sessions(whose, most).await?;
    if !taken.is_empty() {
        rows.append_events(&ended(&taken, reason, now)).await?;
    }
    Ok(taken.len())
}

/// The events of sessions that end.
pub(super) fn ended(sessions: &[HeldSession], reason: EndReason, now: Timestamp) -> Vec<Event> {
    events(sessions, now, |session, user| Happened::SessionEnded {
        session,
        user,
        reason,
    })
}

/// The events of sessions that are judged again, since the groups of their users have changed.
pub(super) fn refreshed(sessions: &[HeldSession], now: Timestamp) -> Vec<Event> {
    events(sessions, now, |session, user| Happened::SessionRefreshed {
        session,
        user,
    })
}

fn events(
    sessions: &[HeldSession],
    now: Timestamp,
    happened: impl Fn(String, Option<String>) -> Happened,
) -> Vec<Event> {
    let event = |held: &HeldSession| Event {
        connection: held.connection.clone(),
        at: now,
        happened: happened(
            held.handle.clone(),
            held.user.as_ref().map(ToString::to_string),
        ),
    };
    sessions.iter().map(event).collect()
}

/// Sessions that are in memory at once.
pub(super) const AT_A_TIME: usize = 500;

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
        );
        let event = |happened| Event {
            connection: "acme".parse().unwrap(),
            at: now,
            happened,
        };
        let session_id = || "0123456789abcdef".to_owned();
        let revoked = |user| {
            event(Happened::SessionEnded {
                session: session_id(),
                user,
                reason: EndReason::Revoked,
            })
        };
        assert_eq!(told, [revoked(Some(user.to_string())), revoked(None)]);
        let told = refreshed(&[session(Some(&user))], now);
        let expected = Happened::SessionRefreshed {
            session: session_id(),
            user: Some(user.to_string()),
        };
        assert_eq!(told, [event(expected)]);
    }
}
