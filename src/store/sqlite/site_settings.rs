//! The settings of the site as a whole.

use async_trait::async_trait;

use super::SqliteStore;
use super::UnreadableRow;
use super::statement::column;
use super::statement::execute;
use super::statement::first;
use super::statement::value;
use crate::connection::BaseUrl;
use crate::connection::SiteSettings;
use crate::ports::StoreError;

#[async_trait]
impl SiteSettings for SqliteStore {
    async fn base_url(&self) -> Result<Option<BaseUrl>, StoreError> {
        let kept: Option<String> = self.read(|db| first(db, FIND, [BASE_URL], column)).await?;
        kept.as_deref().map(read).transpose()
    }

    async fn first_base_url(&self, url: &BaseUrl) -> Result<BaseUrl, StoreError> {
        if let Some(kept) = self.base_url().await? {
            return Ok(kept);
        }
        let url = url.to_string();
        let kept = self.write(move |db| {
            execute(db, FIRST, (BASE_URL, url))?;
            Ok(value::<String>(db, FIND, [BASE_URL])?)
        });
        read(&kept.await?)
    }

    async fn put_base_url(&self, url: &BaseUrl) -> Result<(), StoreError> {
        let url = url.to_string();
        self.write(move |db| {
            execute(db, PUT, (BASE_URL, url))?;
            Ok(())
        })
        .await
    }
}

fn read(text: &str) -> Result<BaseUrl, StoreError> {
    let read = text.parse();
    read.map_err(|_| StoreError::new(UnreadableRow("site_settings")))
}

const BASE_URL: &str = "base-url";

const FIND: &str = "SELECT value FROM site_settings WHERE name = ?1";

const FIRST: &str =
    "INSERT INTO site_settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";

const PUT: &str = "INSERT INTO site_settings (name, value) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
