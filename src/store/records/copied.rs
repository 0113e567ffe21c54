//! The tables of a store, as they are copied from one database to another, and the digest of their rows.

use std::sync::Arc;

use openssl::sha::Sha256;
use serde::Serialize;
use tokio::sync::mpsc::Sender;

use super::Cause;
use super::Value;

/// A table that is copied row by row.
pub(in crate::store) struct CopiedTable {
    pub(in crate::store) name: &'static str,
    /// The columns that put its rows in one order in every database.
    pub(in crate::store) order: &'static str,
    /// The column whose next value goes on after the largest.
    pub(in crate::store) numbered: Option<&'static str>,
}

const fn table(name: &'static str, order: &'static str) -> CopiedTable {
    CopiedTable {
        name,
        order,
        numbered: None,
    }
}

const fn numbered(name: &'static str, column: &'static str) -> CopiedTable {
    CopiedTable {
        name,
        order: column,
        numbered: Some(column),
    }
}

/// All tables with rows of a site, those before that others refer to. Counts are not among them: the databases count by themselves.
pub(in crate::store) const COPIED_TABLES: [CopiedTable; 22] = [
    table("site_settings", "name"),
    table("connections", "id"),
    table("metadata_copies", "connection"),
    table("metadata_refreshes", "connection"),
    // Before the sessions and the groups, whose triggers add what is missing.
    table("signed_on", "connection"),
    table("group_objects", "connection, object_key"),
    table("pending_requests", "id"),
    table("replay_keys", "key"),
    numbered("users", "seq"),
    table("user_emails", "connection, email_key, user_seq"),
    numbered("groups", "seq"),
    table("group_users", "group_seq, user_seq"),
    table("group_groups", "group_seq, member_seq"),
    // PostgreSQL numbers them as they come.
    table("sessions", "opened, token"),
    table("links", "connection, subject"),
    table("last_sign_ons", "connection, name_key"),
    table("scim_credentials", "id"),
    numbered("scim_access_tokens", "seq"),
    numbered("provisioning_log", "id"),
    numbered("events", "id"),
    numbered("kept_connections", "id"),
    numbered("kept_rows", "seq"),
];

/// The rows of a table that was copied: the same number and the same digest on both sides.
#[derive(Clone, PartialEq, Eq, Serialize, Debug)]
pub struct TableDigest {
    /// The table.
    pub table: &'static str,
    /// The number of its rows.
    pub rows: u64,
    /// The SHA-256 of its rows in the order of their keys, in hex.
    pub sha256: String,
}

/// A part of a store, in the order in which it is read.
pub(in crate::store) enum CopyPart {
    /// First of all.
    Counts(CopyCounts),
    /// Some rows of a table.
    Rows {
        columns: Arc<[String]>,
        rows: Vec<Vec<Value>>,
    },
    /// The end of a table, with the largest number that its rows ever had.
    End { digest: TableDigest, last: i64 },
    /// The end of the store, with the question whether it is as it was, or somebody has changed it since.
    Whole { is_as_it_was: IsAsItWas },
}

/// The numbers that a store keeps, and the number of its rows.
#[derive(Clone, Copy)]
pub(in crate::store) struct CopyCounts {
    /// The rows of all tables.
    pub(in crate::store) rows: u64,
    pub(in crate::store) revision: i64,
    pub(in crate::store) forgotten_events: i64,
}

pub(in crate::store) type IsAsItWas = Box<dyn FnOnce() -> Result<bool, Cause> + Send>;

/// Reads a store part by part, until nobody takes the parts.
pub(in crate::store) type ReadParts =
    Arc<dyn Fn(&Sender<CopyPart>) -> Result<(), Cause> + Send + Sync>;

/// The digest of rows as they come.
pub(in crate::store) struct RowDigest {
    table: &'static str,
    rows: u64,
    hash: Sha256,
}

impl RowDigest {
    pub(in crate::store) fn of(table: &'static str) -> RowDigest {
        RowDigest {
            table,
            rows: 0,
            hash: Sha256::new(),
        }
    }

    pub(in crate::store) fn add(&mut self, row: &[Value]) {
        self.rows += 1;
        for value in row {
            match value {
                Value::Null => self.hash.update(&[0]),
                Value::Integer(number) => self.add_number(*number),
                // SQLite has no other truth.
                Value::Boolean(truth) => self.add_number(i64::from(*truth)),
                Value::Text(text) => self.add_bytes(2, text.as_bytes()),
                Value::Bytes(bytes) => self.add_bytes(3, bytes),
                Value::Texts(texts) => texts
                    .iter()
                    .for_each(|text| self.add_bytes(4, text.as_bytes())),
            }
        }
    }

    fn add_number(&mut self, number: i64) {
        self.hash.update(&[1]);
        self.hash.update(&number.to_be_bytes());
    }

    fn add_bytes(&mut self, kind: u8, bytes: &[u8]) {
        self.hash.update(&[kind]);
        self.hash.update(&(bytes.len() as u64).to_be_bytes());
        self.hash.update(bytes);
    }

    pub(in crate::store) fn end(self) -> TableDigest {
        TableDigest {
            table: self.table,
            rows: self.rows,
            sha256: self
                .hash
                .finish()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[&[Value]]) -> TableDigest {
        let mut digest = RowDigest::of("users");
        rows.iter().for_each(|row| digest.add(row));
        digest.end()
    }

    #[test]
    fn a_digest_tells_values_and_rows_apart_and_no_databases() {
        let text = |text: &str| Value::from(text);
        let one = digest(&[&[text("ab"), text("c")]]);
        assert_ne!(one.sha256, digest(&[&[text("a"), text("bc")]]).sha256);
        assert_ne!(one.sha256, digest(&[&[Value::Null, text("abc")]]).sha256);
        assert_ne!(
            digest(&[&[Value::Bytes(b"a".to_vec())]]).sha256,
            digest(&[&[text("a")]]).sha256
        );
        assert_eq!(
            digest(&[&[Value::Boolean(true)]]),
            digest(&[&[Value::Integer(1)]])
        );
        assert_ne!(digest(&[&[], &[]]), digest(&[&[]]));
    }
}
