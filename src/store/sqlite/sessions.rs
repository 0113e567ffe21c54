//! Sessions: the record as JSON, beside the columns that it is found by.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Row;

use super::Cause;
use super::Db;
use super::SqliteStore;
use super::UnreadableRow;
use super::directory::Rows;
use super::is_taken;
use super::micros;
use super::ready::ready;
use super::sign_on;
use super::statement::Sql;
use super::statement::execute;
use super::statement::first;
use super::statement::text;
use super::unknown_connection;
use crate::connection::ConnectionId;
use crate::directory::Lock;
use crate::directory::UserId;
use crate::ports::StoreError;
use crate::ports::Verdict;
use crate::ports::Work;
use crate::session::EncodedSession;
use crate::session::LastSignOn;
use crate::session::LastSignOnOf;
use crate::session::SessionDoor;
use crate::session::SessionFilter;
use crate::session::SessionRecord;
use crate::session::Sessions;
use crate::session::SignOnDoor;
use crate::store::AlreadyThere;
use crate::store::NoActiveUser;
use crate::token::TokenHash;

/// The one writer holds every lock.
#[async_trait]
impl Sessions for SqliteStore {
    async fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let readers = self.readers.as_ref();
        let found = readers.and_then(|readers| readers.at_hand.session(token, now));
        if let Some(found) = found {
            return found.map_err(StoreError::new);
        }
        let token = *token;
        let found = self.scan(move |db| first(db, FIND, (token.as_octets(), micros(now)), read));
        Ok(found.await?.filter(|record| !record.is_over(now)))
    }

    async fn touch_session(&self, token: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        let token = *token;
        self.write(move |db| {
            execute(db, TOUCH, (token.as_octets(), micros(now)))?;
            Ok(())
        })
        .await
    }

    async fn sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let listing = listing(filter, now);
        self.scan(move |db| listing.all(db, read)).await
    }

    async fn change_sessions(&self, work: Work<SessionDoor>) -> Result<Verdict, StoreError> {
        self.carry_out(work, |db, work| ready(work.run(db))).await
    }

    async fn sign_on(
        &self,
        connection: &ConnectionId,
        _: Lock,
        work: Work<SignOnDoor>,
    ) -> Result<Verdict, StoreError> {
        let connection = connection.clone();
        let run = move |db: &mut Db, work: Work<SignOnDoor>| {
            let connection = &connection;
            ready(work.run(&mut Rows { db, connection }))
        };
        self.carry_out(work, run).await
    }

    async fn last_sign_ons(
        &self,
        connection: &ConnectionId,
        of: &LastSignOnOf,
    ) -> Result<Vec<LastSignOn>, StoreError> {
        sign_on::last(self, connection, of).await
    }
}

/// Keeps a session, bound to its user as the user is in this transaction.
pub(super) fn insert(db: &Db, session: &EncodedSession) -> Result<(), Cause> {
    let record = session.record();
    let idle = record.idle.map(|idle| i64::try_from(idle.as_micros()));
    let values = (
        record.token.as_octets(),
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
    let values = (record.token.as_octets(), connection, user.as_str());
    match execute(db, BIND, values)? {
        1 => Ok(()),
        _ => Err(NoActiveUser.into()),
    }
}

/// Asks for no more than the filter says, so that each filter finds its index.
fn listing(filter: &SessionFilter, now: Timestamp) -> Sql {
    let mut query = Sql::new(LIST);
    query.push(LIVE).push(" AND s.expires > ");
    query.bind(micros(now)).push(NOT_IDLE);
    query.bind(micros(now)).push(")");
    if let Some(connection) = &filter.connection {
        query.push(" AND s.connection = ");
        query.bind(connection.as_str().to_owned());
    }
    if let Some(name_id) = &filter.name_id {
        query.push(" AND s.name_id = ");
        query.bind(name_id.clone());
    }
    if let Some(user) = &filter.user {
        query.push(" AND u.id = ").bind(user.as_str().to_owned());
    }
    query.push(" ORDER BY s.opened DESC, s.id");
    if let Some(limit) = filter.limit {
        query.push(" LIMIT ").bind(i64::from(limit));
    }
    query
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

const LIVE: &str = live!();

const NOT_IDLE: &str = " AND (s.idle IS NULL OR coalesce(s.seen, s.opened) + s.idle > ";

/// It is as quick as a look-up gets, so whether the session has been idle for too long is judged by its record.
pub(super) const FIND: &str = concat!(
    "SELECT s.record, s.seen FROM sessions AS s LEFT JOIN users AS u ON u.seq = s.user_seq
    WHERE s.token = ?1 AND s.expires > ?2 AND ",
    live!()
);

const LIST: &str =
    "SELECT s.record, s.seen FROM sessions AS s LEFT JOIN users AS u ON u.seq = s.user_seq WHERE ";

/// The epoch is the user's as it is in this transaction.
const BIND: &str = "UPDATE sessions SET (user_seq, epoch) =
    (SELECT seq, epoch FROM users WHERE connection = ?2 AND id = ?3)
    WHERE token = ?1
    AND EXISTS (SELECT 1 FROM users WHERE connection = ?2 AND id = ?3 AND active = 1)";

const TOUCH: &str =
    "UPDATE sessions SET seen = ?2 WHERE token = ?1 AND (seen IS NULL OR seen < ?2)";
