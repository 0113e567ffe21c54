//! The settings of the site.

use super::ConfigLock;
use super::ConfigStore;
use super::change;
use crate::connection::BaseUrl;
use crate::connection::SiteSettings;
use crate::ports::StoreError;

/// Keeps an address of the site if none is kept yet, in one step; says which one is kept.
pub(crate) async fn first_base_url(
    store: &(impl ConfigStore + SiteSettings + ?Sized),
    url: &BaseUrl,
) -> Result<BaseUrl, StoreError> {
    // The usual case needs no change.
    if let Some(kept) = store.base_url().await? {
        return Ok(kept);
    }
    let url = url.clone();
    change(store, ConfigLock::Settings, move |rows| {
        Box::pin(async move {
            if let Some(kept) = rows.base_url().await? {
                return Ok(kept);
            }
            rows.put_base_url(&url).await?;
            Ok(url)
        })
    })
    .await
}

/// Keeps an address of the site in place of the one before.
pub(crate) async fn put_base_url(
    store: &(impl ConfigStore + ?Sized),
    url: &BaseUrl,
) -> Result<(), StoreError> {
    let url = url.clone();
    change(store, ConfigLock::Settings, move |rows| {
        Box::pin(async move { rows.put_base_url(&url).await })
    })
    .await
}
