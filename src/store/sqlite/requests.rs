//! Sign-ons under way. How many there are stands in `counters`, kept by triggers in the same transaction, so
//! asking for room is one read however many there are.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Row;

use super::Db;
use super::SqliteStore;
use super::error::Cause;
use super::error::UnreadableRow;
use super::error::is_taken;
use super::error::unknown_connection;
use super::statement::execute;
use super::statement::first;
use super::statement::micros;
use super::statement::text;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::saml::MessageId;
use crate::saml::ReturnPath;
use crate::session::PendingRequest;
use crate::session::RequestAnswer;
use crate::session::RequestStore;
use crate::session::TakenRequest;
use crate::store::AlreadyThere;
use crate::token::TokenHash;

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
    let connection = request.connection.as_str();
    let previous = request.previous_session;
    let values = (
        request.id.as_str(),
        connection,
        request.relay_state.as_bytes(),
        request.browser.as_bytes(),
        request.return_path.as_str(),
        micros(request.expires),
        request.passive,
        request.authn_since.map(micros),
        previous.map(|hash| *hash.as_bytes()),
    );
    execute(db, REMEMBER, values).map_err(|error| match is_taken(&error) {
        true => AlreadyThere("request").into(),
        false => unknown_connection(connection, error),
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
    let known = first(
        db,
        FIND,
        (id.as_str(), connection.as_str()),
        RequestRow::read,
    )?;
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

/// A request of the table, and whether its answer came already.
struct RequestRow {
    request: PendingRequest,
    used: bool,
}

impl RequestRow {
    fn read(row: &Row<'_>) -> Result<RequestRow, Cause> {
        let hash = |column| -> Result<TokenHash, Cause> { token_hash(row.get(column)?) };
        let previous: Option<Vec<u8>> = row.get("previous_session")?;
        let authn_since: Option<i64> = row.get("authn_since")?;
        let id = MessageId::from_text(text(row, "id")?);
        let connection = text(row, "connection")?.parse();
        let return_path = ReturnPath::parse(text(row, "return_path")?);
        let request = PendingRequest {
            id: id.ok_or(UNREADABLE)?,
            connection: connection.map_err(|_| UNREADABLE)?,
            relay_state: hash("relay_state")?,
            browser: hash("browser")?,
            return_path: return_path.ok_or(UNREADABLE)?,
            previous_session: previous.map(token_hash).transpose()?,
            passive: row.get("passive")?,
            authn_since: authn_since.map(moment).transpose()?,
            expires: moment(row.get("expires")?)?,
        };
        Ok(RequestRow {
            request,
            used: row.get("used")?,
        })
    }
}

fn token_hash(bytes: Vec<u8>) -> Result<TokenHash, Cause> {
    let bytes = bytes.try_into().map_err(|_| UNREADABLE)?;
    Ok(TokenHash::from_bytes(bytes))
}

fn moment(micros: i64) -> Result<Timestamp, Cause> {
    Ok(Timestamp::from_microsecond(micros).map_err(|_| UNREADABLE)?)
}

const UNREADABLE: UnreadableRow = UnreadableRow("pending_requests");

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
