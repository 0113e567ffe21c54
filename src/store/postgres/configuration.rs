//! The configuration of a site as a change sees it in its transaction.

use async_trait::async_trait;
use jiff::Timestamp;

use super::PostgresStore;
use super::conn::Conn;
use super::connections;
use super::fault::store_error;
use super::kept;
use super::metadata;
use super::site_settings;
use super::transaction::Keeps;
use crate::configuration::ConfigLock;
use crate::configuration::ConfigRows;
use crate::configuration::ConfigStore;
use crate::configuration::ConfigTx;
use crate::configuration::Present;
use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::connection::KeptConnection;
use crate::connection::SiteSettings;
use crate::metadata::MetadataCopy;
use crate::metadata::RefreshRecord;
use crate::ports::StoreError;
use crate::ports::TxOutcome;
use crate::ports::TxWork;
use crate::store::records::UnreadableKeys;
use crate::store::records::UnreadableRow;

#[async_trait]
impl ConfigStore for PostgresStore {
    async fn change_configuration(
        &self,
        lock: &ConfigLock,
        work: TxWork<ConfigTx>,
    ) -> Result<TxOutcome, StoreError> {
        let keeps = match lock {
            ConfigLock::Connection(id) => Keeps::Connection(id.to_string()),
            ConfigLock::Settings => Keeps::Settings,
            ConfigLock::Nothing => Keeps::Nothing,
        };
        let run = self.transact(keeps, move |conn| {
            let work = work.clone();
            Box::pin(async move { Ok(work.run(conn).await) })
        });
        run.await
    }
}

#[async_trait]
impl SiteSettings for PostgresStore {
    async fn base_url(&self) -> Result<Option<BaseUrl>, StoreError> {
        self.own(site_settings::base_url(&mut self.reading()).await)
    }
}

#[async_trait]
impl ConfigRows for Conn {
    async fn connection(&mut self, id: &ConnectionId) -> Result<Present, StoreError> {
        match connections::find(self, id).await {
            Err(cause) if cause.is::<UnreadableRow>() || cause.is::<UnreadableKeys>() => {
                Ok(Present::Unreadable)
            }
            found => Ok(found.map_err(store_error)?.into()),
        }
    }

    async fn put_connection(&mut self, connection: &Connection) -> Result<(), StoreError> {
        connections::put(self, connection)
            .await
            .map_err(store_error)
    }

    async fn delete_connection(&mut self, id: &ConnectionId) -> Result<bool, StoreError> {
        connections::delete(self, id).await.map_err(store_error)
    }

    async fn keep_connection(
        &mut self,
        id: &ConnectionId,
        now: Timestamp,
    ) -> Result<Option<KeptConnection>, StoreError> {
        kept::keep(self, id, now).await.map_err(store_error)
    }

    async fn kept_connections(
        &mut self,
        id: &ConnectionId,
    ) -> Result<Vec<KeptConnection>, StoreError> {
        kept::copies(self, id).await.map_err(store_error)
    }

    async fn put_kept(
        &mut self,
        kept: &KeptConnection,
        as_id: &ConnectionId,
    ) -> Result<(), StoreError> {
        kept::put(self, kept, as_id).await.map_err(store_error)
    }

    async fn forget_kept(&mut self, kept: &KeptConnection) -> Result<(), StoreError> {
        kept::forget_one(self, kept).await.map_err(store_error)
    }

    async fn purge_connection(&mut self, id: &ConnectionId) -> Result<bool, StoreError> {
        let was_kept = kept::forget(self, id).await.map_err(store_error)?;
        Ok(self.delete_connection(id).await? || was_kept)
    }

    async fn metadata_copy(
        &mut self,
        id: &ConnectionId,
    ) -> Result<Option<MetadataCopy>, StoreError> {
        metadata::find(self, id.as_str()).await.map_err(store_error)
    }

    async fn put_metadata_copy(
        &mut self,
        id: &ConnectionId,
        copy: &MetadataCopy,
        version: u64,
    ) -> Result<(), StoreError> {
        metadata::put(self, id.as_str(), copy, version)
            .await
            .map_err(store_error)
    }

    async fn refresh_record(&mut self, id: &ConnectionId) -> Result<RefreshRecord, StoreError> {
        metadata::record(self, id.as_str())
            .await
            .map_err(store_error)
    }

    async fn put_refresh_record(
        &mut self,
        id: &ConnectionId,
        record: &RefreshRecord,
    ) -> Result<(), StoreError> {
        metadata::put_record(self, id.as_str(), record)
            .await
            .map_err(store_error)
    }

    async fn base_url(&mut self) -> Result<Option<BaseUrl>, StoreError> {
        site_settings::base_url(self).await.map_err(store_error)
    }

    async fn put_base_url(&mut self, url: &BaseUrl) -> Result<(), StoreError> {
        site_settings::put_base_url(self, url)
            .await
            .map_err(store_error)
    }
}
