//! Rows of sessions: the record as JSON, beside the columns that it is found by.

use jiff::Timestamp;

use super::Cause;
use super::Dialect;
use super::Row;
use super::Sql;
use super::UnreadableRow;
use super::Value;
use super::micros;
use super::row::unreadable;
use crate::directory::HeldSession;
use crate::session::EncodedSession;
use crate::session::SessionFilter;
use crate::session::SessionRecord;

/// The columns of a session: token, id, connection, name_id, session_index, index_is_assertion_id, opened, expires, idle, record.
pub(in crate::store) fn session_values(session: &EncodedSession) -> [Value; 10] {
    let record = session.record();
    let idle = record.idle.map(|idle| i64::try_from(idle.as_micros()));
    [
        record.token.as_bytes().into(),
        record.id.as_str().into(),
        record.connection.as_str().into(),
        record.name_id.value.clone().into(),
        record.session_index.clone().into(),
        record.index_is_assertion_id.into(),
        micros(record.opened).into(),
        micros(record.expires).into(),
        idle.and_then(Result::ok).into(),
        session.json().into(),
    ]
}

/// A record as it was opened, and the latest request that was noted since.
pub(in crate::store) fn read_session(row: &impl Row) -> Result<SessionRecord, Cause> {
    decode_session(&row.text("record")?, row.optional_integer("seen")?)
}

pub(in crate::store) fn decode_session(
    json: &str,
    seen: Option<i64>,
) -> Result<SessionRecord, Cause> {
    let record = serde_json::from_str(json).map_err(|_| UnreadableRow("sessions"))?;
    seen_at(record, seen)
}

/// A record with the latest request that was noted; the sign-on itself where none was.
pub(in crate::store) fn seen_at(
    mut record: SessionRecord,
    seen: Option<i64>,
) -> Result<SessionRecord, Cause> {
    let seen = seen.map(Timestamp::from_microsecond).transpose();
    let seen = seen.map_err(|_| UnreadableRow("sessions"))?;
    record.seen = seen.unwrap_or(record.opened);
    Ok(record)
}

/// The session of a row with the columns id, connection and user.
pub(in crate::store) fn read_held_session(row: &impl Row) -> Result<HeldSession, Cause> {
    let read = || {
        let user = row.optional_text("user")?;
        Ok(HeldSession {
            handle: row.text("id")?.into_owned(),
            connection: row.text("connection")?.parse()?,
            user: user.map(|id| id.parse()).transpose()?,
        })
    };
    unreadable("sessions", read())
}

/// A user's session counts while the user is active and nothing has made a new epoch since. One of nobody in the directory
/// counts until the connection has a credential for provisioning, or a user.
macro_rules! live_session {
    () => {
        "CASE WHEN s.user_seq IS NULL
        THEN NOT EXISTS (SELECT 1 FROM scim_credentials AS c WHERE c.connection = s.connection)
        AND NOT EXISTS (SELECT 1 FROM directory_counts AS d
            WHERE d.connection = s.connection AND d.users > 0)
        ELSE u.active AND u.epoch = s.epoch END"
    };
}
pub(in crate::store) use live_session;

/// The live sessions of a filter, the latest first.
pub(in crate::store) fn list_sessions(
    dialect: Dialect,
    filter: &SessionFilter,
    now: Timestamp,
) -> Sql {
    let mut query = selection(dialect, LIST, filter, now);
    query.push(" ORDER BY s.opened DESC, s.id");
    if let Some(limit) = filter.limit {
        query.push(" LIMIT ").bind(i64::from(limit));
    }
    query
}

/// The number of the live sessions of a filter.
pub(in crate::store) fn count_sessions(
    dialect: Dialect,
    filter: &SessionFilter,
    now: Timestamp,
) -> Sql {
    selection(dialect, COUNT, filter, now)
}

/// Asks for no more than the filter says, so that each filter finds its index.
fn selection(dialect: Dialect, columns: &str, filter: &SessionFilter, now: Timestamp) -> Sql {
    let mut query = Sql::new(dialect, columns);
    query.push(FROM);
    query.push(live_session!()).push(" AND s.expires > ");
    query.bind(micros(now)).push(NOT_IDLE);
    query.bind(micros(now)).push(")");
    if let Some(connection) = &filter.connection {
        query.push(" AND s.connection = ").bind(connection.as_str());
    }
    if let Some(name_id) = &filter.name_id {
        query.push(" AND s.name_id = ").bind(name_id.clone());
    }
    if let Some(user) = &filter.user {
        query.push(" AND u.id = ").bind(user.as_str());
    }
    if !filter.ids.is_empty() {
        let ids = filter.ids.iter().map(|id| id.as_str());
        query.push(" AND s.id IN ").bind_list(ids);
    }
    query
}

const NOT_IDLE: &str = " AND (s.idle IS NULL OR coalesce(s.seen, s.opened) + s.idle > ";

const LIST: &str = "SELECT s.record, s.seen";

const COUNT: &str = "SELECT count(*) AS number";

const FROM: &str = " FROM sessions AS s LEFT JOIN users AS u ON u.seq = s.user_seq WHERE ";
