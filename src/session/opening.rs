//! The opening of a session: those that it takes the place of end, and events tell of both.

use std::sync::Arc;

use jiff::Timestamp;

use super::end::transact;
use super::record::EncodedSession;
use super::record::SessionRecord;
use super::rows::SessionRows;
use super::sessions::Sessions;
use crate::directory::SessionSelection;
use crate::directory::end_sessions;
use crate::event::EndReason;
use crate::event::Event;
use crate::event::Happened;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::saml::ReplayKey;
use crate::token::TokenHash;

/// A session on the point of being opened.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Opening {
    /// The assertion that leads to it; it may be used once.
    pub assertion: ReplayKey,
    /// Until when the assertion must be remembered.
    pub until: Timestamp,
    /// The session.
    pub record: SessionRecord,
    /// The sessions of the same browser that it takes the place of.
    pub replaces: Vec<TokenHash>,
}

/// Admits an assertion and opens the session that it leads to, in one atomic and durable step: the disk is asked once.
/// Nothing is opened and nothing ended for an assertion that was used before.
/// After an error, the assertion is not used.
pub(crate) async fn open_session_once(
    sessions: &(impl Sessions + ?Sized),
    opening: Opening,
    now: Timestamp,
) -> Result<Admission, StoreError> {
    let session = Arc::new(EncodedSession::of(opening.record)?);
    let (assertion, until, replaces) = (opening.assertion, opening.until, opening.replaces);
    transact(sessions, move |rows| {
        Box::pin(async move {
            let admission = rows.admit(assertion, until, now).await?;
            if admission == Admission::First {
                open(rows, &session, replaces, now).await?;
            }
            Ok(admission)
        })
    })
    .await
}

/// Opens a session that no assertion leads to; when this returns, the session survives a crash.
///
/// # Errors
/// A store that cannot answer, or that does not hold the connection, perhaps because it was removed while
/// the person signed in, or whose user is not there and active, and a token that is another session's; the person is then not
/// signed on.
pub async fn open_session(
    sessions: &(impl Sessions + ?Sized),
    record: &SessionRecord,
) -> Result<(), StoreError> {
    let session = Arc::new(EncodedSession::of(record.clone())?);
    let now = record.opened;
    transact(sessions, move |rows| {
        Box::pin(async move { open(rows, &session, Vec::new(), now).await })
    })
    .await
}

/// Opens a session within a transaction, and ends those that it takes the place of.
pub(super) async fn open(
    rows: &mut dyn SessionRows,
    session: &EncodedSession,
    replaces: Vec<TokenHash>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !replaces.is_empty() {
        let (whose, reason) = (SessionSelection::Tokens(replaces), EndReason::Replaced);
        end_sessions(rows, &whose, reason, now, None).await?;
    }
    rows.insert_session(session).await?;
    rows.append_events(&[opened(session.record())]).await
}

pub(super) fn opened(record: &SessionRecord) -> Event {
    let opened = Happened::SessionOpened {
        session: record.id.to_string(),
        user: record.user.as_ref().map(ToString::to_string),
    };
    Event::new(&record.connection, record.opened, opened)
}
