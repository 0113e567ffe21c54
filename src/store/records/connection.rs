//! Rows of connections: JSON documents.

use super::Cause;
use super::Row;
use super::UnreadableKeys;
use super::UnreadableRow;
use crate::connection::Connection;

pub(in crate::store) fn read_connection(row: &impl Row) -> Result<Connection, Cause> {
    let document = row.text("document")?;
    serde_json::from_str(&document).map_err(|_| match document.contains("PRIVATE KEY") {
        true => UnreadableKeys.into(),
        false => UnreadableRow("connections").into(),
    })
}
