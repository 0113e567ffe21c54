//! Sessions as rows: the record as JSON, beside the columns that it is found by.

use jiff::Timestamp;
use rusqlite::Row;

use super::Db;
use super::error::Cause;
use super::error::UnreadableRow;
use super::error::is_taken;
use super::error::unknown_connection;
use super::statement::execute;
use super::statement::micros;
use super::statement::text;
use crate::directory::UserId;
use crate::session::EncodedSession;
use crate::session::SessionRecord;
use crate::store::AlreadyThere;
use crate::store::NoActiveUser;

/// Keeps a session, bound to its user as the user is in this transaction.
pub(super) fn insert(db: &Db, session: &EncodedSession) -> Result<(), Cause> {
    let record = session.record();
    let idle = record.idle.map(|idle| i64::try_from(idle.as_micros()));
    let values = (
        record.token.as_bytes(),
        record.id.as_str(),
        record.connection.as_str(),
        &record.name_id.value,
        &record.session_index,
        record.index_is_assertion_id,
        micros(record.opened),
        micros(record.expires),
        idle.and_then(Result::ok),
        session.json(),
    );
    execute(db, OPEN, values).map_err(|error| match is_taken(&error) {
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

/// A record as it was opened, and the latest request that was noted since.
pub(super) fn read(row: &Row<'_>) -> Result<SessionRecord, Cause> {
    decode(text(row, "record")?, row.get("seen")?)
}

pub(super) fn decode(json: &str, seen: Option<i64>) -> Result<SessionRecord, Cause> {
    let record = serde_json::from_str(json).map_err(|_| UnreadableRow("sessions"))?;
    seen_at(record, seen)
}

/// A record with the latest request that was noted; the sign-on itself where none was.
pub(super) fn seen_at(
    mut record: SessionRecord,
    seen: Option<i64>,
) -> Result<SessionRecord, Cause> {
    let seen = seen.map(Timestamp::from_microsecond).transpose();
    let seen = seen.map_err(|_| UnreadableRow("sessions"))?;
    record.seen = seen.unwrap_or(record.opened);
    Ok(record)
}

const OPEN: &str = "INSERT INTO sessions
    (token, id, connection, name_id, session_index, index_is_assertion_id, opened, expires,
     idle, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// A user's session counts while the user is active and nothing has made a new epoch since. One of nobody in the directory
/// counts until the connection has a credential for provisioning, or a user.
macro_rules! live {
    () => {
        "CASE WHEN s.user_seq IS NULL
        THEN NOT EXISTS (SELECT 1 FROM scim_credentials AS c WHERE c.connection = s.connection)
        AND NOT EXISTS (SELECT 1 FROM directory_counts AS d
            WHERE d.connection = s.connection AND d.users > 0)
        ELSE u.active = 1 AND u.epoch = s.epoch END"
    };
}

pub(super) const LIVE: &str = live!();

/// It is as quick as a look-up gets, so whether the session has been idle for too long is judged by its record.
pub(super) const FIND: &str = concat!(
    "SELECT s.record, s.seen FROM sessions AS s LEFT JOIN users AS u ON u.seq = s.user_seq
    WHERE s.token = ?1 AND s.expires > ?2 AND ",
    live!()
);

/// The epoch is the user's as it is in this transaction.
const BIND: &str = "UPDATE sessions SET (user_seq, epoch) =
    (SELECT seq, epoch FROM users WHERE connection = ?2 AND id = ?3)
    WHERE token = ?1
    AND EXISTS (SELECT 1 FROM users WHERE connection = ?2 AND id = ?3 AND active = 1)";
