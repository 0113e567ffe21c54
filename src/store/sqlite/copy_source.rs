//! The rows of a store in a file, as they are at one moment, for a copy in another database.

use std::path::Path;
use std::sync::Arc;

use rusqlite::types::ValueRef;
use tokio::sync::mpsc::Sender;

use super::Db;
use super::connect;
use super::connect::BUSY_TIMEOUT;
use super::fault;
use super::migrations;
use super::statement::first;
use super::statement::value;
use crate::store::records::COPIED_TABLES;
use crate::store::records::Cause;
use crate::store::records::CopiedTable;
use crate::store::records::CopyCounts;
use crate::store::records::CopyPart;
use crate::store::records::RowDigest;
use crate::store::records::UnreadableRow;
use crate::store::records::Value;

/// Reads the store in a file part by part, until nobody takes them. Fails for one of another version.
pub(in crate::store) fn read(path: &Path, parts: &Sender<CopyPart>) -> Result<(), Cause> {
    read_parts(path, parts).map_err(|cause| fault::of(path, cause))
}

fn read_parts(path: &Path, parts: &Sender<CopyPart>) -> Result<(), Cause> {
    let mut db = connect::reading(path, BUSY_TIMEOUT)?;
    migrations::check(&db)?;
    let (has, needs) = (migrations::version(&db)?, migrations::newest());
    if has != needs {
        return Err(OldSource { has, needs }.into());
    }
    let before = changes(&db)?;
    let reading = db.transaction()?;
    let counts = counts(&reading)?;
    // Whoever takes them is gone if they cannot be sent: then all is over.
    let _ = parts.blocking_send(CopyPart::Counts(counts));
    for table in &COPIED_TABLES {
        read_table(&reading, table, parts)?;
    }
    drop(reading);
    // Asked just before the copy is committed: it may take long after all is read.
    let is_as_it_was = Box::new(move || Ok(changes(&db)? == before));
    let _ = parts.blocking_send(CopyPart::Whole { is_as_it_was });
    Ok(())
}

/// A number that differs once another connection has changed the file.
fn changes(db: &Db) -> Result<i64, Cause> {
    Ok(value(db, "PRAGMA data_version", [])?)
}

fn counts(db: &Db) -> Result<CopyCounts, Cause> {
    let mut rows = 0;
    for table in &COPIED_TABLES {
        let count = format!("SELECT count(*) FROM {}", table.name);
        rows += value::<i64>(db, &count, [])?.unsigned_abs();
    }
    let numbers = "SELECT revision, forgotten_events FROM counters";
    let numbers = first(db, numbers, [], |row| Ok(<(i64, i64)>::try_from(row)?))?;
    let (revision, forgotten_events) = numbers.ok_or(UnreadableRow("counters"))?;
    Ok(CopyCounts {
        rows,
        revision,
        forgotten_events,
    })
}

fn read_table(db: &Db, table: &CopiedTable, parts: &Sender<CopyPart>) -> Result<(), Cause> {
    let CopiedTable { name, order, .. } = *table;
    let mut statement = db.prepare(&format!("SELECT * FROM {name} ORDER BY {order}"))?;
    let columns: Arc<[String]> = statement
        .column_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let (mut digest, mut some, mut bytes) = (RowDigest::of(name), Vec::new(), 0);
    let send = |rows: &mut Vec<Vec<Value>>| {
        let (columns, rows) = (columns.clone(), std::mem::take(rows));
        parts
            .blocking_send(CopyPart::Rows { columns, rows })
            .is_ok()
    };
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(columns.len());
        for place in 0..columns.len() {
            values.push(read_value(name, row.get_ref(place)?)?);
        }
        digest.add(&values);
        bytes += values.iter().map(length).sum::<usize>();
        some.push(values);
        if some.len() >= MOST_ROWS || bytes >= MOST_BYTES {
            bytes = 0;
            if !send(&mut some) {
                return Ok(());
            }
        }
    }
    if !some.is_empty() {
        let _ = send(&mut some);
    }
    let last = last_number(db, table)?;
    let digest = digest.end();
    let _ = parts.blocking_send(CopyPart::End { digest, last });
    Ok(())
}

/// The largest number that a row ever had, of a table that never uses one again.
fn last_number(db: &Db, table: &CopiedTable) -> Result<i64, Cause> {
    let Some(column) = table.numbered else {
        return Ok(0);
    };
    let name = table.name;
    let ever = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
    let ever = first(db, ever, [name], |row| Ok(row.get(0)?))?.unwrap_or(0);
    let present = format!("SELECT coalesce(max({column}), 0) FROM {name}");
    Ok(value::<i64>(db, &present, [])?.max(ever))
}

fn read_value(table: &'static str, value: ValueRef<'_>) -> Result<Value, Cause> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Text(text) => str::from_utf8(text)?.into(),
        ValueRef::Blob(bytes) => bytes.to_vec().into(),
        // No table has one.
        ValueRef::Real(_) => return Err(UnreadableRow(table).into()),
    })
}

fn length(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 8,
    }
}

/// A store that another version has written last.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "the store that is to be copied has the tables of an earlier version ({has}, this one has {needs}): bring them up to date first, with entrada store migrate"
)]
struct OldSource {
    has: i64,
    needs: i64,
}

/// Rows that are read before they are sent on, and the bytes of them.
const MOST_ROWS: usize = 1000;
const MOST_BYTES: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::statement::all;

    #[test]
    fn every_table_is_copied_or_named_as_left_out() {
        let db = connect::in_memory().unwrap();
        migrations::run(&db).unwrap();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let tables: Vec<String> = all(&db, tables, [], |row| Ok(row.get(0)?)).unwrap();
        let mut known: Vec<&str> = COPIED_TABLES.iter().map(|table| table.name).collect();
        // Counted anew, and of the database itself.
        known.extend([
            "counters",
            "directory_counts",
            "_sqlx_migrations",
            "sqlite_sequence",
        ]);
        known.sort_unstable();
        assert_eq!(tables, known);
    }
}
