//! Copies of connections that were removed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Map;
use serde_json::Value as Json;

use super::conn::Conn;
use super::copying::put_rows;
use super::query::Query;
use super::query::numbered;
use super::query::values;
use super::value::Cell;
use crate::connection::ConnectionId;
use crate::connection::KeptConnection;
use crate::store::records::Cause;
use crate::store::records::KEPT_TABLES;
use crate::store::records::Row as _;
use crate::store::records::Value;
use crate::store::records::adapted_row;
use crate::store::records::from_json;
use crate::store::records::micros;
use crate::store::records::read_kept_connection;
use crate::store::records::to_json;

/// The copies of all connections, the latest first.
pub(super) async fn all_copies(conn: &mut impl Query) -> Result<Vec<KeptConnection>, Cause> {
    conn.all(ALL, &[], read_kept_connection).await
}

/// The copies of a connection, the latest first.
pub(super) async fn copies(
    conn: &mut Conn,
    id: &ConnectionId,
) -> Result<Vec<KeptConnection>, Cause> {
    conn.all(OF_ONE, &values![id.as_str()], |row| {
        read_kept_connection(row)
    })
    .await
}

/// Keeps a copy of a connection, if it is there.
pub(super) async fn keep(
    conn: &mut Conn,
    id: &ConnectionId,
    now: Timestamp,
) -> Result<Option<KeptConnection>, Cause> {
    let whose = values![id.as_str()];
    if !conn.truth(IS_THERE, &whose).await? {
        return Ok(None);
    }
    let number = conn
        .number(KEEP, &values![id.as_str(), micros(now)])
        .await?;
    for (table, own) in KEPT_TABLES {
        keep_rows(conn, number, table, own, id).await?;
    }
    Ok(copies(conn, id).await?.into_iter().next())
}

/// Keeps the rows of a table, some at a time: there may be more than fit into memory.
async fn keep_rows(
    conn: &mut Conn,
    number: i64,
    table: &str,
    own: &str,
    id: &ConnectionId,
) -> Result<(), Cause> {
    let begin = numbered(&format!(
        "DECLARE kept_{table} NO SCROLL CURSOR FOR SELECT * FROM {table} WHERE {own}"
    ));
    conn.execute(&begin, &values![id.as_str()]).await?;
    let some = format!("FETCH {BATCH} FROM kept_{table}");
    loop {
        let rows = conn.all(&some, &[], content).await?;
        let is_last = rows.len() < BATCH;
        conn.execute(KEEP_ROWS, &values![number, table, rows])
            .await?;
        if is_last {
            break;
        }
    }
    conn.batch(&format!("CLOSE kept_{table}")).await
}

fn content(row: &tokio_postgres::Row) -> Result<String, Cause> {
    let mut content = Map::new();
    for (place, column) in row.columns().iter().enumerate() {
        let Cell(value) = row.try_get(place)?;
        content.insert(column.name().to_owned(), to_json(&value));
    }
    Ok(Json::Object(content).to_string())
}

/// Puts the rows of a copy back under an id. The numbers of users and groups are given to nobody else, so that
/// references between the rows hold.
pub(super) async fn put(
    conn: &mut Conn,
    kept: &KeptConnection,
    as_id: &ConnectionId,
) -> Result<(), Cause> {
    let number = i64::try_from(kept.number)?;
    for (table, _) in KEPT_TABLES {
        let values = values![table];
        let known = conn.all(COLUMNS, &values, |row| Ok(row.text("name")?.into_owned()));
        let known = known.await?;
        let mut after = 0;
        loop {
            let values = values![number, table, after, BATCH];
            let rows = conn.all(ROWS, &values, |row| {
                Ok((row.integer("seq")?, row.text("content")?.into_owned()))
            });
            let rows = rows.await?;
            let Some((last, _)) = rows.last() else {
                break;
            };
            after = *last;
            put_some(conn, table, &known, rows, as_id).await?;
        }
    }
    Ok(())
}

/// Rows of one copy have the same columns, unless versions wrote them that did not; those of the same ones go together.
async fn put_some(
    conn: &mut Conn,
    table: &str,
    known: &[String],
    rows: Vec<(i64, String)>,
    as_id: &ConnectionId,
) -> Result<(), Cause> {
    let mut alike: BTreeMap<Vec<String>, Vec<Vec<Value>>> = BTreeMap::new();
    for (_, content) in rows {
        let content = serde_json::from_str(&content)?;
        let content = adapted_row(table, known, content, as_id);
        let values: Result<_, Cause> = content.values().map(from_json).collect();
        let columns = content.keys().cloned().collect();
        alike.entry(columns).or_default().push(values?);
    }
    for (columns, rows) in alike {
        put_rows(conn, table, &columns, &rows).await?;
    }
    Ok(())
}

/// Removes a copy.
pub(super) async fn forget_one(conn: &mut Conn, kept: &KeptConnection) -> Result<(), Cause> {
    conn.execute(FORGET_ONE, &values![i64::try_from(kept.number)?])
        .await?;
    Ok(())
}

/// Removes the copies of a connection; says whether there was one.
pub(super) async fn forget(conn: &mut Conn, id: &ConnectionId) -> Result<bool, Cause> {
    Ok(conn.execute(FORGET_COPIES, &values![id.as_str()]).await? > 0)
}

/// Rows that are in memory at a time.
const BATCH: usize = 500;

const ALL: &str = "SELECT id, connection, removed, users, groups, tokens FROM kept_connections
    ORDER BY id DESC";

const OF_ONE: &str = "SELECT id, connection, removed, users, groups, tokens FROM kept_connections
    WHERE connection = $1 ORDER BY id DESC";

const IS_THERE: &str = "SELECT EXISTS (SELECT 1 FROM connections WHERE id = $1) AS truth";

const KEEP: &str = "INSERT INTO kept_connections (connection, removed, users, groups, tokens)
    SELECT $1, $2, (SELECT count(*) FROM users WHERE connection = $1),
        (SELECT count(*) FROM groups WHERE connection = $1),
        (SELECT count(*) FROM scim_credentials
            WHERE connection = $1 AND revoked IS NULL AND expires > $2)
    RETURNING id AS number";

const KEEP_ROWS: &str =
    "INSERT INTO kept_rows (kept, origin, content) SELECT $1, $2, unnest($3::text[])";

const ROWS: &str = "SELECT seq, content FROM kept_rows
    WHERE kept = $1 AND origin = $2 AND seq > $3 ORDER BY seq LIMIT $4";

const COLUMNS: &str = "SELECT a.attname::text AS name FROM pg_attribute AS a
    WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped";

const FORGET_ONE: &str = "DELETE FROM kept_connections WHERE id = $1";

const FORGET_COPIES: &str = "DELETE FROM kept_connections WHERE connection = $1";

/// Rows of copies go in batches, and their heads once they have none.
pub(super) const FORGET_ROWS: &str = "DELETE FROM kept_rows WHERE seq IN
    (SELECT r.seq FROM kept_rows AS r JOIN kept_connections AS c ON c.id = r.kept WHERE c.removed <= $1
    LIMIT $2 FOR UPDATE OF r SKIP LOCKED)";

pub(super) const FORGET_HEADS: &str = "DELETE FROM kept_connections AS c WHERE c.removed <= $1
    AND NOT EXISTS (SELECT 1 FROM kept_rows AS r WHERE r.kept = c.id)";
