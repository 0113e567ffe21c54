//! Sessions: the record as JSON, beside the columns that it is found by.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::QueryBuilder;
use sqlx::Sqlite;
use sqlx::SqliteConnection;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::micros;
use super::replay::admit;
use super::unknown_connection;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::session::LogoutScope;
use crate::session::Opening;
use crate::session::SessionFilter;
use crate::session::SessionId;
use crate::session::SessionRecord;
use crate::session::Sessions;
use crate::store::AlreadyThere;
use crate::token::TokenHash;

#[async_trait]
impl Sessions for SqliteStore {
    async fn open_session(&self, record: &SessionRecord) -> Result<(), StoreError> {
        let json = serde_json::to_string(record).map_err(StoreError::new)?;
        let record = record.clone();
        self.write(Box::new(move |db| {
            Box::pin(async move { open(db, &record, json).await })
        }))
        .await
    }

    async fn open_session_once(
        &self,
        opening: &Opening,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        let json = serde_json::to_string(&opening.record).map_err(StoreError::new)?;
        let opening = opening.clone();
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let admitted = admit(db, opening.assertion, opening.until, now).await?;
                if admitted == Admission::Replayed {
                    return Ok(admitted);
                }
                for old in opening.replaces {
                    let old = old.as_octets().to_vec();
                    sqlx::query(END).bind(old).execute(&mut *db).await?;
                }
                open(db, &opening.record, json).await?;
                Ok(admitted)
            })
        }))
        .await
    }

    async fn session(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let json: Option<String> = sqlx::query_scalar(FIND)
            .bind(token.as_octets().to_vec())
            .bind(micros(now))
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::new)?;
        json.as_deref().map(read).transpose()
    }

    async fn end_session(&self, token: &TokenHash) -> Result<bool, StoreError> {
        let token = token.as_octets().to_vec();
        self.write(Box::new(|db| {
            Box::pin(async {
                let ended = sqlx::query(END).bind(token).execute(db).await?;
                Ok(ended.rows_affected() > 0)
            })
        }))
        .await
    }

    async fn revoke_session(&self, id: &SessionId) -> Result<bool, StoreError> {
        let id = id.as_str().to_owned();
        self.write(Box::new(|db| {
            Box::pin(async {
                let revoked = sqlx::query(REVOKE).bind(id).execute(db).await?;
                Ok(revoked.rows_affected() > 0)
            })
        }))
        .await
    }

    async fn end_sessions(
        &self,
        connection: &ConnectionId,
        scope: &LogoutScope,
    ) -> Result<u64, StoreError> {
        let (connection, scope) = (connection.clone(), scope.clone());
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let ended = ending(&connection, &scope).build().execute(db).await?;
                Ok(ended.rows_affected())
            })
        }))
        .await
    }

    async fn sessions(
        &self,
        filter: &SessionFilter,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let found: Vec<String> = listing(filter, now)
            .build_query_scalar()
            .fetch_all(&self.readers)
            .await
            .map_err(StoreError::new)?;
        found.iter().map(|json| read(json)).collect()
    }
}

fn ending(connection: &ConnectionId, scope: &LogoutScope) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("DELETE FROM sessions WHERE connection = ");
    query.push_bind(connection.as_str().to_owned());
    match scope {
        LogoutScope::Person(name_id) => {
            query.push(" AND name_id = ").push_bind(name_id.clone());
        }
        LogoutScope::Indexes(indexes) => {
            let mut list = query.push(" AND session_index IN (").separated(", ");
            for index in indexes {
                list.push_bind(index.clone());
            }
            query.push(")");
        }
    }
    query
}

async fn open(
    db: &mut SqliteConnection,
    record: &SessionRecord,
    json: String,
) -> Result<(), Cause> {
    let opened = sqlx::query(OPEN)
        .bind(record.token.as_octets().to_vec())
        .bind(record.id.as_str())
        .bind(record.connection.as_str())
        .bind(record.name_id.value.as_str())
        .bind(record.session_index.as_deref())
        .bind(micros(record.opened))
        .bind(micros(record.expires))
        .bind(json)
        .execute(db)
        .await;
    opened.map(drop).map_err(|error| not_opened(record, error))
}

/// Asks for no more than the filter says, so that each filter finds its index.
fn listing(filter: &SessionFilter, now: Timestamp) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("SELECT record FROM sessions WHERE expires > ");
    query.push_bind(micros(now));
    if let Some(connection) = &filter.connection {
        query.push(" AND connection = ");
        query.push_bind(connection.as_str().to_owned());
    }
    if let Some(name_id) = &filter.name_id {
        query.push(" AND name_id = ");
        query.push_bind(name_id.clone());
    }
    query.push(" ORDER BY opened DESC, id");
    if let Some(limit) = filter.limit {
        query.push(" LIMIT ");
        query.push_bind(i64::from(limit));
    }
    query
}

fn read(json: &str) -> Result<SessionRecord, StoreError> {
    serde_json::from_str(json).map_err(|_| StoreError::new(UnreadableRow("sessions")))
}

fn not_opened(record: &SessionRecord, error: sqlx::Error) -> Cause {
    match error.as_database_error() {
        Some(cause) if cause.is_unique_violation() => AlreadyThere("session").into(),
        _ => unknown_connection(record.connection.as_str(), error),
    }
}

const OPEN: &str = "INSERT INTO sessions
    (token, id, connection, name_id, session_index, opened, expires, record)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const FIND: &str = "SELECT record FROM sessions WHERE token = $1 AND expires > $2";

const END: &str = "DELETE FROM sessions WHERE token = $1";

const REVOKE: &str = "DELETE FROM sessions WHERE id = $1";
