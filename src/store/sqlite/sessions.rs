//! Sessions: the record as JSON, beside the columns that it is found by.

use std::iter;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::QueryBuilder;
use sqlx::Sqlite;
use sqlx::SqliteConnection;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::micros;
use super::replay::Admit;
use super::replay::admit;
use super::rows::runs;
use super::unknown_connection;
use super::writer::Together;
use crate::connection::ConnectionId;
use crate::ports::StoreError;
use crate::saml::Admission;
use crate::session::Ended;
use crate::session::Ending;
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
        let mut meant = meant(&ending.connection, &ending.scope);
        self.write(Box::new(move |db| {
            Box::pin(async move {
                if admit(db, &[request]).await? != [Admission::First] {
                    return Ok(Ended::Replayed);
                }
                let ended = meant.build().execute(db).await?;
                Ok(Ended::Sessions(ended.rows_affected()))
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

fn meant(connection: &ConnectionId, scope: &LogoutScope) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("DELETE FROM sessions WHERE connection = ");
    query.push_bind(connection.as_str().to_owned());
    match scope {
        LogoutScope::Person(name_id) => {
            query.push(" AND name_id = ").push_bind(name_id.clone());
        }
        LogoutScope::Sessions { indexes, name_id } => {
            let mut list = query.push(" AND session_index IN (").separated(", ");
            for index in indexes {
                list.push_bind(index.clone());
            }
            query.push(")");
            if let Some(name_id) = name_id {
                query.push(" AND (index_is_assertion_id = 1 OR name_id = ");
                query.push_bind(name_id.clone()).push(")");
            }
        }
    }
    query
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
        for run in runs(&replaced) {
            ending_tokens(run).build().execute(&mut *db).await?;
        }
        let rows: Vec<&Row> = first.iter().map(|one| &one.row).collect();
        open(db, &rows).await?;
        Ok(admissions)
    }
}

/// A session and its text as the database keeps it, which is written where the caller waits, not where all do.
struct Row {
    record: SessionRecord,
    json: Arc<str>,
}

impl Row {
    fn of(record: SessionRecord) -> Result<Row, StoreError> {
        let json = serde_json::to_string(&record).map_err(StoreError::new)?;
        Ok(Row {
            record,
            json: json.into(),
        })
    }
}

async fn open(db: &mut SqliteConnection, rows: &[&Row]) -> Result<(), Cause> {
    for run in runs(rows) {
        let opened = opening(run).build().execute(&mut *db).await;
        opened.map_err(|error| not_opened(&run[0].record, error))?;
    }
    Ok(())
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
            .push_bind(row.json.clone());
    });
    query
}

fn ending_tokens(tokens: &[TokenHash]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("DELETE FROM sessions WHERE token IN (");
    let mut list = query.separated(", ");
    for token in tokens {
        list.push_bind(token.as_octets().to_vec());
    }
    query.push(")");
    query
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

/// Of several rows nobody knows which was at fault: they are tried again one by one, and then it is the first.
fn not_opened(record: &SessionRecord, error: sqlx::Error) -> Cause {
    match error.as_database_error() {
        Some(cause) if cause.is_unique_violation() => AlreadyThere("session").into(),
        _ => unknown_connection(record.connection.as_str(), error),
    }
}

const OPEN: &str = "INSERT INTO sessions
    (token, id, connection, name_id, session_index, index_is_assertion_id, opened, expires,
     record) ";

const FIND: &str = "SELECT record FROM sessions WHERE token = $1 AND expires > $2";

const END: &str = "DELETE FROM sessions WHERE token = $1";

const REVOKE: &str = "DELETE FROM sessions WHERE id = $1";
