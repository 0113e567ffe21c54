//! Settings of the site as a whole, whichever connection.

use async_trait::async_trait;

use super::BaseUrl;
use crate::ports::StoreError;

/// The settings of a site, as a store keeps them.
#[async_trait]
pub trait SiteSettings: Send + Sync {
    /// The address under which people reach the site, once somebody has named it.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn base_url(&self) -> Result<Option<BaseUrl>, StoreError>;

    /// Keeps an address if none is kept yet, in one step; says which one is kept.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn first_base_url(&self, url: &BaseUrl) -> Result<BaseUrl, StoreError>;

    /// Keeps an address in place of the one before.
    ///
    /// # Errors
    /// A store that cannot answer.
    async fn put_base_url(&self, url: &BaseUrl) -> Result<(), StoreError>;
}
