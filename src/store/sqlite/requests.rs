//! Sign-ons under way. How many there are stands in `counters`, kept by triggers in the same transaction, so
//! asking for room is one read however many there are.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::QueryBuilder;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::micros;
use super::rows::runs;
use super::unknown_connection;
use super::writer::Together;
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
        // Room does not depend on the time: the oldest request goes first, expired or not.
        self.make(Remember(request.clone())).await
    }

    async fn take_request(
        &self,
        connection: &ConnectionId,
        id: &MessageId,
        answer: RequestAnswer,
        now: Timestamp,
    ) -> Result<TakenRequest, StoreError> {
        self.make(Take {
            connection: connection.clone(),
            id: id.clone(),
            answer,
            now,
        })
        .await
    }
}

/// A request on the point of being remembered.
pub(super) struct Remember(PendingRequest);

impl Together for Remember {
    type Answer = ();

    async fn make(db: &mut SqliteConnection, requests: &[Remember]) -> Result<Vec<()>, Cause> {
        for run in runs(requests) {
            let inserted = remembering(run).build().execute(&mut *db).await;
            inserted.map_err(|error| not_remembered(&run[0].0, error))?;
        }
        sqlx::query(DROP_OLDEST)
            .bind(i64::try_from(PendingRequest::CAPACITY)?)
            .execute(&mut *db)
            .await?;
        while drop_oversize(db, requests.len()).await? {}
        Ok(vec![(); requests.len()])
    }
}

/// Drops as many of the oldest, if there are too many bytes; says whether there were.
async fn drop_oversize(db: &mut SqliteConnection, count: usize) -> Result<bool, Cause> {
    let dropped = sqlx::query(DROP_OVERSIZE)
        .bind(i64::try_from(count)?)
        .bind(i64::try_from(PendingRequest::MAX_BYTES)?)
        .execute(db)
        .await?;
    Ok(dropped.rows_affected() > 0)
}

fn remembering(requests: &[Remember]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(REMEMBER);
    query.push_values(requests, |mut row, Remember(request)| {
        let previous = request.previous_session;
        row.push_bind(request.id.as_str().to_owned())
            .push_bind(request.connection.as_str().to_owned())
            .push_bind(request.relay_state.as_octets().to_vec())
            .push_bind(request.browser.as_octets().to_vec())
            .push_bind(request.return_path.as_str().to_owned())
            .push_bind(micros(request.expires))
            .push_bind(request.passive)
            .push_bind(request.authn_since.map(micros))
            .push_bind(previous.map(|hash| hash.as_octets().to_vec()));
    });
    query
}

/// Of several rows nobody knows which was at fault: they are tried again one by one, and then it is the first.
fn not_remembered(request: &PendingRequest, error: sqlx::Error) -> Cause {
    match error.as_database_error() {
        Some(cause) if cause.is_unique_violation() => AlreadyThere("request").into(),
        _ => unknown_connection(request.connection.as_str(), error),
    }
}

/// A request on the point of being taken.
pub(super) struct Take {
    connection: ConnectionId,
    id: MessageId,
    answer: RequestAnswer,
    now: Timestamp,
}

impl Together for Take {
    type Answer = TakenRequest;

    /// Nobody else writes between the look and the taking.
    async fn make(db: &mut SqliteConnection, wanted: &[Take]) -> Result<Vec<TakenRequest>, Cause> {
        let mut found = HashMap::with_capacity(wanted.len());
        for run in runs(wanted) {
            for row in finding(run).build().fetch_all(&mut *db).await? {
                let id: String = row.try_get("id")?;
                found.insert(id, Known::read(&row)?);
            }
        }
        let answers: Vec<TakenRequest> = wanted.iter().map(|one| one.judge(&mut found)).collect();
        let of = |is: fn(&TakenRequest) -> bool| -> Vec<&Take> {
            let both = wanted.iter().zip(&answers);
            both.filter(|(_, answer)| is(answer))
                .map(|(one, _)| one)
                .collect()
        };
        for run in runs(&of(|answer| matches!(answer, TakenRequest::Taken(_)))) {
            let forget = run.iter().map(|one| one.now).max().unwrap_or_default();
            let forget = forget.checked_add(PendingRequest::MEMORY).unwrap_or(forget);
            let mut query = QueryBuilder::new(USE);
            query.push_bind(micros(forget)).push(") WHERE id IN ");
            ids(&mut query, run).build().execute(&mut *db).await?;
        }
        for run in runs(&of(|answer| *answer == TakenRequest::Expired)) {
            let mut query = QueryBuilder::new("DELETE FROM pending_requests WHERE id IN ");
            ids(&mut query, run).build().execute(&mut *db).await?;
        }
        Ok(answers)
    }
}

impl Take {
    /// What came of it; of two who want the same request, the first gets it.
    fn judge(&self, found: &mut HashMap<String, Known>) -> TakenRequest {
        let id = self.id.as_str();
        let row = found.get_mut(id);
        let Some(row) = row.filter(|row| row.request.connection == self.connection) else {
            return TakenRequest::Unknown;
        };
        let taken = self.answer.judge(row.request.clone(), row.used, self.now);
        match taken {
            TakenRequest::Taken(_) => row.used = true,
            TakenRequest::Expired => drop(found.remove(id)),
            _ => {}
        }
        taken
    }
}

fn finding(wanted: &[Take]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(FIND);
    query.push_values(wanted, |mut row, one| {
        row.push_bind(one.id.as_str().to_owned())
            .push_bind(one.connection.as_str().to_owned());
    });
    query.push(")");
    query
}

fn ids<'q>(query: &'q mut QueryBuilder<Sqlite>, run: &[&Take]) -> &'q mut QueryBuilder<Sqlite> {
    query.push("(");
    let mut ids = query.separated(", ");
    for one in run {
        ids.push_bind(one.id.as_str().to_owned());
    }
    query.push(")")
}

/// A request of the table, and whether its answer came already.
struct Known {
    request: PendingRequest,
    used: bool,
}

impl Known {
    fn read(row: &SqliteRow) -> Result<Known, Cause> {
        let hash = |column| -> Result<TokenHash, Cause> { token_hash(row.try_get(column)?) };
        let previous: Option<Vec<u8>> = row.try_get("previous_session")?;
        let connection: &str = row.try_get("connection")?;
        let request = PendingRequest {
            id: MessageId::from_text(row.try_get("id")?).ok_or(UNREADABLE)?,
            connection: connection.parse().map_err(|_| UNREADABLE)?,
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
        };
        Ok(Known {
            request,
            used: row.try_get("used")?,
        })
    }
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
     previous_session) ";

/// All requests live equally long, so the oldest are those that expire first.
const DROP_OLDEST: &str = "DELETE FROM pending_requests WHERE id IN
    (SELECT id FROM pending_requests ORDER BY expires
     LIMIT (SELECT max(0, pending_requests - $1) FROM counters))";

const DROP_OVERSIZE: &str = "DELETE FROM pending_requests
    WHERE (SELECT pending_bytes FROM counters) > $2
    AND id IN (SELECT id FROM pending_requests ORDER BY expires LIMIT $1)";

const FIND: &str = "SELECT id, connection, relay_state, browser, return_path, expires, passive,
    authn_since, previous_session, used FROM pending_requests WHERE (id, connection) IN (";

/// One that was used goes before those under way when room is needed, since it expires sooner.
const USE: &str = "UPDATE pending_requests SET used = 1, expires = min(expires, ";
