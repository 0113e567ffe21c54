//! The rows of the configuration, as a store gives them to a transaction. They are found, locked and written; the functions of
//! [`crate::trust`] decide.

use async_trait::async_trait;

use crate::connection::BaseUrl;
use crate::connection::Connection;
use crate::connection::ConnectionId;
use crate::directory::SessionEnds;
use crate::metadata::MetadataCopy;
use crate::metadata::RefreshRecord;
use crate::ports::StoreError;

/// The rows of the configuration within a transaction. Nobody else changes those that its
/// [lock](super::TrustLock) names.
#[async_trait]
pub trait TrustRows: SessionEnds {
    /// The connection, if there is one.
    ///
    /// # Errors
    /// A store that fails, or that holds one that it cannot read.
    async fn connection(&mut self, id: &ConnectionId) -> Result<Option<Connection>, StoreError>;

    /// The connection, if there is one that this version can read.
    ///
    /// # Errors
    /// A store that fails.
    async fn readable_connection(
        &mut self,
        id: &ConnectionId,
    ) -> Result<Option<Connection>, StoreError>;

    /// Puts a connection in the place of the one of the same id, or beside the others. Rows that belong to it stay.
    ///
    /// # Errors
    /// A store that fails.
    async fn put_connection(&mut self, connection: &Connection) -> Result<(), StoreError>;

    /// Removes a connection with all rows that belong to it; says whether it was there. Events stay, without their
    /// [`repeat_key`](crate::event::Happened::repeat_key): what a later connection of this id tells repeats none of them.
    ///
    /// # Errors
    /// A store that fails.
    async fn delete_connection(&mut self, id: &ConnectionId) -> Result<bool, StoreError>;

    /// The copy of a connection's metadata, if there is one.
    ///
    /// # Errors
    /// A store that fails.
    async fn metadata_copy(
        &mut self,
        id: &ConnectionId,
    ) -> Result<Option<MetadataCopy>, StoreError>;

    /// Puts a copy in the place of the one before. `version` tells it from all that there were; the revision of the change does.
    ///
    /// # Errors
    /// A store that fails, or does not hold the connection.
    async fn put_metadata_copy(
        &mut self,
        id: &ConnectionId,
        copy: &MetadataCopy,
        version: u64,
    ) -> Result<(), StoreError>;

    /// The record of a connection's refreshing; the default one where nothing is on record.
    ///
    /// # Errors
    /// A store that fails.
    async fn refresh_record(&mut self, id: &ConnectionId) -> Result<RefreshRecord, StoreError>;

    /// Puts a record in the place of the one before.
    ///
    /// # Errors
    /// A store that fails, or does not hold the connection.
    async fn put_refresh_record(
        &mut self,
        id: &ConnectionId,
        record: &RefreshRecord,
    ) -> Result<(), StoreError>;

    /// The address of the site, once somebody has named it.
    ///
    /// # Errors
    /// A store that fails.
    async fn base_url(&mut self) -> Result<Option<BaseUrl>, StoreError>;

    /// Puts an address in the place of the one before.
    ///
    /// # Errors
    /// A store that fails.
    async fn put_base_url(&mut self, url: &BaseUrl) -> Result<(), StoreError>;
}
