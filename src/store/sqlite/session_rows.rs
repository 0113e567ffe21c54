//! Sessions as rows: how one is kept, found, and counted as live.

use rusqlite::params_from_iter;

use super::Db;
use super::error::is_taken;
use super::error::unknown_connection;
use super::statement::execute;
use crate::directory::UserId;
use crate::session::EncodedSession;
use crate::session::SessionRecord;
use crate::store::AlreadyThere;
use crate::store::NoActiveUser;
use crate::store::records::Cause;
use crate::store::records::live_session;
use crate::store::records::session_values;

/// Keeps a session, bound to its user as the user is in this transaction.
pub(super) fn insert(db: &Db, session: &EncodedSession) -> Result<(), Cause> {
    let record = session.record();
    let values = session_values(session);
    execute(db, OPEN, params_from_iter(&values)).map_err(|error| match is_taken(&error) {
        true => AlreadyThere("session").into(),
        false => unknown_connection(record.connection.as_str(), error),
    })?;
    match &record.user {
        Some(user) => bind(db, record, user),
        None => Ok(()),
    }
}

fn bind(db: &Db, record: &SessionRecord, user: &UserId) -> Result<(), Cause> {
    let connection = record.connection.as_str();
    let values = (record.token.as_bytes(), connection, user.as_str());
    match execute(db, BIND, values)? {
        1 => Ok(()),
        _ => Err(NoActiveUser.into()),
    }
}

const OPEN: &str = "INSERT INTO sessions
    (token, id, connection, name_id, session_index, index_is_assertion_id, opened, expires,
     idle, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// It is as quick as a look-up gets, so whether the session has been idle for too long is judged by its record.
pub(super) const FIND: &str = concat!(
    "SELECT s.record, s.seen FROM sessions AS s LEFT JOIN users AS u ON u.seq = s.user_seq
    WHERE s.token = ?1 AND s.expires > ?2 AND ",
    live_session!()
);

/// The epoch is the user's as it is in this transaction.
const BIND: &str = "UPDATE sessions SET (user_seq, epoch) =
    (SELECT seq, epoch FROM users WHERE connection = ?2 AND id = ?3)
    WHERE token = ?1
    AND EXISTS (SELECT 1 FROM users WHERE connection = ?2 AND id = ?3 AND active = 1)";
