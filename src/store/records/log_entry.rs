//! Rows of the provisioning log.

use std::time::Duration;

use serde_json::json;

use super::Cause;
use super::Dialect;
use super::Row;
use super::Sql;
use super::UnreadableRow;
use super::Value;
use super::micros;
use super::row::unreadable;
use crate::provisioning::CredentialId;
use crate::provisioning::LogEntry;
use crate::provisioning::LogOperation;
use crate::provisioning::LogOutcome;
use crate::provisioning::LogQuery;
use crate::provisioning::LoggedEntry;
use crate::scim::ResourceKind;
use crate::scim::fold;

/// The columns of an entry: connection, at, credential, operation, resource_kind, resource, subject, subject_key, status, scim_type,
/// changed, request_id, duration, detail, overlooked.
pub(in crate::store) fn log_values(entry: &LogEntry) -> [Value; 15] {
    [
        entry.connection.as_str().into(),
        micros(entry.at).into(),
        entry.credential.as_ref().map(CredentialId::as_str).into(),
        entry.operation.name().into(),
        entry.resource_kind.map(ResourceKind::name).into(),
        entry.resource.clone().into(),
        entry.subject.clone().into(),
        entry.subject.as_deref().map(fold).into(),
        i64::from(entry.status).into(),
        entry.scim_type.clone().into(),
        json!(entry.changed).to_string().into(),
        entry.request_id.clone().into(),
        i64::try_from(entry.duration.as_micros())
            .unwrap_or(i64::MAX)
            .into(),
        entry.detail.clone().into(),
        json!(entry.overlooked).to_string().into(),
    ]
}

pub(in crate::store) fn list_log(dialect: Dialect, query: &LogQuery) -> Sql {
    let mut select = Sql::new(dialect, SELECT);
    if let Some(connection) = &query.connection {
        select.push(" AND connection = ").bind(connection.as_str());
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

pub(in crate::store) fn read_log_entry(row: &impl Row) -> Result<LoggedEntry, Cause> {
    let read = || {
        let credential = row.optional_text("credential")?;
        let operation = LogOperation::named(&row.text("operation")?);
        let kind = row.optional_text("resource_kind")?;
        let kind = kind.map(|name| ResourceKind::named(&name).ok_or(UNREADABLE));
        Ok(LoggedEntry {
            id: row.number("id")?,
            entry: LogEntry {
                connection: row.text("connection")?.parse()?,
                at: row.moment("at")?,
                credential: credential.map(|id| id.parse()).transpose()?,
                operation: operation.ok_or(UNREADABLE)?,
                resource_kind: kind.transpose()?,
                resource: row.owned_text("resource")?,
                subject: row.owned_text("subject")?,
                status: u16::try_from(row.integer("status")?)?,
                scim_type: row.owned_text("scim_type")?,
                detail: row.owned_text("detail")?,
                changed: serde_json::from_str(&row.text("changed")?)?,
                overlooked: serde_json::from_str(&row.text("overlooked")?)?,
                request_id: row.owned_text("request_id")?,
                duration: Duration::from_micros(row.number("duration")?),
            },
        })
    };
    unreadable("provisioning_log", read())
}

const UNREADABLE: UnreadableRow = UnreadableRow("provisioning_log");

const SELECT: &str = "SELECT id, connection, at, credential, operation, resource_kind, resource, subject, status, scim_type, changed,
    request_id, duration, detail, overlooked FROM provisioning_log WHERE true";
