//! The provisioning log.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;
use sqlx::QueryBuilder;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::Cause;
use super::SqliteStore;
use super::UnreadableRow;
use super::micros;
use crate::ports::StoreError;
use crate::provisioning::LogEntry;
use crate::provisioning::LogOperation;
use crate::provisioning::LogOutcome;
use crate::provisioning::LogQuery;
use crate::provisioning::LoggedEntry;
use crate::provisioning::ProvisioningLog;
use crate::scim::ResourceKind;
use crate::scim::fold;

#[async_trait]
impl ProvisioningLog for SqliteStore {
    async fn append_log(&self, entries: &[LogEntry]) -> Result<(), StoreError> {
        let entries = entries.to_vec();
        self.write(Box::new(move |db| {
            Box::pin(async move {
                for entry in &entries {
                    append(db, entry).await?;
                }
                Ok(())
            })
        }))
        .await
    }

    async fn log(&self, query: &LogQuery) -> Result<Vec<LoggedEntry>, StoreError> {
        let rows = select(query).build().fetch_all(&self.readers).await;
        let rows = rows.map_err(StoreError::new)?;
        let entries = rows.iter().map(read);
        entries.collect::<Result<_, _>>().map_err(StoreError::new)
    }

    async fn forget_log(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.sweep_table(FORGET, before).await
    }
}

/// Appends an entry, if its connection is still there.
pub(super) async fn append(db: &mut SqliteConnection, entry: &LogEntry) -> Result<(), Cause> {
    let credential = entry.credential.as_ref();
    sqlx::query(APPEND)
        .bind(entry.connection.as_str().to_owned())
        .bind(micros(entry.at))
        .bind(credential.map(|id| id.as_str().to_owned()))
        .bind(entry.operation.name())
        .bind(entry.resource_kind.map(ResourceKind::name))
        .bind(entry.resource.clone())
        .bind(entry.subject.clone())
        .bind(entry.subject.as_deref().map(fold))
        .bind(i64::from(entry.status))
        .bind(entry.scim_type.clone())
        .bind(json!(entry.changed).to_string())
        .bind(entry.request_id.clone())
        .bind(i64::try_from(entry.duration.as_micros()).unwrap_or(i64::MAX))
        .bind(entry.detail.clone())
        .bind(json!(entry.overlooked).to_string())
        .execute(db)
        .await?;
    Ok(())
}

pub(super) fn select(query: &LogQuery) -> QueryBuilder<Sqlite> {
    let mut select = QueryBuilder::new("SELECT * FROM provisioning_log WHERE true");
    if let Some(connection) = &query.connection {
        select.push(" AND connection = ");
        select.push_bind(connection.as_str().to_owned());
    }
    if let Some(subject) = &query.subject {
        select.push(" AND subject_key = ").push_bind(fold(subject));
    }
    match query.outcome {
        Some(LogOutcome::Done) => select.push(" AND status < 400"),
        Some(LogOutcome::Refused) => select.push(" AND status >= 400"),
        None => &mut select,
    };
    if query.overlooked {
        select.push(" AND overlooked <> '[]'");
    }
    if let Some(since) = query.since {
        select.push(" AND at >= ").push_bind(micros(since));
    }
    match query.after {
        Some(after) => {
            let after = i64::try_from(after).unwrap_or(i64::MAX);
            select.push(" AND id > ").push_bind(after);
            select.push(" ORDER BY id")
        }
        None => select.push(" ORDER BY id DESC"),
    };
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    select.push(" LIMIT ").push_bind(limit);
    select
}

fn read(row: &SqliteRow) -> Result<LoggedEntry, Cause> {
    let unreadable = UnreadableRow("provisioning_log");
    let text = |column| row.try_get::<&str, _>(column);
    let optional = |column| row.try_get::<Option<&str>, _>(column);
    let number = |column| row.try_get::<i64, _>(column);
    let credential = optional("credential")?.map(str::parse).transpose();
    let kind = optional("resource_kind")?.map(|name| ResourceKind::named(name).ok_or(unreadable));
    let at = Timestamp::from_microsecond(number("at")?);
    Ok(LoggedEntry {
        id: u64::try_from(number("id")?).map_err(|_| unreadable)?,
        entry: LogEntry {
            connection: text("connection")?.parse().map_err(|_| unreadable)?,
            at: at.map_err(|_| unreadable)?,
            credential: credential.map_err(|_| unreadable)?,
            operation: LogOperation::named(text("operation")?).ok_or(unreadable)?,
            resource_kind: kind.transpose()?,
            resource: row.try_get("resource")?,
            subject: row.try_get("subject")?,
            status: u16::try_from(number("status")?).map_err(|_| unreadable)?,
            scim_type: row.try_get("scim_type")?,
            detail: row.try_get("detail")?,
            changed: serde_json::from_str(text("changed")?).map_err(|_| unreadable)?,
            overlooked: serde_json::from_str(text("overlooked")?).map_err(|_| unreadable)?,
            request_id: row.try_get("request_id")?,
            duration: Duration::from_micros(
                u64::try_from(number("duration")?).map_err(|_| unreadable)?,
            ),
        },
    })
}

const APPEND: &str = "INSERT INTO provisioning_log (connection, at, credential, operation,
    resource_kind, resource, subject, subject_key, status, scim_type, changed, request_id, duration,
    detail, overlooked)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
    WHERE EXISTS (SELECT 1 FROM connections WHERE id = $1)";

const FORGET: &str = "DELETE FROM provisioning_log WHERE id IN
    (SELECT id FROM provisioning_log WHERE at < $1 ORDER BY at LIMIT $2)";
