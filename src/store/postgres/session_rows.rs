//! Sessions as rows: how one is kept and found.

use super::conn::Conn;
use super::error::is_taken;
use super::error::unknown_connection;
use super::query::Query as _;
use super::query::values;
use crate::directory::UserId;
use crate::session::EncodedSession;
use crate::store::AlreadyThere;
use crate::store::NoActiveUser;
use crate::store::records::Cause;
use crate::store::records::Value;
use crate::store::records::live_session;
use crate::store::records::session_values;

/// Keeps a session, bound to its user as the user is in this transaction.
pub(super) async fn insert(conn: &mut Conn, session: &EncodedSession) -> Result<(), Cause> {
    let record = session.record();
    let mut values = session_values(session).to_vec();
    let statement = match &record.user {
        Some(user) => {
            values.push(Value::from(user.as_str()));
            OPEN_OF_USER
        }
        None => OPEN,
    };
    let opened = conn.execute(statement, &values).await;
    let opened = opened.map_err(|cause| match is_taken(&*cause) {
        true => AlreadyThere("session").into(),
        false => unknown_connection(record.connection.as_str(), cause),
    })?;
    match (opened, &record.user) {
        (0, Some(user)) => Err(no_user(conn, record.connection.as_str(), user).await?),
        _ => Ok(()),
    }
}

/// The reason that a session of a user was not kept.
async fn no_user(conn: &mut Conn, connection: &str, _: &UserId) -> Result<Cause, Cause> {
    let is_there = conn.truth(IS_CONNECTION, &values![connection]).await?;
    Ok(match is_there {
        true => NoActiveUser.into(),
        false => crate::store::UnknownConnection(connection.to_owned()).into(),
    })
}

const OPEN: &str = "INSERT INTO sessions
    (token, id, connection, name_id, session_index, index_is_assertion_id, opened, expires, idle, record)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// The epoch is the user's as it is in this transaction.
const OPEN_OF_USER: &str = "INSERT INTO sessions
    (token, id, connection, name_id, session_index, index_is_assertion_id, opened, expires, idle, record, user_seq, epoch)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, u.seq, u.epoch FROM users AS u
    WHERE u.connection = $3 AND u.id = $11 AND u.active";

const IS_CONNECTION: &str = "SELECT EXISTS (SELECT 1 FROM connections WHERE id = $1) AS truth";

/// It is as quick as a look-up gets, so whether the session has been idle for too long is judged by its record.
pub(super) const FIND: &str = concat!(
    "SELECT s.record, s.seen FROM sessions AS s LEFT JOIN users AS u ON u.seq = s.user_seq
    WHERE s.token = $1 AND s.expires > $2 AND ",
    live_session!()
);
