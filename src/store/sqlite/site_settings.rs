//! The settings of the site as a whole.

use super::Db;
use super::statement::column;
use super::statement::execute;
use super::statement::first;
use crate::connection::BaseUrl;
use crate::store::records::Cause;
use crate::store::records::UnreadableRow;

pub(super) fn base_url(db: &Db) -> Result<Option<BaseUrl>, Cause> {
    let kept = setting(db, BASE_URL)?;
    let kept = kept.map(|text| text.parse()).transpose();
    Ok(kept.map_err(|_| UnreadableRow("site_settings"))?)
}

pub(super) fn put_base_url(db: &Db, url: &BaseUrl) -> Result<(), Cause> {
    put_setting(db, BASE_URL, url.as_str())
}

pub(super) fn setting(db: &Db, name: &str) -> Result<Option<String>, Cause> {
    first(db, FIND, [name], column)
}

pub(super) fn put_setting(db: &Db, name: &str, value: &str) -> Result<(), Cause> {
    execute(db, PUT, (name, value))?;
    Ok(())
}

const BASE_URL: &str = "base-url";

const FIND: &str = "SELECT value FROM site_settings WHERE name = ?1";

const PUT: &str = "INSERT INTO site_settings (name, value) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
