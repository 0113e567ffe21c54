//! The provisioning log.

use async_trait::async_trait;

use super::PostgresStore;
use super::conn::Conn;
use super::query::Query as _;
use crate::ports::StoreError;
use crate::provisioning::LogEntry;
use crate::provisioning::LogQuery;
use crate::provisioning::LoggedEntry;
use crate::provisioning::ProvisioningLog;
use crate::store::records::Cause;
use crate::store::records::Dialect;
use crate::store::records::list_log;
use crate::store::records::log_values;
use crate::store::records::read_log_entry;

#[async_trait]
impl ProvisioningLog for PostgresStore {
    async fn log(&self, query: &LogQuery) -> Result<Vec<LoggedEntry>, StoreError> {
        let select = list_log(Dialect::Postgres, query);
        self.own(self.reading().all_of(&select, read_log_entry).await)
    }
}

/// Appends entries, each if its connection is still there.
pub(super) async fn append(conn: &mut Conn, entries: &[LogEntry]) -> Result<(), Cause> {
    for entry in entries {
        conn.execute(APPEND, &log_values(entry)).await?;
    }
    Ok(())
}

const APPEND: &str = "INSERT INTO provisioning_log (connection, at, credential, operation,
    resource_kind, resource, subject, subject_key, status, scim_type, changed, request_id, duration,
    detail, overlooked)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
    WHERE EXISTS (SELECT 1 FROM connections WHERE id = $1)";

pub(super) const FORGET: &str = "DELETE FROM provisioning_log WHERE id IN
    (SELECT id FROM provisioning_log WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)";
