//! Sessions that are taken away, or judged again, by whose they are.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;

use super::Db;
use super::connections;
use super::events;
use super::provisioning_log;
use super::replay;
use super::session_rows;
use super::statement::execute;
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
use crate::store::records::Sql;
use crate::store::records::Value;
use crate::store::records::micros;
use crate::store::records::read_held_session;
use crate::store::records::read_session;
use crate::token::TokenHash;

/// A transaction of the writer: of the whole database, or of one connection's rows.
pub(super) trait Transaction: Send {
    fn db(&mut self) -> &mut Db;
}

impl Transaction for Db {
    fn db(&mut self) -> &mut Db {
        self
    }
}

#[async_trait]
impl<T: Transaction> SessionDeletion for T {
    async fn take_sessions(
        &mut self,
        whose: &SessionSelection,
        most: usize,
    ) -> Result<Vec<HeldSession>, StoreError> {
        take(self.db(), &selection(whose), most).map_err(StoreError::new)
    }
}

#[async_trait]
impl<T: Transaction> ChangeRows for T {
    async fn append_events(&mut self, events: &[Event]) -> Result<(), StoreError> {
        events::append(self.db(), events).map_err(StoreError::new)
    }

    async fn append_log(&mut self, entries: &[LogEntry]) -> Result<(), StoreError> {
        provisioning_log::append(self.db(), entries).map_err(StoreError::new)
    }

    async fn bump_revision(&mut self) -> Result<u64, StoreError> {
        connections::bump_revision(self.db()).map_err(StoreError::new)
    }
}

#[async_trait]
impl<T: Transaction> SessionRows for T {
    async fn admit(
        &mut self,
        key: ReplayKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        replay::admit(self.db(), &key, until, now).map_err(StoreError::new)
    }

    async fn insert_session(&mut self, session: &EncodedSession) -> Result<(), StoreError> {
        session_rows::insert(self.db(), session).map_err(StoreError::new)
    }
}

/// Deletes sessions, `most` at most, and returns them. One that cannot be read goes too, with a line in the log in place of an event: it
/// must keep no other alive.
fn take(db: &Db, selection: &Sql, most: usize) -> Result<Vec<HeldSession>, Cause> {
    let mut taken = Vec::new();
    loop {
        let mut find = Sql::new(Dialect::Sqlite, FIND);
        find.append(selection).push(" LIMIT ");
        let found = find
            .bind(i64::try_from(most - taken.len())?)
            .all(db, |row| {
                let token: Vec<u8> = row.get("token")?;
                Ok((token, read_held_session(row)))
            })?;
        let is_last = found.iter().all(|(_, session)| session.is_ok());
        for (token, session) in found {
            execute(db, DELETE, [token])?;
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

/// Sessions of users, `most` at most, by their numbers from after this one on.
pub(super) fn claims(
    db: &Db,
    connection: &ConnectionId,
    users: &[UserId],
    after: u64,
    most: usize,
) -> Result<Vec<SessionClaims>, Cause> {
    let (after, most) = (i64::try_from(after)?, i64::try_from(most)?);
    some_of_users(connection, users, after, most).all(db, |row| {
        let number = u64::try_from(row.get::<_, i64>("number")?)?;
        let record = read_session(row)?;
        Ok(SessionClaims {
            number,
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
}

pub(super) fn put_claims(db: &Db, token: &TokenHash, claims: &Attributes) -> Result<(), Cause> {
    let json = serde_json::to_string(claims)?;
    execute(db, PUT_CLAIMS, (token.as_bytes(), json))?;
    Ok(())
}

/// A selection as rows of `s`, in an order where it has one.
pub(super) fn selection(whose: &SessionSelection) -> Sql {
    match whose {
        SessionSelection::Tokens(tokens) => of_tokens(tokens),
        SessionSelection::Handles(handles) => Sql::of(
            Dialect::Sqlite,
            OF_HANDLES,
            [json!(handles).to_string().into()],
        ),
        SessionSelection::Users(connection, users) => of_users(connection, users),
        SessionSelection::Nobody(id) => Sql::of(
            Dialect::Sqlite,
            "s.connection = ? AND s.user_seq IS NULL",
            [slug(id)],
        ),
        SessionSelection::Person(id, name_id) => {
            let person = "s.connection = ? AND s.name_id = ?";
            Sql::of(Dialect::Sqlite, person, [slug(id), name_id.clone().into()])
        }
        SessionSelection::Indexes {
            connection,
            indexes,
            name_id,
        } => of_indexes(connection, indexes, name_id.as_deref()),
        SessionSelection::Connection(id) => {
            Sql::of(Dialect::Sqlite, "s.connection = ?", [slug(id)])
        }
        SessionSelection::Expired(now) => Sql::of(Dialect::Sqlite, EXPIRED, [micros(*now).into()]),
        SessionSelection::Idle(now) => Sql::of(Dialect::Sqlite, IDLE, [micros(*now).into()]),
    }
}

fn of_tokens(tokens: &[TokenHash]) -> Sql {
    let mut sessions = Sql::new(Dialect::Sqlite, "s.token IN ");
    sessions.bind_list(tokens.iter().map(|token| token.as_bytes().to_vec()));
    sessions
}

fn of_users(connection: &ConnectionId, users: &[UserId]) -> Sql {
    Sql::of(
        Dialect::Sqlite,
        OF_USERS,
        [json!(users).to_string().into(), slug(connection)],
    )
}

/// A part of the sessions of users, by their numbers. These stand in the index, so that the parts before and after this one cost
/// next to nothing.
pub(super) fn some_of_users(
    connection: &ConnectionId,
    users: &[UserId],
    after: i64,
    most: i64,
) -> Sql {
    let mut find = Sql::new(Dialect::Sqlite, RECORDS);
    find.append(&of_users(connection, users));
    find.push(" AND s.rowid > ").bind(after);
    find.push(" ORDER BY s.rowid LIMIT ").bind(most);
    find.push(") ORDER BY r.rowid");
    find
}

fn of_indexes(connection: &ConnectionId, indexes: &[String], name_id: Option<&str>) -> Sql {
    let mut sessions = Sql::of(
        Dialect::Sqlite,
        "s.connection = ? AND s.session_index IN ",
        [slug(connection)],
    );
    sessions.bind_list(indexes.iter().cloned());
    if let Some(name_id) = name_id {
        sessions.push(" AND (s.index_is_assertion_id = 1 OR s.name_id = ");
        sessions.bind(name_id.to_owned()).push(")");
    }
    sessions
}

fn slug(connection: &ConnectionId) -> Value {
    connection.as_str().to_owned().into()
}

pub(super) const FIND: &str = "SELECT s.token, s.id, s.connection, u.id AS user
    FROM sessions AS s LEFT JOIN users AS u ON u.seq = s.user_seq WHERE ";

const RECORDS: &str =
    "SELECT r.rowid AS number, r.record, r.seen FROM sessions AS r WHERE r.rowid IN
    (SELECT s.rowid FROM sessions AS s INDEXED BY sessions_by_user WHERE ";

const DELETE: &str = "DELETE FROM sessions WHERE token = ?1";

const PUT_CLAIMS: &str =
    "UPDATE sessions SET record = json_set(record, '$.attributes', json(?2)) WHERE token = ?1";

const OF_HANDLES: &str = "s.id IN (SELECT value FROM json_each(?))";

const OF_USERS: &str = "s.user_seq IN (SELECT o.seq FROM json_each(?) AS j
    CROSS JOIN users AS o ON o.connection = ? AND o.id = j.value)";

const EXPIRED: &str = "s.expires <= ? ORDER BY s.expires";

/// In the words of the index `sessions_by_idle_end`.
const IDLE: &str = "s.idle IS NOT NULL AND coalesce(s.seen, s.opened) + s.idle <= ?
    ORDER BY coalesce(s.seen, s.opened) + s.idle";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::danger::put_connection;
    use crate::connection::Connection;
    use crate::session::SessionId;
    use crate::session::SessionRecord;
    use crate::session::Sessions;
    use crate::session::open_session;
    use crate::session::revoke;
    use crate::store::sqlite::SqliteStore;

    fn session(byte: u8) -> SessionRecord {
        let record = json!({
            "id": format!("{byte:02x}").repeat(8), "token": TokenHash::from_bytes([byte; 32]),
            "connection": "acme", "issuer": "https://idp.example/", "name_id": {"value": "ada"},
            "session_index": null, "attributes": [], "authn_instant": "2026-11-22T12:00:00Z",
            "opened": "2026-11-22T12:00:00Z", "expires": "2026-11-22T20:00:00Z",
        });
        crate::store::records::decode_session(&record.to_string(), None).unwrap()
    }

    #[tokio::test]
    async fn a_session_that_cannot_be_read_ends_as_all_others_do() {
        let store = SqliteStore::in_memory().await.unwrap();
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        let put = put_connection(&store, &acme.build().unwrap(), now).await;
        put.unwrap();
        let all = [1, 2, 3].map(session);
        for record in &all {
            open_session(&store, record).await.unwrap();
        }
        let broken = all[1].id.to_string();
        let written = store.write(move |db| {
            let unknown = "INSERT INTO connections (id, document) VALUES ('Not one', '{}')";
            execute(db, unknown, [])?;
            let lost = "UPDATE sessions SET connection = 'Not one' WHERE id = ?1";
            Ok(execute(db, lost, [&broken])?)
        });
        assert_eq!(written.await.unwrap(), 1);

        let ids: Vec<SessionId> = all.iter().map(|record| record.id.clone()).collect();
        let ended = revoke(&store, &ids, now, None).await.unwrap();
        let readable = [&ids[0], &ids[2]].map(ToString::to_string);
        assert_eq!(ended, readable.into());
        for record in &all {
            let found = store.session(&record.token, now).await.unwrap();
            assert_eq!(found, None, "{:?}", record.id);
        }
    }
}
