//! A copy of a whole store in an empty database: one transaction, so that a copy that is broken off leaves nothing.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::PostgresStore;
use super::conn::Conn;
use super::copying::put_rows;
use super::query::Query as _;
use super::query::values;
use super::transaction::Keeps;
use super::value::Cell;
use crate::ports::StoreError;
use crate::store::records::COPIED_TABLES;
use crate::store::records::Cause;
use crate::store::records::CopiedTable;
use crate::store::records::CopyCounts;
use crate::store::records::CopyPart;
use crate::store::records::IsAsItWas;
use crate::store::records::ReadParts;
use crate::store::records::RowDigest;
use crate::store::records::TableDigest;
use crate::store::records::Value;

/// Hears the rows that are copied, how many there are, and the table that is under way.
pub(crate) type CopyProgress = Arc<dyn Fn(u64, u64, &'static str) + Send + Sync>;

impl PostgresStore {
    /// Copies what is read into this store, which must be empty; says what both sides have.
    pub(in crate::store) async fn copy_from(
        &self,
        read: ReadParts,
        progress: CopyProgress,
    ) -> Result<Vec<TableDigest>, StoreError> {
        let copied = self.change(Keeps::Settings, move |conn| {
            let (read, progress) = (read.clone(), progress.clone());
            Box::pin(async move { copy(conn, read, &progress).await })
        });
        let copied = copied.await?;
        // The server learns how large the tables are. All is copied: where this fails, it finds out by itself in a minute.
        let _ = self.writing().execute("ANALYZE", &[]).await;
        Ok(copied)
    }
}

async fn copy(
    conn: &mut Conn,
    read: ReadParts,
    progress: &CopyProgress,
) -> Result<Vec<TableDigest>, Cause> {
    let names: Vec<&str> = COPIED_TABLES.iter().map(|table| table.name).collect();
    // Nodes that are started too early wait, or are refused.
    let lock = format!(
        "LOCK TABLE {}, counters IN EXCLUSIVE MODE",
        names.join(", ")
    );
    conn.batch(&lock).await?;
    check_empty(conn).await?;
    conn.batch("DELETE FROM site_settings").await?;
    let (sending, mut parts) = mpsc::channel(PARTS);
    let reading = spawn_blocking(move || read(&sending));
    let taken = take(conn, &mut parts, progress).await;
    drop(parts);
    // The fault of the source is the cause of an end that came too early.
    reading.await??;
    let (source, is_as_it_was) = taken?;
    let mut copied = Vec::new();
    for (table, theirs) in COPIED_TABLES.iter().zip(source) {
        let ours = digest(conn, table, &theirs.columns).await?;
        match ours == theirs.digest {
            true => copied.push(ours),
            false => return Err(CopyError::Differs(table.name).into()),
        }
    }
    match spawn_blocking(is_as_it_was).await?? {
        true => Ok(copied),
        false => Err(CopyError::Changed.into()),
    }
}

/// Fails for a database with rows. Settings of the site may be there: the id of an empty store, and an address that was given too early.
async fn check_empty(conn: &mut Conn) -> Result<(), Cause> {
    for table in COPIED_TABLES
        .iter()
        .filter(|table| table.name != "site_settings")
    {
        let is_there = format!("SELECT EXISTS (SELECT 1 FROM {}) AS truth", table.name);
        if conn.truth(&is_there, &[]).await? {
            return Err(CopyError::NotEmpty(table.name).into());
        }
    }
    Ok(())
}

/// A table of the source.
struct Source {
    columns: Arc<[String]>,
    digest: TableDigest,
}

async fn take(
    conn: &mut Conn,
    parts: &mut mpsc::Receiver<CopyPart>,
    progress: &CopyProgress,
) -> Result<(Vec<Source>, IsAsItWas), Cause> {
    let Some(CopyPart::Counts(counts)) = parts.recv().await else {
        return Err(CopyError::BrokenOff.into());
    };
    let (mut done, mut source, mut known) = (0, Vec::new(), Arc::from([]));
    while let Some(part) = parts.recv().await {
        let table = COPIED_TABLES.get(source.len());
        match (part, table) {
            (CopyPart::Rows { columns, rows }, Some(table)) => {
                put(conn, table, &columns, &rows).await?;
                done += rows.len() as u64;
                known = columns;
                progress(done, counts.rows, table.name);
            }
            (CopyPart::End { digest, last }, Some(table)) => {
                go_on_after(conn, table, last, counts).await?;
                let columns = std::mem::replace(&mut known, Arc::from([]));
                source.push(Source { columns, digest });
            }
            (CopyPart::Whole { is_as_it_was }, None) => return Ok((source, is_as_it_was)),
            _ => return Err(CopyError::BrokenOff.into()),
        }
    }
    Err(CopyError::BrokenOff.into())
}

async fn put(
    conn: &mut Conn,
    table: &CopiedTable,
    columns: &[String],
    rows: &[Vec<Value>],
) -> Result<(), Cause> {
    if table.name != "events" {
        return put_rows(conn, table.name, columns, rows).await;
    }
    // An event has its number here from the beginning, and its place.
    let mut columns = columns.to_vec();
    let number = columns.iter().position(|column| column == "id");
    let number = number.ok_or(CopyError::BrokenOff)?;
    columns.push("seq".to_owned());
    let numbered = |row: &Vec<Value>| {
        let mut row = row.clone();
        row.push(row[number].clone());
        row
    };
    let rows: Vec<_> = rows.iter().map(numbered).collect();
    put_rows(conn, table.name, &columns, &rows).await
}

/// Sees to it that no number is used again.
async fn go_on_after(
    conn: &mut Conn,
    table: &CopiedTable,
    last: i64,
    counts: CopyCounts,
) -> Result<(), Cause> {
    let name = table.name;
    if name == "events" {
        let values = values![counts.revision, last, counts.forgotten_events];
        conn.execute(COUNTERS, &values).await?;
    }
    let column = match (name, table.numbered) {
        ("events", _) => "seq",
        (_, Some(column)) => column,
        (_, None) => return Ok(()),
    };
    if last > 0 {
        let goes_on = "SELECT setval(pg_get_serial_sequence($1, $2), $3)";
        conn.rows(goes_on, &values![name, column, last]).await?;
    }
    Ok(())
}

/// The digest of a table as it is read back, some rows at a time.
async fn digest(
    conn: &mut Conn,
    table: &CopiedTable,
    columns: &[String],
) -> Result<TableDigest, Cause> {
    let CopiedTable { name, order, .. } = *table;
    let mut digest = RowDigest::of(name);
    if columns.is_empty() {
        let any = format!("SELECT EXISTS (SELECT 1 FROM {name}) AS truth");
        return match conn.truth(&any, &[]).await? {
            true => Err(CopyError::Differs(name).into()),
            false => Ok(digest.end()),
        };
    }
    let columns: Vec<_> = columns
        .iter()
        .map(|column| format!("\"{column}\""))
        .collect();
    let columns = columns.join(", ");
    // A statement is kept by its text, with the columns that it had: each table has a cursor of its own.
    conn.batch(&format!(
        "DECLARE copied_{name} NO SCROLL CURSOR FOR SELECT {columns} FROM {name} ORDER BY {order}"
    ))
    .await?;
    let fetch = format!("FETCH 500 FROM copied_{name}");
    loop {
        let rows = conn.rows(&fetch, &[]).await?;
        for row in &rows {
            let values = (0..row.len()).map(|place| Ok(row.try_get::<_, Cell>(place)?.0));
            let values: Result<Vec<Value>, Cause> = values.collect();
            digest.add(&values?);
        }
        if rows.is_empty() {
            break;
        }
    }
    conn.batch(&format!("CLOSE copied_{name}")).await?;
    Ok(digest.end())
}

/// The reason that a store was not copied. Nothing was written.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum CopyError {
    #[error(
        "the database is not empty ({0} has rows), and nothing was copied: name an empty one (createdb)"
    )]
    NotEmpty(&'static str),
    #[error(
        "somebody changed the store while it was copied, so nothing was copied: stop the server that has it open, and run the same again"
    )]
    Changed,
    #[error(
        "the rows of {0} are not the same on both sides, so nothing was copied: run the same again, and report it if that does not help"
    )]
    Differs(&'static str),
    #[error("the store could not be read to its end, so nothing was copied")]
    BrokenOff,
}

const COUNTERS: &str = "UPDATE counters SET revision = $1, events = $2, forgotten_events = $3";

/// Parts that are read ahead.
const PARTS: usize = 4;
