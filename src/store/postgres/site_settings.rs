//! The settings of the site as a whole.

use super::conn::Conn;
use super::query::Query;
use super::query::values;
use crate::connection::BaseUrl;
use crate::store::records::Cause;
use crate::store::records::Row as _;
use crate::store::records::UnreadableRow;

pub(super) async fn base_url(conn: &mut impl Query) -> Result<Option<BaseUrl>, Cause> {
    let kept = setting(conn, BASE_URL).await?;
    let kept = kept.map(|text| text.parse()).transpose();
    Ok(kept.map_err(|_| UnreadableRow("site_settings"))?)
}

pub(super) async fn put_base_url(conn: &mut Conn, url: &BaseUrl) -> Result<(), Cause> {
    conn.execute(PUT, &values![BASE_URL, url.as_str()]).await?;
    Ok(())
}

pub(super) async fn setting(conn: &mut impl Query, name: &str) -> Result<Option<String>, Cause> {
    let values = values![name];
    let found = conn.first(FIND, &values, |row| row.owned_text("value"));
    Ok(found.await?.flatten())
}

const BASE_URL: &str = "base-url";

const FIND: &str = "SELECT value FROM site_settings WHERE name = $1";

const PUT: &str = "INSERT INTO site_settings (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
