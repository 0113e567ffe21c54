//! Sign-ons under way. How many there are stands in `pending_counts`, kept by triggers in the same transaction, so asking for room is one
//! read however many there are.

use async_trait::async_trait;
use jiff::Timestamp;

use super::PostgresStore;
use super::conn::Conn;
use super::error::is_taken;
use super::error::unknown_connection;
use super::query::Query;
use super::query::values;
use super::transaction::Keeps;
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
use crate::store::records::Row as _;
use crate::store::records::micros;
use crate::store::records::request_values;

#[async_trait]
impl RequestStore for PostgresStore {
    async fn remember_request(&self, request: &PendingRequest) -> Result<(), StoreError> {
        let mut writing = self.writing();
        self.own(remember(&mut writing, request).await)?;
        self.own(make_room(&mut writing).await)
    }

    async fn take_request(
        &self,
        connection: &ConnectionId,
        id: &MessageId,
        answer: RequestAnswer,
        now: Timestamp,
    ) -> Result<TakenRequest, StoreError> {
        let (connection, id) = (connection.clone(), id.clone());
        self.change(Keeps::Nothing, move |conn| {
            let (connection, id, answer) = (connection.clone(), id.clone(), answer);
            Box::pin(async move { take(conn, &connection, &id, &answer, now).await })
        })
        .await
    }
}

async fn remember(conn: &mut impl Query, request: &PendingRequest) -> Result<(), Cause> {
    let kept = conn.execute(REMEMBER, &request_values(request)).await;
    kept.map(drop).map_err(|cause| match is_taken(&*cause) {
        true => AlreadyThere("request").into(),
        false => unknown_connection(request.connection.as_str(), cause),
    })
}

/// Drops the oldest requests while there are too many, or too many bytes of them. Room does not depend on the time: the oldest
/// goes first, expired or not.
async fn make_room(conn: &mut impl Query) -> Result<(), Cause> {
    let most = i64::try_from(PendingRequest::CAPACITY)?;
    let most_bytes = i64::try_from(PendingRequest::MAX_BYTES)?;
    loop {
        let kept = conn.first(KEPT, &[], |row| {
            Ok((row.integer("requests")?, row.integer("bytes")?))
        });
        let (requests, bytes) = kept.await?.unwrap_or_default();
        let too_many = match bytes > most_bytes {
            true => (requests - most).max(1),
            false => (requests - most).max(0),
        };
        if too_many == 0 || conn.execute(DROP_OLDEST, &values![too_many]).await? == 0 {
            return Ok(());
        }
    }
}

async fn take(
    conn: &mut Conn,
    connection: &ConnectionId,
    id: &MessageId,
    answer: &RequestAnswer,
    now: Timestamp,
) -> Result<TakenRequest, Cause> {
    let whose = values![id.as_str(), connection.as_str()];
    let known = conn.first(FIND, &whose, RequestRow::read);
    let Some(RequestRow { request, used }) = known.await? else {
        return Ok(TakenRequest::Unknown);
    };
    let taken = answer.judge(request, used, now);
    match taken {
        TakenRequest::Taken(_) => {
            let forget = now.checked_add(PendingRequest::MEMORY).unwrap_or(now);
            conn.execute(USE, &values![id.as_str(), micros(forget)])
                .await?;
        }
        TakenRequest::Expired => drop(conn.execute(DROP, &values![id.as_str()]).await?),
        _ => {}
    }
    Ok(taken)
}

const REMEMBER: &str = "INSERT INTO pending_requests
    (id, connection, relay_state, browser, return_path, expires, passive, authn_since,
     previous_session) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const KEPT: &str = "SELECT coalesce(sum(requests), 0)::bigint AS requests, coalesce(sum(bytes), 0)::bigint AS bytes FROM pending_counts";

/// All requests live equally long, so the oldest are those that expire first. Others may make room too.
const DROP_OLDEST: &str = "DELETE FROM pending_requests WHERE id IN
    (SELECT id FROM pending_requests ORDER BY expires LIMIT $1 FOR UPDATE SKIP LOCKED)";

/// Nobody else takes it before the transaction ends.
const FIND: &str = "SELECT id, connection, relay_state, browser, return_path, expires, passive,
    authn_since, previous_session, used FROM pending_requests WHERE id = $1 AND connection = $2 FOR UPDATE";

/// One that was used goes before those under way when room is needed, since it expires sooner.
const USE: &str =
    "UPDATE pending_requests SET used = true, expires = least(expires, $2) WHERE id = $1";

const DROP: &str = "DELETE FROM pending_requests WHERE id = $1";
