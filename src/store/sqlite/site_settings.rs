//! The settings of the site as a whole.

use async_trait::async_trait;

use super::SqliteStore;
use super::UnreadableRow;
use crate::connection::BaseUrl;
use crate::connection::SiteSettings;
use crate::ports::StoreError;

#[async_trait]
impl SiteSettings for SqliteStore {
    async fn base_url(&self) -> Result<Option<BaseUrl>, StoreError> {
        let kept: Option<String> = sqlx::query_scalar(FIND)
            .bind(BASE_URL)
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::new)?;
        kept.as_deref().map(read).transpose()
    }

    async fn first_base_url(&self, url: &BaseUrl) -> Result<BaseUrl, StoreError> {
        if let Some(kept) = self.base_url().await? {
            return Ok(kept);
        }
        let url = url.to_string();
        let kept = self.write(Box::new(move |db| {
            Box::pin(async move {
                let first = sqlx::query(FIRST).bind(BASE_URL).bind(url);
                first.execute(&mut *db).await?;
                let kept = sqlx::query_scalar(FIND).bind(BASE_URL);
                let kept: String = kept.fetch_one(&mut *db).await?;
                Ok(kept)
            })
        }));
        read(&kept.await?)
    }

    async fn put_base_url(&self, url: &BaseUrl) -> Result<(), StoreError> {
        let url = url.to_string();
        self.write(Box::new(move |db| {
            Box::pin(async move {
                let put = sqlx::query(PUT).bind(BASE_URL).bind(url);
                put.execute(&mut *db).await?;
                Ok(())
            })
        }))
        .await
    }
}

fn read(text: &str) -> Result<BaseUrl, StoreError> {
    let read = text.parse();
    read.map_err(|_| StoreError::new(UnreadableRow("site_settings")))
}

const BASE_URL: &str = "base-url";

const FIND: &str = "SELECT value FROM site_settings WHERE name = $1";

const FIRST: &str =
    "INSERT INTO site_settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";

const PUT: &str = "INSERT INTO site_settings (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
