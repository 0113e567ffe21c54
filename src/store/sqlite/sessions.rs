//! Sessions: the record as JSON, beside the columns that it is found by.

use std::iter;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::QueryBuilder;
use sqlx::Row as _;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::connections::bump_revision;
use super::events;
use super::micros;
use super::replay::Admit;
use super::replay::admit;
use super::rows::runs;
use super::sign_on;
use super::unknown_connection;
use super::writer::Together;
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
        let row = Row::of(record.clone())?;
        self.write(Box::new(move |db| {
            Box::pin(async move { open(db, &[&row]).await })
        }))
        .await
    }

    async fn open_session_once(
        &self,
        opening: &Opening,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        self.make(OpenOnce {
            assertion: Admit {
                key: opening.assertion,
                until: opening.until,
                now,
            },
            replaces: opening.replaces.clone(),
            row: Row::of(opening.record.clone())?,
        })
        .await
    }

    async fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let at_hand = self.at_hand.as_ref();
        if let Some(found) = at_hand.and_then(|at_hand| at_hand.session(token, now)) {
            return found;
        }
        let row = sqlx::query(FIND)
            .bind(token.as_octets().to_vec())
            .bind(micros(now))
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::new)?;
        let found = row.as_ref().map(read).transpose()?;
        Ok(found.filter(|record| !record.is_over(now)))
    }

    async fn touch_session(&self, token: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        let token = token.as_octets().to_vec();
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let touch = sqlx::query(TOUCH).bind(token).bind(micros(now));
                touch.execute(db).await?;
                Ok(())
            })
        }))
        .await
    }

    async fn end_session(&self, token: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
        let token = token.as_octets().to_vec();
        self.end_where(EndReason::SignedOut, now, move |query| {
            query.push("s.token = ").push_bind(token.clone());
        })
        .await
        .map(|ended| ended > 0)
    }

    async fn revoke_session(&self, id: &SessionId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.as_str().to_owned();
        self.end_where(EndReason::Revoked, now, move |query| {
            query.push("s.id = ").push_bind(id.clone());
        })
        .await
        .map(|ended| ended > 0)
    }

    async fn revoke_sessions_of(
        &self,
        connection: &ConnectionId,
        user: &UserId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let (connection, user) = (connection.as_str().to_owned(), user.as_str().to_owned());
        self.end_where(EndReason::Revoked, now, move |query| {
            query.push("s.user_seq = (SELECT seq FROM users WHERE connection = ");
            query.push_bind(connection.clone()).push(" AND id = ");
            query.push_bind(user.clone()).push(")");
        })
        .await
    }

    async fn end_sessions_once(
        &self,
        ending: &Ending,
        now: Timestamp,
    ) -> Result<Ended, StoreError> {
        let request = Admit {
            key: ending.request,
            until: ending.until,
            now,
        };
        let (connection, scope) = (ending.connection.clone(), ending.scope.clone());
        self.write(Box::new(move |db| {
            Box::pin(async move {
                if admit(db, &[request]).await? != [Admission::First] {
                    return Ok(Ended::Replayed);
                }
                let ended = end(db, EndReason::LoggedOut, now, |query| {
                    meant(query, &connection, &scope);
                });
                Ok(Ended::Sessions(ended.await?))
            })
        }))
        .await
    }

    async fn sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let mut listing = listing(filter, now);
        let found = listing.build().fetch_all(&self.readers).await;
        let found = found.map_err(StoreError::new)?;
        found.iter().map(read).collect()
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
        whose: impl Fn(&mut QueryBuilder<Sqlite>) + Send + Sync + 'static,
    ) -> Result<u64, StoreError> {
        self.write(Box::new(move |db| {
            Box::pin(async move { end(db, reason, now, whose).await })
        }))
        .await
    }
}

/// Ends sessions, and says so in the outbox; `whose` describes them as rows of `s`. Every session that ends before its time
/// ends here.
pub(super) async fn end(
    db: &mut SqliteConnection,
    reason: EndReason,
    now: Timestamp,
    whose: impl Fn(&mut QueryBuilder<Sqlite>),
) -> Result<u64, Cause> {
    let mut noted = QueryBuilder::new(NOTE_END);
    noted
        .push_bind(micros(now))
        .push(", 'session-ended', u.id, s.id, ");
    noted.push_bind(reason.name()).push(NOTE_END_OF);
    whose(&mut noted);
    if noted.build().execute(&mut *db).await?.rows_affected() == 0 {
        return Ok(0);
    }
    let mut ending = QueryBuilder::new("DELETE FROM sessions AS s WHERE ");
    whose(&mut ending);
    let ended = ending.build().execute(db).await?;
    Ok(ended.rows_affected())
}

/// A connection has its first credential or user: sessions of nobody in its directory end, and servers read anew which
/// connections are provisioned.
pub(super) async fn provisioning_begins(
    db: &mut SqliteConnection,
    connection: &str,
    now: Timestamp,
) -> Result<(), Cause> {
    let ended = end(db, EndReason::ProvisioningBegan, now, |query| {
        query
            .push("s.connection = ")
            .push_bind(connection.to_owned());
        query.push(" AND s.user_seq IS NULL");
    });
    ended.await?;
    bump_revision(db).await
}

/// Judges the sessions of users again whose groups have changed; `users` are their numbers, as JSON.
pub(super) async fn refresh(
    db: &mut SqliteConnection,
    users: &str,
    now: Timestamp,
) -> Result<(), Cause> {
    let mut after = Vec::new();
    loop {
        let rows = sqlx::query(OF_USERS)
            .bind(users.to_owned())
            .bind(micros(now))
            .bind(after.clone())
            .bind(AT_A_TIME)
            .fetch_all(&mut *db)
            .await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = read(last)?.token.as_octets().to_vec();
        rewrite(db, &rows, now).await?;
    }
}

async fn rewrite(
    db: &mut SqliteConnection,
    rows: &[SqliteRow],
    now: Timestamp,
) -> Result<(), Cause> {
    for row in rows {
        let record = read(row)?.refreshed();
        sqlx::query(REWRITE)
            .bind(record.token.as_octets().to_vec())
            .bind(serde_json::to_string(&record)?)
            .execute(&mut *db)
            .await?;
        let event = Event {
            user: record.user.as_ref().map(ToString::to_string),
            session: Some(record.id.as_str().to_owned()),
            ..Event::new(record.connection, EventKind::SessionRefreshed, now)
        };
        events::append(db, &[event]).await?;
    }
    Ok(())
}

/// The sessions that a logout means.
fn meant(query: &mut QueryBuilder<Sqlite>, connection: &ConnectionId, scope: &LogoutScope) {
    query.push("s.connection = ");
    query.push_bind(connection.as_str().to_owned());
    match scope {
        LogoutScope::Person(name_id) => {
            query.push(" AND s.name_id = ").push_bind(name_id.clone());
        }
        LogoutScope::Sessions { indexes, name_id } => {
            let mut list = query.push(" AND s.session_index IN (").separated(", ");
            for index in indexes {
                list.push_bind(index.clone());
            }
            query.push(")");
            if let Some(name_id) = name_id {
                query.push(" AND (s.index_is_assertion_id = 1 OR s.name_id = ");
                query.push_bind(name_id.clone()).push(")");
            }
        }
    }
}

/// A session on the point of being opened.
pub(super) struct OpenOnce {
    assertion: Admit,
    replaces: Vec<TokenHash>,
    row: Row,
}

impl Together for OpenOnce {
    type Answer = Admission;

    async fn make(
        db: &mut SqliteConnection,
        openings: &[OpenOnce],
    ) -> Result<Vec<Admission>, Cause> {
        let keys: Vec<Admit> = openings.iter().map(|one| one.assertion).collect();
        let admissions = admit(db, &keys).await?;
        let first: Vec<&OpenOnce> = iter::zip(openings, &admissions)
            .filter(|(_, admission)| **admission == Admission::First)
            .map(|(opening, _)| opening)
            .collect();
        let replaced: Vec<TokenHash> = first
            .iter()
            .flat_map(|one| one.replaces.iter().copied())
            .collect();
        if let Some(one) = first.first() {
            replace(db, &replaced, one.assertion.now).await?;
        }
        let rows: Vec<&Row> = first.iter().map(|one| &one.row).collect();
        open(db, &rows).await?;
        Ok(admissions)
    }
}

/// A session and its text as the database keeps it, which is written where the caller waits, not where all do.
pub(super) struct Row {
    record: SessionRecord,
    json: Arc<str>,
}

impl Row {
    pub(super) fn of(record: SessionRecord) -> Result<Row, StoreError> {
        let json = serde_json::to_string(&record).map_err(StoreError::new)?;
        Ok(Row {
            record,
            json: json.into(),
        })
    }
}

/// Ends the sessions that others take the place of.
pub(super) async fn replace(
    db: &mut SqliteConnection,
    tokens: &[TokenHash],
    now: Timestamp,
) -> Result<(), Cause> {
    for run in runs(tokens) {
        let ended = end(db, EndReason::Replaced, now, |query| {
            let mut list = query.push("s.token IN (").separated(", ");
            for token in run {
                list.push_bind(token.as_octets().to_vec());
            }
            query.push(")");
        });
        ended.await?;
    }
    Ok(())
}

pub(super) async fn open(db: &mut SqliteConnection, rows: &[&Row]) -> Result<(), Cause> {
    for run in runs(rows) {
        let opened = opening(run).build().execute(&mut *db).await;
        opened.map_err(|error| not_opened(&run[0].record, error))?;
    }
    for row in rows {
        if let Some(user) = &row.record.user {
            bind(db, &row.record, user).await?;
        }
    }
    let events: Vec<Event> = rows.iter().map(|row| opened(&row.record)).collect();
    events::append(db, &events).await
}

/// Ties a session to its user, as the user is in this transaction.
async fn bind(
    db: &mut SqliteConnection,
    record: &SessionRecord,
    user: &UserId,
) -> Result<(), Cause> {
    let bound = sqlx::query(BIND)
        .bind(record.token.as_octets().to_vec())
        .bind(record.connection.as_str().to_owned())
        .bind(user.as_str().to_owned())
        .execute(db)
        .await?;
    match bound.rows_affected() {
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

fn opening(rows: &[&Row]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(OPEN);
    query.push_values(rows, |mut values, row| {
        let record = &row.record;
        values
            .push_bind(record.token.as_octets().to_vec())
            .push_bind(record.id.as_str().to_owned())
            .push_bind(record.connection.as_str().to_owned())
            .push_bind(record.name_id.value.clone())
            .push_bind(record.session_index.clone())
            .push_bind(record.index_is_assertion_id)
            .push_bind(micros(record.opened))
            .push_bind(micros(record.expires))
            .push_bind(
                record
                    .idle
                    .and_then(|idle| i64::try_from(idle.as_micros()).ok()),
            )
            .push_bind(row.json.clone());
    });
    query
}

/// Asks for no more than the filter says, so that each filter finds its index.
fn listing(filter: &SessionFilter, now: Timestamp) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(LIST);
    query.push(LIVE).push(" AND s.expires > ");
    query.push_bind(micros(now)).push(NOT_IDLE);
    query.push_bind(micros(now)).push(")");
    if let Some(connection) = &filter.connection {
        query.push(" AND s.connection = ");
        query.push_bind(connection.as_str().to_owned());
    }
    if let Some(name_id) = &filter.name_id {
        query.push(" AND s.name_id = ");
        query.push_bind(name_id.clone());
    }
    if let Some(user) = &filter.user {
        query
            .push(" AND u.id = ")
            .push_bind(user.as_str().to_owned());
    }
    query.push(" ORDER BY s.opened DESC, s.id");
    if let Some(limit) = filter.limit {
        query.push(" LIMIT ");
        query.push_bind(i64::from(limit));
    }
    query
}

/// A record as it was opened, and the latest request that was noted since.
fn read(row: &SqliteRow) -> Result<SessionRecord, StoreError> {
    let json = row.try_get("record").map_err(StoreError::new)?;
    let seen = row.try_get("seen").map_err(StoreError::new)?;
    decode(json, seen)
}

pub(super) fn decode(json: &str, seen: Option<i64>) -> Result<SessionRecord, StoreError> {
    let unreadable = || StoreError::new(UnreadableRow("sessions"));
    let record = serde_json::from_str(json).map_err(|_| unreadable())?;
    seen_at(record, seen)
}

/// A record with the latest request that was noted; the sign-on itself where none was.
pub(super) fn seen_at(
    mut record: SessionRecord,
    seen: Option<i64>,
) -> Result<SessionRecord, StoreError> {
    let unreadable = |_| StoreError::new(UnreadableRow("sessions"));
    let seen = seen.map(Timestamp::from_microsecond).transpose();
    record.seen = seen.map_err(unreadable)?.unwrap_or(record.opened);
    Ok(record)
}

/// Of several rows nobody knows which was at fault: they are tried again one by one, and then it is the first.
fn not_opened(record: &SessionRecord, error: sqlx::Error) -> Cause {
    match error.as_database_error() {
        Some(cause) if cause.is_unique_violation() => AlreadyThere("session").into(),
        _ => unknown_connection(record.connection.as_str(), error),
    }
}

const OPEN: &str = "INSERT INTO sessions
    (token, id, connection, name_id, session_index, index_is_assertion_id, opened, expires,
     idle, record) ";

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
    WHERE s.token = $1 AND s.expires > $2 AND ",
    live!()
);

const LIST: &str =
    "SELECT s.record, s.seen FROM sessions AS s LEFT JOIN users AS u ON u.seq = s.user_seq WHERE ";

const OF_USERS: &str =
    "SELECT record, seen FROM sessions WHERE user_seq IN (SELECT value FROM json_each($1))
    AND expires > $2 AND token > $3 ORDER BY token LIMIT $4";

/// Sessions that are rewritten at a time: they are what is in memory at once.
const AT_A_TIME: i64 = 200;

/// The epoch is the user's as it is in this transaction.
const BIND: &str = "UPDATE sessions SET (user_seq, epoch) =
    (SELECT seq, epoch FROM users WHERE connection = $2 AND id = $3)
    WHERE token = $1
    AND EXISTS (SELECT 1 FROM users WHERE connection = $2 AND id = $3 AND active = 1)";

const REWRITE: &str = "UPDATE sessions SET record = $2 WHERE token = $1";

const TOUCH: &str =
    "UPDATE sessions SET seen = $2 WHERE token = $1 AND (seen IS NULL OR seen < $2)";

const NOTE_END: &str =
    "INSERT INTO events (connection, at, kind, user, session, detail) SELECT s.connection, ";

const NOTE_END_OF: &str = " FROM sessions AS s LEFT JOIN users AS u ON u.seq = s.user_seq WHERE ";
