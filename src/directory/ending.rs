//! The end of sessions: whose they are, and the event of each. All sessions that end before or at their time end by [`end_sessions`].

use async_trait::async_trait;
use jiff::Timestamp;

use super::ChangeRows;
use super::UserId;
use crate::connection::ConnectionId;
use crate::event::EndReason;
use crate::event::Event;
use crate::event::EventKind;
use crate::ports::StoreError;
use crate::token::TokenHash;

/// A selection of sessions.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Whose {
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

/// The rows that the end of sessions needs, within a transaction.
#[async_trait]
pub trait SessionEnds: ChangeRows {
    /// Removes sessions, `most` at most, whether they are over or not; returns those that were there.
    ///
    /// # Errors
    /// A store that fails.
    async fn take_sessions(
        &mut self,
        whose: &Whose,
        most: usize,
    ) -> Result<Vec<HeldSession>, StoreError>;
}

/// Ends sessions, each with its event; returns their number. However many end, a bounded number of them is in memory at a time.
///
/// # Errors
/// A store that fails.
pub async fn end_sessions(
    rows: &mut dyn SessionEnds,
    whose: &Whose,
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
pub async fn end_some_sessions(
    rows: &mut dyn SessionEnds,
    whose: &Whose,
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
pub fn ended(sessions: &[HeldSession], reason: EndReason, now: Timestamp) -> Vec<Event> {
    let event = |session| Event {
        detail: Some(reason.name().to_owned()),
        ..about(session, EventKind::SessionEnded, now)
    };
    sessions.iter().map(event).collect()
}

/// The events of sessions that are judged again, since the groups of their users have changed.
pub(super) fn refreshed(sessions: &[HeldSession], now: Timestamp) -> Vec<Event> {
    let event = |session| about(session, EventKind::SessionRefreshed, now);
    sessions.iter().map(event).collect()
}

fn about(session: &HeldSession, kind: EventKind, now: Timestamp) -> Event {
    Event {
        user: session.user.as_ref().map(ToString::to_string),
        session: Some(session.handle.clone()),
        ..Event::new(session.connection.clone(), kind, now)
    }
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
        let facts = |event: &Event| (event.kind, event.user.clone(), event.detail.clone());
        let (kind, reason) = (EventKind::SessionEnded, Some("revoked".to_owned()));
        assert_eq!(
            told.iter().map(facts).collect::<Vec<_>>(),
            [
                (kind, Some(user.to_string()), reason.clone()),
                (kind, None, reason)
            ]
        );
        assert_eq!(told[0].session.as_deref(), Some("0123456789abcdef"));
        assert_eq!(told[0].connection.as_str(), "acme");
        let told = refreshed(&[session(Some(&user))], now);
        assert_eq!(
            told.iter().map(facts).collect::<Vec<_>>(),
            [(EventKind::SessionRefreshed, Some(user.to_string()), None)]
        );
    }
}
