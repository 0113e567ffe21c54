//! Sessions: the record as JSON, beside the columns that it is found by.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Row;

use super::Cause;
use super::Db;
use super::SqliteStore;
use super::UnreadableRow;
use super::connections::bump_revision;
use super::events;
use super::is_taken;
use super::micros;
use super::replay::admit;
use super::sign_on;
use super::statement::Sql;
use super::statement::all;
use super::statement::execute;
use super::statement::first;
use super::statement::text;
use super::unknown_connection;
use crate::connection::ConnectionId;
use crate::directory::Scope;
use crate::directory::UserId;
use crate::directory::Verdict;
use crate::event::EndReason;
use crate::event::Event;
use crate::event::EventKind;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::session::Ended;
use crate::session::Ending;
use crate::session::LastSignOn;
use crate::session::LastSignOnOf;
use crate::session::LogoutScope;
use crate::session::Opening;
use crate::session::SessionFilter;
use crate::session::SessionId;
use crate::session::SessionRecord;
use crate::session::Sessions;
use crate::session::SignOnWork;
use crate::store::AlreadyThere;
use crate::store::NoActiveUser;
use crate::token::TokenHash;

#[async_trait]
impl Sessions for SqliteStore {
    async fn open_session(&self, record: &SessionRecord) -> Result<(), StoreError> {
        let row = SessionRow::of(record.clone())?;
        self.write(move |db| open(db, &row)).await
    }

    async fn open_session_once(
        &self,
        opening: &Opening,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        let row = SessionRow::of(opening.record.clone())?;
        let (key, until) = (opening.assertion, opening.until);
        let replaces = opening.replaces.clone();
        self.write(move |db| {
            let admission = admit(db, &key, until, now)?;
            if admission == Admission::First {
                replace(db, &replaces, now)?;
                open(db, &row)?;
            }
            Ok(admission)
        })
        .await
    }

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

    async fn end_session(&self, token: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
        let whose = Sql::of("s.token = ?", [token.as_octets().to_vec().into()]);
        let ended = self.end_where(EndReason::SignedOut, now, whose).await;
        ended.map(|ended| ended > 0)
    }

    async fn revoke_session(&self, id: &SessionId, now: Timestamp) -> Result<bool, StoreError> {
        let whose = Sql::of("s.id = ?", [id.as_str().to_owned().into()]);
        let ended = self.end_where(EndReason::Revoked, now, whose).await;
        ended.map(|ended| ended > 0)
    }

    async fn revoke_sessions_of(
        &self,
        connection: &ConnectionId,
        user: &UserId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.end_where(EndReason::Revoked, now, of_user(connection, user))
            .await
    }

    async fn end_sessions_once(
        &self,
        ending: &Ending,
        now: Timestamp,
    ) -> Result<Ended, StoreError> {
        let (key, until) = (ending.request, ending.until);
        let whose = meant(&ending.connection, &ending.scope);
        self.write(move |db| match admit(db, &key, until, now)? {
            Admission::Replayed => Ok(Ended::Replayed),
            Admission::First => {
                let ended = end(db, EndReason::LoggedOut, now, &whose)?;
                Ok(Ended::Sessions(ended))
            }
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

    async fn sign_on(&self, scope: &Scope, work: SignOnWork) -> Result<Verdict, StoreError> {
        sign_on::run(self, scope, work).await
    }

    async fn last_sign_ons(
        &self,
        connection: &ConnectionId,
        of: &LastSignOnOf,
    ) -> Result<Vec<LastSignOn>, StoreError> {
        sign_on::last(self, connection, of).await
    }

    async fn forget_sign_ons(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.sweep_table(sign_on::FORGET, before).await
    }
}

impl SqliteStore {
    pub(super) async fn end_where(
        &self,
        reason: EndReason,
        now: Timestamp,
        whose: Sql,
    ) -> Result<u64, StoreError> {
        self.write(move |db| end(db, reason, now, &whose)).await
    }
}

/// Ends sessions, and says so in the outbox; `whose` describes them as rows of `s`. Every session that ends before its time
/// ends here.
pub(super) fn end(db: &Db, reason: EndReason, now: Timestamp, whose: &Sql) -> Result<u64, Cause> {
    let values = [micros(now).into(), reason.name().to_owned().into()];
    if Sql::of(NOTE_END, values).append(whose).execute(db)? == 0 {
        return Ok(0);
    }
    let ended = Sql::new("DELETE FROM sessions AS s WHERE ")
        .append(whose)
        .execute(db)?;
    Ok(ended as u64)
}

/// The sessions of a user.
pub(super) fn of_user(connection: &ConnectionId, user: &UserId) -> Sql {
    let (connection, user) = (connection.as_str().to_owned(), user.as_str().to_owned());
    let whose = "s.user_seq = (SELECT seq FROM users WHERE connection = ? AND id = ?)";
    Sql::of(whose, [connection.into(), user.into()])
}

/// A connection has its first credential or user: sessions of nobody in its directory end, and servers read anew which
/// connections are provisioned.
pub(super) fn provisioning_begins(db: &Db, connection: &str, now: Timestamp) -> Result<(), Cause> {
    let nobody = "s.connection = ? AND s.user_seq IS NULL";
    let whose = Sql::of(nobody, [connection.to_owned().into()]);
    end(db, EndReason::ProvisioningBegan, now, &whose)?;
    bump_revision(db)
}

/// Judges the sessions of users again whose groups have changed; `users` are their numbers, as JSON.
pub(super) fn refresh(db: &Db, users: &str, now: Timestamp) -> Result<(), Cause> {
    let mut after = Vec::new();
    loop {
        let values = (users, micros(now), &after, AT_A_TIME);
        let records = all(db, OF_USERS, values, read)?;
        let Some(last) = records.last() else {
            return Ok(());
        };
        after = last.token.as_octets().to_vec();
        rewrite(db, records, now)?;
    }
}

fn rewrite(db: &Db, records: Vec<SessionRecord>, now: Timestamp) -> Result<(), Cause> {
    for record in records {
        let record = record.refreshed();
        let json = serde_json::to_string(&record)?;
        execute(db, REWRITE, (record.token.as_octets(), json))?;
        let event = Event {
            user: record.user.as_ref().map(ToString::to_string),
            session: Some(record.id.as_str().to_owned()),
            ..Event::new(record.connection, EventKind::SessionRefreshed, now)
        };
        events::append(db, &[event])?;
    }
    Ok(())
}

/// The sessions that a logout means.
fn meant(connection: &ConnectionId, scope: &LogoutScope) -> Sql {
    let mut whose = Sql::new("s.connection = ");
    whose.bind(connection.as_str().to_owned());
    match scope {
        LogoutScope::Person(name_id) => {
            whose.push(" AND s.name_id = ").bind(name_id.clone());
        }
        LogoutScope::Sessions { indexes, name_id } => {
            whose.push(" AND s.session_index IN ");
            whose.bind_list(indexes.iter().cloned());
            if let Some(name_id) = name_id {
                whose.push(" AND (s.index_is_assertion_id = 1 OR s.name_id = ");
                whose.bind(name_id.clone()).push(")");
            }
        }
    }
    whose
}

/// A session and its text as the database keeps it, which is written where the caller waits, not where all do.
pub(super) struct SessionRow {
    record: SessionRecord,
    json: String,
}

impl SessionRow {
    pub(super) fn of(record: SessionRecord) -> Result<SessionRow, StoreError> {
        let json = serde_json::to_string(&record).map_err(StoreError::new)?;
        Ok(SessionRow { record, json })
    }
}

/// Ends the sessions that another takes the place of.
pub(super) fn replace(db: &Db, tokens: &[TokenHash], now: Timestamp) -> Result<(), Cause> {
    if tokens.is_empty() {
        return Ok(());
    }
    let mut whose = Sql::new("s.token IN ");
    whose.bind_list(tokens.iter().map(|token| token.as_octets().to_vec()));
    end(db, EndReason::Replaced, now, &whose)?;
    Ok(())
}

pub(super) fn open(db: &Db, row: &SessionRow) -> Result<(), Cause> {
    let record = &row.record;
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
        &row.json,
    );
    execute(db, OPEN, values).map_err(|error| match is_taken(&error) {
        true => AlreadyThere("session").into(),
        false => unknown_connection(record.connection.as_str(), error),
    })?;
    if let Some(user) = &record.user {
        bind(db, record, user)?;
    }
    events::append(db, &[opened(record)])
}

/// Ties a session to its user, as the user is in this transaction.
fn bind(db: &Db, record: &SessionRecord, user: &UserId) -> Result<(), Cause> {
    let connection = record.connection.as_str();
    let values = (record.token.as_octets(), connection, user.as_str());
    match execute(db, BIND, values)? {
        1 => Ok(()),
        _ => Err(NoActiveUser.into()),
    }
}

fn opened(record: &SessionRecord) -> Event {
    Event {
        user: record.user.as_ref().map(ToString::to_string),
        session: Some(record.id.as_str().to_owned()),
        ..Event::new(
            record.connection.clone(),
            EventKind::SessionOpened,
            record.opened,
        )
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
fn read(row: &Row<'_>) -> Result<SessionRecord, Cause> {
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

const OF_USERS: &str =
    "SELECT record, seen FROM sessions WHERE user_seq IN (SELECT value FROM json_each(?1))
    AND expires > ?2 AND token > ?3 ORDER BY token LIMIT ?4";

/// Sessions that are rewritten at a time: they are what is in memory at once.
const AT_A_TIME: i64 = 200;

/// The epoch is the user's as it is in this transaction.
const BIND: &str = "UPDATE sessions SET (user_seq, epoch) =
    (SELECT seq, epoch FROM users WHERE connection = ?2 AND id = ?3)
    WHERE token = ?1
    AND EXISTS (SELECT 1 FROM users WHERE connection = ?2 AND id = ?3 AND active = 1)";

const REWRITE: &str = "UPDATE sessions SET record = ?2 WHERE token = ?1";

const TOUCH: &str =
    "UPDATE sessions SET seen = ?2 WHERE token = ?1 AND (seen IS NULL OR seen < ?2)";

const NOTE_END: &str = "INSERT INTO events (connection, at, kind, user, session, detail)
    SELECT s.connection, ?, 'session-ended', u.id, s.id, ?
    FROM sessions AS s LEFT JOIN users AS u ON u.seq = s.user_seq WHERE ";
