//! Settings of the site as a whole, whichever connection.

use async_trait::async_trait;

use super::BaseUrl;
use crate::ports::StoreError;

/// The settings of a site, as a store keeps them; each method fails where the store does. Changes stand in [`crate::configuration`].
#[async_trait]
pub trait SiteSettings: Send + Sync {
    /// The address under which people reach the site, once somebody has named it.
    async fn base_url(&self) -> Result<Option<BaseUrl>, StoreError>;
}
