//! The settings of the site as a whole.

use async_trait::async_trait;

use super::Db;
use super::SqliteStore;
use super::error::Cause;
use super::error::UnreadableRow;
use super::statement::column;
use super::statement::execute;
use super::statement::first;
use crate::connection::BaseUrl;
use crate::connection::SiteSettings;
use crate::ports::StoreError;

#[async_trait]
impl SiteSettings for SqliteStore {
    async fn base_url(&self) -> Result<Option<BaseUrl>, StoreError> {
        self.read(base_url).await
    }
}

pub(super) fn base_url(db: &Db) -> Result<Option<BaseUrl>, Cause> {
    let kept: Option<String> = first(db, FIND, [BASE_URL], column)?;
    let kept = kept.map(|text| text.parse()).transpose();
    Ok(kept.map_err(|_| UnreadableRow("site_settings"))?)
}

pub(super) fn put_base_url(db: &Db, url: &BaseUrl) -> Result<(), Cause> {
    execute(db, PUT, (BASE_URL, url.as_str()))?;
    Ok(())
}

const BASE_URL: &str = "base-url";

const FIND: &str = "SELECT value FROM site_settings WHERE name = ?1";

const PUT: &str = "INSERT INTO site_settings (name, value) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
