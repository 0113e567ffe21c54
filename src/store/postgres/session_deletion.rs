//! Sessions that are taken away, or judged again, by whose they are.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::conn::Conn;
use super::connections;
use super::events;
use super::fault::store_error;
use super::provisioning_log;
use super::query::Query as _;
use super::query::values;
use super::replay;
use super::rows::Rows;
use super::session_rows;
use crate::connection::ConnectionId;
use crate::directory::ChangeRows;
use crate::directory::HeldSession;
use crate::directory::SessionClaims;
use crate::directory::SessionDeletion;
use crate::directory::SessionSelection;
use crate::directory::UserId;
use crate::event::Event;
use crate::ports::StoreError;
use crate::provisioning::LogEntry;
use crate::saml::Admission;
use crate::saml::Attributes;
use crate::saml::ReplayKey;
use crate::session::EncodedSession;
use crate::session::SessionRows;
use crate::store::records::Cause;
use crate::store::records::Dialect;
use crate::store::records::Row as _;
use crate::store::records::Sql;
use crate::store::records::UnreadableRow;
use crate::store::records::Value;
use crate::store::records::micros;
use crate::store::records::read_held_session;
use crate::store::records::read_session;
use crate::token::TokenHash;

/// The rows that each kind of transaction writes beside its own, by its connection.
macro_rules! change_rows {
    ($rows:ty, $($conn:ident)?) => {
        #[async_trait]
        impl SessionDeletion for $rows {
            async fn take_sessions(
                &mut self,
                whose: &SessionSelection,
                most: usize,
            ) -> Result<Vec<HeldSession>, StoreError> {
                take(self$(.$conn)?, whose, most).await.map_err(store_error)
            }
        }

        #[async_trait]
        impl ChangeRows for $rows {
            async fn append_events(&mut self, events: &[Event]) -> Result<(), StoreError> {
                let appended = events::append(self$(.$conn)?, events);
                appended.await.map_err(store_error)
            }

            async fn append_log(&mut self, entries: &[LogEntry]) -> Result<(), StoreError> {
                let appended = provisioning_log::append(self$(.$conn)?, entries);
                appended.await.map_err(store_error)
            }

            async fn bump_revision(&mut self) -> Result<u64, StoreError> {
                let revision = connections::bump_revision(self$(.$conn)?);
                revision.await.map_err(store_error)
            }
        }

        #[async_trait]
        impl SessionRows for $rows {
            async fn admit(
                &mut self,
                key: ReplayKey,
                until: Timestamp,
                now: Timestamp,
            ) -> Result<Admission, StoreError> {
                let admitted = replay::admit(self$(.$conn)?, &key, until, now);
                admitted.await.map_err(store_error)
            }

            async fn insert_session(&mut self, session: &EncodedSession) -> Result<(), StoreError> {
                let inserted = session_rows::insert(self$(.$conn)?, session);
                inserted.await.map_err(store_error)
            }
        }
    };
}

change_rows!(Conn,);
change_rows!(Rows<'_>, conn);

/// Deletes sessions, `most` at most, and returns them. One that cannot be read goes too, with a line in the log in place of an event: it
/// must keep no other alive.
async fn take(
    conn: &mut Conn,
    whose: &SessionSelection,
    most: usize,
) -> Result<Vec<HeldSession>, Cause> {
    let mut taken = Vec::new();
    loop {
        let delete = deletion(whose, most - taken.len());
        let held = conn
            .all_of(&delete, |row| Ok(read_held_session(row)))
            .await?;
        let is_last = held.iter().all(Result::is_ok);
        for session in held {
            match session {
                Ok(session) => taken.push(session),
                Err(cause) => {
                    tracing::warn!(event = "session-unreadable", error = %cause, "a session that cannot be read has ended")
                }
            }
        }
        if is_last {
            return Ok(taken);
        }
    }
}

/// The deletion of sessions. Those that a sweep finds may be in the hands of another sweep, which ends them; all others are waited for, in
/// the order of their tokens.
fn deletion(whose: &SessionSelection, most: usize) -> Sql {
    let mut delete = Sql::new(Dialect::Postgres, DELETE);
    delete.append(&selection(whose));
    let is_swept = matches!(
        whose,
        SessionSelection::Expired(_) | SessionSelection::Idle(_)
    );
    if !is_swept {
        delete.push(" ORDER BY s.token");
    }
    delete.push(" LIMIT ").bind(most);
    delete.push(match is_swept {
        true => " FOR UPDATE OF s SKIP LOCKED",
        false => " FOR UPDATE OF s",
    });
    delete.push(RETURNING);
    delete
}

/// A selection as rows of `s`, in an order where it has one.
fn selection(whose: &SessionSelection) -> Sql {
    let of = |text: &str, values: &[Value]| Sql {
        dialect: Dialect::Postgres,
        text: text.to_owned(),
        values: values.to_vec(),
    };
    match whose {
        SessionSelection::Tokens(tokens) => {
            let mut sessions = of("s.token IN ", &[]);
            sessions.bind_list(tokens.iter().map(TokenHash::as_bytes));
            sessions
        }
        SessionSelection::Handles(handles) => of("s.id = ANY (?)", &values![handles.clone()]),
        SessionSelection::Users(connection, users) => {
            of(OF_USERS, &values![connection.as_str(), ids(users)])
        }
        SessionSelection::Nobody(id) => of(
            "s.connection = ? AND s.user_seq IS NULL",
            &values![id.as_str()],
        ),
        SessionSelection::Person(id, name_id) => {
            let values = values![id.as_str(), name_id.as_str()];
            of("s.connection = ? AND s.name_id = ?", &values)
        }
        SessionSelection::Indexes {
            connection,
            indexes,
            name_id,
        } => {
            let values = values![connection.as_str(), indexes.clone()];
            let mut sessions = of("s.connection = ? AND s.session_index = ANY (?)", &values);
            if let Some(name_id) = name_id {
                sessions.push(" AND (s.index_is_assertion_id OR s.name_id = ");
                sessions.bind(name_id.as_str()).push(")");
            }
            sessions
        }
        SessionSelection::Connection(id) => of("s.connection = ?", &values![id.as_str()]),
        SessionSelection::Expired(now) => of(EXPIRED, &values![micros(*now)]),
        SessionSelection::Idle(now) => of(IDLE, &values![micros(*now)]),
    }
}

/// Sessions of users, `most` at most, by their numbers from after this one on.
pub(super) async fn claims(
    conn: &mut Conn,
    connection: &ConnectionId,
    users: &[UserId],
    after: u64,
    most: usize,
) -> Result<Vec<SessionClaims>, Cause> {
    let values = values![connection.as_str(), ids(users), i64::try_from(after)?, most];
    conn.all(RECORDS, &values, |row| {
        let record = read_session(row)?;
        Ok(SessionClaims {
            number: row.number("number")?,
            session: HeldSession {
                handle: record.id.to_string(),
                connection: record.connection,
                user: record.user,
            },
            token: record.token,
            expires: record.expires,
            attributes: record.attributes,
        })
    })
    .await
}

pub(super) async fn put_claims(
    conn: &mut Conn,
    token: &TokenHash,
    claims: &Attributes,
) -> Result<(), Cause> {
    let whose = values![token.as_bytes()];
    let record = conn.first(RECORD, &whose, |row| Ok(row.text("record")?.into_owned()));
    let Some(record) = record.await? else {
        return Ok(());
    };
    let unreadable = |_| UnreadableRow("sessions");
    let mut record: Json = serde_json::from_str(&record).map_err(unreadable)?;
    record["attributes"] = serde_json::to_value(claims)?;
    let values = values![token.as_bytes(), record.to_string()];
    conn.execute(PUT_RECORD, &values).await?;
    Ok(())
}

pub(super) fn ids<T: ToString>(ids: &[T]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

const DELETE: &str =
    "DELETE FROM sessions AS g WHERE g.token IN (SELECT s.token FROM sessions AS s WHERE ";

const RETURNING: &str = ") RETURNING g.id, g.connection, (SELECT u.id FROM users AS u WHERE u.seq = g.user_seq) AS \"user\"";

const RECORDS: &str = "SELECT s.seq AS number, s.record, s.seen FROM users AS o JOIN sessions AS s ON s.user_seq = o.seq
    WHERE o.connection = $1 AND o.id = ANY ($2) AND s.seq > $3 ORDER BY s.seq LIMIT $4";

const RECORD: &str = "SELECT record FROM sessions WHERE token = $1 FOR UPDATE";

const PUT_RECORD: &str = "UPDATE sessions SET record = $2 WHERE token = $1";

const OF_USERS: &str =
    "s.user_seq IN (SELECT o.seq FROM users AS o WHERE o.connection = ? AND o.id = ANY (?))";

const EXPIRED: &str = "s.expires <= ? ORDER BY s.expires";

/// In the words of the index `sessions_by_idle_end`.
const IDLE: &str = "s.idle IS NOT NULL AND coalesce(s.seen, s.opened) + s.idle <= ?
    ORDER BY coalesce(s.seen, s.opened) + s.idle";
