//! The facts of a database file: its place, its size and the numbers of what is in it. A store of an earlier version has not every
//! table.

use std::fs;
use std::path::Path;
use std::path::absolute;

use jiff::Timestamp;

use super::Db;
use super::file::with_suffix;
use super::kept;
use super::migrations;
use super::site_settings::setting;
use super::statement::value;
use crate::store::StoreFacts;
use crate::store::records::Cause;
use crate::store::records::micros;

pub(super) fn read(db: &Db, path: Option<&Path>) -> Result<StoreFacts, Cause> {
    let settings = |name| match has_table(db, "site_settings")? {
        true => setting(db, name),
        false => Ok(None),
    };
    let log = path.map(|path| fs::metadata(with_suffix(path, "-wal")));
    Ok(StoreFacts {
        database: None,
        file: path.map(absolute).transpose()?,
        store_id: settings("store-id")?,
        schema: migrations::version(db)?,
        bytes: number(
            db,
            "pragma_page_count, pragma_page_size",
            "page_count * page_size",
        )?,
        log_bytes: log.and_then(Result::ok).map_or(0, |log| log.len()),
        base_url: settings("base-url")?,
        connections: number(db, "connections", "count(*)")?,
        users: number(db, "directory_counts", "coalesce(sum(users), 0)")?,
        keys: number(db, "connections", KEYS)?,
        groups: number(db, "directory_counts", "coalesce(sum(groups), 0)")?,
        tokens: number(db, "scim_credentials", &live("revoked IS NULL AND "))?,
        sessions: number(db, "sessions", &live(""))?,
        kept: match has_table(db, "kept_connections")? {
            true => kept::all_copies(db)?,
            false => Vec::new(),
        },
        last_event: number(db, "events", "coalesce(max(id), 0)")?,
    })
}

/// The keys of ours, also of a connection that this version cannot read: each key of ours is a PEM block in its document.
const KEYS: &str = "coalesce(sum((length(document) - length(replace(document, 'BEGIN PRIVATE KEY', ''))) / 17), 0)";

/// The number of rows that meet a condition, and whose end is to come.
fn live(condition: &str) -> String {
    let now = micros(Timestamp::now());
    format!("count(*) FILTER (WHERE {condition}expires > {now})")
}

/// A number of a table; 0 where there is no such table.
pub(super) fn number(db: &Db, table: &str, expression: &str) -> Result<u64, Cause> {
    if !table.starts_with("pragma") && !has_table(db, table)? {
        return Ok(0);
    }
    let number: i64 = value(db, &format!("SELECT {expression} FROM {table}"), [])?;
    Ok(number.try_into()?)
}

pub(super) fn has_table(db: &Db, name: &str) -> Result<bool, Cause> {
    let is_there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    Ok(value(db, is_there, [name])?)
}
