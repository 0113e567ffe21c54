//! The facts of a database: its size, and the numbers of what is in it.

use jiff::Timestamp;

use super::conn::Conn;
use super::events;
use super::kept;
use super::migrations;
use super::query::Query as _;
use super::query::values;
use super::site_settings::setting;
use crate::store::StoreFacts;
use crate::store::records::Cause;
use crate::store::records::Row as _;
use crate::store::records::micros;

pub(super) async fn read(conn: &mut Conn, now: Timestamp) -> Result<StoreFacts, Cause> {
    let schema = migrations::version(conn).await?;
    if schema == 0 {
        return Ok(StoreFacts::default());
    }
    let (store_id, base_url) = (
        setting(conn, "store-id").await?,
        setting(conn, "base-url").await?,
    );
    let kept = kept::all_copies(conn).await?;
    let last_event = events::numbers(conn).await?.latest;
    let values = values![micros(now)];
    let found = conn.first(NUMBERS, &values, |row| {
        Ok(StoreFacts {
            file: None,
            database: Some(row.text("database")?.into_owned()),
            store_id,
            schema,
            bytes: row.number("bytes")?,
            log_bytes: 0,
            base_url,
            connections: row.number("connections")?,
            keys: row.number("keys")?,
            users: row.number("users")?,
            groups: row.number("groups")?,
            tokens: row.number("tokens")?,
            sessions: row.number("sessions")?,
            kept,
            last_event,
        })
    });
    found.await?.ok_or_else(|| "no facts".into())
}

/// A key of ours is a PEM block in the document of its connection, also of one that this version cannot read.
const NUMBERS: &str = "SELECT current_database()::text AS database, pg_database_size(current_database()) AS bytes,
    (SELECT count(*) FROM connections) AS connections,
    (SELECT coalesce(sum((length(document) - length(replace(document, 'BEGIN PRIVATE KEY', ''))) / 17), 0)::bigint
        FROM connections) AS keys,
    (SELECT coalesce(sum(users), 0)::bigint FROM directory_counts) AS users,
    (SELECT coalesce(sum(groups), 0)::bigint FROM directory_counts) AS groups,
    (SELECT count(*) FROM scim_credentials WHERE revoked IS NULL AND expires > $1) AS tokens,
    (SELECT count(*) FROM sessions WHERE expires > $1) AS sessions";
