//! The provisioning log.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Row;
use serde_json::json;

use super::Db;
use super::SqliteStore;
use super::error::Cause;
use super::error::UnreadableRow;
use super::statement::Sql;
use super::statement::execute;
use super::statement::micros;
use super::statement::optional;
use super::statement::text;
use crate::ports::StoreError;
use crate::provisioning::CredentialId;
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
    async fn log(&self, query: &LogQuery) -> Result<Vec<LoggedEntry>, StoreError> {
        let select = select(query);
        self.scan(move |db| select.all(db, read)).await
    }
}

/// Appends entries, each if its connection is still there.
pub(super) fn append(db: &Db, entries: &[LogEntry]) -> Result<(), Cause> {
    entries.iter().try_for_each(|entry| append_one(db, entry))
}

fn append_one(db: &Db, entry: &LogEntry) -> Result<(), Cause> {
    let values = (
        entry.connection.as_str(),
        micros(entry.at),
        entry.credential.as_ref().map(CredentialId::as_str),
        entry.operation.name(),
        entry.resource_kind.map(ResourceKind::name),
        &entry.resource,
        &entry.subject,
        entry.subject.as_deref().map(fold),
        i64::from(entry.status),
        &entry.scim_type,
        json!(entry.changed).to_string(),
        &entry.request_id,
        i64::try_from(entry.duration.as_micros()).unwrap_or(i64::MAX),
        &entry.detail,
        json!(entry.overlooked).to_string(),
    );
    execute(db, APPEND, values)?;
    Ok(())
}

pub(super) fn select(query: &LogQuery) -> Sql {
    let mut select = Sql::new("SELECT * FROM provisioning_log WHERE true");
    if let Some(connection) = &query.connection {
        select.push(" AND connection = ");
        select.bind(connection.as_str().to_owned());
    }
    if let Some(subject) = &query.subject {
        select.push(" AND subject_key = ").bind(fold(subject));
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
        select.push(" AND at >= ").bind(micros(since));
    }
    match query.after {
        Some(after) => {
            let after = i64::try_from(after).unwrap_or(i64::MAX);
            select.push(" AND id > ").bind(after);
            select.push(" ORDER BY id")
        }
        None => select.push(" ORDER BY id DESC"),
    };
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    select.push(" LIMIT ").bind(limit);
    select
}

fn read(row: &Row<'_>) -> Result<LoggedEntry, Cause> {
    let unreadable = UnreadableRow("provisioning_log");
    let number = |column| row.get::<_, i64>(column);
    let credential = optional(row, "credential")?.map(str::parse).transpose();
    let kind =
        optional(row, "resource_kind")?.map(|name| ResourceKind::named(name).ok_or(unreadable));
    let at = Timestamp::from_microsecond(number("at")?);
    Ok(LoggedEntry {
        id: u64::try_from(number("id")?).map_err(|_| unreadable)?,
        entry: LogEntry {
            connection: text(row, "connection")?.parse().map_err(|_| unreadable)?,
            at: at.map_err(|_| unreadable)?,
            credential: credential.map_err(|_| unreadable)?,
            operation: LogOperation::named(text(row, "operation")?).ok_or(unreadable)?,
            resource_kind: kind.transpose()?,
            resource: row.get("resource")?,
            subject: row.get("subject")?,
            status: u16::try_from(number("status")?).map_err(|_| unreadable)?,
            scim_type: row.get("scim_type")?,
            detail: row.get("detail")?,
            changed: serde_json::from_str(text(row, "changed")?).map_err(|_| unreadable)?,
            overlooked: serde_json::from_str(text(row, "overlooked")?).map_err(|_| unreadable)?,
            request_id: row.get("request_id")?,
            duration: Duration::from_micros(
                u64::try_from(number("duration")?).map_err(|_| unreadable)?,
            ),
        },
    })
}

const APPEND: &str = "INSERT INTO provisioning_log (connection, at, credential, operation,
    resource_kind, resource, subject, subject_key, status, scim_type, changed, request_id, duration,
    detail, overlooked)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15
    WHERE EXISTS (SELECT 1 FROM connections WHERE id = ?1)";

pub(super) const FORGET: &str = "DELETE FROM provisioning_log WHERE id IN
    (SELECT id FROM provisioning_log WHERE at < ?1 ORDER BY at LIMIT ?2)";
