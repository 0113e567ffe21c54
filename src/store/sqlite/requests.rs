//! Sign-ons under way. How many there are stands in `counters`, kept by triggers in the same transaction, so
//! asking for room is one read however many there are.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::micros;
use super::sweep;
use super::unknown_connection;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::saml::MessageId;
use crate::saml::ReturnPath;
use crate::session::PendingRequest;
use crate::session::RequestStore;
use crate::session::TakenRequest;
use crate::store::AlreadyThere;
use crate::store::TooManyRequests;
use crate::token::TokenHash;

#[async_trait]
impl RequestStore for SqliteStore {
    async fn remember_request(
        &self,
        request: &PendingRequest,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let request = request.clone();
        self.write(Box::new(move |db| {
            Box::pin(async move {
                if insert(db, &request).await? {
                    return Ok(());
                }
                sweep::batch(db, sweep::REQUESTS, now).await?;
                if insert(db, &request).await? {
                    return Ok(());
                }
                Err(TooManyRequests(PendingRequest::CAPACITY).into())
            })
        }))
        .await
    }

    async fn take_request(
        &self,
        connection: &ConnectionId,
        id: &MessageId,
        now: Timestamp,
    ) -> Result<TakenRequest, StoreError> {
        let (connection, id) = (connection.clone(), id.clone());
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let row = sqlx::query(TAKE)
                    .bind(id.as_str())
                    .bind(connection.as_str())
                    .fetch_optional(db)
                    .await?;
                let Some(row) = row else {
                    return Ok(TakenRequest::Unknown);
                };
                let request = read(id, connection, &row)?;
                Ok(if now < request.expires {
                    TakenRequest::Taken(request)
                } else {
                    TakenRequest::Expired
                })
            })
        }))
        .await
    }
}

/// Inserts a request if there is room; says whether there was.
async fn insert(db: &mut SqliteConnection, request: &PendingRequest) -> Result<bool, Cause> {
    let done = sqlx::query(REMEMBER)
        .bind(request.id.as_str())
        .bind(request.connection.as_str())
        .bind(request.relay_state.as_octets().to_vec())
        .bind(request.browser.as_octets().to_vec())
        .bind(request.return_path.as_str())
        .bind(micros(request.expires))
        .bind(request.passive)
        .bind(request.authn_since.map(micros))
        .bind(
            request
                .previous_session
                .map(|hash| hash.as_octets().to_vec()),
        )
        .bind(i64::try_from(PendingRequest::CAPACITY)?)
        .execute(db)
        .await;
    match done {
        Ok(done) => Ok(done.rows_affected() == 1),
        Err(sqlx::Error::Database(cause)) if cause.is_unique_violation() => {
            Err(AlreadyThere("request").into())
        }
        Err(error) => Err(unknown_connection(request.connection.as_str(), error)),
    }
}

fn read(id: MessageId, connection: ConnectionId, row: &SqliteRow) -> Result<PendingRequest, Cause> {
    let hash = |column| -> Result<TokenHash, Cause> { token_hash(row.try_get(column)?) };
    let previous: Option<Vec<u8>> = row.try_get("previous_session")?;
    Ok(PendingRequest {
        id,
        connection,
        relay_state: hash("relay_state")?,
        browser: hash("browser")?,
        return_path: ReturnPath::parse(row.try_get("return_path")?).ok_or(UNREADABLE)?,
        previous_session: previous.map(token_hash).transpose()?,
        passive: row.try_get("passive")?,
        authn_since: row
            .try_get::<Option<i64>, _>("authn_since")?
            .map(moment)
            .transpose()?,
        expires: moment(row.try_get("expires")?)?,
    })
}

fn token_hash(octets: Vec<u8>) -> Result<TokenHash, Cause> {
    let octets = octets.try_into().map_err(|_| UNREADABLE)?;
    Ok(TokenHash::from_octets(octets))
}

fn moment(micros: i64) -> Result<Timestamp, Cause> {
    Ok(Timestamp::from_microsecond(micros).map_err(|_| UNREADABLE)?)
}

const UNREADABLE: UnreadableRow = UnreadableRow("pending_requests");

const REMEMBER: &str = "INSERT INTO pending_requests
    (id, connection, relay_state, browser, return_path, expires, passive, authn_since,
     previous_session)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 FROM counters WHERE pending_requests < $10";

const TAKE: &str = "DELETE FROM pending_requests WHERE id = $1 AND connection = $2
    RETURNING relay_state, browser, return_path, expires, passive, authn_since, previous_session";
