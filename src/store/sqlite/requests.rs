//! Sign-ons under way. How many there are stands in `counters`, kept by triggers in the same transaction, so
//! asking for room is one read however many there are.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params_from_iter;

use super::Db;
use super::SqliteStore;
use super::error::is_taken;
use super::error::unknown_connection;
use super::statement::execute;
use super::statement::first;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::saml::MessageId;
use crate::session::PendingRequest;
use crate::session::RequestAnswer;
use crate::session::RequestStore;
use crate::session::TakenRequest;
use crate::store::AlreadyThere;
use crate::store::records::Cause;
use crate::store::records::RequestRow;
use crate::store::records::micros;
use crate::store::records::request_values;

#[async_trait]
impl RequestStore for SqliteStore {
    async fn remember_request(&self, request: &PendingRequest) -> Result<(), StoreError> {
        let request = request.clone();
        self.write(move |db| {
            remember(db, &request)?;
            make_room(db)
        })
        .await
    }

    async fn take_request(
        &self,
        connection: &ConnectionId,
        id: &MessageId,
        answer: RequestAnswer,
        now: Timestamp,
    ) -> Result<TakenRequest, StoreError> {
        let (connection, id) = (connection.clone(), id.clone());
        self.write(move |db| take(db, &connection, &id, &answer, now))
            .await
    }
}

fn remember(db: &Db, request: &PendingRequest) -> Result<(), Cause> {
    let values = request_values(request);
    execute(db, REMEMBER, params_from_iter(&values)).map_err(|error| match is_taken(&error) {
        true => AlreadyThere("request").into(),
        false => unknown_connection(request.connection.as_str(), error),
    })?;
    Ok(())
}

/// Drops the oldest requests while there are too many, or too many bytes of them. Room does not depend on the time: the oldest
/// goes first, expired or not.
fn make_room(db: &Db) -> Result<(), Cause> {
    let most = i64::try_from(PendingRequest::CAPACITY)?;
    let most_bytes = i64::try_from(PendingRequest::MAX_BYTES)?;
    loop {
        let kept = first(db, KEPT, [], |row| Ok(row.try_into()?))?;
        let (requests, bytes): (i64, i64) = kept.unwrap_or_default();
        let too_many = match bytes > most_bytes {
            true => (requests - most).max(1),
            false => (requests - most).max(0),
        };
        if too_many == 0 || execute(db, DROP_OLDEST, [too_many])? == 0 {
            return Ok(());
        }
    }
}

/// Nobody else writes between the look and the taking.
fn take(
    db: &Db,
    connection: &ConnectionId,
    id: &MessageId,
    answer: &RequestAnswer,
    now: Timestamp,
) -> Result<TakenRequest, Cause> {
    let known = first(db, FIND, (id.as_str(), connection.as_str()), |row| {
        RequestRow::read(row)
    })?;
    let Some(RequestRow { request, used }) = known else {
        return Ok(TakenRequest::Unknown);
    };
    let taken = answer.judge(request, used, now);
    match taken {
        TakenRequest::Taken(_) => {
            let forget = now.checked_add(PendingRequest::MEMORY).unwrap_or(now);
            execute(db, USE, (id.as_str(), micros(forget)))?;
        }
        TakenRequest::Expired => drop(execute(db, DROP, [id.as_str()])?),
        _ => {}
    }
    Ok(taken)
}

const REMEMBER: &str = "INSERT INTO pending_requests
    (id, connection, relay_state, browser, return_path, expires, passive, authn_since,
     previous_session) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const KEPT: &str = "SELECT pending_requests, pending_bytes FROM counters";

/// All requests live equally long, so the oldest are those that expire first.
const DROP_OLDEST: &str = "DELETE FROM pending_requests WHERE id IN
    (SELECT id FROM pending_requests ORDER BY expires LIMIT ?1)";

const FIND: &str = "SELECT id, connection, relay_state, browser, return_path, expires, passive,
    authn_since, previous_session, used FROM pending_requests WHERE id = ?1 AND connection = ?2";

/// One that was used goes before those under way when room is needed, since it expires sooner.
const USE: &str = "UPDATE pending_requests SET used = 1, expires = min(expires, ?2) WHERE id = ?1";

const DROP: &str = "DELETE FROM pending_requests WHERE id = ?1";
